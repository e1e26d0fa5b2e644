"""What EC2 refuses about networks, and moto lets pass: things in use, and texts that are none.

CIDRs with host bits are not refused: EC2 brings them into their canonical form
(botocore's documentation of CreateVpc, CreateSubnet and AuthorizeSecurityGroupIngress says so).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError

_DESCRIPTION = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
_LETTERS = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"


def network_cidr(call: Call) -> None:
    """CidrBlock of a VPC or subnet: brought into canonical form, or refused."""
    given = call.params.get("CidrBlock")
    if given:
        call.params["CidrBlock"] = _canonical(given, 4, "cidrBlock")


def _canonical(text: str, version: int, name: str) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        network = None
    if network is None or network.version != version or "/" not in text:
        code = "InvalidParameterValue" if name != "subnet" else "InvalidSubnet.Range"
        raise ApiError(code, f"Value ({text}) for parameter {name} is invalid. This is not a valid CIDR block.")
    return str(network)


def rules(call: Call) -> None:
    """The permissions of a security-group call: CIDRs and descriptions."""
    _rule(call.params)
    for permission in call.params.get("IpPermissions", []):
        for entry in permission.get("IpRanges", []):
            _rule(entry)
        for entry in permission.get("Ipv6Ranges", []):
            if entry.get("CidrIpv6"):
                entry["CidrIpv6"] = _canonical(entry["CidrIpv6"], 6, "cidrIpv6")
            _description(entry.get("Description"))
        for kind in ("UserIdGroupPairs", "PrefixListIds"):
            for entry in permission.get(kind, []):
                _description(entry.get("Description"))
        _ports(permission)


def _rule(entry: dict[str, Any]) -> None:
    if entry.get("CidrIp"):
        entry["CidrIp"] = _canonical(entry["CidrIp"], 4, "cidrIp")
    _description(entry.get("Description"))


def _description(text: str | None) -> None:
    if text is not None and not _DESCRIPTION.fullmatch(text):
        raise ApiError(
            "InvalidParameterValue",
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the following "
            f"set: {_LETTERS}",
        )


def _ports(permission: dict[str, Any]) -> None:
    low, high = permission.get("FromPort"), permission.get("ToPort")
    if str(permission.get("IpProtocol")).lower() not in ("tcp", "udp", "6", "17"):
        return
    if low is None or high is None or not 0 <= low <= 65535 or not 0 <= high <= 65535:
        raise ApiError("InvalidParameterValue", f"Invalid port range ({low}, {high}). Ports are from 0 to 65535.")
    if low > high:
        raise ApiError("InvalidParameterValue", f"Invalid TCP/UDP port range ({low}:{high})")


def group_texts(call: Call) -> None:
    """Name and description of a new security group."""
    name, text = call.params.get("GroupName", ""), call.params.get("Description", "")
    for word, value in (("groupName", name), ("GroupDescription", text)):
        if not _DESCRIPTION.fullmatch(value):
            raise ApiError(
                "InvalidParameterValue",
                f"Value ({value}) for parameter {word} is invalid. Character sets beyond ASCII are not supported.",
            )
    if name.lower().startswith("sg-"):
        raise ApiError("InvalidParameterValue", f"Invalid value '{name}' for groupName: it may not begin with sg-")


def group_in_use(call: Call) -> None:
    """DeleteSecurityGroup: not while an interface wears it or another group's rule names it."""
    group = _group(call)
    if group is None:
        return
    if group.name == "default":
        raise ApiError("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
    worn = any(group.id in [g.id for g in nic.group_set] for nic in call.backend.enis.values())
    if worn or any(group.id in _named(other) for other in _groups(call) if other.id != group.id):
        raise ApiError("DependencyViolation", f"resource {group.id} has a dependent object")


def _group(call: Call) -> Any:
    if call.params.get("GroupId"):
        return call.backend.get_security_group_from_id(call.params["GroupId"])
    return call.backend.get_security_group_from_name(call.params.get("GroupName", ""))


def _groups(call: Call) -> Iterator[Any]:
    for of_vpc in call.backend.groups.values():
        yield from of_vpc.values()


def _named(group: Any) -> set[str]:
    """The ids of the groups that a group's rules name."""
    every = (*group.ingress_rules, *group.egress_rules)
    return {rule.source_group["GroupId"] for rule in every if rule.source_group.get("GroupId")}


def subnet_in_use(call: Call) -> None:
    """DeleteSubnet: not while interfaces are in it."""
    name = call.params.get("SubnetId", "")
    if any(nic.subnet.id == name for nic in call.backend.enis.values()):
        raise ApiError("DependencyViolation", f"The subnet '{name}' has dependencies and cannot be deleted.")


def vpc_in_use(call: Call) -> None:
    """DeleteVpc: not while it has subnets, gateways, groups or route tables of its own."""
    name = call.params.get("VpcId", "")
    gateways = (g for g in call.backend.internet_gateways.values() if g.vpc and g.vpc.id == name)
    groups = (g for g in _groups(call) if g.vpc_id == name and g.name != "default")
    tables = (t for t in call.backend.route_tables.values() if t.vpc_id == name and not _is_main(t))
    if any(True for things in (gateways, groups, tables) for _ in things):
        raise ApiError("DependencyViolation", f"The vpc '{name}' has dependencies and cannot be deleted.")


def _is_main(table: Any) -> bool:
    return table.main_association_id is not None


def gateway_in_use(call: Call) -> None:
    """DetachInternetGateway: not while the VPC's instances have public addresses."""
    name = call.params.get("VpcId", "")
    if any(nic.subnet.vpc_id == name and nic.public_ip for nic in call.backend.enis.values()):
        raise ApiError(
            "DependencyViolation",
            f"Network {name} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway.",
        )


CHECKS: dict[str, tuple[Callable[[Call], None], ...]] = {
    "CreateVpc": (network_cidr,),
    "CreateSubnet": (network_cidr,),
    "CreateSecurityGroup": (group_texts,),
    "UpdateSecurityGroupRuleDescriptionsIngress": (rules,),
    "UpdateSecurityGroupRuleDescriptionsEgress": (rules,),
    "DeleteSecurityGroup": (group_in_use,),
    "DeleteSubnet": (subnet_in_use,),
    "DeleteVpc": (vpc_in_use,),
    "DetachInternetGateway": (gateway_in_use,),
}
