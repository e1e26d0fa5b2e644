"""Managed disks and snapshots."""

from __future__ import annotations

import json
from typing import Any

from sandbox.azure import ids, kinds, naming
from sandbox.azure.addresses import check_zones
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError, invalid_parameter, property_change
from sandbox.azure.kinds import Kind
from sandbox.azure.operations import stamp
from sandbox.azure.store import Resource

NAME = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"
GIB = 1024**3
#: An image's disk, of which a disk is made without a size of its own.
IMAGE_GIB = 30
#: Performance tiers of Premium SSD by size in GiB, with IOPS and MB/s (Microsoft's table of disk types, 2026-11).
TIERS = (
    (4, "P1", 120, 25), (8, "P2", 120, 25), (16, "P3", 120, 25), (32, "P4", 120, 25), (64, "P6", 240, 50),
    (128, "P10", 500, 100), (256, "P15", 1100, 125), (512, "P20", 2300, 150), (1024, "P30", 5000, 200),
    (2048, "P40", 7500, 250), (4096, "P50", 7500, 250), (8192, "P60", 16000, 500), (32767, "P80", 20000, 900),
)  # fmt: skip
KEPT = (
    "osType", "hyperVGeneration", "supportsHibernation", "supportedCapabilities", "creationData", "diskSizeGB",
    "encryption", "diskAccessId", "networkAccessPolicy", "securityProfile", "publicNetworkAccess", "tier", "purchasePlan",
    "burstingEnabled", "maxShares", "dataAccessAuthMode", "diskIOPSReadWrite", "diskMBpsReadWrite", "incremental",
    "optimizedForFrequentAttach",
)  # fmt: skip


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """A disk or a snapshot from a PUT: it answers with what it was asked for, and fills in the rest when it is made."""
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    snapshot = body["type"] == SNAPSHOT
    if "creationData" not in given:
        raise invalid_parameter("creationData", "Required parameter 'creationData' is missing (null).")
    body["sku"] = dict(call.body.get("sku") or {"name": "Standard_LRS"})
    zones = check_zones(call.body.get("zones"), body["location"])
    if zones:
        body["zones"] = zones
    if old is not None:
        _check_change(old, given)
    _check_creation(call, given)
    properties = {name: given[name] for name in KEPT if name in given}
    hidden = {"state": "Unattached"}
    if old is not None:
        properties = {**_settled(old.properties), **properties}
        hidden = old.hidden
        body |= {"managedBy": old.body["managedBy"]} if "managedBy" in old.body else {}
    if snapshot:
        properties.setdefault("incremental", False)
    properties["provisioningState"] = "Updating"
    return Resource(body["id"], {**body, "properties": properties}, hidden)


def _settled(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "provisioningState"}


def _check_change(old: Resource, given: dict[str, Any]) -> None:
    if given.get("diskSizeGB", old.properties.get("diskSizeGB", 0)) < old.properties.get("diskSizeGB", 0):
        text = f"Disk of {old.properties['diskSizeGB']} GB cannot be made smaller: {given['diskSizeGB']} GB."
        raise ArmError("OperationNotAllowed", f"Shrinking a disk is not supported. {text}", 409)
    if given["creationData"].get("createOption") != old.properties["creationData"].get("createOption"):
        raise property_change("creationData.createOption")


def _check_creation(call: Call, given: dict[str, Any]) -> None:
    creation = given["creationData"]
    option = creation.get("createOption")
    if option == "Empty" and "diskSizeGB" not in given:
        raise invalid_parameter("disk.diskSizeGB", "The value of parameter disk.diskSizeGB is invalid.")
    if option == "Copy":
        source = creation.get("sourceResourceId", "")
        if call.state.store.get(source) is None and call.ours:
            raise ArmError("NotFound", f"Disk {source} is not found.", 404)


def finish(state: Any, resource: Resource) -> None:
    """Fill in what a made disk shows."""
    properties = resource.properties
    creation = properties["creationData"]
    source = state.store.get(creation.get("sourceResourceId"))
    upload = str(creation.get("createOption", "")).startswith("Upload")
    if not upload:
        size = source.properties.get("diskSizeGB", IMAGE_GIB) if source else IMAGE_GIB
        properties["diskSizeBytes"] = properties.setdefault("diskSizeGB", size) * GIB
    if resource.kind == SNAPSHOT:
        _fill_snapshot(resource)
    else:
        _fill_performance(resource)
    properties.setdefault("encryption", {"type": "EncryptionAtRestWithPlatformKey"})
    properties.setdefault("networkAccessPolicy", "AllowAll")
    properties.setdefault("publicNetworkAccess", "Enabled")
    properties.setdefault("timeCreated", stamp())
    properties["diskState"] = "ReadyToUpload" if upload else resource.hidden.get("state", "Unattached")
    if properties.get("burstingEnabled"):
        properties.setdefault("burstingEnabledTime", stamp())
    properties.setdefault("uniqueId", ids.fresh())
    if source is not None:
        creation.setdefault("sourceUniqueId", source.properties.get("uniqueId", ids.fresh()))
    if creation.get("createOption") == "FromImage":
        properties.setdefault("osType", "Linux")
        properties.setdefault("hyperVGeneration", "V2")
    properties["provisioningState"] = "Succeeded"


