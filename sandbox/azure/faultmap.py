"""The neutral faults as ARM's errors: what is refused at once, and what fails while it is being made."""

from __future__ import annotations

import json
from typing import Any

from sandbox.azure import sizes, vm_rules
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError
from sandbox.azure.sizes import Size
from sandbox.azure.state import State
from sandbox.azure.store import Resource
from sandbox.azure.wanted import Wanted

GUIDANCE = "Read more about improving likelihood of allocation success at http://aka.ms/allocation-guidance"


def facts(
    call: Call, location: str, zones: list[str] | None, size: Size, properties: dict[str, Any]
) -> dict[str, str | None]:
    """What a rule may select a VM by."""
    reserved = properties.get("capacityReservation", {}).get("capacityReservationGroup")
    market = "spot" if properties.get("priority") == "Spot" else "reserved" if reserved else "on_demand"
    zone = zones[0] if zones else None
    return {"operation": call.name, "region": location, "zone": zone, "machine_type": size.name, "market": market}


def facts_of(call: Call, vm: Resource) -> dict[str, str | None]:
    """The same of a VM that is there."""
    size = sizes.find(vm.properties["hardwareProfile"]["vmSize"])
    assert size is not None  # noqa: S101  (it was made with it)
    return facts(call, vm.body["location"], vm.body.get("zones"), size, vm.properties)


def check_quota(call: Call, size: Size, about: dict[str, str | None]) -> None:
    """Raises ArmError (409) where the subscription may have no more vCPUs."""
    if call.state.faults.room("quota", 1, **about) >= 1:
        return
    spot = about["market"] == "spot"
    used = sizes.used(call, str(about["region"]))
    current = used["lowPriorityCores"] if spot else used.get(size.family, 0)
    raise quota_exceeded("LowPriorityCores" if spot else size.family, str(about["region"]), current, size.vcpus)


def quota_exceeded(family: str, location: str, current: int, wanted: int) -> ArmError:
    """A quota whose limit is what is in use."""
    text = (
        f"Operation could not be completed as it results in exceeding approved {family} Cores quota. Additional details - "
        f"Deployment Model: Resource Manager, Location: {location}, Current Limit: {current}, Current Usage: {current}, "
        f"Additional Required: {wanted}, (Minimum) New Limit Required: {current + wanted}. Setup Alerts when Quota reaches "
        "threshold. Learn more at https://aka.ms/quotamonitoringalerting . Submit a request for Quota increase by "
        "specifying parameters listed in the 'Details' section for deployment to succeed. Please read more about quota "
        "limits at https://docs.microsoft.com/en-us/azure/azure-supportability/per-vm-quota-requests"
    )
    return ArmError("OperationNotAllowed", text, 409)


def fate(call: Call, about: dict[str, str | None], *, placed: bool) -> ArmError | None:
    """Why a VM that was accepted will fail, or None. Counts the VM where it will live."""
    state = call.state
    later = state.faults.take("error", **{**about, "operation": f"{call.name}.operation"})
    if later is not None:
        known = describe(later.code, Wanted(call.name, str(about["region"]), "compute", call.path))
        return ArmError(later.code, later.message or (known.message if known else "An internal error has occurred"))
    if state.faults.room("capacity", 1, **about) < 1:
        return no_capacity(str(about["machine_type"]), zoned=bool(about["zone"]), placed=placed)
    if _dies_young(state, about):
        text = f"OS Provisioning for VM did not finish in the allotted time. The VM may still finish provisioning successfully. {GUIDANCE}"
        return ArmError("OSProvisioningTimedOut", text)
    state.faults.use(1, **about)
    return None


def _dies_young(state: State, about: dict[str, str | None]) -> bool:
    """A partial fault: Azure has no batches, so it counts the VMs that come while it is in force."""
    rule = state.faults.take("partial", **about)
    if rule is None:
        return False
    key = str(rule)
    state.partial[key] = state.partial.get(key, 0) + 1
    return state.partial[key] > rule.count


def no_capacity(size: str, *, zoned: bool, placed: bool) -> ArmError:
    if placed:
        text = (
            "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too "
            "restrictive. Please remove some constraints and try again. Constraints applied are:\n  - Proximity Placement "
            f"Group\n  - VM Size {size}\n"
        )
        return ArmError("OverconstrainedAllocationRequest", text)
    where = "zone" if zoned else "region"
    text = (
        f"Allocation failed. We do not have sufficient capacity for the requested VM size in this {where}. {GUIDANCE}"
    )
    return ArmError("ZonalAllocationFailed" if zoned else "AllocationFailed", text)


def throttled(area: str, retry_after: int) -> ArmError:
    """429. The compute provider's document is that of Microsoft's page on throttling: the code outside is another one.

    https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors (read 2026-11)
    """
    text = "The server rejected the request because too many requests have been received for this subscription."
    if area in ("compute", "disk", "skus"):
        inner = json.dumps(
            {"operationGroup": "HighCostGet30Min", "allowedRequestCount": 938, "measuredRequestCount": 939}
        )
        details = [{"code": "TooManyRequests", "target": "HighCostGet30Min", "message": inner}]
        return ArmError("OperationNotAllowed", text, 429, details=details, retry_after=retry_after)
    return ArmError("TooManyRequests", text, 429, details=[], retry_after=retry_after)


def describe(code: str, wanted: Wanted) -> ArmError | None:
    """The text and status that ARM has for a code, for faults that name the code alone."""
    scope, action = wanted.path, wanted.permission
    match code:
        case "AuthorizationFailed":
            text = (
                "The client '00000000-0000-4000-8000-00000000000b' with object id '00000000-0000-4000-8000-00000000000c' does "
                f"not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid. If access "
                "was recently granted, please refresh your credentials."
            )
            return ArmError(code, text, 403)
        case "MissingSubscriptionRegistration":
            provider = action.partition("/")[0]
            text = f"The subscription is not registered to use namespace '{provider}'. See https://aka.ms/rps-not-found for how to register subscriptions."
            details = [{"code": code, "target": provider, "message": text}]
            return ArmError(code, text, 409, details=details)
        case "RequestDisallowedByPolicy":
            name = scope.rpartition("/")[2]
            text = f"Resource '{name}' was disallowed by policy. Reasons: 'This size is not allowed here.'. See error details for policy resource IDs."
            return ArmError(code, text, 403, target=name)
        case "SkuNotAvailable":
            return vm_rules.sku_not_available(scope, wanted.region, None, wanted.subscription)
        case "AllocationFailed" | "ZonalAllocationFailed":
            return no_capacity("", zoned=code.startswith("Zonal"), placed=False)
        case "OverconstrainedAllocationRequest":
            return no_capacity("", zoned=False, placed=True)
        case "QuotaExceeded":
            found = quota_exceeded("standardDSv5Family", "eastus", 0, 4)
            return ArmError(code, found.message, 409)
        case "NicReservedForAnotherVm":
            text = "Nic(s) in request is reserved for another Virtual Machine for 180 seconds. Please provide another nic(s) or retry after 180 seconds."
            return ArmError(code, text, 400, details=[])
        case "TooManyRequests":
            return throttled("network", 1)
    return None


def remember(state: State, subscription: str) -> None:
    """Right before a change: what a subscription looks like, while a fault wants to know."""
    if state.faults.has("stale_reads"):
        state.past.remember(subscription, state.store.sight(subscription))
