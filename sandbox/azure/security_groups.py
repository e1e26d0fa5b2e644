"""Network security groups and their rules."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

from sandbox.azure import kinds, naming, network
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError, child_missing
from sandbox.azure.kinds import Kind
from sandbox.azure.links import Links
from sandbox.azure.store import Resource

NAME = "Microsoft.Network/networkSecurityGroups"
RULE = f"{NAME}/securityRules"
LOWEST, HIGHEST = 100, 4096
LISTS = ("sourcePortRanges", "destinationPortRanges", "sourceAddressPrefixes", "destinationAddressPrefixes")
_PORTS = re.compile(r"\*|\d{1,5}(-\d{1,5})?")
_TAG = re.compile(r"\*|[A-Za-z][A-Za-z0-9.]*")

#: The rules that every group has: name, description, source, destination, access, priority, direction.
DEFAULTS = (
    ("AllowVnetInBound", "Allow inbound traffic from all VMs in VNET", "VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Inbound"),
    ("AllowAzureLoadBalancerInBound", "Allow inbound traffic from azure load balancer", "AzureLoadBalancer", "*", "Allow", 65001, "Inbound"),
    ("DenyAllInBound", "Deny all inbound traffic", "*", "*", "Deny", 65500, "Inbound"),
    ("AllowVnetOutBound", "Allow outbound traffic from all VMs to all VMs in VNET", "VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Outbound"),
    ("AllowInternetOutBound", "Allow outbound traffic from all VMs to Internet", "*", "Internet", "Allow", 65001, "Outbound"),
    ("DenyAllOutBound", "Deny all outbound traffic", "*", "*", "Deny", 65500, "Outbound"),
)  # fmt: skip


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    """A group from a PUT: its rules are those of the request, and no others."""
    body = kinds.envelope(call, resource_id, old)
    given = call.body.get("properties", {})
    rules = [rule_of(body["id"], raw) for raw in given.get("securityRules", ())]
    check_rules(rules)
    for rule in rules:
        _check_groups(call, rule)
    body["properties"] = {
        "provisioningState": "Updating",
        "resourceGuid": network.guid(old),
        "securityRules": rules,
        "defaultSecurityRules": [_default(body["id"], row) for row in DEFAULTS],
    }
    if "flushConnection" in given:
        body["properties"]["flushConnection"] = given["flushConnection"]
    unchanged = old is not None and list(map(network.settled, rules)) == list(
        map(network.settled, old.properties["securityRules"])
    )
    resource = network.mark(Resource(body["id"], body), "Updating")
    # The recordings have a group succeeded at once when its rules stay, with the URL of an operation all the same.
    resource.hidden["unchanged"] = unchanged
    connect(call.state.links, resource)
    return resource


def _groups_of(rule: dict[str, Any]) -> list[str]:
    """The ids of the application security groups that a rule speaks of."""
    sides = ("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups")
    return [one["id"] for side in sides for one in rule["properties"].get(side, ())]


def _check_groups(call: Call, rule: dict[str, Any]) -> None:
    for group in _groups_of(rule):
        network.reference(call, {"id": group}, rule["id"])
    for side in ("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"):
        if side in rule["properties"]:
            rule["properties"][side] = [{"id": one["id"]} for one in rule["properties"][side]]


def connect(links: Links, resource: Resource) -> None:
    """Note which application security groups the rules speak of."""
    links.set(
        f"{resource.id}/securityRules",
        [one for rule in resource.properties["securityRules"] for one in _groups_of(rule)],
    )


def before_gone(state: Any, resource: Resource) -> None:
    state.links.set(f"{resource.id}/securityRules", [])


def _default(owner: str, row: tuple[str, str, str, str, str, int, str]) -> dict[str, Any]:
    name, description, source, destination, access, priority, direction = row
    raw = {
        "description": description,
        "protocol": "*",
        "sourcePortRange": "*",
        "destinationPortRange": "*",
        "sourceAddressPrefix": source,
        "destinationAddressPrefix": destination,
        "access": access,
        "priority": priority,
        "direction": direction,
        **{member: [] for member in LISTS},
    }
    return network.part(
        owner, "defaultSecurityRules", {"name": name, "properties": raw}, f"{NAME}/defaultSecurityRules"
    )


def rule_of(owner: str, raw: dict[str, Any]) -> dict[str, Any]:
    """A rule as it is kept: lists that were not given are empty ones. Raises ArmError."""
    if "name" not in raw:
        raise ArmError(
            "InvalidRequestFormat",
            "Cannot parse the request.",
            details=[{"code": "MissingJsonReferenceId", "message": "Value for reference id is missing."}],
        )
    naming.check_name(NAME, raw["name"])
    rule = network.part(owner, "securityRules", raw, RULE)
    given = rule["properties"]
    _check_rule(rule["id"], given)
    for member in LISTS:
        given.setdefault(member, [])
    return rule


def _check_rule(rule_id: str, given: dict[str, Any]) -> None:
    priority = given.get("priority", 0)
    if not LOWEST <= priority <= HIGHEST:
        text = f"Security rule has invalid Priority. Value provided: {priority} Allowed range {LOWEST}-{HIGHEST}."
        raise ArmError("SecurityRuleInvalidPriority", text, details=[])
    for side in ("source", "destination"):
        _check_side(rule_id, given, side, "PortRange", _is_port, "SecurityRuleInvalidPortRange")
        _check_side(rule_id, given, side, "AddressPrefix", _is_address, "SecurityRuleInvalidAddressPrefix")


def _check_side(rule_id: str, given: dict[str, Any], side: str, what: str, fits: Any, code: str) -> None:
    """One of the single member and the list must be there, and every value of it must make sense."""
    one, many = f"{side}{what}", f"{side}{what}{'s' if what == 'PortRange' else 'es'}"
    groups = f"{side}ApplicationSecurityGroups"
    single, several = given.get(one), given.get(many) or []
    if single is None and not several and not (what == "AddressPrefix" and given.get(groups)):
        text = (
            f"Required security rule parameters are missing for security rule with Id: {rule_id}. Security rule must "
            f"specify {many}, {one}" + (f", or {groups}." if what == "AddressPrefix" else ".")
        )
        raise ArmError("SecurityRuleParametersMissing", text, details=[])
    if single is not None and several:
        text = f"Security rule {rule_id} cannot specify both {one} and {many}."
        raise ArmError("SecurityRuleParameterConflict", text, details=[])
    for value in several or ([single] if single is not None else []):
        if not fits(value) or (several and value == "*"):
            text = f"Security rule has invalid {'Port range' if what == 'PortRange' else 'Address prefix'}. Value provided: {value}."
            hint = (
                " Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535."
                if what == "PortRange"
                else ""
            )
            raise ArmError(code, text + hint, details=[])


def _is_port(value: str) -> bool:
    if not _PORTS.fullmatch(value):
        return False
    ends = [int(end) for end in value.split("-") if end != "*"]
    return all(end <= 65535 for end in ends) and ends == sorted(ends)


def _is_address(value: str) -> bool:
    """A range, an address, `*` or a service tag. A bare number is an address too, as a recording shows."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return bool(_TAG.fullmatch(value)) or value.isdigit()
    return True


