# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fleet's VMs go: the ids behind the words network, firewalls and so on, and what sizes the location has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.resource import Candidate
from . import operations, tags
from .images import image_reference
from .launch import Place
from .options import last_name, placed
from .session import AzureSession
from .shapes import shape_of
from .sizes import sizes_in, zones_of


class Site:
    """The surroundings of one fleet. Every property costs at most one call, at its first use."""

    def __init__(self, session: AzureSession, options: Any) -> None:
        self.session, self.options = session, options

    def place(self, candidate: Candidate) -> Place:
        """Raises InvalidOption, CloudError `not_found`."""
        options, size = self.options, str(candidate.machine_type)
        self._verify_complete()
        if options.security_type == "trusted_launch" and self.can(size, "TrustedLaunchDisabled"):
            raise InvalidOption("security_type", options.security_type, f"{size} does not have it")
        nsg_id, asg_ids = self.firewall_ids(options.firewalls or ())
        return Place(
            location=options.location,
            subnet_id=self.subnet_id,
            image=image_reference(options.image, shape_of(size).architecture),
            nsg_id=nsg_id,
            asg_ids=asg_ids,
            premium=self.can(size, "PremiumIO"),
            accelerated=self.can(size, "AcceleratedNetworkingEnabled"),
            reservation_id=self._id_of(operations.RESERVATION, options.reservation_id),
            proximity_id=self._id_of(operations.PROXIMITY, options.placement_group),
        )

    def _verify_complete(self) -> None:
        """What other clouds have a default for and Azure has not."""
        options = self.options
        if not options.location:
            raise InvalidOption(
                "location", None, "a VM is made in a location such as eastus; see: az account list-locations"
            )
        if not options.network:
            raise InvalidOption(
                "network", None, "Azure has no default network; make one with azure_network and name it here"
            )
        if not options.ssh_public_key:
            raise InvalidOption("ssh_public_key", None, "Azure makes no Linux VM without a key or a password")

    def _id_of(self, kind: str, word: str | None) -> str | None:
        """A name stands for the one in the resource group."""
        return word if not word or word.startswith("/") else self.session.id_of(kind, word)

    # sizes

    @cached_property
    def sizes(self) -> dict[str, Mapping[str, Any]]:
        """What the location offers to the subscription, by name in small letters."""
        return sizes_in(self.session, self.options.location)

    def can(self, size: str, capability: str) -> bool:
        found = self.sizes.get(size.lower(), {}).get("capabilities") or ()
        return any(one.get("name") == capability and one.get("value") == "True" for one in found)

    def zones_of(self, size: str) -> list[str | None]:
        """The zones where the subscription may have that size, in order; none where the location has no zones."""
        return [*zones_of(self.sizes.get(size.lower(), {}), self.options.location)]

    @cached_property
    def reserved(self) -> Mapping[str, Sequence[str | None]]:
        """The zones of the group's reservations, in order, by size in small letters; None for one without a zone."""
        group_id = str(self._id_of(operations.RESERVATION, self.options.reservation_id))
        zones: dict[str, list[str | None]] = {}
        for one in self.session.pages("CapacityReservations_ListByCapacityReservationGroup", group_id):
            zones.setdefault(one["sku"]["name"].lower(), []).append(next(iter(one.get("zones") or ()), None))
        return {size: sorted(found, key=str) for size, found in zones.items()}

    def verify_offered(self, sizes: Sequence[str]) -> None:
        """Raises CloudError `unsupported` if the location has none of them: nothing could be made there."""
        if not any(size.lower() in self.sizes for size in sizes):
            shapes = [shape_of(size) for size in sizes]
            gpus = {shape.gpu_model for shape in shapes}
            others = sorted(one["name"] for one in self.sizes.values() if _gpu_of(one["name"]) in gpus)
            there = f"; with the same GPU it has {', '.join(others[:8])}" if others and gpus != {None} else ""
            detail = f"{self.options.location} does not offer {', '.join(sizes)} to this subscription{there}"
            raise CloudError("unsupported", detail, "azure", "ResourceSkus_List")

    def verify_reserved(self, sizes: Sequence[str]) -> None:
        """Raises CloudError `unsupported` if the group of reservations has none of them."""
        if not any(size.lower() in self.reserved for size in sizes):
            word, there = self.options.reservation_id, ", ".join(sorted(self.reserved)) or "nothing"
            detail = f"the capacity reservation group {last_name(word)} holds no {', '.join(sizes)}; it holds {there}"
            raise CloudError(
                "unsupported", detail, "azure", "CapacityReservations_ListByCapacityReservationGroup", word
            )

    # network

    @cached_property
    def subnet_id(self) -> str:
        """The only subnet of the network, or the one that the option names by its id."""
        word = self.options.network
        if "/subnets/" in word:
            return str(word)
        vnet_id = word if word.startswith("/") else self.session.id_of(operations.VNET, word)
        try:
            vnet = self.session.call("VirtualNetworks_Get", vnet_id).body
        except CloudError as error:
            if error.code == "not_found" and "ResourceGroupNotFound" not in error.detail:
                error.detail = f"there is no network '{word}' in {self.session.group}; make it with azure_network, or name the id of one"
            raise
        if placed(vnet.get("location")) != self.options.location:
            raise InvalidOption("network", word, f"it is in {vnet.get('location')}, not in {self.options.location}")
        subnets = [one["id"] for one in vnet.get("properties", {}).get("subnets") or ()]
        if len(subnets) != 1:
            said = (
                f"it has several subnets; name one by its id: {', '.join(sorted(subnets))}"
                if subnets
                else "it has no subnet"
            )
            raise InvalidOption("network", word, said)
        return str(subnets[0])

    # firewalls

    def firewall_ids(self, names: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
        """The security group of that name, and the application security group by which rules may name its VMs."""
        if not names:
            return None, ()
        missing = [name for name in names if name not in self._groups]
        if missing:
            detail = f"firewalls {', '.join(missing)} do not exist for this network; there are: {', '.join(sorted(self._groups)) or 'none'}"
            raise CloudError("not_found", detail, "azure", "NetworkSecurityGroups_List")
        group = self._groups[names[0]]
        ours = (group.get("tags") or {}).get(tags.FIREWALL) == names[0]
        return str(group["id"]), (self.session.id_of(operations.ASG, names[0]),) if ours else ()

    @cached_property
    def _groups(self) -> dict[str, Mapping[str, Any]]:
        """By name; a firewall that was made for another network is not for this one."""
        network = last_name(self.options.network) if self.options.network else None
        found = self.session.pages("NetworkSecurityGroups_List", self.session.id_of(operations.NSG))
        return {
            one["name"]: one
            for one in found
            if (one.get("tags") or {}).get(mark.NETWORK) in (None, self.options.network, network)
        }


def _gpu_of(size: str) -> str | None:
    try:
        return shape_of(size).gpu_model
    except InvalidOption:
        return None
