"""Snapshots on the emulated EC2: their calls, their tags, what goes wrong, and what is not ours."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import snapshots
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.snapshots import from_api, member_of
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.unit.plugins.clouds.aws.account import AwsAccount
from tests.unit.plugins.clouds.contract import SnapshotContract

STAMP = datetime.datetime(2026, 11, 27, 7, 0, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
keep = SnapshotContract().keep


def all_of(account: AwsAccount) -> list[dict[str, Any]]:
    """Every snapshot of the account, as anybody sees them."""
    found = account.ec2().describe_snapshots(OwnerIds=["self"])["Snapshots"]
    return sorted(found, key=lambda s: s["SnapshotId"])


def add_disk(account: AwsAccount, vm: Any) -> str:
    ec2 = account.ec2()
    volume = ec2.create_volume(AvailabilityZone=vm.zone, Size=50)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=vm.id, Device="/dev/sdf")
    return str(volume)


@pytest.fixture
def instantly(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(snapshots.time, "sleep", pauses.append)
    return pauses


def test_one_call_takes_all_disks_of_a_vm(account: AwsAccount) -> None:
    vms = account.vms(count=3).states
    data = add_disk(account, vms[1])
    account.counted()
    result = keep(account)
    assert account.counted() == {"DescribeInstances": 1, "DescribeSnapshots": 2, "CreateSnapshots": 3}
    assert [s.index for s in result.states] == [0, 1, 1, 2]
    assert (data, 50) in [(s.disk, s.size_gb) for s in result.states]
    assert result.actions[1].startswith("take snapshots of fleet-1 (/dev/")
    assert "/dev/sdf" in result.actions[1]
    keep(account)
    assert account.counted() == {"DescribeInstances": 1, "DescribeSnapshots": 1}


def test_a_disk_that_came_later_makes_its_vm_due(account: AwsAccount) -> None:
    vms = account.vms(count=2).states
    keep(account)
    add_disk(account, vms[0])
    later = keep(account, minutes=1)
    assert [s.index for s in later.states].count(0) == 3  # both disks again, so that they belong together
    assert [s.index for s in later.states].count(1) == 1


def test_tags_say_whose_it_is(account: AwsAccount) -> None:
    account.vms(count=2)
    keep(account, labels={"team": "red"}, token="before-upgrade")
    tagged = [{tag["Key"]: tag["Value"] for tag in s["Tags"]} for s in all_of(account)]
    assert sorted(t.pop("Name")[:8] for t in tagged) == ["fleet-0-", "fleet-1-"]
    assert sorted(t.pop("aienv-index") for t in tagged) == ["0", "1"]
    assert tagged == [{"team": "red", "aienv-snapshot": "fleet", "aienv-token": "before-upgrade"}] * 2


def test_what_others_took_is_neither_counted_nor_deleted(account: AwsAccount) -> None:
    """Of our disk, even with the tags of our disk copied to it, as backup tools do."""
    account.vms()
    ec2 = account.ec2()
    disk = ec2.describe_volumes()["Volumes"][0]["VolumeId"]
    tags = [{"Key": "aienv-fleet", "Value": "fleet"}]
    theirs = ec2.create_snapshot(VolumeId=disk, TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}])[
        "SnapshotId"
    ]
    assert keep(account, keep_last=1).changed
    keep(account, state="absent")
    assert [s["SnapshotId"] for s in all_of(account)] == [theirs]


def test_the_disks_of_other_vms_are_not_taken(account: AwsAccount) -> None:
    account.vms()
    ec2 = account.ec2()
    image = ec2.describe_instances()["Reservations"][0]["Instances"][0]["ImageId"]
    words = {"ImageId": image, "InstanceType": "g6.xlarge", "MinCount": 1, "MaxCount": 1}
    named = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "fleet"}]}]
    other = ec2.run_instances(**words, TagSpecifications=named)["Instances"][0]["InstanceId"]
    volumes = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [other]}])["Volumes"]
    keep(account)
    assert len(all_of(account)) == 1
    assert all_of(account)[0]["VolumeId"] != volumes[0]["VolumeId"]


def test_a_terminated_vm_counts_no_more(account: AwsAccount) -> None:
    account.vms(count=2)
    account.vms(count=1)
    assert [s.index for s in keep(account).states] == [0]


def test_they_are_waited_for_until_whole_before_others_go(account: AwsAccount) -> None:
    account.vms()
    first = keep(account, token="one").states[0]
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": ["CreateSnapshots"]})
    with pytest.raises(CloudError, match=r"after 60 s: .*is pending \(wanted: available\)") as caught:
        keep(account, token="two", minutes=1, keep_last=1, wait_timeout=60)
    assert caught.value.code == "timed_out"
    assert {s.id for s in caught.value.existing} >= {first.id}
    assert len(all_of(account)) == 2
    # The next run does not take it again, and still does not trade a whole one for one that is not.
    account.counted()
    assert not keep(account, token="two", minutes=2, keep_last=1).changed
    assert "CreateSnapshots" not in account.counted()


def test_without_waiting_nothing_whole_is_deleted_for_what_is_not(account: AwsAccount) -> None:
    account.vms()
    first = keep(account, token="one").states[0]
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": ["CreateSnapshots"]})
    result = keep(account, token="two", minutes=1, keep_last=1, wait=False)
    assert [(s.state, s.id == first.id) for s in result.states] == [("available", True), ("pending", False)]


def test_one_that_fails_is_an_error_and_is_taken_anew(account: AwsAccount) -> None:
    account.vms()
    account.server.faults({"kind": "partial", "count": 0, "operations": ["CreateSnapshots"]})
    with pytest.raises(CloudError, match=r"fleet-\S+ of vol-\S+ failed: Given key ID") as caught:
        keep(account)
    assert caught.value.code == "failed"
    account.server.faults()
    result = keep(account, minutes=1, keep_last=3)
    assert [s.state for s in result.states] == ["available"]
    assert len(all_of(account)) == 1  # the failed one is gone


@pytest.mark.usefixtures("instantly")
def test_a_lost_answer_takes_no_second_snapshot(account: AwsAccount) -> None:
    account.vms(count=2)
    account.server.faults({"kind": "lost_answer", "operations": ["CreateSnapshots"], "times": 1})
    result = keep(account)
    assert account.server.struck() == [1]
    assert len(result.states) == len(all_of(account)) == 2


def test_a_request_that_never_arrived_is_repeated(account: AwsAccount, instantly: list[float]) -> None:
    account.vms()
    asked: list[str] = []
    true = account.session.call

    def call(operation: str, **words: Any) -> Any:
        asked.append(operation)
        if operation == "create_snapshots" and asked.count(operation) == 1:
            raise snapshots.Unanswered("failed", "the connection was closed", "aws", operation)
        return true(operation, **words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account.session, "call", call)
        keep(account)
    assert asked.count("create_snapshots") == 2
    assert len(all_of(account)) == 1
    assert instantly == [1, 2, 4]


def test_throttling_is_only_time(account: AwsAccount, naps: list[float]) -> None:
    account.vms(count=4)
    account.server.faults({"kind": "throttle", "fraction": 0.4}, seed=3)
    assert len(keep(account).states) == 4
    assert keep(account, state="absent").states == ()
    assert len(naps) == account.server.struck()[0] > 3
    account.server.faults()
    assert all_of(account) == []


def test_a_quota_names_the_vm_and_leaves_what_was_taken(account: AwsAccount) -> None:
    account.vms(count=2)
    old = keep(account, token="one").states
    account.server.faults({"kind": "quota", "available": 0, "operations": ["CreateSnapshots"], "times": 1})
    with pytest.raises(CloudError, match="SnapshotLimitExceeded") as caught:
        keep(account, token="two", minutes=1, keep_last=1)
    assert caught.value.code == "quota_exceeded"
    assert caught.value.resource in ("fleet-0", "fleet-1")
    assert len(caught.value.existing) == 3
    assert {s.id for s in old} <= {s["SnapshotId"] for s in all_of(account)}
    account.server.faults()
    assert len(keep(account, token="two", minutes=2, keep_last=1).states) == 2


def test_one_that_an_image_uses_is_in_use_and_the_others_go(account: AwsAccount) -> None:
    account.vms(count=2)
    states = keep(account).states
    account.server.faults(
        {"kind": "error", "code": "InvalidSnapshot.InUse", "status": 400, "operations": ["DeleteSnapshot"], "times": 1}
    )
    with pytest.raises(CloudError) as caught:
        keep(account, state="absent")
    assert caught.value.code == "in_use"
    assert len(all_of(account)) == len(states) - 1


# schedules

ROLE = "arn:aws:iam::123456789012:role/service-role/AWSDataLifecycleManagerDefaultRole"
DAILY = {"schedule_hours": 24, "schedule_role_arn": ROLE}


def policies(account: AwsAccount) -> list[dict[str, Any]]:
    """All of the region, whole, as anybody sees them."""
    dlm = account.server.client("dlm")
    ids = [one["PolicyId"] for one in dlm.get_lifecycle_policies()["Policies"]]
    return [dlm.get_lifecycle_policy(PolicyId=one)["Policy"] for one in ids]


def test_a_schedule_is_a_policy_for_the_tag_of_the_fleet(account: AwsAccount) -> None:
    account.vms(count=2)
    forecast = keep(account, apply=False, **DAILY)
    assert forecast.actions[0] == "make the schedule (every 24 h from 04:00 UTC, kept 14 days)"
    assert forecast.after["schedule"]["role"] == ROLE
    assert policies(account) == []
    keep(account, labels={"team": "red"}, **DAILY)
    (policy,) = policies(account)
    assert policy["State"] == "ENABLED"
    assert policy["Tags"] == {"aienv-snapshot": "fleet"}
    details = policy["PolicyDetails"]
    assert (details["ResourceTypes"], details["TargetTags"]) == (
        ["INSTANCE"],
        [{"Key": "aienv-fleet", "Value": "fleet"}],
    )
    (rule,) = details["Schedules"]
    assert {tag["Key"]: tag["Value"] for tag in rule["TagsToAdd"]} == {
        "team": "red",
        "aienv-snapshot": "fleet",
        "aienv-scheduled": "yes",
        "Name": "fleet",
    }
    assert rule["RetainRule"] == {"Interval": 14, "IntervalUnit": "DAYS"}
    account.counted()
    assert not keep(account, **DAILY).changed
    calls = account.counted()
    assert (calls["GetLifecyclePolicies"], calls["GetLifecyclePolicy"]) == (1, 1)
    assert not keep(account).changed  # unset leaves it as it is, and asks for nothing
    assert "GetLifecyclePolicies" not in account.counted()


def test_a_schedule_changes_in_place(account: AwsAccount) -> None:
    account.vms()
    keep(account, labels={"team": "red"}, **DAILY)
    (before,) = policies(account)
    changed = keep(account, schedule_keep_days=3, **DAILY | {"schedule_hours": 6})
    assert changed.actions == ("change the schedule (every 6 h from 04:00 UTC, kept 3 days)",)
    assert (changed.before["schedule"]["hours"], changed.after["schedule"]["hours"]) == (24, 6)
    (after,) = policies(account)
    assert after["PolicyId"] == before["PolicyId"]
    assert {"Key": "team", "Value": "red"} in after["PolicyDetails"]["Schedules"][0]["TagsToAdd"]


def test_a_schedule_that_somebody_disabled_works_again(account: AwsAccount) -> None:
    account.vms()
    keep(account, **DAILY)
    account.server.client("dlm").update_lifecycle_policy(PolicyId=policies(account)[0]["PolicyId"], State="DISABLED")
    assert keep(account, **DAILY).changed
    assert policies(account)[0]["State"] == "ENABLED"


@pytest.mark.parametrize("words", [{"schedule_hours": 0}, {"state": "absent"}], ids=str)
def test_a_schedule_ends_and_others_stay(account: AwsAccount, words: dict[str, Any]) -> None:
    """Also a policy of somebody else for our VMs, which sets our tag: it is not ours, its own tag is missing."""
    account.vms()
    keep(account, **DAILY)
    ours = policies(account)[0]
    theirs = {name: ours[name] for name in ("ExecutionRoleArn", "Description", "State", "PolicyDetails")}
    account.server.client("dlm").create_lifecycle_policy(**theirs)
    assert keep(account, **words).actions[0] == "end the schedule"
    assert [one["PolicyId"] == ours["PolicyId"] for one in policies(account)] == [False]
    assert not keep(account, **words).changed


def test_a_lost_answer_makes_no_second_policy(account: AwsAccount) -> None:
    account.vms()
    account.server.faults({"kind": "lost_answer", "operations": ["CreateLifecyclePolicy"], "times": 1})
    keep(account, **DAILY)
    assert account.server.struck() == [1]
    assert len(policies(account)) == 1


def test_of_two_policies_one_stays(account: AwsAccount) -> None:
    account.vms()
    keep(account, **DAILY)
    ours = policies(account)[0]
    twin = {name: ours[name] for name in ("ExecutionRoleArn", "Description", "State", "PolicyDetails", "Tags")}
    account.server.client("dlm").create_lifecycle_policy(**twin)
    assert keep(account, **DAILY).changed
    assert len(policies(account)) == 1
    assert not keep(account, **DAILY).changed


def test_too_many_policies_are_a_quota(account: AwsAccount) -> None:
    account.vms()
    account.server.faults({"kind": "quota", "available": 0, "operations": ["CreateLifecyclePolicy"]})
    with pytest.raises(CloudError) as caught:
        keep(account, **DAILY)
    assert caught.value.code == "quota_exceeded"


def test_what_the_schedule_took_counts_and_is_not_pruned(account: AwsAccount) -> None:
    """The emulator's policies take nothing, so one is taken as a policy would tag it."""
    account.vms(count=2)
    ec2 = account.ec2()
    own = {"aienv-snapshot": "fleet", "aienv-scheduled": "yes", "aws-dlm": "x"}
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": key, "Value": value} for key, value in own.items()]}]
    for volume in ec2.describe_volumes()["Volumes"]:
        ec2.create_snapshot(VolumeId=volume["VolumeId"], TagSpecifications=tags)
    seen = keep(account, keep_last=1)
    assert not seen.changed
    assert sorted((s.scheduled, s.index) for s in seen.states) == [(True, 0), (True, 1)]
    keep(account, token="one", keep_last=1)
    assert len(keep(account, token="two", minutes=1, keep_last=1).states) == 4
    assert keep(account, state="absent").states == ()


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ({"schedule_hours": 6}, "schedule_role_arn"),
        ({"schedule_hours": 6, "schedule_role_arn": "AWSDataLifecycleManagerDefaultRole"}, "schedule_role_arn"),
        ({"name": "Fleet"}, "name"),
        ({"token": "Before upgrade"}, "token"),
        ({"token": "x", "max_age_hours": 4}, "token"),
        ({"max_age_hours": 0}, "max_age_hours"),
        ({"keep_last": 0}, "keep_last"),
        ({"keep_within_days": -1}, "keep_within_days"),
        ({"labels": {"aienv-snapshot": "x"}}, "labels"),
        ({"labels": {"a": None}}, "labels"),
    ],
)
def test_what_cannot_work_is_refused_offline(account: AwsAccount, words: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        account.snapshot_options(**{"name": "fleet", **words})
    assert caught.value.resource == option


def test_from_api() -> None:
    raw = {"SnapshotId": "snap-1", "VolumeId": "vol-1", "State": "error", "StartTime": STAMP, "StateMessage": "no key"}
    state = from_api(raw, "us-east-1")
    assert (state.state, state.reason, state.created_at, state.owned) == (
        "failed",
        "no key",
        "2026-11-27T06:00:05Z",
        False,
    )
    assert (state.name, state.size_gb) == ("snap-1", None)


def test_member_of_has_ebs_disks_only() -> None:
    raw = {
        "InstanceId": "i-1",
        "Tags": [{"Key": "aienv-fleet", "Value": "f"}, {"Key": "aienv-base-index", "Value": "2"}],
        "AmiLaunchIndex": 1,
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1"}}, {"DeviceName": "/dev/sdc"}],
    }
    member = member_of(raw)
    assert (member.name, member.index) == ("f-3", 3)
    assert [(disk.id, disk.name) for disk in member.disks] == [("vol-1", "/dev/xvda")]
