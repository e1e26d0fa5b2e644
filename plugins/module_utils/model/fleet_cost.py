# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs now, and what it would cost in other ways. Pure arithmetic over list prices, with its assumptions as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .error import InvalidOption
from .option import option

HOURS_PER_WEEK = 168.0
ALTERNATIVES = ("spot", "reserved_1y", "reserved_3y")

Prices = Mapping[tuple[str, str, str, str], float]  # by cloud, region, machine type and market, USD per hour


@dataclass(frozen=True)
class Assumptions:
    """How machines are used, as far as it decides what idle_stop saves. The report shows them, and they can be changed there."""

    hours_per_month: float = option(type="float", default=730.0)
    busy_hours_per_week: float = option(type="float", default=40.0)
    stops_per_week: float = option(type="float", default=5.0)
    idle_minutes: float = option(type="float", default=70.0)  # what the role idle_stop waits by default, with its grace

    def verified(self) -> Assumptions:
        """Raises InvalidOption."""
        for name, most in (
            ("hours_per_month", 744.0),
            ("busy_hours_per_week", HOURS_PER_WEEK),
            ("stops_per_week", 1000.0),
            ("idle_minutes", 10080.0),
        ):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise InvalidOption(name, value, f"a number from 0 to {most:g} is expected")
        if not self.hours_per_month:
            raise InvalidOption("hours_per_month", self.hours_per_month, "a number above zero is expected")
        return self

    @property
    def share_running(self) -> float:
        """The part of all hours in which a VM runs that idle_stop watches: busy, or idle and not yet stopped."""
        return min(1.0, (self.busy_hours_per_week + self.stops_per_week * self.idle_minutes / 60) / HOURS_PER_WEEK)


def fleet_costs(vms: Iterable[Mapping[str, Any]], prices: Prices, assumed: Assumptions) -> dict[str, Any]:
    """One entry for each VM, the dearest first, and the totals, USD per month; None where a price is not known.

    `vms` are as `vm_result` gives them. A total of an alternative counts a VM whose alternative is not known as it is now, and
    says of how many that is so; where it is so of all there is none.
    """
    rows = sorted((_row(vm, prices, assumed) for vm in vms), key=lambda row: (-(row["now"] or 0), str(row["name"])))
    totals: dict[str, Any] = {"now": _sum(row["now"] for row in rows)}
    for name in (*ALTERNATIVES, "idle_stop"):
        unknown = totals[f"{name}_unknown"] = sum(row[name] is None for row in rows)
        changed = _sum(row["now"] if row[name] is None else row[name] for row in rows)
        totals[name] = None if unknown == len(rows) else changed
    return {"vms": rows, "totals": totals, "unknown": sum(row["hourly"] is None for row in rows)}


def _row(vm: Mapping[str, Any], prices: Prices, assumed: Assumptions) -> dict[str, Any]:
    hourly, running = vm.get("hourly_price"), bool(vm.get("billed"))
    month = assumed.hours_per_month
    row = {name: vm.get(name) for name in ("name", "cloud", "region", "machine_type", "market", "state", "fleet")}
    row |= {"gpu_model": vm.get("gpu_model"), "gpu_count": vm.get("gpu_count"), "hourly": hourly}
    row |= {"date": vm.get("price_date"), "running": running}
    now = None if hourly is None else round(hourly * month, 2) if running else 0.0
    row["now"] = now
    for market in ALTERNATIVES:
        price = prices.get((vm["cloud"], vm["region"], vm["machine_type"], market))
        # A commitment is paid for every hour, spot only for those that run.
        due = price is not None and (running or market != "spot")
        row[market] = None if price is None else round(price * month, 2) if due else 0.0
    # Stopping a spot VM gives its place away, and on AWS ends it; a reservation is paid for either way.
    watched = vm.get("market") == "on_demand"
    row["idle_stop"] = round(now * assumed.share_running, 2) if watched and now is not None else None
    return row


def _sum(values: Iterable[float | None]) -> float:
    return round(sum(value for value in values if value is not None), 2)
