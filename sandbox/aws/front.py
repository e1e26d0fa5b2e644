"""The front: a WSGI application that counts, breaks, refuses, answers or passes on every call."""

from __future__ import annotations

import io
import json
import logging
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from sandbox.aws import clock, control, faultmap, instances, ssm, wire
from sandbox.aws.actions import CHECKS, HANDLERS
from sandbox.aws.call import Call, unsupported
from sandbox.aws.state import State
from sandbox.aws.wire import ApiError
from sandbox.loopback import WATCHER_AGENT

StartResponse = Callable[..., Any]
log = logging.getLogger(__name__)


class Front:
    """One emulated AWS. `state` is everything it knows beside moto."""

    def __init__(self, parent: Front | None = None) -> None:
        self.state: State = parent.state.unseen() if parent else State()
        self._moto: Any = parent._moto if parent else DomainDispatcherApplication(create_backend_app)
        self._unseen = None if parent else Front(self)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry: the control API, or an AWS call. The machines' watcher is neither counted nor hit by faults."""
        if self._unseen and WATCHER_AGENT in environ.get("HTTP_USER_AGENT", ""):
            return self._unseen(environ, start_response)
        if environ.get("PATH_INFO", "").startswith("/_sandbox/"):
            return control.respond(self.state, environ)(environ, start_response)
        began = time.monotonic()
        body = read_body(environ)
        service, action, region = identify(environ, body)
        fault: Exception | None = None
        try:
            faultmap.before(self.state.faults, service, action, region)
            response = self._respond(environ, service, action, body)
            faultmap.after(self.state.faults, action, region)
        except ApiError as error:
            response = wire.refusal(error) if service == "ec2" else ssm.refusal(error)
        except faultmap.AnswerLost as error:
            fault, response = error, Response(status=0)
        except Exception:
            log.exception("%s %s failed", service, action)
            broken = ApiError("InternalError", f"The sandbox failed in {action}; its log says why.", 500)
            response = wire.refusal(broken) if service == "ec2" else ssm.refusal(broken)
        status = 0 if fault else response.status_code
        self.state.calls.add(service, action, region, status, time.monotonic() - began)
        if fault:
            hang_up(environ)
            raise ConnectionAbortedError("the answer is lost on purpose")
        return response(environ, start_response)

    def _respond(self, environ: dict[str, Any], service: str, action: str, body: bytes) -> Response:
        if service == "ec2":
            with self.state.lock:
                return self._ec2(environ, action)
        if service == "ssm":
            owned = ssm.respond(action, json.loads(body or b"{}"), lambda rest: self._ssm(environ, rest))
            if owned is not None:
                return owned
        return self._pass_on(environ)

    def _ec2(self, environ: dict[str, Any], action: str) -> Response:
        self.state.clock.settle()
        if action not in wire.service_model().operation_names:
            message = f"The action {action} is not valid for this web service."
            raise ApiError("InvalidAction", message)
        handler = HANDLERS.get(action)
        checks = CHECKS.get(action, ())
        if handler is None and not checks:
            return self._pass_on_ec2(environ, action)
        call = Call.parse(environ, action, self.state)
        for check in checks:
            check(call)
        self._remember(call)
        return wire.answer(action, handler(call) if handler else call.moto())

    def _remember(self, call: Call) -> None:
        """Before a change: what the region looks like, while a fault wants to know."""
        if self.state.faults.has("stale_reads") and not call.action.startswith("Describe"):
            known = instances.index(call).values()
            sights = {i.id: clock.see(i, call.backend.tags) for i in known}
            self.state.clock.remember(instances.place(call), sights)

    def _pass_on_ec2(self, environ: dict[str, Any], action: str) -> Response:
        environ["wsgi.input"].seek(0)
        try:
            return self._pass_on(environ)
        except NotImplementedError as error:
            raise unsupported(action) from error

    def _ssm(self, environ: dict[str, Any], body: bytes) -> Response:
        """Ask moto's SSM with another body."""
        changed = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self._pass_on(changed)

    def _pass_on(self, environ: dict[str, Any]) -> Response:
        chunks, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        return Response(b"".join(chunks), status=status, headers=headers)


def read_body(environ: dict[str, Any]) -> bytes:
    """Read the whole request body and leave it readable again."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        body = environ["wsgi.input"].read()
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def identify(environ: dict[str, Any], body: bytes) -> tuple[str, str, str]:
    """(service, action, region) of a call: from its signature's scope, its target header or its form."""
    service, region = "unknown", "us-east-1"
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    if len(scope) == 5:
        region, service = scope[2], scope[3].lower()
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return service, target.rpartition(".")[2], region
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode(errors="replace"))
    else:
        form = parse_qs(environ.get("QUERY_STRING", ""))
    action = form.get("Action", [""])[0]
    return service, action or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}", region


def hang_up(environ: dict[str, Any]) -> None:
    """End the connection without an answer, as a broken network does."""
    connection = environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
