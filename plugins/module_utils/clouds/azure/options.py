# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's own words: where, with which credentials, and what only Azure has."""

from __future__ import annotations

import dataclasses
import ipaddress
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ...model.error import InvalidOption
from ...model.firewall import FirewallOptions, Rule
from ...model.network import DEFAULT_CIDR, NetworkOptions
from ...model.option import option
from ...model.shape import Shape, fitting, of_one_architecture
from ...model.snapshot import SnapshotOptions
from ...model.user_data import verify_fits
from ...model.vm import OWN_LABELS, VmOptions
from .images import known_image
from .shapes import SHAPES, ordinary, shape_of

ZONES = ("1", "2", "3")
# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (read 2026-11): 50 tags on a resource,
# of which a VM's own are at most ten.
MOST_LABELS = 40
NOT_IN_TAGS = "<>%&\\?/"
USER_DATA_BYTES = 65535  # https://learn.microsoft.com/azure/virtual-machines/custom-data
SUBSCRIPTION = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
GROUP = re.compile(r"[-\w.()]{0,89}[-\w()]")
LOGIN = re.compile(r"[a-z_][-a-z0-9_]{0,31}")
# https://learn.microsoft.com/azure/virtual-machines/linux/faq, "username requirements"
RESERVED_LOGINS = re.compile(
    r"1|123|a|actuser|adm|admin[12]?|administrator|aspnet|backup|console|david|guest|john|owner|root|server|sql|support"
    r"|support_388945a0|sys|test[123]?|user[1-5]?|video"
)
DISK_TYPES = ("Premium_LRS", "StandardSSD_LRS", "Standard_LRS", "Premium_ZRS", "StandardSSD_ZRS")


def subset_of_tags(wanted: Mapping[str, str], observed: Mapping[str, str]) -> bool:
    """Everything wanted is there. Azure keeps one tag for `Team` and `team`, under the spelling that came first."""
    there = {key.casefold(): value for key, value in observed.items()}
    return all(there.get(key.casefold()) == value for key, value in wanted.items())


def last_name(word: str) -> str:
    """The name at the end of an id; a plain name as it is."""
    return word.rsplit("/", maxsplit=1)[-1]


@dataclass(frozen=True)
class AzurePlacement:
    """Unset subscription and endpoint mean what they mean to Azure's own tools: the environment."""

    resource_group: str = option(required=True)
    subscription_id: str | None = option()
    location: str | None = option()
    endpoint_url: str | None = option()

    def verify_place(self) -> None:
        """Azure's rules for names of places. Raises InvalidOption."""
        if self.subscription_id and not SUBSCRIPTION.fullmatch(self.subscription_id):
            raise InvalidOption(
                "subscription_id",
                self.subscription_id,
                "an id such as 00000000-0000-0000-0000-000000000000 is expected, not a name; see: az account list",
            )
        if not GROUP.fullmatch(self.resource_group or ""):
            raise InvalidOption(
                "resource_group",
                self.resource_group,
                "letters, digits and -_.() are accepted, at most 90, not ending in a full stop",
            )
        if self.location is not None and not re.fullmatch(r"[a-z0-9]+", placed(self.location) or ""):
            raise InvalidOption(
                "location", self.location, "a name such as eastus is expected; see: az account list-locations"
            )


def placed(location: str | None) -> str | None:
    """`East US`, as people read it, is `eastus`."""
    return location.replace(" ", "").lower() if location else location


def verify_tags(labels: dict[str, str] | None) -> None:
    """Azure's rules for tags, and the keys that are not the user's. Raises InvalidOption."""
    if len(labels or {}) > MOST_LABELS:
        raise InvalidOption("labels", f"{len(labels or {})} labels", f"Azure keeps {MOST_LABELS} beside our own")
    if len({key.casefold() for key in labels or {}}) < len(labels or {}):
        raise InvalidOption("labels", sorted(labels or {}), "Azure does not tell keys apart by capital letters")
    for key, value in (labels or {}).items():
        if key.lower().startswith((OWN_LABELS, "microsoft", "azure", "windows")):
            raise InvalidOption(
                "labels", key, f"keys that begin with '{OWN_LABELS}', 'microsoft', 'azure' or 'windows' are taken"
            )
        if not 1 <= len(key) <= 512 or len(value) > 256 or set(key) & set(NOT_IN_TAGS):
            raise InvalidOption(
                "labels",
                key,
                f"a key of 1 to 512 characters without {NOT_IN_TAGS} and a value of at most 256 are accepted",
            )


