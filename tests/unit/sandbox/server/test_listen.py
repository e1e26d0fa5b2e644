"""The HTTP server that all clouds share, with TLS and a client that says nothing."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.wrappers import Request, Response

from sandbox.loopback import ask, get_json
from sandbox.server.listen import Server


@Request.application
def echo(request: Request) -> Response:
    return Response(f'{{"scheme": "{request.scheme}", "said": {request.get_data(as_text=True) or "null"}}}')


def certificate(path: Path) -> None:
    """Key and certificate for 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    certificate(tmp_path / "both.pem")
    return tmp_path / "both.pem"


def serving(server: Server) -> Iterator[Server]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def plain() -> Iterator[Server]:
    yield from serving(Server(0, echo))


@pytest.fixture
def secure(trust: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trust)
    yield from serving(Server(0, echo, context))


def test_plain(plain: Any) -> None:
    here = f"http://127.0.0.1:{plain.port}"
    assert ask(here, "POST", "/", {"a": 1}) == (200, {"scheme": "http", "said": {"a": 1}})


def test_tls_is_known_to_the_application(secure: Any, trust: Path) -> None:
    assert get_json(f"https://127.0.0.1:{secure.port}", "/", trust) == {"scheme": "https", "said": None}


def test_a_client_that_does_not_trust_us_gets_nothing(secure: Any) -> None:
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        get_json(f"https://127.0.0.1:{secure.port}", "/")


def test_one_that_never_shakes_hands_stops_nobody_else(secure: Any, trust: Path) -> None:
    with socket.create_connection(("127.0.0.1", secure.port)):
        assert get_json(f"https://127.0.0.1:{secure.port}", "/", trust)["scheme"] == "https"
