# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall: a named, complete set of rules for traffic that comes in."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .error import InvalidOption
from .option import option, shown, subset, texts
from .resource import Desired, Key, Policy, Spec

SERVICES = {"ssh": ("tcp", "22"), "rdp": ("tcp", "3389")}
GUARDED_PORTS = {22: "ssh", 3389: "rdp"}
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")  # the narrowest of the clouds: EC2
DESCRIBABLE = "at most 255 of a-z A-Z 0-9 and . _-:/()#,@[]+=&;{}!$* are accepted"


@dataclass(frozen=True, order=True)
class Rule:
    """One opening: a protocol, a range of ports (both -1 where the protocol has none), one source."""

    protocol: str
    first_port: int
    last_port: int
    source: str
    description: str = ""

    @property
    def identity(self) -> tuple[str, int, int, str]:
        return (self.protocol, self.first_port, self.last_port, self.source)


@dataclass(frozen=True)
class RuleOptions:
    """One rule as users write it; it stands for every combination of its ports and sources."""

    service: str | None = option(choices=tuple(SERVICES))
    protocol: str | None = option(choices=("tcp", "udp", "icmp", "icmpv6", "all"))
    ports: tuple[str, ...] = option(type="list", elements="str")
    sources: tuple[str, ...] = option(type="list", elements="str", required=True)
    description: str = option(default="")

    def rules(self) -> list[Rule]:
        """Raises InvalidOption, naming the word within `rules` that is wrong."""
        if bool(self.service) == bool(self.protocol):
            raise InvalidOption("rules", shown(self), "each rule needs either service or protocol")
        if self.service and self.ports:
            raise InvalidOption("rules.ports", list(self.ports), f"service '{self.service}' implies its port")
        if not self.sources:
            raise InvalidOption("rules.sources", [], "at least one CIDR or firewall name is expected")
        if not DESCRIPTION.fullmatch(self.description or ""):
            raise InvalidOption("rules.description", self.description, DESCRIBABLE)
        protocol, port = SERVICES[self.service] if self.service else (str(self.protocol), "")
        ranges = [port_range(text) for text in (self.ports or ((port,) if port else ()))]
        if protocol in ("tcp", "udp") and not ranges:
            raise InvalidOption("rules.ports", [], f"protocol '{protocol}' needs ports such as 22 or 8000-8100")
        if protocol not in ("tcp", "udp") and ranges:
            raise InvalidOption("rules.ports", list(self.ports), f"protocol '{protocol}' has no ports")
        return [
            Rule(protocol, low, high, source_of(source), self.description or "")
            for low, high in ranges or [(-1, -1)]
            for source in self.sources
        ]


def port_range(text: str) -> tuple[int, int]:
    """`22` or `8000-8100`. Raises InvalidOption."""
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(text).strip())
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not 0 <= low <= high <= 65535:
        raise InvalidOption("rules.ports", text, "a port from 0 to 65535 or a range such as 8000-8100 is expected")
    return low, high


def source_of(text: str) -> str:
    """A CIDR in its canonical form, or a firewall's name as it is. Raises InvalidOption."""
    if re.match(r"[\d.]+(/|$)", text) or ":" in text:
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            raise InvalidOption(
                "rules.sources", text, f"a CIDR such as 203.0.113.7/32 is expected ({error})"
            ) from error
    if not NAME.fullmatch(text):
        raise InvalidOption("rules.sources", text, "a CIDR or the name of another firewall is expected")
    return text


class RuleSet(frozenset[Rule]):
    """The wanted rules; `exact` says that there shall be no others."""

    exact: bool

    def __new__(cls, rules: Iterable[Rule], exact: bool) -> RuleSet:
        made = super().__new__(cls, rules)
        made.exact = exact
        return made


def covers(wanted: RuleSet, observed: frozenset[Rule]) -> bool:
    return frozenset(wanted) == observed if wanted.exact else wanted <= observed


@dataclass(frozen=True)
class FirewallOptions:
    """The portable options of `*_firewall`."""

    RESTING_STATE: ClassVar = "available"

    name: str = option(required=True)
    state: str = option(choices=("present", "absent"), default="present")
    network: str | None = option()
    description: str | None = option(effect="create")
    rules: tuple[RuleOptions, ...] | RuleSet | None = option(
        type="list", elements="dict", suboptions=RuleOptions, effect="update", same=covers
    )
    purge: bool = option(type="bool", default=True)
    allow_world: bool = option(type="bool", default=False)
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset)

    policy: ClassVar = Policy(wait_timeout=60)

    def verified(self) -> Self:
        """Check offline and multiply the rules out. Raises InvalidOption."""
        if not NAME.fullmatch(self.name):
            raise InvalidOption(
                "name", self.name, "lower-case letters, digits and hyphens are accepted, beginning with a letter"
            )
        if not DESCRIPTION.fullmatch(self.description or ""):
            raise InvalidOption("description", self.description, DESCRIBABLE)
        checked = dataclasses.replace(self, labels=texts(self.labels))
        if self.rules is None or isinstance(self.rules, RuleSet):
            return checked
        rules = atomic_rules(self.rules)
        if not self.allow_world:
            refuse_world(rules)
        return dataclasses.replace(checked, rules=RuleSet(rules, exact=self.purge))

    def desired(self) -> Desired:
        specs = () if self.state == "absent" else (Spec(None, self.name, self),)
        return Desired(name=self.name, options=self, specs=specs)


def atomic_rules(written: Iterable[RuleOptions]) -> list[Rule]:
    """All rules, one per opening. Two that open the same with different descriptions are a contradiction."""
    found: dict[tuple[str, int, int, str], Rule] = {}
    for rule in (rule for options in written for rule in options.rules()):
        if found.setdefault(rule.identity, rule) != rule:
            raise InvalidOption(
                "rules", list(rule.identity), "the same opening is declared twice with different descriptions"
            )
    return sorted(found.values())


def is_world(source: str) -> bool:
    """Also a half or a quarter of the world: nobody's own addresses are as many as these."""
    if "/" not in source:
        return False
    network = ipaddress.ip_network(source)
    return network.prefixlen < (8 if network.version == 4 else 16)


def refuse_world(rules: Iterable[Rule]) -> None:
    """Raises InvalidOption for a rule that lets the whole world try SSH or RDP."""
    for rule in rules:
        guarded = [port for port in GUARDED_PORTS if rule.first_port <= port <= rule.last_port]
        if is_world(rule.source) and (guarded or rule.protocol == "all"):
            what = ", ".join(f"{GUARDED_PORTS[port]} ({port})" for port in guarded) or "every port"
            raise InvalidOption(
                "rules.sources",
                rule.source,
                f"this opens {what} to the whole world; name your own addresses or set allow_world: true",
            )


@dataclass(frozen=True)
class FirewallState:
    """One observed firewall."""

    id: str
    name: str
    cloud: str
    region: str
    network: str | None
    rules: frozenset[Rule] = frozenset()
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    description: str = ""
    owned: bool = True
    key: Key = None
    state: str = "available"


def firewall_result(firewall: FirewallState) -> dict[str, Any]:
    """The shape in which users see a firewall."""
    seen = ("id", "name", "cloud", "region", "network", "description", "labels", "rules")
    return {name: shown(getattr(firewall, name)) for name in seen}


def diff_view(firewall: FirewallState) -> dict[str, Any]:
    return {"rules": shown(firewall.rules), "labels": firewall.labels}
