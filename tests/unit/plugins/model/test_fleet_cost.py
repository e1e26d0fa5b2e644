"""What a fleet costs: the arithmetic, and what is not known."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.fleet_cost import Assumptions, fleet_costs

PRICES = {
    ("aws", "here", "big", "spot"): 1.0,
    ("aws", "here", "big", "reserved_1y"): 2.5,
    ("aws", "here", "small", "spot"): 0.25,
}


def vm(name: str, **words: Any) -> dict[str, Any]:
    usual = {"cloud": "aws", "region": "here", "machine_type": "big", "market": "on_demand", "state": "running"}
    return {"name": name, **usual, "hourly_price": 4.0, "price_date": "2026-07-20", "billed": True, **words}


def costs(*vms: dict[str, Any], **assumed: float) -> Any:
    return fleet_costs(vms, PRICES, Assumptions(**assumed))


def test_a_month_of_a_running_machine() -> None:
    (row,) = costs(vm("a"))["vms"]
    assert (row["now"], row["spot"], row["reserved_1y"], row["reserved_3y"]) == (2920.0, 730.0, 1825.0, None)


def test_idle_stop_leaves_the_busy_hours_and_the_wait_before_each_stop() -> None:
    """40 busy hours and five waits of 70 minutes, of 168 hours."""
    (row,) = costs(vm("a"))["vms"]
    assert row["idle_stop"] == pytest.approx(2920 * (40 + 5 * 70 / 60) / 168, abs=0.01)
    (always,) = costs(vm("a"), busy_hours_per_week=168, stops_per_week=5)["vms"]
    assert always["idle_stop"] == always["now"]


@pytest.mark.parametrize("market", ["spot", "reserved"])
def test_idle_stop_is_not_reckoned_for_what_it_cannot_save(market: str) -> None:
    assert costs(vm("a", market=market))["vms"][0]["idle_stop"] is None


def test_a_stopped_machine_costs_nothing_but_its_commitment() -> None:
    (row,) = costs(vm("a", state="stopped", billed=False))["vms"]
    assert (row["now"], row["spot"], row["reserved_1y"], row["idle_stop"]) == (0.0, 0.0, 1825.0, 0.0)


def test_a_stopped_machine_that_is_billed_costs_what_it_cost_running() -> None:
    """Azure keeps the host of a VM that was shut down from inside."""
    (row,) = costs(vm("a", state="stopped", billed=True))["vms"]
    assert (row["now"], row["spot"]) == (2920.0, 730.0)


def test_what_is_not_known_is_said_and_counted_as_it_is_now() -> None:
    found = costs(
        vm("a"), vm("b", machine_type="small", hourly_price=1.0), vm("c", machine_type="odd", hourly_price=None)
    )
    totals = found["totals"]
    assert found["unknown"] == 1
    assert totals["now"] == 2920 + 730
    assert (totals["spot"], totals["spot_unknown"]) == (730 + 182.5, 1)
    assert (totals["reserved_1y"], totals["reserved_1y_unknown"]) == (1825 + 730, 2)
    assert (totals["reserved_3y"], totals["reserved_3y_unknown"]) == (None, 3)


def test_the_dearest_stands_first() -> None:
    found = costs(vm("b", hourly_price=1.0), vm("c", hourly_price=None), vm("a", hourly_price=9.0))
    assert [row["name"] for row in found["vms"]] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("hours_per_month", 745), ("hours_per_month", 0), ("idle_minutes", float("nan")), ("hours_per_month", -1), ("busy_hours_per_week", 169), ("idle_minutes", -1), ("stops_per_week", 1e9)],
)  # fmt: skip
def test_what_cannot_be_assumed_is_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidOption, match=name):
        Assumptions(**{name: value}).verified()
