# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network: an isolated VPC or VNet with a subnet per zone and a way to the internet."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .error import InvalidOption
from .option import option, shown, subset, texts
from .resource import Desired, Key, Policy, Spec

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


DEFAULT_CIDR = "10.20.0.0/16"


def whole(_zones: tuple[str, ...], missing: tuple[str, ...]) -> bool:
    """A network is as it shall be when none of its parts is missing: a zone's subnet, the gateway, the route."""
    return not missing


def nothing(_zones: tuple[str, ...]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class NetworkOptions:
    """The portable options of `*_network`."""

    RESTING_STATE: ClassVar = "available"
    policy: ClassVar = Policy(wait_timeout=60)

    name: str = option(required=True)
    state: str = option(choices=("present", "absent"), default="present")
    cidr: str | None = option(effect="fixed")
    zones: tuple[str, ...] | None = option(
        type="list", elements="str", effect="update", reads="missing", same=whole, target=nothing
    )
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset)

    def verified(self) -> Self:
        """Check offline. Raises InvalidOption."""
        if not NAME.fullmatch(self.name):
            raise InvalidOption(
                "name", self.name, "lower-case letters, digits and hyphens are accepted, beginning with a letter"
            )
        if self.name == "default":
            raise InvalidOption("name", self.name, "this word stands for the account's default network")
        try:
            network = ipaddress.ip_network(self.cidr or DEFAULT_CIDR)
        except ValueError as error:
            raise InvalidOption(
                "cidr", self.cidr, f"a private range such as 10.20.0.0/16 is expected ({error})"
            ) from error
        if network.version != 4 or not network.is_private:
            raise InvalidOption("cidr", self.cidr, "a private IPv4 range (10/8, 172.16/12, 192.168/16) is expected")
        # Its parts count also where no zone is named.
        return dataclasses.replace(self, zones=self.zones or (), labels=texts(self.labels))

    def desired(self) -> Desired:
        specs = () if self.state == "absent" else (Spec(None, self.name, self),)
        return Desired(name=self.name, options=self, specs=specs)


@dataclass(frozen=True)
class Subnet:
    id: str
    zone: str
    cidr: str


@dataclass(frozen=True)
class NetworkState:
    """One observed network; `zones` are those it shall have a subnet in, `missing` names the parts it lacks.

    `foreign` are parts that others put into it, `taken` the ranges of all its subnets.
    """

    id: str
    name: str
    cloud: str
    region: str
    cidr: str
    subnets: tuple[Subnet, ...] = ()
    zones: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    gateway_id: str | None = None
    route_table_id: str | None = None
    owned: bool = True
    key: Key = None
    state: str = "available"


def network_result(network: NetworkState) -> dict[str, Any]:
    """The shape in which users see a network."""
    seen = ("id", "name", "cloud", "region", "cidr", "subnets", "labels")
    return {name: shown(getattr(network, name)) for name in seen}


def diff_view(network: NetworkState) -> dict[str, Any]:
    return {
        "cidr": network.cidr,
        "subnets": shown(network.subnets),
        "missing": shown(network.missing),
        "labels": network.labels,
    }
