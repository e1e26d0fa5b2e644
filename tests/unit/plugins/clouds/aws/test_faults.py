"""When EC2 is in a bad mood: what the flow makes of throttling, lost answers, full zones, stale lists and deaths."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.aws.account import AwsAccount
from tests.unit.plugins.clouds.aws.test_vms import instances
from tests.unit.plugins.clouds.contract import SSH, WEB


def lost(operation: str, **when: Any) -> dict[str, Any]:
    return {"kind": "lost_answer", "operations": [operation], "times": 1, **when}


# Lists show the world before the first change. What it was like is kept from the moment on that such a rule exists.
REMEMBERED = {"kind": "stale_reads", "seconds": 3600, "after": 10**6}
STALE = {"kind": "stale_reads", "seconds": 3600}


@pytest.mark.parametrize("retry_after", [0, 2], ids=["without Retry-After", "with Retry-After"])
def test_throttling_changes_nothing_but_time(account: AwsAccount, naps: list[float], retry_after: int) -> None:
    account.server.faults({"kind": "throttle", "fraction": 0.3, "retry_after": retry_after}, seed=5)
    account.network(name="lan", zones=["us-east-1a", "us-east-1b"])
    account.firewall(name="gate", network="lan", rules=[SSH, WEB])
    words = {"count": 5, "network": "lan", "firewalls": ["gate"]}
    assert len(account.vms(**words).states) == 5
    assert not account.vms(**words).changed
    account.vms(state="stopped")
    account.vms(state="absent")
    account.firewall(name="gate", network="lan", state="absent")
    account.network(name="lan", state="absent")
    assert account.server.struck()[0] == len(naps) >= 10
    assert instances(account) == []


def test_a_lost_answer_in_this_run_makes_no_second_vm(account: AwsAccount, naps: list[float]) -> None:
    account.server.faults(lost("RunInstances"))
    result = account.vms(count=3)
    assert account.server.struck() == [1]
    assert sorted(vm.id for vm in result.states) == sorted(i["InstanceId"] for i in instances(account))
    assert len(instances(account)) == 3


@pytest.mark.parametrize("stale", [False, True], ids=["listed", "not listed yet"])
def test_an_answer_that_a_dead_run_never_got_makes_no_second_vm(
    account: AwsAccount, naps: list[float], stale: bool
) -> None:
    """The run dies with its answers: every attempt of it is lost. The next run finds the VMs, or gets the same ones."""
    account.server.faults(lost("RunInstances", times=10), REMEMBERED)
    with pytest.raises(CloudError):
        account.vms(count=3)
    made = sorted(i["InstanceId"] for i in instances(account))
    assert len(made) == 3
    account.server.faults({**STALE, "times": 1, "after": 0 if stale else 10**6})
    account.counted()
    result = account.vms(count=3)
    assert account.counted().get("RunInstances", 0) == (1 if stale else 0)
    assert sorted(vm.id for vm in result.states) == made
    assert sorted(i["InstanceId"] for i in instances(account)) == made


def test_a_lost_answer_with_a_time_to_live_that_moved_on(
    account: AwsAccount, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is the same an hour later, but the expiry is another: EC2 calls that a mismatch."""
    import datetime

    from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import vms

    account.server.faults(lost("RunInstances", times=10), REMEMBERED)
    with pytest.raises(CloudError):
        account.vms(ttl_hours=8)
    made = [i["InstanceId"] for i in instances(account)]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=3)

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return later

    monkeypatch.setattr(vms.datetime, "datetime", Later)
    account.server.faults({**STALE, "times": 1})
    account.counted()
    assert [vm.id for vm in account.vms(ttl_hours=8).states] == made
    assert account.counted()["RunInstances"] == 1


