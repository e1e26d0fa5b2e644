# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's list prices, known offline, each with its source and date."""

from __future__ import annotations

from ...model.price import Market, Price, PriceTable
from .price_table import SOURCES, TABLE

PRICES = PriceTable(TABLE, SOURCES)


def price_of(machine_type: str, region: str, market: Market = "on_demand") -> Price | None:
    """USD per hour of a machine type in a region; None where no trustworthy price is known."""
    return PRICES.price_of(machine_type, region, market)
