# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From specs to what RunInstances takes. Pure: the same spec gives the same request, and so the same token."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...model import mark
from ...model.resource import Candidate, Spec
from ...model.shape import Shape
from ...model.user_data import packed
from . import tags
from .options import USER_DATA_BYTES
from .shapes import SHAPES

KEY_PREFIX = "aienv-"


@dataclass(frozen=True)
class Place:
    """The ids behind the words of a spec. `block` says that the reservation is a capacity block."""

    image_id: str
    root_device: str
    subnet_id: str | None
    group_ids: tuple[str, ...] = ()
    key_name: str | None = None
    block: bool = False


def gap_free(specs: Sequence[Spec]) -> Iterator[tuple[Spec, ...]]:
    """Runs of consecutive indexes: each is one RunInstances, because AmiLaunchIndex counts on from the base index."""
    run: list[Spec] = []
    for spec in sorted(specs, key=lambda spec: -1 if spec.key is None else spec.key):
        if run and spec.key != run[-1].key + 1:  # type: ignore[operator]
            yield tuple(run)
            run = []
        run.append(spec)
    if run:
        yield tuple(run)


def to_request(
    specs: Sequence[Spec], candidate: Candidate, place: Place, member_tags: Mapping[str, str]
) -> dict[str, Any]:
    """The arguments of RunInstances for one gap-free run, without its token."""
    options = specs[0].options
    shape = SHAPES[str(candidate.machine_type)]
    request: dict[str, Any] = {
        "ImageId": place.image_id,
        "InstanceType": shape.machine_type,
        # All or none: a part of a run would leave its indexes to chance.
        "MinCount": len(specs),
        "MaxCount": len(specs),
        "BlockDeviceMappings": [{"DeviceName": place.root_device, "Ebs": _disk(options)}],
        "NetworkInterfaces": network_interfaces(options, shape, place),
        # IMDSv2 only; two hops, so that containers on the VM reach it as well.
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": tags.as_tags(member_tags)}
            for kind in ("instance", "volume", "network-interface")
        ],
        **_market(options, place),
    }
    if place.key_name:
        request["KeyName"] = place.key_name
    if options.user_data:
        # boto3 encodes it.
        request["UserData"] = packed(options.user_data, USER_DATA_BYTES)
    if options.placement_group:
        request["Placement"] = {"GroupName": options.placement_group}
    return request


def _disk(options: Any) -> dict[str, Any]:
    disk = {"VolumeType": options.disk_type or "gp3", "Encrypted": options.disk_encrypted, "DeleteOnTermination": True}
    return disk | ({"VolumeSize": options.disk_gb} if options.disk_gb else {})


def _market(options: Any, place: Place) -> dict[str, Any]:
    if options.market == "spot":
        return {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": {"SpotInstanceType": "one-time"}}}
    if options.market == "reserved":
        target = {"CapacityReservationTarget": {"CapacityReservationId": options.reservation_id}}
        block = {"InstanceMarketOptions": {"MarketType": "capacity-block"}} if place.block else {}
        return {"CapacityReservationSpecification": target, **block}
    return {}


def network_interfaces(options: Any, shape: Shape, place: Place) -> list[dict[str, Any]]:
    """One interface; with EFA on several network cards one for IP and one for EFA alone on each card that has it.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html (read 2026-11)
    """
    common: dict[str, Any] = {"DeleteOnTermination": True}
    if place.subnet_id:
        common["SubnetId"] = place.subnet_id
    if place.group_ids:
        common["Groups"] = list(place.group_ids)
    if not options.efa or shape.network_cards == 1:
        kind = {"InterfaceType": "efa"} if options.efa else {}
        return [{**common, **kind, "DeviceIndex": 0, "AssociatePublicIpAddress": options.public_ip is not False}]
    # EC2 refuses the public address where there are several interfaces.
    first = {**common, "NetworkCardIndex": 0, "DeviceIndex": 0, "InterfaceType": "interface"}
    without = shape.network_cards - shape.efa  # the first card of p6-b300 has no EFA
    return [first] + [
        {**common, "NetworkCardIndex": card, "DeviceIndex": 0 if card else 1, "InterfaceType": "efa-only"}
        for card in range(without, shape.network_cards)
    ]


def client_token(request: Mapping[str, Any], epoch: str) -> str:
    """The same for the same request, so that a repeated call makes nothing twice.

    `epoch` differs after every deletion in the fleet: a token outlives its VMs, and create, destroy, create must not
    get the dead ones back. The time of expiry is left out, since it moves while the request stays the same.
    """
    steady = json.dumps(request, sort_keys=True, default=bytes.hex)
    for specification in request["TagSpecifications"]:
        for tag in specification["Tags"]:
            if tag["Key"] == mark.EXPIRES:
                steady = steady.replace(tag["Value"], "")
    return hashlib.sha256(f"{steady}|{epoch}".encode()).hexdigest()[:64]
