"""The offers of all clouds together: the committed catalogs, without any account."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils import offers
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import price_list
from ansible_collections.aienv.cloud.plugins.module_utils.model import offer_request
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu_speed_table import BF16_TFLOPS
from ansible_collections.aienv.cloud.plugins.module_utils.model.price import Price, PriceRow, PriceTable
from tests.unit.plugins.clouds.azure.test_price_list import T4
from tests.unit.plugins.clouds.offers_asked import ask


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


def test_a_query_parses_each_line_of_the_price_tables_once_and_looks_at_each_offer_once(monkeypatch) -> None:
    """What makes a query fast, counted: tests/bench/test_offers.py measures the milliseconds."""
    parsed, looked_at = Counter(), Counter()
    original = PriceTable._parse
    monkeypatch.setattr(
        PriceTable, "_parse", lambda table, *key: parsed.update([(id(table), *key)]) or original(table, *key)
    )
    against = offer_request.reason_against
    monkeypatch.setattr(
        offer_request, "reason_against", lambda offer, asked: looked_at.update([offer]) or against(offer, asked)
    )
    for catalog in offers.CATALOGS.values():
        catalog.__dict__.pop("regions_of", None)
        catalog.prices._parsed.clear()
    for _turn in range(2):
        ask(market="any", limit=0)
        assert set(looked_at.values()) == {1}
        looked_at.clear()
    assert set(parsed.values()) == {1}


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


# --- today's prices

HERE = {"clouds": ["azure"], "regions": ["eastus"], "gpu_models": ["t4"], "gpu_count": 1}


@pytest.fixture
def asked(monkeypatch) -> list[tuple[list[str], set[str]]]:
    """Who was asked for which regions and types; the answer is one price, of the cheapest T4."""
    questions: list[tuple[list[str], set[str]]] = []

    def prices(_asked, regions, names, today):
        questions.append((list(regions), set(names)))
        price = Price(0.4, "on_demand", today.isoformat(), "the cloud itself")
        yield PriceRow("Standard_NC4as_T4_v3", "eastus", "on_demand", price)

    asking = dataclasses.replace(offers.CLOUDS["azure"], prices=prices)
    monkeypatch.setitem(offers.CLOUDS, "azure", asking)
    return questions


def test_the_clouds_are_asked_for_prices_only_if_told_to(asked) -> None:
    assert ask(**HERE)["offers"][0]["hourly_price"] == 0.526
    assert asked == []


def test_todays_price_replaces_the_tables_and_the_rest_stays(asked) -> None:
    first, second = ask(refresh="always", **HERE)["offers"][:2]
    assert (first["hourly_price"], first["price_source"], first["price_stale"]) == (0.4, "the cloud itself", False)
    assert second["price_date"] == "2026-06-18"  # the answer has none for it
    assert asked == [(["eastus"], {"Standard_NC4as_T4_v3", "Standard_NC8as_T4_v3", "Standard_NC16as_T4_v3"})]


def test_a_bound_holds_for_todays_price(asked) -> None:
    assert ask(max_hourly_price=0.5, **HERE)["offers"] == []
    found = ask(max_hourly_price=0.5, refresh="always", **HERE)
    assert [offer["machine_type"] for offer in found["offers"]] == ["Standard_NC4as_T4_v3"]
    assert found["left_out"]["price"] == 2


@pytest.mark.parametrize(("date", "questions"), [("2026-09-10", 0), ("2026-09-15", 0), ("2026-09-17", 1)])
def test_stale_prices_alone_are_asked_for(asked, monkeypatch, date, questions) -> None:
    """The tables' prices are of 2026-06-18: 90 days later is 2026-09-16."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromisoformat(date).replace(tzinfo=tz)

    monkeypatch.setattr(offers.datetime, "datetime", Clock)
    ask(refresh="stale", **HERE)
    assert len(asked) == questions


def test_the_whole_way_to_microsofts_price_list(monkeypatch) -> None:
    """Nothing replaced but the HTTP request."""
    item = {**T4, "type": "Consumption", "retailPrice": 0.5, "unitPrice": 0.5}
    urls: list[str] = []

    def fetch(url: str, **_words: Any) -> dict[str, Any]:
        urls.append(url)
        return {"Items": [item], "NextPageLink": None}

    monkeypatch.setattr(price_list, "fetch", fetch)
    (offer,) = ask(refresh="always", limit=1, **HERE)["offers"]
    assert (offer["machine_type"], offer["hourly_price"], offer["price_stale"]) == ("Standard_NC4as_T4_v3", 0.5, False)
    assert "eastus" in urls[0]


# --- what no list has


def test_a_type_that_no_list_has_is_priced_where_it_is_asked_for(monkeypatch) -> None:
    """The GB200 racks stand in no list: the answer has a price in one of the two regions, and the other is no place."""
    questions: list[tuple[list[str], set[str]]] = []

    def prices(_asked, regions, names, today):
        questions.append((list(regions), set(names)))
        price = Price(99.0, "on_demand", today.isoformat(), "the cloud itself")
        yield PriceRow(RACK, "eastus2", "on_demand", price)

    monkeypatch.setitem(offers.CLOUDS, "azure", dataclasses.replace(offers.CLOUDS["azure"], prices=prices))
    found = ask(clouds=["azure"], gpu_models=["gb200"], regions=["eastus2", "eastus"], refresh="always")
    assert [(o["region"], o["hourly_price"]) for o in found["offers"]] == [("eastus2", 99.0)]
    assert found["left_out"]["not_offered"] == 1
    assert questions == [(["eastus", "eastus2"], {RACK})]


RACK = "Standard_ND128isr_NDR_GB200_v6"


def test_a_type_that_the_answer_does_not_have_either_stays_an_offer_without_a_region(asked) -> None:
    (rack,) = ask(clouds=["azure"], gpu_models=["gb200"], refresh="always")["offers"]
    assert (rack["region"], rack["hourly_price"], rack["available"]) == (None, None, None)
    assert asked == [(["eastus", "japaneast", "westeurope", "westus2", "westus3"], {RACK})]


def test_a_region_that_no_list_has_needs_somebody_who_is_asked_and_its_full_name(asked) -> None:
    with pytest.raises(InvalidOption, match="by their full names"):
        ask(clouds=["azure"], regions=["eastus2"])
    for pattern in ("eastus2*", "East US 2", "us-east-9"):
        with pytest.raises(InvalidOption, match="there are: eastus"):
            ask(clouds=["azure"], regions=[pattern], refresh="always")
    assert ask(clouds=["azure"], regions=["eastus2"], refresh="always")["offers"] == []


@pytest.mark.parametrize(
    ("cloud", "others"),
    [("aws", ["us-gov-west-1", "eu-central-2"]), ("azure", ["swedencentral", "eastus2"]), ("gcp", ["europe-west12"])],
)
def test_the_form_of_a_clouds_regions(cloud: str, others: list[str]) -> None:
    forms = {name: catalog.region_name for name, catalog in offers.CATALOGS.items()}
    for region in [*offers.CATALOGS[cloud].prices.regions, *others]:
        assert [name for name, form in forms.items() if form.fullmatch(region)] == [cloud]
