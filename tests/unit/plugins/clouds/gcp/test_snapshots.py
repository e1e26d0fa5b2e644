"""Snapshots on the emulated Compute Engine: their calls, their labels, what goes wrong, and what is not ours."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import schedules, snapshots
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import GcpSession
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.snapshots import from_api, member_of, to_request
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import Schedule
from tests.unit.plugins.clouds.contract import SnapshotContract
from tests.unit.plugins.clouds.gcp.account import GcpAccount
from tests.unit.plugins.clouds.gcp.discovery import complaints

NOW = datetime.datetime(2026, 11, 27, 6, 0, 0, tzinfo=datetime.UTC)
ZONE = "projects/p/zones/us-central1-a"
keep = SnapshotContract().keep


def all_of(account: GcpAccount) -> list[dict[str, Any]]:
    """Every snapshot of the project, as anybody sees them."""
    return list(account.ask("GET", "global/snapshots").get("items", []))


def test_one_request_a_disk_and_few_lists(account: GcpAccount) -> None:
    account.vms(count=3)
    account.counted()
    keep(account)
    calls = account.counted()
    assert calls.pop("operations.wait") >= 3
    assert calls == {
        "instances.aggregatedList": 1,
        "disks.aggregatedList": 1,
        "snapshots.list": 2,
        "snapshots.insert": 3,
    }
    keep(account)
    assert account.counted() == {"instances.aggregatedList": 1, "disks.aggregatedList": 1, "snapshots.list": 1}


def test_labels_say_whose_it_is(account: GcpAccount) -> None:
    account.vms(count=2)
    keep(account, labels={"team": "red"}, token="before-upgrade")
    found = {s["labels"]["aienv-index"]: s for s in all_of(account)}
    assert sorted(found) == ["0", "1"]
    own = {"team": "red", "aienv-snapshot": "fleet", "aienv-token": "before-upgrade", "aienv-index": "1"}
    assert found["1"]["labels"] == own
    assert found["1"]["name"].startswith("fleet-1-2")
    assert found["1"]["sourceDisk"].endswith("/disks/fleet-1")


def test_what_others_took_is_neither_counted_nor_deleted(account: GcpAccount) -> None:
    """Of our disk, even with the labels of our disk copied to it, as backup tools do."""
    (vm,) = account.vms().states
    body = {"name": "theirs", "labels": {"aienv-fleet": "fleet"}}
    account.ask("POST", f"zones/{vm.zone}/disks/{vm.name}/createSnapshot", body)
    assert keep(account, keep_last=1).changed
    keep(account, state="absent")
    assert [s["name"] for s in all_of(account)] == ["theirs"]


def test_a_vm_of_that_name_that_is_not_ours_is_not_taken(account: GcpAccount) -> None:
    """One made by hand, and a copy of ours: it bears the labels, but no member's name."""
    (vm,) = account.vms().states
    raw = account.ask("GET", f"zones/{vm.zone}/instances/{vm.name}")
    for name, labels in (("fleet-1", {}), ("a-copy", raw["labels"])):
        disk = {
            "boot": True,
            "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"},
        }
        nic = {"network": f"projects/{account.session.project}/global/networks/default"}
        machine = f"projects/{account.session.project}/zones/{vm.zone}/machineTypes/e2-small"
        body = {"name": name, "labels": labels, "machineType": machine, "disks": [disk], "networkInterfaces": [nic]}
        account.ask("POST", f"zones/{vm.zone}/instances", body)
    keep(account)
    assert [s["sourceDisk"].rsplit("/", 1)[-1] for s in all_of(account)] == ["fleet"]


def test_a_disk_made_anew_under_the_same_name_is_another_disk(account: GcpAccount) -> None:
    account.vms()
    keep(account)
    account.vms(state="absent")
    account.vms()
    again = keep(account, minutes=1)
    assert again.changed
    assert len({s.source for s in again.states}) == 2


