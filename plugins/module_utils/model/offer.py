# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An offer: a machine type in a region under a billing model, at a price on a date."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Self

from .driver_need import driver_need
from .gpu_speed_table import BF16_TFLOPS
from .links import Links
from .price import Market, Price
from .rounding import rounded
from .shape import Shape

HOURS_A_MONTH = 730  # 8,760 hours a year through 12, as the clouds' own calculators count


@dataclass(frozen=True)
class Quota:
    """Whether the account may have so many; None where the cloud does not say. `name` is the cloud's own of the limit.

    `limit` and `used` are in the quota's `unit`: vcpus or gpus.
    """

    covers: bool | None
    name: str = ""
    limit: float | None = None
    used: float | None = None
    unit: str = "vcpus"

    @classmethod
    def held(cls, name: str, limit: float, used: float, wanted: float, unit: str = "vcpus") -> Self:
        """The quota that so many more are held against."""
        return cls(used + wanted <= limit, name, limit, used, unit)


@dataclass(frozen=True)
class Offer:
    """`region` is None where no list says in which regions the type is offered, `price` where none says what it costs there.

    Not `ordinary` is what may not be chosen for somebody who does not name it. `available`, `zones` and `quota` are what the cloud
    itself said; None where it was not asked, or has no zones there.
    """

    cloud: str
    region: str | None
    shape: Shape
    market: Market
    price: Price | None
    links: Links = Links()
    ordinary: bool = True
    available: bool | None = None
    zones: tuple[str, ...] | None = None
    quota: Quota | None = None

    @property
    def gpu_memory_total_gb(self) -> float:
        """Of a part of a card the shape has the part's memory, and no count to multiply it with."""
        return self.shape.gpu_memory_gb * max(self.shape.gpu_count, 1)

    @property
    def tflops_bf16(self) -> float | None:
        """Dense bf16 of all GPUs of the machine, in TFLOPS."""
        known = BF16_TFLOPS.get(self.shape.gpu_model or "")
        return known[0] * self.shape.gpu_count if known else None

    @property
    def hourly_per_gpu(self) -> float | None:
        return self.price.hourly / self.shape.gpu_count if self.price and self.shape.gpu_count else None

    @property
    def hourly_per_tflop(self) -> float | None:
        return self.price.hourly / self.tflops_bf16 if self.price and self.tflops_bf16 else None


def offer_result(offer: Offer, count: int, today: datetime.date) -> dict[str, Any]:
    """The one shape in which users see an offer. Prices in USD, memory in GB."""
    shape, price = offer.shape, offer.price
    total = price.hourly * count if price else None
    return {
        "cloud": offer.cloud,
        "region": offer.region,
        "available": offer.available,
        "zones": None if offer.zones is None else list(offer.zones),
        "machine_type": shape.machine_type,
        "market": offer.market,
        "vcpus": shape.vcpus,
        "memory_gb": shape.memory_gb,
        "architecture": shape.architecture,
        "gpu_model": shape.gpu_model,
        "gpu_count": shape.gpu_count,
        "gpu_memory_gb": shape.gpu_memory_gb,
        "gpu_memory_total_gb": rounded(offer.gpu_memory_total_gb),
        "interconnect": {"gpus": offer.links.gpus, "network": offer.links.network},
        "hourly_price": price.hourly if price else None,
        "price_date": price.date if price else None,
        "price_source": price.source if price else None,
        "price_stale": price.is_stale(today) if price else None,
        "price_cross_checked": price.cross_checked if price else None,
        "count": count,
        "total_hourly": rounded(total),
        "total_monthly": rounded(total and total * HOURS_A_MONTH, 2),
        "price_per_gpu_hour": rounded(offer.hourly_per_gpu),
        "tflops_bf16": rounded(offer.tflops_bf16),
        "price_per_tflop_hour": rounded(offer.hourly_per_tflop, 8),
        "driver": driver_need(offer.cloud, shape.gpu_model, shape.gpu_count),
        "quota": quota_result(offer.quota),
    }


def quota_result(quota: Quota | None) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {
        "covers": quota.covers,
        "name": quota.name,
        "limit": quota.limit,
        "used": quota.used,
        "unit": quota.unit,
    }
