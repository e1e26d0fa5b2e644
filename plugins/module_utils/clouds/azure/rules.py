# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between our rules and those of a network security group. Pure.

Each of ours is one of Azure's, whose name is made of what it opens: so a rule is found again, and keeps its priority.
Behind them stands a denial, because Azure by itself lets everything pass between the VMs of a network (its default rule
AllowVnetInBound), which no other cloud does for a firewall without openings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...model.error import CloudError
from ...model.firewall import Rule
from .options import last_name

PREFIX = "aienv-"
# Azure has one protocol for both kinds of ICMP; the source tells which.
PROTOCOLS = {"all": "*", "tcp": "Tcp", "udp": "Udp", "icmp": "Icmp", "icmpv6": "Icmp"}
FROM_AZURE = {"*": "all", "tcp": "tcp", "udp": "udp", "icmp": "icmp"}
# https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview (read 2026-11)
FIRST_PRIORITY, LAST_PRIORITY = 100, 4096
OUR_FIRST = 1000  # leaves room before ours for what people put there by hand
LAST_FIRST = range(LAST_PRIORITY, FIRST_PRIORITY - 1, -1)
ANY = "*"
NEIGHBOURS = "VirtualNetwork"  # Azure's word for the network and what is connected to it
DENIAL = f"{PREFIX}deny-network"

Listed = Mapping[str, Any]


def rule_name(rule: Rule) -> str:
    return PREFIX + hashlib.sha256(repr(rule.identity).encode()).hexdigest()[:16]


def observed(raw_rules: Sequence[Listed]) -> frozenset[Rule]:
    """What is open. Without the denial the whole network is, which shows as a rule that nobody asked for.

    A rule that only bears the denial's name counts as what it is.
    """
    others = [raw for raw in raw_rules if not _denies(raw)]
    found = set(rules_of(others))
    if len(others) == len(raw_rules):
        found.add(Rule("all", -1, -1, NEIGHBOURS))
    return frozenset(found)


def _denies(raw: Listed) -> bool:
    """Whether it is our denial, and does what it was made for, wherever it stands in the list."""
    properties = raw.get("properties", {})
    wanted = _denial(properties.get("priority", LAST_PRIORITY))
    aimed = (word for word in wanted if word not in ("priority", "description"))
    return raw["name"] == DENIAL and all(properties.get(word) == wanted[word] for word in aimed)


def rules_of(raw_rules: Iterable[Listed]) -> Iterator[Rule]:
    """What lets traffic in; one of Azure's rules may stand for many of ours.

    What we would not write ourselves (a denial, a rule for one destination) is told by its protocol, so that it is seen.
    """
    for raw in raw_rules:
        properties = raw.get("properties", {})
        if properties.get("direction") != "Inbound":
            continue
        for ports in _ports(properties):
            for source in _sources(properties):
                yield Rule(_protocol(properties, source), *ports, source, properties.get("description", ""))


def _protocol(properties: Listed, source: str) -> str:
    word = str(properties.get("protocol", ANY)).lower()
    protocol = FROM_AZURE.get(word, word)
    if protocol == "icmp" and ":" in source:
        protocol = "icmpv6"
    narrow = _all(properties, "destinationAddressPrefix") + _all(properties, "sourcePortRange")
    aimed = any(one != ANY for one in narrow) or properties.get("destinationApplicationSecurityGroups")
    return ("deny " if properties.get("access") != "Allow" else "") + protocol + (" to some" if aimed else "")


def _all(properties: Listed, word: str) -> list[str]:
    """Azure has a member for one value and one for several."""
    several = properties.get(f"{word}es" if word.endswith("x") else f"{word}s") or ()
    one = properties.get(word)
    return [*([one] if one else []), *several]


