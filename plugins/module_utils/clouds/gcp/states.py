# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From Compute Engine's answers to observed VMs. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model import mark
from ...model.error import InvalidOption
from ...model.option import UNKNOWN
from ...model.price_book import price_of_vm
from ...model.vm import VmState, digest, fingerprint
from . import labels
from .images import from_label
from .launch import is_own_key
from .prices import PRICES
from .shapes import SHAPES, machine_type_of

# https://cloud.google.com/compute/docs/instances/instance-lifecycle (read 2026-11)
STATES = {
    "PENDING": "pending",
    "PROVISIONING": "pending",
    "STAGING": "pending",
    "REPAIRING": "pending",
    "RUNNING": "running",
    "PENDING_STOP": "stopping",
    "STOPPING": "stopping",
    "SUSPENDING": "stopping",
    "STOPPED": "stopped",
    "SUSPENDED": "stopped",
    "TERMINATED": "stopped",
    "DEPROVISIONING": "deleting",
}
# What a VM that is being deleted shows as well.
AMBIGUOUS = "STOPPING"

# The members of an instance that the inventory shows, and those that modules compare or need for a change.
SHOWN = (
    "id,name,zone,status,statusMessage,machineType,creationTimestamp,labels,guestAccelerators,"
    "scheduling(provisioningModel,preemptible),reservationAffinity/consumeReservationType,"
    "networkInterfaces(networkIP,accessConfigs(type,natIP))"
)
COMPARED = (
    "id,name,zone,status,statusMessage,machineType,creationTimestamp,labels,labelFingerprint,guestAccelerators,"
    "scheduling,reservationAffinity/consumeReservationType,networkInterfaces(networkIP,accessConfigs(type,natIP)),"
    "tags,metadata(fingerprint,items),serviceAccounts/email,disks(boot,source,diskSizeGb)"
)


@dataclass(frozen=True)
class GcpVmState(VmState):
    os_login: bool = False
    service_account: str | None = None


def from_api(raw: Mapping[str, Any], going: bool = False, detail: bool = True) -> GcpVmState:
    """One instance. `going` says that an operation is deleting it; without `detail` the disk stays UNKNOWN."""
    own = raw.get("labels") or {}
    name = raw["name"]
    fleet = mark.fleet_of(name, own)
    zone = raw["zone"].rsplit("/", 1)[-1]
    region, market = zone.rsplit("-", 1)[0], _market(raw)
    machine_type = machine_type_of(raw)
    nic = next(iter(raw.get("networkInterfaces") or ()), {})
    metadata = metadata_of(raw)
    return GcpVmState(
        id=str(raw["id"]),
        name=name,
        fleet=fleet,
        index=mark.index_of(name, fleet) if fleet else None,
        cloud="gcp",
        region=region,
        zone=zone,
        state="deleting" if going else STATES.get(raw["status"], "pending"),
        machine_type=machine_type,
        public_ip_address=next((c["natIP"] for c in nic.get("accessConfigs") or () if c.get("natIP")), None),
        private_ip=nic.get("networkIP"),
        public_ip=bool(nic.get("accessConfigs")),  # a stopped VM keeps the entry, without an address
        market=market,
        labels=labels.labels_of(own),
        created_at=created(raw.get("creationTimestamp")),
        ssh_public_key=_own_key(metadata),
        user_data=digest(metadata["user-data"]) if metadata.get("user-data") else None,
        firewalls=labels.firewalls_of((raw.get("tags") or {}).get("items")),
        os_login=metadata.get("enable-oslogin", "").upper() == "TRUE",
        service_account=next((a.get("email") for a in raw.get("serviceAccounts") or ()), None),
        shape=SHAPES.get(machine_type),
        price=price_of_vm(PRICES, machine_type, region, market),
        reason=raw.get("statusMessage") or None,
        owned=bool(fleet),
        **_recorded(own),
        **(_disk(raw, own) if detail else {}),
    )


def _recorded(own: Mapping[str, str]) -> dict[str, Any]:
    """What was written into the labels when the VM was made, or changed since."""
    return {
        "image": (from_label(own[mark.IMAGE]),) if mark.IMAGE in own else (),
        "expires_at": labels.shown_expiry(own.get(mark.EXPIRES)),
        "ttl_hours": mark.ttl_of(own),
        "ssh_user": own.get(mark.SSH_USER),
        "network": own.get(mark.NETWORK),
        "placement_group": own.get(labels.PLACEMENT),
    }


def metadata_of(raw: Mapping[str, Any]) -> dict[str, str]:
    return {item["key"]: item.get("value", "") for item in (raw.get("metadata") or {}).get("items") or ()}


def _disk(raw: Mapping[str, Any], own: Mapping[str, str]) -> dict[str, Any]:
    """The disk's part of a state, which the instance itself tells but for the type; Google encrypts every disk."""
    boot = next((disk for disk in raw.get("disks") or () if disk.get("boot")), None)
    if boot is None:
        return {}
    return {
        "disk_id": boot.get("source", "").rsplit("/", 1)[-1],
        "disk_gb": int(boot["diskSizeGb"]) if boot.get("diskSizeGb") else UNKNOWN,
        "disk_type": own.get(labels.DISK_TYPE, UNKNOWN),
        "disk_encrypted": True,
    }


def _own_key(metadata: Mapping[str, str]) -> str | None:
    """The fingerprint of the key that we gave; others may have added theirs."""
    for line in metadata.get("ssh-keys", "").splitlines():
        if is_own_key(line):
            try:
                return fingerprint(line.partition(":")[2])
            except InvalidOption:  # somebody edited it
                return None
    return None


def _market(raw: Mapping[str, Any]) -> str:
    scheduling = raw.get("scheduling") or {}
    model = scheduling.get("provisioningModel")
    if model == "SPOT" or scheduling.get("preemptible"):
        return "spot"
    affinity = (raw.get("reservationAffinity") or {}).get("consumeReservationType")
    return "reserved" if model == "RESERVATION_BOUND" or affinity == "SPECIFIC_RESERVATION" else "on_demand"


def created(text: str | None) -> str | None:
    """Google writes its own local time, with the offset."""
    try:
        moment = datetime.datetime.fromisoformat(text or "")
    except ValueError:
        return text
    return moment.astimezone(datetime.UTC).strftime(mark.ISO)
