"""The server as a process: TLS, tokens, lost answers, a restart."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from sandbox.azure import certificates
from tests.servers import AzureServer, azure_server
from tests.unit.sandbox.azure.arm import GROUP, TENANT

VERSION = "?api-version=2021-04-01"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    with azure_server(tmp_path_factory.mktemp("azure")) as server:
        yield server


@contextlib.contextmanager
def connection(server: AzureServer) -> Iterator[http.client.HTTPSConnection]:
    where = urlsplit(server.endpoint)
    context = ssl.create_default_context(cafile=str(server.trust))
    made = http.client.HTTPSConnection(where.hostname, where.port, context=context, timeout=10)
    try:
        yield made
    finally:
        made.close()


def ask(
    server: AzureServer, method: str, path: str, body: Any = None, token: str = "", form: bool = False
) -> tuple[int, Any]:
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    text = None if body is None else urlencode(body) if form else json.dumps(body)
    with connection(server) as made:
        made.request(method, path, text, {"Content-Type": kind, "Authorization": f"Bearer {token}"})
        answer = made.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None


@pytest.fixture
def token(running: AzureServer) -> str:
    told = running.variables()
    form = {
        "grant_type": "client_credentials",
        "client_id": told["AZURE_CLIENT_ID"],
        "client_secret": told["AZURE_CLIENT_SECRET"],
        "scope": "https://management.azure.com/.default",
    }
    return str(ask(running, "POST", f"/{TENANT}/oauth2/v2.0/token", form, form=True)[1]["access_token"])


def test_only_who_trusts_its_authority_speaks_with_it(running):
    where = urlsplit(running.endpoint)
    stranger = ssl.create_default_context()
    made = http.client.HTTPSConnection(where.hostname, where.port, context=stranger, timeout=10)
    with pytest.raises(ssl.SSLCertVerificationError):
        made.request("GET", "/_sandbox/health")
    assert ask(running, "GET", "/_sandbox/health") == (200, {"status": "ok", "cloud": "azure"})


def test_a_silent_client_stops_nobody(running):
    where = urlsplit(running.endpoint)
    with socket.create_connection((where.hostname, where.port)):
        assert ask(running, "GET", "/_sandbox/health")[0] == 200


def test_a_lost_answer_is_work_that_is_done(running, token):
    running.reset()
    running.faults({"kind": "lost_answer", "operations": ["ResourceGroups_CreateOrUpdate"]})
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(running, "PUT", f"{GROUP}{VERSION}", {"location": "eastus"}, token)
    assert ask(running, "GET", f"{GROUP}{VERSION}", token=token)[0] == 200


def test_a_restart_keeps_resources_tokens_and_certificates(tmp_path):
    with azure_server(tmp_path) as first:
        authority = Path(str(first.trust)).read_bytes()
        told = first.variables()
        form = {
            "grant_type": "client_credentials",
            "client_id": told["AZURE_CLIENT_ID"],
            "client_secret": told["AZURE_CLIENT_SECRET"],
            "scope": "x",
        }
        token = ask(first, "POST", f"/{TENANT}/oauth2/v2.0/token", form, form=True)[1]["access_token"]
        assert ask(first, "PUT", f"{GROUP}{VERSION}", {"location": "eastus"}, token)[0] == 201
    with azure_server(tmp_path) as second:
        assert Path(str(second.trust)).read_bytes() == authority
        assert ask(second, "GET", f"{GROUP}{VERSION}", token=token)[0] == 200


def test_certificates_are_made_anew_before_they_end(tmp_path, monkeypatch):
    certificates.ensure(tmp_path)
    first = (tmp_path / "ca.pem").read_bytes()
    certificates.ensure(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() == first
    monkeypatch.setattr(certificates, "RENEW", certificates.LIFE)
    certificates.ensure(tmp_path)
    assert (tmp_path / "ca.pem").read_bytes() != first