def check_rules(rules: list[dict[str, Any]]) -> None:
    """Raises ArmError where two rules of a direction have the same priority, or two the same name."""
    seen: dict[tuple[str, int], str] = {}
    names: set[str] = set()
    for rule in rules:
        key = (rule["properties"]["direction"], rule["properties"]["priority"])
        if key in seen:
            text = f"Security rule {seen[key]} conflicts with rule {rule['name']}. Rules cannot have the same Priority and Direction. To learn more, see aka.ms/nsgrules"
            raise ArmError("SecurityRuleConflict", text, details=[])
        if rule["name"].lower() in names:
            text = f"Resource {rule['id']} is defined twice."
            raise ArmError("DuplicateResourceName", text, details=[])
        seen[key] = rule["name"]
        names.add(rule["name"].lower())


def shown(call: Call, resource: Resource) -> dict[str, Any]:
    """A group as GET shows it: with the interfaces and subnets that use it."""
    users = call.state.links.users(resource.id)
    nics = [{"id": user} for user in users if not user.endswith("#")]
    subnets = [{"id": user.removesuffix("#")} for user in users if user.endswith("#")]
    properties = dict(resource.properties)
    properties |= {"networkInterfaces": nics} if nics else {}
    properties |= {"subnets": subnets} if subnets else {}
    return {**resource.body, "properties": properties}


