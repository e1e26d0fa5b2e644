"""JSON over HTTP against a server that is as rude as the real ones."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.fetch import ATTEMPTS, LONGEST_PAUSE, fetch
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError


class Handler(http.server.BaseHTTPRequestHandler):
    answers: ClassVar[list[tuple[int, dict[str, str], bytes]]] = []
    seen: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        status, headers, body = self.answers.pop(0) if self.answers else (503, {}, b"")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    Handler.answers, Handler.seen = [], []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/prices?key=secret"
    server.shutdown()
    thread.join()
    server.server_close()


def test_patience_is_as_long_as_the_other_side_asks(url: str) -> None:
    Handler.answers = [
        (429, {"Retry-After": "7"}, b""),
        (429, {"Retry-After": "9000"}, b""),
        (503, {}, b""),
        (200, {}, b'{"a": 1}'),
    ]
    slept: list[float] = []
    assert fetch(url, "azure", {"X-Word": "said"}, slept.append) == {"a": 1}
    assert slept == [7, LONGEST_PAUSE, 8]
    assert all(
        headers["X-Word"] == "said" and headers["User-Agent"].startswith("aienv.cloud/") for headers in Handler.seen
    )


def test_patience_ends(url: str) -> None:
    Handler.answers = [(429, {}, b"slow down")] * ATTEMPTS
    with pytest.raises(CloudError, match="slow down") as caught:
        fetch(url, "gcp", sleep=lambda _seconds: None)
    assert caught.value.code == "throttled"
    assert len(Handler.seen) == ATTEMPTS


def test_a_refusal_is_not_repeated_and_tells_no_key(url: str) -> None:
    Handler.answers = [(403, {}, b"API key not valid")]
    with pytest.raises(CloudError, match="API key not valid") as caught:
        fetch(url, "gcp", sleep=lambda _seconds: None)
    assert caught.value.code == "not_authorized"
    assert "secret" not in str(caught.value)
    assert len(Handler.seen) == 1


@pytest.mark.parametrize("body", [b"<html>the proxy says hello</html>", b"[1, 2]"])
def test_what_is_no_json_object_is_an_error(url: str, body: bytes) -> None:
    Handler.answers = [(200, {}, body)]
    with pytest.raises(CloudError, match="no JSON"):
        fetch(url, "azure")


def test_other_addresses_are_not_spoken_to() -> None:
    with pytest.raises(CloudError, match="only https"):
        fetch("file:///etc/passwd", "azure")
