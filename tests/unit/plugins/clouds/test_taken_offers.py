"""The option `offer` on all three clouds, and what a VM costs in their results: no call is made for either."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import vms as aws
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import vms as azure
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import vms as gcp
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from tests.unit.plugins.builders import PUBLIC_KEY, parsed

RESOURCES = {"aws": aws.RESOURCE, "azure": azure.RESOURCE, "gcp": gcp.RESOURCE}
PLACES = {"aws": "region", "azure": "location", "gcp": "region"}
OFFERS: dict[str, dict[str, Any]] = {
    "aws": {"machine_type": "g6.xlarge", "region": "us-east-1"},
    "azure": {"machine_type": "Standard_NC4as_T4_v3", "region": "westeurope"},
    "gcp": {"machine_type": "g2-standard-4", "region": "us-central1"},
}
each_cloud = pytest.mark.parametrize("cloud", RESOURCES)


def offer(cloud: str, **changed: Any) -> dict[str, Any]:
    found = {"cloud": cloud, "zones": None, "market": "on_demand", **OFFERS[cloud], "hourly_price": 1.0}
    return {**found, "price_date": "2026-07-20", "gpu_model": "l4", "quota": None, **changed}


def options(cloud: str, **words: Any) -> Any:
    usual = {"name": "devbox", "image": "debian-12", "ssh_public_key": PUBLIC_KEY}
    usual |= {"resource_group": "devbox"} if cloud == "azure" else {}
    return parsed(RESOURCES[cloud].options, **{**usual, **words}).verified()


@each_cloud
def test_an_offer_says_size_place_and_market(cloud: str) -> None:
    for market in ("on_demand", "spot"):
        taken = options(cloud, offer=offer(cloud, market=market))
        assert taken.machine_types == (OFFERS[cloud]["machine_type"],)
        assert getattr(taken, PLACES[cloud]) == OFFERS[cloud]["region"]
        assert (taken.market, taken.zones) == (market, None)


@each_cloud
def test_saying_the_same_again_is_no_contradiction(cloud: str) -> None:
    place = {PLACES[cloud]: OFFERS[cloud]["region"]}
    same = {"machine_type": OFFERS[cloud]["machine_type"], "market": "on_demand", **place}
    assert options(cloud, offer=offer(cloud), **same) == options(cloud, offer=offer(cloud), **same)


@each_cloud
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"machine_type": "another"}, "machine_type"),
        ({"machine_types": ["another"]}, "machine_types"),
        ({"gpu_model": "l4"}, "gpu_model"),
        ({"gpu_model": "l4", "gpu_count": 2}, "gpu_model"),
        ({"min_vcpus": 8}, "min_vcpus"),
        ({"min_memory_gb": 8.0}, "min_memory_gb"),
        ({"market": "spot"}, "market"),
        ({"place": "elsewhere"}, "place"),
    ],
    ids=str,
)
def test_a_contradiction_is_refused_by_its_name(cloud: str, words: dict[str, Any], name: str) -> None:
    words = {PLACES[cloud] if key == "place" else key: value for key, value in words.items()}
    name = PLACES[cloud] if name == "place" else name
    with pytest.raises(InvalidOption, match="offer") as caught:
        options(cloud, offer=offer(cloud), **words)
    assert caught.value.resource == name


@each_cloud
def test_the_offers_zones_narrow_the_users(cloud: str) -> None:
    zones = {"aws": ["us-east-1a", "us-east-1b"], "gcp": ["us-central1-a", "us-central1-b"], "azure": ["1", "2"]}[cloud]
    assert options(cloud, offer=offer(cloud, zones=zones)).zones == tuple(zones)
    assert options(cloud, offer=offer(cloud, zones=zones), zones=zones[1:]).zones == (zones[1],)
    with pytest.raises(InvalidOption, match=zones[0]):
        options(cloud, offer=offer(cloud, zones=zones[:1]), zones=zones[1:])


@each_cloud
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cloud": "elsewhere"}, "elsewhere_vm takes this one"),
        ({"cloud": None}, "it lacks cloud"),
        ({"machine_type": ""}, "it lacks machine_type"),
        ({"market": "reserved_1y"}, "commitment"),
    ],
    ids=str,
)
def test_what_this_module_cannot_take_is_refused(cloud: str, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidOption, match=said) as caught:
        options(cloud, offer=offer(cloud) | changed)
    assert caught.value.resource == "offer"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("hourly_price", "cheap", "US dollars"),
        ("hourly_price", [1], "US dollars"),
        ("hourly_price", float("nan"), "US dollars"),
        ("price_date", "x", "2026-07-20"),
        ("price_date", 20260720, "2026-07-20"),
        ("zones", 5, "a list"),
        ("zones", "us-east-1a", "a list"),
        ("market", "any", "on_demand, spot"),
        ("machine_type", ["g6.xlarge"], "a text"),
        ("region", 7, "a text"),
    ],
)
def test_what_no_offer_says_is_refused_by_its_name(name: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidOption, match=said) as caught:
        options("aws", offer=offer("aws", **{name: value}), max_hourly_price=5.0)
    assert caught.value.resource == f"offer.{name}"


def test_azures_zones_may_be_numbers() -> None:
    assert options("azure", offer=offer("azure", zones=[1, 2])).zones == ("1", "2")


@each_cloud
def test_an_offer_without_a_region_leaves_it_to_the_user(cloud: str) -> None:
    taken = options(cloud, offer=offer(cloud, region=None), **{PLACES[cloud]: "somewhere"})
    assert getattr(taken, PLACES[cloud]) == "somewhere"


@each_cloud
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_above_zero(cloud: str, limit: float) -> None:
    with pytest.raises(InvalidOption, match="max_hourly_price"):
        options(cloud, offer=offer(cloud), max_hourly_price=limit)


def test_azures_places_are_read_as_people_write_them() -> None:
    assert options("azure", offer=offer("azure"), location="West Europe").location == "westeurope"
