"""The control API under /_sandbox/: health, faults, calls, reboots, reset. JSON, for tests and people."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.faults import FaultError
from sandbox.server.state import State


def respond(cloud: str, state: State, environ: dict[str, Any]) -> Response:
    """Answer one control request."""
    request = Request(environ)
    body = request.get_data()
    route = (request.method, request.path.removeprefix("/_sandbox/").rstrip("/"))
    match route:
        case ("GET", "health"):
            return _json({"status": "ok", "cloud": cloud})
        case ("GET", "faults"):
            return _json(state.faults.as_json())
        case ("PUT", "faults"):
            return _set_faults(state, body)
        case ("DELETE", "faults"):
            state.faults.set({})
            return _json(state.faults.as_json())
        case ("GET", "calls"):
            return _json(state.calls.as_json())
        case ("DELETE", "calls"):
            state.calls.clear()
            return _json(state.calls.as_json())
        case ("GET", "reboots"):
            return _json(state.reboots)
        case ("POST", "reset"):
            state.reset()
            return _json({"status": "ok"})
    return _json({"error": f"there is no {request.method} {request.path}"}, 404)


def _set_faults(state: State, body: bytes) -> Response:
    try:
        state.faults.set(json.loads(body))
    except FaultError as error:
        return _json({"error": str(error)}, 400)
    except ValueError as error:
        return _json({"error": f"the body is not JSON: {error}"}, 400)
    return _json(state.faults.as_json())


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
