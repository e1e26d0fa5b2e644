# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a fleet's disks and their snapshots to what must be taken and what may go. Pure: no call, no clock, no cloud."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..model.error import CloudError
from ..model.snapshot import Disk, Member, Schedule, ScheduleOptions, SnapshotOptions, SnapshotState

WHOLE = "available"
COUNTS = ("pending", WHOLE)  # a snapshot under way is not taken a second time


@dataclass(frozen=True)
class Rescheduling:
    """What becomes of the schedule of the cloud's own; `lacking` are the disks that it has to be put on."""

    before: Schedule | None = None
    after: Schedule | None = None
    lacking: tuple[Disk, ...] = ()

    def __bool__(self) -> bool:
        return self.before != self.after or bool(self.lacking)

    def sentences(self) -> tuple[str, ...]:
        if self.before and not self.after:
            return ("end the schedule",)
        said = (
            [] if self.before == self.after else [f"{'change' if self.before else 'make'} the schedule ({self.after})"]
        )
        return (*said, *(f"put the schedule on {disk.name}" for disk in self.lacking))


def rescheduling(options: SnapshotOptions, observed: Schedule | None, members: Sequence[Member]) -> Rescheduling:
    """What `options` mean for the schedule that is there."""
    if not isinstance(options, ScheduleOptions) or not options.schedules:
        return Rescheduling()
    after = options.schedule(observed)
    disks = [disk for member in members for disk in member.disks]
    return Rescheduling(observed, after, tuple(disk for disk in disks if not disk.scheduled) if after else ())


@dataclass(frozen=True)
class Upkeep:
    """The plan: of which members to take snapshots, and which snapshots to delete once those are whole."""

    take: tuple[Member, ...] = ()
    delete: tuple[SnapshotState, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.take or self.delete)

    def sentences(self) -> tuple[str, ...]:
        taken = [f"take snapshots of {m.name} ({', '.join(disk.name for disk in m.disks)})" for m in self.take]
        return (*taken, *(f"delete {s.name} of {s.disk} ({s.state}, {s.created_at})" for s in self.delete))


def upkeep(
    options: SnapshotOptions, members: Sequence[Member], snapshots: Sequence[SnapshotState], now: datetime.datetime
) -> Upkeep:
    """The actions that lead to what `options` say. Raises CloudError `not_found` where there is nothing to take."""
    live = [snapshot for snapshot in snapshots if snapshot.owned and snapshot.state != "deleting"]
    if options.state == "absent":
        return Upkeep(delete=tuple(live))
    if not any(member.disks for member in members):
        detail = f"there is no VM of fleet '{options.name}' with a disk that a snapshot can be taken of"
        raise CloudError("not_found", detail, operation="plan", resource=options.name)
    take = tuple(member for member in members if _due(options, member, live, now))
    return Upkeep(take, tuple(_superfluous(options, take, live, now)) if options.prunes else ())


def _due(options: SnapshotOptions, member: Member, live: Sequence[SnapshotState], now: datetime.datetime) -> bool:
    """The disks of a VM belong together: if one of them lacks a snapshot, all are taken at the same moment."""
    fresh = {s.source for s in live if s.state in COUNTS and _serves(options, s, now)}
    return any(disk.id not in fresh for disk in member.disks)


def _serves(options: SnapshotOptions, snapshot: SnapshotState, now: datetime.datetime) -> bool:
    return snapshot.token == options.token if options.token else now - snapshot.taken < options.age


def _superfluous(
    options: SnapshotOptions, take: Sequence[Member], live: Sequence[SnapshotState], now: datetime.datetime
) -> Iterator[SnapshotState]:
    """By disk: neither among the newest nor young enough. What did not succeed goes, what a schedule took does not."""
    # Those that come are counted only by a run that waits until they are whole.
    coming = {disk.id for member in take for disk in member.disks} if options.wait else set()
    by_disk: dict[str, list[SnapshotState]] = defaultdict(list)
    for snapshot in live:
        if snapshot.scheduled:
            continue
        if snapshot.state == "failed":
            yield snapshot
        elif snapshot.state == WHOLE:
            by_disk[snapshot.source].append(snapshot)
    within = datetime.timedelta(days=options.keep_within_days or 0)
    for disk, whole in sorted(by_disk.items()):
        new = 1 if disk in coming else 0
        # The newest one is never deleted for its age: who stops taking snapshots keeps the last.
        count = max((options.keep_last or 0) - new, 1 - new)
        for older in sorted(whole, key=lambda s: (s.created_at, s.name), reverse=True)[count:]:
            if options.keep_within_days is None or now - older.taken >= within:
                yield older
