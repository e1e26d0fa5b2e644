"""Virtual networks and their subnets."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from sandbox.azure import ids, kinds, naming, network
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError, child_missing
from sandbox.azure.kinds import Kind
from sandbox.azure.links import Links
from sandbox.azure.store import Resource

NAME = "Microsoft.Network/virtualNetworks"
SUBNET = f"{NAME}/subnets"
#: Azure keeps the first four addresses of a subnet and the last one.
RESERVED = 4
SMALLEST = 29
#: What Azure fills in.
DEFAULTS: dict[str, dict[str, Any]] = {
    "dhcpOptions": {"dnsServers": []},
    "encryption": {"enforcement": "AllowUnencrypted"},
}
_ENCRYPTION = "MustSpecifyBothEncryptionIntentAndEnforcementPolicy"

Range = ipaddress.IPv4Network | ipaddress.IPv6Network


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """A virtual network from a PUT: its subnets are those of the request, and no others."""
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    space = given.get("addressSpace", {})
    prefixes = space.get("addressPrefixes", [])
    _check_encryption(given, body["id"])
    for prefix in prefixes:
        parse_range(prefix, body["id"])
    if not prefixes and not space.get("ipamPoolPrefixAllocations"):
        raise ArmError(
            "InvalidAddressSpace", f"Virtual network {body['id']} must have at least one address prefix.", details=[]
        )
    subnets = [_subnet(call, body["id"], raw) for raw in given.get("subnets", ())]
    _check_subnets(subnets, prefixes, body["name"])
    if old is not None:
        _check_leaving(call, old, subnets)
    body["properties"] = {
        "provisioningState": "Updating",
        "resourceGuid": network.guid(old),
        "addressSpace": {"addressPrefixes": prefixes, "ipamPoolPrefixAllocations": []},
        "privateEndpointVNetPolicies": given.get("privateEndpointVNetPolicies", "Disabled"),
        "subnets": subnets,
        "virtualNetworkPeerings": given.get("virtualNetworkPeerings", []),
        "enableDdosProtection": given.get("enableDdosProtection", False),
    }
    for name in ("dhcpOptions", "encryption", "flowTimeoutInMinutes", "bgpCommunities", "ddosProtectionPlan"):
        if name in given:
            body["properties"][name] = {**DEFAULTS.get(name, {}), **given[name]} if name in DEFAULTS else given[name]
    resource = network.mark(Resource(body["id"], body), "Updating")
    connect(call.state.links, resource)
    return resource


def _check_encryption(given: dict[str, Any], resource_id: str) -> None:
    encryption = given.get("encryption")
    if encryption is not None and encryption.get("enabled") and "enforcement" not in encryption:
        text = (
            f"Cannot encrypt VirtualNetwork {resource_id} unless both encryption intent (Enabled true or false) and "
            "enforcement policy (AllowUnencrypted or DropUnencrypted) are specified."
        )
        raise ArmError(_ENCRYPTION, text, details=[])


def parse_range(prefix: str, owner: str) -> Range:
    """A CIDR range without host bits. Raises ArmError."""
    try:
        return ipaddress.ip_network(prefix)
    except ValueError:
        pass
    try:
        meant = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        text = f"Address prefix string for resource {owner} cannot be null or invalid: {prefix}."
        raise ArmError("InvalidAddressPrefixFormat", text, details=[]) from None
    text = (
        f"The address prefix {prefix} in resource {owner} has an invalid CIDR notation. For the given prefix length, the "
        f"address prefix should be {meant}."
    )
    raise ArmError("InvalidCIDRNotation", text, details=[])


def _subnet(call: Call, owner: str, raw: dict[str, Any]) -> dict[str, Any]:
    """A subnet as it is kept. What uses it is added when it is shown."""
    if "name" not in raw:
        raise ArmError(
            "InvalidRequestFormat",
            "Cannot parse the request.",
            details=[
                {
                    "code": "MissingJsonReferenceId",
                    "message": "Value for reference id is missing. Path properties.subnets[0].",
                }
            ],
        )
    subnet = network.part(owner, "subnets", raw, SUBNET)
    given = raw.get("properties", {})
    kept: dict[str, Any] = {"provisioningState": "Updating"}
    prefixes = _prefixes(given)
    if not prefixes:
        raise ArmError("InvalidRequestFormat", f"Subnet {subnet['id']} has no address prefix.", details=[])
    for prefix in prefixes:
        parse_range(prefix, subnet["id"])
    # One prefix shows as addressPrefix, whichever way it was said.
    kept |= {"addressPrefix": prefixes[0]} if len(prefixes) == 1 else {"addressPrefixes": prefixes}
    kept["ipamPoolPrefixAllocations"] = []
    for name in ("networkSecurityGroup", "routeTable", "natGateway"):
        if name in given:
            if name == "networkSecurityGroup":
                network.reference(call, given[name], subnet["id"])
            kept[name] = {"id": given[name]["id"]}
    kept["serviceEndpoints"] = given.get("serviceEndpoints")
    kept["delegations"] = given.get("delegations", [])
    kept["privateEndpointNetworkPolicies"] = given.get("privateEndpointNetworkPolicies", "Disabled")
    kept["privateLinkServiceNetworkPolicies"] = given.get("privateLinkServiceNetworkPolicies", "Enabled")
    kept["defaultOutboundAccess"] = given.get("defaultOutboundAccess")
    subnet["properties"] = {name: value for name, value in kept.items() if value is not None}
    return subnet


def _prefixes(given: dict[str, Any]) -> list[str]:
    return list(given.get("addressPrefixes") or ([given["addressPrefix"]] if given.get("addressPrefix") else []))


def _check_subnets(subnets: list[dict[str, Any]], space: list[str], name: str) -> None:
    """Raises ArmError unless every subnet lies in the network's ranges, and none in another."""
    ranges = [ipaddress.ip_network(prefix) for prefix in space]
    taken: list[tuple[str, Range]] = []
    for subnet in subnets:
        for prefix in map(ipaddress.ip_network, _prefixes(subnet["properties"])):
            if not any(prefix.version == one.version and prefix.subnet_of(one) for one in ranges):  # type: ignore[arg-type]
                text = f"Subnet '{subnet['name']}' is not valid because its IP address range is outside the IP address range of virtual network '{name}'."
                raise ArmError("NetcfgSubnetRangeOutsideVnet", text, details=[])
            if prefix.version == 4 and prefix.prefixlen > SMALLEST:
                text = f"Subnet '{subnet['name']}' is not valid in virtual network '{name}'. The smallest subnet is /{SMALLEST}."
                raise ArmError("NetcfgInvalidSubnet", text, details=[])
            if any(prefix.overlaps(other) for _, other in taken):
                text = f"Subnet '{subnet['name']}' is not valid because its IP address range overlaps with that of an existing subnet in virtual network '{name}'."
                raise ArmError("NetcfgSubnetRangesOverlap", text, details=[])
            taken.append((subnet["name"], prefix))


