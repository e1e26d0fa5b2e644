# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure itself says that its VMs cost: from the answers of the Retail Prices API to price rows. Pure, but for `read`.

The API takes no credentials. https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices (read 2026-11)
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...model.error import CloudError
from ...model.price import Market, Price, PriceRow
from ..fetch import Fetch, fetch

ENDPOINT = "https://prices.azure.com/api/retail/prices"
VERSION = "2023-01-01-preview"
SOURCE = "Azure Retail Prices API"
HOURS_OF = {"1 Year": 8760, "3 Years": 3 * 8760}
RESERVED: dict[str, Market] = {"1 Year": "reserved_1y", "3 Years": "reserved_3y"}
# Products that are no plain Linux VM: licences, and platforms that bill by the same sizes.
OTHER_PRODUCTS = (
    "Windows",
    "CloudServices",
    "Cloud Services",
    "Dedicated Host",
    "RHEL",
    "SLES",
    "SUSE",
    "Red Hat",
    "Ubuntu Pro",
)


def url_of(region: str) -> str:
    """The first page of every VM meter of a region, as an OData filter; values are case-sensitive."""
    wanted = f"serviceName eq 'Virtual Machines' and armRegionName eq '{region}'"
    query = {"api-version": VERSION, "currencyCode": "'USD'", "$filter": wanted}
    return f"{ENDPOINT}?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="'$")


def pages(first: str, get: Fetch) -> Iterator[Mapping[str, Any]]:
    """All items, page by page. Raises CloudError for a next page that lies elsewhere."""
    link: str | None = first
    while link:
        answer = get(link)
        yield from answer.get("Items", ())
        link = answer.get("NextPageLink") or None
        if link and urllib.parse.urlsplit(link).hostname != urllib.parse.urlsplit(first).hostname:
            raise CloudError("failed", "the next page of the price list is on another host", "azure", resource=link)


def rows(items: Iterable[Mapping[str, Any]], region: str, types: Container[str], today: str) -> Iterator[PriceRow]:
    """The rows of one region. `today` is ISO 8601: what is valid later is left out. Raises CloudError for another currency."""
    found: dict[tuple[str, Market], tuple[str, float]] = {}
    for item in items:
        machine_type = item.get("armSkuName", "")
        market = market_of(item) if machine_type in types and item.get("armRegionName") == region else None
        since = item.get("effectiveStartDate", "")[:10]
        if market is None or since > today:
            continue
        if item["currencyCode"] != "USD":
            raise CloudError("failed", f"the price list is in {item['currencyCode']}, not in USD", "azure")
        # A reservation's price is that of its whole term, although its unit says "1 Hour".
        hourly = item["retailPrice"] / HOURS_OF.get(item.get("reservationTerm", ""), 1)
        if (machine_type, market) not in found or since > found[machine_type, market][0]:
            found[machine_type, market] = since, round(hourly, 6)
    for (machine_type, market), (_since, hourly) in sorted(found.items()):
        yield PriceRow(machine_type, region, market, Price(hourly, market, today, SOURCE))


def market_of(item: Mapping[str, Any]) -> Market | None:
    """How an item is sold; None for one that is not the price of a plain Linux VM."""
    names = f"{item.get('meterName', '')} {item.get('skuName', '')}"
    product = item.get("productName", "")
    if any(word in product for word in OTHER_PRODUCTS) or "Low Priority" in names or not item.get("retailPrice"):
        return None
    if item.get("unitOfMeasure") != "1 Hour" or item.get("tierMinimumUnits"):
        return None
    if item.get("type") == "Reservation":
        return RESERVED.get(item.get("reservationTerm", ""))
    if item.get("type") != "Consumption" or not item.get(
        "isPrimaryMeterRegion", True
    ):  # DevTestConsumption is for subscribers
        return None
    return "spot" if "Spot" in names else "on_demand"


def read(regions: Sequence[str], types: Container[str], today: str, get: Fetch | None = None) -> Iterator[PriceRow]:
    """All prices of these regions, as Microsoft says them now. Raises CloudError."""
    for region in regions:
        yield from rows(pages(url_of(region), get or partial(fetch, cloud="azure")), region, types, today)
