# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of a fleet's snapshots: a resource policy of the region, put on each disk.

https://cloud.google.com/compute/docs/disks/scheduled-snapshots (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ...model.error import CloudError
from ...model.snapshot import OWNER, SCHEDULED, Member, Schedule
from . import labels
from .session import GcpSession, path, scoped
from .vms import PAGE

DAY = 24


def policy_of(fleet: str) -> str:
    """The name of its policy: 56 characters at most."""
    return f"aienv-{fleet}"


def find(session: GcpSession, fleet: str) -> Schedule | None:
    """The fleet's schedule. Raises CloudError `ambiguous` if somebody else's policy bears the name."""
    try:
        raw = session.call("resourcePolicies.get", resourcePolicy=policy_of(fleet))
    except CloudError as error:
        if error.code != "not_found":
            raise
        return None
    if labels.notes_of(raw.get("description")).get("snapshots") != fleet:
        detail = f"a resource policy '{policy_of(fleet)}' exists but was not made by this collection; it is not touched"
        raise CloudError("ambiguous", detail, "gcp", "resourcePolicies.get", policy_of(fleet))
    return from_api(raw)


def put(
    session: GcpSession, fleet: str, wanted: Schedule | None, there: Schedule | None, members: Sequence[Member]
) -> None:
    """Make, change or end it, and put it on the disks that lack it; Google takes one disk at a time."""
    name = policy_of(fleet)
    if wanted is None:
        taken = (
            partial(_on_disk, session, "disks.removeResourcePolicies", name, disk) for disk in _bearers(session, name)
        )
        session.together(taken)
        _end(session, name)
        return
    if there is None:
        session.done("resourcePolicies.insert", to_request(fleet, wanted))
    elif there != wanted:
        session.done("resourcePolicies.patch", _changes(to_request(fleet, wanted)), resourcePolicy=name)
    lacking = [disk.path for member in members for disk in member.disks if not disk.scheduled]
    session.together(partial(_on_disk, session, "disks.addResourcePolicies", name, disk) for disk in lacking)


def _bearers(session: GcpSession, name: str) -> list[str]:
    """Paths of all disks that have the policy, also of those that outlived their VM: Google deletes no policy in use."""
    fields = "items/*/disks(selfLink,resourcePolicies),nextPageToken"
    pages = session.pages("disks.aggregatedList", fields=fields, maxResults=PAGE)
    disks = [disk for page in pages for disk in scoped(page, "disks")]
    own = f"projects/{session.project}/regions/{session.region}/resourcePolicies/{name}"
    return [path(disk["selfLink"]) for disk in disks if own in map(path, disk.get("resourcePolicies", ()))]


def _end(session: GcpSession, name: str) -> None:
    try:
        session.done("resourcePolicies.delete", resourcePolicy=name)
    except CloudError as error:
        if error.code != "not_found":
            raise


def _on_disk(session: GcpSession, method: str, name: str, where: str) -> None:
    _projects, _project, _zones, zone, _disks, disk = where.split("/")
    body = {"resourcePolicies": [f"projects/{session.project}/regions/{session.region}/resourcePolicies/{name}"]}
    session.done(method, body, zone=zone, disk=disk)


def to_request(fleet: str, wanted: Schedule) -> dict[str, Any]:
    """The body of resourcePolicies.insert. Snapshots outlive their disk until they are old enough."""
    cycle = {"startTime": wanted.at}
    if wanted.hours == DAY:
        when = {"dailySchedule": {"daysInCycle": 1, **cycle}}
    else:
        when = {"hourlySchedule": {"hoursInCycle": wanted.hours, **cycle}}
    return {
        "name": policy_of(fleet),
        "description": labels.marked(snapshots=fleet),
        "snapshotSchedulePolicy": {
            "schedule": when,
            "retentionPolicy": {"maxRetentionDays": wanted.keep_days, "onSourceDiskDelete": "APPLY_RETENTION_POLICY"},
            "snapshotProperties": {"labels": {**wanted.labels, OWNER: fleet, SCHEDULED: "yes"}},
        },
    }


def _changes(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"snapshotSchedulePolicy": body["snapshotSchedulePolicy"]}


def from_api(raw: Mapping[str, Any]) -> Schedule:
    """A policy as it is; what somebody made of it by hand that we do not know shows as 0 hours."""
    policy = raw.get("snapshotSchedulePolicy") or {}
    when = policy.get("schedule") or {}
    daily, hourly = when.get("dailySchedule") or {}, when.get("hourlySchedule") or {}
    hours = DAY * int(daily.get("daysInCycle", 0)) if daily else int(hourly.get("hoursInCycle", 0))
    kept = policy.get("retentionPolicy") or {}
    own = (policy.get("snapshotProperties") or {}).get("labels") or {}
    return Schedule(
        hours, (daily or hourly).get("startTime", ""), int(kept.get("maxRetentionDays", 0)), labels.labels_of(own)
    )
