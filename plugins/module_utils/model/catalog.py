# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud's catalog: its machine types, and where and at what price they are known to be offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from .links import Links
from .offer import Offer
from .price import MARKETS, Market, PriceTable
from .shape import Shape

# What the *_vm modules call the market of a commitment or a reservation.
SOLD_AS: dict[Market, str] = {
    "on_demand": "on_demand",
    "spot": "spot",
    "reserved_1y": "reserved",
    "reserved_3y": "reserved",
}


@dataclass(frozen=True)
class Catalog:
    """What a cloud sells, and where.

    `sold` says in which markets (of the *_vm modules) a shape is sold, `ordinary` whether it may be chosen for somebody who
    does not name it, `links` how its GPUs are joined, `region_name` what the cloud's regions are called.
    """

    cloud: str
    shapes: Mapping[str, Shape]
    prices: PriceTable
    ordinary: Callable[[Shape], bool]
    sold: Callable[[Shape], Collection[str]]
    links: Callable[[Shape], Links]
    region_name: re.Pattern[str]

    @cached_property
    def regions_of(self) -> dict[str, list[str]]:
        """Where each machine type is known to be offered: wherever somebody saw a price of it, under any market."""
        found: dict[str, list[str]] = {}
        for region in self.prices.regions:
            for machine_type in {name: None for market in MARKETS for name in self.prices.of(region, market)}:
                found.setdefault(machine_type, []).append(region)
        return found

    def offers(self, markets: Collection[Market], beyond: Sequence[str] = ()) -> Iterator[Offer]:
        """Everything there is. A type that no list has a region of is one offer in region None.

        `beyond` are regions in which the cloud is to be asked also for what no list has there: each type is an offer in them
        that has no price, but for one that nobody sees who does not name it.
        """
        for name, shape in self.shapes.items():
            sold = self.sold(shape)
            links, ordinary = self.links(shape), self.ordinary(shape)
            listed: Sequence[str | None] = self.regions_of.get(name, [])
            asked = [region for region in beyond if region not in listed] if ordinary or listed else []
            for region in [*listed, *asked] or [None]:
                for market in markets:
                    if SOLD_AS[market] in sold:
                        price = self.prices.price_of(name, region, market) if region else None
                        yield Offer(self.cloud, region, shape, market, price, links, ordinary)

    def lists(self, offer: Offer) -> bool:
        """Whether a list says that the offer's type is offered in its region."""
        return offer.region in self.regions_of.get(offer.shape.machine_type, ())
