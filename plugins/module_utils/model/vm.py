# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The VM: the options every cloud understands, the observed state, and the result that users see."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import math
import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from .error import InvalidOption
from .gpu import known_gpu
from .option import UNKNOWN, Unknown, at_least, known_as, one_of, option, same_members, shown, subset, texts
from .price import Price
from .resource import Candidate, Desired, Key, Policy, Power, Spec
from .shape import Need, Shape
from .taken import with_offer

NAME = re.compile(r"[a-z]([-a-z0-9]{0,48}[a-z0-9])?")
OWN_LABELS = "aienv-"  # label keys that begin so are the collection's


def fingerprint(public_key: str) -> str:
    """The first 32 hex digits of the SHA-256 of an OpenSSH public key; the comment does not count."""
    parts = public_key.split()
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except (IndexError, binascii.Error, ValueError) as error:
        raise InvalidOption(
            "ssh_public_key", public_key[:40], "one line as in ~/.ssh/id_ed25519.pub is expected"
        ) from error
    if "PRIVATE" in public_key or not blob.startswith(len(parts[0]).to_bytes(4, "big") + parts[0].encode()):
        raise InvalidOption("ssh_public_key", public_key[:40], "one line as in ~/.ssh/id_ed25519.pub is expected")
    return hashlib.sha256(blob).hexdigest()[:32]


def digest(text: str) -> str:
    """The first 16 hex digits of a text's SHA-256: enough to see that it changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def first(values: Any) -> Any:
    return values[0]


POSITIVE = ("gpu_count", "min_vcpus", "min_memory_gb", "disk_gb", "ttl_hours", "wait_timeout", "max_hourly_price")


@dataclass(frozen=True)
class VmOptions:
    """The portable options of `*_vm`. Unset means: leave as it is, or the cloud's default for a new VM."""

    EXCLUSIVE: ClassVar = [
        ("machine_type", "machine_types"),
        ("machine_type", "gpu_model"),
        ("machine_types", "gpu_model"),
    ]
    REQUIRED_BY: ClassVar = {"gpu_count": "gpu_model"}
    CLOUD: ClassVar = ""
    REGION: ClassVar = "region"
    MOST_TTL_HOURS: ClassVar = 10 * 365 * 24  # ten years: more is a slip of the pen, and a date may not hold it

    name: str = option(required=True)
    count: int | None = option(type="int")
    state: str = option(choices=("present", "absent", "started", "stopped", "restarted"), default="present")
    offer: dict[str, Any] | None = option(type="dict")
    max_hourly_price: float | None = option(type="float")
    machine_type: str | None = option()
    machine_types: tuple[str, ...] = option(
        type="list", elements="str", effect="restart", reads="machine_type", same=one_of, target=first
    )
    gpu_model: str | None = option()
    gpu_count: int | None = option(type="int")
    min_vcpus: int | None = option(type="int")
    min_memory_gb: float | None = option(type="float")
    zones: tuple[str, ...] = option(type="list", elements="str", effect="create")
    image: str | None = option(effect="replace", same=known_as)
    disk_gb: int | None = option(type="int", effect="grow")
    disk_type: str | None = option(effect="update")
    disk_encrypted: bool = option(type="bool", effect="replace", same=at_least, default=True)
    ssh_public_key: str | None = option(effect="replace", normal=fingerprint, no_log=False)
    ssh_user: str | None = option(effect="update")
    user_data: str | None = option(effect="replace", normal=digest)
    network: str | None = option(effect="replace")
    firewalls: tuple[str, ...] = option(type="list", elements="str", effect="update", same=same_members)
    public_ip: bool | None = option(type="bool", effect="replace")
    labels: dict[str, str] | None = option(type="dict", effect="update", same=subset)
    market: str | None = option(choices=("on_demand", "spot", "reserved"), effect="replace")
    reservation_id: str | None = option(effect="create")
    placement_group: str | None = option(effect="replace")
    ttl_hours: int | None = option(type="int", effect="update")
    allow_restart: bool = option(type="bool", default=False)
    allow_replace: bool = option(type="bool", default=False)
    keep_on_failure: bool = option(type="bool", default=False)
    wait: bool = option(type="bool", default=True)
    wait_timeout: int = option(type="int", default=600)

    def verified(self) -> Self:
        """Take what the offer says, and check offline. Raises InvalidOption."""
        return with_offer(self, self.CLOUD, self.REGION).checked()

    def checked(self) -> Self:
        """Check offline; a cloud's options put the candidates into `machine_types`. Raises InvalidOption."""
        if not NAME.fullmatch(self.name):
            raise InvalidOption(
                "name",
                self.name,
                "lower-case letters, digits and hyphens are accepted, beginning with a letter, at most 50",
            )
        self._verify_numbers()
        self._verify_size()
        for name in ("firewalls", "zones"):
            if getattr(self, name) == ():
                raise InvalidOption(name, [], "name at least one, or leave it unset for the network's own")
        if self.ssh_public_key:
            fingerprint(self.ssh_public_key)
        self._verify_market()
        self._verify_creation()
        return dataclasses.replace(self, labels=texts(self.labels))

    def _verify_numbers(self) -> None:
        if self.count is not None and self.count < 0:
            raise InvalidOption("count", self.count, "0 or more is expected")
        for name in POSITIVE:
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:  # false of what is no number, too
                raise InvalidOption(name, value, "a number above zero is expected")
        if self.ttl_hours is not None and self.ttl_hours > self.MOST_TTL_HOURS:
            raise InvalidOption("ttl_hours", self.ttl_hours, f"at most {self.MOST_TTL_HOURS} hours are accepted")

    def _verify_size(self) -> None:
        """A named machine type leaves nothing to ask for; an ignored wish would be a silent lie."""
        if self.machine_types == ():
            raise InvalidOption("machine_types", [], "name at least one")
        named = "machine_type" if self.machine_type else "machine_types" if self.machine_types else None
        for name in ("min_vcpus", "min_memory_gb"):
            if named and getattr(self, name) is not None:
                raise InvalidOption(name, getattr(self, name), f"{named} says the size already")
        if self.gpu_model:
            known_gpu(self.gpu_model)

    def _verify_market(self) -> None:
        if self.market == "reserved" and not self.reservation_id:
            raise InvalidOption(
                "reservation_id", None, "market 'reserved' needs the id of a reservation or a capacity block"
            )
        if self.reservation_id and self.market != "reserved":
            raise InvalidOption("reservation_id", self.reservation_id, "it is used with market 'reserved' only")

    def _verify_creation(self) -> None:
        if self.state != "present" or self.count == 0:
            return
        if not self.says_what_to_make:
            missing = "image" if not self.image else "machine_type"
            raise InvalidOption(
                missing, None, "a VM is made from an image and a machine_type, machine_types or gpu_model"
            )

    @property
    def need(self) -> Need:
        return Need(self.gpu_model, self.gpu_count, self.min_vcpus, self.min_memory_gb)

    @property
    def says_what_to_make(self) -> bool:
        return bool(self.image and (self.machine_type or self.machine_types or self.need))

    @property
    def policy(self) -> Policy:
        return Policy(
            allow_restart=self.allow_restart,
            allow_replace=self.allow_replace,
            keep_on_failure=self.keep_on_failure,
            wait=self.wait,
            wait_timeout=self.wait_timeout,
        )

    def desired(self) -> Desired:
        """The declaration the engine works on; `machine_types` must hold the candidates by now."""
        existing_only = self.state in ("stopped", "restarted") or (
            self.state == "started" and not self.says_what_to_make
        )
        indexes: list[int | None] = [None] if self.count is None else list(range(self.count))
        wanted = [] if self.state == "absent" or existing_only else indexes
        power: dict[str, Power] = {"started": "running", "stopped": "stopped", "restarted": "running"}
        return Desired(
            name=self.name,
            options=self,
            specs=tuple(Spec(index, member_name(self.name, index), self) for index in wanted),
            existing_only=existing_only,
            power=power.get(self.state),
            restart=self.state == "restarted",
            candidates=tuple(
                Candidate(machine_type, zone)
                for machine_type in self.machine_types or (None,)
                for zone in self.zones or (None,)
            ),
        )