def _check_leaving(call: Call, old: Resource, subnets: list[dict[str, Any]]) -> None:
    """Raises ArmError where a subnet in use would go, or would get another range."""
    kept = {subnet["id"].lower(): _prefixes(subnet["properties"]) for subnet in subnets}
    for subnet in old.properties.get("subnets", ()):
        prefixes = kept.get(subnet["id"].lower())
        if prefixes is None:
            check_unused(call, subnet)
        elif prefixes != _prefixes(subnet["properties"]) and call.state.links.users(subnet["id"]):
            text = f"Subnet {subnet['name']} is in use and cannot be updated."
            raise ArmError("InUseSubnetCannotBeUpdated", text, details=[])


def check_unused(call: Call, subnet: dict[str, Any]) -> None:
    users = call.state.links.users(subnet["id"])
    if users:
        text = (
            f"Subnet {subnet['name']} is in use by {users[0]} and cannot be deleted. In order to delete the subnet, delete "
            "all the resources within the subnet. See aka.ms/deletesubnet."
        )
        raise ArmError("InUseSubnetCannotBeDeleted", text, details=[])


def check_free(call: Call, resource: Resource) -> None:
    for subnet in resource.properties.get("subnets", ()):
        check_unused(call, subnet)


def connect(links: Links, resource: Resource) -> None:
    """Note which security groups the subnets of a network use."""
    for subnet in resource.properties.get("subnets", ()):
        group = subnet["properties"].get("networkSecurityGroup")
        links.set(f"{subnet['id']}#", [group["id"]] if group else [])


def before_gone(state: Any, resource: Resource) -> None:
    for subnet in resource.properties.get("subnets", ()):
        state.links.set(f"{subnet['id']}#", [])


def shown(call: Call, resource: Resource) -> dict[str, Any]:
    """A network as GET shows it: with what uses its subnets."""
    properties = {**resource.properties, "subnets": [shown_subnet(call, one) for one in resource.properties["subnets"]]}
    return {**resource.body, "properties": properties}


def shown_subnet(call: Call, subnet: dict[str, Any]) -> dict[str, Any]:
    users = [{"id": user} for user in call.state.links.users(subnet["id"], "/ipConfigurations/")]
    return {**subnet, "properties": {**subnet["properties"], **({"ipConfigurations": users} if users else {})}}


