# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of firewalls: VPC firewall rules that target one network tag.

A firewall is an anchor and its openings. The anchor denies everything else to the tag, at a priority that beats the rules of
Google's default network (SSH and RDP from anywhere); it exists also where nothing is open, and holds what belongs to the
firewall as a whole. An opening is one rule per set of sources, named by them, with all protocols and ports that these may use.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...model.error import CloudError, InvalidOption
from ...model.firewall import FirewallState, Rule, RuleSet, diff_view, firewall_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import labels
from .options import GLOBAL_NETWORK, GcpFirewallOptions
from .session import GcpSession, connect, last
from .site import DEFAULT, project_firewalls
from .vms import instances

OPEN = 1000
# Before the default network's own rules, which have 65534 as well: at the same priority a denial wins.
# https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules (read 2026-11)
CLOSED = 65534
DENIAL: dict[str, Any] = {
    "priority": CLOSED,
    "denied": [{"IPProtocol": "all"}],
    "sourceRanges": ["0.0.0.0/0"],
}
# What a firewall lets in whose denial was disabled or changed: all that any rule of the network does.
UNDENIED = Rule("all", -1, -1, "0.0.0.0/0", "its denial was disabled or changed")
# Google knows ICMPv6 by its number only: https://cloud.google.com/firewall/docs/firewalls#protocols_and_ports (read 2026-11)
PROTOCOLS = {"icmpv6": "58"}
FROM_GCP = {"58": "icmpv6", "6": "tcp", "17": "udp", "1": "icmp"}
MOST_DESCRIPTION = 2048
USERS = "name,zone,status,tags/items,networkInterfaces/network"


