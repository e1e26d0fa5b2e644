# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GCP's own words: where, with which credentials, and what only Compute Engine has."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from ...model.error import InvalidOption
from ...model.firewall import FirewallOptions
from ...model.network import DEFAULT_CIDR, NetworkOptions
from ...model.option import known_as, option
from ...model.shape import Shape, fitting, known_shape, of_one_architecture
from ...model.snapshot import ScheduleOptions
from ...model.vm import OWN_LABELS, VmOptions, fingerprint
from .images import IMAGES, known_image, remembered
from .labels import last_name
from .shapes import HYPERDISK_ONLY, SHAPES, bare, markets, ordinary

# https://cloud.google.com/compute/docs/labeling-resources#requirements (read 2026-11): letters may be of any script that has
# no capitals. Of the 64 labels of a resource ours are at most eight.
LABEL_KEY = re.compile(r"(?=[^\W\d_])[\w-]{1,63}")
LABEL_VALUE = re.compile(r"[\w-]{0,63}")
MOST_LABELS = 50
LABEL_RULES = (
    "Google takes keys of 1 to 63 lower-case letters, digits, _ and -, beginning with a letter, and values of at most 63 of the "
    "same, which may be empty"
)
DEFAULT_ACCOUNT = re.compile(r"\d+-compute@developer\.gserviceaccount\.com")
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations (read 2026-11)
USER_DATA_BYTES = 256 * 1024
LEAST_DISK_GB = 10
# The network tag and the rules' names are made of a firewall's name: 63 characters less prefix and digest.
LONGEST_FIREWALL = 46
GLOBAL_NETWORK = re.compile(r"projects/([\w.:-]+)/global/networks/([a-z][-a-z0-9]{0,62})")
SUBNETWORK = re.compile(r"projects/[\w.:-]+/regions/([a-z0-9-]+)/subnetworks/[a-z][-a-z0-9]{0,62}")
NETWORK = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")


def same_account(wanted: str, observed: str | None) -> bool:
    """Google shows the project's default account by its e-mail address, which begins with the project's number."""
    return wanted == observed or (wanted == "default" and bool(DEFAULT_ACCOUNT.fullmatch(observed or "")))


@dataclass(frozen=True)
class GcpPlacement:
    """Unset project and region mean what they mean to Google's own tools: the environment, then the credentials."""

    project: str | None = option()
    region: str | None = option()
    impersonate_service_account: str | None = option()
    endpoint_url: str | None = option()


def verify_labels(labels: dict[str, str] | None) -> None:
    """Google's rules for labels, and the keys that are not the user's. Raises InvalidOption."""
    if len(labels or {}) > MOST_LABELS:
        raise InvalidOption("labels", f"{len(labels or {})} labels", f"{MOST_LABELS} fit beside our own")
    for key, value in (labels or {}).items():
        if key.startswith((OWN_LABELS, "goog-")):
            raise InvalidOption("labels", key, f"keys that begin with '{OWN_LABELS}' or 'goog-' are taken")
        for text, rule in ((key, LABEL_KEY), (value, LABEL_VALUE)):
            if not rule.fullmatch(text) or text != text.lower():
                raise InvalidOption("labels", {key: value}, LABEL_RULES)


def verify_network(network: str | None, region: str | None = None) -> None:
    """A network's name or path, or the path of a subnetwork (of a Shared VPC, say). Raises InvalidOption."""
    if network is None or NETWORK.fullmatch(network) or GLOBAL_NETWORK.fullmatch(network):
        return
    path = SUBNETWORK.fullmatch(network)
    if not path or (region and path[1] != region):
        said = f"a network's name, projects/PROJECT/global/networks/NAME or projects/PROJECT/regions/{region or 'REGION'}/subnetworks/NAME is expected"
        raise InvalidOption("network", network, said)


