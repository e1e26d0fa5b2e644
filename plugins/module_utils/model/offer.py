# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An offer: a machine type in a region under a billing model, at a price on a date."""

from __future__ import annotations

from dataclasses import dataclass

from .price import Market, Price
from .shape import Shape


@dataclass(frozen=True)
class Offer:
    """`region` is None where no list says in which regions the type is offered, `price` where none says what it costs there."""

    cloud: str
    region: str | None
    shape: Shape
    market: Market
    price: Price | None