@pytest.mark.parametrize("listed", [True, False], ids=["dead ones listed", "dead ones listed no more"])
def test_create_destroy_create_gives_new_ones(account: AwsAccount, naps: list[float], listed: bool) -> None:
    seen: set[str] = set()
    for _ in range(3):
        new = {vm.id for vm in account.vms(count=2).states}
        assert len(new) == 2
        assert not new & seen
        assert sorted(new) == sorted(i["InstanceId"] for i in instances(account))
        seen |= new
        account.vms(state="absent")
        if not listed:
            forget(account, new)


def test_a_moved_time_of_expiry_does_not_bring_the_dead_back(
    account: AwsAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next morning the request differs in nothing but the hour at which it expires."""
    first = {vm.id for vm in account.vms(count=2, ttl_hours=4).states}
    account.vms(state="absent")
    forget(account, first)
    monkeypatch.setattr(mark, "expiry", lambda *_: "2030-01-01T00:00:00Z")
    second = {vm.id for vm in account.vms(count=2, ttl_hours=4).states}
    assert len(second) == 2
    assert not first & second


def forget(account: AwsAccount, ids: set[str]) -> None:
    """EC2 lists terminated VMs for about an hour; taking their tags away hides them from our list at once."""
    account.ec2().delete_tags(Resources=sorted(ids), Tags=[{"Key": "aienv-fleet"}])


def test_new_ones_do_not_wait_for_the_dying(account: AwsAccount) -> None:
    account.vms(count=2)
    account.server.faults({"kind": "slow_stop", "seconds": 3600})
    account.vms(state="absent", wait=False)
    result = account.vms(count=2)
    assert {vm.state for vm in result.states} == {"running"}
    assert len(result.states) == 2
    assert account.clock.naps == []
    assert not account.vms(count=2).changed


def test_full_zones_are_walked_in_order(account: AwsAccount) -> None:
    account.server.faults({"kind": "capacity", "zones": ["us-east-1a", "us-east-1b"]})
    result = account.vms(count=3)
    assert [(a.zone, a.made, a.code) for a in result.attempts] == [
        ("us-east-1a", 0, "no_capacity"),
        ("us-east-1b", 0, "no_capacity"),
        ("us-east-1c", 3, None),
    ]
    assert {vm.zone for vm in result.states} == {"us-east-1c"}
    assert not account.vms(count=3).changed


def test_the_next_machine_type_comes_after_the_last_zone(account: AwsAccount, naps: list[float]) -> None:
    account.server.faults({"kind": "capacity", "machine_types": ["g6.xlarge"]})
    words = {"machine_types": ["g6.xlarge", "g5.xlarge"], "zones": ["us-east-1b", "us-east-1a"]}
    result = account.vms(**words)
    assert [(a.machine_type, a.zone) for a in result.attempts] == [
        ("g6.xlarge", "us-east-1b"),
        ("g6.xlarge", "us-east-1a"),
        ("g5.xlarge", "us-east-1b"),
    ]
    assert not account.vms(**words).changed


def test_lack_of_capacity_is_not_retried_in_the_same_zone(account: AwsAccount, naps: list[float]) -> None:
    account.server.faults({"kind": "capacity"})
    with pytest.raises(CloudError) as caught:
        account.vms()
    assert caught.value.code == "no_capacity"
    assert len(caught.value.attempts) == 6
    assert account.counted()["RunInstances"] == 6
    assert naps == []


def test_a_quota_is_asked_once_per_machine_type(account: AwsAccount) -> None:
    account.server.faults({"kind": "quota", "machine_types": ["g6.*"]})
    result = account.vms(machine_types=["g6.xlarge", "g6.2xlarge", "g5.xlarge"])
    assert [(a.machine_type, a.zone, a.code) for a in result.attempts] == [
        ("g6.xlarge", "us-east-1a", "quota_exceeded"),
        ("g6.2xlarge", "us-east-1a", "quota_exceeded"),
        ("g5.xlarge", "us-east-1a", None),
    ]


def test_what_was_made_before_a_failure_is_deleted_again(account: AwsAccount) -> None:
    """The gap before member 2 is made first; then there is no room for the others anywhere."""
    account.vms(count=3)
    first = instances(account)[0]["InstanceId"]
    account.ec2().terminate_instances(InstanceIds=[first])
    account.server.faults({"kind": "capacity", "available": 1})
    with pytest.raises(CloudError) as caught:
        account.vms(count=9)
    assert caught.value.code == "no_capacity"
    assert "the 1 made in this run were deleted again" in str(caught.value)
    assert [i["AmiLaunchIndex"] for i in instances(account)] == [1, 2]
    assert {vm.name for vm in caught.value.existing if vm.state != "deleting"} == {"fleet-1", "fleet-2"}


def test_a_rollback_reaches_a_vm_that_ec2_does_not_know_yet(account: AwsAccount, naps: list[float]) -> None:
    account.vms(count=3)
    account.ec2().terminate_instances(InstanceIds=[instances(account)[0]["InstanceId"]])
    unseen = {
        "kind": "error",
        "code": "InvalidInstanceID.NotFound",
        "status": 400,
        "operations": ["TerminateInstances"],
    }
    account.server.faults({"kind": "capacity", "available": 1}, {**unseen, "times": 2})
    with pytest.raises(CloudError):
        account.vms(count=9)
    assert naps == [1, 2]
    assert [i["AmiLaunchIndex"] for i in instances(account)] == [1, 2]


def test_not_authorized_stops_at_once(account: AwsAccount) -> None:
    refusal = {"kind": "error", "code": "UnauthorizedOperation", "status": 403, "operations": ["RunInstances"]}
    account.server.faults(refusal)
    with pytest.raises(CloudError) as caught:
        account.vms(machine_types=["g6.xlarge", "g5.xlarge"])
    assert caught.value.code == "not_authorized"
    assert account.counted()["RunInstances"] == 1


def test_a_vm_that_dies_while_it_boots_fails_at_once_with_the_reason(account: AwsAccount) -> None:
    account.server.faults({"kind": "partial", "count": 2})
    with pytest.raises(CloudError) as caught:
        account.vms(count=3)
    assert caught.value.code == "failed"
    assert "fleet-2 is being deleted by the cloud (Server.InternalError" in str(caught.value)
    assert sum(account.clock.naps) < 5
    account.server.faults()
    assert [vm.index for vm in account.vms(count=3).states] == [0, 1, 2]


def test_stale_lists_right_after_create_are_waited_for(account: AwsAccount) -> None:
    account.server.faults({**STALE, "times": 4})
    result = account.vms(count=2)
    assert account.server.struck() == [4]
    assert len(account.clock.naps) >= 3
    assert [vm.state for vm in result.states] == ["running", "running"]
    assert len(instances(account)) == 2


def test_stale_lists_right_after_a_change_are_waited_for(account: AwsAccount) -> None:
    account.vms(count=2)
    account.server.faults({**STALE, "times": 3, "after": 1})
    result = account.vms(count=2, labels={"team": "red"})
    assert account.clock.naps == [2, 2, 2]
    assert [vm.labels for vm in result.states] == [{"team": "red"}] * 2


def test_a_slow_boot_ends_at_the_deadline_with_every_state(account: AwsAccount) -> None:
    account.server.faults({"kind": "slow_boot", "seconds": 3600})
    with pytest.raises(CloudError) as caught:
        account.vms(count=2, wait_timeout=30)
    assert caught.value.code == "timed_out"
    assert "fleet-0 is pending (wanted: running); fleet-1 is pending (wanted: running)" in str(caught.value)
    assert {vm.name for vm in caught.value.existing} == {"fleet-0", "fleet-1"}


def test_a_vm_that_cannot_be_resized_runs_again(account: AwsAccount) -> None:
    account.vms()
    account.server.faults(
        {"kind": "error", "code": "Unsupported", "status": 400, "operations": ["ModifyInstanceAttribute"]}
    )
    with pytest.raises(CloudError) as caught:
        account.vms(machine_type="g6.2xlarge", allow_restart=True)
    assert caught.value.code == "unsupported"
    assert [i["State"]["Name"] for i in instances(account)] == ["running"]
