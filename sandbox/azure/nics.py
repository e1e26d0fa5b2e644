"""Network interfaces, and the addresses that they take from their subnets."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.azure import addresses, application_groups, ids, kinds, network
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError, reference_missing
from sandbox.azure.kinds import Kind
from sandbox.azure.links import Links
from sandbox.azure.store import Resource
from sandbox.azure.virtual_networks import RESERVED, subnet_of

NAME = "Microsoft.Network/networkInterfaces"
CONFIGURATION = f"{NAME}/ipConfigurations"
POOLS = ("loadBalancerBackendAddressPools", "loadBalancerInboundNatRules", "applicationGatewayBackendAddressPools")


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """An interface from a PUT. It is done at once unless it enters or leaves a pool, as recordings show."""
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    raw = given.get("ipConfigurations", ())
    if not raw:
        text = f"Network interface {body['id']} must have one or more IP configurations."
        raise ArmError("NetworkInterfaceMustHaveAtLeastOneIpConfiguration", text, details=[])
    before = {one["name"].lower(): one for one in old.properties["ipConfigurations"]} if old else {}
    draft = Resource(body["id"], body)
    if old is not None:
        disconnect(call.state.links, old)
    try:
        configurations = [_configuration(call, body, one, before, number) for number, one in enumerate(raw)]
        group = network.reference(call, given.get("networkSecurityGroup"), body["id"])
        _check_region(body, [group] if group else [])
    except ArmError:
        if old is not None:
            connect(call.state.links, old)
        raise
    body["properties"] = _properties(given, old, configurations, group)
    body["kind"] = "Regular"
    changed = [*configurations, *(old.properties["ipConfigurations"] if old else ())]
    slow = any(pool in one["properties"] for one in changed for pool in POOLS)
    network.mark(draft, "Updating" if slow else "Succeeded")
    _attach_public(call, draft, old)
    connect(call.state.links, draft)
    return draft


def _properties(
    given: dict[str, Any], old: Resource | None, configurations: list[Any], group: Resource | None
) -> dict[str, Any]:
    suffix = f"{ids.digest(configurations[0]['properties']['subnet']['id'], 26)}.cx.internal.cloudapp.net"
    dns = given.get("dnsSettings", {})
    settings = {"dnsServers": dns.get("dnsServers", []), "appliedDnsServers": [], "internalDomainNameSuffix": suffix}
    if "internalDnsNameLabel" in dns:
        settings["internalDnsNameLabel"] = dns["internalDnsNameLabel"]
        settings["internalFqdn"] = f"{dns['internalDnsNameLabel']}.{suffix}"
    found: dict[str, Any] = {
        "provisioningState": "Updating",
        "resourceGuid": network.guid(old),
        "ipConfigurations": configurations,
        "dnsSettings": settings,
        "enableAcceleratedNetworking": given.get("enableAcceleratedNetworking", False),
        "vnetEncryptionSupported": False,
        "enableIPForwarding": given.get("enableIPForwarding", False),
        "disableTcpStateTracking": given.get("disableTcpStateTracking", False),
        "hostedWorkloads": [],
        "tapConfigurations": [],
        "nicType": given.get("nicType", "Standard"),
        "allowPort25Out": True,
        "auxiliaryMode": given.get("auxiliaryMode", "None"),
        "auxiliarySku": given.get("auxiliarySku", "None"),
    }
    if group is not None:
        found["networkSecurityGroup"] = {"id": group.id}
    kept = ("virtualMachine", "primary", "macAddress")
    return found | {name: old.properties[name] for name in kept if old and name in old.properties}


def _configuration(
    call: Call, body: dict[str, Any], raw: dict[str, Any], before: dict[str, Any], number: int
) -> dict[str, Any]:
    """An IP configuration with its private address: the one it had, the one it wants, or the first free one."""
    name = raw.get("name", f"ipconfig{number + 1}")
    one = network.part(body["id"], "ipConfigurations", {"name": name}, CONFIGURATION)
    given = raw.get("properties", {})
    subnet_id = (given.get("subnet") or {}).get("id")
    found = subnet_of(call, subnet_id) if subnet_id else None
    if found is None:
        raise reference_missing(subnet_id or "subnet", one["id"])
    owner, subnet = found
    _check_region(body, [owner])
    had = before.get(name.lower(), {}).get("properties", {})
    properties = one["properties"]
    properties["privateIPAddress"] = _address(call, given, had, subnet, one["id"])
    properties["privateIPAllocationMethod"] = given.get("privateIPAllocationMethod", "Dynamic")
    public = network.reference(call, given.get("publicIPAddress"), body["id"])
    if public is not None:
        _check_region(body, [public])
        _check_public(public, one["id"])
        properties["publicIPAddress"] = {"id": public.id}
        option = given["publicIPAddress"].get("properties", {}).get("deleteOption")
        if option:
            properties["publicIPAddress"]["properties"] = {"deleteOption": option}
    properties["subnet"] = {"id": subnet["id"]}
    properties["primary"] = given.get("primary", number == 0)
    properties["privateIPAddressVersion"] = given.get("privateIPAddressVersion", "IPv4")
    for member in POOLS:
        if given.get(member):
            properties[member] = [{"id": item["id"]} for item in given[member]]
    groups = [network.reference(call, item, body["id"]) for item in given.get("applicationSecurityGroups", ())]
    for group in filter(None, groups):
        _check_region(body, [group])
        application_groups.check_network(call, group, subnet["id"], one["id"])
        properties.setdefault("applicationSecurityGroups", []).append({"id": group.id})
    call.state.links.take_address(subnet["id"], properties["privateIPAddress"], one["id"])
    return one


def _address(call: Call, given: dict[str, Any], had: dict[str, Any], subnet: dict[str, Any], user: str) -> str:
    wanted = given.get("privateIPAddress")
    prefix = subnet["properties"].get("addressPrefix") or subnet["properties"]["addressPrefixes"][0]
    cidr = ipaddress.ip_network(prefix)
    taken = call.state.links.addresses.get(subnet["id"].lower(), {})
    if wanted and given.get("privateIPAllocationMethod") == "Static":
        return _check_wanted(wanted, cidr, taken, user)
    if had and ids.same(had["subnet"]["id"], subnet["id"]) and had["privateIPAddress"] not in taken:
        return str(had["privateIPAddress"])
    start = max(int(cidr.network_address) + RESERVED, call.state.links.lowest.get(subnet["id"].lower(), 0))
    for number in range(start, int(cidr.broadcast_address)):
        if (address := str(ipaddress.ip_address(number))) not in taken:
            call.state.links.lowest[subnet["id"].lower()] = number
            return address
    text = f"Subnet {subnet['name']} with address prefix {prefix} does not have enough capacity for 1 IP addresses."
    raise ArmError("SubnetIsFull", text, details=[])


def _check_wanted(wanted: str, cidr: Any, taken: dict[str, str], user: str) -> str:
    address = ipaddress.ip_address(wanted)
    if address not in cidr:
        text = f"Private static IP address {wanted} does not belong to the range of subnet prefix {cidr}."
        raise ArmError("PrivateIPAddressNotInSubnet", text, details=[])
    if int(address) - int(cidr.network_address) < RESERVED or address == cidr.broadcast_address:
        text = f"Private static IP address {wanted} falls within reserved IP range of subnet prefix {cidr}."
        raise ArmError("PrivateIPAddressInReservedRange", text, details=[])
    if not ids.same(taken.get(wanted, user), user):
        text = f"Private static IP address {wanted} is already allocated to resource {taken[wanted]}."
        raise ArmError("PrivateIPAddressIsAllocated", text, details=[])
    return wanted


def _check_region(body: dict[str, Any], others: list[Resource]) -> None:
    for other in others:
        if other.body["location"] != body["location"]:
            raise reference_missing(other.id, body["id"])


def _check_public(public: Resource, user: str) -> None:
    holder = public.properties.get("ipConfiguration", {}).get("id")
    if holder and not ids.same(holder, user):
        text = f"Resource {user} is referencing public IP address {public.id} that is already allocated to resource {holder}."
        raise ArmError("PublicIPAddressInUse", text, details=[])


def _attach_public(call: Call, nic: Resource, old: Resource | None) -> None:
    """Note on each public address which configuration has it, and on those let go that none has."""
    for resource in filter(None, map(call.state.store.get, _public_ids(old))) if old else ():
        release_public(call.state, resource)
    for one in nic.properties["ipConfigurations"]:
        public = one["properties"].get("publicIPAddress")
        if public:
            found = call.state.store.get(public["id"])
            if found is not None:
                found.properties["ipConfiguration"] = {"id": one["id"]}
                addresses.assign(call.state, found)
                call.state.store.put(found)


def _public_ids(nic: Resource | None) -> list[str]:
    found = (
        [one["properties"].get("publicIPAddress", {}).get("id") for one in nic.properties["ipConfigurations"]]
        if nic
        else []
    )
    return [one for one in found if one]


def release_public(state: Any, resource: Resource) -> None:
    """A public address that nothing has any more; a dynamic one loses its number."""
    resource.properties.pop("ipConfiguration", None)
    if resource.properties["publicIPAllocationMethod"] == "Dynamic":
        state.links.public.discard(resource.properties.pop("ipAddress", ""))
    state.store.put(resource)


def connect(links: Links, nic: Resource) -> None:
    """Note what an interface uses."""
    for one in nic.properties["ipConfigurations"]:
        subnet = one["properties"]["subnet"]["id"]
        groups = [group["id"] for group in one["properties"].get("applicationSecurityGroups", ())]
        links.set(one["id"], [subnet, *groups])
        links.take_address(subnet, one["properties"]["privateIPAddress"], one["id"])
    group = nic.properties.get("networkSecurityGroup")
    links.set(nic.id, [group["id"]] if group else [])


def disconnect(links: Links, nic: Resource) -> None:
    for one in nic.properties["ipConfigurations"]:
        links.set(one["id"], [])
        links.free_address(one["properties"]["subnet"]["id"], one["properties"]["privateIPAddress"])
    links.set(nic.id, [])


def check_free(call: Call, resource: Resource) -> None:  # noqa: ARG001  (as all kinds have it)
    vm = resource.properties.get("virtualMachine")
    if vm:
        text = (
            f"Network Interface {resource.id} is used by existing resource {vm['id']}. In order to delete the network "
            "interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic."
        )
        raise ArmError("NicInUse", text, details=[])


def before_gone(state: Any, resource: Resource) -> None:
    disconnect(state.links, resource)
    for public in filter(None, map(state.store.get, _public_ids(resource))):
        release_public(state, public)


KIND = Kind(NAME, "NetworkInterfaces", "networkInterfaceName", "network", build, check_free, before_gone, network.show)
HANDLERS = kinds.handlers(KIND)
