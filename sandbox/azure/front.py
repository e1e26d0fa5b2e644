"""The front: a WSGI application that understands ARM's calls and refuses or answers them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.azure import control, endings, faultmap, ids, login, validation
from sandbox.azure.actions import HANDLERS
from sandbox.azure.call import JSON, Answer, Call
from sandbox.azure.errors import ArmError
from sandbox.azure.routes import Route, find
from sandbox.azure.state import State
from sandbox.azure.wanted import Wanted
from sandbox.loopback import WATCHER_AGENT
from sandbox.server.front import Asked, Front, StartResponse
from sandbox.server.refusal import Refusal

#: What an error fault without a message says.
UNSAID = "An internal error has occurred"
#: What is left of the subscription's calls of the hour, as recorded answers have it; the sandbox does not count it.
REMAINING = {"PUT": "writes;1199", "PATCH": "writes;1199", "POST": "writes;1199", "DELETE": "deletes;14999"}


class Azure(Front[State]):
    """One emulated Azure Resource Manager."""

    cloud = "azure"

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI entry. The authority and the control API of this cloud alone are answered before a call is counted."""
        request = Request(environ)
        path = request.path
        answer = control.respond(self.state, request) if path.startswith("/_sandbox/") else None
        if answer is None and not path.lower().startswith("/subscriptions"):
            answer = login.respond(request, base_of(request), self.state.key)
        if answer is not None:
            return answer(environ, start_response)
        return super().__call__(environ, start_response)

    def identify(self, environ: dict[str, Any], body: bytes) -> Asked:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        found = find(method, path)
        if found is None:
            return Wanted(f"{method} {path}", path=path)
        return Wanted(found.operation.id, _region(found, body), found.operation.area, path, found.operation.permission)

    def respond(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response:  # noqa: ARG002  (known again here)
        request = Request(environ)
        base = base_of(request)
        # The machines' watcher is a part of the emulator: it needs no token.
        if WATCHER_AGENT not in request.headers.get("User-Agent", ""):
            login.check(request.headers.get("Authorization"), base, self.state.key)
        found = validation.route(request.method, request.path)
        call = self._understand(request, base, found, body)
        with self.state.lock:
            endings.settle(self.state)
            call.check_subscription()
            if request.method not in ("GET", "HEAD"):
                faultmap.remember(self.state, call.subscription)
            try:
                answer = HANDLERS[found.operation.id](call)
            finally:
                self.state.store.save()
        return self._dress(answer, request)

    def _understand(self, request: Request, base: str, found: Route, body: bytes) -> Call:
        operation = found.operation
        ours = validation.OURS in request.headers.get("User-Agent", "")
        query = {name.lower(): value for name, value in request.args.items()}
        version = validation.check_version(operation, query.get("api-version"))
        if ours:
            validation.check_query(operation, query)
        raw = validation.read_json(body)
        return Call(
            state=self.state,
            name=operation.id,
            parameters=found.parameters,
            query=query,
            headers=dict(request.headers),
            body=validation.check_body(operation, raw, ours=ours),
            version=version,
            base=base,
            path=request.path,
            ours=ours,
        )

    def _dress(self, answer: Answer, request: Request) -> Response:
        response = answer.response()
        _common_headers(response)
        left = REMAINING.get(request.method, "reads;11999").split(";")
        response.headers[f"x-ms-ratelimit-remaining-subscription-{left[0]}"] = left[1]
        return response

    def refuse(self, refusal: Refusal, asked: Asked) -> Response:
        error = refusal if isinstance(refusal, ArmError) else self._in_words(refusal, asked)
        response = Response(json.dumps({"error": error.as_json()}), status=error.status, content_type=JSON)
        response.headers.extend(error.headers)
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        _common_headers(response)
        return response

    def _in_words(self, refusal: Refusal, asked: Asked) -> ArmError:
        """A fault that names a code: ARM's own text and status for it, unless the fault brings its own."""
        plain = ArmError(refusal.code, refusal.message, refusal.status)
        known = faultmap.describe(refusal.code, asked) if isinstance(asked, Wanted) else None
        if known is None:
            return plain
        if refusal.message != UNSAID:
            known.message = refusal.message
        known.status = known.status if refusal.status == 500 else refusal.status  # the plan's default
        return known

    def throttled(self, asked: Asked, retry_after: int) -> Refusal:
        return faultmap.throttled(asked.service, retry_after)


def base_of(request: Request) -> str:
    """The endpoint by which the client knows the server."""
    return request.host_url.rstrip("/")


def _region(found: Route, body: bytes) -> str:
    place = found.parameters.get("location")
    if place is None and body:
        try:
            place = json.loads(body).get("location")
        except (ValueError, AttributeError):
            place = None
    return str(place or "").replace(" ", "").lower()


def _common_headers(response: Response) -> None:
    request_id = ids.fresh()
    response.headers["x-ms-request-id"] = request_id
    response.headers["x-ms-correlation-request-id"] = request_id
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
