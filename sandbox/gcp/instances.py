"""Instances through their life: stages, start, stop, reset, suspend, delete, and the end of a limited run."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import disks, failures, machine_types, nics, operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import GcpError, bad_request, not_ready
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.operations import task
from sandbox.gcp.refs import Ref, stamp
from sandbox.gcp.state import State
from sandbox.gcp.store import Record

ON_THE_WAY = ("PROVISIONING", "STAGING", "STOPPING", "SUSPENDING", "REPAIRING")


def pick(call: Call) -> Record:
    return found(call, "instances", call.path.get("instance") or call.path["resource"])


def about(call: Call, record: Record) -> dict[str, str | None]:
    """What fault rules select by, for an existing instance."""
    body = record.body
    spot = body["scheduling"]["provisioningModel"] == "SPOT"
    return {
        "operation": call.method.id,
        "region": record.ref.region,
        "zone": record.ref.zone,
        "machine_type": body["machineType"].rpartition("/")[2],
        "market": "spot" if spot else "on_demand",
    }


def set_status(state: State, target: Ref, status: str, **members: Any) -> None:
    """Move an instance to a state; members that are None go."""
    record = state.store.find(target)
    if record:
        body = {**record.body, "status": status, **members}
        state.put(target, {name: value for name, value in body.items() if value is not None})


def on_the_way(seconds: float) -> list[tuple[float, str, dict[str, Any]]]:
    """The step between PROVISIONING and RUNNING, of a boot that takes time."""
    return [(seconds / 2, "instance.stage", {})] if seconds > 0 else []


@task("instance.stage")
def stage(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    record = state.store.find(target)
    if record and record.body["status"] == "PROVISIONING":
        set_status(state, target, "STAGING")


@task("instance.boot")
def boot(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """The instance runs; a limited run begins now."""
    record = state.store.find(target)
    if record is None or record.body["status"] not in ("PROVISIONING", "STAGING"):
        return
    now = state.now()
    members: dict[str, Any] = {"lastStartTimestamp": stamp(now), "cpuPlatform": "Intel Ice Lake"}
    seconds = record.body["scheduling"].get("maxRunDuration", {}).get("seconds")
    if seconds:
        end = now + int(seconds)
        members["resourceStatus"] = {"scheduling": {"terminationTimestamp": stamp(end)}}
        record.meta["expires"] = end
        operations.expire(state, target, end)
    set_status(state, target, "RUNNING", **members)


@task("instance.expire")
def expire(state: State, target: Ref, args: dict[str, Any]) -> None:
    """The end of a limited run, unless the instance was stopped since."""
    record = state.store.find(target)
    if record is None or record.meta.get("expires") != args["due"] or record.body["status"] != "RUNNING":
        return
    if record.body["scheduling"].get("instanceTerminationAction") == "DELETE":
        remove(state, target)
    else:
        stopped(state, target, {})


@task("instance.stopped")
def stopped(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """The instance is off: its external address is somebody else's, unless it is a reserved one."""
    record = state.store.find(target)
    if record is None:
        return
    gone = {"cpuPlatform": "Unknown CPU Platform", "resourceStatus": None}
    left = nics.without_ephemeral(state, target.project, record.body["networkInterfaces"])
    set_status(state, target, "TERMINATED", lastStopTimestamp=stamp(state.now()), networkInterfaces=left, **gone)


