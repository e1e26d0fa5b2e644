"""A cloud's firewall as nftables rules: one pure function."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TABLE = "inet aienv_sandbox"

#: Where the machine's boot unit finds the rules (image/files/etc/systemd/system/aienv-firewall.service).
PATH = "/var/lib/aienv-sandbox/firewall.nft"

#: Before the guest's own tables (0), and a verdict of "drop" there still holds: an accept here ends only this chain.
PRIORITY = -10

_ICMP = {"icmp": "icmp", "1": "icmp", "icmpv6": "icmpv6", "58": "icmpv6"}
_PORTS = {"tcp": "tcp", "6": "tcp", "udp": "udp", "17": "udp"}


@dataclass(frozen=True)
class Rule:
    """One rule. ``protocol`` is EC2's word ("-1" is all); for ICMP the ports are type and code, -1 is any.

    It speaks of the peers in ``networks`` and of the members of ``groups``. One that does not ``allow`` drops what
    the rules behind it would let pass.
    """

    protocol: str
    first: int | None
    last: int | None
    networks: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    allow: bool = True


@dataclass(frozen=True)
class Group:
    """Rules under one name, in the order in which they are tried: an AWS security group, a GCP rule, an Azure NSG.

    The groups of a machine are tried in the order of their ids.
    """

    id: str
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


def ruleset(groups: Iterable[Group], members: Mapping[str, Iterable[str]]) -> str:
    """The rules of a machine that is in ``groups``, as an nftables file that replaces our table in one step.

    ``members`` maps a group's id to the private addresses of the machines in it. Everything that no rule allows is
    dropped. As on the cloud, replies to what was allowed pass, the machine reaches itself, and name resolution and
    neighbour discovery are not filtered.
    """
    chosen = sorted(groups, key=lambda group: group.id)
    inward = [line for group in chosen for rule in group.ingress for line in _lines(rule, "saddr", members)]
    outward = [line for group in chosen for rule in group.egress for line in _lines(rule, "daddr", members)]
    resolver = ["udp dport 53 accept", "tcp dport 53 accept"]
    return "\n".join(
        [
            f"table {TABLE}",
            f"delete table {TABLE}",
            f"table {TABLE} {{",
            *_chain("input", 'iif "lo" accept', inward),
            *_chain("output", 'oif "lo" accept', [*resolver, *outward]),
            "}",
            "",
        ]
    )


def _chain(hook: str, loopback: str, rules: list[str]) -> list[str]:
    body = [
        f"type filter hook {hook} priority {PRIORITY}; policy drop;",
        loopback,
        "ct state established,related accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert } accept",
        *dict.fromkeys(rules),
    ]
    return [f"  chain {hook} {{", *(f"    {line}" for line in body), "  }"]


def _lines(rule: Rule, side: str, members: Mapping[str, Iterable[str]]) -> list[str]:
    match = _match(rule)
    if match is None:
        return []
    networks = [*rule.networks, *(address for group in rule.groups for address in members.get(group, ()))]
    verdict = "accept" if rule.allow else "drop"
    return [f"{peers}{match}{verdict}" for peers in _peers(networks, side)]


def _peers(networks: Iterable[str], side: str) -> list[str]:
    """Match expressions for a set of networks: one per address family that occurs."""
    parsed = [ipaddress.ip_network(network, strict=False) for network in networks]
    found = []
    v4 = sorted(ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv4Network)))
    v6 = sorted(ipaddress.collapse_addresses(n for n in parsed if isinstance(n, ipaddress.IPv6Network)))
    for word, family, nets in (("ip", "ipv4", v4), ("ip6", "ipv6", v6)):
        if any(net.prefixlen == 0 for net in nets):
            found.append(f"meta nfproto {family} ")
        elif nets:
            found.append(f"{word} {side} {{ {', '.join(map(str, nets))} }} ")
    return found


def _match(rule: Rule) -> str | None:
    """The part of a rule after the addresses; None when it can match nothing."""
    if rule.protocol == "-1":
        return ""
    if rule.protocol in _ICMP:
        return _match_icmp(_ICMP[rule.protocol], rule)
    if rule.protocol in _PORTS:
        word = _PORTS[rule.protocol]
        if rule.first is None or rule.first < 0 or (rule.first, rule.last) == (0, 65535):
            return f"meta l4proto {word} "
        last = rule.first if rule.last is None else rule.last
        return f"{word} dport {rule.first} " if rule.first == last else f"{word} dport {rule.first}-{last} "
    return f"meta l4proto {int(rule.protocol)} " if rule.protocol.isdigit() else None


def _match_icmp(word: str, rule: Rule) -> str:
    if rule.first is None or rule.first < 0:
        return f"meta l4proto {'ipv6-icmp' if word == 'icmpv6' else word} "
    code = "" if rule.last is None or rule.last < 0 else f"{word} code {rule.last} "
    return f"{word} type {rule.first} {code}"
