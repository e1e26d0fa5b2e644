"""Google's error documents: {"error": {"code", "message", "errors": [...], "status"?, "details"?}}."""

from __future__ import annotations

from typing import Any

from sandbox.server.refusal import Refusal

# The canonical status that Google's servers write beside an HTTP status (google.rpc.Code).
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}


class GcpError(Refusal):
    """A refusal in Compute Engine's words. `code` is the reason, such as notFound; `extra` joins errors[0]."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        retry_after: int | None = None,
        *,
        extra: dict[str, str] | None = None,
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(code, message, status, retry_after)
        self.extra = extra or {}
        self.details = details


def document(refusal: Refusal) -> dict[str, Any]:
    """The body of a refusal. Like the real service's, it has `status` only where there are `details`."""
    line = {"message": refusal.message, "domain": "global", "reason": refusal.code}
    error: dict[str, Any] = {"code": refusal.status, "message": refusal.message}
    if isinstance(refusal, GcpError):
        line.update(refusal.extra)
        if refusal.details is not None:
            error["status"] = STATUSES.get(refusal.status, "UNKNOWN")
            error["details"] = refusal.details
    return {"error": {**error, "errors": [line]}}


def invalid(field: str, value: Any, why: str) -> GcpError:
    """What Compute Engine says of a value that it understands but does not take."""
    return GcpError("invalid", f"Invalid value for field '{field}': '{value}'. {why}")


def required(field: str) -> GcpError:
    return GcpError("required", f"Required field '{field}' not specified")


def bad_request(message: str) -> GcpError:
    return GcpError("badRequest", message)


def not_found(path: str) -> GcpError:
    return GcpError("notFound", f"The resource '{path}' was not found", 404)


def already_exists(path: str) -> GcpError:
    return GcpError("alreadyExists", f"The resource '{path}' already exists", 409)


def in_use(noun: str, path: str, user: str) -> GcpError:
    return GcpError("resourceInUseByAnotherResource", f"The {noun} resource '{path}' is already being used by '{user}'")


def not_ready(path: str) -> GcpError:
    return GcpError("resourceNotReady", f"The resource '{path}' is not ready")


def mismatch(message: str) -> GcpError:
    """A fingerprint that is not the resource's own."""
    return GcpError("conditionNotMet", message, 412, extra={"location": "If-Match", "locationType": "header"})


def violation(field: str, message: str) -> GcpError:
    """What the JSON layer before Compute Engine refuses: names and types that it cannot bind."""
    fault = {"description": message, **({"field": field} if field else {})}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [fault]}]
    return GcpError("badRequest", message, details=details)
