# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From EC2's answers to observed VMs. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ...model import mark
from ...model.option import UNKNOWN
from ...model.price_book import price_of_vm
from ...model.vm import VmState, member_name
from . import tags
from .launch import KEY_PREFIX
from .prices import PRICES
from .shapes import SHAPES

STATES = {
    "pending": "pending",
    "running": "running",
    "stopping": "stopping",
    "stopped": "stopped",
    "shutting-down": "deleting",
    "terminated": "deleting",
}


def from_api(raw: Mapping[str, Any], region: str) -> VmState:
    """One instance of DescribeInstances. What it does not say (disks) stays UNKNOWN."""
    tagged = tags.as_dict(raw.get("Tags"))
    fleet, image_word = tagged.get(mark.FLEET, ""), tagged.get(mark.IMAGE)
    index = index_of(raw, tagged)
    address = raw.get("PublicIpAddress")
    state, market = STATES[raw["State"]["Name"]], _market(raw)
    return VmState(
        id=raw["InstanceId"],
        name=member_name(fleet, index) if fleet else tagged.get("Name") or raw["InstanceId"],
        fleet=fleet,
        index=index,
        cloud="aws",
        region=region,
        zone=raw.get("Placement", {}).get("AvailabilityZone", ""),
        state=state,
        machine_type=raw["InstanceType"],
        image=(image_word, raw["ImageId"]) if image_word else (raw.get("ImageId", ""),),
        public_ip_address=address,
        private_ip=raw.get("PrivateIpAddress"),
        # A stopped VM has no public address whatever it was made with.
        public_ip=bool(address) if state == "running" else UNKNOWN,
        market=market,
        labels=tags.labels_of(tagged),
        created_at=_created(raw),
        expires_at=tagged.get(mark.EXPIRES),
        ttl_hours=mark.ttl_of(tagged),
        ssh_user=tagged.get(mark.SSH_USER),
        ssh_public_key=raw.get("KeyName", "").removeprefix(KEY_PREFIX) or None,
        user_data=tagged.get(mark.USER_DATA),
        network=tagged.get(mark.NETWORK),
        firewalls=_firewalls(raw),
        interfaces=tuple(nic.get("NetworkInterfaceId", "") for nic in raw.get("NetworkInterfaces", ())),
        placement_group=raw.get("Placement", {}).get("GroupName") or None,
        efa=any(nic.get("InterfaceType", "").startswith("efa") for nic in raw.get("NetworkInterfaces", ())),
        shape=SHAPES.get(raw["InstanceType"]),
        price=price_of_vm(PRICES, raw["InstanceType"], region, market),
        reason=raw.get("StateReason", {}).get("Message") or None,
        owned=bool(fleet),
    )


def index_of(raw: Mapping[str, Any], tagged: Mapping[str, str]) -> int | None:
    """The member's number: what its RunInstances began with, plus its place in it."""
    base = tagged.get(tags.BASE_INDEX, "")
    return int(base) + int(raw.get("AmiLaunchIndex", 0)) if base.isdigit() else None


def _firewalls(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the groups of the first interface, else of the instance."""
    interfaces = raw.get("NetworkInterfaces") or [{}]
    groups = interfaces[0].get("Groups") or raw.get("SecurityGroups", ())
    return tuple(group.get("GroupName", group["GroupId"]) for group in groups)


def _market(raw: Mapping[str, Any]) -> str:
    lifecycle = raw.get("InstanceLifecycle")
    if lifecycle == "spot":
        return "spot"
    # CapacityReservationId alone says little: an on-demand VM falls into any open reservation that fits.
    targeted = raw.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget")
    return "reserved" if lifecycle == "capacity-block" or targeted else "on_demand"


def _created(raw: Mapping[str, Any]) -> str | None:
    """LaunchTime moves with every start; the first interface was attached when the VM was made."""
    attached = [
        nic["Attachment"]["AttachTime"]
        for nic in raw.get("NetworkInterfaces", ())
        if nic.get("Attachment", {}).get("AttachTime")
    ]
    moment = min(attached, default=raw.get("LaunchTime"))
    if isinstance(moment, datetime.datetime):
        return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment


def with_disk(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The disk's part of a state, of one volume of DescribeVolumes."""
    return {
        "disk_id": raw["VolumeId"],
        "disk_gb": raw["Size"],
        "disk_type": raw["VolumeType"],
        "disk_encrypted": raw["Encrypted"],
    }
