# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 itself says of offers: zones, quota and spot price of the account, and today's price list."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ...model.error import CloudError
from ...model.offer import Offer, Quota
from ...model.price import Price, PriceRow
from . import price_list
from .session import PARALLEL_CALLS, AwsSession, open_account
from .shapes import SHAPES

# The most values that a filter takes: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html
MOST_VALUES = 200
PAGE = 1000
# Quotas in vCPUs by class of families and market.
# https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html and the console of Service Quotas (read 2026-11)
QUOTAS = {
    ("standard", "on_demand"): "L-1216C47A",
    ("standard", "spot"): "L-34B43A08",
    ("g", "on_demand"): "L-DB2E81BA",
    ("g", "spot"): "L-3819A6DF",
    ("p", "on_demand"): "L-417A185B",
    ("p", "spot"): "L-7212CCBC",
    ("p5", "spot"): "L-C4BD4855",
    ("x", "on_demand"): "L-7295265B",
    ("x", "spot"): "L-E3A00192",
}
STANDARD = frozenset("acdhimrtz")  # the first letter, but for the families that have quotas of their own
OTHERS = frozenset({"dl", "f", "hpc", "inf", "mac", "trn", "u"})
LETTERS = re.compile(r"[a-z]+(?=\d)")


def quota_of(machine_type: str, market: str) -> str | None:
    """The code of the quota that a type counts against; None where there is none that we know (a commitment needs none)."""
    family = machine_type.partition(".")[0]
    found = LETTERS.match(family)
    letters = found[0] if found else ""
    if letters in ("g", "gr", "vt"):
        return QUOTAS.get(("g", market))
    if letters == "p":
        kind = "p5" if family.startswith("p5") and market == "spot" else "p"
        known = market == "on_demand" or family.startswith(("p2", "p3", "p4", "p5"))
        return QUOTAS.get((kind, market)) if known else None
    standard = letters[:1] in STANDARD and letters not in OTHERS
    return QUOTAS.get(("standard" if standard else letters, market))


@dataclass(frozen=True)
class Region:
    """What one region said. `limits` holds a quota's name and value, or why it could not be read."""

    zones: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, tuple[str, float] | str]
    used: Mapping[str, float]
    spot: Mapping[str, Price]


def look(asked: Any, offers: Sequence[Offer], today: datetime.date) -> Iterator[Offer]:
    """The offers as the account sees them. Raises CloudError."""
    account = open_account(asked.profile, None)
    regions = list(dict.fromkeys(str(offer.region) for offer in offers))
    sessions = [(account.session_in(region), account.session_in(region, "service-quotas")) for region in regions]
    mine = [[offer for offer in offers if offer.region == region] for region in regions]
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        answers = list(pool.map(lambda pair, few: _region(*pair, few, today), sessions, mine))
    said = dict(zip(regions, answers, strict=True))
    for offer in offers:
        yield _seen(offer, said[str(offer.region)], asked.count)


def _seen(offer: Offer, region: Region, count: int) -> Offer:
    name = offer.shape.machine_type
    zones = region.zones.get(name, ())
    price = region.spot.get(name, offer.price) if offer.market == "spot" else offer.price
    code = quota_of(name, offer.market)
    quota = _held(code, region, offer.shape.vcpus * count) if code else None
    return replace(offer, available=bool(zones), zones=zones, price=price, quota=quota)


def _held(code: str, region: Region, wanted: float) -> Quota:
    limit = region.limits[code]
    if isinstance(limit, str):
        return Quota(None, limit)
    return Quota.held(limit[0], limit[1], region.used.get(code, 0), wanted)


def _region(ec2: AwsSession, quotas: AwsSession, offers: Sequence[Offer], today: datetime.date) -> Region:
    types = list(dict.fromkeys(offer.shape.machine_type for offer in offers))
    markets = {offer.market for offer in offers}
    codes = sorted({code for o in offers if (code := quota_of(o.shape.machine_type, o.market))})
    return Region(
        zones=_zones(ec2, types),
        limits={code: _limit(quotas, code) for code in codes},
        used=_used(ec2) if codes else {},
        spot=_spot(ec2, types, today) if "spot" in markets else {},
    )


def _zones(ec2: AwsSession, types: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The zones of the region itself that have each type: a Local Zone is another place."""
    own = re.compile(rf"{re.escape(ec2.region)}[a-z]")
    found: dict[str, list[str]] = {}
    for start in range(0, len(types), MOST_VALUES):
        wanted = [{"Name": "instance-type", "Values": list(types[start : start + MOST_VALUES])}]
        pages = ec2.pages(
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=wanted,
            MaxResults=PAGE,
        )
        for one in pages:
            if own.fullmatch(one["Location"]):
                found.setdefault(one["InstanceType"], []).append(one["Location"])
    return {name: tuple(sorted(zones)) for name, zones in found.items()}


def _limit(quotas: AwsSession, code: str) -> tuple[str, float] | str:
    """A right that is often missing, and a quota that a region may not have, cost the answer to this question alone."""
    try:
        quota = quotas.call("get_service_quota", ServiceCode="ec2", QuotaCode=code)["Quota"]
    except CloudError as error:
        if error.code not in ("not_authorized", "not_found"):
            raise
        return f"{code} could not be read: {error.detail}"
    return str(quota["QuotaName"]), float(quota["Value"])


def _used(ec2: AwsSession) -> Counter[str]:
    """vCPUs that run, by quota."""
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    used = Counter[str]()
    for reservation in ec2.pages("describe_instances", "Reservations", Filters=running, MaxResults=PAGE):
        for instance in reservation["Instances"]:
            market = "spot" if instance.get("InstanceLifecycle") == "spot" else "on_demand"
            code = quota_of(instance["InstanceType"], market)
            shape = SHAPES.get(instance["InstanceType"])
            if code and shape:
                used[code] += shape.vcpus
    return used


def _spot(ec2: AwsSession, types: Sequence[str], today: datetime.date) -> dict[str, Price]:
    history = ec2.pages(
        "describe_spot_price_history",
        "SpotPriceHistory",
        InstanceTypes=list(types),
        ProductDescriptions=["Linux/UNIX"],
        StartTime=datetime.datetime.now(datetime.UTC),  # without an end: the prices that are valid now
        MaxResults=PAGE,
    )
    rows = price_list.spot(history, ec2.region, types, today.isoformat())
    return {row.machine_type: row.price for row in rows if row.price}


def prices(asked: Any, regions: Sequence[str], types: Container[str], today: datetime.date) -> Iterator[PriceRow]:
    """Today's list prices. Raises CloudError."""
    return price_list.read(open_account(asked.profile, None), regions, types, today.isoformat())
