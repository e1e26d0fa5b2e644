# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a fleet's VMs go: the ids behind the words network, firewalls, image and key, each looked up once per run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from ...model.error import CloudError, InvalidOption
from ...model.resource import Candidate
from ...model.vm import fingerprint
from . import tags
from .images import image_query, login_of, newest
from .launch import KEY_PREFIX, Place
from .session import AwsSession
from .shapes import SHAPES


def check_zones(region: str, options: Any) -> None:
    """A zone's name begins with its region's, but for private endpoints. Raises InvalidOption, before the first call."""
    for zone in options.zones or ():
        if not options.endpoint_url and not zone.startswith(region):
            raise InvalidOption("zones", zone, f"the zones of {region} are named {region}a, {region}b and so on")


class Site:
    """The surroundings of one fleet. Every property costs at most one call, at its first use."""

    def __init__(self, session: AwsSession, options: Any) -> None:
        self.session, self.options = session, options

    def place(self, candidate: Candidate) -> Place:
        subnet = self.subnets.get(candidate.zone or "")
        if subnet is None:
            raise InvalidOption(
                "zones", candidate.zone, f"the network has subnets in {', '.join(sorted(self.subnets))}"
            )
        return Place(
            image_id=self.image["ImageId"],
            root_device=self.image["RootDeviceName"],
            subnet_id=subnet["SubnetId"],
            group_ids=tuple(self.group_ids(self.options.firewalls)) if self.options.firewalls else (),
            key_name=self.key_name,
            block=self.is_block,
        )

    @property
    def login(self) -> str | None:
        return login_of(self.options.image)

    @cached_property
    def subnets(self) -> dict[str, dict[str, Any]]:
        """By zone: those of the network, or the default VPC's. A network may also be a VPC's or a subnet's id."""
        network = self.options.network
        if network is None:
            filters = [{"Name": "default-for-az", "Values": ["true"]}]
        elif network.startswith("subnet-"):
            filters = [{"Name": "subnet-id", "Values": [network]}]
        elif network.startswith("vpc-"):
            filters = [{"Name": "vpc-id", "Values": [network]}]
        else:
            filters = tags.where(aienv_network=network)
        listed = list(self.session.pages("describe_subnets", "Subnets", Filters=filters))
        found = {subnet["AvailabilityZone"]: subnet for subnet in listed}
        if len(found) < len(listed):
            several = ", ".join(sorted(subnet["SubnetId"] for subnet in listed))
            raise InvalidOption("network", network, f"it has several subnets in one zone; name one of them: {several}")
        if not found:
            detail = f"there is no network '{network}' in {self.session.region}; make it with aws_network, or name a vpc- or subnet- id"
            nothing = f"{self.session.region} has no default VPC; make a network with aws_network and name it in the option network"
            raise CloudError("not_found", detail if network else nothing, "aws", "describe_subnets")
        return found

    @cached_property
    def image(self) -> dict[str, Any]:
        """The newest AMI of that name for the candidates' architecture, or the one with that id."""
        architecture = SHAPES[self.options.machine_types[0]].architecture
        query = image_query(self.options.image, architecture)
        found = newest(self.session.pages("describe_images", "Images", **query))
        if found is None:
            detail = f"no image '{self.options.image}' for {architecture} is offered in {self.session.region}"
            raise CloudError("not_found", detail, "aws", "describe_images")
        if found.get("Architecture", architecture) != architecture:
            detail = f"it is for {found['Architecture']}, but {self.options.machine_types[0]} has {architecture}"
            raise InvalidOption("image", self.options.image, detail)
        return dict(found)

    def group_ids(self, names: Sequence[str]) -> list[str]:
        missing = [name for name in names if name not in self._groups]
        if missing:
            detail = f"firewalls {', '.join(missing)} do not exist in the network; there are: {', '.join(sorted(self._groups)) or 'none'}"
            raise CloudError("not_found", detail, "aws", "describe_security_groups")
        return [self._groups[name] for name in names]

    @cached_property
    def _groups(self) -> dict[str, str]:
        vpc = next(iter(self.subnets.values()))["VpcId"]
        filters = [{"Name": "vpc-id", "Values": [vpc]}]
        found = self.session.pages("describe_security_groups", "SecurityGroups", Filters=filters, MaxResults=1000)
        return {group["GroupName"]: group["GroupId"] for group in found}

    @cached_property
    def key_name(self) -> str | None:
        """The key pair, named by the key's fingerprint: the name finds the one that is registered already."""
        public_key = self.options.ssh_public_key
        if not public_key:
            return None
        name = KEY_PREFIX + fingerprint(public_key)
        try:
            self.session.call("import_key_pair", KeyName=name, PublicKeyMaterial=public_key.encode())
        except CloudError as error:
            if error.code != "ambiguous":
                raise
        return name

    @cached_property
    def is_block(self) -> bool:
        """A capacity block is launched in another way than an ordinary reservation."""
        if self.options.market != "reserved":
            return False
        wanted = [self.options.reservation_id]
        found = self.session.call("describe_capacity_reservations", CapacityReservationIds=wanted)[
            "CapacityReservations"
        ]
        return any(reservation.get("ReservationType") == "capacity-block" for reservation in found)
