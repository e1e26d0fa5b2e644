"""Changes of an instance: metadata, tags, machine type, scheduling, service account, protection, shielded VM."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import launch_rules, machine_types, operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import bad_request, invalid, mismatch, not_found
from sandbox.gcp.instances import pick
from sandbox.gcp.labels import set_labels
from sandbox.gcp.refs import fingerprint
from sandbox.gcp.store import Record

ASLEEP = "TERMINATED"


def _merge(call: Call, record: Record, kind: str, **changes: Any) -> dict[str, Any]:
    return operations.begin(call, record.ref, kind, does="merge", args={"changes": changes})


def _stopped(record: Record, what: str) -> None:
    if record.body["status"] != ASLEEP:
        raise bad_request(f"Instance is starting or running. Please stop the instance before you change its {what}.")


def _check_fingerprint(call: Call, record: Record, member: str) -> None:
    """The body's fingerprint must be the present one. Other clients may leave it out (recordings)."""
    given = call.body.get("fingerprint")
    if given is None and not call.strict:
        return
    if given != record.body[member]["fingerprint"]:
        raise mismatch(f"Supplied fingerprint does not match current {member} fingerprint.")


def set_metadata(call: Call) -> dict[str, Any]:
    record = pick(call)
    launch_rules.check_metadata(call.body, "metadata")
    _check_fingerprint(call, record, "metadata")
    items = call.body.get("items", [])
    shown = {"kind": "compute#metadata", "fingerprint": fingerprint(items), **({"items": items} if items else {})}
    return _merge(call, record, "setMetadata", metadata=shown)


def set_tags(call: Call) -> dict[str, Any]:
    record = pick(call)
    launch_rules.check_tags(call.body, "tags")
    _check_fingerprint(call, record, "tags")
    items = sorted(set(call.body.get("items", [])))
    shown = {**({"items": items} if items else {}), "fingerprint": fingerprint(items)}
    return _merge(call, record, "setTags", tags=shown)


def set_machine_type(call: Call) -> dict[str, Any]:
    record = pick(call)
    text = call.body.get("machineType", "")
    zone = record.ref.zone
    ref = call.link(text, "machineType", "machineTypes")
    kind = machine_types.find(ref.name, zone)
    if kind is None or ref.zone != zone:
        raise invalid("machineType", text, f"Machine type with name '{ref.name}' does not exist in zone '{zone}'.")
    _stopped(record, "machine type")
    old = machine_types.machine_types()[record.body["machineType"].rpartition("/")[2]]
    gpus = [] if old.accelerator else launch_gpus(record)
    launch_rules.check_gpus(kind, gpus)
    launch_rules.scheduling(record.body["scheduling"], kind, gpus)
    changes: dict[str, Any] = {"machineType": ref.link}
    if kind.accelerator or old.accelerator:
        place = record.body["zone"]
        entry = {"acceleratorType": f"{place}/acceleratorTypes/{kind.accelerator}", "acceleratorCount": kind.count}
        changes["guestAccelerators"] = [entry] if kind.accelerator else None
    return _merge(call, record, "setMachineType", **changes)


def launch_gpus(record: Record) -> launch_rules.Gpus:
    given = record.body.get("guestAccelerators", ())
    return [(each["acceleratorType"].rpartition("/")[2], each["acceleratorCount"]) for each in given]


def set_machine_resources(call: Call) -> dict[str, Any]:
    """Attach other accelerators to a stopped N1."""
    record = pick(call)
    _stopped(record, "accelerators")
    kind = machine_types.machine_types()[record.body["machineType"].rpartition("/")[2]]
    gpus, shown = [], []
    for number, each in enumerate(call.body.get("guestAccelerators", ())):
        ref = call.link(
            each.get("acceleratorType", ""), f"guestAccelerators[{number}].acceleratorType", "acceleratorTypes"
        )
        gpus.append((ref.name, each.get("acceleratorCount", 1)))
        shown.append({"acceleratorType": ref.link, "acceleratorCount": each.get("acceleratorCount", 1)})
    launch_rules.check_accelerators_here(call.project, record.ref.zone, gpus)
    launch_rules.check_gpus(kind, gpus)
    return _merge(call, record, "setMachineResources", guestAccelerators=shown or None)


