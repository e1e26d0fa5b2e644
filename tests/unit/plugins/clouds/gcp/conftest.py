"""The emulated GCP for the adapter's tests: one server for all of them, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import google.auth.credentials
import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import session as session_module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import GcpSession, connect
from tests.servers import GcpServer, gcp_server
from tests.unit.plugins.clouds.gcp.account import GcpAccount


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """Newer versions of google-auth ask iamcredentials.googleapis.com in the background where a token may be used."""
    kind = getattr(google.auth.credentials, "CredentialsWithRegionalAccessBoundary", None)
    with pytest.MonkeyPatch.context() as patch:
        if kind:
            patch.setattr(kind, "_is_regional_access_boundary_lookup_required", lambda _self: False)
        patch.setenv("NO_GCE_CHECK", "true")
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcpServer]:
    with gcp_server(tmp_path_factory.mktemp("gcp")) as running:
        yield running


@pytest.fixture(scope="session")
def shared(server: GcpServer, loopback_only: None) -> GcpSession:
    """Opened once: one token for all tests, fetched here, so that no test counts it, whichever comes first."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.variables().items():
            patch.setenv(name, value)
        words = SimpleNamespace(project=None, region=None, impersonate_service_account=None, endpoint_url=None)
        session = connect(words)
    session._authorize()
    return session


@pytest.fixture
def gcp(server: GcpServer) -> GcpServer:
    server.reset()
    return server


@pytest.fixture
def account(gcp: GcpServer, shared: GcpSession) -> GcpAccount:
    return GcpAccount(gcp, shared)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the session would have slept between its attempts; nobody sleeps."""
    slept: list[float] = []
    monkeypatch.setattr(session_module.time, "sleep", slept.append)
    return slept
