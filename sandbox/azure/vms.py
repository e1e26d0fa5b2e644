"""Virtual machines: which function answers what."""

from __future__ import annotations

from sandbox.azure import kinds, naming, sizes, vm_view
from sandbox.azure.call import Answer, Call
from sandbox.azure.kinds import Kind
from sandbox.azure.store import Resource
from sandbox.azure.vm_change import change
from sandbox.azure.vm_make import create
from sandbox.azure.vm_removal import before_gone, delete
from sandbox.azure.vm_rules import NAME


def put(call: Call) -> Answer:
    """PUT makes a VM, or changes the one that is there."""
    call.group()
    vm_id = call.resource_id(NAME, call.parameters["vmName"])
    old = call.state.store.get(vm_id)
    naming.check_name(NAME, call.parameters["vmName"])
    kinds.check_envelope(call, NAME, old)
    kinds.check_match(call, old)
    return create(call, vm_id) if old is None else change(call, old, whole=True)


def patch(call: Call) -> Answer:
    """PATCH changes a VM that is there."""
    vm = KIND.find(call)
    kinds.check_match(call, vm)
    return change(call, vm, whole=False)


def list_sizes(call: Call) -> Answer:
    """What a VM may change to: as long as it has its hardware, the sizes of that, which here is a family."""
    vm = KIND.find(call)
    now = sizes.find(vm.properties["hardwareProfile"]["vmSize"])
    bound = now if vm.hidden.get("power") != "deallocated" else None
    there = [size for size in sizes.all_sizes().values() if vm.body["location"] in size.places]
    return sizes.rows_of(size for size in there if bound is None or size.family == bound.family)


KIND = Kind(
    NAME,
    "VirtualMachines",
    "vmName",
    "compute",
    lambda _, vm_id, old: old or Resource(vm_id, {}),
    before_gone=before_gone,
)

HANDLERS = {
    "VirtualMachines_CreateOrUpdate": put,
    "VirtualMachines_Update": patch,
    "VirtualMachines_Delete": delete,
    "VirtualMachines_Get": lambda call: vm_view.get(call, KIND.find(call)),
    "VirtualMachines_InstanceView": lambda call: Answer(200, vm_view.instance_view(KIND.find(call))),
    "VirtualMachines_List": vm_view.list_vms,
    "VirtualMachines_ListAll": vm_view.list_vms,
    "VirtualMachines_ListByLocation": vm_view.list_by_location,
    "VirtualMachines_ListAvailableSizes": list_sizes,
    "VirtualMachineExtensions_List": lambda call: Answer(200, {"value": []} if KIND.find(call) else None),
}
