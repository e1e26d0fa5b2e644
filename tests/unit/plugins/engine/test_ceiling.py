"""max_hourly_price: what costs more is not made, what exists stays, and the refusal says what would do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.price import PriceTable, Source
from ansible_collections.aienv.cloud.plugins.module_utils.model.price_book import PriceBook
from ansible_collections.aienv.cloud.plugins.module_utils.model.shape import Shape
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import diff_view
from tests.unit.plugins.builders import vm_options, vm_state
from tests.unit.plugins.memory_cloud import FakeClock, MemoryCloud, MemoryVmStore

TABLE = PriceTable(
    """
s here on_demand small:1 big:4 huge:32 plain:0.5 dear:-
s here spot big:1.5 small:0.25
s there on_demand big:3
""",
    {"s": Source("somebody", "2026-07-20")},
)
SHAPES = {
    "small": Shape("small", 4, 16, "l4", 1, 24),
    "big": Shape("big", 16, 64, "l4", 4, 24),
    "huge": Shape("huge", 64, 256, "l4", 8, 24),
    "plain": Shape("plain", 4, 16),
    "dear": Shape("dear", 4, 16),
}


class Bench:
    def __init__(self, *vms: Any) -> None:
        self.cloud = MemoryCloud(vms)

    def run(self, apply: bool = True, **words: Any) -> Any:
        options = vm_options(**words)
        store: Any = MemoryVmStore(self.cloud)
        store.prices = PriceBook(TABLE, SHAPES, "here", options.market or "on_demand", options.offer)
        policy = dataclasses.replace(options.policy, apply=apply)
        return reconcile(store, options.desired(), policy, FakeClock(), diff_view)

    def refused(self, **words: Any) -> str:
        with pytest.raises(CloudError) as caught:
            self.run(**words)
        assert (caught.value.code, caught.value.operation) == ("refused", "plan")
        assert set(self.cloud.calls) == {"list"}, "nothing but a look before the refusal"
        return caught.value.detail


def test_within_the_limit_it_is_made() -> None:
    bench = Bench()
    assert bench.run(machine_types=["big"], max_hourly_price=4.0).states[0].machine_type == "big"


@pytest.mark.parametrize("apply", [True, False])
def test_above_the_limit_nothing_is_made_and_check_mode_says_so_too(apply: bool) -> None:
    said = Bench().refused(machine_types=["big"], max_hourly_price=2.0, apply=apply)
    assert said == (
        "max_hourly_price is 2 USD, and big costs 4 USD an hour (on_demand in here, list price of 2026-07-20); "
        "within the limit: market: spot, about 1.5 USD (2026-07-20); small, 1 USD"
    )


def test_another_region_is_named_where_it_is_cheap_enough() -> None:
    assert "big in there, 3 USD" in Bench().refused(machine_types=["big"], max_hourly_price=3.5)


def test_where_nothing_is_cheap_enough_the_cheapest_is_named() -> None:
    assert (
        Bench()
        .refused(machine_types=["small"], max_hourly_price=0.1)
        .endswith("nothing alike costs less than market: spot, about 0.25 USD (2026-07-20)")
    )


def test_an_unknown_price_is_above_every_limit() -> None:
    for machine_type in ("dear", "unheard-of"):
        said = Bench().refused(machine_types=[machine_type], max_hourly_price=1000.0)
        assert said.startswith(f"the price of {machine_type} (on_demand in here) is not known")
        assert "leave max_hourly_price unset" in said


def test_a_reservation_has_no_known_price() -> None:
    assert "(reserved in here) is not known" in Bench().refused(
        market="reserved", reservation_id="cr-1", max_hourly_price=1000.0
    )


def test_spot_is_judged_by_the_spot_price() -> None:
    Bench().run(machine_types=["big"], market="spot", max_hourly_price=1.5)
    assert "spot in here" in Bench().refused(machine_types=["big"], market="spot", max_hourly_price=1.4)


def test_candidates_above_the_limit_are_left_out_and_the_order_stays() -> None:
    bench = Bench()
    bench.cloud.refusals["big", None] = "no_capacity"
    result = bench.run(machine_types=["huge", "big", "dear", "small"], max_hourly_price=4.0)
    assert result.states[0].machine_type == "small"
    assert {attempt.machine_type for attempt in result.attempts} == {"big", "small"}


def test_the_refusal_of_several_is_about_the_cheapest() -> None:
    assert "big costs 4" in Bench().refused(machine_types=["dear", "huge", "big"], max_hourly_price=3.9)


def test_the_price_of_the_offer_counts_where_it_is_newer() -> None:
    offer = {"machine_type": "small", "hourly_price": 7.0, "price_date": "2026-11-27"}
    assert "small costs 7 USD an hour (on_demand in here, list price of 2026-11-27)" in Bench().refused(
        offer=offer, max_hourly_price=2.0
    )


def test_what_exists_stays_whatever_its_price_has_become() -> None:
    bench = Bench(vm_state(machine_type="huge"))
    assert not bench.run(machine_types=["huge"], max_hourly_price=1.0).changed
    assert bench.run(machine_types=["huge"], labels={"a": "b"}, max_hourly_price=1.0).changed
    assert bench.run(state="absent", max_hourly_price=1.0).changed


def test_a_member_more_is_a_purchase() -> None:
    bench = Bench(vm_state(index=0, machine_type="big"))
    assert "big costs 4" in bench.refused(count=2, machine_types=["big"], max_hourly_price=1.0)


def test_a_resize_and_a_replacement_are_purchases() -> None:
    bench = Bench(vm_state(machine_type="small"))
    assert "big costs 4" in bench.refused(machine_types=["big"], allow_restart=True, max_hourly_price=2.0)
    replaced = {"machine_types": ["small"], "image": "debian-13", "allow_replace": True}
    assert "small costs 1" in bench.refused(**replaced, max_hourly_price=0.5)
    assert bench.run(machine_types=["big"], allow_restart=True, max_hourly_price=4.0).changed


def test_a_resize_is_judged_in_the_market_of_the_machine() -> None:
    """Of a spot VM whose market is not said again: big costs 1.5 as spot and 4 on demand."""
    spot = vm_state(machine_type="small", market="spot")
    assert Bench(spot).run(machine_types=["big"], allow_restart=True, max_hourly_price=2.0).changed
    said = Bench(spot).refused(machine_types=["big"], allow_restart=True, max_hourly_price=1.0)
    assert "big costs 1.5 USD an hour (spot in here" in said


def test_without_a_limit_no_price_is_looked_up() -> None:
    options = vm_options(machine_types=["dear"])
    assert reconcile(MemoryVmStore(MemoryCloud()), options.desired(), options.policy, FakeClock(), diff_view).changed
