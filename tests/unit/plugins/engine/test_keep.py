"""The flow of snapshots over a cloud in memory: the order of its steps, and what is left when one of them fails."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.engine.keep import keep
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Result
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import ScheduleOptions, diff_view
from tests.unit.plugins.builders import parsed, vm_state
from tests.unit.plugins.memory_cloud import FakeClock, MemoryCloud, MemorySnapshotStore


def refused() -> CloudError:
    return CloudError("not_authorized", "no", "memory")


def store_of(looks: int = 0, **words: Any) -> MemorySnapshotStore:
    cloud = MemoryCloud([vm_state(id=f"i-{n}", index=n, disk_id=f"disk-{n}") for n in (0, 1)])
    return MemorySnapshotStore(cloud, parsed(ScheduleOptions, name="f", **words).verified(), looks)


def run(store: MemorySnapshotStore, clock: FakeClock | None = None, apply: bool = True, **words: Any) -> Result:
    store.options = parsed(ScheduleOptions, **{"name": "f", **words}).verified()
    store.calls.clear()
    policy = dataclasses.replace(store.options.policy, apply=apply)
    return keep(store, store.options.desired(), policy, clock or FakeClock(), diff_view)  # type: ignore[arg-type]


def later(minutes: int) -> FakeClock:
    clock = FakeClock()
    clock.ahead = datetime.timedelta(minutes=minutes)
    return clock


def test_the_order_is_look_take_wait_delete_look() -> None:
    store = store_of()
    run(store, token="one")
    store.looks = 3
    clock = later(1)
    run(store, clock, token="two", keep_last=1)
    assert store.calls == ["members", "list", "create", "list", "list", "list", "delete", "list"]
    assert len(clock.naps) == 2


def test_nothing_to_do_is_two_looks() -> None:
    store = store_of()
    run(store)
    run(store, later(1), keep_last=5)
    assert store.calls == ["members", "list"]


def test_absent_asks_for_no_vms() -> None:
    store = store_of()
    run(store)
    run(store, state="absent")
    assert store.calls == ["schedule", "list", "delete", "list"]


def test_a_failure_to_take_deletes_nothing_and_tells_what_there_is() -> None:
    store = store_of()
    before = run(store, token="one").states
    store.broken["create"] = refused()
    with pytest.raises(CloudError) as caught:
        run(store, later(1), token="two", keep_last=1)
    assert caught.value.existing == before
    assert "delete" not in store.calls


def test_one_that_fails_while_it_is_waited_for_deletes_nothing() -> None:
    store = store_of()
    run(store, token="one")
    store.looks, store.spoiled = 2, True
    with pytest.raises(CloudError, match="failed: no reason given"):
        run(store, later(1), token="two", keep_last=1)
    assert "delete" not in store.calls
    assert len(store.snapshots) == 4


def test_time_that_runs_out_names_each_and_its_state() -> None:
    store = store_of(looks=10**6)
    with pytest.raises(CloudError, match=r"after 60 s: .*f-0-\S+ is pending .*f-1-\S+ is pending") as caught:
        run(store, wait_timeout=60)
    assert caught.value.code == "timed_out"
    assert len(caught.value.existing) == 2


def test_the_failure_is_not_hidden_by_a_second_one() -> None:
    store = store_of()
    run(store)
    store.broken["delete"] = refused()
    with pytest.raises(CloudError, match="no") as caught:
        run(store, state="absent")
    assert len(caught.value.existing) == 2
    store.broken["delete"] = refused()
    true = store.list

    def look(selector: Any) -> Any:
        if store.calls.count("list"):
            raise CloudError("throttled", "later")
        return true(selector)

    store.list = look  # type: ignore[method-assign]
    with pytest.raises(CloudError) as hidden:
        run(store, state="absent")
    assert (hidden.value.code, hidden.value.existing) == ("not_authorized", ())


def test_a_deletion_that_is_only_promised_runs_into_the_deadline() -> None:
    store = store_of()
    run(store)
    store.deaf = True
    with pytest.raises(CloudError, match=r"f-0-\S+ is available \(wanted: gone\)") as caught:
        run(store, state="absent", wait_timeout=30)
    assert caught.value.code == "timed_out"


def test_a_schedule_alone_is_a_change_and_comes_first() -> None:
    store = store_of()
    run(store)
    made = run(store, later(1), schedule_hours=6)
    assert made.changed
    assert store.calls == ["schedule", "members", "list", "set_schedule", "schedule", "members"]
    assert made.actions == ("make the schedule (every 6 h from 04:00 UTC, kept 14 days)",)
    assert not run(store, later(1), schedule_hours=6).changed
    assert run(store, later(2), schedule_hours=6, token="x").actions[0].startswith("take")


def test_a_schedule_in_check_mode_is_not_made() -> None:
    store = store_of()
    assert run(store, apply=False, schedule_hours=6).changed
    assert "set_schedule" not in store.calls
    assert store.plan is None


def test_a_schedule_that_does_not_hold_is_an_error() -> None:
    store = store_of()
    run(store)
    store.deaf = True
    with pytest.raises(CloudError, match=r"still to do: make the schedule.*please report"):
        run(store, later(1), schedule_hours=6)
