"""The offers of all clouds together: the committed catalogs, without any account."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils import offers
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu_speed_table import BF16_TFLOPS
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer_request import OfferOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import options_of, parse


def ask(**options: Any) -> dict[str, Any]:
    defaults = {name: declared.spec().get("default") for name, declared in options_of(OfferOptions)}
    return offers.answer(parse(OfferOptions, defaults | options).verified())


def types(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((offer["cloud"], offer["machine_type"]) for offer in answer["offers"]))


def test_the_cheapest_t4_of_each_cloud() -> None:
    found = {
        cloud: types(ask(clouds=[cloud], gpu_models=["t4"], gpu_count=1))[0][1] for cloud in ("aws", "azure", "gcp")
    }
    assert found == {"aws": "g4dn.xlarge", "azure": "Standard_NC4as_T4_v3", "gcp": "n1-standard-4+t4"}


def test_the_whole_catalog_adds_up() -> None:
    """Every offer is either shown or counted under one reason."""
    everything = sum(1 for catalog in offers.CATALOGS.values() for _offer in catalog.offers(("on_demand",)))
    for options in (
        {},
        {"gpu_models": ["h100"]},
        {"max_hourly_price": 1, "regions": ["us-*"]},
        {"model_parameters_b": 70},
    ):
        answer = ask(**options)
        assert len(answer["offers"]) + sum(answer["left_out"].values()) == everything


def test_what_is_sold_in_other_ways_only_has_no_on_demand_offer() -> None:
    assert {o["market"] for o in ask(gpu_models=["h200"], clouds=["gcp"], market="any")["offers"]} == {
        "spot",
        "reserved_1y",
        "reserved_3y",
    }
    assert ask(gpu_models=["h200"], clouds=["gcp"])["offers"] == []


def test_a_type_without_a_price_is_there_with_null() -> None:
    """p5e is sold in capacity blocks; the GB200 racks stand in no list at all."""
    (p5e,) = ask(
        gpu_models=["h200"], clouds=["aws"], regions=["us-west-2"], limit=1, sort="price_per_gpu", market="reserved_3y"
    )["offers"]
    assert p5e["hourly_price"] is None
    (rack,) = ask(gpu_models=["gb200"], clouds=["azure"])["offers"]
    assert (rack["region"], rack["hourly_price"]) == (None, None)


def test_old_and_special_types_are_not_pushed_on_anybody() -> None:
    answer = ask(clouds=["aws"], gpu_count=0, limit=0)
    assert answer["left_out"]["special"] > 100
    assert not [o for o in answer["offers"] if ".metal" in o["machine_type"] and o["region"] is None]


LINKS = [
    ("aws", "g6.xlarge", None, None),
    ("aws", "g6.12xlarge", "pcie", "efa"),
    ("aws", "p4d.24xlarge", "nvswitch", "efa"),
    ("gcp", "a2-highgpu-4g", "nvlink", None),
    ("gcp", "a2-megagpu-16g", "nvswitch", None),
    ("gcp", "a3-highgpu-8g", "nvswitch", "gpudirect-tcpx"),
    ("gcp", "a3-megagpu-8g", "nvswitch", "gpudirect-tcpxo"),
    ("gcp", "a4-highgpu-8g", "nvswitch", "roce"),
    ("gcp", "g2-standard-96", "pcie", None),
    ("azure", "Standard_ND96isr_H100_v5", "nvswitch", "infiniband"),
    ("azure", "Standard_ND96asr_v4", "nvswitch", "infiniband"),
    ("azure", "Standard_NC64as_T4_v3", "pcie", None),
    ("azure", "Standard_NC48ads_A100_v4", None, None),
]


@pytest.mark.parametrize(("cloud", "machine_type", "gpus", "network"), LINKS)
def test_the_links_of_a_type(cloud, machine_type, gpus, network) -> None:
    catalog = offers.CATALOGS[cloud]
    links = catalog.links(catalog.shapes[machine_type])
    assert (links.gpus, links.network) == (gpus, network)


def test_a_region_may_be_of_any_chosen_cloud_but_must_be_of_one() -> None:
    regions = {(o["cloud"], o["region"]) for o in ask(regions=["*-west4", "eastus"], limit=0)["offers"]}
    assert regions == {("gcp", "europe-west4"), ("azure", "eastus")}
    with pytest.raises(InvalidOption, match="eastus"):
        ask(clouds=["gcp"], regions=["eastus"])


def test_a_model_gets_its_need_with_the_offers() -> None:
    answer = ask(model_parameters_b=70, precision="fp8", context=16_384, batch=8, limit=0)
    assert answer["need"]["sizes_of"] == "Llama-3.1-70B"
    assert answer["offers"]
    assert all(o["gpu_memory_total_gb"] >= answer["need"]["gpu_memory_gb"] for o in answer["offers"])
    assert {o["gpu_model"] for o in answer["offers"]}.isdisjoint({"a100", "a100-80gb", "t4", "a10g"})  # no fp8
    assert ask()["need"] is None


def test_speeds_are_of_known_gpus_and_say_who_says_so() -> None:
    assert set(BF16_TFLOPS) <= set(GPUS)
    assert all("NVIDIA" in source for _tflops, source in BF16_TFLOPS.values())
    assert all(GPUS[model].compute_capability >= 8.0 for model in BF16_TFLOPS)
