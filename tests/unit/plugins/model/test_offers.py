"""The choice among offers: who is left out for what, and in which order the others come."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.links import Links
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer import Offer, offer_result
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer_request import REASONS, OfferOptions, choose
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import options_of, parse
from ansible_collections.aienv.cloud.plugins.module_utils.model.price import Price
from ansible_collections.aienv.cloud.plugins.module_utils.model.shape import Shape

TODAY = datetime.date(2026, 11, 27)


def asked(**options: Any) -> OfferOptions:
    """The options as Ansible hands them over: defaults filled in."""
    defaults = {name: declared.spec().get("default") for name, declared in options_of(OfferOptions)}
    return parse(OfferOptions, defaults | options).verified()


def offer(
    hourly: float | None = 1.0,
    region: str | None = "us-east-1",
    ordinary: bool = True,
    available: bool | None = None,
    **shape: Any,
) -> Offer:
    words = {
        "machine_type": "g6.xlarge",
        "vcpus": 4,
        "memory_gb": 16.0,
        "gpu_model": "l4",
        "gpu_count": 1,
        "gpu_memory_gb": 24,
    }
    price = None if hourly is None else Price(hourly, "on_demand", "2026-07-20", "a list")
    return Offer("aws", region, Shape(**(words | shape)), "on_demand", price, ordinary=ordinary, available=available)


# One offer for each reason, which passes everything that is looked at before, and fails nothing else.
LEFT_OUT = [
    ("architecture", {"architecture": "arm64"}, offer()),
    ("gpu_model", {"gpu_models": ["t4", "l40s"]}, offer()),
    ("gpu_count", {"gpu_count": 2}, offer()),
    ("gpu_count", {"gpu_count": 0}, offer()),
    ("gpu_memory", {"gpu_memory_gb": 25}, offer()),
    ("gpu_memory", {"gpu_memory_gb": 24}, offer(gpu_count=1 / 6, gpu_memory_gb=4)),
    ("vcpus", {"min_vcpus": 5}, offer()),
    ("memory", {"min_memory_gb": 16.5}, offer()),
    ("precision", {"model_parameters_b": 1}, offer(gpu_model="t4", gpu_memory_gb=16)),
    ("precision", {"model_parameters_b": 1, "precision": "fp8"}, offer(gpu_model="a100", gpu_memory_gb=40)),
    ("precision", {"model_parameters_b": 1, "precision": "fp32"}, offer(gpu_model=None, gpu_count=0, gpu_memory_gb=0)),
    ("model_size", {"model_parameters_b": 13}, offer()),
    ("special", {}, offer(None, region=None, ordinary=False)),
    ("region", {"regions": ["eu-*"]}, offer()),
    ("region", {"regions": ["us-*"]}, offer(None, region=None)),
    ("not_offered", {}, offer(available=False)),
    ("price_unknown", {"max_hourly_price": 5}, offer(None)),
    ("price", {"max_hourly_price": 0.99}, offer()),
]


@pytest.mark.parametrize(("reason", "options", "candidate"), LEFT_OUT)
def test_an_offer_is_left_out_for_its_reason(reason: str, options: dict[str, Any], candidate: Offer) -> None:
    choice = choose([candidate], asked(**options))
    assert (choice.offers, dict(choice.left_out)) == ((), {reason: 1})


def test_every_reason_has_a_case() -> None:
    assert {reason for reason, *_rest in LEFT_OUT} == {reason for reason, _passes in REASONS}


KEPT = [
    {},
    {"architecture": "x86_64"},
    {"gpu_models": ["t4", "l4"]},
    {"gpu_count": 1, "gpu_memory_gb": 24, "min_vcpus": 4, "min_memory_gb": 16},
    {"regions": ["eu-*", "us-east-?"]},
    {"max_hourly_price": 1.0},
    {"availability": "live"},
    {"model_parameters_b": 8},
    {"model_parameters_b": 8, "task": "lora", "precision": "int4", "context": 1024},
]


@pytest.mark.parametrize("options", KEPT, ids=str)
def test_an_offer_that_meets_the_need_is_kept(options: dict[str, Any]) -> None:
    assert choose([offer()], asked(**options)).offers == (offer(),)


def test_a_model_may_lie_across_the_gpus_of_one_machine() -> None:
    four = offer(gpu_count=4)
    assert choose([offer(), four], asked(model_parameters_b=32)).offers == (four,)


def test_cheapest_first_and_unknown_prices_last() -> None:
    offers = [offer(None, machine_type="a"), offer(2.0, machine_type="b"), offer(1.0, machine_type="c")]
    assert [o.shape.machine_type for o in choose(offers, asked()).offers] == ["c", "b", "a"]


def test_the_order_is_that_of_the_figure_asked_for() -> None:
    one, eight = offer(1.0), offer(7.2, gpu_count=8)
    fast = offer(2.0, gpu_model="l40s", gpu_memory_gb=48)  # 362 TFLOPS for 2 dollars, the l4 has 121 for 1
    turing = offer(0.5, gpu_model="t4")  # has no bf16, so no price for it
    everything = [turing, one, eight, fast]
    orders = {
        sort: choose(everything, asked(sort=sort)).offers for sort in ("price", "price_per_gpu", "price_per_tflop")
    }
    assert orders == {
        "price": (turing, one, fast, eight),
        "price_per_gpu": (turing, eight, one, fast),
        "price_per_tflop": (fast, eight, one, turing),
    }


def test_what_is_cut_off_is_counted() -> None:
    choice = choose([offer(float(n)) for n in range(1, 6)], asked()).cut(2)
    assert ([o.price.hourly for o in choice.offers if o.price], dict(choice.left_out)) == ([1.0, 2.0], {"limit": 3})
    assert choose([offer()] * 3, asked()).cut(0).left_out == {}


REFUSED = [
    ({"clouds": []}, "clouds", "at least one"),
    ({"gpu_models": ["l5"]}, "gpu_models", "known models"),
    ({"max_hourly_price": 0}, "max_hourly_price", "above zero"),
    ({"count": -1}, "count", "above zero"),
    ({"limit": -1}, "limit", "0 or more"),
    ({"gpu_count": 0, "gpu_models": ["l4"]}, "gpu_count", "ask for machines with GPUs"),
    ({"task": "lora"}, "model_parameters_b", "task is about a model"),
    ({"context": 100}, "model_parameters_b", "context is about a model"),
    ({"model_parameters_b": 0}, "model_parameters_b", "above zero"),
    ({"model_parameters_b": float("inf")}, "model_parameters_b", "above zero"),
    ({"max_hourly_price": float("nan")}, "max_hourly_price", "above zero"),
    ({"model_parameters_b": 8, "lora_rank": 8}, "lora_rank", "task 'lora' only"),
    ({"model_parameters_b": 8, "task": "full_training", "precision": "int4"}, "precision", "whole models"),
]


@pytest.mark.parametrize(("options", "name", "said"), REFUSED)
def test_what_cannot_be_meant_is_refused_with_the_options_name(options, name, said) -> None:
    with pytest.raises(InvalidOption, match=said) as error:
        asked(**options)
    assert error.value.resource == name


def test_a_pattern_that_means_no_region_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidOption, match=r"'mars-\*'.* eastus, us-east-1"):
        asked(regions=["us-*", "mars-*"]).verify_regions(["us-east-1", "eastus"], [])


def test_totals_and_prices_per_unit() -> None:
    result = offer_result(offer(8.0, gpu_count=4), 3, TODAY)
    assert result["total_hourly"] == 24.0
    assert result["total_monthly"] == 24.0 * 730
    assert result["price_per_gpu_hour"] == 2.0
    assert result["tflops_bf16"] == 484
    assert result["price_per_tflop_hour"] == pytest.approx(8 / 484, abs=1e-8)
    assert result["gpu_memory_total_gb"] == 96
    assert result["price_stale"] is True  # 130 days
    assert result["driver"] == {
        "flavours": ["open", "proprietary"],
        "least_version": "525.60.13",
        "last_branch": None,
        "fabric_manager": False,
        "nvlsm": False,
        "grid": False,
    }


def test_a_part_of_a_card_costs_the_whole_card_its_share() -> None:
    result = offer_result(offer(0.454, gpu_model="a10", gpu_count=1 / 6, gpu_memory_gb=4), 1, TODAY)
    assert result["price_per_gpu_hour"] == pytest.approx(0.454 * 6)
    assert result["gpu_memory_total_gb"] == 4
    assert result["tflops_bf16"] == pytest.approx(125 / 6, abs=1e-6)


def test_what_nobody_says_is_null() -> None:
    result = offer_result(offer(None, region=None, gpu_model=None, gpu_count=0, gpu_memory_gb=0), 2, TODAY)
    for key in ("hourly_price", "price_date", "price_source", "price_stale", "total_hourly", "total_monthly"):
        assert result[key] is None
    assert (result["price_per_gpu_hour"], result["tflops_bf16"], result["driver"]) == (None, None, None)
    assert result["interconnect"] == {"gpus": None, "network": None}


NEEDS = [
    ("aws", "v100", 1, {"flavours": ["proprietary"], "last_branch": "580", "fabric_manager": False}),
    ("aws", "b200", 8, {"flavours": ["open"], "fabric_manager": True, "nvlsm": True, "least_version": "570.133.20"}),
    ("gcp", "a100", 16, {"fabric_manager": True, "nvlsm": False}),
    ("gcp", "a100", 4, {"fabric_manager": False}),
    ("azure", "a10", 1 / 6, {"grid": True}),
    ("aws", "a10g", 1, {"grid": False}),
]


@pytest.mark.parametrize(("cloud", "model", "count", "expected"), NEEDS)
def test_the_drivers_needs_are_those_of_the_stack(cloud, model, count, expected) -> None:
    shape = Shape("x", 4, 16.0, model, count, 24)
    driver = offer_result(Offer(cloud, "here", shape, "spot", None, Links()), 1, TODAY)["driver"]
    assert driver.items() >= expected.items()
