# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's own words: where, with which credentials, and what only EC2 has."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from ...model.error import InvalidOption
from ...model.firewall import FirewallOptions
from ...model.network import DEFAULT_CIDR, NetworkOptions
from ...model.option import option
from ...model.shape import fitting, known_shape, of_one_architecture
from ...model.snapshot import Schedule, ScheduleOptions
from ...model.user_data import verify_fits
from ...model.vm import OWN_LABELS, VmOptions
from .images import known_image
from .shapes import SHAPES, ordinary

# EC2 keeps 50 tags on a resource, of which a VM's own are at most ten; and this much user data.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html, .../user-data.html (read 2026-11)
MOST_LABELS = 40
USER_DATA_BYTES = 16384
ROLE_ARN = re.compile(r"arn:aws(-[a-z]{1,3}){0,2}:iam::\d+:role/.+")


@dataclass(frozen=True)
class AwsPlacement:
    """Unset region and profile mean what they mean to every AWS tool: environment, then configuration files."""

    region: str | None = option()
    profile: str | None = option()
    endpoint_url: str | None = option()


def verify_tags(labels: dict[str, str] | None) -> None:
    """EC2's rules for tags, and the keys that are not the user's. Raises InvalidOption."""
    if len(labels or {}) > MOST_LABELS:
        raise InvalidOption("labels", f"{len(labels or {})} labels", f"EC2 keeps {MOST_LABELS} beside our own")
    for key, value in (labels or {}).items():
        if key.startswith((OWN_LABELS, "aws:")) or key == "Name":
            raise InvalidOption("labels", key, f"keys that begin with '{OWN_LABELS}' or 'aws:', and Name, are taken")
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise InvalidOption("labels", key, "a key of 1 to 128 characters and a value of at most 256 are accepted")


@dataclass(frozen=True)
class AwsVmOptions(VmOptions, AwsPlacement):
    CLOUD: ClassVar = "aws"

    disk_type: str | None = option(choices=("gp3", "gp2"), effect="update")
    efa: bool | None = option(type="bool", effect="replace")

    def checked(self) -> Self:
        """Check offline and put the candidates into `machine_types`. Raises InvalidOption."""
        checked = super().checked()
        if self.image:
            known_image(self.image)
        verify_tags(checked.labels)
        self._verify_launch()
        return dataclasses.replace(checked, machine_types=self._candidates())

    def _verify_launch(self) -> None:
        if self.ssh_public_key and not self.ssh_public_key.startswith(("ssh-ed25519 ", "ssh-rsa ")):
            raise InvalidOption("ssh_public_key", self.ssh_public_key[:40], "EC2 takes ED25519 and RSA keys")
        verify_fits(self.user_data, USER_DATA_BYTES, "EC2")

    def _candidates(self) -> tuple[str, ...]:
        named = (self.machine_type,) if self.machine_type else self.machine_types
        if named:
            word = "machine_type" if self.machine_type else "machine_types"
            shapes = tuple(known_shape(SHAPES, name, word) for name in named)
        elif self.need:
            shapes = fitting((shape for shape in SHAPES.values() if ordinary(shape)), self.need)
        else:
            return ()
        shapes = of_one_architecture(shapes, self.machine_types)
        if self.efa and not all(shape.efa for shape in shapes):
            without = ", ".join(shape.machine_type for shape in shapes if not shape.efa)
            raise InvalidOption("efa", True, f"these machine types have no Elastic Fabric Adapter: {without}")
        if self.efa and self.public_ip and any(shape.network_cards > 1 for shape in shapes):
            raise InvalidOption(
                "public_ip", True, "EC2 gives no public address to a VM with several network cards; unset it or efa"
            )
        return tuple(shape.machine_type for shape in shapes)


@dataclass(frozen=True)
class AwsVmInfoOptions(AwsPlacement):
    name: str | None = option()


@dataclass(frozen=True)
class AwsFirewallOptions(FirewallOptions, AwsPlacement):
    def verified(self) -> Self:
        checked = super().verified()
        verify_tags(checked.labels)
        if self.name.startswith("sg-") or self.name == "default":
            raise InvalidOption("name", self.name, "EC2 reserves 'default' and names that begin with 'sg-'")
        return checked


@dataclass(frozen=True)
class AwsNetworkOptions(NetworkOptions, AwsPlacement):
    def verified(self) -> Self:
        """EC2 takes networks of /16 to /28; a subnet of ours is a sixteenth of one, and a /28 at least."""
        checked = super().verified()
        verify_tags(checked.labels)
        if not 16 <= ipaddress.ip_network(self.cidr or DEFAULT_CIDR).prefixlen <= 24:
            raise InvalidOption(
                "cidr", self.cidr, "a network of /16 to /24 is expected, so that every zone's subnet has room"
            )
        return checked


@dataclass(frozen=True)
class AwsSnapshotOptions(ScheduleOptions, AwsPlacement):
    schedule_role_arn: str | None = option()

    def verified(self) -> Self:
        checked = super().verified()
        verify_tags(checked.labels)
        if self.schedule_hours and not ROLE_ARN.fullmatch(self.schedule_role_arn or ""):
            expected = (
                "the role that Data Lifecycle Manager works with is expected, such as "
                "arn:aws:iam::123456789012:role/service-role/AWSDataLifecycleManagerDefaultRole, "
                "which this makes: aws dlm create-default-role --resource-type snapshot"
            )
            raise InvalidOption("schedule_role_arn", self.schedule_role_arn, expected)
        return checked

    def schedule(self, observed: Schedule | None) -> Schedule | None:
        wanted = super().schedule(observed)
        return dataclasses.replace(wanted, role=self.schedule_role_arn) if wanted else None