def set_scheduling(call: Call) -> dict[str, Any]:
    """New scheduling; how an instance is provisioned and when it ends changes only while it is stopped."""
    record = pick(call)
    old = record.body["scheduling"]
    wish = {**old, **call.body}
    kind = machine_types.machine_types()[record.body["machineType"].rpartition("/")[2]]
    shown = launch_rules.scheduling(wish, kind, launch_gpus(record))
    for name in ("provisioningModel", "preemptible", "maxRunDuration", "terminationTime"):
        if shown.get(name) != old.get(name):
            _stopped(record, "scheduling")
    return _merge(call, record, "setScheduling", scheduling=shown)


def set_service_account(call: Call) -> dict[str, Any]:
    record = pick(call)
    if call.strict:
        _stopped(record, "service account")
    launch_rules.check_accounts([call.body] if call.body.get("email") else [])
    account = {"email": call.body["email"], "scopes": call.body.get("scopes", [])} if call.body.get("email") else None
    return _merge(call, record, "setServiceAccount", serviceAccounts=[account] if account else None)


def set_deletion_protection(call: Call) -> dict[str, Any]:
    record = pick(call)
    return _merge(call, record, "setDeletionProtection", deletionProtection=call.query.get("deletionProtection", True))


def update_shielded(call: Call) -> dict[str, Any]:
    record = pick(call)
    shown = {**record.body["shieldedInstanceConfig"], **call.body}
    if shown["enableIntegrityMonitoring"] and not shown["enableVtpm"]:
        raise bad_request("Integrity monitoring requires vTPM to be enabled.")
    _stopped(record, "shielded VM options")
    return _merge(call, record, "updateShieldedInstanceConfig", shieldedInstanceConfig=shown)


def set_disk_auto_delete(call: Call) -> dict[str, Any]:
    record = pick(call)
    wanted = call.query.get("deviceName", "")
    disks = [dict(disk) for disk in record.body["disks"]]
    named = [disk for disk in disks if disk["deviceName"] == wanted]
    if not named:
        raise bad_request(f"The instance does not have a disk with device name '{wanted}'.")
    named[0]["autoDelete"] = call.query.get("autoDelete", False)
    return _merge(call, record, "setDiskAutoDelete", disks=disks)


def add_resource_policies(call: Call) -> dict[str, Any]:
    record = pick(call)
    return _policies(call, record, add=True)


def remove_resource_policies(call: Call) -> dict[str, Any]:
    record = pick(call)
    return _policies(call, record, add=False)


def _policies(call: Call, record: Record, add: bool) -> dict[str, Any]:
    region = f"regions/{call.region}"
    named = [
        call.link(each, "resourcePolicies", "resourcePolicies", region)
        for each in call.body.get("resourcePolicies", [])
    ]
    for ref in named:
        if call.state.store.find(ref) is None:
            raise not_found(ref.path)
    links, old = [ref.link for ref in named], record.body.get("resourcePolicies", [])
    _stopped(record, "resource policies")
    new = [*old, *links] if add else [link for link in old if link not in links]
    kind = "addResourcePolicies" if add else "removeResourcePolicies"
    return _merge(call, record, kind, resourcePolicies=new or None)


def serial_output(call: Call) -> dict[str, Any]:
    """An empty console: no machine writes to it."""
    record = pick(call)
    return {
        "kind": "compute#serialPortOutput",
        "contents": "",
        "start": "0",
        "next": "0",
        "selfLink": f"{record.ref.link}/serialPort",
    }


HANDLERS = {
    "instances.setLabels": set_labels("instances", "instance"),
    "instances.setMetadata": set_metadata,
    "instances.setTags": set_tags,
    "instances.setMachineType": set_machine_type,
    "instances.setMachineResources": set_machine_resources,
    "instances.setScheduling": set_scheduling,
    "instances.setServiceAccount": set_service_account,
    "instances.setDeletionProtection": set_deletion_protection,
    "instances.updateShieldedInstanceConfig": update_shielded,
    "instances.setDiskAutoDelete": set_disk_auto_delete,
    "instances.addResourcePolicies": add_resource_policies,
    "instances.removeResourcePolicies": remove_resource_policies,
    "instances.getSerialPortOutput": serial_output,
}
