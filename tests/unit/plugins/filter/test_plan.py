"""The filters of the playbook plan: the data of its report, and the table of the terminal."""

from __future__ import annotations

import builtins
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.aienv.cloud.plugins.filter.plan_table import plan_table
from ansible_collections.aienv.cloud.plugins.filter.plan_view import plan_view


def offer(machine_type: str = "g6.xlarge", hourly: float | None = 0.8, **words: Any) -> dict[str, Any]:
    usual = {
        "cloud": "aws",
        "region": "us-east-1",
        "machine_type": machine_type,
        "market": "on_demand",
        "vcpus": 4,
        "memory_gb": 16.0,
        "architecture": "x86_64",
        "gpu_model": "l4",
        "gpu_count": 1,
        "gpu_memory_total_gb": 24,
        "hourly_price": hourly,
        "count": 1,
        "total_monthly": None if hourly is None else hourly * 730,
        "price_per_gpu_hour": hourly,
        "tflops_bf16": 121,
        "price_date": "2026-07-20",
        "price_stale": True,
        "price_source": "somebody",
    }
    return {**usual, **words}


def host(name: str = "devbox-0", **words: Any) -> dict[str, Any]:
    usual = {
        "cloud": "aws",
        "region": "us-east-1",
        "machine_type": "g6.xlarge",
        "market": "on_demand",
        "state": "running",
        "billed": True,
    }
    vm = {"name": name, "fleet": "devbox", **usual, "gpu_model": "l4", "gpu_count": 1, "hourly_price": 0.8, **words}
    return {f"vm_{key}": value for key, value in vm.items()} | {"ansible_host": "203.0.113.1"}


FOUND = {
    "offers": [offer(), offer("p5.48xlarge", None), offer("m7i.large", 0.1, gpu_model=None, gpu_count=0)],
    "need": None,
}


def test_each_offer_has_the_stack_of_its_gpus() -> None:
    view = plan_view(FOUND)
    stacks = [view["stacks"][row["stack"]] for row in view["offers"]]
    assert stacks[0]["text"].startswith("driver ")
    assert "torch " in stacks[0]["text"]
    assert stacks[1] == {"text": "", "refusal": ""}
    assert "torch" not in plan_view(FOUND, framework="")["stacks"][0]["text"]


def test_a_stack_that_there_is_not_is_told_with_its_reason() -> None:
    view = plan_view({"offers": [offer(gpu_model="b300", gpu_count=8)]}, os="debian-12", framework="tensorflow")
    (stack,) = view["stacks"]
    assert not stack["text"]
    assert "b300" in stack["refusal"]


def test_an_offer_without_a_price_is_counted_and_not_listed() -> None:
    view = plan_view(FOUND)
    assert [row["machine_type"] for row in view["offers"]] == ["g6.xlarge", "m7i.large"]
    assert (view["unpriced"], view["stale"], view["fleet"]) == (1, 2, None)


def test_a_fleet_is_compared_with_the_offers_for_its_own_place_and_type() -> None:
    others = [
        offer(market="spot", hourly_price=0.2),
        offer(market="spot", region="us-west-2", hourly_price=0.1),
        offer(market="reserved_1y", hourly=None),
    ]
    fleet = plan_view(FOUND, [host()], others)["fleet"]
    (vm,) = fleet["vms"]
    assert (vm["now"], vm["spot"], vm["reserved_1y"]) == (584.0, 146.0, None)


def test_assumptions_are_checked() -> None:
    assert (
        plan_view(FOUND, [host()], assumptions={"busy_hours_per_week": "10"})["assumptions"]["busy_hours_per_week"]
        == 10
    )
    for wrong, said in (
        ({"busy": 1}, "there are: hours_per_month"),
        ({"idle_minutes": "long"}, "'idle_minutes' .*a number is expected"),
        ({"busy_hours_per_week": "40", "idle_minutes": "abc"}, "'idle_minutes' .*a number is expected"),
        ({"idle_minutes": True}, "a number is expected"),
        ({"idle_minutes": None}, "a number is expected"),
        ({"hours_per_month": 0}, "'hours_per_month' .*above zero"),
        (40, "'assumptions' .*a dictionary is expected"),
        (["x"], "a dictionary is expected"),
    ):
        with pytest.raises(AnsibleFilterError, match=said):
            plan_view(FOUND, assumptions=wrong)


MANY = {"offers": [offer(f"g6.{size}xlarge", float(size)) for size in range(1, 40)], "need": None}


@pytest.mark.parametrize("width", [200, 118, 100, 76, 60, 40, 30, 10])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    lines = plan_table(plan_view(MANY, [host(), host("train-0", machine_type="p4d.24xlarge")]), width=width)
    table = [line for line in lines if not line.startswith(("(", "The fleet"))]
    assert max(map(len, table)) <= max(width, 30)
    assert any("g6.1xlarge" in line for line in lines)


def test_the_wider_the_more() -> None:
    heads = {width: plan_table(plan_view(MANY), width=width)[0].split() for width in (130, 90, 50)}
    assert "STACK" in heads[130]
    assert "STACK" not in heads[90]
    assert "REGION" in heads[90]
    assert heads[50] == ["TYPE", "GPU", "USD/H"]


def test_rows_limit_the_offers_and_the_rest_is_told() -> None:
    lines = plan_table(plan_view(MANY), rows=3)
    assert sum("g6." in line for line in lines) == 3
    assert lines[-1] == "(36 more in the report; * price older than 90 days)"


def test_the_fleets_sum_stands_last() -> None:
    lines = plan_table(plan_view(FOUND, [host(), host("odd", hourly_price=None)]), width=100)
    assert lines[-2].split()[:2] == ["all", "584"]
    assert lines[-1] == "(1 of 2 without a known price; they count as 0)"


def test_nothing_found_is_said() -> None:
    assert plan_table(plan_view({"offers": []})) == ["No offer with a known price fits."]


def test_without_rich_the_way_to_get_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *words: Any) -> Any:
        if name.startswith("rich"):
            raise ImportError(name)
        return known(name, *words)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(AnsibleFilterError, match="pip install rich"):
        plan_table(plan_view(FOUND))
