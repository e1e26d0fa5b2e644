# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option `offer`: an offer of vm_offers in the place of machine type, region, zones and market."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from .error import InvalidOption

SIZES = ("machine_types", "gpu_model", "gpu_count", "min_vcpus", "min_memory_gb")
MARKETS = ("on_demand", "spot")
COMMITMENTS = ("reserved_1y", "reserved_3y")
Options = TypeVar("Options")


def with_offer(options: Options, cloud: str, region_word: str) -> Options:
    """The options with what the offer says. Raises InvalidOption where both say something, and not the same.

    `region_word` is what the cloud's modules call a region.
    """
    offer = getattr(options, "offer", None)
    if offer is None:
        return options
    machine_type, market = _checked(offer, cloud)
    for name in SIZES:
        if getattr(options, name) is not None:
            raise InvalidOption(
                name, _plain(getattr(options, name)), f"the offer says the size already: {machine_type}"
            )
    said: dict[str, Any] = {"machine_type": machine_type, "market": market, region_word: offer.get("region")}
    given: dict[str, Any] = {}
    for name, value in said.items():
        known = getattr(options, name)
        if value is not None and known is not None and _folded(known) != _folded(value):
            raise InvalidOption(name, known, f"the offer is for {value}; leave it unset, or take another offer")
        given[name] = known if value is None else value
    return dataclasses.replace(options, zones=_zones(options, offer), **given)  # type: ignore[type-var]


def _checked(offer: Mapping[str, Any], cloud: str) -> tuple[str, str]:
    """Machine type and market of an offer that this cloud's module can take."""
    missing = [name for name in ("cloud", "machine_type", "market") if not offer.get(name)]
    if missing:
        raise InvalidOption(
            "offer", sorted(offer), f"one entry of the list `offers` of vm_offers is expected; it lacks {missing[0]}"
        )
    if offer["cloud"] != cloud:
        raise InvalidOption(
            "offer", offer["cloud"], f"an offer of {cloud} is expected; {offer['cloud']}_vm takes this one"
        )
    _verify_types(offer)
    if offer["market"] not in (*MARKETS, *COMMITMENTS):
        raise InvalidOption("offer.market", offer["market"], f"one of these is expected: {', '.join(MARKETS)}")
    if offer["market"] not in MARKETS:
        said = "is a commitment that you buy for what runs, not a way to make a VM; take an on_demand or a spot offer"
        raise InvalidOption("offer", offer["machine_type"], f"{offer['market']} {said}")
    return str(offer["machine_type"]), str(offer["market"])


def _verify_types(offer: Mapping[str, Any]) -> None:
    """What is used of an offer is of the kind that vm_offers returns; null where it may be open."""
    for name in ("machine_type", "market", "region", "zone"):
        if not isinstance(offer.get(name, ""), (str, type(None))):
            raise InvalidOption(f"offer.{name}", offer[name], "a text is expected")
    zones = offer.get("zones")
    if zones is not None and not isinstance(zones, (list, tuple)):
        raise InvalidOption("offer.zones", zones, "a list of zone names is expected, or null")
    try:
        fine = offer.get("hourly_price") is None or 0 <= float(offer["hourly_price"]) < math.inf
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise InvalidOption("offer.hourly_price", offer["hourly_price"], "US dollars are expected, or null")
    try:
        datetime.date.fromisoformat(offer.get("price_date") or "2026-01-01")
    except (TypeError, ValueError):
        said = "the day of the price is expected, such as 2026-07-20, or null"
        raise InvalidOption("offer.price_date", offer["price_date"], said) from None


def _zones(options: Any, offer: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The zones that both allow, in the user's order; the offer may leave them open."""
    there = [str(zone) for zone in offer.get("zones") or ([offer["zone"]] if offer.get("zone") else [])]
    wanted: tuple[str, ...] | None = options.zones
    if not there:
        return wanted
    both = tuple(zone for zone in wanted or there if zone in there)
    if not both:
        raise InvalidOption("zones", list(wanted or ()), f"the offer is for {', '.join(there)}")
    return both


def _folded(value: Any) -> str:
    """As Azure writes places: `East US` is `eastus`."""
    return str(value).replace(" ", "").lower()


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
