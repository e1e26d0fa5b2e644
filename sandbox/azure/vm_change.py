"""Virtual machines: changed by PUT or PATCH."""

from __future__ import annotations

import time
from typing import Any

from sandbox.azure import faultmap, ids, kinds, naming, placement, vm_rules
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.sizes import find
from sandbox.azure.store import Resource


def change(call: Call, vm: Resource, *, whole: bool) -> Answer:
    """An update by PUT or PATCH: what is not named stays, tags are replaced when they are named (PUT: always)."""
    kinds.check_match(call, vm)
    kinds.check_idle(call, vm)
    naming.check_tags(call.body.get("tags", {}))
    given = call.body.get("properties", {})
    vm_rules.check_change(vm, given, call.body.get("zones"))
    wanted = given.get("hardwareProfile", {}).get("vmSize", vm.properties["hardwareProfile"]["vmSize"])
    if wanted.lower() != vm.properties["hardwareProfile"]["vmSize"].lower():
        _resize(call, vm, wanted)
    if whole or "tags" in call.body:
        vm.body.pop("tags", None)
        vm.body |= {"tags": call.body["tags"]} if "tags" in call.body else {}
    if "identity" in call.body and "identity" not in vm.body:
        vm.body["identity"] = {**call.body["identity"], "principalId": ids.fresh(), "tenantId": ids.fresh()}
    _merge(vm, given)
    if "userData" in given:
        vm.hidden["userData"] = given["userData"]
    placement.connect(call.state.links, vm)
    vm.properties["provisioningState"] = "Updating"
    vm.body["etag"] = f'"{int(vm.body["etag"].strip(chr(34))) + 1}"'
    call.state.store.put(vm)
    operation = call.begin(vm.id, "succeed", "compute", vm.body["location"])
    return accepted(call, operation, 200, vm.shown(), location=False)


def _merge(vm: Resource, given: dict[str, Any]) -> None:
    """Take over what may change; deleteOption of disks and interfaces is the usual one."""
    # Interfaces are made with a VM: sent again with it, their configurations change nothing.
    if given.get("networkProfile", {}).get("networkInterfaces"):
        vm.properties["networkProfile"] = {"networkInterfaces": given["networkProfile"]["networkInterfaces"]}
    for name in (
        "billingProfile",
        "evictionPolicy",
        "diagnosticsProfile",
        "additionalCapabilities",
        "proximityPlacementGroup",
        "capacityReservation",
    ):
        if name in given:
            vm.properties[name] = given[name]
    if "securityProfile" in given:
        vm.properties["securityProfile"] = {**vm.properties.get("securityProfile", {}), **given["securityProfile"]}
    system = given.get("storageProfile", {}).get("osDisk", {})
    for name in ("deleteOption", "caching", "diskSizeGB"):
        if name in system:
            vm.properties["storageProfile"]["osDisk"][name] = system[name]
    for one in given.get("storageProfile", {}).get("dataDisks", ()):
        for had in vm.properties["storageProfile"]["dataDisks"]:
            if had.get("lun") == one.get("lun"):
                had.update({name: one[name] for name in ("deleteOption", "caching", "toBeDetached") if name in one})


def _resize(call: Call, vm: Resource, wanted: str) -> None:
    """A running VM can change within its family only; a deallocated one to whatever is to be had."""
    zones = vm.body.get("zones")
    size = vm_rules.check_size(call, wanted, vm.body["location"], zones, vm.id)
    now = find(vm.properties["hardwareProfile"]["vmSize"])
    deallocated = vm.hidden.get("power") == "deallocated"
    if not deallocated and now is not None and now.family != size.family:
        text = (
            f"Unable to resize the VM since the requested size {size.name} is not available in the current hardware cluster. "
            f"The available sizes in this cluster are: {now.name}. Read more on VM resizing strategy at "
            "https://aka.ms/azure-resizevm."
        )
        raise ArmError("OperationNotAllowed", text, 409, target="vmSize")
    vm_rules.check_image(vm.properties["storageProfile"], size, vm.properties.get("securityProfile", {}))
    for one in vm.properties["networkProfile"]["networkInterfaces"]:
        nic = call.state.store.get(one["id"])
        if nic is not None:
            vm_rules.check_nic(nic, vm.id, vm.body["location"], size)
    facts = faultmap.facts(call, vm.body["location"], zones, size, vm.properties)
    faultmap.check_quota(call, size, facts)
    vm.properties["hardwareProfile"]["vmSize"] = size.name
    if vm.hidden.get("power") == "running":
        call.state.reboots[vm.properties["vmId"]] = time.time()
