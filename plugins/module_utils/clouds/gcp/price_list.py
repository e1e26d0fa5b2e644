# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Google itself says that Compute Engine costs: from the SKUs of its billing catalogue to price rows. Pure, but for `read`.

Google prices parts, not machines: a vCPU, a GiB of memory, a GPU, a GiB of local SSD. A machine's price is their sum, and
there is none where one part has no price or two. https://cloud.google.com/billing/v1/how-tos/catalog-api (read 2026-11)
"""

from __future__ import annotations

import os
import re
import urllib.parse
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...model.error import CloudError
from ...model.price import Market, Price, PriceRow
from ...model.shape import Shape
from ..fetch import Fetch, fetch
from .session import open_account
from .shapes import SHAPES, bare, markets

ENDPOINT = "https://cloudbilling.googleapis.com/v1/services/6F81-5844-456A/skus"  # the service is Compute Engine
KEY_VARIABLE = "GOOGLE_API_KEY"
PAGE = 5000  # the most that the API gives at once
SOURCE = "Google Cloud Billing Catalog API, the sum of a machine's parts"
MARKETS: dict[str, Market] = {
    "OnDemand": "on_demand",
    "Preemptible": "spot",
    "Commit1Yr": "reserved_1y",
    "Commit3Yr": "reserved_3y",
}
# How SKUs name the families, without "Instance", and what the names of their machine types begin with.
FAMILIES = {
    "N1 Predefined": "n1",
    "N2": "n2",
    "N2D AMD": "n2d",
    "N4": "n4",
    "E2": "e2",
    "T2D AMD": "t2d",
    "T2A Arm": "t2a",
    "Compute optimized": "c2",
    "C2D AMD": "c2d",
    "C3": "c3",
    "C3D": "c3d",
    "C4": "c4",
    "C4A Arm": "c4a",
    "M3 Memory-optimized": "m3",
    "G2": "g2",
    "A2": "a2",
    "A3": "a3-highgpu",
    "A3Plus": "a3-megagpu",
}
GPUS = {
    "Nvidia L4": "l4",
    "Nvidia Tesla T4": "t4",
    "Nvidia Tesla V100": "v100",
    "Nvidia Tesla A100": "a100",
    "Nvidia Tesla A100 80GB": "a100-80gb",
    "Nvidia H100 80GB": "h100",
    "Nvidia H100 80GB Mega": "h100-mega",
    "Nvidia H100 80GB Plus": "h100-mega",
}
SHARED_CORE = ("e2-micro", "e2-small", "e2-medium")  # billed by parts of a vCPU, which their shapes do not tell
# Local SSD that a machine type brings, GiB per GPU. https://cloud.google.com/compute/docs/disks/local-ssd (read 2026-11)
SSD_PER_GPU = {"a2-ultragpu": 375, "a3-highgpu": 750, "a3-megagpu": 750}
HOURS_OF_A_MONTH = 730  # by which Google turns a month's price into an hour's

# The whole description has to fit: custom machines, sole tenancy, workstations and the like have words between these.
RUNNING = re.compile(r"(?:Spot Preemptible )?(?P<what>.+?)(?: Instance)? (?P<part>Core|Ram) running in .+")
COMMITTED = re.compile(r"Commitment v\d: (?:(?P<what>.+) )?(?P<part>Cpu|Ram) in .+ for [13] Years?")
GPU = re.compile(
    r"(?:Commitment v\d: )?(?P<what>.+) GPU (?:running|attached to Spot Preemptible VMs running) in .+?(?: for [13] Years?)?"
)
SSD = re.compile(
    r"SSD backed Local Storage(?: attached to Spot Preemptible VMs)?(?: in .+)?|Commitment v\d: Local SSD In .+"
)

Part = tuple[str, str]  # what it is of (a family, a GPU model) and which part: core, ram, gpu, ssd
Prices = dict[tuple[str, Market], dict[Part, float]]


def part_of(sku: Mapping[str, Any]) -> Part | None:
    """What a SKU is the price of; None for what no machine of ours is made of."""
    text, group = sku.get("description", ""), sku.get("category", {}).get("resourceGroup", "")
    committed = sku.get("category", {}).get("usageType", "").startswith("Commit")
    if group == "GPU":
        found = GPU.fullmatch(text)
        return (GPUS[found["what"]], "gpu") if found and found["what"] in GPUS else None
    if group == "LocalSSD":
        return ("", "ssd") if SSD.fullmatch(text) else None
    found = COMMITTED.fullmatch(text) if committed else RUNNING.fullmatch(text)
    if not found:
        return None
    what = found["what"] or "N1 Predefined"  # a commitment without a family's name is one to N1
    return (FAMILIES[what], _core_or_ram(found["part"])) if what in FAMILIES else None


def _core_or_ram(word: str) -> str:
    return "ram" if word == "Ram" else "core"


UNITS = {"core": "h", "gpu": "h", "ram": "GiBy.h", "ssd": "GiBy.mo"}


def hourly_of(sku: Mapping[str, Any], part: str) -> float | None:
    """USD per hour of one unit; None for one that is priced in another way. Raises CloudError for another currency."""
    expression = sku["pricingInfo"][-1]["pricingExpression"] if sku.get("pricingInfo") else {}
    rates = expression.get("tieredRates", ())
    if len(rates) != 1 or expression.get("usageUnit") != UNITS[part]:
        return None
    price = rates[0]["unitPrice"]
    if price["currencyCode"] != "USD":
        raise CloudError("failed", f"the billing catalogue is in {price['currencyCode']}, not in USD", "gcp")
    amount = int(price.get("units") or 0) + int(price.get("nanos") or 0) / 1e9
    return (amount / HOURS_OF_A_MONTH if part == "ssd" else amount) or None


def parts(skus: Iterable[Mapping[str, Any]]) -> Prices:
    """The price of every part, by region and market. A part with two different prices has none."""
    found: Prices = {}
    doubtful: set[tuple[tuple[str, Market], Part]] = set()
    for sku in skus:
        market, part = MARKETS.get(sku.get("category", {}).get("usageType", "")), part_of(sku)
        if not market or not part or (hourly := hourly_of(sku, part[1])) is None:
            continue
        for region in sku.get("serviceRegions", ()):
            known = found.setdefault((region, market), {})
            if known.setdefault(part, hourly) != hourly:
                doubtful.add(((region, market), part))
    for place, part in doubtful:
        del found[place][part]
    return found


def rows(
    skus: Iterable[Mapping[str, Any]], regions: Sequence[str], types: Container[str], today: str
) -> Iterator[PriceRow]:
    """Every machine type of ours whose parts all have a price. `today` is ISO 8601."""
    prices = parts(skus)
    for region in regions:
        for market in MARKETS.values():
            known = prices.get((region, market), {})
            for shape in (shape for name, shape in SHAPES.items() if name in types and name not in SHARED_CORE):
                hourly = composed(shape, known) if _sold(shape, market) else None
                if hourly is not None:
                    yield PriceRow(shape.machine_type, region, market, Price(hourly, market, today, SOURCE))


def _sold(shape: Shape, market: Market) -> bool:
    return ("spot" if market == "spot" else "on_demand") in markets(shape)


def composed(shape: Shape, known: Mapping[Part, float]) -> float | None:
    """The sum of a machine's parts, USD per hour; None where one of them has no price."""
    name = bare(shape.machine_type)
    family = next((f for f in FAMILIES.values() if name.startswith(f"{f}-")), "")
    model = "h100-mega" if name.startswith("a3-megagpu") else shape.gpu_model
    ssd = next((gib for prefix, gib in SSD_PER_GPU.items() if name.startswith(f"{prefix}-")), 0) * shape.gpu_count
    amounts: list[tuple[Part, float]] = [((family, "core"), shape.vcpus), ((family, "ram"), shape.memory_gb)]
    if model:
        amounts.append(((model, "gpu"), shape.gpu_count))
    if ssd:
        amounts.append((("", "ssd"), ssd))
    if any(part not in known for part, _amount in amounts):
        return None
    return round(sum(known[part] * amount for part, amount in amounts), 6)


def pages(get: Fetch, key: str | None = None) -> Iterator[Mapping[str, Any]]:
    """All SKUs of Compute Engine, page by page."""
    query = {"currencyCode": "USD", "pageSize": str(PAGE), **({"key": key} if key else {})}
    while True:
        answer = get(f"{ENDPOINT}?{urllib.parse.urlencode(query)}")
        yield from answer.get("skus", ())
        if not answer.get("nextPageToken"):
            return
        query["pageToken"] = answer["nextPageToken"]


def read(regions: Sequence[str], types: Container[str], today: str, get: Fetch | None = None) -> Iterator[PriceRow]:
    """All prices of these regions, as Google says them now, with the key in GOOGLE_API_KEY or the application's default credentials.

    Raises CloudError.
    """
    key = os.environ.get(KEY_VARIABLE)
    if get is None:
        headers = {} if key else open_account(None, None).headers()
        get = partial(fetch, cloud="gcp", headers=headers)
    yield from rows(pages(get, key), regions, types, today)
