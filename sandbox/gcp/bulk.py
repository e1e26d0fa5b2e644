"""bulkInsert, in a zone and in a region: many VMs by one call, with an operation for each behind a group's id.

The operation of the call counts what became of the VMs (instancesBulkInsertOperationMetadata); why one failed stands
in the VM's own operation, found by operationGroupId.
docs.cloud.google.com/compute/docs/instances/multiple/about-bulk-creation (read 2026-11)
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from sandbox.gcp import failures, operations
from sandbox.gcp.call import Call, unsupported
from sandbox.gcp.draft import Draft, prepare
from sandbox.gcp.errors import already_exists, bad_request, invalid, required
from sandbox.gcp.instances import remove
from sandbox.gcp.launch import check_free, facts, fail, launch, room_for
from sandbox.gcp.operations import task
from sandbox.gcp.refs import NAME, Ref
from sandbox.gcp.regions import regions
from sandbox.gcp.state import State

MOST = 5000
PATTERN = re.compile(r"[a-z][-a-z0-9]*?(#+)[-a-z0-9]*")


def insert(call: Call) -> dict[str, Any]:
    """instances.bulkInsert."""
    return _insert(call, [call.path["zone"]])


def insert_regional(call: Call) -> dict[str, Any]:
    """regionInstances.bulkInsert: the first zone that may be used, has the type and has room."""
    region = call.path["region"]
    policy = call.body.get("locationPolicy", {}).get("locations", {})
    denied = {_zone(name) for name, each in policy.items() if each.get("preference") == "DENY"}
    allowed = [_zone(name) for name, each in policy.items() if each.get("preference") != "DENY"]
    for zone in (*denied, *allowed):
        if zone not in regions()[region].zones:
            raise invalid(
                "resource.locationPolicy.locations", f"zones/{zone}", f"The zone is not in region '{region}'."
            )
    zones = [zone for zone in allowed or regions()[region].zones if zone not in denied]
    if not zones:
        raise bad_request("The location policy leaves no zone.")
    return _insert(call, zones)


def _zone(name: str) -> str:
    if not name.startswith("zones/"):
        raise invalid("resource.locationPolicy.locations", name, "Must be a zone, such as zones/us-central1-a.")
    return name.removeprefix("zones/")


def _insert(call: Call, zones: list[str]) -> dict[str, Any]:
    wish = call.body
    count = int(wish.get("count", len(wish.get("perInstanceProperties", {})) or 0))
    least = int(wish.get("minCount", count))
    if not 1 <= count <= MOST:
        raise invalid("resource.count", count, f"Must be between 1 and {MOST}.")
    if not 1 <= least <= count:
        raise invalid("resource.minCount", least, f"Must be between 1 and count ({count}).")
    if "sourceInstanceTemplate" in wish:
        raise unsupported("instances.bulkInsert with sourceInstanceTemplate")
    properties = wish.get("instanceProperties")
    if properties is None:
        raise required("resource.instanceProperties")
    _check_shared(properties)
    draft = _fitting(call, properties, zones, least)
    targets = _targets(call, draft, wish, count)
    return _make(call, draft, targets, least)


def _check_shared(properties: dict[str, Any]) -> None:
    """What only one VM can have cannot be asked for many (about-bulk-creation). The text is ours."""
    field = "resource.instanceProperties"
    for number, disk in enumerate(properties.get("disks", ())):
        if "source" in disk or "diskName" in disk.get("initializeParams", {}):
            raise invalid(
                f"{field}.disks[{number}]", "", "An existing disk or the name of one cannot be given to many VMs."
            )
    for number, nic in enumerate(properties.get("networkInterfaces", ())):
        if "networkIP" in nic or any("natIP" in access for access in nic.get("accessConfigs", ())):
            raise invalid(f"{field}.networkInterfaces[{number}]", "", "An address cannot be given to many VMs.")


def _fitting(call: Call, properties: dict[str, Any], zones: list[str], least: int) -> Draft:
    """The draft for the first zone with room; the last refusal or the first zone if none has."""
    first: Draft | None = None
    refused: Exception | None = None
    for zone in zones:
        try:
            draft = prepare(call, properties, zone, short=True, field="resource.instanceProperties")
        except Exception as error:  # noqa: BLE001  (raised again below)
            refused = refused or error
            continue
        first = first or draft
        about = facts(call, zone, draft.kind.name, draft.market)
        if len(zones) == 1 or call.state.faults.peek("capacity", least, **about):
            return draft
    if first is None:
        assert refused is not None  # noqa: S101  (there is a zone)
        raise refused
    return first


def _targets(call: Call, draft: Draft, wish: dict[str, Any], count: int) -> list[Ref]:
    """The names of the VMs, from the pattern or as listed. Raises GcpError for those that are taken."""
    named, given = wish.get("perInstanceProperties", {}), wish.get("namePattern")
    if named and given:
        raise bad_request("Exactly one of namePattern and perInstanceProperties must be set.")
    if named:
        if len(named) != count:
            raise invalid(
                "resource.perInstanceProperties", len(named), f"Must have as many entries as count ({count})."
            )
        for name in named:
            if not re.fullmatch(NAME, name):
                raise invalid("resource.perInstanceProperties.key", name, f"Must be a match of regex '{NAME}'")
        targets = [Ref(draft.project, draft.scope, "instances", name) for name in named]
    else:
        targets = _by_pattern(call, draft, given or "", count)
    for target in targets:
        check_free(call, draft, target)
        if target.path in call.state.promised:
            raise already_exists(target.path)
    return targets


def _by_pattern(call: Call, draft: Draft, given: str, count: int) -> list[Ref]:
    match = PATTERN.fullmatch(given)
    if not match:
        why = "Must have one sequence of hash characters (#), and be a valid name otherwise."
        raise invalid("resource.namePattern", given, why)
    width = len(match[1])
    head, tail = given[: match.start(1)], given[match.end(1) :]
    taken = re.compile(rf"{re.escape(head)}(\d{{{width}}}){re.escape(tail)}")
    here = call.state.store.shelf(draft.project, draft.scope, "instances")
    last = max((int(found[1]) for name in here if (found := taken.fullmatch(name))), default=0)
    if last + count >= 10**width:
        raise invalid("resource.namePattern", given, f"Has too few hash characters for {count} more VMs.")
    names = [f"{head}{number:0{width}d}{tail}" for number in range(last + 1, last + count + 1)]
    return [Ref(draft.project, draft.scope, "instances", name) for name in names]


def _make(call: Call, draft: Draft, targets: list[Ref], least: int) -> dict[str, Any]:
    """Make what there is room for; the rest fails, and all of it is undone below the least number."""
    state = call.state
    group = str(uuid.uuid4())
    room, failure = room_for(call, draft, len(targets))
    partial = state.faults.take("partial", **facts(call, draft.zone, draft.kind.name, draft.market))
    living = min(room, partial.count if partial else room)
    request, call.query = call.query, {key: value for key, value in call.query.items() if key != "requestId"}
    extra = {"operationGroupId": group}
    made, slowest = [], state.pace
    for number, target in enumerate(targets):
        if number >= room:
            fail(call, target, failure, extra=extra)
            continue
        dies = number >= living
        body, there = launch(call, draft, target, dies=dies, lasts=living >= least, extra=extra)
        slowest = max(slowest, _seconds(state, body))
        if there and not dies:
            made.append(target.path)
    call.query = request
    place = Ref(draft.project, call.scope, "instances", "")
    counted = {"target": len(targets), "alive": len(made), "least": least, "zone": draft.zone}
    return operations.begin(
        call,
        place,
        "bulkInsert",
        does="bulk.end",
        args={**counted, "made": made},
        seconds=slowest,
        extra={**extra, "targetLink": _group_link(draft, call), **_metadata(counted, "CREATING", 0, 0)},
    )


def _seconds(state: State, operation: dict[str, Any]) -> float:
    """How long a VM's operation has to go."""
    record = state.store.find(Ref.of(operation["selfLink"]))
    return record.meta["steps"][-1][0] - state.now() if record else 0.0


def _group_link(draft: Draft, call: Call) -> str:
    return Ref(draft.project, call.scope, "instances", "").link.rstrip("/")


def _metadata(counted: dict[str, Any], status: str, created: int, deleted: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"status": status, "targetVmCount": counted["target"]}
    if status == "DONE":
        shown["createdVmCount"] = created
        if counted["target"] > counted["alive"]:
            shown["failedToCreateVmCount"] = counted["target"] - counted["alive"]
        if deleted:
            shown["deletedVmCount"] = deleted
    return {"instancesBulkInsertOperationMetadata": {"perLocationStatus": {f"zones/{counted['zone']}": shown}}}


@task("bulk.end")
def end(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """Count what lives; below the least number delete it again."""
    short = args["alive"] < args["least"]
    if short:
        for path in args["made"]:
            remove(state, Ref.of(path))
    place = Ref.of(args["operation"])
    record = state.store.find(place)
    if record:
        deleted = len(args["made"]) if short else 0
        state.put(place, {**record.body, **_metadata(args, "DONE", args["alive"], deleted)})
    if short:
        raise failures.too_few(args["least"])


HANDLERS = {"instances.bulkInsert": insert, "regionInstances.bulkInsert": insert_regional}
