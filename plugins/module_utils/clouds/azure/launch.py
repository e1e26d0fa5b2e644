# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From specs to what a PUT of a VM takes. Pure: the same spec gives the same request, and the name is its token."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model.resource import Candidate, Spec
from ...model.user_data import packed
from .options import USER_DATA_BYTES

DEFAULT_LOGIN = "azureuser"  # what `az vm create` and the portal call it
# The version of the network API by which Compute makes the interface and the address; the only one it knows.
NETWORK_API = "2020-11-01"


@dataclass(frozen=True)
class Place:
    """The ids behind the words of a spec, and what the size can."""

    location: str
    subnet_id: str
    image: Mapping[str, str]
    nsg_id: str | None = None
    asg_ids: tuple[str, ...] = ()
    premium: bool = False
    accelerated: bool = False
    reservation_id: str | None = None
    proximity_id: str | None = None


def login_of(options: Any) -> str:
    """The user that Azure makes at the first boot."""
    return options.ssh_user or DEFAULT_LOGIN


def interface_name(name: str) -> str:
    return f"{name}-nic"


def address_name(name: str) -> str:
    return f"{name}-ip"


def to_request(spec: Spec, candidate: Candidate, place: Place, member_tags: Mapping[str, str]) -> dict[str, Any]:
    """The body of the PUT of one VM, which makes its disk, interface and address along with it."""
    options = spec.options
    properties: dict[str, Any] = {
        "hardwareProfile": {"vmSize": candidate.machine_type},
        "storageProfile": {"imageReference": dict(place.image), "osDisk": _disk(options, place)},
        "osProfile": _system(spec),
        "networkProfile": {
            "networkApiVersion": NETWORK_API,
            "networkInterfaceConfigurations": [_interface(spec, place)],
        },
        **_market(options, place),
    }
    if options.security_type == "trusted_launch":
        properties["securityProfile"] = {
            "securityType": "TrustedLaunch",
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
        }
    if place.proximity_id:
        properties["proximityPlacementGroup"] = {"id": place.proximity_id}
    zones = {"zones": [candidate.zone]} if candidate.zone else {}
    return {"location": place.location, "tags": dict(member_tags), "properties": properties, **zones}


def _disk(options: Any, place: Place) -> dict[str, Any]:
    kind = options.disk_type or ("Premium_LRS" if place.premium else "StandardSSD_LRS")
    disk = {
        "createOption": "FromImage",
        "caching": "ReadWrite",
        "deleteOption": "Delete",
        "managedDisk": {"storageAccountType": kind},
    }
    return disk | ({"diskSizeGB": options.disk_gb} if options.disk_gb else {})


def _system(spec: Spec) -> dict[str, Any]:
    options, login = spec.options, login_of(spec.options)
    key = {"path": f"/home/{login}/.ssh/authorized_keys", "keyData": options.ssh_public_key}
    system = {
        "computerName": spec.name,
        "adminUsername": login,
        "linuxConfiguration": {"disablePasswordAuthentication": True, "ssh": {"publicKeys": [key]}},
    }
    if options.user_data:
        system["customData"] = base64.b64encode(packed(options.user_data, USER_DATA_BYTES)).decode()
    return system


def _interface(spec: Spec, place: Place) -> dict[str, Any]:
    inner: dict[str, Any] = {"primary": True, "subnet": {"id": place.subnet_id}, "privateIPAddressVersion": "IPv4"}
    if place.asg_ids:
        inner["applicationSecurityGroups"] = [{"id": one} for one in place.asg_ids]
    if spec.options.public_ip is not False:
        inner["publicIPAddressConfiguration"] = {
            "name": address_name(spec.name),
            # Azure has no other kind for new addresses; it is closed until a firewall opens it.
            "sku": {"name": "Standard", "tier": "Regional"},
            "properties": {"deleteOption": "Delete", "publicIPAllocationMethod": "Static"},
        }
    wanted = spec.options.accelerated_networking
    outer: dict[str, Any] = {
        "primary": True,
        "deleteOption": "Delete",
        "enableAcceleratedNetworking": place.accelerated if wanted is None else wanted,
        "ipConfigurations": [{"name": "primary", "properties": inner}],
    }
    if place.nsg_id:
        outer["networkSecurityGroup"] = {"id": place.nsg_id}
    return {"name": interface_name(spec.name), "properties": outer}


def _market(options: Any, place: Place) -> dict[str, Any]:
    if options.market == "spot":
        return {
            "priority": "Spot",
            "evictionPolicy": "Delete" if options.eviction_policy == "delete" else "Deallocate",
            "billingProfile": {"maxPrice": -1 if options.max_price is None else options.max_price},
        }
    if options.market == "reserved":
        return {"capacityReservation": {"capacityReservationGroup": {"id": place.reservation_id}}}
    return {}
