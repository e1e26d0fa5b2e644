"""Offers as the emulated AWS sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils import offers
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.catalog import CATALOG
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.offers import QUOTAS, quota_of
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.shapes import SHAPES
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.offers_asked import ask, live

HERE = {"clouds": ["aws"], "regions": ["us-east-1"]}


@pytest.fixture(autouse=True)
def credentials(account, monkeypatch):
    for name, value in account.server.variables().items():
        monkeypatch.setenv(name, value)
    account.server.clear_calls()
    return account


def test_zones_and_quota_of_an_on_demand_machine(account) -> None:
    (offer,) = live(gpu_models=["l4"], limit=1, count=3, **HERE)["offers"]
    assert (offer["machine_type"], offer["available"]) == ("g6.xlarge", True)
    assert set(offer["zones"]) <= set(account.zones)
    assert len(offer["zones"]) > 1
    assert offer["quota"] == {
        "covers": True,
        "name": "Running On-Demand G and VT instances",
        "limit": 5000.0,
        "used": 0,
        "unit": "vcpus",
    }
    assert offer["price_date"] == "2026-07-20"


def test_it_costs_four_calls_a_region_however_many_offers_there_are(account) -> None:
    assert len(live(gpu_memory_gb=16, market="any", limit=0, **HERE)["offers"]) > 100
    assert account.counted() == {
        "DescribeInstanceTypeOfferings": 1,
        "DescribeInstances": 1,
        "DescribeSpotPriceHistory": 1,
        "GetServiceQuota": 5,  # G, P and P5, each on demand and as spot; P5 on demand is P
    }


def test_without_spot_there_is_no_question_for_its_price(account) -> None:
    live(gpu_models=["l4"], **HERE)
    assert account.counted() == {"DescribeInstanceTypeOfferings": 1, "DescribeInstances": 1, "GetServiceQuota": 1}


def test_the_catalog_alone_asks_nobody(account) -> None:
    ask(gpu_models=["l4"], **HERE)
    assert account.counted() == {}


def test_what_runs_is_counted_against_the_quota(account) -> None:
    account.vms(count=2)  # of g6.xlarge, 4 vCPUs each
    account.vms(name="spare", market="spot")
    on_demand, spot = (
        live(gpu_models=["l4"], gpu_count=1, market=market, limit=1, count=1250, **HERE)["offers"][0]
        for market in ("on_demand", "spot")
    )
    assert (on_demand["quota"]["used"], on_demand["quota"]["covers"]) == (8, False)
    assert (spot["quota"]["used"], spot["quota"]["covers"]) == (4, False)
    assert live(gpu_models=["l4"], gpu_count=1, limit=1, count=1248, **HERE)["offers"][0]["quota"]["covers"] is True


def test_spot_prices_are_those_of_now_and_decide(account) -> None:
    """The emulated AWS asks 0.20 to 0.21 for a g6.xlarge; the table's price is another one."""
    (offer,) = live(gpu_models=["l4"], gpu_count=1, market="spot", limit=1, **HERE)["offers"]
    assert offer["hourly_price"] == pytest.approx(0.2, rel=0.05)
    assert offer["price_stale"] is False
    assert offer["price_source"].startswith("AWS")
    bound = live(gpu_models=["l4"], gpu_count=1, market="spot", max_hourly_price=0.25, limit=0, **HERE)
    assert {o["machine_type"] for o in bound["offers"]} == {"g6.xlarge", "g6.2xlarge"}
    assert bound["left_out"]["price"] > 0


def test_what_a_region_does_not_have_is_left_out(account, monkeypatch) -> None:
    """A price list that is older than the region's offerings: the emulated AWS has everything that the table has."""
    shape = replace(SHAPES["g6.xlarge"], machine_type="g6.gone")
    catalog = replace(CATALOG, shapes={"g6.gone": shape, "g6.xlarge": SHAPES["g6.xlarge"]})
    catalog.regions_of["g6.gone"] = ["us-east-1"]
    monkeypatch.setitem(offers.CATALOGS, "aws", catalog)
    found = live(**HERE)
    assert [offer["machine_type"] for offer in found["offers"]] == ["g6.xlarge"]
    assert found["left_out"]["not_offered"] == 1


def test_a_type_that_no_list_has_is_asked_for_where_it_is_meant(account) -> None:
    (offer, *_more) = live(gpu_models=["rtx-pro-4500"], **HERE)["offers"]
    assert (offer["region"], offer["available"], offer["hourly_price"]) == ("us-east-1", True, None)


def test_a_region_that_no_list_has_is_asked_for_by_its_name(account) -> None:
    found = live(clouds=["aws"], regions=["us-east-2"], gpu_models=["l4"], gpu_count=1, limit=0)
    assert account.counted()["DescribeInstanceTypeOfferings"] == 1
    assert {offer["region"] for offer in found["offers"]} <= {"us-east-2"}
    assert len(found["offers"]) + found["left_out"].get("not_offered", 0) >= 5


def test_a_quota_that_may_not_be_read_is_not_known(account) -> None:
    account.server.faults({"kind": "error", "operations": ["GetServiceQuota"], "code": "AccessDeniedException"})
    (offer,) = live(gpu_models=["l4"], limit=1, **HERE)["offers"]
    assert offer["quota"]["covers"] is None
    assert offer["quota"]["name"].startswith("L-DB2E81BA could not be read")


def test_no_credentials_are_an_error_and_not_an_empty_list(monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CloudError, match="no AWS credentials") as error:
        live(gpu_models=["l4"], **HERE)
    assert error.value.code == "not_authorized"


FAMILIES = [
    ("g6.xlarge", "on_demand", ("g", "on_demand")),
    ("gr6.4xlarge", "spot", ("g", "spot")),
    ("p5.48xlarge", "on_demand", ("p", "on_demand")),
    ("p5.48xlarge", "spot", ("p5", "spot")),
    ("p4d.24xlarge", "spot", ("p", "spot")),
    ("m7i.large", "on_demand", ("standard", "on_demand")),
    ("im4gn.large", "spot", ("standard", "spot")),
    ("x2idn.16xlarge", "on_demand", ("x", "on_demand")),
]


@pytest.mark.parametrize(("machine_type", "market", "key"), FAMILIES)
def test_the_quota_of_a_type(machine_type, market, key) -> None:
    assert quota_of(machine_type, market) == QUOTAS[key]


@pytest.mark.parametrize(
    ("machine_type", "market"),
    [("p6-b200.48xlarge", "spot"), ("g6.xlarge", "reserved_1y"), ("inf2.xlarge", "on_demand")],
)
def test_no_quota_is_made_up(machine_type, market) -> None:
    assert quota_of(machine_type, market) is None
