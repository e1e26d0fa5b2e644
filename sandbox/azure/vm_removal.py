"""Virtual machines: deleted, with what their delete options say."""

from __future__ import annotations

from typing import Any

from sandbox.azure import disks, faultmap, kinds, vm_nics
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.operations import stamp
from sandbox.azure.store import Resource
from sandbox.azure.vm_rules import NAME


def delete(call: Call) -> Answer:
    """A VM goes even while it is being made: that ends the making."""
    call.group()
    vm = call.state.store.get(call.resource_id(NAME, call.parameters["vmName"]))
    if vm is None:
        return Answer(204)
    kinds.check_match(call, vm)
    preempt(call, vm)
    vm.properties["provisioningState"] = "Deleting"
    call.state.store.put(vm)
    slow = call.state.faults.take("slow_stop", **faultmap.facts_of(call, vm))
    return accepted(
        call, call.begin(vm.id, "gone", "compute", vm.body["location"], seconds=slow.seconds if slow else 0.0)
    )


def preempt(call: Call, vm: Resource) -> None:
    """End what is under way on a VM, as a newer operation does."""
    other = call.state.operations.busy(vm.id)
    if other is None:
        return
    if other.then == "gone":
        raise ArmError("OperationNotAllowed", f"The VM '{vm.at.name}' is being deleted.", 409)
    other.due, other.then = call.state.operations.now(), "nothing"
    other.error = {
        "code": "OperationPreempted",
        "message": "Operation execution has been preempted by a more recent operation.",
    }
    for operation in call.state.operations.due():
        operation.ended = stamp()


def before_gone(state: Any, vm: Resource) -> None:
    """Follow deleteOption: what is to go goes, what is to stay is free again."""
    state.links.set(vm.id, [])
    storage = vm.properties["storageProfile"]
    for one in (storage["osDisk"], *storage["dataDisks"]):
        disk = state.store.get(one["managedDisk"].get("id"))
        if disk is None:
            continue
        if one.get("deleteOption") == "Delete":
            state.store.remove(disk.id)
        else:
            disks.attach(state, disk, None)
    for one in vm.properties["networkProfile"]["networkInterfaces"]:
        vm_nics.release(state, one)
