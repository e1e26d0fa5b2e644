# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of networks: a virtual network with one subnet, and the resource group around it where it was missing."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.network import DEFAULT_CIDR, NetworkState, Subnet, diff_view, network_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import operations, tags
from .errors import AzureError
from .options import AzureNetworkOptions, last_name
from .session import AzureSession, connect

PATIENCE = 300.0  # seconds that Azure may take for one of these; they are quick as a rule
SUBNET = "default"
# What people put into a group beside a network, asked of the services themselves.
LIVE = (
    ("VirtualMachines_List", operations.VM),
    ("Disks_ListByResourceGroup", operations.DISK),
    ("Snapshots_ListByResourceGroup", operations.SNAPSHOT),
    ("NetworkInterfaces_List", operations.NIC),
    ("PublicIPAddresses_List", operations.ADDRESS),
    ("NetworkSecurityGroups_List", operations.NSG),
)


class NetworkStore:
    """One network. Its subnet serves all zones of the location."""

    def __init__(self, session: AzureSession, options: AzureNetworkOptions) -> None:
        self.session, self.options = session, options

    @classmethod
    def connect(cls, options: AzureNetworkOptions) -> NetworkStore:
        return cls(connect(options), options)

    def list(self, selector: Selector) -> Sequence[NetworkState]:
        """The network, or one of somebody else that has its name and would be in the way."""
        vnet_id = self.session.id_of(operations.VNET, selector.name)
        raw = self._there(vnet_id)
        if not raw:
            group = self._empty_group(selector.name) if self.options.state == "absent" else None
            # What a run that broke off left of the network, or others of it who are gone by now.
            return [from_api({**group, "id": vnet_id, "name": selector.name})] if group else ()
        state = from_api(raw)
        return [state] if state.owned or self.options.state == "present" else ()

    def _there(self, vnet_id: str) -> Any:
        try:
            return self.session.call("VirtualNetworks_Get", vnet_id).body
        except AzureError as error:
            if error.code != "not_found" or error.azure_code in ("SubscriptionNotFound", "InvalidSubscriptionId"):
                raise
            return None

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        if not self.options.location:
            raise InvalidOption(
                "location", None, "a network is made in a location such as eastus; see: az account list-locations"
            )
        return wanted

    # create

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made: list[NetworkState] = []
        try:
            made.extend(self._create(spec) for spec in specs)
        except CloudError as error:
            return Outcome(tuple(made), error)
        return Outcome(tuple(made))

    def _create(self, spec: Spec) -> NetworkState:
        is_new = self._make_group()
        try:
            return self._create_in_group(spec)
        except CloudError as error:
            if is_new:
                self._take_back(spec.name, error)
            raise

    def _take_back(self, name: str, error: CloudError) -> None:
        """Delete the group that this run made for a network that could not be made, unless something is in it."""
        try:
            self._delete_group(name)
        except CloudError as failed:
            error.detail += f"; the resource group made for it could not be deleted again: {failed}"

    def _create_in_group(self, spec: Spec) -> NetworkState:
        vnet_id = self.session.id_of(operations.VNET, spec.name)
        there = self._there(vnet_id)
        if there:  # the answer to our own call was lost, or somebody was quicker
            state = from_api(there)
            if not state.owned:
                detail = f"a virtual network '{spec.name}' exists there but was not made by this collection; it is not touched"
                raise CloudError("ambiguous", detail, "azure", "VirtualNetworks_CreateOrUpdate", spec.name)
            return state
        cidr = spec.options.cidr or DEFAULT_CIDR
        body = {
            "location": spec.options.location,
            "tags": tags.merged(spec.options.labels, {mark.NETWORK: spec.name}),
            "properties": {"addressSpace": {"addressPrefixes": [cidr]}, "subnets": [_subnet(cidr, ())]},
        }
        answer = self.session.call("VirtualNetworks_CreateOrUpdate", vnet_id, body)
        self.session.done([answer], PATIENCE)
        return from_api({**body, **answer.body})

    def _make_group(self) -> bool:
        """The resource group, if there is none: ours then, and it goes with the network. Whether it was made."""
        try:
            self.session.call("ResourceGroups_Get", self.session.group_id)
        except CloudError as error:
            if error.code != "not_found" or "Subscription" in error.detail.rsplit("(", maxsplit=1)[-1]:
                raise
            body = {"location": self.options.location, "tags": {mark.NETWORK: self.options.name}}
            self.session.call("ResourceGroups_CreateOrUpdate", self.session.group_id, body)
            return True
        return False

    # change

    def change(self, changes: Sequence[tuple[NetworkState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                if "missing" in wanted:
                    body = _subnet(state.cidr, state.taken)
                    answer = self.session.call("Subnets_CreateOrUpdate", f"{state.id}/subnets/{SUBNET}", _inner(body))
                    self.session.done([answer], PATIENCE)
                if wanted.get("labels"):
                    there = self.session.call("VirtualNetworks_Get", state.id).body.get("tags")
                    merged = {"tags": tags.merged(there, wanted["labels"])}
                    self.session.done([self.session.call("VirtualNetworks_UpdateTags", state.id, merged)], PATIENCE)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    # delete

    def delete(self, states: Sequence[NetworkState]) -> Outcome:
        try:
            for state in states:
                if state.foreign:
                    raise CloudError(
                        "in_use", f"it holds {', '.join(state.foreign)}", "azure", "VirtualNetworks_Delete"
                    )
                self.session.gone("VirtualNetworks_Delete", state.id, PATIENCE)
                self._delete_group(state.name)
        except CloudError as error:
            if error.code == "in_use":
                error.detail = (
                    f"network '{states[0].name}' is still in use: delete its VMs and firewalls first; {error.detail}"
                )
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _delete_group(self, name: str) -> None:
        if self._empty_group(name):
            self.session.gone("ResourceGroups_Delete", self.session.group_id, PATIENCE)

    def _empty_group(self, name: str) -> Mapping[str, Any] | None:
        """The resource group that was made with this network, if it is there and nothing is left in it."""
        try:
            group: Mapping[str, Any] = self.session.call("ResourceGroups_Get", self.session.group_id).body
        except CloudError as error:
            if error.code in ("not_found", "not_authorized"):  # gone, or not ours to see
                return None
            raise
        if (group.get("tags") or {}).get(mark.NETWORK) != name:
            return None
        if group.get("properties", {}).get("provisioningState") == "Deleting":
            return None
        return None if any(True for _one in self._left()) else group

    def _left(self) -> Iterator[Any]:
        """What is in the group. The list of everything lags behind; those of the services do not.

        https://github.com/Azure/azure-rest-api-specs/issues/21221 (read 2026-11)
        """
        yield from self.session.pages("Resources_ListByResourceGroup", self.session.group_id)
        for operation, kind in LIVE:
            yield from self.session.pages(operation, self.session.id_of(kind))


def _subnet(cidr: str, taken: Sequence[str]) -> dict[str, Any]:
    """The first free quarter of the network: the rest is for what people add, such as a gateway."""
    used = [ipaddress.ip_network(one) for one in taken]
    parts = ipaddress.ip_network(cidr).subnets(2)
    free = next((part for part in parts if not any(part.overlaps(other) for other in used)), None)
    if free is None:
        raise CloudError("no_capacity", f"{cidr} has no quarter that is free for the subnet", "azure")
    return {"name": SUBNET, "properties": {"addressPrefix": str(free)}}


def _inner(subnet: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": subnet["properties"]}


def from_api(raw: Mapping[str, Any]) -> NetworkState:
    """One virtual network. Who is in it stands in its subnets."""
    tagged, properties = raw.get("tags") or {}, raw.get("properties", {})
    subnets = properties.get("subnets") or ()
    own = [one for one in subnets if one["name"] == SUBNET]
    users = [
        user["id"].split("/ipConfigurations/")[0]
        for one in own
        for user in one.get("properties", {}).get("ipConfigurations") or ()
    ]
    return NetworkState(
        id=raw["id"],
        name=raw["name"],
        cloud="azure",
        region=raw.get("location", ""),
        cidr=next(iter(properties.get("addressSpace", {}).get("addressPrefixes") or ()), ""),
        # A subnet on Azure lies in the whole location, not in a zone.
        subnets=tuple(Subnet(one.get("id", ""), raw.get("location", ""), _prefix(one)) for one in own),
        taken=tuple(_prefix(one) for one in subnets),
        foreign=tuple(one["name"] for one in subnets if one not in own) + tuple(sorted({last_name(u) for u in users})),
        missing=() if own else ("subnet",),
        labels=tags.labels_of(tagged),
        owned=tagged.get(mark.NETWORK) == raw["name"],
    )


def _prefix(subnet: Mapping[str, Any]) -> str:
    properties = subnet.get("properties", {})
    return str(properties.get("addressPrefix") or next(iter(properties.get("addressPrefixes") or ()), ""))


RESOURCE = Resource("networks", AzureNetworkOptions, NetworkStore.connect, network_result, diff_view)
