# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud's list prices where a fleet is going, and what would be cheaper there. Offline: nothing is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .price import Market, Price, PriceTable
from .shape import Shape

# How a VM's market is priced. What a reservation costs is between its owner and the cloud: an on-demand reservation is billed
# as on-demand, a capacity block was paid when it was bought, and the VM does not say which of them it runs in.
PRICED_AS: dict[str, Market] = {"on_demand": "on_demand", "spot": "spot"}
MOST_SUGGESTIONS = 3


def price_of_vm(table: PriceTable, machine_type: str, region: str, market: str) -> Price | None:
    """The list price of a running VM; None where it is not known."""
    return table.price_of(machine_type, region, PRICED_AS[market]) if market in PRICED_AS else None


@dataclass(frozen=True)
class PriceBook:
    """The prices of one region under one market (a VM's word), with the shapes to compare by.

    `offer` is the offer that the user took, whose price may be newer than the table's.
    """

    table: PriceTable
    shapes: Mapping[str, Shape]
    region: str | None
    market: str
    offer: Mapping[str, Any] | None = None

    def price(self, machine_type: str | None) -> Price | None:
        offer = self.offer or {}
        hourly = offer.get("hourly_price")
        if hourly is not None and machine_type == offer.get("machine_type") and offer.get("price_date"):
            return Price(float(hourly), PRICED_AS.get(self.market, "on_demand"), str(offer["price_date"]), "the offer")
        return price_of_vm(self.table, machine_type or "", self.region or "", self.market)

    def cheaper(self, machine_type: str, limit: float) -> str:
        """What costs at most so much, in words: as spot, with as many GPUs of the model, with fewer, elsewhere."""
        found = [*self._as_spot(machine_type), *self._others(machine_type), *self._elsewhere(machine_type)]
        fits = [text for hourly, text in found if hourly <= limit]
        if fits:
            return f"within the limit: {'; '.join(fits[:MOST_SUGGESTIONS])}"
        least = min(found, default=None)
        return f"nothing alike costs less than {least[1]}" if least else "nothing alike has a known price"

    def _as_spot(self, machine_type: str) -> Iterator[tuple[float, str]]:
        spot = self.table.price_of(machine_type, self.region or "", "spot")
        if spot and self.market != "spot":
            yield spot.hourly, f"market: spot, about {spot.hourly:g} USD ({spot.date})"

    def _others(self, machine_type: str) -> Iterator[tuple[float, str]]:
        """Types with the same GPU, the most GPUs first; without a GPU those with the most vCPUs."""
        shape = self.shapes.get(machine_type)
        if not shape or self.market not in PRICED_AS:
            return
        priced = self.table.of(self.region or "", PRICED_AS[self.market])
        alike = [
            (-other.gpu_count, -other.vcpus, price.hourly, name)
            for name, price in priced.items()
            if price and name != machine_type and (other := self.shapes.get(name)) and _alike(other, shape)
        ]
        for _gpus, _vcpus, hourly, name in sorted(alike):
            yield hourly, f"{name}, {hourly:g} USD"

    def _elsewhere(self, machine_type: str) -> Iterator[tuple[float, str]]:
        if self.market not in PRICED_AS:
            return
        prices = [
            (price.hourly, region)
            for region in self.table.regions
            if region != self.region and (price := self.table.price_of(machine_type, region, PRICED_AS[self.market]))
        ]
        for hourly, region in sorted(prices)[:1]:
            yield hourly, f"{machine_type} in {region}, {hourly:g} USD"


def _alike(other: Shape, shape: Shape) -> bool:
    same_kind = other.gpu_model == shape.gpu_model and other.architecture == shape.architecture
    return same_kind and other.gpu_count <= shape.gpu_count and other.vcpus <= shape.vcpus
