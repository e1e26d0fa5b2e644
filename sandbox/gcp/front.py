"""The front of the emulated Compute Engine: credentials, the schema, the method."""

from __future__ import annotations

import json
import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from sandbox.gcp import masks, operations, projects, public_images, regions, schema, tokens
from sandbox.gcp.call import Call, unsupported
from sandbox.gcp.discovery import Method, document
from sandbox.gcp.errors import GcpError, invalid
from sandbox.gcp.errors import document as error_document
from sandbox.gcp.methods import HANDLERS, WAITING
from sandbox.gcp.permissions import denied
from sandbox.gcp.refs import utc
from sandbox.gcp.state import PACE, State
from sandbox.loopback import WATCHER_AGENT
from sandbox.server.front import Asked, Front
from sandbox.server.refusal import Refusal

ROOT = "/compute/v1/"
# The second one is the older name, which apache-libcloud still uses.
TOKEN = ("/token", "/o/oauth2/token")
# What our collection calls itself: it is held to the letter of the document.
OURS = "aienv.cloud"
IMPERSONATE = re.compile(r"/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken")
# Every client that waits asks for the same thing, so call budgets know one name for it.
POLLS = {"wait": "operations.wait", "get": "operations.get"}
HEADERS = {
    "Server": "ESF",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-XSS-Protection": "0",
    "Cache-Control": "private",
}


@dataclass(frozen=True)
class GcpAsked(Asked):
    """A call with its path, its method of the document and that one's path parameters."""

    path: str = ""
    method: Method | None = None
    values: tuple[tuple[str, str], ...] = ()


