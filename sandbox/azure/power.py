"""VMs on and off: start, powerOff, deallocate, restart, redeploy, eviction."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.azure import faultmap, kinds, sizes, vms
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.store import Resource


def _begin(call: Call, vm: Resource, meanwhile: str, afterwards: str, fault: str, **ending: object) -> Answer:
    """Set a VM going, for as long as a fault of that kind says."""
    slow = call.state.faults.take(fault, **faultmap.facts_of(call, vm))
    vm.hidden["power"] = meanwhile
    vm.properties["provisioningState"] = "Updating"
    call.state.store.put(vm)
    then = "fail" if "error" in ending else "succeed"
    facts = {"power": afterwards}
    operation = call.begin(
        vm.id, then, "compute", vm.body["location"], seconds=slow.seconds if slow else 0.0, facts=facts, **ending
    )
    return accepted(call, operation)


def start(call: Call) -> Answer:
    """A deallocated VM needs room again, and may find none: it stays deallocated then."""
    vm = vms.KIND.find(call)
    kinds.check_idle(call, vm)
    if vm.hidden.get("power") == "deallocated":
        size = sizes.find(vm.properties["hardwareProfile"]["vmSize"])
        if size is not None:
            facts = faultmap.facts(call, vm.body["location"], vm.body.get("zones"), size, vm.properties)
            failure = faultmap.fate(call, facts, placed="proximityPlacementGroup" in vm.properties)
            if failure is not None:
                return _begin(call, vm, "starting", "deallocated", "slow_boot", error=failure.as_json())
    elif vm.hidden.get("power") == "running":
        return _begin(call, vm, "running", "running", "slow_boot")
    return _begin(call, vm, "starting", "running", "slow_boot")


def power_off(call: Call) -> Answer:
    """Off, but still in its place and still paid for."""
    vm = vms.KIND.find(call)
    kinds.check_idle(call, vm)
    if vm.hidden.get("power") == "deallocated":
        return _begin(call, vm, "deallocated", "deallocated", "slow_stop")
    return _begin(call, vm, "stopping", "stopped", "slow_stop")


def deallocate(call: Call) -> Answer:
    """Off, and its place given back."""
    vm = vms.KIND.find(call)
    kinds.check_idle(call, vm)
    return _begin(call, vm, "deallocating", "deallocated", "slow_stop")


def restart(call: Call) -> Answer:
    vm = vms.KIND.find(call)
    kinds.check_idle(call, vm)
    if vm.hidden.get("power") != "running":
        text = f"Operation 'restart' is not allowed on VM '{vm.at.name}' since the VM is {vm.hidden.get('power') or 'not running'}."
        raise ArmError("OperationNotAllowed", text, 409)
    call.state.reboots[vm.properties["vmId"]] = time.time()
    return _begin(call, vm, "running", "running", "slow_boot")


def evict(call: Call) -> Answer:
    """What Azure does to a spot VM when it wants the room: deallocate or delete it."""
    vm = vms.KIND.find(call)
    if vm.properties.get("priority") != "Spot":
        raise ArmError("OperationNotAllowed", "Eviction can be simulated only on Azure Spot Virtual Machines.", 409)
    kinds.check_idle(call, vm)
    if vm.properties.get("evictionPolicy") == "Delete":
        call.begin(vm.id, "gone", "compute", vm.body["location"])
        return Answer(204)
    _begin(call, vm, "deallocating", "deallocated", "slow_stop")
    return Answer(204)


HANDLERS: dict[str, Callable[[Call], Answer]] = {
    "VirtualMachines_Start": start,
    "VirtualMachines_PowerOff": power_off,
    "VirtualMachines_Deallocate": deallocate,
    "VirtualMachines_Restart": restart,
    "VirtualMachines_Redeploy": restart,
    "VirtualMachines_SimulateEviction": evict,
}
