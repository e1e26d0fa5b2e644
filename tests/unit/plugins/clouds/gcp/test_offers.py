"""Offers as the emulated GCP sees them."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.offers import Project, _metric, _quota
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.shapes import SHAPES
from ansible_collections.aienv.cloud.plugins.module_utils.model.offer import Offer
from tests.unit.plugins.clouds.offers_asked import live

HERE = {"clouds": ["gcp"], "regions": ["us-central1"]}


@pytest.fixture(autouse=True)
def credentials(account, monkeypatch):
    for name, value in account.server.variables().items():
        monkeypatch.setenv(name, value)
    account.counted()
    return account


def test_zones_and_quota_of_an_on_demand_machine(account) -> None:
    (offer,) = live(gpu_models=["l4"], limit=1, count=3, **HERE)["offers"]
    assert (offer["machine_type"], offer["available"]) == ("g2-standard-4", True)
    assert set(offer["zones"]) <= set(account.zones)
    assert offer["quota"] == {
        "covers": True,
        "name": "NVIDIA_L4_GPUS",
        "limit": 5000.0,
        "used": 0.0,
        "unit": "gpus",
    }


def test_it_costs_the_same_few_calls_for_all_regions(account) -> None:
    assert len(live(clouds=["gcp"], gpu_memory_gb=16, market="any", limit=0)["offers"]) > 100
    counted = account.counted()
    assert counted.pop("token") == 1  # each question opens a session
    assert counted.pop("machineTypes.aggregatedList") <= 3  # pages
    assert counted == {"acceleratorTypes.aggregatedList": 1, "regions.list": 1, "projects.get": 1}


def test_accelerators_are_asked_for_only_where_they_are_attached(account) -> None:
    live(gpu_models=["l4"], **HERE)
    assert "acceleratorTypes.aggregatedList" not in account.counted()


def test_an_attached_gpu_is_where_both_are(account) -> None:
    zones = account.ask("GET", "aggregated/acceleratorTypes")["items"]
    t4 = {
        scope.removeprefix("zones/")
        for scope, body in zones.items()
        if any(one["name"] == "nvidia-tesla-t4" for one in body.get("acceleratorTypes", ()))
    }
    (offer,) = live(gpu_models=["t4"], limit=1, **HERE)["offers"]
    assert offer["machine_type"] == "n1-standard-4+t4"
    assert set(offer["zones"]) == {zone for zone in t4 if zone.startswith("us-central1-")}


def test_what_runs_is_counted_and_the_smaller_quota_decides(account) -> None:
    account.vms(count=2)  # of g2-standard-4, one L4 each
    held = [live(gpu_models=["l4"], limit=1, count=n, **HERE)["offers"][0]["quota"] for n in (4998, 4999)]
    assert [(quota["used"], quota["covers"]) for quota in held] == [(2.0, True), (2.0, False)]
    too_many = live(gpu_models=["l4"], gpu_count=8, limit=1, count=2600, **HERE)["offers"][0]["quota"]
    assert (too_many["name"], too_many["covers"]) == ("NVIDIA_L4_GPUS", False)


def test_spot_machines_have_a_quota_of_their_own(account) -> None:
    (offer,) = live(gpu_models=["l4"], market="spot", limit=1, **HERE)["offers"]
    assert offer["quota"]["name"] == "PREEMPTIBLE_NVIDIA_L4_GPUS"


METRICS = [
    ("a3-highgpu-8g", ("NVIDIA_H100_GPUS", 8, "gpus")),
    ("a3-megagpu-8g", ("NVIDIA_H100_MEGA_GPUS", 8, "gpus")),  # the same GPU to us, another one to Google
    ("n1-standard-4+2xt4", ("NVIDIA_T4_GPUS", 2, "gpus")),
    ("n2-standard-8", ("N2_CPUS", 8, "vcpus")),
    ("a4-highgpu-8g", ("", 8, "gpus")),
]


@pytest.mark.parametrize(("machine_type", "metric"), METRICS)
def test_the_quota_of_a_type(machine_type, metric) -> None:
    assert _metric(SHAPES[machine_type]) == metric


def test_a_machine_without_gpus_counts_vcpus() -> None:
    (offer,) = live(gpu_count=0, min_vcpus=8, limit=1, **HERE)["offers"]
    assert (offer["quota"]["unit"], offer["quota"]["covers"]) == ("vcpus", True)


def test_a_quota_that_the_api_does_not_tell_is_not_known() -> None:
    (offer,) = live(gpu_models=["rtx-pro-6000"], limit=1, clouds=["gcp"])["offers"]
    assert offer["quota"] is None


def test_what_a_region_does_not_have_is_left_out() -> None:
    found = live(clouds=["gcp"], gpu_memory_gb=16, limit=0)
    assert found["left_out"]["not_offered"] > 0
    for offer in found["offers"]:
        if offer["region"]:
            assert offer["zones"]
            assert all(zone.startswith(f"{offer['region']}-") for zone in offer["zones"])


def held(machine_type: str, market: str = "on_demand", count: int = 1, **limits: float):
    """The quota of an offer, where everything is unlimited but what is said; nothing is used."""
    metrics = (
        "CPUS",
        "A2_CPUS",
        "N2_CPUS",
        "NVIDIA_T4_GPUS",
        "NVIDIA_A100_GPUS",
        "PREEMPTIBLE_CPUS",
        "PREEMPTIBLE_NVIDIA_T4_GPUS",
    )
    regional = {name: (limits.get(name, 1e6), 0.0) for name in metrics}
    everywhere = {name: (limits.get(name, 1e6), 0.0) for name in ("GPUS_ALL_REGIONS", "CPUS_ALL_REGIONS")}
    offer = Offer("gcp", "us-central1", SHAPES[machine_type], market, None)
    quota = _quota(offer, Project({}, {"us-central1": regional, "": everywhere}), count)
    return quota and (quota.name, quota.covers)


HELD = [
    ("n2-standard-8", "on_demand", {}, ("N2_CPUS", True)),
    ("n2-standard-8", "on_demand", {"CPUS_ALL_REGIONS": 12}, ("CPUS_ALL_REGIONS", False)),
    ("n1-standard-8+t4", "on_demand", {}, ("NVIDIA_T4_GPUS", True)),
    ("n1-standard-8+t4", "on_demand", {"CPUS": 15}, ("CPUS", False)),
    ("n1-standard-8+t4", "on_demand", {"CPUS": 16}, ("NVIDIA_T4_GPUS", True)),
    ("n1-standard-8+t4", "on_demand", {"GPUS_ALL_REGIONS": 1}, ("GPUS_ALL_REGIONS", False)),
    ("n1-standard-8+t4", "on_demand", {"CPUS_ALL_REGIONS": 15}, ("CPUS_ALL_REGIONS", False)),
    ("a2-highgpu-1g", "on_demand", {"A2_CPUS": 23}, ("A2_CPUS", False)),
    ("n2-standard-8", "spot", {}, ("PREEMPTIBLE_CPUS", True)),
    ("n2-standard-8", "spot", {"N2_CPUS": 0}, ("PREEMPTIBLE_CPUS", True)),
    ("n2-standard-8", "spot", {"PREEMPTIBLE_CPUS": 15}, ("PREEMPTIBLE_CPUS", False)),
    ("n2-standard-8", "spot", {"PREEMPTIBLE_CPUS": 0}, ("N2_CPUS", True)),
    ("n1-standard-8+t4", "spot", {"PREEMPTIBLE_CPUS": 15}, ("PREEMPTIBLE_CPUS", False)),
    ("n1-standard-8+t4", "spot", {"PREEMPTIBLE_NVIDIA_T4_GPUS": 0}, ("NVIDIA_T4_GPUS", True)),
    ("a4-highgpu-8g", "spot", {}, None),
    ("a4-highgpu-8g", "spot", {"CPUS_ALL_REGIONS": 100}, ("CPUS_ALL_REGIONS", False)),
]


@pytest.mark.parametrize(("machine_type", "market", "limits", "expected"), HELD)
def test_two_machines_are_held_against_every_quota_that_counts_them(machine_type, market, limits, expected) -> None:
    assert held(machine_type, market, count=2, **limits) == expected
