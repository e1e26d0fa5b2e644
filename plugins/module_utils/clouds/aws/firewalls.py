# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of security groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.firewall import FirewallState, Rule, RuleSet, diff_view, firewall_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import tags
from .options import AwsFirewallOptions
from .session import AwsSession, connect

# EC2 spells "every protocol" as -1 and ICMPv6 by its number or name.
PROTOCOLS = {"all": "-1", "tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmpv6"}
FROM_EC2 = {"-1": "all", "58": "icmpv6", "6": "tcp", "17": "udp", "1": "icmp"}
DEFAULT = "default"  # the value of the network tag where the default VPC is meant


class FirewallStore:
    """One firewall. Its whole network is listed in one call, because rules may name its other firewalls."""

    def __init__(self, session: AwsSession, options: AwsFirewallOptions) -> None:
        self.session, self.options = session, options
        self._ids: dict[str, str] = {}

    @classmethod
    def connect(cls, options: AwsFirewallOptions) -> FirewallStore:
        return cls(connect(options), options)

    @property
    def _network(self) -> str:
        return self.options.network or DEFAULT

    def list(self, selector: Selector) -> Sequence[FirewallState]:
        found = self.session.pages(
            "describe_security_groups",
            "SecurityGroups",
            Filters=tags.where(aienv_network=self._network),
            MaxResults=1000,
        )
        groups = list(found)
        self._ids = {group["GroupName"]: group["GroupId"] for group in groups}
        return [from_api(g, self.session.region, self._ids) for g in groups if g["GroupName"] == selector.name]

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made = []
        try:
            for spec in specs:
                state = self._create(spec)
                made.append(state)
                self._set_rules(state, spec.options.rules or RuleSet((), exact=False))
        except CloudError as error:
            return Outcome(tuple(made), error)
        return Outcome(tuple(made))

    def _create(self, spec: Spec) -> FirewallState:
        options = spec.options
        own = {"Name": spec.name, **(options.labels or {}), tags.FIREWALL: spec.name, mark.NETWORK: self._network}
        description = options.description or f"Firewall {spec.name}, managed by aienv.cloud"
        vpc = self._vpc()
        try:
            group_id = self.session.call(
                "create_security_group",
                GroupName=spec.name,
                Description=description,
                VpcId=vpc,
                TagSpecifications=[{"ResourceType": "security-group", "Tags": tags.as_tags(own)}],
            )["GroupId"]
        except CloudError as error:
            if error.code != "ambiguous":
                raise
            return self._already_there(spec.name, vpc)
        self._ids[spec.name] = group_id
        return FirewallState(group_id, spec.name, "aws", self.session.region, options.network, description=description)

    def _already_there(self, name: str, vpc: str) -> FirewallState:
        """Ours, if the answer to our own call was lost; else somebody's, or ours under another spelling of the network."""
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": [name]}]
        for raw in self.session.call("describe_security_groups", Filters=filters)["SecurityGroups"]:
            found = from_api(raw, self.session.region, self._ids)
            if found.owned and found.network == self.options.network:
                self._ids[name] = found.id
                return found
            if found.owned:
                detail = f"firewall '{name}' was made with network: {found.network}; name the network in the same way"
                raise CloudError("ambiguous", detail, "aws", resource=found.id)
        detail = f"a security group '{name}' exists there but was not made by this collection; it is not touched"
        raise CloudError("ambiguous", detail, "aws", "create_security_group", name)

    def _vpc(self) -> str:
        network = self.options.network
        if network and network.startswith("vpc-"):
            return network
        filters = tags.where(aienv_network=network) if network else [{"Name": "is-default", "Values": ["true"]}]
        found = self.session.call("describe_vpcs", Filters=filters)["Vpcs"]
        if not found:
            raise CloudError(
                "not_found", f"there is no network '{self._network}' in {self.session.region}", "aws", "describe_vpcs"
            )
        return str(found[0]["VpcId"])

    def change(self, changes: Sequence[tuple[FirewallState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                if "rules" in wanted:
                    self._set_rules(state, wanted["rules"])
                if wanted.get("labels"):
                    self.session.call("create_tags", Resources=[state.id], Tags=tags.as_tags(wanted["labels"]))
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def _set_rules(self, state: FirewallState, wanted: RuleSet) -> None:
        """New ones first, so that traffic which both sets allow is never interrupted; a new description is a call of its own."""
        there = {rule.identity: rule for rule in state.rules}
        new = [rule for rule in wanted if rule.identity not in there]
        described = [rule for rule in wanted if rule.identity in there and rule != there[rule.identity]]
        kept = {rule.identity for rule in wanted}
        old = [rule for rule in state.rules if rule.identity not in kept] if wanted.exact else []
        steps = (
            ("authorize_security_group_ingress", new),
            ("update_security_group_rule_descriptions_ingress", described),
            ("revoke_security_group_ingress", old),
        )
        for operation, rules in steps:
            if rules:
                self.session.call(operation, GroupId=state.id, IpPermissions=to_permissions(rules, self._group_id))

    def _group_id(self, name: str) -> str:
        if name.startswith("sg-"):
            return name
        if name not in self._ids:
            there = ", ".join(sorted(self._ids)) or "none"
            raise CloudError(
                "not_found",
                f"firewall '{name}', a source in rules, does not exist in this network; there are: {there}",
                "aws",
            )
        return self._ids[name]

    def delete(self, states: Sequence[FirewallState]) -> Outcome:
        try:
            for state in states:
                self.session.call("delete_security_group", GroupId=state.id)
        except CloudError as error:
            if error.code == "in_use":
                error.detail = f"firewall '{states[0].name}' is still used by a VM or named in another firewall's rules; {error.detail}"
            if error.code != "not_found":
                return Outcome(error=error)
        return Outcome(tuple(states))


def from_api(raw: Mapping[str, Any], region: str, ids: Mapping[str, str]) -> FirewallState:
    """One group of DescribeSecurityGroups; `ids` tells the names of the groups that its rules refer to."""
    tagged = tags.as_dict(raw.get("Tags"))
    names = {group_id: name for name, group_id in ids.items()}
    network = tagged.get(mark.NETWORK)
    return FirewallState(
        id=raw["GroupId"],
        name=raw["GroupName"],
        cloud="aws",
        region=region,
        network=None if network == DEFAULT else network,
        rules=frozenset(rules_of(raw.get("IpPermissions", ()), names)),
        labels=tags.labels_of(tagged),
        description=raw.get("Description", ""),
        owned=tagged.get(tags.FIREWALL) == raw["GroupName"],
    )


def rules_of(permissions: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[Rule]:
    """EC2 groups sources under a permission; we have one rule per source."""
    for permission in permissions:
        protocol = FROM_EC2.get(permission["IpProtocol"], permission["IpProtocol"])
        # Of ICMP these are type and code: -1 means all of them, anything else somebody's narrower rule.
        ports = (-1, -1) if protocol == "all" else (permission.get("FromPort", -1), permission.get("ToPort", -1))
        sources = [(source["CidrIp"], source) for source in permission.get("IpRanges", ())]
        sources += [(source["CidrIpv6"], source) for source in permission.get("Ipv6Ranges", ())]
        sources += [(source["PrefixListId"], source) for source in permission.get("PrefixListIds", ())]
        sources += [(names.get(s["GroupId"], s["GroupId"]), s) for s in permission.get("UserIdGroupPairs", ())]
        for name, source in sources:
            yield Rule(protocol, *ports, name, source.get("Description", ""))


def to_permissions(rules: Iterable[Rule], group_id: Any) -> list[dict[str, Any]]:
    """Rules of the same protocol and ports share a permission, as EC2 shows them."""
    shared: dict[tuple[str, int, int], list[Rule]] = defaultdict(list)
    for rule in sorted(rules):
        shared[rule.protocol, rule.first_port, rule.last_port].append(rule)
    permissions = []
    for (protocol, first_port, last_port), members in shared.items():
        permission: dict[str, Any] = {"IpProtocol": PROTOCOLS.get(protocol, protocol)}
        if protocol != "all":
            permission |= {"FromPort": first_port, "ToPort": last_port}
        for rule in members:
            kind, source = _source(rule.source, group_id)
            permission.setdefault(kind, []).append(
                source | ({"Description": rule.description} if rule.description else {})
            )
        permissions.append(permission)
    return permissions


def _source(source: str, group_id: Any) -> tuple[str, dict[str, str]]:
    if source.startswith("pl-"):
        return "PrefixListIds", {"PrefixListId": source}
    if "/" in source:
        return ("Ipv6Ranges", {"CidrIpv6": source}) if ":" in source else ("IpRanges", {"CidrIp": source})
    return "UserIdGroupPairs", {"GroupId": group_id(source)}


RESOURCE = Resource("firewalls", AwsFirewallOptions, FirewallStore.connect, firewall_result, diff_view)
