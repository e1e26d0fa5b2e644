"""Snapshots of disks: asked for of the project or of the disk, uploading while their operation runs."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import failures, operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, not_found, required
from sandbox.gcp.failures import Failed
from sandbox.gcp.labels import check_description, check_labels, labelled, set_labels
from sandbox.gcp.lists import found, get_of, list_of
from sandbox.gcp.refs import Ref, new_id, stamp
from sandbox.gcp.state import State
from sandbox.gcp.store import Record


def insert(call: Call) -> dict[str, Any]:
    """snapshots.insert: of any disk of the project."""
    source = call.body.get("sourceDisk")
    if not source:
        raise required("resource.sourceDisk")
    ref = call.link(source, "resource.sourceDisk", "disks")
    disk = call.state.store.find(ref)
    if disk is None:
        raise not_found(ref.path)
    body = _body(call, disk)
    target = Ref.of(body["selfLink"])
    return _take(call, disk, body, target, "insert", extra={"targetId": body["id"]})


def of_disk(call: Call) -> dict[str, Any]:
    """disks.createSnapshot: the operation is the disk's."""
    disk = found(call, "disks", call.path["disk"])
    return _take(call, disk, _body(call, disk), disk.ref, "createSnapshot")


def _body(call: Call, disk: Record) -> dict[str, Any]:
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = Ref(call.project, "global", "snapshots", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    check_labels(wish.get("labels", {}), "resource.labels")
    check_description(wish.get("description", ""), "resource.description")
    body = {
        "kind": "compute#snapshot",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        **wish,
        "status": "READY",
        "sourceDisk": disk.body["selfLink"],
        "sourceDiskId": disk.body["id"],
        "diskSizeGb": disk.body["sizeGb"],
        "storageBytes": "1024",
        "storageBytesStatus": "UP_TO_DATE",
        "storageLocations": ["us"],
        "selfLink": target.link,
        **labelled(wish.get("labels", {})),
    }
    for name in ("licenses", "architecture", "guestOsFeatures"):
        if name in disk.body:
            body.setdefault(name, disk.body[name])
    return body


def _take(call: Call, disk: Record, body: dict[str, Any], target: Ref, kind: str, **more: Any) -> dict[str, Any]:
    faults = call.state.faults
    facts = {"operation": call.method.id, "region": disk.ref.region, "zone": disk.ref.zone}
    call.state.promised.add(target.path)
    if faults.room("quota", 1, **facts) < 1:
        failure = failures.over_quota("SNAPSHOTS", 0.0, "")
        return operations.begin(call, target, kind, does="fail", args=failure.kept(), **more)
    slow = faults.take("slow_boot", **facts)
    broken = faults.take("partial", **facts)
    end = {**body, "status": "FAILED"} if broken and broken.count < 1 else body
    under_way = {"path": body["selfLink"], "body": {**body, "status": "UPLOADING"}}
    return operations.begin(
        call,
        target,
        kind,
        does="snapshot",
        args={"path": body["selfLink"], "body": end},
        seconds=slow.seconds if slow else None,
        before=[(0.0, "snapshot", under_way)],
        **more,
    )


@operations.task("snapshot")
def _snapshot(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    state.put(Ref.of(args["path"]), args["body"], {})
    if args["body"]["status"] == "FAILED":
        raise Failed("INTERNAL_ERROR", "Internal error. Please try again or contact Google Support.", 500)


def delete(call: Call) -> dict[str, Any]:
    """Delete a snapshot."""
    record = found(call, "snapshots", call.path["snapshot"])
    return operations.begin(call, record.ref, "delete", does="drop")


HANDLERS = {
    "disks.createSnapshot": of_disk,
    "snapshots.get": get_of("snapshots", "snapshot"),
    "snapshots.insert": insert,
    "snapshots.list": list_of("snapshots"),
    "snapshots.delete": delete,
    "snapshots.setLabels": set_labels("snapshots", "resource"),
}
