"""Snapshots on the emulated Azure: their calls, their tags, what goes wrong, and what is not ours."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations, snapshots
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.snapshots import (
    from_api,
    member_of,
    state_of,
    to_request,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.unit.plugins.clouds.azure.account import LOCATION, AzureAccount
from tests.unit.plugins.clouds.contract import SnapshotContract

PUT = "Snapshots_CreateOrUpdate"
keep = SnapshotContract().keep


def all_of(account: AzureAccount) -> list[dict[str, Any]]:
    """Every snapshot of the group, as anybody sees them."""
    return account.every(operations.SNAPSHOT)


def by_hand(account: AzureAccount, name: str, disk: str, **tags: str) -> None:
    """A snapshot that somebody else takes."""
    creation = {"createOption": "Copy", "sourceResourceId": disk}
    body = {"location": LOCATION, "tags": tags, "properties": {"creationData": creation}}
    account.ask(PUT, account.session.id_of(operations.SNAPSHOT, name), body)


def test_one_request_a_disk_and_few_lists(account: AzureAccount) -> None:
    account.vms(count=3)
    account.counted()
    keep(account)
    calls = account.counted()
    polls = {name: calls.pop(name) for name in list(calls) if "perations" in name}
    assert sum(polls.values()) == 3
    assert calls == {
        "VirtualMachines_List": 1,
        "Disks_ListByResourceGroup": 1,
        "Snapshots_ListByResourceGroup": 2,
        PUT: 3,
    }
    keep(account)
    assert account.counted() == {
        "VirtualMachines_List": 1,
        "Disks_ListByResourceGroup": 1,
        "Snapshots_ListByResourceGroup": 1,
    }


def test_they_are_incremental_and_their_tags_say_whose(account: AzureAccount) -> None:
    account.vms(count=2)
    keep(account, labels={"Team": "red"}, token="before-upgrade")
    found = {s["tags"]["aienv-index"]: s for s in all_of(account)}
    assert sorted(found) == ["0", "1"]
    own = {"Team": "red", "aienv-snapshot": "fleet", "aienv-token": "before-upgrade", "aienv-index": "1"}
    assert found["1"]["tags"] == own
    assert found["1"]["properties"]["incremental"] is True
    assert found["1"]["sku"]["name"] == "Standard_LRS"
    assert found["1"]["name"].startswith("fleet-1-2")


def test_what_others_took_is_neither_counted_nor_deleted(account: AzureAccount) -> None:
    """Of our disk, even with the tags of our disk copied to it, as backup tools do."""
    account.vms()
    (disk,) = account.every(operations.DISK)
    by_hand(account, "theirs", disk["id"], **disk["tags"])
    assert keep(account, keep_last=1).changed
    keep(account, state="absent")
    assert [s["name"] for s in all_of(account)] == ["theirs"]


def test_a_vm_that_only_bears_our_tags_is_not_taken(account: AzureAccount) -> None:
    """A copy of a member has its tags, but no member's name."""
    account.vms(name="other")
    (vm,) = account.every(operations.VM)
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {"aienv-fleet": "fleet"}})
    with pytest.raises(CloudError, match="no VM of fleet"):
        keep(account)


def test_a_disk_made_anew_under_the_same_name_is_another_disk(account: AzureAccount) -> None:
    account.vms()
    keep(account)
    account.vms(state="absent")
    account.vms()
    again = keep(account, minutes=1)
    assert again.changed
    assert len({s.source for s in again.states}) == 2


