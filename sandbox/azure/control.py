"""What this cloud adds to the control API: settings. The rest is sandbox/server/control.py's."""

from __future__ import annotations

import json
from dataclasses import asdict

from werkzeug.wrappers import Request, Response

from sandbox.azure.state import State


def respond(state: State, request: Request) -> Response | None:
    """Answer `GET|PUT /_sandbox/settings`; None for everything else."""
    if request.path.rstrip("/") != "/_sandbox/settings":
        return None
    if request.method == "PUT":
        wanted = json.loads(request.get_data() or b"{}")
        if set(wanted) - {"page_size"} or not 1 <= int(wanted.get("page_size", 1)) <= 10_000:
            return _json({"error": "settings are page_size (1 to 10000)"}, 400)
        state.settings.page_size = int(wanted.get("page_size", state.settings.page_size))
    return _json(asdict(state.settings))


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
