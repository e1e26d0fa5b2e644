"""When Compute Engine is in a bad mood: throttling, lost answers, full zones, quotas, half a batch, stale lists, deaths."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import vms
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Selector
from tests.unit.plugins.clouds.contract import SSH, WEB, listed
from tests.unit.plugins.clouds.gcp.account import GcpAccount

ZONE = "us-central1-a"
INSERTS = ["instances.insert", "instances.bulkInsert"]
# Lists show the world before the first change. What it was like is kept from the moment on that such a rule exists.
REMEMBERED = {"kind": "stale_reads", "seconds": 3600, "after": 10**6}
STALE = {"kind": "stale_reads", "seconds": 3600}


def lost(*operations: str, **when: Any) -> dict[str, Any]:
    return {"kind": "lost_answer", "operations": list(operations), "times": 1, **when}


def names(account: GcpAccount) -> list[str]:
    return [instance["name"] for instance in account.instances()]


@pytest.mark.parametrize("retry_after", [0, 2], ids=["without Retry-After", "with Retry-After"])
def test_throttling_changes_nothing_but_time(account: GcpAccount, naps: list[float], retry_after: int) -> None:
    account.server.faults({"kind": "throttle", "fraction": 0.3, "retry_after": retry_after}, seed=5)
    account.network(name="lan")
    account.firewall(name="gate", network="lan", rules=[SSH, WEB])
    words = {"count": 5, "network": "lan", "firewalls": ["gate"]}
    assert len(account.vms(**words).states) == 5
    assert not account.vms(**words).changed
    account.vms(state="stopped")
    account.vms(state="absent")
    account.firewall(name="gate", network="lan", state="absent")
    account.network(name="lan", state="absent")
    assert account.server.struck()[0] >= 10
    account.server.faults()
    assert names(account) == []


@pytest.mark.parametrize("count", [None, 3], ids=["insert", "bulkInsert"])
def test_a_lost_answer_in_this_run_makes_no_second_vm(
    account: GcpAccount, naps: list[float], count: int | None
) -> None:
    account.server.faults(lost(*INSERTS))
    result = account.vms(count=count)
    assert account.server.struck() == [1]
    assert sorted(vm.id for vm in result.states) == sorted(i["id"] for i in account.instances())
    assert len(account.instances()) == (count or 1)


def die(*_words: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("stale", [False, True], ids=["listed", "not listed yet"])
@pytest.mark.parametrize("forgotten", [False, True], ids=["request remembered", "request forgotten"])
def test_an_answer_that_a_dead_run_never_got_makes_no_second_vm(
    account: GcpAccount, naps: list[float], monkeypatch: pytest.MonkeyPatch, stale: bool, forgotten: bool
) -> None:
    """The run dies with its answers. The next one finds the VMs, or gets the same ones by the request or by their names."""
    account.server.faults(REMEMBERED)
    with monkeypatch.context() as patch:
        patch.setattr(account.session, "wait", die)
        with pytest.raises(KeyboardInterrupt):
            account.vms(count=3, zones=[ZONE])
    made = sorted(i["id"] for i in account.instances())
    assert len(made) == 3
    if forgotten:  # after an hour
        monkeypatch.setattr(vms, "request_id", lambda *_: "6ba7b810-9dad-41d1-80b4-00c04fd430c8")
    account.server.faults({**STALE, "times": 1, "after": 0 if stale else 10**6})
    account.counted()
    result = account.vms(count=3, zones=[ZONE])
    assert account.counted().get("instances.bulkInsert", 0) == (1 if stale else 0)
    assert sorted(vm.id for vm in result.states) == made
    assert sorted(i["id"] for i in account.instances()) == made


def test_a_part_that_a_dead_run_left_is_completed(account: GcpAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of five exist and the list does not show them yet: their names are taken, the others are made."""
    account.vms(count=2, zones=[ZONE])
    before = {i["id"] for i in account.instances()}
    options = account.vm_options(count=5, zones=[ZONE])
    outcome = account.vm_store(options).create(options.desired().specs, account_place(options))
    assert outcome.error is None
    assert sorted(vm.index for vm in outcome.states) == [0, 1, 2, 3, 4]
    assert before < {i["id"] for i in account.instances()}
    assert len(account.instances()) == 5