class FirewallStore:
    """One firewall. All rules of the project are listed in one call, because rules may name other firewalls."""

    def __init__(self, session: GcpSession, options: GcpFirewallOptions) -> None:
        self.session, self.options = session, options
        self._rules: list[dict[str, Any]] | None = None

    @classmethod
    def connect(cls, options: GcpFirewallOptions) -> FirewallStore:
        session = connect(options, regional=False)
        path = GLOBAL_NETWORK.fullmatch(options.network or "")
        if path and path[1] != session.project:
            said = f"its rules belong to its own project; set project: {path[1]}"
            raise InvalidOption("network", options.network, said)
        return cls(session, options)

    @property
    def _network(self) -> str:
        return labels.last_name(self.options.network or DEFAULT)

    def _known(self) -> list[dict[str, Any]]:
        """The rules as they were listed last."""
        if self._rules is None:
            self._rules = project_firewalls(self.session)
        return self._rules

    def list(self, selector: Selector) -> Sequence[FirewallState]:
        self._rules = project_firewalls(self.session)
        parts = self._parts(selector.name)
        return [self._state(selector.name, parts)] if any(is_own(part) for part in parts) else []

    def _parts(self, name: str) -> list[dict[str, Any]]:
        """The rules that let something in to the firewall's tag, whoever made them, and its anchor."""
        tag = labels.tag_of(name)
        return [
            rule
            for rule in self._known()
            if tag in (rule.get("targetTags") or ())
            and last(rule.get("network")) == self._network
            and rule.get("direction", "INGRESS") == "INGRESS"
            and (rule.get("allowed") or is_anchor(rule))
        ]

    def _state(self, name: str, parts: Sequence[Mapping[str, Any]]) -> FirewallState:
        anchor = next((part for part in parts if is_anchor(part)), None)
        notes = labels.notes_of((anchor or {}).get("description"))
        if anchor is None:
            rules: frozenset[Rule] = frozenset()  # it counts as closed: the next run then makes it whole
        elif not closes(anchor):
            rules = frozenset({UNDENIED})
        else:
            counted = (part for part in parts if not is_own(part) or int(part.get("priority", OPEN)) == OPEN)
            rules = frozenset(rule for part in counted for rule in rules_of(part))
        return FirewallState(
            id=str((anchor or parts[0])["id"]),
            name=name,
            cloud="gcp",
            region=self.session.region,
            network=self.options.network,
            rules=rules,
            labels=notes.get("labels", {}),
            description=notes.get("description", ""),
        )

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made = []
        try:
            for spec in specs:
                wanted = spec.options.rules or RuleSet((), exact=False)
                self._check_sources(spec.name, wanted)
                made.append(self._anchor(spec))
                self._set_rules(spec.name, wanted)
        except CloudError as error:
            return Outcome(tuple(made), error)
        return Outcome(tuple(made))

    def _anchor(self, spec: Spec) -> FirewallState:
        body = anchor_body(spec.name, self._network, spec.options, self.session.project)
        try:
            operation = self.session.done("firewalls.insert", body)
        except CloudError as error:
            if error.code == "not_found":
                error.detail = f"there is no network '{self._network}' in the project {self.session.project}; make it with gcp_network"
            if error.code != "ambiguous":
                raise
            detail = f"a firewall rule '{body['name']}' exists but was not made by this collection; it is not touched"
            raise CloudError("ambiguous", detail, "gcp", error.operation, body["name"]) from error
        raw = {**body, "id": operation.get("targetId", ""), "network": body["network"]}
        self._known().append(raw)
        return self._state(spec.name, [raw])

    def change(self, changes: Sequence[tuple[FirewallState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                if wanted.get("labels"):
                    self._label(state, wanted["labels"])
                if "rules" in wanted:
                    self._check_sources(state.name, wanted["rules"])
                    self._restore(state)
                    self._set_rules(state.name, wanted["rules"])
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def _label(self, state: FirewallState, new: Mapping[str, str]) -> None:
        for part in self._parts(state.name):
            if is_anchor(part):
                notes = labels.notes_of(part["description"])
                text = labels.marked(**{**notes, "labels": {**notes.get("labels", {}), **new}})
                self.session.done("firewalls.patch", {"description": text}, firewall=part["name"])

    def _restore(self, state: FirewallState) -> None:
        """Make the anchor again if somebody has deleted it, and whole if somebody has changed it."""
        anchor = next((part for part in self._parts(state.name) if is_anchor(part)), None)
        if anchor is None:
            self._anchor(Spec(None, state.name, self.options))
        elif not closes(anchor):
            self.session.done("firewalls.patch", {"disabled": False, **DENIAL}, firewall=anchor["name"])

    def _check_sources(self, name: str, wanted: Iterable[Rule]) -> None:
        """A tag that no firewall stands for would be accepted in silence."""
        notes = [labels.notes_of(rule.get("description")) for rule in self._known()]
        there = {n["firewall"] for n in notes if "firewall" in n and n.get("network") == self._network} | {name}
        for rule in wanted:
            if "/" not in rule.source and rule.source not in there:
                known = ", ".join(sorted(there - {name})) or "none"
                detail = (
                    f"firewall '{rule.source}', a source in rules, does not exist in this network; there are: {known}"
                )
                raise CloudError("not_found", detail, "gcp")

    def _set_rules(self, name: str, wanted: RuleSet) -> None:
        """New ones first, so that traffic which both sets allow is never interrupted."""
        openings = [part for part in self._parts(name) if not is_anchor(part)]
        own = {part["name"]: part for part in openings if is_own(part)}
        others = [part for part in openings if not is_own(part)]
        target = set(wanted) if wanted.exact else joined(wanted, own.values(), others)
        bodies = {body["name"]: body for body in to_bodies(name, self._network, target, self.session.project)}
        fresh = [partial(self.session.done, "firewalls.insert", b) for n, b in bodies.items() if n not in own]
        fresh += [
            partial(self.session.done, "firewalls.patch", body, firewall=body["name"])
            for n, body in bodies.items()
            if n in own and not same_rule(own[n], body)
        ]
        old = [part for n, part in own.items() if n not in bodies] + (others if wanted.exact else [])
        self.session.together(fresh)
        self.session.together(partial(self._take_away, part, name) for part in old)

    def _take_away(self, part: Mapping[str, Any], name: str) -> None:
        """A rule that somebody made for other tags as well loses ours alone."""
        tags = [tag for tag in part["targetTags"] if tag != labels.tag_of(name)]
        try:
            if tags:
                self.session.done("firewalls.patch", {"targetTags": tags}, firewall=part["name"])
            else:
                self.session.done("firewalls.delete", firewall=part["name"])
        except CloudError as error:
            if error.code != "not_found":
                raise

    def delete(self, states: Sequence[FirewallState]) -> Outcome:
        """What somebody else made for the tag stays. The anchor goes last: by it a run that breaks off leaves something to be found."""
        try:
            for state in states:
                self._refuse_in_use(state.name)
                parts = [part for part in self._parts(state.name) if is_anchor(part) or is_own(part)]
                openings = [partial(self._take_away, part, state.name) for part in parts if not is_anchor(part)]
                self.session.together(openings)
                self.session.together(partial(self._take_away, p, state.name) for p in parts if is_anchor(p))
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _refuse_in_use(self, name: str) -> None:
        """Google would take the rules from under the VMs without a word."""
        tag = labels.tag_of(name)
        referring = [
            str(labels.notes_of(rule.get("description")).get("firewall", rule["name"]))
            for rule in self._known()
            if tag in (rule.get("sourceTags") or ()) and tag not in (rule.get("targetTags") or ())
        ]
        using = [
            vm["name"]
            for vm in instances(self.session, "", USERS)
            if tag in ((vm.get("tags") or {}).get("items") or ())
            and any(last(nic.get("network")) == self._network for nic in vm.get("networkInterfaces") or ())
        ]
        if referring or using:
            who = ", ".join(sorted({*referring, *using}))
            detail = f"firewall '{name}' is still used by a VM or named in another firewall's rules: {who}"
            raise CloudError("in_use", detail, "gcp", "firewalls.delete", name)


def is_own(rule: Mapping[str, Any]) -> bool:
    return "firewall" in labels.notes_of(rule.get("description"))


def is_anchor(rule: Mapping[str, Any]) -> bool:
    return is_own(rule) and bool(rule.get("denied"))


def closes(anchor: Mapping[str, Any]) -> bool:
    """Whether it still denies all that nothing opens."""
    return not anchor.get("disabled") and all(anchor.get(key) == value for key, value in DENIAL.items())


def _name(firewall: str, *words: str) -> str:
    return f"{labels.tag_of(firewall)}-{hashlib.sha256(' '.join(words).encode()).hexdigest()[:8]}"


def _common(firewall: str, network: str, project: str) -> dict[str, Any]:
    return {
        "network": f"projects/{project}/global/networks/{network}",
        "direction": "INGRESS",
        "targetTags": [labels.tag_of(firewall)],
        "disabled": False,
    }


def anchor_body(name: str, network: str, options: Any, project: str) -> dict[str, Any]:
    about = options.description or f"Firewall {name}, managed by aienv.cloud"
    return {
        **_common(name, network, project),
        "name": _name(name, network),
        "description": labels.marked(firewall=name, network=network, labels=options.labels or {}, description=about),
        **DENIAL,
    }


def to_bodies(name: str, network: str, rules: Iterable[Rule], project: str) -> Iterator[dict[str, Any]]:
    """One rule per set of sources. IPv4, IPv6 and tags are kept apart: Google takes no rule with both kinds of addresses."""
    sources: dict[tuple[str, Rule], set[str]] = defaultdict(set)
    for rule in rules:
        opening = Rule(rule.protocol, rule.first_port, rule.last_port, "", rule.description)
        sources[_kind(rule.source), opening].add(rule.source)
    shared: dict[tuple[str, frozenset[str]], list[Rule]] = defaultdict(list)
    for (kind, opening), names in sources.items():
        shared[kind, frozenset(names)].append(opening)
    for (kind, names), openings in shared.items():
        where = sorted(names) if kind != "tag" else sorted(labels.tag_of(source) for source in names)
        about = {_key(o): o.description for o in sorted(openings) if o.description}
        description = labels.marked(firewall=name, network=network, about=about)
        if len(description) > MOST_DESCRIPTION:
            raise InvalidOption(
                "rules.description",
                name,
                f"together at most {MOST_DESCRIPTION} characters are kept for one set of sources",
            )
        yield {
            **_common(name, network, project),
            "name": _name(name, network, kind, *where),
            "description": description,
            "priority": OPEN,
            "allowed": to_allowed(openings),
            "sourceTags" if kind == "tag" else "sourceRanges": where,
        }


def _kind(source: str) -> str:
    return "tag" if "/" not in source else "v6" if ":" in source else "v4"


def _key(rule: Rule) -> str:
    return f"{rule.protocol}:{rule.first_port}-{rule.last_port}"


def to_allowed(openings: Iterable[Rule]) -> list[dict[str, Any]]:
    """Protocols with their ports, as Google shows them."""
    ports: dict[str, list[str]] = defaultdict(list)
    for rule in sorted(openings):
        known = ports[PROTOCOLS.get(rule.protocol, rule.protocol)]
        if rule.first_port >= 0:
            low, high = rule.first_port, rule.last_port
            known.append(str(low) if low == high else f"{low}-{high}")
    return [{"IPProtocol": name, **({"ports": some} if some else {})} for name, some in ports.items()]


def rules_of(raw: Mapping[str, Any]) -> Iterator[Rule]:
    """Google groups; we have one rule per protocol, range of ports and source."""
    if raw.get("disabled"):
        return
    about = labels.notes_of(raw.get("description")).get("about", {})
    sources = [*(raw.get("sourceRanges") or ()), *(raw.get("sourceServiceAccounts") or ())]
    sources += [next(iter(labels.firewalls_of([tag])), tag) for tag in raw.get("sourceTags") or ()]
    for allowed in raw.get("allowed") or ():
        protocol = FROM_GCP.get(allowed["IPProtocol"], allowed["IPProtocol"])
        every = ["0-65535"] if protocol in ("tcp", "udp") else [""]
        for text in allowed.get("ports") or every:
            low, _dash, high = text.partition("-")
            first, final = (int(low), int(high or low)) if low else (-1, -1)
            for source in sources or ["0.0.0.0/0"]:
                rule = Rule(protocol, first, final, source)
                yield Rule(protocol, first, final, source, about.get(_key(rule), ""))


def joined(wanted: RuleSet, own: Iterable[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]) -> set[Rule]:
    """Without purge: ours and the new ones, but for what somebody else's rules open already."""
    said = {rule.identity for rule in wanted}
    there = {rule for part in others for rule in rules_of(part)}
    return (set(wanted) - there) | {rule for part in own for rule in rules_of(part) if rule.identity not in said}


def same_rule(raw: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether nothing of ours has to be written."""
    return (
        set(rules_of(raw)) == set(rules_of(body))
        and int(raw.get("priority", OPEN)) == body["priority"]
        and list(raw.get("targetTags") or ()) == body["targetTags"]
    )


RESOURCE = Resource("firewalls", GcpFirewallOptions, FirewallStore.connect, firewall_result, diff_view)