@task("instance.suspended")
def suspended(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    set_status(state, target, "SUSPENDED", lastSuspendedTimestamp=stamp(state.now()))


def start(call: Call) -> dict[str, Any]:
    """Start a stopped instance; lack of capacity strikes here too. One that runs stays as it is."""
    record = pick(call)
    return _wake(call, record, "start", ("TERMINATED",))


def resume(call: Call) -> dict[str, Any]:
    record = pick(call)
    if record.body["status"] != "SUSPENDED":
        raise bad_request(f"Instance '{record.ref.name}' must be SUSPENDED to be resumed.")
    return _wake(call, record, "resume", ("SUSPENDED",))


def _wake(call: Call, record: Record, kind: str, asleep: tuple[str, ...]) -> dict[str, Any]:
    state, target = call.state, record.ref
    if record.body["status"] in ON_THE_WAY:
        raise not_ready(target.path)
    if record.body["status"] not in asleep:
        return operations.begin(call, target, kind)
    select = about(call, record)
    if state.faults.room("capacity", 1, **select) < 1:
        gpus = [
            (gpu["acceleratorType"].rpartition("/")[2], gpu["acceleratorCount"])
            for gpu in record.body.get("guestAccelerators", ())
        ]
        failure = failures.exhausted(target.project, target.zone, str(select["machine_type"]), gpus)
        return operations.begin(call, target, kind, does="fail", args=failure.kept())
    slow = state.faults.take("slow_boot", **select)
    seconds = slow.seconds if slow else state.pace
    set_status(
        state, target, "PROVISIONING", networkInterfaces=nics.with_ephemeral(state, record.body["networkInterfaces"])
    )
    return operations.begin(call, target, kind, does="instance.boot", seconds=seconds, before=on_the_way(seconds))


def stop(call: Call) -> dict[str, Any]:
    """Stop an instance; one that is stopped stays so. Whoever stops a local SSD says what becomes of it."""
    kind = machine_types.machine_types()[pick(call).body["machineType"].rpartition("/")[2]]
    if kind.has_local_ssd and "discardLocalSsd" not in call.query:
        # Text: hashicorp/terraform-provider-google#13519.
        raise bad_request(
            "VM has a Local SSD attached but an undefined value for `discardLocalSsd`. If using gcloud, please add "
            "`--discard-local-ssd=false` or `--discard-local-ssd=true` to your command."
        )
    return _sleep(call, "stop", "STOPPING", "instance.stopped")


def suspend(call: Call) -> dict[str, Any]:
    record = pick(call)
    if record.body.get("guestAccelerators"):
        raise bad_request("Instances with guest accelerators do not support suspend.")
    return _sleep(call, "suspend", "SUSPENDING", "instance.suspended")


def _sleep(call: Call, kind: str, through: str, end: str) -> dict[str, Any]:
    record = pick(call)
    if record.body["status"] in ON_THE_WAY:
        raise not_ready(record.ref.path)
    if record.body["status"] != "RUNNING":
        return operations.begin(call, record.ref, kind)
    slow = call.state.faults.take("slow_stop", **about(call, record))
    set_status(call.state, record.ref, through)
    return operations.begin(call, record.ref, kind, does=end, seconds=slow.seconds if slow else None)


def reset(call: Call) -> dict[str, Any]:
    """Reboot a running instance."""
    record = pick(call)
    if record.body["status"] != "RUNNING":
        raise not_ready(record.ref.path)
    call.state.reboots[record.body["id"]] = call.state.now()
    return operations.begin(call, record.ref, "reset")


def delete(call: Call) -> dict[str, Any]:
    """Delete an instance, with the disks that are to go with it."""
    record = pick(call)
    if record.body["deletionProtection"]:
        why = "Resource cannot be deleted if it's protected against deletion. Disable deletion protection and retry."
        raise GcpError("operationNotPermitted", f"Invalid resource usage: '{why}'.")
    slow = call.state.faults.take("slow_stop", **about(call, record))
    if record.body["status"] == "RUNNING":
        set_status(call.state, record.ref, "STOPPING")
    return operations.begin(call, record.ref, "delete", does="instance.delete", seconds=slow.seconds if slow else None)


@task("instance.delete")
def deleted(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    remove(state, target)


def remove(state: State, target: Ref) -> None:
    """Forget an instance; its disks go or are set free, its addresses are free again."""
    record = state.store.find(target)
    if record is None:
        return
    state.drop(target)
    state.reboots.pop(record.body["id"], None)
    for disk in record.body["disks"]:
        if "source" not in disk:
            continue
        source = Ref.of(disk["source"])
        if disk["autoDelete"]:
            state.drop(source)
        else:
            disks.release(state, source, target)


HANDLERS = {
    "instances.get": get_of("instances", "instance"),
    "instances.list": list_of("instances"),
    "instances.aggregatedList": aggregated_list_of("instances"),
    "instances.start": start,
    "instances.stop": stop,
    "instances.suspend": suspend,
    "instances.resume": resume,
    "instances.reset": reset,
    "instances.delete": delete,
}
