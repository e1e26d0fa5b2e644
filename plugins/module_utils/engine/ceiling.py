# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""max_hourly_price: what would cost more is not made. Judged by list prices, before the first call that changes something."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..model.error import CloudError
from ..model.price import Price
from ..model.price_book import PriceBook
from ..model.resource import Candidate, Desired
from .plan import Plan


def affordable(store: Any, desired: Desired, todo: Plan) -> Desired:
    """The same wish without the candidates that cost more than `max_hourly_price`, if something is to be made.

    What exists stays as it is, whatever its price has become. Raises CloudError `refused` if no candidate is left, or if a VM
    would be resized to a type above the limit.
    """
    limit = getattr(desired.options, "max_hourly_price", None)
    if limit is None:
        return desired
    book: PriceBook = store.prices
    for action in todo.of("resize"):
        own = dataclasses.replace(
            book, market=action.state.market
        )  # it stays in its market, whether that is named or not
        for change in action.changes:
            if change.field == "machine_type" and not _within(own.price(change.after), limit):
                raise _refusal(own, change.after, limit)
    if not todo.of("create", "replace"):
        return desired
    named = list(dict.fromkeys(candidate.machine_type for candidate in desired.candidates if candidate.machine_type))
    left = [name for name in named if _within(book.price(name), limit)]
    if named and not left:
        raise _refusal(book, min(named, key=lambda name: _order(book.price(name))), limit)
    kept: tuple[Candidate, ...] = tuple(c for c in desired.candidates if c.machine_type in left)
    return dataclasses.replace(desired, candidates=kept or desired.candidates)


def _within(price: Price | None, limit: float) -> bool:
    return price is not None and price.hourly <= limit


def _order(price: Price | None) -> float:
    return price.hourly if price else float("inf")


def _refusal(book: PriceBook, machine_type: str, limit: float) -> CloudError:
    price, where = book.price(machine_type), f"{book.market} in {book.region}"
    if price is None:
        said = (
            f"the price of {machine_type} ({where}) is not known, so that max_hourly_price: {limit:g} cannot be kept; "
            f"leave max_hourly_price unset to make it all the same; {book.cheaper(machine_type, limit)}"
        )
    else:
        said = (
            f"max_hourly_price is {limit:g} USD, and {machine_type} costs {price.hourly:g} USD an hour ({where}, list price of "
            f"{price.date}); {book.cheaper(machine_type, limit)}"
        )
    return CloudError("refused", said, operation="plan", resource="max_hourly_price")
