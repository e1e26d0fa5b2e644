"""The host's own firewall: the rules of the `*_firewall` modules as one table of nftables."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from pathlib import Path
from typing import Any

from aienv_ssh.host import Refused, run, unit_is

TABLE = "inet aienv_host"
RULES = Path("/etc/aienv/host-firewall.nft")
UNIT = "aienv-host-firewall.service"
SERVICE = f"""[Unit]
Description=Firewall of this host
After=nftables.service
Before=network-pre.target
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file {RULES}
ExecReload=/usr/sbin/nft --file {RULES}
ExecStop=/usr/sbin/nft delete table {TABLE}

[Install]
WantedBy=multi-user.target
"""
WORDS = {"service", "protocol", "ports", "sources", "description"}

Rule = dict[str, Any]


def ruleset(rules: list[Rule], ssh_ports: list[int]) -> str:
    """The file that replaces our table in one step. Everything that comes in and that no rule allows is dropped.

    SSH is open to everybody unless a rule names its sources. Raises Refused for a rule that says nothing sensible.
    """
    opened = [line for rule in rules for line in lines(rule, ssh_ports)]
    if not any(rule.get("service") == "ssh" for rule in rules):
        opened = [f"tcp dport {joined([str(port) for port in ssh_ports])} accept", *opened]
    body = [
        "type filter hook input priority filter; policy drop;",
        'iif "lo" accept',
        "ct state established,related accept",
        "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, nd-router-advert } accept",
        # An address is leased by broadcast, which no connection is known of.
        "udp sport 67 udp dport 68 accept",
        "ip6 saddr fe80::/10 udp dport 546 accept",
        *dict.fromkeys(opened),
    ]
    chain = "\n".join(["  chain input {", *(f"    {line}" for line in body), "  }"])
    # By it one sees in the running table whether it is of this file.
    mark = hashlib.sha256(chain.encode()).hexdigest()[:16]
    return f'table {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n  comment "{mark}"\n{chain}\n}}\n'


def lines(rule: Rule, ssh_ports: list[int]) -> list[str]:
    """One line for each address family that the rule's sources are of."""
    match, found = matched(rule, ssh_ports), []
    for word, family, version in (("ip", "ipv4", 4), ("ip6", "ipv6", 6)):
        nets = [net for net in networks(rule) if net.version == version]
        if any(net.prefixlen == 0 for net in nets):
            found.append(f"meta nfproto {family} {match}accept")
        elif nets:
            found.append(f"{word} saddr {joined([str(net) for net in sorted(set(nets), key=str)])} {match}accept")
    return found


def networks(rule: Rule) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    if not rule.get("sources"):
        raise Refused(f"ssh_hardening_firewall_rules: {rule} has no sources")
    try:
        return [ipaddress.ip_network(source) for source in rule["sources"]]
    except ValueError as error:
        raise Refused(
            f"ssh_hardening_firewall_rules: a source has to be a CIDR such as 203.0.113.7/32 ({error})"
        ) from error


def matched(rule: Rule, ssh_ports: list[int]) -> str:
    """The part of a line behind the addresses."""
    service, protocol, ports = (
        rule.get("service"),
        rule.get("protocol"),
        [str(port) for port in rule.get("ports") or []],
    )
    services = {"ssh": [str(port) for port in ssh_ports], "rdp": ["3389"]}
    if set(rule) - WORDS or bool(service) == bool(protocol) or service not in {None, *services}:
        raise Refused(f"ssh_hardening_firewall_rules: {rule} needs either service (ssh, rdp) or protocol, and sources")
    if service:
        protocol, ports = "tcp", services[service]
    if protocol in ("tcp", "udp"):
        if not ports or not all(re.fullmatch(r"\d{1,5}(-\d{1,5})?", port) for port in ports):
            raise Refused(f"ssh_hardening_firewall_rules: {rule} needs ports such as 22 or 8000-8100")
        return f"{protocol} dport {joined(ports)} "
    if protocol not in ("icmp", "icmpv6", "all") or ports:
        raise Refused(f"ssh_hardening_firewall_rules: {rule} has a protocol of another kind, or one without ports")
    return "" if protocol == "all" else f"meta l4proto {protocol.replace('icmpv6', 'ipv6-icmp')} "


def joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else "{ " + ", ".join(parts) + " }"


def admits(rules: list[Rule], address: str) -> bool:
    """Whether the rules of SSH let this address in."""
    own = [rule for rule in rules if rule.get("service") == "ssh"]
    return not own or any(ipaddress.ip_address(address) in net for rule in own for net in networks(rule))


def problems(text: str) -> list[str]:
    """What is wrong with the running firewall, held against the text of its file."""
    loaded = run("nft", "list", "table", *TABLE.split()).stdout
    mark = re.search(r'comment "(\w+)"', text)
    found = [] if mark and mark.group(0) in loaded else [f"the running firewall is not the one of {RULES}"]
    return found if unit_is("enabled", UNIT) else [*found, f"{UNIT} would not start at boot"]
