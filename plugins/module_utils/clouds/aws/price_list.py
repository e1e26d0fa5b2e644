# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS itself says that EC2 costs: from the answers of its price APIs to price rows. Pure, but for the two reading functions.

On-demand and reserved prices come from the Price List Query API (pricing:GetProducts), spot prices from
ec2:DescribeSpotPriceHistory. https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-price-list-query-api.html
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...model.price import Market, Price, PriceRow
from .session import AwsAccount

# The regions whose endpoints answer for all the others; any of them will do.
ASK_IN = "us-east-1"
PAGE = 100  # the most that GetProducts gives at once
SPOT_PAGE = 1000
PRODUCTS_SOURCE = "AWS Price List Query API (GetProducts)"
SPOT_SOURCE = "AWS EC2 DescribeSpotPriceHistory, the lowest zone of the region"
HOURS_OF = {"1yr": 8760, "3yr": 3 * 8760}
RESERVED: dict[str, Market] = {"1yr": "reserved_1y", "3yr": "reserved_3y"}
# A commitment is sold in up to three ways. The first one that there is counts; what is paid at the beginning is spread over the hours.
PURCHASES = ("No Upfront", "Partial Upfront", "All Upfront")
# What a plain Linux VM on shared hardware has; other products cost more (licences, hosts) or are no VM in use.
PLAIN = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
}


def query(region: str) -> dict[str, Any]:
    """The parameters of GetProducts for every plain VM of a region."""
    wanted = {**PLAIN, "regionCode": region}
    return {
        "ServiceCode": "AmazonEC2",
        "FormatVersion": "aws_v1",
        "MaxResults": PAGE,
        "Filters": [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()],
    }


def products(price_list: Iterable[str], region: str, types: Container[str], today: str) -> Iterator[PriceRow]:
    """The rows of one region out of GetProducts' PriceList, a JSON text for each product. `today` is ISO 8601."""
    for text in price_list:
        product = json.loads(text)
        attributes = product["product"].get("attributes", {})
        machine_type = attributes.get("instanceType", "")
        if machine_type not in types or not _plain(attributes, region):
            continue
        for market, hourly in _prices(product.get("terms", {})):
            yield PriceRow(machine_type, region, market, Price(hourly, market, today, PRODUCTS_SOURCE))


def _plain(attributes: Mapping[str, str], region: str) -> bool:
    """Asked for again here: an attribute that a filter names may be written differently one day, and then all would pass."""
    return (
        all(attributes.get(name) == value for name, value in PLAIN.items())
        and attributes.get("regionCode", region) == region
        and attributes.get("operation") == "RunInstances"
        and attributes.get("marketoption", "OnDemand") == "OnDemand"  # a capacity block is a product, too
    )


def _prices(terms: Mapping[str, Any]) -> Iterator[tuple[Market, float]]:
    for term in terms.get("OnDemand", {}).values():
        hourly, upfront = _dimensions(term)
        if hourly and not upfront:
            yield "on_demand", hourly
    sold: dict[tuple[str, str], float] = {}
    for term in terms.get("Reserved", {}).values():
        said = term["termAttributes"]
        length, purchase = said.get("LeaseContractLength", ""), said.get("PurchaseOption", "")
        hourly, upfront = _dimensions(term)
        if said.get("OfferingClass") == "standard" and length in HOURS_OF and hourly is not None:
            sold[length, purchase] = hourly + (upfront or 0) / HOURS_OF[length]
    for length, market in RESERVED.items():
        for purchase in PURCHASES:
            if (length, purchase) in sold:
                yield market, round(sold[length, purchase], 6)
                break


def _dimensions(term: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """USD per hour, and at the beginning; None for what the term does not say, or says in another currency."""
    found: dict[str, float] = {}
    for dimension in term["priceDimensions"].values():
        if "USD" in dimension["pricePerUnit"]:
            found[dimension["unit"].lower()] = float(dimension["pricePerUnit"]["USD"])
    return found.get("hrs"), found.get("quantity")


def spot(history: Iterable[Mapping[str, Any]], region: str, types: Container[str], today: str) -> Iterator[PriceRow]:
    """The lowest price of the region's own zones now; a Local Zone (us-west-2-lax-1a) is another place."""
    own = re.compile(rf"{re.escape(region)}[a-z]")
    newest: dict[tuple[str, str], tuple[Any, float]] = {}
    for one in history:
        key = one["InstanceType"], one["AvailabilityZone"]
        if key[0] not in types or not own.fullmatch(key[1]) or one.get("ProductDescription") != "Linux/UNIX":
            continue
        if key not in newest or one["Timestamp"] > newest[key][0]:
            newest[key] = one["Timestamp"], float(one["SpotPrice"])
    lowest: dict[str, float] = {}
    for (machine_type, _zone), (_time, hourly) in newest.items():
        lowest[machine_type] = min(hourly, lowest.get(machine_type, hourly))
    for machine_type, hourly in sorted(lowest.items()):
        yield PriceRow(machine_type, region, "spot", Price(hourly, "spot", today, SPOT_SOURCE))


def read(account: AwsAccount, regions: Sequence[str], types: Container[str], today: str) -> Iterator[PriceRow]:
    """All prices of these regions, as AWS says them now. Raises CloudError."""
    pricing = account.session_in(ASK_IN, "pricing")
    for region in regions:
        yield from products(pricing.pages("get_products", "PriceList", **query(region)), region, types, today)
        ec2 = account.session_in(region)
        now = datetime.datetime.now(datetime.UTC)
        history = ec2.pages(
            "describe_spot_price_history",
            "SpotPriceHistory",
            ProductDescriptions=["Linux/UNIX"],
            StartTime=now,  # without an end: the prices that are valid now
            MaxResults=SPOT_PAGE,
        )
        yield from spot(history, region, types, today)
