"""The plan: a table of cases, each also applied to a cloud in memory, where a second plan must be empty."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.engine.plan import plan
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Policy, Selector
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import diff_view
from tests.unit.plugins.builders import vm_options, vm_state
from tests.unit.plugins.memory_cloud import FakeClock, MemoryCloud, MemoryVmStore

CASES = yaml.safe_load((Path(__file__).parent / "plan_cases.yml").read_text())


def parts(case: dict[str, Any]) -> tuple[Any, list[Any], Policy]:
    desired = vm_options(**case.get("want", {})).desired()
    have = [vm_state(**{"id": f"i-{number}", **one}) for number, one in enumerate(case["have"])]
    allow = case.get("allow", [])
    return desired, have, Policy(allow_restart="restart" in allow, allow_replace="replace" in allow)


def ids(cases: list[dict[str, Any]]) -> list[str]:
    return [case["case"] for case in cases]


def test_the_table_is_large_and_every_row_says_what_follows() -> None:
    assert len(CASES) >= 60
    assert all(("plan" in case) != ("refuse" in case) for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=ids(CASES))
def test_case(case: dict[str, Any]) -> None:
    desired, have, policy = parts(case)
    if "refuse" in case:
        with pytest.raises(CloudError) as caught:
            plan(desired, have, policy)
        assert caught.value.code == case["refuse"]
        for piece in case.get("says", []):
            assert piece in str(caught.value)
    else:
        assert list(plan(desired, have, policy).sentences()) == case["plan"]


PLANNED = [case for case in CASES if case.get("plan")]


@pytest.mark.parametrize("settle", [1, 3], ids=["at once", "slowly"])
@pytest.mark.parametrize("case", PLANNED, ids=ids(PLANNED))
def test_applied_once_nothing_is_left_to_do(case: dict[str, Any], settle: int) -> None:
    desired, have, policy = parts(case)
    cloud = MemoryCloud(have, settle=settle)
    store = MemoryVmStore(cloud)
    done = reconcile(store, desired, policy, FakeClock(), diff_view)
    assert done.changed
    again = plan(dataclasses.replace(desired, restart=False), store.list(Selector("f")), policy)
    assert again.sentences() == ()
    assert {vm.state for vm in done.states} <= {"running", "stopped"}


QUIET = [case for case in CASES if not case.get("plan")]


@pytest.mark.parametrize("case", QUIET, ids=ids(QUIET))
def test_a_plan_of_what_is_refused_or_empty_calls_no_verb(case: dict[str, Any]) -> None:
    desired, have, policy = parts(case)
    cloud = MemoryCloud(have)
    refused = pytest.raises(CloudError) if "refuse" in case else contextlib.nullcontext()
    with refused:
        assert not reconcile(MemoryVmStore(cloud), desired, policy, FakeClock(), diff_view).changed
    assert set(cloud.calls) == {"list"}
    leaving = desired.absent and any(state.state == "deleting" for state in have)
    assert cloud.calls["list"] == 1 or leaving  # who wants a VM gone waits until it is
