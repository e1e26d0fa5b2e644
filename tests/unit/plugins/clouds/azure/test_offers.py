"""Offers as the emulated Azure sees them."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.offers_asked import ask, live

HERE = {"clouds": ["azure"], "regions": ["eastus"]}


@pytest.fixture(autouse=True)
def credentials(account, monkeypatch):
    for name, value in account.server.variables().items():
        monkeypatch.setenv(name, value)
    account.counted()
    return account


def test_zones_and_quota_of_an_on_demand_machine(account) -> None:
    (offer,) = live(gpu_models=["t4"], limit=1, count=3, **HERE)["offers"]
    assert (offer["machine_type"], offer["available"], offer["zones"]) == (account.vm_type, True, ["1", "2", "3"])
    assert offer["quota"]["covers"] is True
    assert "NCASv3_T4" in offer["quota"]["name"]


def test_it_costs_two_calls_a_location(account) -> None:
    assert len(live(clouds=["azure"], regions=["eastus", "westeurope"], limit=0, market="any")["offers"]) > 50
    assert account.counted() == {"ResourceSkus_List": 2, "Usage_List": 2}


def test_what_exists_is_counted_against_the_quota(account) -> None:
    account.vms(count=2)  # 4 vCPUs each
    limit = live(gpu_models=["t4"], limit=1, **HERE)["offers"][0]["quota"]["limit"]
    covered, over = (
        live(gpu_models=["t4"], limit=1, count=count, **HERE)["offers"][0]["quota"]
        for count in (int(limit) // 4 - 2, int(limit) // 4 - 1)
    )
    assert (covered["used"], covered["covers"], over["covers"]) == (8, True, False)


def test_all_spot_machines_share_a_quota() -> None:
    (offer,) = live(gpu_models=["t4"], market="spot", limit=1, **HERE)["offers"]
    assert "Low-priority" in offer["quota"]["name"]


def test_a_quota_that_may_not_be_read_is_not_known(account) -> None:
    refusal = {"kind": "error", "operations": ["Usage_List"], "code": "AuthorizationFailed", "status": 403}
    account.server.faults({**refusal, "message": "no right to read usages"})
    (offer,) = live(gpu_models=["t4"], limit=1, **HERE)["offers"]
    assert (offer["available"], offer["zones"], offer["quota"]["covers"]) == (True, ["1", "2", "3"], None)
    assert offer["quota"]["name"].startswith("the quotas of eastus could not be read: ")
    assert "no right to read usages" in offer["quota"]["name"]


def test_a_usage_that_fails_otherwise_is_an_error(account) -> None:
    refusal = {"kind": "error", "operations": ["Usage_List"], "code": "BadRequest", "status": 400, "message": "no"}
    account.server.faults(refusal)
    with pytest.raises(CloudError, match="no"):
        live(gpu_models=["t4"], limit=1, **HERE)


def test_restrictions_are_kept() -> None:
    """The emulated subscription may not use NC48ads in zone 3 of eastus, and ND96isr H100 nowhere in westeurope."""
    pairs = live(gpu_models=["a100-80gb"], gpu_count=2, **HERE)["offers"]
    assert [(o["machine_type"], o["zones"]) for o in pairs] == [("Standard_NC48ads_A100_v4", ["2"])]
    west = {"clouds": ["azure"], "regions": ["westeurope"], "gpu_models": ["h100"], "limit": 0}
    assert [o["machine_type"] for o in ask(**west)["offers"]] == ["Standard_ND96isr_H100_v5"]
    assert (live(**west)["offers"], live(**west)["left_out"]["not_offered"]) == ([], 1)


def test_a_location_that_the_subscription_has_not_is_no_error() -> None:
    found = live(clouds=["azure"], regions=["japaneast", "eastus"], gpu_models=["t4"], limit=0)
    assert {o["region"] for o in found["offers"]} == {"eastus"}
    assert found["left_out"]["not_offered"] > 0


def test_a_location_that_no_list_has_is_asked_for_by_its_name() -> None:
    found = live(clouds=["azure"], regions=["eastus2"], gpu_models=["t4"], limit=0)
    assert found["offers"] or found["left_out"]["not_offered"]
    assert {o["region"] for o in found["offers"]} <= {"eastus2"}
