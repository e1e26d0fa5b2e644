"""Which snapshots are due and which are superfluous: a table of cases, all on one disk unless they say otherwise."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.engine.upkeep import upkeep
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import (
    Disk,
    Member,
    SnapshotOptions,
    SnapshotState,
    moment_in,
    snapshot_name,
)
from tests.unit.plugins.builders import parsed

NOW = datetime.datetime(2026, 11, 27, 6, 0, 0, tzinfo=datetime.UTC)
VM = Member("i-0", "f", None, (Disk("d", "boot"),))


def snap(hours: float, state: str = "available", **words: Any) -> SnapshotState:
    """One that was taken so many hours ago; its id says when."""
    moment = NOW - datetime.timedelta(hours=hours)
    made = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    words = {"source": words.get("disk", "d"), **words}
    found = {"disk": "d", "name": f"n{made}", "created_at": made, "state": state, **words}
    return SnapshotState(id=f"{hours:g}", fleet="f", index=None, cloud="memory", region="here", **found)


DUE: list[tuple[dict[str, Any], list[SnapshotState], bool]] = [
    ({}, [], True),
    ({}, [snap(23.9)], False),
    ({}, [snap(24)], True),
    ({}, [snap(48), snap(1)], False),
    ({"max_age_hours": 2}, [snap(1.9)], False),
    ({"max_age_hours": 2}, [snap(2.1)], True),
    ({}, [snap(1, "pending", created_at="")], False),  # not dated yet
    ({}, [snap(1, "pending")], False),  # a run that died has asked for it
    ({}, [snap(1, "failed")], True),
    ({}, [snap(1, "deleting")], True),
    ({}, [snap(1, scheduled=True)], False),
    ({}, [snap(1, disk="another")], True),
    ({}, [snap(1, owned=False)], True),
    ({"token": "x"}, [snap(1)], True),
    ({"token": "x"}, [snap(1, token="y")], True),
    ({"token": "x"}, [snap(1000, token="x")], False),
    ({"token": "x"}, [snap(1, "failed", token="x")], True),
]


@pytest.mark.parametrize(("words", "there", "due"), DUE)
def test_due(words: dict[str, Any], there: list[SnapshotState], due: bool) -> None:
    options = parsed(SnapshotOptions, name="f", **words).verified()
    assert bool(upkeep(options, [VM], there, NOW).take) == due


YOUNG = snap(1)
DELETED: list[tuple[dict[str, Any], list[SnapshotState], list[str]]] = [
    ({}, [snap(5000), snap(9000)], []),
    ({"keep_last": 2}, [YOUNG, snap(30), snap(50), snap(70)], ["50", "70"]),
    ({"keep_last": 2}, [snap(30), snap(50), snap(70)], ["50", "70"]),  # one is coming
    ({"keep_last": 2, "wait": False}, [snap(30), snap(50), snap(70)], ["70"]),  # which is not yet whole
    ({"keep_last": 1}, [snap(30), snap(50)], ["30", "50"]),
    ({"keep_last": 1, "wait": False}, [snap(30), snap(50)], ["50"]),
    ({"keep_last": 1}, [snap(1, "pending"), snap(30), snap(50)], ["50"]),
    ({"keep_last": 1}, [YOUNG, snap(30, scheduled=True), snap(31)], ["31"]),
    ({"keep_last": 1}, [YOUNG, snap(30, owned=False)], []),
    ({"keep_last": 1}, [YOUNG, snap(30, "failed"), snap(2, "failed")], ["2", "30"]),
    ({"keep_last": 1}, [YOUNG, snap(9, disk="gone"), snap(8, disk="gone")], ["9"]),
    ({"keep_within_days": 1}, [YOUNG, snap(23), snap(24), snap(25)], ["24", "25"]),
    ({"keep_within_days": 1, "token": "x"}, [snap(48, token="x")], []),  # the last one stays
    ({"keep_within_days": 1, "token": "x"}, [snap(48, token="x"), snap(49)], ["49"]),
    ({"keep_within_days": 1, "keep_last": 3}, [YOUNG, snap(23), snap(30), snap(31)], ["31"]),
    ({"keep_within_days": 2, "keep_last": 1}, [YOUNG, snap(30), snap(60)], ["60"]),
    ({"state": "absent"}, [YOUNG, snap(9, "failed"), snap(3, "pending"), snap(4, scheduled=True), snap(5, "deleting")], ["1", "3", "4", "9"]),
    ({"state": "absent"}, [snap(7, owned=False)], []),
]  # fmt: skip


@pytest.mark.parametrize(("words", "there", "deleted"), DELETED)
def test_deleted(words: dict[str, Any], there: list[SnapshotState], deleted: list[str]) -> None:
    options = parsed(SnapshotOptions, name="f", **words).verified()
    todo = upkeep(options, [VM], there, NOW)
    assert sorted(s.id for s in todo.delete) == deleted
    # What is left when all of it is done needs nothing more.
    taken = [snap(0, token=options.token, disk=disk.id) for m in todo.take for disk in m.disks]
    left = [s for s in there if s not in todo.delete]
    if options.wait and options.state == "present":
        assert not upkeep(options, [VM], [*left, *taken], NOW)


def test_the_disks_of_a_vm_are_taken_together_and_other_vms_are_not() -> None:
    options = parsed(SnapshotOptions, name="f").verified()
    two = Member("i-1", "f-1", 1, (Disk("a", "boot"), Disk("b", "data")))
    todo = upkeep(options, [VM, two], [YOUNG, snap(1, disk="a")], NOW)
    assert todo.take == (two,)
    assert todo.sentences() == ("take snapshots of f-1 (boot, data)",)


@pytest.mark.parametrize("members", [(), (Member("i-0", "f", None),)], ids=["no VM", "no disk"])
def test_nothing_to_take_is_an_error(members: tuple[Member, ...]) -> None:
    options = parsed(SnapshotOptions, name="f").verified()
    with pytest.raises(CloudError, match="no VM of fleet 'f'") as caught:
        upkeep(options, members, [YOUNG], NOW)
    assert caught.value.code == "not_found"


def test_a_name_fits_every_cloud_and_tells_disks_and_seconds_apart() -> None:
    longest = "a" * 50 + "-99"
    names = {
        snapshot_name(member, disk, NOW + datetime.timedelta(seconds=second))
        for member in ("f", longest)
        for disk in ("a", "b")
        for second in (0, 1)
    }
    assert len(names) == 8
    assert max(len(name) for name in names) <= 63
    assert snapshot_name("f", "a", NOW) == "f-20261127-060000-ca978112"
    assert {moment_in(name) for name in names} == {"2026-11-27T06:00:00Z", "2026-11-27T06:00:01Z"}
    assert moment_in("theirs") == ""
