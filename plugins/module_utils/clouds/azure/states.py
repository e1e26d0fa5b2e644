# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Azure's answers to observed VMs. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...model import mark
from ...model.error import InvalidOption
from ...model.option import UNKNOWN
from ...model.price_book import price_of_vm
from ...model.vm import VmState, fingerprint
from . import tags
from .images import names_of
from .options import last_name
from .prices import PRICES
from .shapes import SHAPES

# https://learn.microsoft.com/azure/virtual-machines/states-billing (read 2026-11). `stopped`, unlike `deallocated`, is billed.
POWER = {
    "starting": "pending",
    "running": "running",
    "stopping": "stopping",
    "stopped": "stopped",
    "deallocating": "stopping",
    "deallocated": "stopped",
}
HALF_STOPPED = ("stopping", "stopped")  # its host is still kept for it
HALTED = "the VM was shut down from inside and is still billed; state: stopped deallocates it"


@dataclass(frozen=True)
class AzureVmState(VmState):
    """A VM with what its calls need: its id in Azure's sense, its version, all its tags, its interface as Azure shows it."""

    resource_id: str = ""
    etag: str | None = None
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    nic: Mapping[str, Any] | None = None
    power: str = ""
    provisioning: str = ""
    security_type: str = "standard"

    @property
    def billed(self) -> bool:
        return super().billed or (self.power in HALF_STOPPED and self.state != "deleting")


@dataclass(frozen=True)
class Around:
    """What belongs to VMs, each by the VM's or the address's id in small letters."""

    statuses: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    nics: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    addresses: Mapping[str, str] = dataclasses.field(default_factory=dict)


def around(
    statuses: Iterable[Mapping[str, Any]], nics: Iterable[Mapping[str, Any]], addresses: Iterable[Mapping[str, Any]]
) -> Around:
    """Join lists of the whole group or subscription; of several interfaces of a VM its primary one counts."""
    by_vm: dict[str, Mapping[str, Any]] = {}
    for nic in nics:
        properties = nic.get("properties", {})
        owner = (properties.get("virtualMachine") or {}).get("id", "").lower()
        if owner and (owner not in by_vm or properties.get("primary")):
            by_vm[owner] = nic
    return Around(
        {one["id"].lower(): one.get("properties", {}).get("instanceView") or {} for one in statuses},
        by_vm,
        {one["id"].lower(): one.get("properties", {}).get("ipAddress") for one in addresses},
    )


def from_api(raw: Mapping[str, Any], near: Around) -> AzureVmState:
    """One VM of a list, with what was listed around it. Disk properties stay UNKNOWN."""
    properties, tagged = raw.get("properties", {}), raw.get("tags") or {}
    key = raw["id"].lower()
    fleet = mark.fleet_of(raw["name"], tagged)
    view = near.statuses.get(key) or properties.get("instanceView") or {}
    power = power_of(view)
    provisioning = properties.get("provisioningState", "")
    return AzureVmState(
        id=properties.get("vmId") or key,
        name=raw["name"],
        fleet=fleet,
        index=mark.index_of(raw["name"], fleet) if fleet else None,
        cloud="azure",
        region=raw.get("location", ""),
        zone=next(iter(raw.get("zones") or ()), ""),
        state=state_of(provisioning, power),
        reason=HALTED if power == "stopped" else reason_of(view),
        owned=bool(fleet),
        resource_id=raw["id"],
        etag=raw.get("etag"),
        ssh_user=tagged.get(mark.SSH_USER) or properties.get("osProfile", {}).get("adminUsername"),
        power=power,
        provisioning=provisioning,
        **_said_in_tags(tagged),
        **_said_in_properties(properties, raw.get("location", ""), tagged.get(mark.IMAGE) if fleet else None),
        **_said_by_interface(near.nics.get(key), near.addresses),
    )


def _said_in_tags(tagged: Mapping[str, str]) -> dict[str, Any]:
    return {
        "tags": tagged,
        "labels": tags.labels_of(tagged),
        "expires_at": tagged.get(mark.EXPIRES),
        "ttl_hours": mark.ttl_of(tagged),
        "user_data": tagged.get(mark.USER_DATA),
        "network": tagged.get(mark.NETWORK, UNKNOWN),
    }


def _said_in_properties(properties: Mapping[str, Any], location: str, image_word: str | None) -> dict[str, Any]:
    size = properties.get("hardwareProfile", {}).get("vmSize", "")
    reference = properties.get("storageProfile", {}).get("imageReference") or {}
    market = _market(properties)
    return {
        "machine_type": size,
        "shape": SHAPES.get(size),
        "image": ((image_word,) if image_word else ()) + names_of(reference),
        "market": market,
        "price": price_of_vm(PRICES, size, location, market),
        "created_at": _created(properties),
        "ssh_public_key": _key(properties),
        "placement_group": _referred(properties, "proximityPlacementGroup"),
        "disk_id": _disk(properties).get("managedDisk", {}).get("id"),
        "security_type": "trusted_launch" if _security(properties) == "TrustedLaunch" else "standard",
    }


