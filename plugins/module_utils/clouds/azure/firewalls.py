# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of firewalls: a network security group, and an application security group by which rules name its VMs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.firewall import FirewallState, RuleSet, diff_view, firewall_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import operations, tags
from .errors import AzureError
from .options import AzureFirewallOptions, last_name
from .rules import observed, to_rules
from .session import AzureSession, connect

PATIENCE = 300.0  # seconds that Azure may take for one of these; they are quick as a rule


class FirewallStore:
    """One firewall. The group's whole list is looked at, because rules may name other firewalls."""

    def __init__(self, session: AzureSession, options: AzureFirewallOptions) -> None:
        self.session, self.options = session, options
        self._raw: dict[str, Mapping[str, Any]] = {}

    @classmethod
    def connect(cls, options: AzureFirewallOptions) -> FirewallStore:
        return cls(connect(options), options)

    def list(self, selector: Selector) -> Sequence[FirewallState]:
        """The firewall, or one of somebody else that has its name and would be in the way."""
        found = [raw for raw in self._listed() if raw["name"].lower() == selector.name]
        if not found and self.options.state == "absent":
            found = self._halves(selector.name)
        states = [from_api(raw) for raw in found]
        ours = [one for one in states if one.owned and one.network == self.options.network]
        return ours or [one for one in states if not one.owned and self.options.state == "present"]

    def _halves(self, name: str) -> Sequence[Mapping[str, Any]]:
        """What a run that broke off left of the firewall: the application security group without the other one."""
        partner = self._partner(name)
        ours = partner is not None and _is_partner(partner)
        return [{**partner, "id": self.session.id_of(operations.NSG, name)}] if partner and ours else ()

    def _listed(self) -> Iterable[Mapping[str, Any]]:
        listed = self._all("NetworkSecurityGroups_List", operations.NSG)
        self._raw = {raw["id"].lower(): raw for raw in listed}
        return listed

    def _all(self, operation: str, kind: str) -> Sequence[Mapping[str, Any]]:
        """All of the resource group; none where there is no such group."""
        try:
            return list(self.session.pages(operation, self.session.id_of(kind)))
        except AzureError as error:
            if error.azure_code != "ResourceGroupNotFound":
                raise
            return ()

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        if not self.options.location:
            raise InvalidOption(
                "location", None, "a firewall is made in a location such as eastus; see: az account list-locations"
            )
        return wanted

    # create

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made: list[FirewallState] = []
        try:
            made.extend(self._create(spec) for spec in specs)
        except CloudError as error:
            return Outcome(tuple(made), error)
        return Outcome(tuple(made))

    def _create(self, spec: Spec) -> FirewallState:
        options = spec.options
        rules = options.rules or RuleSet((), exact=False)
        self._verify_sources(rules, spec.name)
        is_new = self._verify_free(spec.name)
        own = tags.merged(options.labels, {tags.FIREWALL: spec.name, mark.NETWORK: options.network})
        asg_id = self._asg_id(spec.name)
        asg = self.session.call(
            "ApplicationSecurityGroups_CreateOrUpdate",
            asg_id,
            {"location": options.location, "tags": own, "properties": {}},
        )
        body = {
            "location": options.location,
            "tags": tags.merged(own, {tags.DESCRIPTION: options.description}),
            "properties": {"securityRules": to_rules(rules, (), True, self._asg_id)},
        }
        try:
            self.session.done([asg], PATIENCE)
            nsg_id = self.session.id_of(operations.NSG, spec.name)
            answer = self.session.call("NetworkSecurityGroups_CreateOrUpdate", nsg_id, body)
            self.session.done([answer], PATIENCE)
        except CloudError as error:
            if is_new and error.code != "timed_out":  # then Azure may still be at it, and the same task goes on
                self._take_back(spec.name, error)
            raise
        return from_api({**body, **answer.body})

    def _take_back(self, name: str, error: CloudError) -> None:
        """Delete what this run made of a firewall that could not be made."""
        try:
            if any(raw["name"].lower() == name for raw in self._listed()):
                self.session.gone("NetworkSecurityGroups_Delete", self.session.id_of(operations.NSG, name), PATIENCE)
            self.session.gone("ApplicationSecurityGroups_Delete", self._asg_id(name), PATIENCE)
        except CloudError as failed:
            error.detail += f"; what was half made could not be deleted again: {failed}"

    def _verify_free(self, name: str) -> bool:
        """Whether nothing of it is there. A PUT would take over what somebody else made: raises CloudError `ambiguous`."""
        self._verify_free_group(name)
        partner = self._partner(name)
        if partner is not None and not _is_partner(partner):
            detail = f"an application security group '{name}' exists there but was not made by this collection; it is not touched"
            raise CloudError("ambiguous", detail, "azure", "ApplicationSecurityGroups_CreateOrUpdate", name)
        return partner is None

    def _partner(self, name: str) -> Mapping[str, Any] | None:
        """The application security group of that name, whoever made it."""
        listed = self._all("ApplicationSecurityGroups_List", operations.ASG)
        return next((one for one in listed if one["name"].lower() == name.lower()), None)

    def _verify_free_group(self, name: str) -> None:
        try:
            raw = self.session.call("NetworkSecurityGroups_Get", self.session.id_of(operations.NSG, name)).body
        except AzureError as error:
            if error.code != "not_found" or error.azure_code == "ResourceGroupNotFound":
                raise
            return
        found = from_api(raw)
        if found.owned and found.network != self.options.network:
            detail = f"firewall '{name}' was made with network: {found.network}; name the network in the same way, or the firewall otherwise"
            raise CloudError("ambiguous", detail, "azure", resource=found.id)
        if not found.owned:
            detail = f"a security group '{name}' exists there but was not made by this collection; it is not touched"
            raise CloudError("ambiguous", detail, "azure", "NetworkSecurityGroups_CreateOrUpdate", name)

    def _asg_id(self, name: str) -> str:
        return self.session.id_of(operations.ASG, name)

    def _verify_sources(self, rules: Iterable[Any], own_name: str) -> None:
        """Firewalls that rules name must be there, before anything is made."""
        named = {rule.source for rule in rules if "/" not in rule.source and rule.source != "*"} - {own_name}
        if not named:
            return
        listed = self.session.pages("ApplicationSecurityGroups_List", self.session.id_of(operations.ASG))
        there = {raw["name"] for raw in listed}
        missing = sorted(named - there)
        if missing:
            detail = f"firewall '{missing[0]}', a source in rules, does not exist in {self.session.group}; there are: {', '.join(sorted(there)) or 'none'}"
            raise CloudError("not_found", detail, "azure", "ApplicationSecurityGroups_List")

    # change

    def change(self, changes: Sequence[tuple[FirewallState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                self._change(state, wanted)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def _change(self, state: FirewallState, wanted: Mapping[str, Any]) -> None:
        """All rules at once, so that traffic which both sets allow is never interrupted."""
        raw = self._raw.get(state.id.lower()) or self.session.call("NetworkSecurityGroups_Get", state.id).body
        merged = tags.merged(raw.get("tags"), wanted.get("labels") or {})
        if "rules" not in wanted:
            answer = self.session.call("NetworkSecurityGroups_UpdateTags", state.id, {"tags": merged})
            return self.session.done([answer], PATIENCE)
        self._verify_sources(wanted["rules"], state.name)
        properties = raw.get("properties", {})
        rules = to_rules(wanted["rules"], properties.get("securityRules") or (), wanted["rules"].exact, self._asg_id)
        kept = {"flushConnection": properties["flushConnection"]} if "flushConnection" in properties else {}
        body = {"location": raw["location"], "tags": merged, "properties": {**kept, "securityRules": rules}}
        headers = {"If-Match": raw["etag"]} if raw.get("etag") else {}
        answer = self.session.call("NetworkSecurityGroups_CreateOrUpdate", state.id, body, headers=headers)
        return self.session.done([answer], PATIENCE)

    # delete

    def delete(self, states: Sequence[FirewallState]) -> Outcome:
        try:
            for state in states:
                self._refuse_in_use(state)
                partner = self._partner(state.name)
                self.session.gone("NetworkSecurityGroups_Delete", state.id, PATIENCE)
                if partner is not None and _is_partner(partner):
                    self.session.gone("ApplicationSecurityGroups_Delete", partner["id"], PATIENCE)
        except CloudError as error:
            if error.code == "in_use":
                error.detail = f"firewall '{states[0].name}' is still used by a VM or named in another firewall's rules; {error.detail}"
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _refuse_in_use(self, state: FirewallState) -> None:
        """Before the first half of it goes: users of the security group, and rules that name its VMs."""
        asg_id = self._asg_id(state.name).lower()
        for raw in self._listed():
            properties = raw.get("properties", {})
            if raw["id"].lower() == state.id.lower():
                users = [*(properties.get("networkInterfaces") or ()), *(properties.get("subnets") or ())]
                if users:
                    names = ", ".join(sorted(last_name(user["id"]) for user in users))
                    raise CloudError("in_use", f"it is attached to {names}", "azure", "NetworkSecurityGroups_Delete")
            elif asg_id in _named_groups(properties.get("securityRules") or ()):
                raise CloudError(
                    "in_use", f"a rule of {raw['name']} names it", "azure", "ApplicationSecurityGroups_Delete"
                )


def _is_partner(group: Mapping[str, Any]) -> bool:
    return bool((group.get("tags") or {}).get(tags.FIREWALL) == group["name"])


def _named_groups(rules: Iterable[Mapping[str, Any]]) -> set[str]:
    return {
        group["id"].lower()
        for rule in rules
        for end in ("source", "destination")
        for group in rule.get("properties", {}).get(f"{end}ApplicationSecurityGroups") or ()
    }


def from_api(raw: Mapping[str, Any]) -> FirewallState:
    """One network security group."""
    tagged = raw.get("tags") or {}
    name = raw["name"]
    return FirewallState(
        id=raw["id"],
        name=name,
        cloud="azure",
        region=raw.get("location", ""),
        network=tagged.get(mark.NETWORK),
        rules=observed(raw.get("properties", {}).get("securityRules") or ()),
        labels=tags.labels_of(tagged),
        description=tagged.get(tags.DESCRIPTION) or f"Firewall {name}, managed by aienv.cloud",
        owned=tagged.get(tags.FIREWALL) == name,
    )


RESOURCE = Resource("firewalls", AzureFirewallOptions, FirewallStore.connect, firewall_result, diff_view)
