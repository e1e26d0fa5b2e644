"""What this cloud adds to the control API: settings, and what machines get beside ARM. The rest is sandbox/server/control.py's."""

from __future__ import annotations

import json
from dataclasses import asdict

from werkzeug.wrappers import Request, Response

from sandbox.azure import clones, endings
from sandbox.azure.state import SUBSCRIPTIONS, State
from sandbox.azure.vm_rules import NAME

MOST = 10_000


def respond(state: State, request: Request) -> Response | None:
    """Answer `GET|PUT settings`, `POST clones`, `GET custom-data/{vmId}` under /_sandbox/; None for everything else."""
    path = request.path.rstrip("/")
    if path == "/_sandbox/settings":
        return _set(state, request) if request.method == "PUT" else _json(asdict(state.settings))
    if path == "/_sandbox/clones" and request.method == "POST":
        return _clone(state, request)
    if path.startswith("/_sandbox/custom-data/"):
        return _custom_data(state, path.rpartition("/")[2])
    return None


def _set(state: State, request: Request) -> Response:
    try:
        wanted = json.loads(request.get_data())
        fits = set(wanted) == {"page_size"} and 1 <= int(wanted["page_size"]) <= MOST
    except (ValueError, TypeError):
        fits = False
    if not fits:
        return _json({"error": f"settings are an object with page_size (1 to {MOST})"}, 400)
    state.settings.page_size = int(wanted["page_size"])
    return _json(asdict(state.settings))


def _clone(state: State, request: Request) -> Response:
    """{"vm": id, "names": [...]}: as many VMs like that one."""
    try:
        wanted = json.loads(request.get_data())
        with state.lock:
            endings.settle(state)
            made = clones.clone(state, str(wanted["vm"]), [str(name) for name in wanted["names"]])
            state.store.save()
    except (ValueError, TypeError, KeyError) as error:
        return _json({"error": f"the body is an object with vm, the id of one, and names: {error}"}, 400)
    return _json({"made": made})


def _custom_data(state: State, vm_id: str) -> Response:
    """What the machine itself gets from Azure on a disc, and nobody else."""
    with state.lock:
        for subscription in SUBSCRIPTIONS:
            for vm in state.store.list(NAME, subscription):
                if vm.properties["vmId"] == vm_id:
                    return _json({"customData": vm.hidden.get("customData")})
    return _json({"error": f"there is no VM {vm_id}"}, 404)


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")
