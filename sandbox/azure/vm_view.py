"""How VMs are shown: alone, in lists, with what they are doing (instanceView)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.azure import locations
from sandbox.azure.call import Answer, Call
from sandbox.azure.errors import invalid_parameter
from sandbox.azure.paging import listed, page
from sandbox.azure.store import Resource
from sandbox.azure.vm_rules import NAME

POWER_TITLES = {
    "running": "VM running", "starting": "VM starting", "stopping": "VM stopping", "stopped": "VM stopped",
    "deallocating": "VM deallocating", "deallocated": "VM deallocated",
}  # fmt: skip
#: What ARM says while a VM goes through its provisioning states.
STATE_TITLES = {"Succeeded": "Provisioning succeeded", "Failed": "Provisioning failed"}


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


def get(call: Call, vm: Resource) -> Answer:
    """One VM; `$expand` takes instanceView or userData."""
    expand = call.query.get("$expand", "").lower()
    if expand == "instanceview":
        return Answer(200, {**vm.body, "properties": {**vm.properties, "instanceView": instance_view(vm)}})
    if expand == "userdata":
        data = {"userData": vm.hidden["userData"]} if vm.hidden.get("userData") else {}
        return Answer(200, {**vm.body, "properties": {**vm.properties, **data}})
    if expand:
        raise invalid_parameter("$expand", f"The value '{expand}' of $expand is invalid.")
    return Answer(200, vm.shown())


def instance_view(vm: Resource) -> dict[str, Any]:
    """What a VM is doing. One that failed to be made has no power state; one that is off has no agent."""
    power = vm.hidden.get("power", "")
    view: dict[str, Any] = {}
    if power == "running":
        system = "debian" if vm.hidden.get("system", "").startswith("debian") else "ubuntu"
        view["computerName"] = vm.properties["osProfile"]["computerName"]
        view |= {
            "osName": system,
            "osVersion": vm.properties["storageProfile"]["imageReference"].get("exactVersion", "")[:5],
        }
        ready = {
            "code": "ProvisioningState/succeeded",
            "level": "Info",
            "displayStatus": "Ready",
            "message": "Guest Agent is running",
        }
        view["vmAgent"] = {
            "vmAgentVersion": "2.11.1.4",
            "statuses": [{**ready, "time": _moment()[:19] + "+00:00"}],
            "extensionHandlers": [],
        }
    storage = vm.properties["storageProfile"]
    done = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}
    view["disks"] = [
        {"name": disk["name"], "statuses": [{**done, "time": vm.properties["timeCreated"]}]}
        for disk in (storage["osDisk"], *storage["dataDisks"])
    ]
    view["hyperVGeneration"] = vm.hidden.get("generation", "V2")
    view["statuses"] = _statuses(vm, power)
    return view


def _statuses(vm: Resource, power: str) -> list[dict[str, Any]]:
    state, failure = vm.state, vm.hidden.get("failure")
    first = {
        "code": f"ProvisioningState/{state.lower()}",
        "level": "Info",
        "displayStatus": STATE_TITLES.get(state, state),
    }
    if state == "Failed" and failure:
        first |= {
            "code": f"ProvisioningState/failed/{failure['code']}",
            "level": "Error",
            "message": failure["message"],
        }
    first["time"] = vm.hidden.get("since") or vm.properties["timeCreated"]
    if not power:
        return [first]
    return [first, {"code": f"PowerState/{power}", "level": "Info", "displayStatus": POWER_TITLES[power]}]


def _listed(vm: Resource) -> bytes:
    """In lists, the compute provider writes the group of an id in capital letters."""

    def body() -> dict[str, Any]:
        before, _, after = vm.id.partition("/resourceGroups/")
        group, _, rest = after.partition("/")
        return {**vm.body, "id": f"{before}/resourceGroups/{group.upper()}/{rest}"}

    return vm.shown_as("listed", body)


def _status_only(vm: Resource) -> bytes:
    """With statusOnly=true a VM shows what it is doing, and not what it is: no tags, no profiles.

    Microsoft's own reference has no example of the answer; that tags, image and disks are missing from it is what a
    user tells in Azure/azure-rest-api-specs#42411 (2026-04).
    """

    def body() -> dict[str, Any]:
        before, _, after = vm.id.partition("/resourceGroups/")
        group, _, rest = after.partition("/")
        kept = {"vmId": vm.properties["vmId"], "provisioningState": vm.state, "instanceView": instance_view(vm)}
        shown = {name: vm.body[name] for name in ("name", "type", "location")}
        return {**shown, "id": f"{before}/resourceGroups/{group.upper()}/{rest}", "properties": kept}

    return vm.shown_as("status", body)


def list_vms(call: Call) -> Answer:
    """VMs of a group or of the subscription. `$expand=instanceView` wants a filter for a scale set, and none is here."""
    if call.query.get("$expand") and not call.query.get("$filter"):
        raise invalid_parameter(
            "$expand", "The $expand query option can only be specified if a valid $filter option is specified."
        )
    group = call.group().at.name if "resourceGroupName" in call.parameters else None
    found = listed(call, NAME, group)
    if call.query.get("$filter"):
        found = []
    show = _status_only if call.query.get("statusonly", "").lower() == "true" else _listed
    return page(call, found, show)


def list_by_location(call: Call) -> Answer:
    location = locations.check(call.parameters["location"], NAME)
    found = [vm for vm in listed(call, NAME) if vm.body["location"] == location]
    return page(call, found, _listed)