@dataclass(frozen=True)
class AzureVmOptions(VmOptions, AzurePlacement):
    CLOUD: ClassVar = "azure"
    REGION: ClassVar = "location"

    # Azure changes these only while the VM is stopped.
    disk_gb: int | None = option(type="int", effect="grow_stopped")
    disk_type: str | None = option(choices=DISK_TYPES, effect="restart")
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset_of_tags)
    placement_group: str | None = option(effect="replace", normal=last_name)
    security_type: str | None = option(choices=("standard", "trusted_launch"), effect="replace")
    accelerated_networking: bool | None = option(type="bool", effect="create")
    eviction_policy: str | None = option(choices=("deallocate", "delete"), effect="create")
    max_price: float | None = option(type="float", effect="create")

    def checked(self) -> Self:
        """Check offline and put the candidates into `machine_types`. Raises InvalidOption."""
        checked = super().checked()
        self.verify_place()
        if self.image:
            known_image(self.image)
        verify_tags(checked.labels)
        self._verify_login()
        self._verify_launch()
        shapes = self._shapes()
        return dataclasses.replace(
            checked, machine_types=tuple(shape.machine_type for shape in shapes), location=placed(self.location)
        )

    def _verify_login(self) -> None:
        if self.ssh_public_key and not self.ssh_public_key.startswith(("ssh-ed25519 ", "ssh-rsa ")):
            raise InvalidOption("ssh_public_key", self.ssh_public_key[:40], "Azure takes ED25519 and RSA keys")
        if self.ssh_user and (RESERVED_LOGINS.fullmatch(self.ssh_user) or not LOGIN.fullmatch(self.ssh_user)):
            raise InvalidOption(
                "ssh_user",
                self.ssh_user,
                "lower-case letters, digits, - and _ are accepted, at most 32; Azure reserves names such as root, admin and test",
            )

    def _verify_launch(self) -> None:
        verify_fits(self.user_data, USER_DATA_BYTES, "Azure")
        if len(self.firewalls or ()) > 1:
            raise InvalidOption(
                "firewalls",
                list(self.firewalls),
                "a network interface has one firewall on Azure; put the rules into one, or make a VM of each kind",
            )
        for zone in self.zones or ():
            if zone not in ZONES:
                raise InvalidOption("zones", zone, f"Azure's zones are named {', '.join(ZONES)}")
        for name in ("max_price", "eviction_policy"):
            if getattr(self, name) is not None and self.market != "spot":
                raise InvalidOption(name, getattr(self, name), "it is used with market 'spot' only")
        if self.max_price is not None and self.max_price != -1 and not 0 < self.max_price < math.inf:
            raise InvalidOption("max_price", self.max_price, "US dollars per hour are expected, or -1 for no limit")

    def _shapes(self) -> tuple[Shape, ...]:
        named = (self.machine_type,) if self.machine_type else self.machine_types
        if named:
            word = "machine_type" if self.machine_type else "machine_types"
            shapes = tuple(shape_of(name, word) for name in named)
        elif self.need:
            shapes = fitting((shape for shape in SHAPES.values() if ordinary(shape)), self.need)
        else:
            return ()
        return of_one_architecture(shapes, self.machine_types)


@dataclass(frozen=True)
class AzureVmInfoOptions(AzurePlacement):
    name: str | None = option()


@dataclass(frozen=True)
class AzureFirewallOptions(FirewallOptions, AzurePlacement):
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset_of_tags)

    def verified(self) -> Self:
        checked = super().verified()
        self.verify_place()
        verify_tags(checked.labels)
        for rule in checked.rules or ():
            _verify_rule(rule)
        return dataclasses.replace(checked, location=placed(self.location))


def _verify_rule(rule: Any) -> None:
    """Azure's descriptions have at most 140 characters."""
    if isinstance(rule, Rule) and len(rule.description) > 140:
        raise InvalidOption("rules.description", rule.description, "Azure keeps at most 140 characters")


@dataclass(frozen=True)
class AzureNetworkOptions(NetworkOptions, AzurePlacement):
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset_of_tags)

    def verified(self) -> Self:
        """The one subnet is a sixteenth of the network; Azure keeps five of its addresses."""
        checked = super().verified()
        self.verify_place()
        verify_tags(checked.labels)
        for zone in checked.zones or ():
            if zone not in ZONES:
                raise InvalidOption("zones", zone, f"Azure's zones are named {', '.join(ZONES)}")
        if not 8 <= ipaddress.ip_network(self.cidr or DEFAULT_CIDR).prefixlen <= 24:
            raise InvalidOption("cidr", self.cidr, "a network of /8 to /24 is expected, so that its subnet has room")
        return dataclasses.replace(checked, location=placed(self.location))


@dataclass(frozen=True)
class AzureSnapshotOptions(SnapshotOptions, AzurePlacement):
    def verified(self) -> Self:
        checked = super().verified()
        self.verify_place()
        verify_tags(checked.labels)
        return checked