def member_name(fleet: str, index: int | None) -> str:
    return fleet if index is None else f"{fleet}-{index}"


@dataclass(frozen=True)
class VmState:
    """One observed VM. Disk properties are UNKNOWN where the listing did not ask for them."""

    id: str
    name: str
    fleet: str
    index: int | None
    cloud: str
    region: str
    zone: str
    state: str
    machine_type: str
    image: tuple[str, ...] = ()
    public_ip_address: str | None = None
    private_ip: str | None = None
    public_ip: bool | Unknown = UNKNOWN
    market: str = "on_demand"
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    created_at: str | None = None
    expires_at: str | None = None
    ttl_hours: int | None = None
    ssh_user: str | None = None
    ssh_public_key: str | None = None
    user_data: str | None = None
    network: str | Unknown | None = None
    firewalls: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    placement_group: str | None = None
    efa: bool = False
    disk_gb: int | Unknown = UNKNOWN
    disk_type: str | Unknown = UNKNOWN
    disk_encrypted: bool | Unknown = UNKNOWN
    disk_id: str | None = None
    shape: Shape | None = None
    price: Price | None = None
    reason: str | None = None
    owned: bool = True

    @property
    def key(self) -> Key:
        return self.index

    @property
    def billed(self) -> bool:
        """Whether the cloud charges its hours now, under whatever market; disks and addresses aside."""
        return self.state in ("pending", "running")


def vm_result(vm: VmState) -> dict[str, Any]:
    """The one shape in which users see a VM: in module results, and with the prefix `vm_` as host variables."""
    shape = vm.shape
    return {
        "id": vm.id,
        "name": vm.name,
        "fleet": vm.fleet,
        "index": vm.index,
        "cloud": vm.cloud,
        "region": vm.region,
        "zone": vm.zone,
        "state": vm.state,
        "machine_type": vm.machine_type,
        "vcpus": shape.vcpus if shape else None,
        "memory_gb": shape.memory_gb if shape else None,
        "gpu_model": shape.gpu_model if shape else None,
        "gpu_count": shape.gpu_count if shape else None,
        "gpu_memory_gb": shape.gpu_memory_gb if shape else None,
        "image": vm.image[0] if vm.image else None,
        "public_ip": vm.public_ip_address,
        "private_ip": vm.private_ip,
        "market": vm.market,
        "labels": vm.labels,
        "ssh_user": vm.ssh_user,
        "created_at": vm.created_at,
        "expires_at": vm.expires_at,
        "hourly_price": vm.price.hourly if vm.price else None,
        "price_date": vm.price.date if vm.price else None,
        "billed": vm.billed,
    }


def in_order(vms: Any) -> tuple[Any, ...]:
    """By name, numbers as numbers: devbox-2 before devbox-10."""
    return tuple(sorted(vms, key=lambda vm: (vm.fleet, -1 if vm.index is None else vm.index, vm.id)))


def diff_view(state: Any) -> dict[str, Any]:
    """What a diff shows of a VM: its own compared properties."""
    seen = ("state", "machine_type", "image", "disk_gb", "disk_type", "firewalls", "labels", "market", "ttl_hours")
    return {name: shown(getattr(state, name)) for name in seen}