def _ports(properties: Listed) -> Iterator[tuple[int, int]]:
    protocol = FROM_AZURE.get(str(properties.get("protocol", ANY)).lower())
    for text in _all(properties, "destinationPortRange") or [ANY]:
        if text == ANY:
            yield (0, 65535) if protocol in ("tcp", "udp") else (-1, -1)
        else:
            low, _dash, high = text.partition("-")
            yield int(low), int(high or low)


def _sources(properties: Listed) -> list[str]:
    groups = [last_name(group["id"]) for group in properties.get("sourceApplicationSecurityGroups") or ()]
    return groups + [_prefix(text) for text in _all(properties, "sourceAddressPrefix")]


def _prefix(text: str) -> str:
    """One address is a range of its own, as we write it; service tags and * stay."""
    if "/" in text or not any(letter.isdigit() for letter in text):
        return text
    return f"{text}/128" if ":" in text else f"{text}/32"


def to_rules(
    wanted: Iterable[Rule], there: Sequence[Listed], exact: bool, group_id: Callable[[str], str]
) -> list[dict[str, Any]]:
    """All rules of the group as they shall be: ours, those that stay, and whatever goes out.

    Without `exact` the rules of others stay; one that opens the same as a wanted one gives way to it.
    """
    rules = sorted(wanted)
    identities = {rule.identity for rule in rules}
    kept = [raw for raw in there if _stays(raw, identities, exact)]
    priorities = {raw["name"]: raw["properties"]["priority"] for raw in there if raw["properties"].get("priority")}
    taken = {raw["properties"].get("priority") for raw in kept if raw["properties"].get("direction") == "Inbound"}
    made = []
    for rule in rules:
        name = rule_name(rule)
        priority = priorities.get(name)
        if priority is None or priority in taken:
            priority = _free(taken | set(priorities.values()))
        taken.add(priority)
        made.append({"name": name, "properties": _properties(rule, priority, group_id)})
    made.append({"name": DENIAL, "properties": _denial(next(p for p in LAST_FIRST if p not in taken))})
    return made + [{"name": raw["name"], "properties": _writable(raw["properties"])} for raw in kept]


def _stays(raw: Listed, wanted: set[tuple[str, int, int, str]], exact: bool) -> bool:
    if raw["name"] == DENIAL:  # also one that was turned into something else: the new one takes its name
        return False
    if raw.get("properties", {}).get("direction") != "Inbound":
        return True
    return not exact and not all(rule.identity in wanted for rule in rules_of([raw]))


def _free(taken: set[int | None]) -> int:
    for priority in (*range(OUR_FIRST, LAST_PRIORITY), *range(FIRST_PRIORITY, OUR_FIRST)):
        if priority not in taken:
            return priority
    raise CloudError("quota_exceeded", "a security group has no room for so many rules", "azure")


def _denial(priority: int) -> dict[str, Any]:
    return {
        "priority": priority,
        "direction": "Inbound",
        "access": "Deny",
        "protocol": ANY,
        "sourcePortRange": ANY,
        "sourceAddressPrefix": NEIGHBOURS,
        "destinationAddressPrefix": ANY,
        "destinationPortRange": ANY,
        "description": "Only what the rules before this one let in",
    }


def _properties(rule: Rule, priority: int, group_id: Callable[[str], str]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "priority": priority,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": PROTOCOLS.get(rule.protocol, rule.protocol),
        "sourcePortRange": ANY,
        "destinationAddressPrefix": ANY,
        "destinationPortRange": _port_text(rule),
    }
    if "/" in rule.source or rule.source == ANY:
        properties["sourceAddressPrefix"] = rule.source
    else:
        properties["sourceApplicationSecurityGroups"] = [{"id": group_id(rule.source)}]
    if rule.description:
        properties["description"] = rule.description
    return properties


def _port_text(rule: Rule) -> str:
    if rule.first_port == -1:
        return ANY
    return str(rule.first_port) if rule.first_port == rule.last_port else f"{rule.first_port}-{rule.last_port}"


def _writable(properties: Listed) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "provisioningState"}
