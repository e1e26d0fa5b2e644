"""The front: a WSGI application that counts, breaks, refuses or answers every call. One class for all clouds."""

from __future__ import annotations

import copy
import io
import logging
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from werkzeug.wrappers import Response

from sandbox.loopback import WATCHER_AGENT
from sandbox.server import control
from sandbox.server.refusal import Refusal
from sandbox.server.state import State

StartResponse = Callable[..., Any]
log = logging.getLogger(__name__)

AnyState = TypeVar("AnyState", bound=State)


@dataclass(frozen=True)
class Asked:
    """What a call asks for: the action's name as call budgets and faults know it, its service and its region."""

    action: str
    region: str = ""
    service: str = ""


class Front(Generic[AnyState]):
    """One emulated cloud. A cloud's own class says how calls are named, answered and refused on its wire."""

    #: Its name in the control API.
    cloud: str

    def __init__(self, state: AnyState) -> None:
        self.state = state

    def identify(self, environ: dict[str, Any], body: bytes) -> Asked:
        """What is asked for. Must not fail: what is not understood gets a name, too."""
        raise NotImplementedError

    def respond(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response:
        """Do the work and answer. Raises Refusal."""
        raise NotImplementedError

    def refuse(self, refusal: Refusal, asked: Asked) -> Response:
        """The cloud's error document; throttling carries Retry-After."""
        raise NotImplementedError

    def throttled(self, asked: Asked, retry_after: int) -> Refusal:
        """The cloud's words for too many calls."""
        raise NotImplementedError

    def broken(self, asked: Asked) -> Refusal:
        """The cloud's words for an error of its own: here, of the sandbox."""
        return Refusal("InternalError", f"The sandbox failed in {asked.action}; its log says why.", 500)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry: the control API, or a call. The machines' watcher is neither counted nor hit by faults."""
        if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
            return control.respond(self.cloud, self.state, environ)(environ, start_response)
        if WATCHER_AGENT in environ.get("HTTP_USER_AGENT", ""):
            return self._unseen()._serve(environ, start_response)
        return self._serve(environ, start_response)

    def _unseen(self) -> Self:
        """The same front for one call that is neither counted nor broken."""
        twin = copy.copy(self)
        twin.state = self.state.unseen()
        return twin

    def _serve(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        began = time.monotonic()
        body = read_body(environ)
        asked = self.identify(environ, body)
        response = self._answer(environ, asked, body)
        status = response.status_code if response else 0
        self.state.calls.add(asked.service, asked.action, asked.region, status, time.monotonic() - began)
        if response is None:
            hang_up(environ)
            raise ConnectionAbortedError("the answer is lost on purpose")
        return response(environ, start_response)

    def _answer(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response | None:
        """The answer; None when a fault wants it lost."""
        facts = {"operation": asked.action, "region": asked.region}
        try:
            self._strike(asked, facts)
            response = self.respond(environ, asked, body)
        except Refusal as refusal:
            return self.refuse(refusal, asked)
        except Exception:
            log.exception("%s %s failed", asked.service, asked.action)
            return self.refuse(self.broken(asked), asked)
        return None if self.state.faults.take("lost_answer", **facts) else response

    def _strike(self, asked: Asked, facts: dict[str, str]) -> None:
        """What goes wrong before any work: latency, throttling, service errors."""
        faults = self.state.faults
        slow = faults.take("latency", **facts)
        if slow:
            time.sleep(slow.seconds)
        limit = faults.take("throttle", **facts)
        if limit:
            raise self.throttled(asked, limit.retry_after)
        broken = faults.take("error", **facts)
        if broken:
            raise Refusal(broken.code, broken.message or "An internal error has occurred", broken.status)


def read_body(environ: dict[str, Any]) -> bytes:
    """Read the whole request body and leave it readable again."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        body = environ["wsgi.input"].read()
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def hang_up(environ: dict[str, Any]) -> None:
    """End the connection without an answer, as a broken network does."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