def account_place(options: Any) -> Any:
    from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate

    return Candidate(options.machine_types[0], ZONE)


@pytest.mark.parametrize("stale", [False, True], ids=["listed", "not listed yet"])
def test_names_that_are_ours_already_are_taken_over(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch, stale: bool
) -> None:
    """An hour later Google has forgotten the request, and the list may lag behind: the names tell."""
    account.server.faults(REMEMBERED)
    account.vms(count=2, zones=[ZONE])
    before = {i["id"] for i in account.instances()}
    monkeypatch.setattr(vms, "request_id", lambda *words: str(uuid.uuid4()))
    options = account.vm_options(count=5, zones=[ZONE])
    account.server.faults({**STALE, "times": 1, "after": 0 if stale else 10**6})
    outcome = account.vm_store(options).create(options.desired().specs, account_place(options))
    account.server.faults()
    assert outcome.error is None
    assert [vm.index for vm in outcome.states] == [0, 1, 2, 3, 4]
    assert before < {i["id"] for i in account.instances()}
    assert len(account.instances()) == 5


def test_a_request_of_the_past_costs_two_calls(account: GcpAccount) -> None:
    account.vms(count=20, zones=[ZONE])
    account.vms(state="absent")
    account.counted()
    account.vms(count=20, zones=[ZONE])
    calls = account.counted()
    assert (calls["instances.bulkInsert"], calls["instances.get"]) == (2, 1)


def test_create_destroy_create_gives_new_ones(account: GcpAccount) -> None:
    """Within the hour in which Google remembers the requests of the dead."""
    seen: set[str] = set()
    for _ in range(4):
        new = {vm.id for vm in account.vms(count=2, zones=[ZONE]).states}
        assert len(new) == 2
        assert not new & seen
        assert new == {i["id"] for i in account.instances()}
        seen |= new
        account.vms(state="absent")