def test_a_regional_disk_is_refused_and_not_passed_over(account: GcpAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator has none, so the list of VMs is told to show it."""
    account.vms()
    (vm,) = account.instances()
    vm["disks"].append(
        {"type": "PERSISTENT", "source": f"{vm['zone'].rpartition('/zones/')[0]}/regions/us-central1/disks/data"}
    )
    monkeypatch.setattr(snapshots, "vms_here", lambda *_: [vm])
    with pytest.raises(CloudError, match=r"replicated over zones.*: data") as caught:
        keep(account)
    assert caught.value.code == "unsupported"
    assert all_of(account) == []


def test_a_fleet_of_that_name_in_another_region_is_another(account: GcpAccount) -> None:
    session = account.session
    there = dataclasses.replace(
        account, session=GcpSession(session.http, session.project, "europe-west4", session.endpoint)
    )
    account.vms()
    there.vms()
    assert [s.region for s in keep(account).states] == ["us-central1"]
    assert [s.region for s in keep(there, minutes=1).states] == ["europe-west4"]
    keep(account, state="absent")
    assert len(all_of(account)) == 1


def test_they_are_waited_for_until_whole_before_others_go(account: GcpAccount) -> None:
    account.vms()
    keep(account, token="one")
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": ["snapshots.insert"]})
    with pytest.raises(CloudError, match="is RUNNING") as caught:
        keep(account, token="two", minutes=1, keep_last=1, wait_timeout=1)
    assert caught.value.code == "timed_out"
    assert caught.value.resource == "fleet"
    assert sorted(s["status"] for s in all_of(account)) == ["READY", "UPLOADING"]
    # The next run does not take it again, and still does not trade a whole one for one that is not.
    assert not keep(account, token="two", minutes=2, keep_last=1).changed


def test_without_waiting_nothing_whole_is_deleted_for_what_is_not(account: GcpAccount) -> None:
    account.vms()
    keep(account, token="one")
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": ["snapshots.insert"]})
    result = keep(account, token="two", minutes=1, keep_last=1, wait=False)
    assert [s.state for s in result.states] == ["available", "pending"]
    assert [s.id for s in keep(account, token="two", apply=False).states] == [s.id for s in result.states]


def test_one_that_fails_is_an_error_and_is_taken_anew(account: GcpAccount) -> None:
    account.vms()
    account.server.faults({"kind": "partial", "count": 0, "operations": ["snapshots.insert"]})
    with pytest.raises(CloudError, match="INTERNAL_ERROR"):
        keep(account)
    account.server.faults()
    assert [s.state for s in keep(account, minutes=1, keep_last=3).states] == ["available"]
    assert len(all_of(account)) == 1  # the failed one is gone


def test_a_lost_answer_takes_no_second_snapshot(account: GcpAccount, naps: list[float]) -> None:
    account.vms(count=2)
    account.server.faults({"kind": "lost_answer", "operations": ["snapshots.insert"], "times": 1})
    result = keep(account)
    assert account.server.struck() == [1]
    assert len(result.states) == len(all_of(account)) == 2


def test_throttling_is_only_time(account: GcpAccount, naps: list[float]) -> None:
    account.vms(count=4)
    account.server.faults({"kind": "throttle", "fraction": 0.4}, seed=3)
    assert len(keep(account).states) == 4
    assert keep(account, state="absent").states == ()
    assert account.server.struck()[0] > 3


def test_a_quota_names_the_vm_and_leaves_what_was_taken(account: GcpAccount) -> None:
    account.vms(count=2)
    keep(account, token="one")
    account.server.faults({"kind": "quota", "available": 0, "operations": ["snapshots.insert"], "times": 1})
    with pytest.raises(CloudError, match="SNAPSHOTS") as caught:
        keep(account, token="two", minutes=1, keep_last=1)
    assert caught.value.code == "quota_exceeded"
    assert caught.value.resource in ("fleet-0", "fleet-1")
    assert len(caught.value.existing) == 3
    account.server.faults()
    assert len(keep(account, token="two", minutes=2, keep_last=1).states) == 2


@pytest.mark.parametrize(
    "words", [{"labels": {"Team": "red"}}, {"labels": {"team": "Red"}}, {"labels": {"aienv-snapshot": "x"}}]
)
def test_labels_that_google_does_not_take_are_refused_offline(account: GcpAccount, words: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption) as caught:
        account.snapshot_options(name="fleet", **words)
    assert caught.value.resource == "labels"


def test_the_request_is_as_google_describes_it(account: GcpAccount) -> None:
    disk = {"type": "PERSISTENT", "source": f"https://www.googleapis.com/compute/v1/{ZONE}/disks/f-3"}
    scratch = {"type": "SCRATCH", "source": ""}
    raw = {"name": "f-3", "zone": ZONE, "labels": {}, "disks": [disk, scratch]}
    member = member_of(raw, "f", {f"{ZONE}/disks/f-3": {"id": "77"}})
    assert (member.index, [(d.id, d.name) for d in member.disks]) == (3, [("77", "f-3")])
    body = to_request(member, member.disks[0], account.snapshot_options(name="f", token="x"), NOW)
    assert body["sourceDisk"] == f"{ZONE}/disks/f-3"
    assert complaints("snapshots.insert", body, {"project": "p", "requestId": "x"}) == []


# schedules


def policies(account: GcpAccount) -> list[dict[str, Any]]:
    return list(account.ask("GET", "regions/us-central1/resourcePolicies").get("items", []))


def bearers(account: GcpAccount) -> list[str]:
    return sorted(disk["name"] for disk in account.every("disks") if disk.get("resourcePolicies"))


def test_a_schedule_is_made_once_and_put_on_every_disk(account: GcpAccount) -> None:
    account.vms(count=2)
    forecast = keep(account, apply=False, schedule_hours=24)
    assert forecast.actions[:3] == (
        "make the schedule (every 24 h from 04:00 UTC, kept 14 days)",
        "put the schedule on fleet-0",
        "put the schedule on fleet-1",
    )
    assert forecast.after["schedule"] == {"hours": 24, "at": "04:00", "keep_days": 14, "labels": {}, "role": None}
    assert policies(account) == []
    assert keep(account, schedule_hours=24).changed
    (policy,) = policies(account)
    schedule = policy["snapshotSchedulePolicy"]
    assert schedule["schedule"]["dailySchedule"]["daysInCycle"] == 1
    assert schedule["snapshotProperties"]["labels"] == {"aienv-snapshot": "fleet", "aienv-scheduled": "yes"}
    assert bearers(account) == ["fleet-0", "fleet-1"]
    account.counted()
    assert not keep(account, schedule_hours=24).changed
    assert account.counted()["resourcePolicies.get"] == 1
    assert not keep(account).changed  # unset leaves it as it is
    assert len(policies(account)) == 1


def test_a_schedule_changes_and_comes_to_new_disks(account: GcpAccount) -> None:
    account.vms()
    keep(account, schedule_hours=24, labels={"team": "red"})
    changed = keep(account, schedule_hours=6, schedule_keep_days=3, schedule_at="00:00")
    assert changed.actions == ("change the schedule (every 6 h from 00:00 UTC, kept 3 days)",)
    assert changed.before["schedule"]["hours"] == 24
    (policy,) = policies(account)
    assert policy["snapshotSchedulePolicy"]["schedule"] == {"hourlySchedule": {"hoursInCycle": 6, "startTime": "00:00"}}
    assert policy["snapshotSchedulePolicy"]["snapshotProperties"]["labels"]["team"] == "red"
    account.vms(state="absent")
    account.vms()
    later = keep(account, schedule_hours=6, schedule_keep_days=3, schedule_at="00:00", minutes=1)
    assert later.actions[0] == "put the schedule on fleet"
    assert bearers(account) == ["fleet"]


@pytest.mark.parametrize("words", [{"schedule_hours": 0}, {"state": "absent"}], ids=str)
def test_a_schedule_ends(account: GcpAccount, words: dict[str, Any]) -> None:
    account.vms(count=2)
    keep(account, schedule_hours=24)
    assert keep(account, **words).actions[0] == "end the schedule"
    assert policies(account) == []
    assert bearers(account) == []
    assert not keep(account, **words).changed


def test_a_schedule_ends_though_a_disk_outlived_its_vm(account: GcpAccount) -> None:
    account.vms()
    keep(account, schedule_hours=24)
    (instance,) = account.every("instances")
    zone = instance["zone"].rsplit("/", 1)[-1]
    where = f"zones/{zone}/instances/fleet"
    account.ask(
        "POST", f"{where}/setDiskAutoDelete?autoDelete=false&deviceName={instance['disks'][0]['deviceName']}", {}
    )
    account.vms(state="absent")
    assert bearers(account) == ["fleet"]
    assert keep(account, state="absent").changed
    assert policies(account) == []
    assert bearers(account) == []


def test_a_policy_of_somebody_else_is_not_touched(account: GcpAccount) -> None:
    account.vms()
    daily = {"dailySchedule": {"daysInCycle": 1, "startTime": "04:00"}}
    theirs = {"name": "aienv-fleet", "snapshotSchedulePolicy": {"schedule": daily}}
    account.ask("POST", "regions/us-central1/resourcePolicies", theirs)
    for words in ({"schedule_hours": 6}, {"schedule_hours": 0}, {"state": "absent"}):
        with pytest.raises(CloudError, match="was not made by this collection") as caught:
            keep(account, **words)
        assert caught.value.code == "ambiguous"
    assert keep(account).changed  # who wants no schedule is not in its way


def test_what_the_schedule_took_counts_and_is_not_pruned(account: GcpAccount) -> None:
    """The emulator's schedules take nothing, so one is made as a schedule labels it."""
    (vm,) = account.vms().states
    body = {"name": "by-schedule", "labels": {"aienv-snapshot": "fleet", "aienv-scheduled": "yes"}}
    account.ask("POST", f"zones/{vm.zone}/disks/{vm.name}/createSnapshot", body)
    seen = keep(account, keep_last=1)
    assert not seen.changed
    assert [(s.scheduled, s.index, s.fleet) for s in seen.states] == [(True, None, "fleet")]
    keep(account, token="one", keep_last=1)
    assert len(keep(account, token="two", minutes=1, keep_last=1).states) == 2
    assert keep(account, state="absent").states == ()


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ({"schedule_keep_days": 0}, "schedule_keep_days"),
        ({"schedule_hours": 6, "state": "absent"}, "schedule_hours"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(account: GcpAccount, words: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        account.snapshot_options(name="fleet", **words)
    assert caught.value.resource == option


@pytest.mark.parametrize("hours", [1, 24])
def test_a_schedule_is_as_google_describes_it_and_reads_back(hours: int) -> None:
    wanted = Schedule(hours, "08:00", 7, {"team": "red"})
    body = schedules.to_request("f", wanted)
    where = {"project": "p", "region": "r", "requestId": "x"}
    assert complaints("resourcePolicies.insert", body, where) == []
    assert schedules.from_api(body) == wanted


def test_from_api_tells_what_a_schedule_took() -> None:
    raw = {
        "id": "5",
        "name": "s",
        "status": "UPLOADING",
        "creationTimestamp": "2026-11-26T22:00:00.123-08:00",
        "sourceDisk": f"https://www.googleapis.com/compute/v1/{ZONE}/disks/f",
        "sourceDiskId": "9",
        "labels": {"aienv-snapshot": "f", "team": "red"},
        "sourceSnapshotSchedulePolicy": "https://www.googleapis.com/compute/v1/projects/p/regions/r/resourcePolicies/x",
    }
    state = from_api(raw)
    assert (state.scheduled, state.state, state.created_at) == (True, "pending", "2026-11-27T06:00:00Z")
    assert (state.fleet, state.index, state.labels, state.region) == ("f", None, {"team": "red"}, "us-central1")
