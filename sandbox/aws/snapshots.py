"""Snapshots: moto completes them at once, limits none, and does not look at OwnerIds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.aws import paging
from sandbox.aws.call import Call
from sandbox.aws.instances import pick
from sandbox.aws.wire import ApiError, View


def create(call: Call) -> dict[str, Any]:
    """CreateSnapshots: pending for as long as the faults say, all or none within the quota."""
    wanted = call.params.get("InstanceSpecification") or {}
    if not wanted.get("InstanceId"):
        raise ApiError("MissingParameter", "The request must contain the parameter InstanceSpecification.InstanceId")
    (instance,) = pick(call, [wanted["InstanceId"]])
    if instance.state == "terminated":
        message = f"The instance '{instance.id}' is not in a state from which snapshots can be created"
        raise ApiError("IncorrectState", message)
    facts = {"operation": call.action, "region": call.region, "zone": instance.placement.zone}
    disks = len(list(instance.get_block_device_mapping))
    if call.state.faults.room("quota", disks, **facts) < disks:
        raise ApiError("SnapshotLimitExceeded", "Snapshot limit exceeded")
    made = call.moto()["Snapshots"]
    slow = call.state.faults.take("slow_boot", **facts)
    broken = call.state.faults.take("partial", **facts)
    for number, snapshot in enumerate(made):
        end = "error" if broken and number >= broken.count else "completed"
        due = call.state.clock.now() + (slow.seconds if slow else 0)
        call.store.snapshots[snapshot.id] = (due, end)
    return {"Snapshots": [_seen(call, snapshot) for snapshot in made]}


def describe(call: Call) -> dict[str, Any]:
    """DescribeSnapshots: those of the owners that are asked for, in the state of now."""
    paging.check(call)
    paging.check_filters(call)
    of_tags = {name: values for name, values in call.filters().items() if paging.is_tag(name)}
    rest = [{"Name": n, "Values": v} for n, v in call.filters().items() if n not in of_tags]
    everything = call.moto({**call.params, "Filters": rest, "Filter": rest})["Snapshots"]
    chosen = _of_owners(call, everything)
    seen = [_seen(call, snapshot) for snapshot in chosen]
    page, token = paging.cut(call, paging.select(seen, of_tags, {}), paging.identity)
    return {"Snapshots": page, "NextToken": token}


def _of_owners(call: Call, snapshots: Sequence[Any]) -> list[Any]:
    owners = call.params.get("OwnerIds") or []
    named = {call.account if owner == "self" else owner for owner in owners}
    return [snapshot for snapshot in snapshots if not named or snapshot.owner_id in named]


def _seen(call: Call, snapshot: Any) -> View:
    due, end = call.store.snapshots.get(snapshot.id, (0.0, "completed"))
    over = call.state.clock.now() >= due
    state = end if over else "pending"
    why = "Given key ID is not accessible" if state == "error" else None
    progress = "100%" if state == "completed" else "0%"
    return View(paging.tagged(call, snapshot), status=state, state=state, progress=progress, state_message=why)


HANDLERS = {"CreateSnapshots": create, "DescribeSnapshots": describe}
