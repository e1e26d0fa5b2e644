# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The offers of all clouds: the one answer of the module and the lookup vm_offers, and the only file that knows every cloud."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .clouds.aws import offers as aws
from .clouds.aws.catalog import CATALOG as AWS
from .clouds.azure import offers as azure
from .clouds.azure.catalog import CATALOG as AZURE
from .clouds.gcp import offers as gcp
from .clouds.gcp.catalog import CATALOG as GCP
from .clouds.interface import Query
from .model.catalog import Catalog
from .model.offer import Offer, offer_result
from .model.offer_request import Choice, OfferOptions, choose, sift
from .model.price import PriceRow

CATALOGS: Mapping[str, Catalog] = {"aws": AWS, "azure": AZURE, "gcp": GCP}


@dataclass(frozen=True)
class Asking:
    """How a cloud is asked. Both take the options first and today last, and raise CloudError.

    `look` gives the offers back as the account sees them, `prices` the price rows of regions and machine types.
    """

    look: Callable[[Any, Sequence[Offer], datetime.date], Iterable[Offer]]
    prices: Callable[[Any, Sequence[str], set[str], datetime.date], Iterable[PriceRow]]


CLOUDS: Mapping[str, Asking] = {
    "aws": Asking(aws.look, aws.prices),
    "azure": Asking(azure.look, azure.prices),
    "gcp": Asking(gcp.look, gcp.prices),
}


def answer(asked: OfferOptions) -> dict[str, Any]:
    """The offers as users see them, the reasons for the others, and the memory that the model needs. Raises CloudError."""
    catalogs = [CATALOGS[cloud] for cloud in dict.fromkeys(asked.clouds)]
    listed = [region for catalog in catalogs for region in catalog.prices.regions]
    asked.verify_regions(listed, [catalog.region_name for catalog in catalogs])
    today = datetime.datetime.now(datetime.UTC).date()
    everything = (offer for catalog in catalogs for offer in _offers(catalog, asked))
    choice = choose(everything, asked) if asked.asks_nobody else _asked_for(everything, asked, today)
    choice = choice.cut(asked.limit)
    return {
        "offers": [offer_result(offer, asked.count, today) for offer in choice.offers],
        "left_out": dict(sorted(choice.left_out.items())),
        "need": asked.memory_need.result() if asked.memory_need else None,
    }


def _offers(catalog: Catalog, asked: OfferOptions) -> Iterator[Offer]:
    """The catalog's; where the cloud is asked, also what no list has in the regions that are meant."""
    beyond = () if asked.asks_nobody else asked.regions_in(catalog.prices.regions, catalog.region_name)
    return catalog.offers(asked.markets, beyond)


def _asked_for(everything: Iterable[Offer], asked: OfferOptions, today: datetime.date) -> Choice:
    """The choice by what the clouds say today. What machines fit is known before; what they cost may be something else."""
    machines = sift(everything, replace(asked, max_hourly_price=None))
    choice = choose(_seen_today(machines.offers, asked, today), asked)
    return replace(choice, left_out=machines.left_out + choice.left_out)


def _seen_today(offers: Sequence[Offer], asked: OfferOptions, today: datetime.date) -> Iterator[Offer]:
    """The offers with what the clouds say, as far as they are to be asked; those without a region stay as they are."""
    for cloud in dict.fromkeys(asked.clouds):
        mine = [offer for offer in offers if offer.cloud == cloud]
        placed = [offer for offer in mine if offer.region]
        if placed and asked.refresh != "never":
            placed = _refreshed(placed, asked, today)
        if placed and asked.availability == "live":
            placed = list(CLOUDS[cloud].look(asked, placed, today))
        yield from placed if asked.availability == "live" else _priced(placed, CATALOGS[cloud])
        yield from (offer for offer in mine if not offer.region)


def _priced(offers: Sequence[Offer], catalog: Catalog) -> Iterator[Offer]:
    """A place that neither a list nor the answer has is none; a type that has no place at all is an offer in region None."""
    placed = {o.shape.machine_type for o in offers if o.price} | set(catalog.regions_of)
    nowhere: dict[tuple[str, str], Offer] = {}
    for offer in offers:
        if offer.price or catalog.lists(offer):
            yield offer
        elif offer.shape.machine_type in placed:
            yield replace(offer, available=False)
        else:
            nowhere[offer.shape.machine_type, offer.market] = replace(offer, region=None)
    yield from nowhere.values()


def _refreshed(offers: list[Offer], asked: OfferOptions, today: datetime.date) -> list[Offer]:
    """With today's prices where the cloud says one; otherwise as the table has it."""
    old = {o for o in offers if asked.refresh == "always" or o.price is None or o.price.is_stale(today)}
    if not old:
        return offers
    regions = sorted({str(offer.region) for offer in old})
    types = {offer.shape.machine_type for offer in old}
    rows = CLOUDS[offers[0].cloud].prices(asked, regions, types, today)
    fresh = {(row.region, row.machine_type, row.market): row.price for row in rows}
    return [_with_price(offer, fresh) if offer in old else offer for offer in offers]


def _with_price(offer: Offer, fresh: Mapping[tuple[str, str, str], Any]) -> Offer:
    price = fresh.get((str(offer.region), offer.shape.machine_type, offer.market))
    return replace(offer, price=price) if price else offer


QUERY = Query(OfferOptions, answer)
