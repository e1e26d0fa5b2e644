"""Public IP addresses."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.azure import ids, kinds, locations, network
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError
from sandbox.azure.kinds import Kind
from sandbox.azure.store import Resource

NAME = "Microsoft.Network/publicIPAddresses"
#: Where addresses are handed out from: a range of Microsoft's own.
POOL = int(ipaddress.ip_address("20.0.0.0"))


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """An address from a PUT. Standard ones are static, and get their address once they are made."""
    body = kinds.envelope(call, resource_id, old)
    given, sku = call.body.get("properties", {}), dict(call.body.get("sku", {}))
    sku = {"name": sku.get("name", "Basic"), "tier": sku.get("tier", "Regional")}
    method = given.get("publicIPAllocationMethod", "Dynamic")
    check_sku(call, body["id"], sku, method)
    zones = check_zones(call.body.get("zones"), body["location"])
    if zones:
        body["zones"] = zones
    properties: dict[str, Any] = {
        "provisioningState": "Updating",
        "resourceGuid": network.guid(old),
        "publicIPAddressVersion": given.get("publicIPAddressVersion", "IPv4"),
        "publicIPAllocationMethod": method,
        "idleTimeoutInMinutes": given.get("idleTimeoutInMinutes", 4),
        "ipTags": given.get("ipTags", []),
    }
    if sku["name"] != "Basic" or "ddosSettings" in given:
        properties["ddosSettings"] = given.get("ddosSettings", {"protectionMode": "VirtualNetworkInherited"})
    for name in ("deleteOption", "publicIPPrefix"):
        if name in given:
            properties[name] = given[name]
    if "dnsSettings" in given and "domainNameLabel" in given["dnsSettings"]:
        label = given["dnsSettings"]["domainNameLabel"]
        fqdn = f"{label}.{body['location']}.cloudapp.azure.com"
        properties["dnsSettings"] = {**given["dnsSettings"], "fqdn": fqdn}
    if old is not None:
        _check_change(old, sku)
        properties |= {
            name: old.properties[name] for name in ("ipAddress", "ipConfiguration") if name in old.properties
        }
    body["properties"], body["sku"] = properties, sku
    return network.mark(Resource(body["id"], body), "Updating")


def check_sku(call: Call, resource_id: str, sku: dict[str, str], method: str) -> None:
    """Raises ArmError for a SKU that cannot be, or that Azure no longer makes."""
    if sku == {"name": "Basic", "tier": "Global"}:
        text = (
            "Global publicIP addresses are only supported for standard SKU public IP addresses. Public IP address "
            f"{resource_id} is not standard SKU."
        )
        raise ArmError("GlobalPublicIPAddressNotSupportedForBasicPublicIpAddress", text, details=[])
    # Basic addresses were retired on 2025-09-30; the recordings are older, so a foreign client may still make one.
    if sku["name"] == "Basic" and call.ours:
        text = "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region."
        raise ArmError("IPv4BasicSkuPublicIpCountLimitReached", text, details=[])
    if sku["name"] != "Basic" and method != "Static":
        text = f"Static allocation method must be used for {sku['name']} SKU public IP address {resource_id}."
        raise ArmError("PublicIPAddressSkuRequiresStaticAllocation", text, details=[])


def check_zones(zones: list[str] | None, location: str) -> list[str] | None:
    """Raises ArmError where the region lacks a zone."""
    for zone in zones or ():
        if zone not in locations.zones_of(location):
            known = ",".join(locations.zones_of(location))
            text = f"The zone(s) '{zone}' for resource is not supported. The supported zones for location '{location}' are '{known}'"
            raise ArmError(
                "InvalidAvailabilityZone" if known else "LocationDoesNotSupportAvailabilityZones", text, details=[]
            )
    return zones


def _check_change(old: Resource, sku: dict[str, str]) -> None:
    if old.body["sku"]["name"] == "Standard" and sku["name"] == "Basic":
        text = f"SKU property for an existing public IP address {old.id} cannot be changed from Standard to Basic."
        raise ArmError("PublicIPAddressSkuCannotBeChanged", text, details=[])


def assign(state: Any, resource: Resource) -> None:
    """Give an address its number: a static one at its making, a dynamic one when it is put to use."""
    properties = resource.properties
    used = "ipConfiguration" in properties
    if "ipAddress" in properties or (properties["publicIPAllocationMethod"] == "Dynamic" and not used):
        return
    number = int(ids.digest(properties["resourceGuid"], 6), 16)
    while (address := str(ipaddress.ip_address(POOL + number % 0xFFFFFF))) in state.links.public:
        number += 1
    state.links.public.add(address)
    properties["ipAddress"] = address


def check_free(call: Call, resource: Resource) -> None:  # noqa: ARG001  (as all kinds have it)
    user = resource.properties.get("ipConfiguration")
    if user:
        text = (
            f"Public IP address {resource.id} can not be deleted since it is still allocated to resource {user['id']}. In "
            "order to delete the public IP, disassociate/detach the Public IP address from the resource.  To learn how to "
            "do this, see aka.ms/deletepublicip."
        )
        raise ArmError("PublicIPAddressCannotBeDeleted", text, details=[])


def before_gone(state: Any, resource: Resource) -> None:
    state.links.public.discard(resource.properties.get("ipAddress", ""))


KIND = Kind(NAME, "PublicIPAddresses", "publicIpAddressName", "network", build, check_free, before_gone, network.show)
HANDLERS = kinds.handlers(KIND)