@dataclass(frozen=True)
class GcpVmOptions(VmOptions, GcpPlacement):
    CLOUD: ClassVar = "gcp"
    # It is Google's run time, too: https://cloud.google.com/compute/docs/instances/limit-vm-runtime (read 2026-11)
    MOST_TTL_HOURS: ClassVar = 120 * 24

    image: str | None = option(effect="replace", same=known_as, normal=remembered)
    disk_type: str | None = option(
        choices=("pd-balanced", "pd-ssd", "pd-standard", "hyperdisk-balanced"), effect="replace"
    )
    # Both are kept in the VM's metadata, where they can be changed at any time.
    ssh_public_key: str | None = option(effect="update", normal=fingerprint, no_log=False)
    os_login: bool | None = option(type="bool", effect="update")
    network: str | None = option(effect="replace", normal=last_name)
    # Google changes these only while the VM is stopped.
    ttl_hours: int | None = option(type="int", effect="restart")
    service_account: str | None = option(effect="restart", same=same_account)

    def checked(self) -> Self:
        """Check offline and put the candidates into `machine_types`. Raises InvalidOption."""
        checked = super().checked()
        if self.image:
            known_image(self.image)
        verify_labels(checked.labels)
        verify_network(self.network, self.region)
        self._verify_login()
        self._verify_user_data()
        if self.disk_gb is not None and self.disk_gb < LEAST_DISK_GB:
            raise InvalidOption("disk_gb", self.disk_gb, f"Google's disks have at least {LEAST_DISK_GB} GiB")
        return dataclasses.replace(checked, machine_types=self._candidates())

    def _verify_login(self) -> None:
        if self.ssh_user and not USER.fullmatch(self.ssh_user):
            raise InvalidOption(
                "ssh_user", self.ssh_user, "lower-case letters, digits, _ and - are expected, at most 32"
            )
        if self.os_login and self.ssh_public_key:
            raise InvalidOption(
                "ssh_public_key", self.ssh_public_key[:40], "with os_login the keys are those of the accounts"
            )
        if self.ssh_public_key and not self.ssh_user and self.image and self.image not in IMAGES:
            raise InvalidOption(
                "ssh_user", None, "the login that gets the key has to be named for an image of your own"
            )

    def _verify_user_data(self) -> None:
        if self.user_data and self.image in IMAGES and not IMAGES[self.image].cloud_init:
            able = ", ".join(name for name, image in IMAGES.items() if image.cloud_init)
            said = f"Google's image {self.image} has no cloud-init and would ignore it; these have it: {able}"
            raise InvalidOption("user_data", self.user_data[:40], said)
        if len((self.user_data or "").encode()) > USER_DATA_BYTES:
            raise InvalidOption(
                "user_data", (self.user_data or "")[:40], f"at most {USER_DATA_BYTES} bytes are accepted"
            )

    def _candidates(self) -> tuple[str, ...]:
        named = (self.machine_type,) if self.machine_type else self.machine_types
        market = self.market or "on_demand"
        if named:
            word = "machine_type" if self.machine_type else "machine_types"
            shapes = tuple(known_shape(SHAPES, name, word) for name in named)
        elif self.need:
            shapes = fitting((shape for shape in SHAPES.values() if ordinary(shape)), self.need)
            shapes = tuple(shape for shape in shapes if market in markets(shape)) or shapes
        else:
            return ()
        self._verify_market_of(shapes, market)
        shapes = of_one_architecture(shapes, self.machine_types)
        self._verify_disk_of(shapes)
        return tuple(shape.machine_type for shape in shapes)

    def _verify_market_of(self, shapes: tuple[Shape, ...], market: str) -> None:
        """Some types have no on-demand price; Google would say so zone by zone."""
        if self.state == "absent":
            return
        for shape in shapes:
            if market not in markets(shape):
                sold = " or ".join(f"market: {word}" for word in markets(shape))
                raise InvalidOption("market", self.market, f"{shape.machine_type} is sold with {sold} only")

    def _verify_disk_of(self, shapes: tuple[Shape, ...]) -> None:
        for shape in shapes:
            if (self.disk_type or "").startswith("pd-") and HYPERDISK_ONLY.fullmatch(bare(shape.machine_type)):
                said = f"{shape.machine_type} takes no Persistent Disk; leave it unset, or set hyperdisk-balanced"
                raise InvalidOption("disk_type", self.disk_type, said)


@dataclass(frozen=True)
class GcpVmInfoOptions(GcpPlacement):
    name: str | None = option()


@dataclass(frozen=True)
class GcpFirewallOptions(FirewallOptions, GcpPlacement):
    def verified(self) -> Self:
        checked = super().verified()
        verify_labels(checked.labels)
        if len(self.name) > LONGEST_FIREWALL:
            raise InvalidOption("name", self.name, f"at most {LONGEST_FIREWALL} characters are accepted on GCP")
        if self.network and not NETWORK.fullmatch(self.network) and not GLOBAL_NETWORK.fullmatch(self.network):
            raise InvalidOption(
                "network", self.network, "a network's name or projects/PROJECT/global/networks/NAME is expected"
            )
        return checked


@dataclass(frozen=True)
class GcpNetworkOptions(NetworkOptions, GcpPlacement):
    # Google keeps none for networks. They stand in the description, which cannot be changed afterwards.
    labels: dict[str, str] | None = option(type="dict", effect="create")

    def verified(self) -> Self:
        """A region's subnetwork is a sixteenth of the network, and a /28 at least."""
        checked = super().verified()
        verify_labels(checked.labels)
        if not 8 <= ipaddress.ip_network(self.cidr or DEFAULT_CIDR).prefixlen <= 24:
            raise InvalidOption(
                "cidr", self.cidr, "a network of /8 to /24 is expected, so that every region's subnetwork has room"
            )
        return checked


@dataclass(frozen=True)
class GcpSnapshotOptions(ScheduleOptions, GcpPlacement):
    def verified(self) -> Self:
        checked = super().verified()
        verify_labels(checked.labels)
        return checked
