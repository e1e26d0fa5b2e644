"""Virtual machines: made."""

from __future__ import annotations

from typing import Any

from sandbox.azure import disks, faultmap, ids, kinds, locations, placement, vm_nics, vm_rules
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.images import Image
from sandbox.azure.operations import stamp
from sandbox.azure.sizes import Size
from sandbox.azure.store import Resource


def create(call: Call, vm_id: str) -> Answer:
    """A new VM: refused at once, or accepted and made; what fails later leaves a VM in state Failed, with all it has."""
    location, zones = locations.normal(call.body["location"]), call.body.get("zones")
    given = call.body.get("properties", {})
    vm_rules.check_zones(zones, location)
    size = vm_rules.check_size(call, given.get("hardwareProfile", {}).get("vmSize", ""), location, zones, vm_id)
    image, exact = vm_rules.check_image(given.get("storageProfile", {}), size, given.get("securityProfile", {}))
    vm_rules.check_spot(given, size)
    vm_rules.check_os_profile(given, image)
    vm_rules.check_nics(call, given, vm_id, location, size)
    vm_nics.check_configurations(given["networkProfile"], size)
    vm_rules.check_placement(call, given, size, zones)
    facts = faultmap.facts(call, location, zones, size, given)
    faultmap.check_quota(call, size, facts)
    vm = _make(call, vm_id, size, image, exact)
    vm.properties["networkProfile"] = vm_nics.make_interfaces(call, given["networkProfile"], zones)
    vm_nics.attach_all(call.state, vm)
    placement.connect(call.state.links, vm)
    call.state.store.put(vm)
    _make_disks(call, vm, image)
    failure = faultmap.fate(call, facts, placed="proximityPlacementGroup" in given)
    boot = call.state.faults.take("slow_boot", **facts)
    ending = {"error": failure.as_json()} if failure else {"facts": {"power": "running"}}
    operation = call.begin(
        vm.id, "fail" if failure else "succeed", "compute", location, seconds=boot.seconds if boot else 0.0, **ending
    )
    return accepted(call, operation, 201, vm.shown(), location=False)


def _make(call: Call, vm_id: str, size: Size, image: Image, exact: str) -> Resource:
    body = kinds.envelope(call, vm_id, None)
    given = call.body["properties"]
    if call.body.get("zones"):
        body["zones"] = call.body["zones"]
    if "identity" in call.body:
        body["identity"] = {**call.body["identity"], "principalId": ids.fresh(), "tenantId": ids.fresh()}
    hidden = {
        "power": "starting",
        "customData": given["osProfile"].get("customData"),
        "userData": given.get("userData"),
    }
    hidden |= {"generation": image.generation, "system": image.offer}
    properties: dict[str, Any] = {"hardwareProfile": {**given["hardwareProfile"], "vmSize": size.name}}
    properties |= {"provisioningState": "Creating", "vmId": ids.fresh()}
    properties["storageProfile"] = _storage(body["name"], given["storageProfile"], exact, image)
    properties["osProfile"] = _os_profile(given["osProfile"])
    for name in (
        "securityProfile", "priority", "evictionPolicy", "billingProfile", "diagnosticsProfile", "additionalCapabilities",
        "proximityPlacementGroup", "capacityReservation", "availabilitySet", "licenseType",
    ):  # fmt: skip
        if name in given:
            properties[name] = given[name]
    properties["timeCreated"] = stamp()
    return Resource(body["id"], {**body, "properties": properties, "etag": '"1"'}, hidden)


def _storage(name: str, given: dict[str, Any], exact: str, image: Image) -> dict[str, Any]:
    raw = given.get("osDisk", {})
    system = {
        "osType": "Windows" if image.windows else "Linux",
        "name": raw.get("name") or f"{name}_OsDisk_1_{ids.fresh().replace('-', '')}",
        "createOption": raw.get("createOption", "FromImage"),
        "caching": raw.get("caching", "ReadWrite"),
        "managedDisk": dict(raw.get("managedDisk") or {"storageAccountType": "Premium_LRS"}),
        "deleteOption": raw.get("deleteOption", "Detach"),
        "diskSizeGB": raw.get("diskSizeGB", disks.IMAGE_GIB),
    }
    if "diffDiskSettings" in raw:
        system["diffDiskSettings"] = raw["diffDiskSettings"]
    if system["diskSizeGB"] < disks.IMAGE_GIB:
        text = (
            f"The specified disk size {system['diskSizeGB']} GB is smaller than the size of the corresponding disk in the VM "
            f"image: {disks.IMAGE_GIB} GB. This is not allowed. Please choose equal or greater size or do not specify an "
            "explicit size."
        )
        raise ArmError("InvalidParameter", text, target="osDisk.diskSizeGB")
    data = [
        {
            "name": f"{name}_disk{number + 2}_{ids.fresh().replace('-', '')}",
            "caching": "None",
            "deleteOption": "Detach",
            "toBeDetached": False,
            **one,
            "managedDisk": dict(one.get("managedDisk") or {"storageAccountType": "Premium_LRS"}),
        }
        for number, one in enumerate(given.get("dataDisks", ()))
    ]
    found = {"imageReference": {**given["imageReference"], "exactVersion": exact}, "osDisk": system, "dataDisks": data}
    return found | ({"diskControllerType": given["diskControllerType"]} if "diskControllerType" in given else {})


def _os_profile(given: dict[str, Any]) -> dict[str, Any]:
    """Secrets never come back: neither a password nor custom data."""
    shown = {name: value for name, value in given.items() if name not in ("adminPassword", "customData")}
    if "linuxConfiguration" in given:
        defaults = {
            "provisionVMAgent": True,
            "patchSettings": {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"},
        }
        shown["linuxConfiguration"] = {**defaults, **given["linuxConfiguration"]}
    return {"secrets": [], "allowExtensionOperations": True, "requireGuestProvisionSignal": True, **shown}


def _make_disks(call: Call, vm: Resource, image: Image) -> None:
    """The disks come with the VM; their ids are shown in it from then on."""
    storage = vm.properties["storageProfile"]
    location, reference = vm.body["location"], storage["imageReference"]
    path = f"/Publishers/{image.publisher}/ArtifactTypes/VMImage/Offers/{image.offer}/Skus/{image.sku}/Versions/{reference['exactVersion']}"
    origin = f"/Subscriptions/{call.subscription}/Providers/Microsoft.Compute/Locations/{location}{path}"
    for disk in (storage["osDisk"], *storage["dataDisks"]):
        managed = disk["managedDisk"]
        if managed.get("id"):
            found = call.state.store.get(managed["id"])
            if found is not None:
                disks.attach(call.state, found, vm)
            continue
        managed["id"] = ids.make(call.subscription, vm.at.group, disks.NAME, disk["name"])
        system = disk is storage["osDisk"]
        creation = (
            {"createOption": "FromImage", "imageReference": {"id": origin}} if system else {"createOption": "Empty"}
        )
        more = {"osType": disk["osType"], "hyperVGeneration": image.generation} if system else {}
        raw = {
            "creation": creation,
            "sku": managed.get("storageAccountType", "Premium_LRS"),
            "size": disk.get("diskSizeGB", 32),
            "more": more,
        }
        disks.make_for_vm(call.state, managed["id"], vm, raw)