def show(call: Call, resource: Resource) -> bytes:
    return json.dumps(network.for_version(shown(call, resource), call.version)).encode()


KIND = Kind(NAME, "VirtualNetworks", "virtualNetworkName", "network", build, check_free, before_gone, show)


def find_subnet(call: Call) -> tuple[Resource, dict[str, Any]]:
    """The subnet of the path and its network. Raises ArmError."""
    owner = KIND.find(call)
    name = call.parameters["subnetName"]
    for subnet in owner.properties["subnets"]:
        if subnet["name"].lower() == name.lower():
            return owner, subnet
    raise child_missing(f"{owner.id}/subnets/{name}")


def put_subnet(call: Call) -> Answer:
    """A subnet alone; the others stay."""
    owner, name = KIND.find(call), call.parameters["subnetName"]
    naming.check_name(NAME, name)
    kinds.check_idle(call, owner)
    old = next((one for one in owner.properties["subnets"] if one["name"].lower() == name.lower()), None)
    subnet = _subnet(call, owner.id, {"name": old["name"] if old else name, **_without_name(call.body)})
    subnets = [subnet if one is old else one for one in owner.properties["subnets"]] + ([] if old else [subnet])
    _check_subnets(subnets, owner.properties["addressSpace"]["addressPrefixes"], owner.at.name)
    _check_leaving(call, owner, subnets)
    owner.properties["subnets"] = subnets
    network.mark(owner, "Updating")
    # The recordings have it done at once where nothing changed, with the URL of an operation all the same.
    if old and network.settled(old) == network.settled(subnet):
        subnet["properties"]["provisioningState"] = "Succeeded"
    connect(call.state.links, owner)
    call.state.store.put(owner)
    operation = call.begin(owner.id, "succeed", "network", owner.body["location"])
    return accepted(call, operation, 200 if old else 201, shown_subnet(call, subnet), location=False)


def _without_name(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in ("name", "id")}


def delete_subnet(call: Call) -> Answer:
    call.group()
    owner = call.state.store.get(KIND.id_of(call))
    name = call.parameters["subnetName"].lower()
    found = [one for one in owner.properties["subnets"] if one["name"].lower() == name] if owner else []
    if owner is None or not found:
        return Answer(204)
    kinds.check_idle(call, owner)
    check_unused(call, found[0])
    call.state.links.set(f"{found[0]['id']}#", [])
    owner.properties["subnets"] = [one for one in owner.properties["subnets"] if one is not found[0]]
    call.state.store.put(network.mark(owner, "Updating"))
    return accepted(call, call.begin(owner.id, "succeed", "network", owner.body["location"]))


def list_subnets(call: Call) -> Answer:
    return Answer(200, {"value": [shown_subnet(call, one) for one in KIND.find(call).properties["subnets"]]})


def check_address(call: Call) -> Answer:
    """Whether an address is free; if not, up to five that are."""
    owner = KIND.find(call)
    wanted = ipaddress.ip_address(call.query.get("ipaddress", "0.0.0.0"))  # noqa: S104  (an address that nothing has)
    for subnet in owner.properties["subnets"]:
        cidr = ipaddress.ip_network(_prefixes(subnet["properties"])[0])
        if wanted in cidr:
            taken = call.state.links.addresses.get(subnet["id"].lower(), {})
            inside = int(wanted) - int(cidr.network_address)
            kept = inside < RESERVED or wanted == cidr.broadcast_address
            if not kept and str(wanted) not in taken:
                return Answer(200, {"available": True, "isPlatformReserved": False})
            free = (str(cidr[number]) for number in range(RESERVED, min(cidr.num_addresses - 1, 5000)))
            offered = [address for address, _ in zip((one for one in free if one not in taken), range(5), strict=False)]
            return Answer(200, {"available": False, "availableIPAddresses": offered, "isPlatformReserved": kept})
    raise ArmError(
        "PrivateIPAddressNotInAnySubnet",
        f"Private static IP address {wanted} does not belong to the range of any subnet in the virtual network {owner.id}.",
        details=[],
    )


HANDLERS = kinds.handlers(KIND) | {
    "Subnets_CreateOrUpdate": put_subnet,
    "Subnets_Get": lambda call: Answer(200, shown_subnet(call, find_subnet(call)[1])),
    "Subnets_Delete": delete_subnet,
    "Subnets_List": list_subnets,
    "VirtualNetworks_CheckIPAddressAvailability": check_address,
}


def subnet_of(call: Call, subnet_id: str) -> tuple[Resource, dict[str, Any]] | None:
    """The subnet behind an id, and its network."""
    found = network.find_part(call.state.store, subnet_id, "subnets")
    return found if found and ids.same(found[1]["id"], subnet_id) else None
