"""Azure's security groups as one list of rules for one machine: pure functions.

What comes in must be let pass by the subnet's group and then by the interface's, what goes out by both in turn. In each
the first rule that matches decides, by priority. One list that decides the same is their product: each rule of the one
with each of the other, allowed where both allow.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.machines.firewall import Group, Rule

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
Ports = tuple[int, int]

EVERYWHERE: tuple[Range, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
ALL_PORTS = (0, 65535)
BALANCER = ipaddress.ip_network("168.63.129.16/32")


@dataclass(frozen=True)
class Place:
    """Where a machine is: its address, its application security groups, and the ranges of its virtual network.

    `outside` are addresses in those ranges that stand for the Internet: the sandbox's host is reached through them.
    `members` are the addresses of all interfaces in each application security group, by its id in small letters.
    """

    address: str
    groups: tuple[str, ...]
    space: tuple[str, ...]
    outside: tuple[str, ...]
    members: Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Clause:
    """A rule of a group, as it speaks of one machine. `protocol` is EC2's word, as `Rule` has it."""

    protocol: str
    ports: tuple[Ports, ...]
    networks: tuple[Range, ...]
    allow: bool


def group_of(name: str, subnet: Mapping[str, Any] | None, nic: Mapping[str, Any] | None, place: Place) -> Group:
    """What a machine lets in and out; the two groups are as ARM shows them, None where there is none."""
    inward = [_clauses(group, "Inbound", place) for group in (subnet, nic) if group]
    outward = [_clauses(group, "Outbound", place) for group in (nic, subnet) if group]
    # Without any group a machine is reached from its own network alone: standard addresses are closed.
    ingress = _product(inward) if inward else [Clause("-1", (ALL_PORTS,), _own(place), allow=True)]
    egress = _product(outward) if outward else [Clause("-1", (ALL_PORTS,), EVERYWHERE, allow=True)]
    return Group(name, tuple(_rules(ingress)), tuple(_rules(egress)))


def _rules(clauses: Iterable[Clause]) -> Iterable[Rule]:
    for clause in clauses:
        networks = tuple(map(str, clause.networks))
        for first, last in clause.ports:
            whole = (first, last) == ALL_PORTS
            low, high = (None, None) if whole else (first, last)
            yield Rule(clause.protocol, low, high, networks, allow=clause.allow)


def _clauses(group: Mapping[str, Any], direction: str, place: Place) -> list[Clause]:
    """The rules of a direction that speak of the machine, in the order in which they are tried."""
    properties = group["properties"]
    rules = [rule["properties"] for rule in (*properties["securityRules"], *properties["defaultSecurityRules"])]
    chosen = sorted((rule for rule in rules if rule["direction"] == direction), key=lambda rule: rule["priority"])
    far, near = ("source", "destination") if direction == "Inbound" else ("destination", "source")
    found = []
    for rule in chosen:
        here = _networks(rule, near, place)
        if not any(ipaddress.ip_address(place.address) in one for one in here):
            continue
        networks = tuple(_networks(rule, far, place))
        if networks:
            found.append(Clause(_protocol(rule["protocol"]), tuple(_ports(rule)), networks, rule["access"] == "Allow"))
    return found


def _protocol(word: str) -> str:
    return {"*": "-1", "esp": "50", "ah": "51"}.get(word.lower(), word.lower())


def _ports(rule: Mapping[str, Any]) -> list[Ports]:
    """The ports of the machine's end; ICMP has none."""
    texts = rule.get("destinationPortRanges") or [rule.get("destinationPortRange", "*")]
    if "*" in texts or rule["protocol"].lower() in ("icmp", "esp", "ah"):
        return [ALL_PORTS]
    return [(int(first), int(last or first)) for first, _, last in (text.partition("-") for text in texts)]


def _networks(rule: Mapping[str, Any], side: str, place: Place) -> list[Range]:
    """The ranges that one side of a rule names; service tags that the sandbox does not know are none."""
    groups = [one["id"].lower() for one in rule.get(f"{side}ApplicationSecurityGroups", ())]
    if groups:
        return [ipaddress.ip_network(address) for group in groups for address in place.members.get(group, ())]
    single = rule.get(f"{side}AddressPrefix")
    texts = rule.get(f"{side}AddressPrefixes") or ([single] if single else [])
    return [network for text in texts for network in _named(text, place)]


def _named(text: str, place: Place) -> Iterable[Range]:
    match text.lower():
        case "*" | "any":
            return EVERYWHERE
        case "virtualnetwork":
            return _own(place)
        case "internet":
            return (*_without([EVERYWHERE[0]], _own(place)), EVERYWHERE[1])
        case "azureloadbalancer":
            return (BALANCER,)
    try:
        return (ipaddress.ip_network(text, strict=False),)
    except ValueError:
        return ()


def _own(place: Place) -> tuple[Range, ...]:
    """The machine's virtual network, but for what stands for the Internet in it."""
    return tuple(
        _without(
            [ipaddress.ip_network(one) for one in place.space], [ipaddress.ip_network(one) for one in place.outside]
        )
    )


def _without(ranges: Iterable[Range], taken: Iterable[Range]) -> list[Range]:
    left = list(ranges)
    for one in taken:
        kept: list[Range] = []
        for network in left:
            if network.version != one.version or not network.overlaps(one):
                kept.append(network)
            elif one != network and one.subnet_of(network):  # type: ignore[arg-type]
                kept += network.address_exclude(one)  # type: ignore[arg-type]
        left = kept
    return left


def _product(lists: list[list[Clause]]) -> list[Clause]:
    found = lists[0]
    for other in lists[1:]:
        pairs = (_both(one, two) for one in found for two in other)
        found = [clause for clause in pairs if clause is not None]
    return found


def _both(one: Clause, two: Clause) -> Clause | None:
    """What two rules both speak of; None where that is nothing."""
    if "-1" not in (one.protocol, two.protocol) and one.protocol != two.protocol:
        return None
    protocol = two.protocol if one.protocol == "-1" else one.protocol
    ports = [(max(a[0], b[0]), min(a[1], b[1])) for a in one.ports for b in two.ports]
    ports = [pair for pair in ports if pair[0] <= pair[1]]
    networks = list(dict.fromkeys(part for a in one.networks for b in two.networks for part in _overlap(a, b)))
    if not ports or not networks:
        return None
    return Clause(protocol, tuple(ports), tuple(networks), one.allow and two.allow)


def _overlap(one: Range, two: Range) -> Iterable[Range]:
    if one.version != two.version or not one.overlaps(two):
        return ()
    return (one if one.prefixlen >= two.prefixlen else two,)
