"""A server that answers what a test tells it, with Google's token endpoint beside it: for what no emulator is needed."""

from __future__ import annotations

import contextlib
import functools
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PREFIX = "/compute/v1/projects/"


@dataclass
class Seen:
    verb: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


@dataclass
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False  # close the connection without a word


@dataclass
class Stub:
    """`answer` gets each call below projects/; `calls` are all of them, `tokens` how many tokens were fetched."""

    endpoint: str = ""
    answer: Callable[[Seen], Answer] = lambda seen: Answer()
    calls: list[Seen] = field(default_factory=list)
    tokens: int = 0

    def script(self, *answers: Answer) -> None:
        """These in turn; the last one for ever."""
        left = list(answers)
        self.answer = lambda seen: left.pop(0) if len(left) > 1 else left[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, stub: Stub, *args: Any) -> None:
        self.stub = stub
        super().__init__(*args)

    def do_GET(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        if url.path == "/token":
            self.stub.tokens += 1
            return self.reply(Answer(body={"access_token": f"t{self.stub.tokens}", "expires_in": 3600}))
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = url.path.removeprefix(PREFIX)
        headers = {name.title(): value for name, value in self.headers.items()}
        body = json.loads(text) if text and "json" in headers.get("Content-Type", "") else None
        seen = Seen(self.command, path, query, body, headers)
        self.stub.calls.append(seen)
        return self.reply(self.stub.answer(seen))

    def do_POST(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def reply(self, answer: Answer) -> None:
        if answer.drop:
            self.close_connection = True
            return
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(data), **answer.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: Any) -> None:
        """Silence."""


@contextlib.contextmanager
def running() -> Iterator[Stub]:
    stub = Stub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, stub))
    server.daemon_threads = True
    stub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@functools.cache
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    words = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*words).decode()


def service_account(folder: Path, stub: Stub, project: str = "stub-project") -> Path:
    """The file of a service account whose tokens come from the stub."""
    file = folder / "credentials.json"
    words = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "1",
        "private_key": private_key(),
        "client_email": f"maker@{project}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{stub.endpoint}/token",
    }
    file.write_text(json.dumps(words))
    return file


def google_error(status: int, reason: str, message: str, **more: Any) -> Answer:
    """An error as Compute Engine writes it (see the recorded sessions)."""
    item = {"message": message, "domain": "global", "reason": reason}
    return Answer(status, {"error": {"code": status, "message": message, "errors": [item], **more}})


def operation(status: str = "DONE", name: str = "operation-1", **more: Any) -> Answer:
    usual = {"kind": "compute#operation", "name": name, "status": status, "operationType": "insert"}
    zone = "https://www.googleapis.com/compute/v1/projects/stub-project/zones/us-central1-a"
    return Answer(body={**usual, "zone": zone, **more})
