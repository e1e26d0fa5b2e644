"""The front of the emulated AWS: what it does not answer itself, moto does."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from sandbox.aws import clock, dlm, instances, quotas, ssm, wire
from sandbox.aws.actions import CHECKS, HANDLERS
from sandbox.aws.call import Call, unsupported
from sandbox.aws.state import State
from sandbox.aws.wire import ApiError
from sandbox.server.front import Asked, Front
from sandbox.server.refusal import Refusal

ACCOUNT = "123456789012"  # moto's own, where no other is asked for


class Aws(Front[State]):
    """One emulated AWS. `state` is everything it knows beside moto."""

    cloud = "aws"

    def __init__(self) -> None:
        self._moto: Any = DomainDispatcherApplication(create_backend_app)
        super().__init__(State())

    def identify(self, environ: dict[str, Any], body: bytes) -> Asked:
        return identify(environ, body)

    def refuse(self, refusal: Refusal, asked: Asked) -> Response:
        return wire.refusal(refusal) if asked.service == "ec2" else ssm.refusal(refusal)

    def throttled(self, asked: Asked, retry_after: int) -> Refusal:
        code = "RequestLimitExceeded" if asked.service == "ec2" else "ThrottlingException"
        status = 503 if asked.service == "ec2" else 400
        return ApiError(code, "Request limit exceeded.", status, retry_after)

    def respond(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response:
        if asked.service == "ec2":
            with self.state.lock:
                return self._ec2(environ, asked.action)
        if asked.service == "dlm":
            with self.state.lock:
                store = self.state.region(ACCOUNT, asked.region)
                return dlm.respond(environ, asked.action, body, store, self.state.faults)
        if asked.service == "ssm":
            owned = ssm.respond(asked.action, json.loads(body or b"{}"), lambda rest: self._ssm(environ, rest))
            if owned is not None:
                return owned
        if asked.service == "servicequotas":
            told = quotas.respond(asked.action, json.loads(body or b"{}"), asked.region)
            if told is not None:
                return told
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
            self.state.past.remember(instances.place(call), sights)

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


def identify(environ: dict[str, Any], body: bytes) -> Asked:
    """Service, action and region of a call: from its signature's scope, its target header or its form."""
    service, region = "unknown", "us-east-1"
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0].split("/")
    if len(scope) == 5:
        region, service = scope[2], scope[3].lower()
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if service == "dlm":  # a path instead of an action's name
        action = dlm.action_of(environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/"))
        return Asked(action or "unknown", region, service)
    if target:
        return Asked(target.rpartition(".")[2], region, service)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode(errors="replace"))
    else:
        form = parse_qs(environ.get("QUERY_STRING", ""))
    action = form.get("Action", [""])[0]
    return Asked(action or f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '/')}", region, service)
