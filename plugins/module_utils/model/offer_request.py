# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the offers, and the choice among them, with the reason for everything that is left out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import ClassVar, Self

from .error import InvalidOption
from .gpu import GPUS, known_gpu
from .memory_need import BYTES, LEAST_CAPABILITY, MemoryNeed
from .offer import Offer
from .option import option
from .price import MARKETS, Market
from .shape import Shape

CLOUDS = ("aws", "azure", "gcp")
TASKS = ("inference", "lora", "full_training")
INTEGERS = ("int4", "int8")
POSITIVE = (
    "gpu_memory_gb",
    "min_vcpus",
    "min_memory_gb",
    "max_hourly_price",
    "count",
    "model_parameters_b",
    "context",
    "batch",
    "lora_rank",
)


@dataclass(frozen=True)
class OfferOptions:
    """The options of vm_offers, module and lookup alike."""

    # What is said of a model, beside its size; and what it means where it is left unsaid.
    MODEL: ClassVar = {"task": "inference", "precision": "bf16", "context": 8192, "batch": 1, "lora_rank": 16}

    clouds: tuple[str, ...] = option(type="list", elements="str", choices=CLOUDS, default=list(CLOUDS))
    regions: tuple[str, ...] | None = option(type="list", elements="str")
    gpu_models: tuple[str, ...] | None = option(type="list", elements="str")
    gpu_memory_gb: float | None = option(type="float")
    gpu_count: int | None = option(type="int")
    min_vcpus: int | None = option(type="int")
    min_memory_gb: float | None = option(type="float")
    architecture: str | None = option(choices=("x86_64", "arm64"))
    market: str = option(choices=(*MARKETS, "any"), default="on_demand")
    max_hourly_price: float | None = option(type="float")
    count: int = option(type="int", default=1)
    sort: str = option(choices=("price", "price_per_gpu", "price_per_tflop"), default="price")
    limit: int = option(type="int", default=20)
    availability: str = option(choices=("catalog", "live"), default="catalog")
    refresh: str = option(choices=("never", "stale", "always"), default="never")
    profile: str | None = option()
    project: str | None = option()
    subscription_id: str | None = option()
    model_parameters_b: float | None = option(type="float")
    task: str | None = option(choices=TASKS)
    precision: str | None = option(choices=tuple(BYTES))
    context: int | None = option(type="int")
    batch: int | None = option(type="int")
    lora_rank: int | None = option(type="int")

    def verified(self) -> Self:
        """Check offline. Raises InvalidOption."""
        if not self.clouds:
            raise InvalidOption("clouds", [], f"at least one is expected of: {', '.join(CLOUDS)}")
        for model in self.gpu_models or ():
            known_gpu(model, "gpu_models")
        for name in POSITIVE:
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InvalidOption(name, value, "a number above zero is expected")
        for name in ("gpu_count", "limit"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise InvalidOption(name, value, "0 or more is expected")
        self._verify_gpus()
        self._verify_model()
        return self

    def _verify_gpus(self) -> None:
        if self.gpu_count == 0 and (self.gpu_models or self.gpu_memory_gb):
            raise InvalidOption("gpu_count", 0, "gpu_models and gpu_memory_gb ask for machines with GPUs")

    def _verify_model(self) -> None:
        for name in self.MODEL:
            if getattr(self, name) is not None and self.model_parameters_b is None:
                raise InvalidOption("model_parameters_b", None, f"{name} is about a model, so its size is needed")
        if self.lora_rank and self.task != "lora":
            raise InvalidOption("lora_rank", self.lora_rank, "it is used with task 'lora' only")
        if self.task == "full_training" and self.precision in INTEGERS:
            raise InvalidOption("precision", self.precision, "whole models are trained in bf16, fp16, fp8 or fp32")

    @property
    def asks_nobody(self) -> bool:
        """Whether the catalog is all that is looked at."""
        return self.availability == "catalog" and self.refresh == "never"

    @property
    def markets(self) -> tuple[Market, ...]:
        return MARKETS if self.market == "any" else tuple(market for market in MARKETS if market == self.market)

    @cached_property
    def memory_need(self) -> MemoryNeed | None:
        """What a language model takes, if one was named."""
        if not self.model_parameters_b:
            return None
        said = {name: getattr(self, name) for name in self.MODEL if getattr(self, name) is not None}
        return MemoryNeed(self.model_parameters_b, **{**self.MODEL, **said})

    def regions_in(self, listed: Sequence[str], form: re.Pattern[str]) -> list[str]:
        """The regions of a cloud that are meant, all of those listed by default.

        Where the cloud is asked, a region that no list has may be named: `form` is how this cloud's are called.
        """
        if not self.regions:
            return list(listed)
        found = [region for region in listed if any(fnmatchcase(region, pattern) for pattern in self.regions)]
        named = [] if self.asks_nobody else [name for name in self.regions if form.fullmatch(name)]
        return list(dict.fromkeys([*found, *named]))

    def verify_regions(self, listed: Sequence[str], forms: Iterable[re.Pattern[str]]) -> None:
        """Raises InvalidOption for a pattern of which no region of the chosen clouds can be meant."""
        shapes = () if self.asks_nobody else tuple(forms)
        for pattern in self.regions or ():
            if any(fnmatchcase(region, pattern) for region in listed) or any(f.fullmatch(pattern) for f in shapes):
                continue
            said = f"no region with known prices matches; there are: {', '.join(sorted(listed))}"
            more = (
                "; with availability 'live' or refresh 'always', others too by their full names"
                if self.asks_nobody
                else ""
            )
            raise InvalidOption("regions", pattern, said + more)


def _in_regions(offer: Offer, asked: OfferOptions) -> bool:
    if not asked.regions:
        return True
    return offer.region is not None and any(fnmatchcase(offer.region, pattern) for pattern in asked.regions)


def _precise(shape: Shape, precision: str) -> bool:
    gpu = GPUS.get(shape.gpu_model or "")
    return gpu is not None and gpu.compute_capability >= LEAST_CAPABILITY.get(precision, 0)


def _fits(offer: Offer, asked: OfferOptions) -> bool:
    return asked.memory_need is None or asked.memory_need.accepts(offer.gpu_memory_total_gb)


# A reason for which an offer is left out, and what it must not fail. The first that it fails is its reason; what a machine
# is comes before where it is and what it costs.
REASONS: tuple[tuple[str, Callable[[Offer, OfferOptions], bool]], ...] = (
    ("architecture", lambda o, a: a.architecture in (None, o.shape.architecture)),
    ("gpu_model", lambda o, a: not a.gpu_models or o.shape.gpu_model in a.gpu_models),
    ("gpu_count", lambda o, a: a.gpu_count is None or o.shape.gpu_count == a.gpu_count),
    ("gpu_memory", lambda o, a: not a.gpu_memory_gb or o.shape.gpu_memory_gb >= a.gpu_memory_gb),
    ("vcpus", lambda o, a: o.shape.vcpus >= (a.min_vcpus or 0)),
    ("memory", lambda o, a: o.shape.memory_gb >= (a.min_memory_gb or 0)),
    ("precision", lambda o, a: a.memory_need is None or _precise(o.shape, a.memory_need.precision)),
    ("model_size", _fits),
    ("special", lambda o, _a: o.ordinary or o.region is not None),
    ("region", _in_regions),
    ("not_offered", lambda o, _a: o.available is not False),
    ("price_unknown", lambda o, a: a.max_hourly_price is None or o.price is not None),
    ("price", lambda o, a: a.max_hourly_price is None or o.price is None or o.price.hourly <= a.max_hourly_price),
)


def reason_against(offer: Offer, asked: OfferOptions) -> str | None:
    """Why an offer is not what was asked for; None if it is."""
    return next((reason for reason, passes in REASONS if not passes(offer, asked)), None)


@dataclass(frozen=True)
class Choice:
    """Offers in the order asked for, and how many others were left out for each reason."""

    offers: tuple[Offer, ...]
    left_out: Counter[str]

    def cut(self, limit: int) -> Choice:
        """The first `limit` of them; 0 means all."""
        over = len(self.offers) - limit if limit else 0
        return Choice(self.offers[:limit], self.left_out + Counter(limit=over)) if over > 0 else self


def sift(offers: Iterable[Offer], asked: OfferOptions) -> Choice:
    """What is asked for, in the order in which it comes."""
    kept, left_out = [], Counter[str]()
    for offer in offers:
        reason = reason_against(offer, asked)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(offer)
    return Choice(tuple(kept), left_out)


def choose(offers: Iterable[Offer], asked: OfferOptions) -> Choice:
    """What is asked for, in the order that is asked for."""
    choice = sift(offers, asked)
    return Choice(tuple(sorted(choice.offers, key=lambda offer: _order(offer, asked.sort))), choice.left_out)


def _order(offer: Offer, sort: str) -> tuple[float | str, ...]:
    """Unknown prices last; at the same price more memory first, then by name, so that a list never changes by chance."""
    return (*_prices(offer, sort), -offer.gpu_memory_total_gb, offer.cloud, offer.shape.machine_type, str(offer.region))


def _prices(offer: Offer, sort: str) -> Iterator[float]:
    figures = {"price_per_gpu": offer.hourly_per_gpu, "price_per_tflop": offer.hourly_per_tflop}
    hourly = offer.price.hourly if offer.price else None
    for figure in (figures.get(sort, hourly), hourly):
        yield math.inf if figure is None else figure
