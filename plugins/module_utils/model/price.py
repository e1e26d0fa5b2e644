# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List prices: what a machine type costs in a region under a billing model, since when that is known, and from whom.

A cloud's prices are a text, `clouds/<cloud>/price_table.py`, so that a module which wants one price parses a few lines of
it and not the whole. A line is a source, a region, a market, and then `machine-type:price` of each type; `*` after a price
says that a second source agrees, and `-` in its place that the type is offered there at a price nobody trustworthy knows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

Market = Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]
MARKETS: tuple[Market, ...] = get_args(Market)
STALE_AFTER_DAYS = 90
UNKNOWN = "-"
CHECKED = "*"


@dataclass(frozen=True)
class Source:
    """Who said it, in full, and the day (ISO 8601) that it was true."""

    name: str
    date: str


@dataclass(frozen=True)
class Price:
    """USD per hour for one machine with Linux: no licences, taxes or storage. `reserved_1y` and `_3y` are commitments.

    `date` is ISO 8601. `cross_checked`: a second, independent source gave the same price.
    """

    hourly: float
    market: Market
    date: str
    source: str
    cross_checked: bool = False

    def is_stale(self, today: datetime.date) -> bool:
        """Whether it is older than 90 days: then it may still be right, but somebody has to look."""
        return (today - datetime.date.fromisoformat(self.date)).days > STALE_AFTER_DAYS


@dataclass(frozen=True)
class PriceRow:
    """One price with what it is for. `price` is None where the type is offered there and its price is not known."""

    machine_type: str
    region: str
    market: Market
    price: Price | None


class PriceTable:
    """A cloud's price table, parsed as far as it is asked."""

    def __init__(self, text: str, sources: Mapping[str, Source]) -> None:
        self._text, self._sources = text, sources
        self._parsed: dict[tuple[str, str], dict[str, Price | None]] = {}

    @cached_property
    def _lines(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """Source and unparsed rest of each region and market."""
        lines: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for line in self._text.strip().split("\n"):
            source, region, market, rest = line.split(" ", 3)
            lines.setdefault((region, market), []).append((source, rest))
        return lines

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions with prices, in the order of the table."""
        return tuple(dict.fromkeys(region for region, _market in self._lines))

    def of(self, region: str, market: Market) -> Mapping[str, Price | None]:
        """All machine types known to be offered in a region under a market, with their prices."""
        key = region, market
        if key not in self._parsed:
            self._parsed[key] = dict(self._parse(region, market))
        return self._parsed[key]

    def price_of(self, machine_type: str, region: str, market: Market = "on_demand") -> Price | None:
        return self.of(region, market).get(machine_type)

    def rows(self) -> Iterator[PriceRow]:
        for region in self.regions:
            for market in MARKETS:
                for machine_type, price in self.of(region, market).items():
                    yield PriceRow(machine_type, region, market, price)

    def _parse(self, region: str, market: Market) -> Iterator[tuple[str, Price | None]]:
        for short, rest in self._lines.get((region, market), ()):
            source = self._sources[short]
            for entry in rest.split(" "):
                machine_type, _colon, amount = entry.rpartition(":")
                if amount == UNKNOWN:
                    yield machine_type, None
                    continue
                hourly = float(amount.rstrip(CHECKED))
                yield machine_type, Price(hourly, market, source.date, source.name, amount.endswith(CHECKED))