def test_a_remembered_failure_is_not_believed_for_an_hour(account: GcpAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone was full; a while later the very same request may succeed."""
    account.server.faults({"kind": "capacity"})
    for _ in range(2):
        with pytest.raises(CloudError) as caught:
            account.vms(count=2, zones=[ZONE])
        assert caught.value.code == "no_capacity"
    account.server.faults()
    monkeypatch.setattr(vms, "FRESH", -1.0)  # a while later
    assert len(account.vms(count=2, zones=[ZONE]).states) == 2


def test_new_ones_wait_for_the_dying(account: GcpAccount) -> None:
    """Their names are taken until Google is done with them."""
    account.vms(count=2, zones=[ZONE])
    account.server.faults({"kind": "slow_stop", "seconds": 1})
    account.vms(state="absent", wait=False)
    account.server.faults()
    result = account.vms(count=2, zones=[ZONE])
    assert {vm.state for vm in result.states} == {"running"}
    assert len(result.states) == 2
    assert not account.vms(count=2).changed


def test_a_deleted_vm_of_another_run_shows_as_deleting(account: GcpAccount) -> None:
    account.vms(count=2, zones=[ZONE])
    account.server.faults({"kind": "slow_stop", "seconds": 60})
    account.vms(state="absent", wait=False)
    options = account.vm_options()
    account.counted()
    assert {vm.state for vm in listed(account.vm_store(options), "fleet")} == {"deleting"}
    assert account.counted() == {"operations.aggregatedList": 1, "instances.aggregatedList": 1}


@pytest.mark.parametrize("count", [None, 3], ids=["insert", "bulkInsert"])
def test_full_zones_are_walked_in_order(account: GcpAccount, count: int | None) -> None:
    account.server.faults({"kind": "capacity", "zones": ["us-central1-a", "us-central1-b"]})
    result = account.vms(count=count)
    assert [(a.zone, a.made, a.code) for a in result.attempts] == [
        ("us-central1-a", 0, "no_capacity"),
        ("us-central1-b", 0, "no_capacity"),
        ("us-central1-c", count or 1, None),
    ]
    assert "ZONE_RESOURCE_POOL_EXHAUSTED" in str(result.attempts[0].detail)
    assert {vm.zone for vm in result.states} == {"us-central1-c"}
    assert not account.vms(count=count).changed


def test_a_zone_without_the_accelerator_is_passed(account: GcpAccount) -> None:
    result = account.vms(machine_type="g2-standard-4", zones=["us-central1-f", "us-central1-a"])
    assert [(a.zone, a.code) for a in result.attempts] == [("us-central1-f", "unsupported"), ("us-central1-a", None)]


def test_the_next_machine_type_comes_after_the_last_zone(account: GcpAccount) -> None:
    account.server.faults({"kind": "capacity", "machine_types": ["g2-standard-4"]})
    words = {"machine_types": ["g2-standard-4", "g2-standard-8"], "zones": ["us-central1-b", "us-central1-a"]}
    result = account.vms(**words)
    assert [(a.machine_type, a.zone) for a in result.attempts] == [
        ("g2-standard-4", "us-central1-b"),
        ("g2-standard-4", "us-central1-a"),
        ("g2-standard-8", "us-central1-b"),
    ]
    assert not account.vms(**words).changed


def test_lack_of_capacity_is_not_retried_in_the_same_zone(account: GcpAccount, naps: list[float]) -> None:
    account.server.faults({"kind": "capacity"})
    with pytest.raises(CloudError) as caught:
        account.vms(zones=["us-central1-a", "us-central1-b"])
    assert caught.value.code == "no_capacity"
    assert account.counted()["instances.insert"] == 2
    assert naps == []


def test_a_quota_is_asked_once_per_machine_type(account: GcpAccount) -> None:
    account.server.faults({"kind": "quota", "machine_types": ["n2-*"], "regions": ["us-central1"]})
    result = account.vms(
        machine_types=["n2-standard-2", "n2-standard-4", "e2-standard-2"], zones=[ZONE, "us-central1-b"]
    )
    assert [(a.machine_type, a.zone, a.code) for a in result.attempts] == [
        ("n2-standard-2", ZONE, "quota_exceeded"),
        ("n2-standard-4", ZONE, "quota_exceeded"),
        ("e2-standard-2", ZONE, None),
    ]
    assert "iam-admin/quotas?project=sandbox-project" in str(result.attempts[0].detail)


@pytest.mark.parametrize("count", [None, 3], ids=["insert", "bulkInsert"])
def test_the_global_quota_of_gpus_stops_the_walk(account: GcpAccount, count: int | None) -> None:
    account.server.faults({"kind": "quota", "machine_types": ["g2-*"]})
    with pytest.raises(CloudError) as caught:
        account.vms(machine_types=["g2-standard-4", "a2-highgpu-1g"], count=count)
    assert len(caught.value.attempts) == 1
    assert caught.value.code == "quota_exceeded"
    assert "GPUS_ALL_REGIONS of the project sandbox-project" in str(caught.value)


def test_half_of_a_bulk_insert_leaves_nothing_or_is_reported(account: GcpAccount) -> None:
    """All or none is asked of Google, which takes back the first half itself."""
    account.server.faults({"kind": "capacity", "available": 2})
    with pytest.raises(CloudError) as caught:
        account.vms(count=5, zones=[ZONE])
    assert caught.value.code == "no_capacity"
    assert "ZONE_RESOURCE_POOL_EXHAUSTED" in str(caught.value)
    assert names(account) == []


@pytest.mark.parametrize("keep", [False, True], ids=["rolled back", "kept"])
def test_what_was_made_before_a_failure_is_deleted_again_or_kept(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    """An operation that ends in an error although half of its VMs exist."""
    wait = account.session.wait

    def fails(operation: Any, timeout: float = 600) -> Any:
        ended = wait(operation, timeout)
        if operation.get("operationType", "").lower().startswith("bulk"):
            for index in (1, 3):
                account.ask("DELETE", f"zones/{ZONE}/instances/fleet-{index}")
            raise CloudError("failed", "Internal error (INTERNAL_ERROR)", "gcp", "bulkInsert")
        return ended

    monkeypatch.setattr(account.session, "wait", fails)
    with pytest.raises(CloudError) as caught:
        account.vms(count=4, zones=[ZONE], keep_on_failure=keep)
    assert "INTERNAL_ERROR" in str(caught.value)
    if keep:
        assert names(account) == ["fleet-0", "fleet-2"]
        assert sorted(vm.name for vm in caught.value.existing) == ["fleet-0", "fleet-2"]
    else:
        assert "the 2 made in this run were deleted again" in str(caught.value)
        assert names(account) == []


def test_not_authorized_stops_at_once(account: GcpAccount) -> None:
    refusal = {"kind": "error", "code": "forbidden", "status": 403, "operations": INSERTS}
    account.server.faults(refusal)
    with pytest.raises(CloudError) as caught:
        account.vms(machine_types=["g2-standard-4", "g2-standard-8"])
    assert caught.value.code == "not_authorized"
    assert account.counted()["instances.insert"] == 1


def test_a_vm_that_dies_while_it_boots_fails_at_once_with_the_reason(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.server.faults({"kind": "partial", "count": 2})
    with pytest.raises(CloudError, match=r"Internal error.*fleet-2.*INTERNAL_ERROR"):
        account.vms(count=3, zones=[ZONE])
    account.server.faults()
    monkeypatch.setattr(vms, "FRESH", -1.0)  # a while later
    assert [vm.index for vm in account.vms(count=3).states] == [0, 1, 2]


def test_a_vm_that_is_gone_a_moment_after_it_was_made_is_named(account: GcpAccount) -> None:
    options = account.vm_options(count=2, zones=[ZONE])
    store = account.vm_store(options)
    assert store.create(options.desired().specs, account_place(options)).error is None
    account.ask("DELETE", f"zones/{ZONE}/instances/fleet-1")
    seen = {vm.name: (vm.state, vm.reason) for vm in listed(store, "fleet")}
    assert seen["fleet-0"][0] == "running"
    assert seen["fleet-1"] == ("deleting", "it is gone a moment after it was made")


def test_stale_lists_right_after_create_are_waited_for(account: GcpAccount) -> None:
    account.server.faults({**STALE, "times": 4})
    result = account.vms(count=2, zones=[ZONE])
    assert account.server.struck()[0] >= 1
    account.server.faults()
    assert [vm.state for vm in result.states] == ["running", "running"]
    assert len(account.instances()) == 2


def test_stale_lists_right_after_a_change_are_waited_for(account: GcpAccount) -> None:
    account.vms(count=2)
    account.server.faults({**STALE, "times": 3, "after": 1})
    result = account.vms(count=2, labels={"team": "red"})
    assert account.clock.naps == [2, 2, 2]
    assert [vm.labels for vm in result.states] == [{"team": "red"}] * 2


def test_a_slow_boot_ends_at_the_deadline_with_every_state(account: GcpAccount) -> None:
    """Google's operation ends when the VM runs; the deadline holds for it as well, also within the server's two minutes."""
    account.server.faults({"kind": "slow_boot", "seconds": 3600})
    began = time.monotonic()
    with pytest.raises(CloudError) as caught:
        account.vms(count=2, zones=[ZONE], wait_timeout=1, keep_on_failure=True)
    assert time.monotonic() - began < 5
    assert caught.value.code == "timed_out"
    assert {vm.name for vm in caught.value.existing} == {"fleet-0", "fleet-1"}


def test_a_vm_that_cannot_be_resized_runs_again(account: GcpAccount) -> None:
    account.vms()
    account.server.faults(
        {"kind": "error", "code": "invalid", "status": 400, "operations": ["instances.setMachineType"]}
    )
    with pytest.raises(CloudError) as caught:
        account.vms(machine_type="g2-standard-8", allow_restart=True)
    assert caught.value.code == "failed"
    assert [i["status"] for i in account.instances()] == ["RUNNING"]


def test_a_zone_that_does_not_answer_is_an_error_and_not_an_empty_fleet(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    page: dict[str, Any] = {"items": {}, "unreachables": ["projects/p/zones/us-central1-b"]}
    monkeypatch.setattr(account.session, "pages", lambda *_words, **_params: iter([page]))
    with pytest.raises(CloudError, match="us-central1-b"):
        account.vms(count=2)
    page["unreachables"] = ["projects/p/zones/europe-west4-a"]  # no VM of this fleet is there
    options = account.vm_options()
    assert account.vm_store(options).list(Selector("fleet")) == ()