class Gcp(Front[State]):
    """One emulated Compute Engine."""

    cloud = "gcp"

    def __init__(self, folder: Path | None = None, pace: float = PACE) -> None:
        super().__init__(State(folder, pace))
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self.state.store.open()
        self.state.recount()
        operations.resume(self.state)
        document()

    def identify(self, environ: dict[str, Any], body: bytes) -> GcpAsked:  # noqa: ARG002  (the front's contract)
        path = environ.get("PATH_INFO", "/")
        if path in TOKEN:
            return GcpAsked("token", service="oauth2", path=path)
        if IMPERSONATE.fullmatch(path):
            return GcpAsked("generateAccessToken", service="iamcredentials", path=path)
        found = document().find(environ["REQUEST_METHOD"], path.removeprefix(ROOT)) if path.startswith(ROOT) else None
        if found is None:
            return GcpAsked(f"{environ['REQUEST_METHOD']} {path}", service="compute", path=path)
        method, values = found
        place = values.get("zone") or values.get("region") or ""
        region = values["zone"].rpartition("-")[0] if "zone" in values else place
        return GcpAsked(_action(method.id), region, "compute", path, method, tuple(values.items()))

    def respond(self, environ: dict[str, Any], asked: Asked, body: bytes) -> Response:
        assert isinstance(asked, GcpAsked)  # noqa: S101  (identify made it)
        endpoint = f"http://{environ.get('HTTP_HOST', '127.0.0.1')}"
        if asked.action == "token":
            return self._token(endpoint, body)
        user = self._user(environ, asked)
        if asked.service == "iamcredentials":
            return self._impersonate(asked, body)
        if asked.method is None:
            raise GcpError("notFound", "Not Found", 404)
        answer = self._call(environ, asked, asked.method, body, user)
        return _json(answer)

    def _call(self, environ: dict[str, Any], asked: GcpAsked, method: Method, body: bytes, user: str) -> str:
        strict = OURS in environ.get("HTTP_USER_AGENT", "")
        values = dict(asked.values)
        schema.check_path(method, values)
        given = dict(urllib.parse.parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        query = schema.check_query(method, given, strict)
        call = Call(method, values, query, {}, self.state, user, strict)
        _check_place(call)
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise unsupported(method.id)
        if method.id in WAITING:
            return _text(call, handler(call))
        with self.state.lock:
            self._begin(call, asked)
            if method.request:
                call.body = schema.check_body(method, _parsed(body), strict)
            call.check_request_id()
            answer = operations.known_request(call)
            if answer is None:
                answer = handler(call)
            self.state.store.flush()
            return _text(call, answer)

    def _begin(self, call: Call, asked: GcpAsked) -> None:
        """What holds for every call: time goes on, the project is there and is ours to use."""
        operations.settle(self.state)
        if public_images.is_public(call.project):
            if not (call.method.id.startswith("images.") and call.method.verb == "GET"):
                raise GcpError("forbidden", denied(call.method.id, asked.path), 403)
        else:
            projects.ensure(self.state, call.project)
        self.state.store.watched = self.state.store.watched or self.state.faults.has("stale_reads")

    def _user(self, environ: dict[str, Any], asked: GcpAsked) -> str:
        """The account behind the bearer token. Raises GcpError."""
        if WATCHER_AGENT in environ.get("HTTP_USER_AGENT", ""):
            return tokens.EMAIL
        kind, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        user = self.state.identity.who(token.strip()) if kind.lower() == "bearer" else None
        if user:
            return user
        why = "ACCESS_TOKEN_EXPIRED" if kind else "CREDENTIALS_MISSING"
        facts = {"service": f"{asked.service}.googleapis.com", "method": f"compute.v1.{asked.action}"}
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": why,
            "domain": "googleapis.com",
            "metadata": facts,
        }
        tail = (
            "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
            "See https://developers.google.com/identity/sign-in/web/devconsole-project."
        )
        place = {"location": "Authorization", "locationType": "header"}
        if kind:
            message = f"Request had invalid authentication credentials. {tail}"
            raise GcpError("authError", message, 401, extra={**place, "message": "Invalid Credentials"}, details=[info])
        message = f"Request is missing required authentication credential. {tail}"
        raise GcpError("required", message, 401, extra={**place, "message": "Login Required."}, details=[info])

    def _token(self, endpoint: str, body: bytes) -> Response:
        form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
        try:
            return _json(json.dumps(self.state.identity.grant(form, endpoint)))
        except tokens.GrantError as error:
            return _json(json.dumps({"error": error.code, "error_description": str(error)}), 400)

    def _impersonate(self, asked: GcpAsked, body: bytes) -> Response:
        """A token in the name of another account of our projects (iamcredentials v1)."""
        found = IMPERSONATE.fullmatch(asked.path)
        email = urllib.parse.unquote(found[1]) if found else ""
        project = email.partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        if not email.endswith(".iam.gserviceaccount.com") or not projects.exists(project):
            message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."
            info = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
            }
            raise GcpError("forbidden", message, 403, details=[info])
        wish = _parsed(body)
        if not wish.get("scope"):
            raise GcpError("badRequest", "Request contains an invalid argument.", 400, details=[])
        seconds = int(str(wish.get("lifetime", "3600s")).rstrip("s"))
        token = self.state.identity.token(email, seconds)
        return _json(json.dumps({"accessToken": token, "expireTime": utc(self.state.now() + seconds)}))

    def refuse(self, refusal: Refusal, asked: Asked) -> Response:
        if (
            refusal.code == "forbidden"
            and isinstance(asked, GcpAsked)
            and asked.method
            and not isinstance(refusal, GcpError)
        ):
            refusal = GcpError("forbidden", denied(asked.method.id, asked.path), 403)
        response = _json(json.dumps(error_document(refusal), indent=1), refusal.status)
        if refusal.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/"'
        if refusal.retry_after is not None:
            response.headers["Retry-After"] = str(refusal.retry_after)
        elif refusal.status in (429, 503):
            response.headers["Retry-After"] = "1"
        return response

    def throttled(self, asked: Asked, retry_after: int) -> Refusal:
        """Compute Engine's own words: 403, not 429 (docs.cloud.google.com/compute/api-quota)."""
        message = (
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'compute.googleapis.com' "
            "for consumer 'project_number:100000000001'."
        )
        facts = {
            "service": "compute.googleapis.com",
            "quota_metric": "compute.googleapis.com/default",
            "method": asked.action,
        }
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "domain": "googleapis.com",
            "metadata": facts,
        }
        extra = {"domain": "usageLimits"}
        status = 429 if asked.action == "token" else 403  # the token endpoint is another service
        return GcpError("rateLimitExceeded", message, status, retry_after, extra=extra, details=[info])

    def broken(self, asked: Asked) -> Refusal:
        return GcpError("backendError", f"The sandbox failed in {asked.action}; its log says why.", 500)


def _action(method: str) -> str:
    resource, _, verb = method.partition(".")
    return POLLS.get(verb, f"operations.{verb}") if resource.endswith("Operations") else method


def _check_place(call: Call) -> None:
    zone, region = call.path.get("zone"), call.path.get("region")
    if zone and zone not in regions.zones() and call.method.id != "zones.get":
        raise invalid("zone", zone, "Unknown zone.")
    if region and region not in regions.regions() and call.method.id != "regions.get":
        raise invalid("region", region, "Unknown region.")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        message = f"Invalid JSON payload received. {error}"
        raise GcpError("parseError", message, 400, details=[]) from error


def _text(call: Call, answer: Any) -> str:
    """The answer as JSON, cut to the wanted fields; lists have done so themselves."""
    if call.rendered is not None:
        return call.rendered
    if answer is None:
        return ""
    if call.query.get("fields"):
        text = call.query["fields"]
        mask = masks.compile_mask(text)
        masks.check(mask, {"$ref": call.method.response}, document().schemas, text)
        answer = masks.cut(answer, mask)
    return json.dumps(answer)


def _json(text: str, status: int = 200) -> Response:
    response = Response(text, status=status if text else 204, content_type="application/json; charset=UTF-8")
    response.headers.update(HEADERS)
    for name in ("Origin", "X-Origin", "Referer"):
        response.headers.add("Vary", name)
    return response
