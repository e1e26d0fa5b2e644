"""instances.insert, and what it shares with bulkInsert: what there is room for, and the making of one VM."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import disks, failures, nics, operations, quotas
from sandbox.gcp.call import Call, unsupported
from sandbox.gcp.draft import Draft, build, prepare
from sandbox.gcp.errors import already_exists, required
from sandbox.gcp.failures import Failed
from sandbox.gcp.instances import on_the_way, remove
from sandbox.gcp.operations import task
from sandbox.gcp.refs import Ref
from sandbox.gcp.reservations import consumable
from sandbox.gcp.state import State


def insert(call: Call) -> dict[str, Any]:
    """Make one instance. Lack of capacity and of quota arrives in the operation."""
    wish = call.body
    for template in ("sourceInstanceTemplate", "sourceMachineImage"):
        if template in call.query:
            raise unsupported(f"instances.insert with {template}")
    if not wish.get("name"):
        raise required("resource.name")
    draft = prepare(call, wish, call.path["zone"], short=False, field="resource")
    target = call.ref("instances", wish["name"])
    check_free(call, draft, target)
    room, failure = room_for(call, draft, 1)
    if room < 1:
        return fail(call, target, failure)
    return launch(call, draft, target)[0]


def check_free(call: Call, draft: Draft, target: Ref) -> None:
    """Refuse a name that is taken, by an instance or by a disk that would be made with it."""
    state = call.state
    if state.store.find(target):
        raise already_exists(target.path)
    for index, (_, what) in enumerate(draft.disks):
        if isinstance(what, Ref):
            continue
        own = what.name or (target.name if index == 0 else f"{target.name}-{index}")
        ref = Ref(target.project, target.scope, "disks", own)
        if state.store.find(ref):
            raise already_exists(ref.path)


def facts(call: Call, zone: str, machine_type: str, market: str) -> dict[str, str | None]:
    """What fault rules select by."""
    region = zone.rpartition("-")[0]
    return {
        "operation": call.method.id,
        "region": region,
        "zone": zone,
        "machine_type": machine_type,
        "market": market,
    }


def room_for(call: Call, draft: Draft, wanted: int) -> tuple[int, Failed]:
    """How many of `wanted` VMs can be made, and the failure of the others."""
    about = facts(call, draft.zone, draft.kind.name, draft.market)
    faults = call.state.faults
    region = str(about["region"])
    metric = "GPUS_ALL_REGIONS" if draft.all_gpus else "CPUS_ALL_REGIONS"
    # A rule without regions and zones speaks of the whole account.
    room = faults.room("quota", wanted, **{**about, "region": None, "zone": None})
    failure = failures.over_quota(metric, 0.0, "")
    if room == wanted:
        room = faults.room("quota", wanted, **about)
        failure = failures.over_quota(_regional_metric(draft), 0.0, region)
    left, metric = _quota_room(call.state, draft, region)
    if left < room:
        room = left
        failure = failures.over_quota(metric, call.state.usage.limit(metric), "" if metric in quotas.GLOBAL else region)
    free = consumable(call.state, draft)
    if free is not None and free < room:
        named = draft.wish["reservationAffinity"]["values"][0]
        text = f"Specified reservations [{named}] do not have available resources for the request."
        room, failure = free, Failed("UNSUPPORTED_OPERATION", text, 400)
    here = faults.room("capacity", room, **about)
    if here < room:
        room, failure = here, failures.exhausted(call.project, draft.zone, draft.kind.name, draft.all_gpus)
    return room, failure


def _regional_metric(draft: Draft) -> str:
    spot = draft.market == "spot"
    counted = quotas.metrics(draft.kind, draft.all_gpus, spot)
    names = [name for name in counted if name not in quotas.GLOBAL and name != "INSTANCES"]
    return next((name for name in names if "NVIDIA" in name), names[0])


def _quota_room(state: State, draft: Draft, region: str) -> tuple[int, str]:
    counted = quotas.metrics(draft.kind, draft.all_gpus, draft.market == "spot")
    rooms = [
        (int(state.usage.room(draft.project, region, name) // amount), name)
        for name, amount in counted.items()
        if amount
    ]
    return min(rooms)


def fail(call: Call, target: Ref, failure: Failed, **more: Any) -> dict[str, Any]:
    """An operation that makes nothing."""
    return operations.begin(call, target, "insert", does="fail", args=failure.kept(), **more)


@task("fail")
def _fail(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    raise Failed.of(args)


def launch(
    call: Call, draft: Draft, target: Ref, *, dies: bool = False, lasts: bool = True, **more: Any
) -> tuple[dict[str, Any], bool]:
    """Make one VM: visible at once as PROVISIONING, RUNNING when its operation is done.

    Returns the operation and whether there is a VM: a subnetwork may be full. One that does not last uses up
    nothing of what a fault rule leaves.
    """
    state = call.state
    body, made = build(call, draft, target.name)
    try:
        nics.give_addresses(state, draft.project, body)
    except Failed as failure:
        return fail(call, target, failure, **more), False
    about = facts(call, draft.zone, draft.kind.name, draft.market)
    if lasts:
        state.faults.use(1, **about)
    state.put(target, body, {})
    for ref, disk in made:
        state.put(ref, {**disk, "users": [target.link]}, {})
    for _, what in draft.disks:
        if isinstance(what, Ref):
            disks.attach(state, what, target)
    slow = state.faults.take("slow_boot", **about)
    seconds = slow.seconds if slow else state.pace
    end = "instance.die" if dies else "instance.boot"
    return operations.begin(call, target, "insert", does=end, seconds=seconds, before=on_the_way(seconds), **more), True


@task("instance.die")
def die(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """The VM ends before it ran."""
    remove(state, target)
    raise failures.died(target.path)
