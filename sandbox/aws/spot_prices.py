"""DescribeSpotPriceHistory: moto has one price for everything, of 2006, under another product than was asked for.

The prices here are made up: they follow from the number of vCPUs and GPUs and differ a little from zone to zone, so that there is
a lowest one. docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

from __future__ import annotations

import datetime
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from sandbox.aws import ids, paging
from sandbox.aws.call import Call
from sandbox.aws.filters import Record, select

PRODUCTS = ("Linux/UNIX", "Red Hat Enterprise Linux", "SUSE Linux", "Windows")
OF_A_VCPU, OF_A_GPU = 0.0125, 0.15
SINCE = datetime.timedelta(hours=3)

_FILTERS = {
    "availability-zone": lambda r: r["AvailabilityZone"],
    "instance-type": lambda r: r["InstanceType"],
    "product-description": lambda r: r["ProductDescription"],
    "spot-price": lambda r: r["SpotPrice"],
    "timestamp": lambda r: r["Timestamp"],
}


def describe(call: Call) -> dict[str, Any]:
    """The price that is valid now, of each type, product and zone that is asked for."""
    paging.check(call)
    paging.check_filters(call)
    products = call.params.get("ProductDescriptions") or PRODUCTS
    found = [_entry(offering, product) for offering in _offerings(call) for product in products if product in PRODUCTS]
    page, token = paging.cut(call, select(found, call.filters(), _FILTERS), paging.identity)
    return {"SpotPriceHistory": page, "NextToken": token}


def _offerings(call: Call) -> list[dict[str, str]]:
    types, zone = call.params.get("InstanceTypes"), call.params.get("AvailabilityZone")
    asked = {"LocationType": "availability-zone"}
    every = call.moto(asked, action="DescribeInstanceTypeOfferings")["InstanceTypeOfferings"]
    return [
        one for one in every if (not types or one["InstanceType"] in types) and (not zone or one["Location"] == zone)
    ]


def _entry(offering: dict[str, str], product: str) -> Record:
    kind = INSTANCE_TYPES[offering["InstanceType"]]
    gpus = sum(gpu["Count"] for gpu in kind.get("GpuInfo", {}).get("Gpus", []))
    base = kind["VCpuInfo"]["DefaultVCpus"] * OF_A_VCPU + gpus * OF_A_GPU
    dearer = 1 + (ord(offering["Location"][-1]) % 5) / 100
    return Record(
        InstanceType=offering["InstanceType"],
        ProductDescription=product,
        SpotPrice=f"{base * dearer:.6f}",
        AvailabilityZone=offering["Location"],
        Timestamp=ids.now() - SINCE,
    )


HANDLERS = {"DescribeSpotPriceHistory": describe}