def _fill_snapshot(resource: Resource) -> None:
    resource.body["sku"].setdefault("tier", resource.body["sku"]["name"].partition("_")[0])
    if resource.properties.get("incremental"):
        resource.properties.setdefault("incrementalSnapshotFamilyId", ids.fresh())
        resource.properties["completionPercent"] = 100.0


def _fill_performance(resource: Resource) -> None:
    """Operations and MB a second: of premium disks the tier's, of standard ones always the same."""
    properties, sku = resource.properties, resource.body["sku"]["name"]
    size = properties.get("diskSizeGB", IMAGE_GIB)
    tier, iops, rate = next(row[1:] for row in TIERS if row[1] == properties.get("tier") or size <= row[0])
    resource.body["sku"].setdefault("tier", sku.partition("_")[0].removesuffix("SSD"))
    if sku in ("UltraSSD_LRS", "PremiumV2_LRS"):
        properties.setdefault("diskIOPSReadWrite", iops)
        properties.setdefault("diskMBpsReadWrite", rate)
    elif sku.startswith("Premium_"):
        properties.update(diskIOPSReadWrite=iops, diskMBpsReadWrite=rate)
        properties.setdefault("tier", tier)
    else:
        properties.update(diskIOPSReadWrite=500, diskMBpsReadWrite=60)


def make_for_vm(state: Any, disk_id: str, vm: Resource, raw: dict[str, Any]) -> Resource:
    """The disk of a VM: an operating system's from an image, or an empty one for data; there at once, attached."""
    at = ids.parse(disk_id)
    assert at is not None  # noqa: S101  (made by us)
    creation = raw["creation"]
    body: dict[str, Any] = {"name": at.name, "id": disk_id, "type": NAME, "location": vm.body["location"]}
    if "zones" in vm.body:
        body["zones"] = vm.body["zones"]
    if vm.body.get("tags"):
        # A VM hands its tags to the disks that are made with it.
        body["tags"] = dict(vm.body["tags"])
    body["sku"] = {"name": raw["sku"]}
    body["managedBy"] = vm.id
    body["properties"] = {"creationData": creation, "diskSizeGB": raw["size"], **raw.get("more", {})}
    disk = Resource(disk_id, body, {"state": "Attached"})
    finish(state, disk)
    state.store.put(disk)
    return disk


def attach(state: Any, disk: Resource, vm: Resource | None) -> None:
    """Give a disk to a VM, or take it from the one that had it."""
    disk.body.pop("managedBy", None)
    if vm is not None:
        disk.body["managedBy"] = vm.id
    disk.hidden["state"] = disk.properties["diskState"] = "Attached" if vm else "Unattached"
    state.store.put(disk)


def check_free(call: Call, resource: Resource) -> None:  # noqa: ARG001  (as all kinds have it)
    if "managedBy" in resource.body:
        text = f"Disk {resource.at.name} is attached to VM {resource.body['managedBy']}."
        raise ArmError("OperationNotAllowed", text, 409)


def patch(kind: Kind) -> Any:
    """The handler of a PATCH: size, SKU and tags; answered with 202."""

    def handle(call: Call) -> Answer:
        disk = kind.find(call)
        kinds.check_idle(call, disk)
        naming.check_tags(call.body.get("tags", {}))
        given = call.body.get("properties", {})
        _check_change(disk, {"creationData": disk.properties["creationData"], **given})
        if "tags" in call.body:
            disk.body["tags"] = call.body["tags"]
        if "sku" in call.body:
            disk.body["sku"] = dict(call.body["sku"])
        for name in ("tier", "diskIOPSReadWrite", "diskMBpsReadWrite"):
            disk.properties.pop(name, None)
        disk.properties.update(given, provisioningState="Updating")
        call.state.store.put(disk)
        return accepted(call, call.begin(disk.id, "succeed", "disk", disk.body["location"]), 202, disk.shown())

    return handle


def echo(call: Call, resource: Resource) -> bytes:
    """A PUT answers with what was asked for, and no more."""
    given = call.body.get("properties", {})
    properties = {
        name: given[name] for name in KEPT if name in given and name not in ("diskIOPSReadWrite", "diskMBpsReadWrite")
    }
    return json.dumps({**resource.body, "properties": {**properties, "provisioningState": "Updating"}}).encode()


def fate(call: Call, resource: Resource) -> dict[str, Any]:
    """What the faults make of a snapshot: slow, or failed at the end of its operation."""
    about = {"operation": call.name, "region": resource.body["location"]}
    slow = call.state.faults.take("slow_boot", **about)
    broken = call.state.faults.take("partial", **about)
    words: dict[str, Any] = {"seconds": slow.seconds} if slow else {}
    if broken and broken.count < 1:
        error = ArmError("InternalExecutionError", "An internal execution error occurred. Please retry later.", 500)
        words |= {"then": "fail", "error": error.as_json()}
    return words


KIND = Kind(NAME, "Disks", "diskName", "disk", build, check_free, echo=echo)
SNAPSHOTS = Kind(SNAPSHOT, "Snapshots", "snapshotName", "disk", build, echo=echo, fate=fate)


def _handlers(kind: Kind) -> dict[str, Any]:
    return kinds.handlers(
        kind, Update=patch(kind), ListByResourceGroup=kinds.list_group(kind), List=kinds.list_all(kind)
    )


HANDLERS = _handlers(KIND) | _handlers(SNAPSHOTS)
