"""When Azure is in a bad mood: what the flow makes of throttling, lost answers, full zones, stale lists and deaths."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.azure.account import AzureAccount
from tests.unit.plugins.clouds.azure.clock import QuickClock
from tests.unit.plugins.clouds.azure.test_vms import left, only
from tests.unit.plugins.clouds.contract import SSH, WEB

T4, A100 = "Standard_NC4as_T4_v3", "Standard_NC24ads_A100_v4"
PUT = "VirtualMachines_CreateOrUpdate"


def error(code: str, operation: str, status: int = 409, **when: Any) -> dict[str, Any]:
    return {"kind": "error", "code": code, "status": status, "message": code, "operations": [operation], **when}


@pytest.mark.parametrize("retry_after", [0, 2], ids=["without Retry-After", "with Retry-After"])
def test_throttling_changes_nothing_but_time(account: AzureAccount, naps: list[float], retry_after: int) -> None:
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
    struck = account.server.struck()[0]
    account.server.faults()
    assert struck >= 10
    if retry_after:  # else the SDK asks once more at once, and then with growing pauses
        assert naps == [2] * struck
    assert left(account) == []


def test_a_lost_answer_in_this_run_makes_no_second_vm(account: AzureAccount, naps: list[float]) -> None:
    account.server.faults({"kind": "lost_answer", "operations": [PUT], "times": 1})
    result = account.vms(count=3)
    assert account.server.struck() == [1]
    assert len(account.every(operations.VM)) == len(result.states) == 3
    assert len(account.every(operations.NIC)) == 3


@pytest.mark.parametrize("words", [{}, {"count": 3}, {"wait": False}], ids=["one", "three", "without waiting"])
def test_a_vm_whose_answer_was_lost_and_that_finds_no_room_goes_to_the_next_zone(
    account: AzureAccount, naps: list[float], words: dict[str, Any]
) -> None:
    account.server.faults(
        {"kind": "lost_answer", "operations": [PUT], "times": 1},
        {"kind": "slow_boot", "seconds": 0.3},
        {"kind": "capacity", "zones": ["1"]},
    )
    result = account.vms(wait_timeout=10**6, **words)
    count = words.get("count", 1)
    assert [(a.zone, a.made, a.code) for a in result.attempts] == [("1", 0, "no_capacity"), ("2", count, None)]
    account.server.faults()
    assert {vm["zones"][0] for vm in account.every(operations.VM)} == {"2"}
    assert len(left(account)) == 4 * count


def test_an_answer_that_a_dead_run_never_got_makes_no_second_vm(account: AzureAccount, naps: list[float]) -> None:
    account.server.faults({"kind": "lost_answer", "operations": [PUT], "times": 1})
    options = account.vm_options(count=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account.session, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            account.vm_store(options).create(options.desired().specs, account_place(account))
    made = [vm["properties"]["vmId"] for vm in account.every(operations.VM)]
    account.counted()
    assert [vm.id for vm in account.vms(count=3).states] == made
    assert PUT not in account.counted()


def account_place(account: AzureAccount) -> Any:
    from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate

    return Candidate(account.vm_type, "1")


def test_create_destroy_create_gives_new_ones(account: AzureAccount) -> None:
    seen: set[str] = set()
    for _ in range(3):
        new = {vm.id for vm in account.vms(count=2).states}
        assert len(new) == 2
        assert not new & seen
        seen |= new
        account.vms(state="absent")


def test_new_ones_wait_for_the_dying_to_leave_their_names(account: AzureAccount) -> None:
    before = {vm.id for vm in account.vms(count=2).states}
    account.server.faults({"kind": "slow_stop", "seconds": 0.6})
    account.vms(state="absent", wait=False)
    after = {vm.id for vm in account.vms(count=2, wait_timeout=10**6).states}
    assert len(after) == 2
    assert not before & after


# capacity and quota: at once, or at the end of the operation


def test_full_zones_are_walked_in_order_and_nothing_is_left_behind(account: AzureAccount) -> None:
    account.server.faults({"kind": "capacity", "zones": ["1", "2"]})
    result = account.vms(count=3)
    assert [(a.zone, a.made, a.code) for a in result.attempts] == [
        ("1", 0, "no_capacity"),
        ("2", 0, "no_capacity"),
        ("3", 3, None),
    ]
    assert {vm.zone for vm in result.states} == {"3"}
    assert len(left(account)) == 12
    assert not account.vms(count=3).changed


def test_where_there_is_room_for_some_the_others_go_to_the_next_zone(account: AzureAccount) -> None:
    account.server.faults({"kind": "capacity", "zones": ["1"], "available": 2})
    result = account.vms(count=5)
    assert [(a.zone, a.asked, a.made) for a in result.attempts] == [("1", 5, 2), ("2", 3, 3)]
    assert sorted(vm.zone for vm in result.states) == ["1", "1", "2", "2", "2"]
    assert len(left(account)) == 20
    assert [vm.name for vm in result.states] == [f"fleet-{number}" for number in range(5)]


def test_the_next_machine_type_comes_after_the_last_zone(account: AzureAccount) -> None:
    account.server.faults({"kind": "capacity", "machine_types": [T4]})
    words = {"machine_types": [T4, A100], "zones": ["2", "1"]}
    result = account.vms(**words)
    assert [(a.machine_type, a.zone) for a in result.attempts][:3] == [(T4, "2"), (T4, "1"), (A100, "2")]
    assert len(left(account)) == 4
    assert not account.vms(**words).changed


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("SkuNotAvailable", "no_capacity"),
        ("AllocationFailed", "no_capacity"),
        ("ZonalAllocationFailed", "no_capacity"),
        ("OverconstrainedAllocationRequest", "no_capacity"),
        ("QuotaExceeded", "quota_exceeded"),
    ],
)
def test_a_refusal_at_once_is_asked_for_one_vm_and_leaves_nothing(account: AzureAccount, code: str, ours: str) -> None:
    account.server.faults(error(code, PUT))
    account.counted()
    with pytest.raises(CloudError) as caught:
        account.vms(count=20)
    assert caught.value.code == ours
    zones = 1 if ours == "quota_exceeded" else 3
    assert account.counted()[PUT] == len(caught.value.attempts) == zones
    assert left(account) == []


def test_a_quota_is_asked_once_per_machine_type(account: AzureAccount) -> None:
    account.server.faults({"kind": "quota", "machine_types": [T4]})
    result = account.vms(machine_types=[T4, A100])
    assert [(a.machine_type, a.code) for a in result.attempts] == [(T4, "quota_exceeded"), (A100, None)]


def test_what_was_made_before_a_failure_is_deleted_again(account: AzureAccount) -> None:
    account.server.faults({"kind": "capacity", "available": 2})
    with pytest.raises(CloudError) as caught:
        account.vms(count=6)
    assert caught.value.code == "no_capacity"
    assert "the 2 made in this run were deleted again" in str(caught.value)
    assert left(account) == []


def test_not_authorized_stops_at_once_and_names_action_and_scope(account: AzureAccount) -> None:
    message = "The client 'x' does not have authorization to perform action 'Microsoft.Compute/virtualMachines/write' over scope '/y'"
    account.server.faults({**error("AuthorizationFailed", PUT, 403), "message": message})
    with pytest.raises(CloudError) as caught:
        account.vms(machine_types=[T4, A100])
    assert caught.value.code == "not_authorized"
    assert "Microsoft.Compute/virtualMachines/write" in str(caught.value)
    assert account.counted()[PUT] == 1


def test_a_missing_registration_says_how_to_register(account: AzureAccount) -> None:
    message = "The subscription is not registered to use namespace 'Microsoft.Compute'."
    account.server.faults({**error("MissingSubscriptionRegistration", PUT), "message": message})
    with pytest.raises(CloudError, match=r"az provider register --namespace Microsoft\.Compute"):
        account.vms()


def test_another_operation_in_progress_is_waited_for(account: AzureAccount, clock: QuickClock) -> None:
    account.server.faults(error("AnotherOperationInProgress", PUT, times=2))
    assert len(account.vms().states) == 1
    assert clock.naps[:2] == [1, 1]


def test_an_operation_that_cannot_be_asked_for_is_not_one_that_failed(
    account: AzureAccount, clock: QuickClock, naps: list[float]
) -> None:
    account.server.faults(error("InternalServerError", "Operations_Get", times=15, status=500))
    assert len(account.vms(count=2).states) == 2
    assert account.server.struck() == [15]
    assert account.counted().get("VirtualMachines_Delete", 0) == 0


# what a run finds that another left


def test_a_vm_that_failed_before_it_lived_is_made_anew(account: AzureAccount) -> None:
    """A run died between its PUT and the answer that there is no room; its VM, interface and address are there."""
    account.server.faults({"kind": "capacity", "zones": ["1"]})
    options = account.vm_options()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account.session, "finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            account.vm_store(options).create(options.desired().specs, account_place(account))
    account.server.faults()
    result = account.vms()
    assert only(result.states).state == "running"
    assert result.actions == ("create fleet",)
    assert len(left(account)) == 4
    account.vms(state="absent")
    assert left(account) == []


def test_a_start_that_finds_no_room_says_so(account: AzureAccount) -> None:
    account.vms()
    account.vms(state="stopped")
    account.server.faults({"kind": "capacity"})
    with pytest.raises(CloudError) as caught:
        account.vms(state="started")
    assert caught.value.code == "no_capacity"


def test_stale_lists_right_after_create_are_waited_for(account: AzureAccount) -> None:
    account.server.faults({"kind": "stale_reads", "seconds": 3600, "times": 4})
    result = account.vms(count=2)
    assert [vm.state for vm in result.states] == ["running", "running"]
    assert len(left(account)) == 8


def test_a_slow_boot_ends_at_the_deadline_with_every_state(account: AzureAccount) -> None:
    account.server.faults({"kind": "slow_boot", "seconds": 3600})
    with pytest.raises(CloudError) as caught:
        account.vms(count=2, wait_timeout=30)
    assert caught.value.code == "timed_out"
    assert {vm.name for vm in caught.value.existing} == {"fleet-0", "fleet-1"}


def test_operations_are_asked_after_no_more_often_than_azure_says(account: AzureAccount, clock: QuickClock) -> None:
    account.server.faults({"kind": "slow_boot", "seconds": 2.4})
    account.vms(wait_timeout=10**6)
    assert clock.naps
    assert min(clock.naps) >= 0.9
