"""The one flow, against a cloud in memory and a clock that only moves when somebody sleeps."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Outcome, Policy
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import VmOptions, diff_view, digest
from tests.unit.plugins.builders import vm_options, vm_state
from tests.unit.plugins.memory_cloud import FakeClock, Machine, MemoryCloud, MemoryVmStore


class Bench:
    """A cloud, its store, a clock, and the flow over them."""

    def __init__(self, *vms: Any, settle: int = 1) -> None:
        self.cloud = MemoryCloud(vms, settle=settle)
        self.store: Any = MemoryVmStore(self.cloud)
        self.clock = FakeClock()

    def run(self, options: VmOptions, **policy: Any) -> Any:
        allowed = dataclasses.replace(options.policy, **policy)
        return reconcile(self.store, options.desired(), allowed, self.clock, diff_view)

    def fails(self, options: VmOptions, **policy: Any) -> CloudError:
        with pytest.raises(CloudError) as caught:
            self.run(options, **policy)
        return caught.value

    def verbs(self) -> list[str]:
        return [verb for verb, _ in self.cloud.log if verb not in ("list", "candidates")]

    def created(self) -> list[tuple[tuple[Any, ...], str]]:
        return [
            (keys, f"{candidate.machine_type}@{candidate.zone}")
            for verb, (keys, candidate) in ((v, a) for v, a in self.cloud.log if v == "create")
        ]

    def states(self) -> dict[str, str]:
        return {machine.state.name: machine.state.state for machine in self.cloud.machines.values()}


# check mode


@pytest.mark.parametrize(
    ("options", "have"),
    [
        ({"count": 2}, []),
        ({"count": 1}, [{"index": 0}, {"index": 1}]),
        ({"state": "stopped"}, [{}]),
        ({"state": "restarted"}, [{}]),
        ({"machine_types": ["big"], "allow_restart": True}, [{}]),
        ({"image": "debian-13", "allow_replace": True}, [{}]),
        ({"labels": {"a": "b"}}, [{}]),
        ({"state": "absent"}, [{}]),
    ],
)
def test_check_mode_lists_once_and_calls_no_verb(options: dict[str, Any], have: list[dict[str, Any]]) -> None:
    bench = Bench(*[vm_state(**{"id": f"i-{n}", **one}) for n, one in enumerate(have)])
    before = bench.states()
    result = bench.run(vm_options(**options), apply=False)
    assert result.changed
    assert result.actions
    assert bench.cloud.calls == {"list": 1}
    assert bench.states() == before
    assert bench.clock.naps == []


def test_check_mode_and_the_run_say_the_same() -> None:
    bench = Bench(vm_state(index=0, id="i-0", machine_type="old"))
    options = vm_options(count=2, allow_restart=True)
    forecast = bench.run(options, apply=False)
    done = bench.run(options)
    assert (forecast.actions, forecast.before, forecast.after) == (done.actions, done.before, done.after)


def test_the_diff_shows_only_what_changes() -> None:
    bench = Bench(vm_state(index=0, id="i-0"), vm_state(index=1, id="i-1", labels={"team": "blue"}))
    result = bench.run(vm_options(count=2, labels={"team": "blue"}), apply=False)
    assert set(result.before) == set(result.after) == {"f-0"}
    assert result.before["f-0"]["labels"] == {}
    assert result.after["f-0"]["labels"] == {"team": "blue"}
    assert result.before["f-0"]["image"] == ["debian-12", "img-1"]


def test_the_diff_of_a_deletion_and_a_creation() -> None:
    bench = Bench(vm_state(index=3, id="i-3"))
    result = bench.run(vm_options(count=1), apply=False)
    assert set(result.before) == {"f-3"}
    assert set(result.after) == {"f-0"}
    assert result.after["f-0"]["image"] == "debian-12"


def test_the_diff_does_not_show_what_user_data_says() -> None:
    """It may hold secrets; its digest shows that it changed."""
    result = Bench().run(vm_options(user_data="password: geheim"), apply=False)
    assert "geheim" not in str(result.after)
    assert result.after["f"]["user_data"] == digest("password: geheim")


def test_a_refusal_shows_what_exists() -> None:
    error = Bench(vm_state(image=("debian-11", "x"))).fails(vm_options())
    assert error.code == "refused"
    assert [vm.id for vm in error.existing] == ["i-0"]


def test_nothing_to_do_is_one_list_and_no_wait() -> None:
    bench = Bench(vm_state())
    result = bench.run(vm_options())
    assert not result.changed
    assert [vm.id for vm in result.states] == ["i-0"]
    assert bench.cloud.calls == {"list": 1}


def test_details_are_asked_for_once_and_only_where_they_are_compared() -> None:
    bench = Bench()
    bench.run(vm_options(count=2))
    details = [about.detail for verb, about in bench.cloud.log if verb == "list"]
    assert details[0] is True
    assert set(details[1:]) == {False}
    bench.cloud.log.clear()
    bench.run(vm_options(state="absent"))
    assert {about.detail for verb, about in bench.cloud.log if verb == "list"} == {False}


# creating


def test_all_missing_members_are_one_create() -> None:
    bench = Bench()
    result = bench.run(vm_options(count=50))
    assert bench.created() == [(tuple(range(50)), "small@zone-a")]
    assert [vm.index for vm in result.states] == list(range(50))
    assert {vm.state for vm in result.states} == {"running"}


def test_capacity_walks_zones_then_machine_types_and_lists_the_attempts() -> None:
    bench = Bench()
    bench.cloud.refusals = {("small", None): "no_capacity", ("big", "zone-a"): "no_capacity"}
    result = bench.run(vm_options(count=2, machine_types=("small", "big")))
    tried = [(a.machine_type, a.zone, a.asked, a.made, a.code) for a in result.attempts]
    assert tried == [
        ("small", "zone-a", 2, 0, "no_capacity"),
        ("small", "zone-b", 2, 0, "no_capacity"),
        ("small", "zone-c", 2, 0, "no_capacity"),
        ("big", "zone-a", 2, 0, "no_capacity"),
        ("big", "zone-b", 2, 2, None),
    ]
    assert {vm.zone for vm in result.states} == {"zone-b"}


def test_zones_are_tried_in_the_order_given() -> None:
    bench = Bench()
    bench.cloud.refusals = {(None, "zone-c"): "no_capacity"}
    bench.run(vm_options(zones=("zone-c", "zone-a")))
    assert [where for _, where in bench.created()] == ["small@zone-c", "small@zone-a"]


def test_a_zone_with_room_for_some_gives_the_rest_to_the_next() -> None:
    bench = Bench()
    bench.cloud.room = {"zone-a": 2}
    result = bench.run(vm_options(count=5))
    assert bench.created() == [((0, 1, 2, 3, 4), "small@zone-a"), ((2, 3, 4), "small@zone-b")]
    assert [(a.asked, a.made) for a in result.attempts] == [(5, 2), (3, 3)]
    assert [vm.zone for vm in result.states] == ["zone-a"] * 2 + ["zone-b"] * 3


def test_a_quota_skips_the_other_zones_of_that_machine_type_only() -> None:
    bench = Bench()
    bench.cloud.refusals = {("small", None): "quota_exceeded"}
    result = bench.run(vm_options(machine_types=("small", "big")))
    assert [where for _, where in bench.created()] == ["small@zone-a", "big@zone-a"]
    assert [vm.machine_type for vm in result.states] == ["big"]


@pytest.mark.parametrize("code", ["not_authorized", "not_found", "failed", "throttled"])
def test_other_errors_stop_the_walk(code: Any) -> None:
    bench = Bench()
    bench.cloud.refusals = {(None, None): code}
    error = bench.fails(vm_options(machine_types=("small", "big")))
    assert error.code == code
    assert len(bench.created()) == 1
    assert [a.code for a in error.attempts] == [code]


def test_an_error_that_holds_everywhere_stops_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    everywhere = CloudError("quota_exceeded", "no GPU in any region", final=True)
    monkeypatch.setattr(bench.store, "create", lambda *_words: Outcome(error=everywhere))
    error = bench.fails(vm_options(machine_types=("small", "big")))
    assert [(a.machine_type, a.zone, a.code) for a in error.attempts] == [("small", "zone-a", "quota_exceeded")]


def test_no_room_anywhere_is_an_error_with_every_attempt() -> None:
    bench = Bench()
    bench.cloud.refusals = {(None, None): "no_capacity"}
    error = bench.fails(vm_options(count=2))
    assert error.code == "no_capacity"
    assert [a.zone for a in error.attempts] == ["zone-a", "zone-b", "zone-c"]


# partial failure


def test_a_partial_failure_takes_back_what_this_run_made_and_nothing_else() -> None:
    bench = Bench(vm_state(index=0, id="i-0"))
    bench.cloud.room = {"zone-a": 1, "zone-b": 1, "zone-c": 0}
    error = bench.fails(vm_options(count=5))
    assert error.code == "no_capacity"
    assert "the 2 made in this run were deleted again" in str(error)
    assert "keep_on_failure" in str(error)
    assert [vm.id for vm in error.existing if vm.state != "deleting"] == ["i-0"]
    deleted = [about for verb, about in bench.cloud.log if verb == "delete"]
    assert deleted == [("vm-101", "vm-102")]


def test_keep_on_failure_keeps_them_and_says_what_exists() -> None:
    bench = Bench()
    bench.cloud.room = {"zone-a": 2, "zone-b": 0, "zone-c": 0}
    error = bench.fails(vm_options(count=5), keep_on_failure=True)
    assert "delete" not in bench.cloud.calls
    assert [vm.name for vm in error.existing] == ["f-0", "f-1"]
    bench.cloud.room.clear()
    assert len(bench.run(vm_options(count=5)).states) == 5
    assert bench.created()[-1][0] == (2, 3, 4)


def test_a_rollback_that_fails_does_not_hide_why_it_was_needed() -> None:
    bench = Bench()
    bench.cloud.room = {"zone-a": 1, "zone-b": 0, "zone-c": 0}
    bench.cloud.broken["delete"] = CloudError("not_authorized", "you may not delete")
    error = bench.fails(vm_options(count=2))
    assert error.code == "no_capacity"
    assert "you may not delete" in str(error)
    assert [vm.name for vm in error.existing] == ["f-0"]


def test_something_made_by_halves_is_a_failure_and_is_taken_back() -> None:
    bench = Bench()
    create = bench.store.create

    def by_halves(specs: Any, candidate: Candidate) -> Outcome:
        made = create(specs, candidate)
        return Outcome(made.states, CloudError("not_found", "the other half is missing"))

    bench.store.create = by_halves
    error = bench.fails(vm_options())
    assert error.code == "not_found"
    assert "the other half is missing" in str(error)
    assert bench.verbs() == ["create", "delete"]


def test_a_store_that_makes_too_few_without_a_reason_is_found_out() -> None:
    bench = Bench()
    bench.store.create = lambda specs, candidate: Outcome()
    assert "2 of the requested were not made" in str(bench.fails(vm_options(count=2)))


def test_a_replacement_deletes_nothing_when_its_words_are_unknown() -> None:
    bench = Bench(vm_state(image=("debian-11", "x")))

    def unknown(wanted: Any) -> Any:
        raise CloudError("not_found", "no such network")

    bench.store.candidates = unknown
    error = bench.fails(vm_options(allow_replace=True))
    assert error.code == "not_found"
    assert bench.states() == {"f": "running"}
    assert "delete" not in bench.cloud.calls


def test_a_replaced_vm_is_gone_before_its_successor_is_asked_for() -> None:
    bench = Bench(vm_state(image=("debian-11", "x")), settle=3)
    create, there = bench.store.create, []

    def watched(*words: Any) -> Outcome:
        there.extend(machine.state.state for machine in bench.cloud.machines.values())
        return create(*words)

    bench.store.create = watched
    bench.run(vm_options(allow_replace=True))
    assert there == []
    assert bench.verbs() == ["delete", "create"]


def test_a_replacement_without_room_says_what_was_deleted() -> None:
    bench = Bench(vm_state(image=("debian-11", "x")))
    bench.store.create = lambda *_: Outcome(error=CloudError("no_capacity", "full"))
    error = bench.fails(vm_options(allow_replace=True))
    assert "deleted in this run, to be replaced: f" in str(error)


def test_a_failure_while_looking_back_does_not_hide_the_first() -> None:
    bench = Bench(vm_state())
    bench.cloud.broken["change"] = CloudError("not_authorized", "no")
    bench.cloud.on_list = lambda: bench.cloud.broken.update(list=CloudError("throttled", "later"))
    error = bench.fails(vm_options(labels={"a": "b"}))
    assert error.code == "not_authorized"
    assert error.existing == ()


def test_what_exists_stays_when_time_runs_out_before_the_cloud_said_no() -> None:
    bench = Bench()
    create = bench.store.create

    def slow(specs: Any, candidate: Candidate) -> Outcome:
        made = create(specs[:1], candidate)
        return Outcome(made.states, CloudError("timed_out", "the operation is RUNNING"))

    bench.store.create = slow
    error = bench.fails(vm_options(count=2))
    assert error.code == "timed_out"
    assert "the 1 that exist stay" in str(error)
    assert "delete" not in bench.cloud.calls
    bench.store.create = create
    assert [vm.index for vm in bench.run(vm_options(count=2)).states] == [0, 1]


# power and resize


def test_resize_stops_changes_and_starts_only_what_ran() -> None:
    bench = Bench(
        vm_state(index=0, id="i-0"),
        vm_state(index=1, id="i-1", state="stopped"),
        vm_state(index=2, id="i-2", machine_type="big"),
        settle=2,
    )
    result = bench.run(vm_options(count=3, machine_types=("big",), allow_restart=True))
    changes = [about for verb, about in bench.cloud.log if verb == "change"]
    assert changes == [
        (("i-0", {"state": "stopped"}),),
        (("i-0", {"machine_type": "big"}), ("i-1", {"machine_type": "big"})),
        (("i-0", {"state": "running"}),),
    ]
    assert [(vm.state, vm.machine_type) for vm in result.states] == [
        ("running", "big"),
        ("stopped", "big"),
        ("running", "big"),
    ]


def test_a_resize_that_a_restart_suffices_for_stops_nothing() -> None:
    bench = Bench(vm_state(index=0, id="i-0"), vm_state(index=1, id="i-1", state="stopped"))
    bench.cloud.quick_sizes.add("big")
    result = bench.run(vm_options(count=2, machine_types=("big",), allow_restart=True))
    changes = [about for verb, about in bench.cloud.log if verb == "change"]
    assert changes == [(("i-0", {"machine_type": "big", "state": "restarted"}),), (("i-1", {"machine_type": "big"}),)]
    assert [(vm.state, vm.machine_type) for vm in result.states] == [("running", "big"), ("stopped", "big")]


def test_without_room_where_it_runs_a_resize_goes_by_a_stop() -> None:
    bench = Bench(vm_state(id="i-0"))
    bench.cloud.quick_sizes.add("big")
    change = bench.store.change

    def full(changes: Any) -> Outcome:
        if any(wanted.get("state") == "restarted" for _, wanted in changes):
            return Outcome(error=CloudError("no_capacity", "this hardware is full"))
        return change(changes)

    bench.store.change = full
    result = bench.run(vm_options(machine_types=("big",), allow_restart=True))
    assert [(vm.state, vm.machine_type) for vm in result.states] == [("running", "big")]
    assert ("i-0", {"state": "stopped"}) in [
        one for verb, about in bench.cloud.log if verb == "change" for one in about
    ]


def test_nobody_asks_how_a_stopped_vm_could_be_resized_while_it_runs() -> None:
    bench = Bench(vm_state(state="stopped"))
    bench.cloud.quick_sizes.add("big")
    bench.run(vm_options(machine_types=("big",)))
    assert bench.cloud.calls["restart_suffices"] == 0


def test_a_resize_that_the_cloud_refuses_leaves_the_vm_running() -> None:
    bench = Bench(vm_state())
    change = bench.store.change

    def refuse(changes: Any) -> Outcome:
        if any("machine_type" in wanted for _, wanted in changes):
            return Outcome(error=CloudError("unsupported", "not here"))
        return change(changes)

    bench.store.change = refuse
    assert bench.fails(vm_options(machine_types=("big",), allow_restart=True)).code == "unsupported"
    assert bench.states()["f"] in ("pending", "running")


def test_a_resize_into_a_size_without_room_goes_back() -> None:
    bench = Bench(vm_state())
    change = bench.store.change

    def machine_type() -> str:
        (machine,) = bench.cloud.machines.values()
        return machine.state.machine_type

    def full(changes: Any) -> Outcome:
        if machine_type() == "big" and any(wanted.get("state") == "running" for _, wanted in changes):
            return Outcome(error=CloudError("no_capacity", "none of this size"))
        return change(changes)

    bench.store.change = full
    error = bench.fails(vm_options(machine_types=("big",), allow_restart=True))
    assert error.code == "no_capacity"
    assert "run as before" in str(error)
    assert bench.states()["f"] in ("pending", "running")
    assert machine_type() == "small"


@pytest.mark.parametrize("state", ["pending", "stopping"])
@pytest.mark.parametrize("wanted", ["started", "stopped", "restarted"])
def test_power_waits_until_the_vm_takes_orders(state: str, wanted: str) -> None:
    bench = Bench(vm_state(state=state), settle=4)
    result = bench.run(vm_options(state=wanted))
    if result.changed:
        assert result.states[0].state == ("stopped" if wanted == "stopped" else "running")


def test_no_wait_returns_at_once() -> None:
    bench = Bench(vm_state(index=5, id="i-5"), settle=100)
    result = bench.run(vm_options(count=1, wait=False))
    assert [(vm.name, vm.state) for vm in result.states] == [("f-0", "pending")]
    assert bench.clock.naps == []


# waiting


def test_the_deadline_is_an_error_that_names_each_members_last_state() -> None:
    bench = Bench(vm_state(index=0, id="i-0"), settle=10**6)
    error = bench.fails(vm_options(count=3, wait_timeout=60))
    assert error.code == "timed_out"
    assert "after 60 s" in str(error)
    assert "f-1 is pending (wanted: running)" in str(error)
    assert "f-2 is pending (wanted: running)" in str(error)
    assert "f-0" not in str(error)
    assert {vm.name for vm in error.existing} == {"f-0", "f-1", "f-2"}
    assert 60 <= sum(bench.clock.naps) < 61


def test_the_pauses_grow_to_ten_seconds_and_no_further() -> None:
    bench = Bench(settle=10**6)
    bench.fails(vm_options(wait_timeout=600))
    assert bench.clock.naps[0] == 1
    assert max(bench.clock.naps) == 10
    assert bench.clock.naps[:-1] == sorted(bench.clock.naps[:-1])
    assert bench.cloud.calls["list"] < 75


def test_a_deletion_is_waited_for() -> None:
    bench = Bench(vm_state(), settle=3)
    result = bench.run(vm_options(state="absent"))
    assert result.states == ()
    assert bench.cloud.machines == {}


def test_a_deletion_that_never_ends_is_named() -> None:
    bench = Bench(vm_state(), settle=10**6)
    error = bench.fails(vm_options(state="absent", wait_timeout=30))
    assert "f is deleting (wanted: gone)" in str(error)


def test_a_vm_that_the_cloud_takes_away_fails_at_once_with_its_reason() -> None:
    bench = Bench(settle=10**6)

    def take_away() -> None:
        for vm_id in ("vm-101", "vm-103"):
            if vm_id in bench.cloud.machines:
                bench.cloud.put(vm_id, "deleting", reason="Server.InternalError")

    bench.cloud.on_list = take_away
    error = bench.fails(vm_options(count=3))
    assert error.code == "failed"
    assert "f-0 is being deleted by the cloud (Server.InternalError)" in str(error)
    assert "f-2 is being deleted" in str(error)
    assert sum(bench.clock.naps) < 5


def test_who_wants_it_gone_waits_for_what_another_run_deleted() -> None:
    bench = Bench(vm_state(state="deleting"), settle=3)
    result = bench.run(vm_options(state="absent"))
    assert not result.changed
    assert result.states == ()
    assert bench.states() == {}
    assert bench.verbs() == []


def test_the_dead_of_an_earlier_life_are_not_waited_for() -> None:
    """Create, delete and create again at once: the old one is still going away, for an hour if it likes."""
    bench = Bench(vm_state(index=0, id="z-old", state="deleting"), settle=10**6)
    bench.cloud.settle = 2
    result = bench.run(vm_options(count=1))
    assert [(vm.id, vm.state) for vm in result.states] == [("vm-101", "running")]


def test_an_old_dead_one_is_not_taken_for_a_new_one_that_is_not_yet_listed() -> None:
    bench = Bench(vm_state(index=0, id="z-old", state="deleting"), settle=10**6)
    hidden: list[Machine] = []

    def hide_at_first() -> None:
        if "vm-101" in bench.cloud.machines and not hidden:
            hidden.append(bench.cloud.machines.pop("vm-101"))
        elif hidden and bench.cloud.calls["list"] > 4:
            bench.cloud.machines["vm-101"] = Machine(vm_state(index=0, id="vm-101"))

    bench.cloud.on_list = hide_at_first
    bench.cloud.settle = 1
    create = bench.store.create
    bench.store.create = lambda specs, candidate: (create(specs, candidate), hide_at_first())[0]
    assert [vm.id for vm in bench.run(vm_options(count=1)).states] == ["vm-101"]


def test_a_change_that_shows_late_is_waited_for() -> None:
    bench = Bench(vm_state())
    listed = bench.store.list
    bench.store.list = lambda selector: listed(selector) if bench.clock.time > 1008 else [vm_state()]
    result = bench.run(vm_options(labels={"a": "b"}))
    assert result.states[0].labels == {"a": "b"}
    assert 8 <= sum(bench.clock.naps) <= 12


def test_a_plan_that_is_not_empty_afterwards_is_an_error_of_ours() -> None:
    bench = Bench(vm_state())
    bench.store.change = lambda changes: Outcome(tuple(state for state, _ in changes))
    error = bench.fails(vm_options(labels={"a": "b"}))
    assert error.code == "failed"
    assert error.operation == "verify"
    assert "still to do: update f (labels: {} -> {'a': 'b'})" in str(error)
    assert "please report this" in str(error)


def test_an_error_carries_the_attempts_and_what_exists() -> None:
    bench = Bench(vm_state(index=0, id="i-0"))
    bench.cloud.refusals = {(None, None): "not_authorized"}
    error = bench.fails(vm_options(count=2))
    assert [vm.id for vm in error.existing] == ["i-0"]
    assert len(error.attempts) == 1


def test_the_default_policy_gives_no_consent() -> None:
    assert Policy() == vm_options().policy
    assert (Policy().allow_restart, Policy().allow_replace, Policy().keep_on_failure) == (False, False, False)
