# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fleet's VMs go: the addresses behind the words network, firewalls and placement group, each looked up once per run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ...model.error import CloudError, InvalidOption
from . import labels
from .images import login_of
from .launch import Place
from .options import GLOBAL_NETWORK, SUBNETWORK
from .session import GcpSession, last

DEFAULT = "default"  # the network that Google makes in a new project
FIREWALL_FIELDS = (
    "nextPageToken,items(id,name,description,network,direction,priority,disabled,"
    "allowed,denied,sourceRanges,sourceTags,sourceServiceAccounts,targetTags)"
)


def check_zones(region: str, options: Any) -> None:
    """A zone's name is its region's with a letter, which "ai1" may precede; but for private endpoints. Raises InvalidOption, before the first call.

    https://cloud.google.com/compute/docs/regions-zones/ai-zones (read 2026-11)
    """
    for zone in options.zones or ():
        if not options.endpoint_url and not re.fullmatch(rf"{re.escape(region)}-(ai\d+)?[a-z]", zone):
            raise InvalidOption("zones", zone, f"the zones of {region} are named {region}-a, {region}-b and so on")


def project_firewalls(session: GcpSession) -> list[dict[str, Any]]:
    """All rules of the project: only so it is seen which others refer to one."""
    return list(session.items("firewalls.list", maxResults=500, fields=FIREWALL_FIELDS))


class Site:
    """The surroundings of one fleet. Every property costs at most one call, at its first use."""

    def __init__(self, session: GcpSession, options: Any) -> None:
        self.session, self.options = session, options

    def checked(self) -> Place:
        """Look every word up. Raises CloudError for one that does not exist."""
        place = self.place
        if self.options.firewalls:
            self.check_firewalls(self.options.firewalls)
        if self.options.placement_group:
            self._check_placement_group(self.options.placement_group)
        return place

    @property
    def login(self) -> str | None:
        return login_of(self.options.image)

    @cached_property
    def zones(self) -> list[str]:
        """All zones of the region, by name."""
        found = self.session.call("regions.get", fields="zones")
        return sorted(last(zone) for zone in found.get("zones", ()))

    @cached_property
    def place(self) -> Place:
        network = self.options.network or DEFAULT
        if SUBNETWORK.fullmatch(network):
            return Place(self.session.project, self.session.region, "", network)
        path = GLOBAL_NETWORK.fullmatch(network)
        project, name = (path[1], path[2]) if path else (self.session.project, network)
        found = self._network(project, name)
        address = f"projects/{project}/global/networks/{name}"
        subnetworks = [url for url in found.get("subnetworks", ()) if f"/regions/{self.session.region}/" in url]
        if "autoCreateSubnetworks" not in found:  # a legacy network has no subnetworks at all
            return Place(self.session.project, self.session.region, address)
        if not subnetworks:
            detail = f"the network '{network}' has no subnetwork in {self.session.region}; make one with gcp_network, or choose another region"
            raise CloudError("not_found", detail, "gcp", "networks.get")
        if len(subnetworks) > 1:
            several = ", ".join(sorted(url[url.index("projects/") :] for url in subnetworks))
            raise InvalidOption("network", network, f"it has several subnetworks here; name one of them: {several}")
        subnetwork = subnetworks[0][subnetworks[0].index("projects/") :]
        return Place(self.session.project, self.session.region, address, subnetwork)

    def _network(self, project: str, network: str) -> dict[str, Any]:
        fields = "name,autoCreateSubnetworks,subnetworks"
        try:
            return self.session.call("networks.get", project=project, network=network, fields=fields)
        except CloudError as error:
            if error.code != "not_found":
                raise
            detail = f"there is no network '{network}' in the project {project}; make it with gcp_network"
            nothing = f"the project {self.session.project} has no default network; make one with gcp_network and name it in the option network"
            raise CloudError("not_found", detail if self.options.network else nothing, "gcp", "networks.get") from error

    def check_firewalls(self, names: Sequence[str], network: str | None = None) -> None:
        """A network tag without rules would be accepted in silence. In another project's network nobody but its owner can look.

        `network` is that of a VM which exists, for an option that is not set.
        """
        network = self.options.network or network or DEFAULT
        path = GLOBAL_NETWORK.fullmatch(network)
        if SUBNETWORK.fullmatch(network) or (path and path[1] != self.session.project):
            return
        network = labels.last_name(network)
        there = {notes["firewall"] for notes in self._notes if notes.get("network") == network}
        missing = [name for name in names if name not in there]
        if missing:
            detail = f"firewalls {', '.join(missing)} do not exist in the network; there are: {', '.join(sorted(there)) or 'none'}"
            raise CloudError("not_found", detail, "gcp", "firewalls.list")

    @cached_property
    def _notes(self) -> list[dict[str, Any]]:
        every = (labels.notes_of(raw.get("description")) for raw in project_firewalls(self.session))
        return [notes for notes in every if "firewall" in notes]

    def _check_placement_group(self, name: str) -> None:
        try:
            self.session.call("resourcePolicies.get", resourcePolicy=name, fields="name")
        except CloudError as error:
            if error.code == "not_found":
                make = f"gcloud compute resource-policies create group-placement {name} --collocation=collocated --region={self.session.region}"
                error.detail = f"there is no placement policy '{name}' in {self.session.region}; make it with: {make}"
            raise
