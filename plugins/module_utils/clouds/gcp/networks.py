# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of networks: a custom-mode VPC network with one subnetwork per region, which covers all zones of it.

The way to the internet is there from the start: Google makes the default route with the network. A network belongs to all
regions; what is managed here is its part in one region. The network itself goes with the last of its parts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from ...model.error import CloudError
from ...model.network import DEFAULT_CIDR, NetworkState, Subnet, diff_view, network_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import labels
from .options import GcpNetworkOptions
from .session import GcpSession, connect, last
from .site import check_zones, project_firewalls
from .vms import instances

NETWORK_FIELDS = "id,name,description,autoCreateSubnetworks,subnetworks"
SUBNETWORK_FIELDS = "nextPageToken,items(id,name,network,ipCidrRange,description)"
USERS = "name,zone,networkInterfaces/network"


class NetworkStore:
    """One network, made part by part in order and taken down in reverse, from whatever state it is in."""

    def __init__(self, session: GcpSession, options: GcpNetworkOptions) -> None:
        self.session, self.options = session, options

    @classmethod
    def connect(cls, options: GcpNetworkOptions) -> NetworkStore:
        session = connect(options)
        check_zones(session.region, options)
        return cls(session, options)

    def list(self, selector: Selector) -> Sequence[NetworkState]:
        network = self._get(selector.name)
        if network is None:
            return []
        subnetworks = [
            s
            for s in self.session.items("subnetworks.list", maxResults=500, fields=SUBNETWORK_FIELDS)
            if last(s["network"]) == selector.name
        ]
        if network.get("subnetworks") and not subnetworks and is_own(network):
            return []  # it has parts, but none here
        return [from_api(network, subnetworks, self.session.region)]

    def _get(self, name: str) -> dict[str, Any] | None:
        try:
            return self.session.call("networks.get", network=name, fields=NETWORK_FIELDS)
        except CloudError as error:
            if error.code != "not_found":
                raise
            return None

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made = []
        try:
            for spec in specs:
                made.append(self._network(spec))
                self._complete(made[-1])
        except CloudError as error:
            # Listed anew, so that taking it back finds the parts that were made.
            return Outcome(tuple(self.list(Selector(self.options.name))) if made else (), error)
        return Outcome(tuple(made))

    def _network(self, spec: Spec) -> NetworkState:
        """The range is recorded: a run that breaks off leaves behind what the next one has to complete."""
        cidr = spec.options.cidr or DEFAULT_CIDR
        body = {
            "name": spec.name,
            "description": labels.marked(network=spec.name, cidr=cidr, labels=spec.options.labels or {}),
            "autoCreateSubnetworks": False,
            "routingConfig": {"routingMode": "REGIONAL"},
        }
        try:
            self.session.done("networks.insert", body)
        except CloudError as error:
            if error.code != "ambiguous":
                raise
        network = self._get(spec.name) or {**body, "id": ""}
        if not is_own(network):
            detail = f"a network '{spec.name}' exists but was not made by this collection; it is not touched"
            raise CloudError("ambiguous", detail, "gcp", "networks.insert", spec.name)
        return from_api(network, [], self.session.region)

    def _complete(self, network: NetworkState) -> None:
        """Add the region's subnetwork, in the first part of the range that no other region has."""
        if not network.missing:
            return
        cidr = free_part(network.cidr, self._taken(network.name))
        body = {
            "name": network.name,
            "description": labels.marked(network=network.name),
            "network": f"projects/{self.session.project}/global/networks/{network.name}",
            "ipCidrRange": cidr,
            # Google's own services, also for VMs without a public address.
            "privateIpGoogleAccess": True,
        }
        try:
            self.session.done("subnetworks.insert", body)
        except CloudError as error:
            if error.code != "ambiguous":
                raise
            detail = (
                f"a subnetwork '{network.name}' exists in {self.session.region} in another network; it is not touched"
            )
            raise CloudError("ambiguous", detail, "gcp", "subnetworks.insert", network.name) from error

    def _taken(self, name: str) -> list[str]:
        """The ranges of the network in all regions."""
        found = []
        for url in (self._get(name) or {}).get("subnetworks") or ():
            region = url.split("/regions/", 1)[1].split("/", 1)[0]
            fields = SUBNETWORK_FIELDS
            listed = self.session.items("subnetworks.list", region=region, maxResults=500, fields=fields)
            found += [s["ipCidrRange"] for s in listed if last(s["network"]) == name]
        return found

    def change(self, changes: Sequence[tuple[NetworkState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                if "missing" in wanted:
                    self._complete(state)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def delete(self, states: Sequence[NetworkState]) -> Outcome:
        """In reverse order of making; a part that is gone already is no obstacle, one that is in use is."""
        try:
            for state in states:
                self._refuse_in_use(state)
                for subnet in state.subnets:
                    self._gone("subnetworks.delete", subnetwork=last(subnet.id))
                if not (self._get(state.name) or {}).get("subnetworks"):
                    self._gone("networks.delete", network=state.name)
        except CloudError as error:
            if error.code == "in_use":
                error.detail = (
                    f"network '{states[0].name}' is still in use: delete its VMs and firewalls first; {error.detail}"
                )
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _refuse_in_use(self, state: NetworkState) -> None:
        """Before the first part goes: half a network would be no use to those who are in it."""
        rules = [rule["name"] for rule in project_firewalls(self.session) if last(rule["network"]) == state.name]
        vms = [
            vm["name"]
            for vm in instances(self.session, "", USERS)
            if any(last(nic.get("network")) == state.name for nic in vm.get("networkInterfaces") or ())
        ]
        others = [*state.foreign, *sorted(rules), *sorted(vms)]
        if others:
            raise CloudError("in_use", f"it holds {', '.join(others)}", "gcp", "networks.delete")

    def _gone(self, method: str, **params: str) -> None:
        try:
            self.session.done(method, **params)
        except CloudError as error:
            if error.code != "not_found":
                raise


def is_own(raw: Mapping[str, Any]) -> bool:
    return "network" in labels.notes_of(raw.get("description"))


def free_part(cidr: str, taken: Sequence[str]) -> str:
    """A sixteenth of the network, the first free one. Raises CloudError where there is none left."""
    used = [ipaddress.ip_network(other) for other in taken]
    for part in ipaddress.ip_network(cidr).subnets(4):
        if not any(part.overlaps(other) for other in used):
            return str(part)
    raise CloudError("failed", f"{cidr} has no free part left for another region", "gcp", "subnetworks.insert")


def from_api(network: Mapping[str, Any], subnetworks: Sequence[Mapping[str, Any]], region: str) -> NetworkState:
    """One network with its subnetworks of one region."""
    notes = labels.notes_of(network.get("description"))
    own = [s for s in subnetworks if is_own(s)]
    return NetworkState(
        id=str(network["id"]),
        name=network["name"],
        cloud="gcp",
        region=region,
        cidr=notes.get("cidr", ""),
        subnets=tuple(Subnet(s["name"], region, s["ipCidrRange"]) for s in own),
        zones=(region,),
        taken=tuple(s["ipCidrRange"] for s in subnetworks),
        foreign=tuple(s["name"] for s in subnetworks if s not in own),
        missing=() if own else (f"subnetwork in {region}",),
        labels=notes.get("labels", {}),
        owned=is_own(network),
    )


RESOURCE = Resource("networks", GcpNetworkOptions, NetworkStore.connect, network_result, diff_view)