def check_free(call: Call, resource: Resource) -> None:
    users = call.state.links.users(resource.id)
    if users:
        named = ", ".join(user.removesuffix("#") for user in users)
        text = (
            f"Network security group {resource.id} cannot be deleted because it is in use by the following resources: "
            f"{named}. In order to delete the Network security group, remove the association with the resource(s). To "
            "learn how to do this, see aka.ms/deletensg."
        )
        raise ArmError("InUseNetworkSecurityGroupCannotBeDeleted", text, details=[])


def show(call: Call, resource: Resource) -> bytes:
    return json.dumps(shown(call, resource)).encode()


def echo(call: Call, resource: Resource) -> bytes:
    body = shown(call, resource)
    if resource.hidden.pop("unchanged", False):
        body["properties"]["provisioningState"] = "Succeeded"
    return json.dumps(body).encode()


KIND = Kind(
    NAME, "NetworkSecurityGroups", "networkSecurityGroupName", "network", build, check_free, before_gone, show, echo
)


def put_rule(call: Call) -> Answer:
    """A rule alone; the others stay."""
    owner, name = KIND.find(call), call.parameters["securityRuleName"]
    kinds.check_idle(call, owner)
    old = next((one for one in owner.properties["securityRules"] if one["name"].lower() == name.lower()), None)
    rule = rule_of(owner.id, {**call.body, "name": old["name"] if old else name})
    rules = [rule if one is old else one for one in owner.properties["securityRules"]] + ([] if old else [rule])
    check_rules(rules)
    _check_groups(call, rule)
    owner.properties["securityRules"] = rules
    connect(call.state.links, owner)
    call.state.store.put(network.mark(owner, "Updating"))
    operation = call.begin(owner.id, "succeed", "network", owner.body["location"])
    return accepted(call, operation, 200 if old else 201, dict(rule), location=False)


def delete_rule(call: Call) -> Answer:
    call.group()
    owner = call.state.store.get(KIND.id_of(call))
    name = call.parameters["securityRuleName"].lower()
    rules = owner.properties["securityRules"] if owner else []
    kept = [one for one in rules if one["name"].lower() != name]
    if owner is None or len(kept) == len(rules):
        return Answer(204)
    kinds.check_idle(call, owner)
    owner.properties["securityRules"] = kept
    connect(call.state.links, owner)
    call.state.store.put(network.mark(owner, "Updating"))
    return accepted(call, call.begin(owner.id, "succeed", "network", owner.body["location"]))


def get_rule(call: Call, member: str, parameter: str) -> Answer:
    owner = KIND.find(call)
    name = call.parameters[parameter]
    for rule in owner.properties[member]:
        if rule["name"].lower() == name.lower():
            return Answer(200, rule)
    raise child_missing(f"{owner.id}/{member}/{name}")


HANDLERS = kinds.handlers(KIND) | {
    "SecurityRules_CreateOrUpdate": put_rule,
    "SecurityRules_Delete": delete_rule,
    "SecurityRules_Get": lambda call: get_rule(call, "securityRules", "securityRuleName"),
    "SecurityRules_List": lambda call: Answer(200, {"value": KIND.find(call).properties["securityRules"]}),
    "DefaultSecurityRules_Get": lambda call: get_rule(call, "defaultSecurityRules", "defaultSecurityRuleName"),
    "DefaultSecurityRules_List": lambda call: Answer(
        200, {"value": KIND.find(call).properties["defaultSecurityRules"]}
    ),
}