def _said_by_interface(nic: Mapping[str, Any] | None, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Nothing where the interface is not known (yet)."""
    if nic is None:
        return {}
    private, address_id = _addresses(nic)
    return {
        "nic": nic,
        "interfaces": (nic["id"],),
        "private_ip": private,
        "public_ip": bool(address_id),
        "public_ip_address": addresses.get(address_id) if address_id else None,
        "firewalls": _firewalls(nic),
    }


def with_disk(state: AzureVmState, raw: Mapping[str, Any], disk: Mapping[str, Any] | None) -> AzureVmState:
    """With the disk's part: as the VM shows it, which it does not while it is deallocated, else of the disk itself."""
    shown = _disk(raw.get("properties", {}))
    size: Any = (disk or {}).get("properties", {}).get("diskSizeGB") or shown.get("diskSizeGB")
    kind: Any = (disk or {}).get("sku", {}).get("name") or shown.get("managedDisk", {}).get("storageAccountType")
    # Azure encrypts every managed disk at rest; there is no way to have one that is not.
    return dataclasses.replace(state, disk_gb=size or UNKNOWN, disk_type=kind or UNKNOWN, disk_encrypted=True)


def shows_disk(raw: Mapping[str, Any], size: int | None, kind: str | None) -> bool:
    """Whether the VM shows a disk, and one of that size and kind where any is wanted."""
    shown = _disk(raw.get("properties", {}))
    there = shown.get("diskSizeGB"), shown.get("managedDisk", {}).get("storageAccountType")
    return all(there) and there == (size or there[0], kind or there[1])


def power_of(view: Mapping[str, Any]) -> str:
    """`running`, `deallocated` and so on; empty where Azure does not say."""
    codes = (status.get("code", "") for status in view.get("statuses") or ())
    return next((code.partition("/")[2].lower() for code in codes if code.lower().startswith("powerstate/")), "")


def reason_of(view: Mapping[str, Any]) -> str | None:
    """Why the last operation failed, if it did."""
    for status in view.get("statuses") or ():
        parts = status.get("code", "").split("/")
        if parts[0].lower() == "provisioningstate" and parts[1:2] == ["failed"]:
            return f"{status.get('message') or 'the last operation on it failed'} ({parts[-1]})"
    return None


def state_of(provisioning: str, power: str) -> str:
    """Our word. A VM that failed before it ever had power is `stopped`: it can be started again, or deleted."""
    if provisioning == "Deleting":
        return "deleting"
    if provisioning == "Creating":
        return "pending"
    return POWER.get(power) or ("stopped" if provisioning == "Failed" else "pending")


def _disk(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return properties.get("storageProfile", {}).get("osDisk") or {}


def _addresses(nic: Mapping[str, Any]) -> tuple[str | None, str]:
    """Private address, and the id of the public one in small letters."""
    configurations = nic.get("properties", {}).get("ipConfigurations") or ()
    inner = [one.get("properties", {}) for one in configurations]
    first: Mapping[str, Any] = next((one for one in inner if one.get("primary")), inner[0] if inner else {})
    return first.get("privateIPAddress"), (first.get("publicIPAddress") or {}).get("id", "").lower()


def _firewalls(nic: Mapping[str, Any]) -> tuple[str, ...]:
    name = _referred(nic.get("properties", {}), "networkSecurityGroup")
    return (name,) if name else ()


def _referred(properties: Mapping[str, Any], word: str) -> str | None:
    found = (properties.get(word) or {}).get("id")
    return last_name(found) if found else None


def _market(properties: Mapping[str, Any]) -> str:
    if properties.get("priority", "").lower() in ("spot", "low"):
        return "spot"
    group = (properties.get("capacityReservation") or {}).get("capacityReservationGroup") or {}
    return "reserved" if group.get("id") else "on_demand"


def _key(properties: Mapping[str, Any]) -> str | None:
    keys = properties.get("osProfile", {}).get("linuxConfiguration", {}).get("ssh", {}).get("publicKeys") or ()
    try:
        return next((fingerprint(key["keyData"]) for key in keys if key.get("keyData")), None)
    except InvalidOption:  # somebody's key in another form
        return None


def _security(properties: Mapping[str, Any]) -> str | None:
    return (properties.get("securityProfile") or {}).get("securityType")


def _created(properties: Mapping[str, Any]) -> str | None:
    """2026-11-23T09:00:00.1234567+00:00, to the second."""
    moment = properties.get("timeCreated")
    return moment[:19] + "Z" if moment else None
