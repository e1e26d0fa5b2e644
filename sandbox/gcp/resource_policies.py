"""Resource policies: placement groups and snapshot schedules."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, in_use, required
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.refs import Ref, new_id, stamp

KINDS = (
    "groupPlacementPolicy",
    "snapshotSchedulePolicy",
    "instanceSchedulePolicy",
    "diskConsistencyGroupPolicy",
    "workloadPolicy",
)


def insert(call: Call) -> dict[str, Any]:
    """Make a policy of exactly one kind."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("resourcePolicies", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    if sum(kind in wish for kind in KINDS) != 1:
        raise bad_request("A resource policy must specify exactly one policy.")
    daily = wish.get("snapshotSchedulePolicy", {}).get("schedule", {}).get("dailySchedule")
    if daily:
        # The window in which a snapshot begins: four hours (recordings).
        daily["duration"] = "PT14400S"
    body = {
        "kind": "compute#resourcePolicy",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        **wish,
        "region": call.place,
        "status": "READY",
        "selfLink": target.link,
    }
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def patch(call: Call) -> dict[str, Any]:
    """Change a snapshot schedule: its members are replaced, the name and the kind stay."""
    record = found(call, "resourcePolicies", call.path["resourcePolicy"])
    if set(call.body) - {"description", "snapshotSchedulePolicy"} or "snapshotSchedulePolicy" not in record.body:
        raise bad_request("Only a snapshot schedule policy can be changed.")
    changes = {name: call.body[name] for name in ("description", "snapshotSchedulePolicy") if name in call.body}
    return operations.begin(call, record.ref, "update", does="merge", args={"changes": changes})


def delete(call: Call) -> dict[str, Any]:
    """Delete a policy that no instance and no disk has."""
    record = found(call, "resourcePolicies", call.path["resourcePolicy"])
    user = _user(call, record.ref)
    if user:
        raise in_use("resource_policy", record.ref.path, user)
    return operations.begin(call, record.ref, "delete", does="drop")


def _user(call: Call, ref: Ref) -> str:
    for collection in ("instances", "disks"):
        for shelf in call.state.store.table(ref.project, collection).values():
            for each in shelf.values():
                if ref.link in each.body.get("resourcePolicies", ()):
                    return each.ref.path
    return ""


HANDLERS = {
    "resourcePolicies.get": get_of("resourcePolicies", "resourcePolicy"),
    "resourcePolicies.list": list_of("resourcePolicies"),
    "resourcePolicies.aggregatedList": aggregated_list_of("resourcePolicies"),
    "resourcePolicies.insert": insert,
    "resourcePolicies.patch": patch,
    "resourcePolicies.delete": delete,
}
