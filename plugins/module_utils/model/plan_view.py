# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a plan shows, as plain data: offers with the stack that their GPUs would get, and the costs of a fleet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from .error import CloudError
from .fleet_cost import Assumptions, fleet_costs
from .stack.request import Request
from .stack.resolve import resolve

SHOWN = (
    "cloud",
    "region",
    "machine_type",
    "market",
    "vcpus",
    "memory_gb",
    "gpu_model",
    "gpu_count",
    "gpu_memory_total_gb",
    "tflops_bf16",
    "hourly_price",
    "total_monthly",
    "price_per_gpu_hour",
    "price_date",
    "price_stale",
)
Stack = Callable[..., Any]  # of cloud, GPU model, GPU count and architecture; None without GPUs


def stacks(os: str, framework: str) -> Stack:
    """The stack of a machine's GPUs by cloud, model, count and architecture, resolved once each; None without GPUs."""

    @cache
    def stack(cloud: str, model: str | None, count: float, architecture: str) -> dict[str, Any] | None:
        if not model:
            return None
        gpus = (model,) * max(1, round(count))  # a part of a card is one device to its guest
        request = Request(gpus=gpus, os=os, architecture=architecture, cloud=cloud, framework=framework or None)
        try:
            return _told(resolve(request.verified()).as_dict())
        except CloudError as error:
            return {"text": "", "refusal": str(error)}

    return stack


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    driver, cuda, framework, python = (found.get(part) or {} for part in ("driver", "cuda", "framework", "python"))
    words = [f"driver {driver['branch']} ({driver['flavour']})"] if driver.get("branch") else []
    words += [f"CUDA {cuda['version']}"] if cuda.get("version") else []
    words += [f"{framework['name']} {framework['version']}"] if framework.get("name") else []
    words += [f"Python {python['version']}"] if python.get("version") else []
    return {"text": ", ".join(words), "refusal": ""}


def gpus_told(model: str | None, count: float | None) -> str:
    """`2 x l4`, as every report of ours says it; a part of a card is a fraction."""
    return f"{round(float(count), 3):g} x {model}" if model and count else "-"


def plan_view(
    found: Mapping[str, Any],
    fleet: Iterable[Mapping[str, Any]],
    fleet_offers: Iterable[Mapping[str, Any]],
    assumed: Assumptions,
    stack: Stack,
) -> dict[str, Any]:
    """The data of a report.

    `found` is what vm_offers returns, `fleet` VMs as `vm_result` gives them, and `fleet_offers` the offers that say what these
    would cost in other ways. `stack` and `source` of a row are places in the lists `stacks` and `sources`. An offer at a price
    that nobody says can be neither compared nor drawn; `unpriced` is their number.
    """
    offers = [offer for offer in found["offers"] if offer["hourly_price"] is not None]
    told: list[Any] = []
    sources: list[Any] = []
    rows = [
        _row(offer, _place(told, _stack_of(offer, stack)), _place(sources, offer["price_source"])) for offer in offers
    ]
    prices = {
        (o["cloud"], o["region"], o["machine_type"], o["market"]): o["hourly_price"]
        for o in fleet_offers
        if o["hourly_price"] is not None
    }
    vms = list(fleet)
    return {
        "offers": rows,
        "stacks": told,
        "sources": sources,
        "unpriced": len(found["offers"]) - len(offers),
        "left_out": dict(found.get("left_out") or {}),
        "need": found.get("need"),
        "count": found["offers"][0].get("count", 1) if found["offers"] else 1,
        "stale": sum(bool(row["price_stale"]) for row in rows),
        "fleet": fleet_costs(vms, prices, assumed) if vms else None,
        "assumptions": dataclasses.asdict(assumed),
    }


def _row(offer: Mapping[str, Any], stack: int, source: int) -> dict[str, Any]:
    row = {name: offer[name] for name in SHOWN}
    return row | {"gpus": gpus_told(offer["gpu_model"], offer["gpu_count"]), "stack": stack, "source": source}


def _stack_of(offer: Mapping[str, Any], stack: Stack) -> dict[str, Any]:
    found = stack(offer["cloud"], offer["gpu_model"], offer["gpu_count"], offer["architecture"])
    return found or {"text": "", "refusal": ""}


def _place(kept: list[Any], value: Any) -> int:
    """Where the value stands in the list, at its end if it is new: what hundreds of rows share is said once."""
    if value not in kept:
        kept.append(value)
    return kept.index(value)
