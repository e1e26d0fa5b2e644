"""Security-group rules: what makes two rules the same, and all or nothing.

EC2 tells rules apart by protocol, ports and peer; the description is no part of that. Moto compares
the description of a rule that names a group, and applies a batch up to the first fault.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from sandbox.aws import network_rules, paging
from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError, View

Key = tuple[str, int | None, int | None, str, str]
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}


def _wanted(call: Call, group: Any) -> dict[Key, str | None]:
    """The rules that a call writes out, with their descriptions. Raises on one written twice."""
    found: dict[Key, str | None] = {}
    for permission in call.params.get("IpPermissions", []):
        for kind, peer, text in _peers(call, group, permission):
            key = _key(permission.get("IpProtocol"), permission.get("FromPort"), permission.get("ToPort"), kind, peer)
            if key in found:
                raise ApiError("InvalidParameterValue", f"The same permission must not appear multiple times: {peer}")
            found[key] = text
    return found


def _peers(call: Call, group: Any, permission: dict[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for words, member, kind in (
        ("IpRanges", "CidrIp", "v4"),
        ("Ipv6Ranges", "CidrIpv6", "v6"),
        ("PrefixListIds", "PrefixListId", "list"),
    ):
        for entry in permission.get(words, []):
            yield kind, entry.get(member, ""), entry.get("Description")
    for pair in permission.get("UserIdGroupPairs", []):
        name = pair.get("GroupId") or pair.get("GroupName", "")
        other = call.backend.get_security_group_by_name_or_id(name, group.vpc_id)
        if other is None:
            raise ApiError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        yield "group", other.id, pair.get("Description")


def _key(protocol: Any, low: int | None, high: int | None, kind: str, peer: str) -> Key:
    word = str(protocol).lower()
    word = _PROTOCOLS.get(word, word)
    return (word, None, None, kind, peer) if word == "-1" else (word, low, high, kind, peer)


def _of(rule: Any) -> Key:
    """The identity of one of moto's rules."""
    kinds = (
        ("v4", rule.ip_range.get("CidrIp")),
        ("v6", rule.ip_range.get("CidrIpv6")),
        ("group", rule.source_group.get("GroupId")),
        ("list", rule.prefix_list_id),
    )
    kind, peer = next(((kind, peer) for kind, peer in kinds if peer), ("none", ""))
    return _key(rule.ip_protocol, rule.from_port, rule.to_port, kind, peer)


def _group(call: Call) -> Any:
    name = call.params.get("GroupId") or call.params.get("GroupName", "")
    group = call.backend.get_security_group_by_name_or_id(name)
    if group is None:
        raise ApiError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    return group


def _existing(call: Call, group: Any) -> dict[Key, Any]:
    rules = group.egress_rules if call.action.endswith("Egress") else group.ingress_rules
    return {_of(rule): rule for rule in rules}


def authorize(call: Call) -> Any:
    """AuthorizeSecurityGroupIngress and -Egress: every rule is new, or none is made."""
    network_rules.rules(call)
    if not call.params.get("IpPermissions"):
        return call.moto()
    group = _group(call)
    wanted, existing = _wanted(call, group), _existing(call, group)
    for key in wanted:
        if key in existing:
            words = f"peer: {key[4]}, {key[0].upper()}, from port: {key[1]}, to port: {key[2]}, ALLOW"
            raise ApiError("InvalidPermission.Duplicate", f'the specified rule "{words}" already exists')
    params = copy.deepcopy(call.params)
    for permission in params["IpPermissions"]:
        for pair in permission.get("UserIdGroupPairs", []):
            pair.pop("Description", None)
    result = call.moto(params)
    for key, rule in _existing(call, group).items():
        if rule.source_group and wanted.get(key):
            rule.source_group["Description"] = wanted[key]
    made = result.get("SecurityGroupRules", [])
    return {**result, "SecurityGroupRules": [_view(rule) for rule in made]}


def revoke(call: Call) -> Any:
    """RevokeSecurityGroupIngress and -Egress: every rule is there, or none is removed."""
    network_rules.rules(call)
    if call.params.get("SecurityGroupRuleIds") or not call.params.get("IpPermissions"):
        return call.moto()
    group = _group(call)
    existing = _existing(call, group)
    names = []
    for key in _wanted(call, group):
        if key not in existing:
            message = "The specified rule does not exist in this security group."
            raise ApiError("InvalidPermission.NotFound", message)
        names.append(existing[key].id)
    asked = {"GroupId": group.id, "SecurityGroupRuleIds": names, "DryRun": call.params.get("DryRun", False)}
    return call.moto(asked)


def describe(call: Call) -> dict[str, Any]:
    """DescribeSecurityGroupRules: moto forgets the description of a rule that names a group."""
    result = paging.describe(call)
    return {**result, "SecurityGroupRules": [_view(rule) for rule in result["SecurityGroupRules"]]}


def _view(rule: Any) -> View:
    return View(rule, description=rule.description or rule.source_group.get("Description"))


HANDLERS = {
    "AuthorizeSecurityGroupIngress": authorize,
    "AuthorizeSecurityGroupEgress": authorize,
    "RevokeSecurityGroupIngress": revoke,
    "RevokeSecurityGroupEgress": revoke,
    "DescribeSecurityGroupRules": describe,
}
