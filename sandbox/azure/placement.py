"""Where VMs are to run: proximity placement groups, capacity reservation groups and their reservations."""

from __future__ import annotations

import json
from typing import Any

from sandbox.azure import ids, kinds, naming, sizes
from sandbox.azure.addresses import check_zones
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError, invalid_parameter, property_change
from sandbox.azure.kinds import Kind
from sandbox.azure.links import Links
from sandbox.azure.operations import stamp
from sandbox.azure.paging import page
from sandbox.azure.store import Resource

PROXIMITY = "Microsoft.Compute/proximityPlacementGroups"
GROUP = "Microsoft.Compute/capacityReservationGroups"
RESERVATION = f"{GROUP}/capacityReservations"


def connect(links: Links, vm: Resource) -> None:
    """Note what a VM is placed in."""
    links.set(vm.id, used_by(vm))


def used_by(vm: Resource) -> list[str]:
    """The ids of the groups that a VM is in."""
    found = []
    if "proximityPlacementGroup" in vm.properties:
        found.append(vm.properties["proximityPlacementGroup"]["id"])
    reserved = vm.properties.get("capacityReservation", {}).get("capacityReservationGroup")
    if reserved:
        found.append(reserved["id"])
    return found


def build_proximity(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """A proximity placement group; its intent is fixed once it has VMs."""
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    properties = {"proximityPlacementGroupType": given.get("proximityPlacementGroupType", "Standard")}
    if "intent" in given:
        properties["intent"] = given["intent"]
    zones = check_zones(call.body.get("zones"), body["location"]) or (old.body.get("zones") if old else None)
    body["properties"] = properties
    if zones:
        body["zones"] = zones
    return Resource(body["id"], body)


def _show_users(call: Call, resource: Resource) -> bytes:
    users = [{"id": user} for user in call.state.links.users(resource.id, "/virtualMachines/")]
    members = {"virtualMachines": users, "virtualMachineScaleSets": [], "availabilitySets": []}
    properties = {**resource.properties, **(members if call.name.endswith("_Get") else {})}
    return json.dumps({**resource.body, "properties": properties}).encode()


def _check_unused(call: Call, resource: Resource) -> None:
    users = call.state.links.users(resource.id)
    if users:
        text = f"{resource.kind.rpartition('/')[2]} '{resource.at.name}' is not empty. VMs: {', '.join(users)}. Please delete the VM(s) and try again."
        raise ArmError("OperationNotAllowed", text, 409)


def build_group(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """A capacity reservation group: a name and the zones in which it may hold reservations."""
    body = kinds.envelope(call, resource_id, old)
    zones = check_zones(call.body.get("zones"), body["location"])
    if old is not None and zones is not None and zones != old.body.get("zones"):
        raise property_change("zones")
    zones = zones or (old.body.get("zones") if old else None)
    if zones:
        body["zones"] = zones
    body["properties"] = {}
    return Resource(body["id"], body)


def _members(call: Call, group: Resource) -> list[Resource]:
    found = call.state.store.list(RESERVATION, call.subscription, group.at.group)
    return [one for one in found if one.id.lower().startswith(group.id.lower() + "/")]


def _show_group(call: Call, resource: Resource) -> bytes:
    properties: dict[str, Any] = {"capacityReservations": [{"id": one.id} for one in _members(call, resource)]}
    users = [{"id": user} for user in call.state.links.users(resource.id)]
    if users:
        properties["virtualMachinesAssociated"] = users
    return json.dumps({**resource.body, "properties": properties}).encode()


def _check_group_free(call: Call, resource: Resource) -> None:
    _check_unused(call, resource)
    if _members(call, resource):
        text = f"Cannot delete capacity reservation group '{resource.at.name}': it still has capacity reservations."
        raise ArmError("OperationNotAllowed", text, 409)


PROXIMITIES = Kind(
    PROXIMITY,
    "ProximityPlacementGroups",
    "proximityPlacementGroupName",
    "",
    build_proximity,
    _check_unused,
    show=_show_users,
)
GROUPS = Kind(
    GROUP,
    "CapacityReservationGroups",
    "capacityReservationGroupName",
    "",
    build_group,
    _check_group_free,
    show=_show_group,
)


def _reservation_id(call: Call) -> str:
    return f"{GROUPS.find(call).id}/capacityReservations/{call.parameters['capacityReservationName']}"


def _find_reservation(call: Call) -> Resource:
    found = call.state.store.get(_reservation_id(call))
    if found is None:
        name = f"{call.parameters['capacityReservationGroupName']}/capacityReservations/{call.parameters['capacityReservationName']}"
        raise ArmError(
            "ResourceNotFound",
            f"The Resource '{GROUP}/{name}' under resource group '{call.parameters['resourceGroupName']}' was not found.",
            404,
        )
    return found


def put_reservation(call: Call) -> Answer:
    """So many VMs of a size, in one zone or none, paid whether used or not. Only the number can change."""
    group = GROUPS.find(call)
    resource_id = _reservation_id(call)
    naming.check_name(RESERVATION, call.parameters["capacityReservationName"])
    old = call.state.store.get(resource_id)
    kinds.check_envelope(call, RESERVATION, old)
    body = kinds.envelope(call, resource_id, old)
    sku = dict(call.body["sku"])
    size = sizes.find(sku.get("name", ""))
    if size is None or body["location"] not in size.places:
        raise invalid_parameter("sku.name", f"The value {sku.get('name')} of parameter sku.name is invalid.")
    zones = call.body.get("zones")
    if zones and not set(zones) <= set(group.body.get("zones", [])):
        raise invalid_parameter("zones", "The zones of a capacity reservation must be among those of its group.")
    if old is not None and (sku["name"] != old.body["sku"]["name"] or zones != old.body.get("zones")):
        raise property_change("sku.name" if sku["name"] != old.body["sku"]["name"] else "zones")
    body["sku"] = {"name": size.name, "capacity": sku.get("capacity", 1)}
    if zones:
        body["zones"] = zones
    kept = {name: old.properties[name] for name in ("reservationId", "timeCreated", "provisioningTime")} if old else {}
    fresh = {"reservationId": ids.fresh(), "timeCreated": stamp(), "provisioningTime": stamp()}
    body["properties"] = {
        **fresh,
        **kept,
        "platformFaultDomainCount": 1,
        "provisioningState": "Updating" if old else "Creating",
    }
    resource = call.state.store.put(Resource(body["id"], body))
    operation = call.begin(resource.id, "succeed", "compute", body["location"])
    return accepted(call, operation, 200 if old else 201, resource.shown(), location=False)


def patch_reservation(call: Call) -> Answer:
    resource = _find_reservation(call)
    if "tags" in call.body:
        resource.body["tags"] = call.body["tags"]
    if "capacity" in call.body.get("sku", {}):
        resource.body["sku"]["capacity"] = call.body["sku"]["capacity"]
    call.state.store.put(resource)
    return accepted(
        call, call.begin(resource.id, "succeed", "compute", resource.body["location"]), 202, resource.shown()
    )


def delete_reservation(call: Call) -> Answer:
    call.group()
    resource = call.state.store.get(_reservation_id(call))
    if resource is None:
        return Answer(204)
    return accepted(call, call.begin(resource.id, "gone", "compute", resource.body["location"]))


def check_reserved(state: Any, group_id: str, size: str, zones: list[str] | None) -> None:
    """Raises ArmError unless the group holds a reservation for such a VM."""
    group = state.store.get(group_id)
    if group is None:
        raise ArmError("NotFound", f"Capacity reservation group {group_id} is not found.", 404)
    held = state.store.list(RESERVATION, group.at.subscription, group.at.group)
    for one in held:
        inside = one.id.lower().startswith(group.id.lower() + "/")
        if inside and one.body["sku"]["name"].lower() == size.lower() and one.body.get("zones") == zones:
            return
    text = f"Capacity reservation group '{group.at.name}' has no capacity reservation of VM size '{size}' in the zone of the VM."
    raise ArmError("BadRequest", text)


def _update(kind: Kind) -> Any:
    return kinds.update_tags(kind)


HANDLERS = {
    **kinds.handlers(PROXIMITIES, Update=_update(PROXIMITIES)),
    "ProximityPlacementGroups_ListByResourceGroup": kinds.list_group(PROXIMITIES),
    "ProximityPlacementGroups_ListBySubscription": kinds.list_all(PROXIMITIES),
    **kinds.handlers(GROUPS, Update=_update(GROUPS)),
    "CapacityReservationGroups_ListByResourceGroup": kinds.list_group(GROUPS),
    "CapacityReservationGroups_ListBySubscription": kinds.list_all(GROUPS),
    "CapacityReservations_CreateOrUpdate": put_reservation,
    "CapacityReservations_Update": patch_reservation,
    "CapacityReservations_Delete": delete_reservation,
    "CapacityReservations_Get": lambda call: Answer(200, _find_reservation(call).shown()),
    "CapacityReservations_ListByCapacityReservationGroup": lambda call: page(call, _members(call, GROUPS.find(call))),
}
