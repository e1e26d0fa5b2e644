# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fleet's VMs go: the addresses behind the words network, firewalls and placement group, each looked up once per run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from ...model.error import CloudError, InvalidOption
from . import labels
from .images import login_of
from .launch import Place
from .options import GLOBAL_NETWORK, SUBNETWORK
from .session import GcpSession, last, scoped
from .shapes import bare

SHARED_RESERVATION = re.compile(r"projects/([^/]+)/reservations/[^/]+")
RESERVED = "items/*/reservations(zone,specificReservation/instanceProperties/machineType),nextPageToken"
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


def _type_of(reservation: Mapping[str, Any]) -> str:
    specific = reservation.get("specificReservation") or {}
    return str((specific.get("instanceProperties") or {}).get("machineType", ""))


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

    def zones_for(self, machine_type: str) -> Sequence[str]:
        """Where such a VM may go: every zone, or those in which the reservation has that type."""
        if not self.options.reservation_id or self._reserved is None:
            return self.zones
        return sorted(zone for zone, name in self._reserved if name == bare(machine_type))

    @cached_property
    def _reserved(self) -> Sequence[tuple[str, str]] | None:
        """Zone and machine type of each reservation of that name in the region; None where its owner lets nobody look.

        Raises CloudError `not_found`.
        """
        word = self.options.reservation_id
        shared = SHARED_RESERVATION.fullmatch(word)
        query = {"filter": f'name = "{last(word)}"', "fields": RESERVED}
        project = shared[1] if shared else self.session.project
        try:
            pages = list(self.session.pages("reservations.aggregatedList", project=project, **query))
        except CloudError as error:
            if shared and error.code in ("not_authorized", "not_found"):
                return None
            raise
        here = [(last(one["zone"]), _type_of(one)) for page in pages for one in scoped(page, "reservations")]
        if not any(zone.startswith(f"{self.session.region}-") for zone, _name in here):
            elsewhere = ", ".join(sorted({zone for zone, _name in here})) or "nowhere"
            detail = f"there is no reservation '{last(word)}' in {self.session.region}; of that name there is one in: {elsewhere}"
            raise CloudError("not_found", detail, "gcp", "reservations.aggregatedList", word)
        return here

    def verify_reserved(self, machine_types: Sequence[str]) -> None:
        """Raises CloudError `unsupported` if the reservation has none of these types in this region."""
        if self.options.reservation_id and not any(map(self.zones_for, machine_types)):
            there = ", ".join(sorted({name for _zone, name in self._reserved or ()}))
            detail = (
                f"the reservation '{last(self.options.reservation_id)}' holds {there}, not {', '.join(machine_types)}"
            )
            raise CloudError("unsupported", detail, "gcp", "reservations.aggregatedList")

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
