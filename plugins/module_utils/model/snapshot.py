# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of a fleet's disks: what users ask for, and what a cloud shows of them."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .error import InvalidOption
from .mark import ISO
from .option import option, shown, texts
from .resource import Desired, Policy
from .vm import NAME

# What makes a snapshot ours: its fleet. A disk never bears it, so tools that copy a disk's tags do not copy it.
OWNER = "aienv-snapshot"
INDEX = "aienv-index"  # the member's number; a VM without one has none
OCCASION = "aienv-token"
SCHEDULED = "aienv-scheduled"

MOST_DAYS = 3650
TOKEN_FORM = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")  # what all three clouds take as the value of a tag or label


@dataclass(frozen=True)
class SnapshotOptions:
    """The portable options of `*_snapshot`."""

    name: str = option(required=True)
    state: str = option(choices=("present", "absent"), default="present")
    max_age_hours: float | None = option(type="float")
    token: str | None = option(no_log=False)
    keep_last: int | None = option(type="int")
    keep_within_days: float | None = option(type="float")
    labels: dict[str, str] | None = option(type="dict", effect="create")
    wait: bool = option(type="bool", default=True)
    wait_timeout: int = option(type="int", default=3600)

    def verified(self) -> Self:
        """Check offline. Raises InvalidOption."""
        if not NAME.fullmatch(self.name):
            raise InvalidOption("name", self.name, "the name of a fleet is expected")
        if self.token is not None and not TOKEN_FORM.fullmatch(self.token):
            expected = "lower-case letters, digits, hyphens and underscores are accepted, at most 63"
            raise InvalidOption("token", self.token, expected)
        if self.token and self.max_age_hours is not None:
            raise InvalidOption(
                "token", self.token, "it says when to take a snapshot, and so does max_age_hours: use one"
            )
        for name in ("max_age_hours", "keep_last", "keep_within_days", "wait_timeout"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InvalidOption(name, value, "a number above zero is expected")
        return dataclasses.replace(self, labels=texts(self.labels))

    @property
    def age(self) -> datetime.timedelta:
        """How old the newest snapshot of a disk may be; a day where nothing else is said."""
        return datetime.timedelta(hours=24 if self.max_age_hours is None else self.max_age_hours)

    @property
    def schedules(self) -> bool:
        """Whether a schedule of the cloud's own has to be looked at."""
        return False

    @property
    def prunes(self) -> bool:
        return self.keep_last is not None or self.keep_within_days is not None

    @property
    def policy(self) -> Policy:
        return Policy(wait=self.wait, wait_timeout=self.wait_timeout)

    def desired(self) -> Desired:
        return Desired(name=self.name, options=self, existing_only=self.state == "present")


@dataclass(frozen=True)
class Schedule:
    """When a cloud takes snapshots by itself: every so many `hours`, counted from `at` (UTC); it deletes them after `keep_days`."""

    hours: int
    at: str
    keep_days: int
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    role: str | None = None  # in whose name, where the cloud asks for that

    def __str__(self) -> str:
        return f"every {self.hours} h from {self.at} UTC, kept {self.keep_days} days"


@dataclass(frozen=True)
class ScheduleOptions(SnapshotOptions):
    """For clouds that have schedules."""

    schedule_hours: int | None = option(type="int", choices=(0, 1, 2, 3, 4, 6, 8, 12, 24))
    schedule_at: str = option(choices=("00:00", "04:00", "08:00", "12:00", "16:00", "20:00"), default="04:00")
    schedule_keep_days: int = option(type="int", default=14)

    def verified(self) -> Self:
        checked = super().verified()
        if not 1 <= self.schedule_keep_days <= MOST_DAYS:
            raise InvalidOption("schedule_keep_days", self.schedule_keep_days, f"1 to {MOST_DAYS} days are accepted")
        if self.schedule_hours and self.state == "absent":
            raise InvalidOption("schedule_hours", self.schedule_hours, "state 'absent' ends the schedule; unset it")
        return checked

    @property
    def schedules(self) -> bool:
        return self.state == "absent" or self.schedule_hours is not None

    def schedule(self, observed: Schedule | None) -> Schedule | None:
        """The one that is wanted. Labels that are not said are left as they are."""
        if self.state == "absent" or not self.schedule_hours:
            return None
        labels = self.labels if self.labels is not None else (observed.labels if observed else {})
        return Schedule(self.schedule_hours, self.schedule_at, self.schedule_keep_days, labels)


@dataclass(frozen=True)
class Disk:
    """A disk that outlives its VM's stop; `id` is never another disk's again, `name` is what its cloud calls it.

    `scheduled` is false where the fleet's schedule has to be put on the disk, and is not.
    """

    id: str
    name: str
    path: str = ""  # its address, where requests take one
    location: str = ""
    scheduled: bool = True


@dataclass(frozen=True)
class Member:
    """One VM of the fleet with its disks: what is taken together."""

    id: str
    name: str
    index: int | None
    disks: tuple[Disk, ...] = ()


@dataclass(frozen=True)
class SnapshotState:
    """One observed snapshot of ours. `disk` is the name of the disk it was taken of, `source` its id; it may be gone.

    `state` is pending, available, failed or deleting; `created_at` is UTC, as 2026-11-27T06:00:00Z; `scheduled`
    tells what the cloud's own schedule took, and keeps or deletes by itself.
    """

    id: str
    name: str
    fleet: str
    index: int | None
    cloud: str
    region: str
    disk: str
    source: str
    state: str
    size_gb: int | None = None
    created_at: str = ""
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    token: str | None = None
    encrypted: bool | None = None
    scheduled: bool = False
    reason: str | None = None
    owned: bool = True

    @property
    def key(self) -> str:
        return self.id

    @property
    def taken(self) -> datetime.datetime:
        """What has no date yet is being taken now."""
        if not self.created_at:
            return datetime.datetime.max.replace(tzinfo=datetime.UTC)
        return datetime.datetime.strptime(self.created_at, ISO).replace(tzinfo=datetime.UTC)

    @property
    def member(self) -> str:
        return self.fleet if self.index is None else f"{self.fleet}-{self.index}"


def snapshot_marks(options: SnapshotOptions, index: int | None) -> dict[str, str]:
    """The user's labels and our own, as every cloud keeps them on a snapshot."""
    own = {OWNER: options.name, INDEX: index, OCCASION: options.token}
    return {**(options.labels or {}), **{key: str(value) for key, value in own.items() if value is not None}}


def marked(marks: Mapping[str, str] | None) -> dict[str, Any]:
    """What the marks say: the part of a state that is the same on every cloud."""
    found = marks or {}
    number = found.get(INDEX, "")
    return {
        "fleet": found.get(OWNER, ""),
        "index": int(number) if number.isdigit() else None,
        "token": found.get(OCCASION),
        "scheduled": SCHEDULED in found,
        "owned": bool(found.get(OWNER)),
    }


def snapshot_name(member: str, disk: str, moment: datetime.datetime) -> str:
    """At most 61 characters, and another one for each disk and second: the identity where a cloud goes by names."""
    return f"{member[:37]}-{moment:%Y%m%d-%H%M%S}-{hashlib.sha256(disk.encode()).hexdigest()[:8]}"


def moment_in(name: str) -> str:
    """When a snapshot was taken by its name, where its cloud does not say it yet; empty if the name is not ours."""
    found = re.search(r"-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-[0-9a-f]{8}$", name)
    return "{}-{}-{}T{}:{}:{}Z".format(*found.groups()) if found else ""


def snapshot_result(snapshot: SnapshotState) -> dict[str, Any]:
    """The shape in which users see a snapshot, the same on every cloud."""
    seen = ("id", "name", "fleet", "index", "cloud", "region", "disk", "size_gb", "state", "created_at")
    more = ("labels", "token", "encrypted", "scheduled")
    return {name: shown(getattr(snapshot, name)) for name in (*seen, *more)}


def diff_view(snapshot: SnapshotState) -> dict[str, Any]:
    return {name: shown(getattr(snapshot, name)) for name in ("name", "disk", "created_at", "labels")}


def in_order(snapshots: Any) -> tuple[SnapshotState, ...]:
    """By member, disk and age: the oldest first."""
    return tuple(
        sorted(snapshots, key=lambda s: (-1 if s.index is None else s.index, s.disk, s.created_at, s.name, s.id))
    )