def test_data_disks_are_taken_too(account: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that lies in another group. The emulator attaches none, so the list of VMs is told to show it."""
    account.vms()
    group = f"{account.session.root}/resourceGroups/data"
    account.ask("ResourceGroups_CreateOrUpdate", group, {"location": LOCATION})
    disk = f"{group}/providers/{operations.DISK}/data"
    empty = {"location": LOCATION, "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 64}}
    answer = account.session._send("PUT", disk, "by hand", disk, empty, {"api-version": operations.DISKS}, None)
    account.session.done([answer], 60)
    found = snapshots.vms_of_group(account.session)
    found[0]["properties"]["storageProfile"]["dataDisks"] = [{"lun": 0, "managedDisk": {"id": disk}}]
    monkeypatch.setattr(snapshots, "vms_of_group", lambda _session: found)
    result = keep(account)
    assert ("data", 64) in [(s.disk, s.size_gb) for s in result.states]
    assert len(result.states) == 2
    assert not keep(account, minutes=1).changed


def test_they_are_waited_for_until_whole_before_others_go(account: AzureAccount) -> None:
    account.vms()
    keep(account, token="one")
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": [PUT]})
    with pytest.raises(CloudError, match="not done after 30 s") as caught:
        keep(account, token="two", minutes=1, keep_last=1, wait_timeout=30)
    assert caught.value.code == "timed_out"
    assert sorted(s["properties"]["provisioningState"] for s in all_of(account)) == ["Succeeded", "Updating"]
    # The next run does not take it again, and still does not trade a whole one for one that is not.
    assert not keep(account, token="two", minutes=2, keep_last=1).changed


def test_without_waiting_nothing_whole_is_deleted_for_what_is_not(account: AzureAccount) -> None:
    account.vms()
    keep(account, token="one")
    account.server.faults({"kind": "slow_boot", "seconds": 3600, "operations": [PUT]})
    result = keep(account, token="two", minutes=1, keep_last=1, wait=False)
    assert [s.state for s in result.states] == ["available", "pending"]
    assert [s.id for s in keep(account, token="two", apply=False).states] == [s.id for s in result.states]


def test_one_that_fails_is_an_error_and_is_taken_anew(account: AzureAccount) -> None:
    account.vms()
    account.server.faults({"kind": "partial", "count": 0, "operations": [PUT]})
    with pytest.raises(CloudError, match="internal execution error") as caught:
        keep(account)
    assert caught.value.resource == "fleet"
    account.server.faults()
    assert [s.state for s in keep(account, minutes=1, keep_last=3).states] == ["available"]
    assert len(all_of(account)) == 1  # the failed one is gone


def test_a_lost_answer_takes_no_second_snapshot(account: AzureAccount, naps: list[float]) -> None:
    account.vms(count=2)
    account.server.faults({"kind": "lost_answer", "operations": [PUT], "times": 1})
    result = keep(account)
    assert account.server.struck() == [1]
    assert len(result.states) == len(all_of(account)) == 2


def test_throttling_is_only_time(account: AzureAccount, naps: list[float]) -> None:
    account.vms(count=4)
    account.server.faults({"kind": "throttle", "fraction": 0.4}, seed=3)
    assert len(keep(account).states) == 4
    assert keep(account, state="absent").states == ()
    assert account.server.struck()[0] > 3


def test_a_quota_names_the_vm_and_leaves_what_was_taken(account: AzureAccount) -> None:
    account.vms(count=2)
    keep(account, token="one")
    account.server.faults({"kind": "error", "code": "QuotaExceeded", "status": 409, "operations": [PUT], "times": 1})
    with pytest.raises(CloudError) as caught:
        keep(account, token="two", minutes=1, keep_last=1)
    assert caught.value.code == "quota_exceeded"
    assert caught.value.resource in ("fleet-0", "fleet-1")
    assert len(caught.value.existing) == 3
    account.server.faults()
    assert len(keep(account, token="two", minutes=2, keep_last=1).states) == 2


def test_no_resource_group_is_no_fleet_and_no_snapshots(account: AzureAccount) -> None:
    account.session.gone("ResourceGroups_Delete", account.session.group_id, 60)
    assert not keep(account, state="absent").changed
    with pytest.raises(CloudError, match="no VM of fleet"):
        keep(account)


def test_a_group_is_not_deleted_under_its_snapshots(account: AzureAccount) -> None:
    """It was made with the network, and would go with it: the list of everything in it may lag."""
    account.session.gone("ResourceGroups_Delete", account.session.group_id, 60)
    account.network(name="lan")
    account.vms(network="lan")
    keep(account)
    account.vms(network="lan", state="absent")
    account.server.faults({"kind": "stale_reads", "seconds": 3600, "operations": ["Resources_ListByResourceGroup"]})
    account.network(name="lan", state="absent")
    account.server.faults()
    assert len(all_of(account)) == 1


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ({"labels": {"aienv-snapshot": "x"}}, "labels"),
        ({"labels": {"Azure": "x"}}, "labels"),
        ({"resource_group": "lab."}, "resource_group"),
        ({"subscription_id": "mine"}, "subscription_id"),
    ],
)
def test_what_azure_does_not_take_is_refused_offline(account: AzureAccount, words: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        account.snapshot_options(name="fleet", **words)
    assert caught.value.resource == option


@pytest.mark.parametrize(
    ("properties", "state"),
    [
        ({"provisioningState": "Succeeded"}, "available"),
        ({"provisioningState": "Succeeded", "completionPercent": 100.0}, "available"),
        ({"provisioningState": "Succeeded", "completionPercent": 12.5}, "pending"),  # Premium SSD v2, Ultra
        ({"provisioningState": "Succeeded", "copyCompletionError": {"errorMessage": "no"}}, "failed"),
        ({"provisioningState": "Updating"}, "pending"),
        ({"provisioningState": "Failed"}, "failed"),
        ({"provisioningState": "Deleting"}, "deleting"),
    ],
)
def test_state_of(properties: dict[str, Any], state: str) -> None:
    assert state_of(properties) == state


def test_member_of_has_managed_disks_only_and_their_unique_ids(account: AzureAccount) -> None:
    disk = {"id": "/x/Disks/A", "name": "A", "location": "eastus", "properties": {"uniqueId": "u"}}
    storage = {"osDisk": {"managedDisk": {"id": "/x/disks/a"}}, "dataDisks": [{"vhd": {"uri": "blob"}}]}
    raw = {"id": "/x/f-3", "name": "f-3", "properties": {"storageProfile": storage}}
    member = member_of(raw, "f", {"/x/disks/a": disk})
    assert (member.index, [(d.id, d.name, d.path) for d in member.disks]) == (3, [("u", "A", "/x/Disks/A")])
    body = to_request(member, member.disks[0], account.snapshot_options(name="f"))
    assert body["properties"]["creationData"] == {"createOption": "Copy", "sourceResourceId": "/x/Disks/A"}


def test_from_api_of_one_that_says_little() -> None:
    moment = datetime.datetime(2026, 11, 27, 6, 0, 5, tzinfo=datetime.UTC)
    raw = {"id": "/X", "name": "s", "properties": {"timeCreated": "2026-11-27T06:00:05.1234567+00:00"}}
    state = from_api(raw)
    assert (state.id, state.taken, state.owned, state.state) == ("/x", moment, False, "pending")
