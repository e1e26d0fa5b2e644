# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of snapshots: standard snapshots of Persistent Disks and Hyperdisks, one request a disk."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.resource import Outcome, Selector
from ...model.snapshot import (
    Disk,
    Member,
    Schedule,
    SnapshotState,
    diff_view,
    in_order,
    marked,
    snapshot_marks,
    snapshot_name,
    snapshot_result,
)
from ..interface import Resource
from . import labels, schedules
from .options import GcpSnapshotOptions
from .session import GcpSession, connect, last, path, scoped
from .states import STATES, created
from .vms import PAGE, vms_here

STATUS = {"READY": "available", "FAILED": "failed", "DELETING": "deleting"}
WITH_DISKS = "name,zone,status,labels,disks(type,source)"
SHOWN = (
    "items(id,name,status,creationTimestamp,labels,diskSizeGb,sourceDisk,sourceDiskId,sourceSnapshotSchedulePolicy),"
    "nextPageToken"
)


@dataclass(frozen=True)
class _Asked:
    """A request and what came of it."""

    member: Member
    operation: Mapping[str, Any] = field(default_factory=dict)
    state: SnapshotState | None = None
    error: CloudError | None = None


class SnapshotStore:
    """The snapshots of one fleet. Google keeps them for the project; a fleet of that name in another region is another."""

    def __init__(self, session: GcpSession, options: GcpSnapshotOptions) -> None:
        self.session, self.options = session, options

    @classmethod
    def connect(cls, options: GcpSnapshotOptions) -> SnapshotStore:
        return cls(connect(options), options)

    def members(self) -> Sequence[Member]:
        own = labels.where(aienv_fleet=self.options.name)
        raw = [vm for vm in vms_here(self.session, own, WITH_DISKS) if self._is_member(vm)]
        sources = [path(disk["source"]) for vm in raw for disk in persistent(vm)]
        regional = [last(source) for source in sources if "/regions/" in source]
        if regional:
            detail = f"these disks are replicated over zones, which this module does not take: {', '.join(regional)}"
            raise CloudError("unsupported", detail, "gcp", "instances.aggregatedList", self.options.name)
        # A VM does not tell the ids of its disks, and a disk made anew has the name of the one that is gone.
        disks = self._own_disks() if sources else {}
        strange = [source for source in sources if source not in disks]
        disks |= dict(zip(strange, self.session.together(partial(self._disk, s) for s in strange), strict=True))
        return [member_of(vm, self.options.name, disks) for vm in raw]

    def _is_member(self, raw: Mapping[str, Any]) -> bool:
        here = last(raw["zone"]).rsplit("-", 1)[0] == self.session.region
        ours = mark.fleet_of(raw["name"], raw.get("labels")) == self.options.name
        return here and ours and STATES.get(raw["status"]) != "deleting"

    def _own_disks(self) -> dict[str, Mapping[str, Any]]:
        """By path: those that were made with the VMs bear the fleet's label."""
        pages = self.session.pages(
            "disks.aggregatedList",
            filter=labels.where(aienv_fleet=self.options.name),
            fields="items/*/disks(id,selfLink,resourcePolicies),nextPageToken",
            maxResults=PAGE,
        )
        return {path(disk["selfLink"]): disk for page in pages for disk in scoped(page, "disks")}

    def _disk(self, source: str) -> Mapping[str, Any]:
        """Of a disk that somebody attached."""
        _projects, _project, _zones, zone, _disks, name = source.split("/")
        return self.session.call("disks.get", zone=zone, disk=name, fields="id,resourcePolicies")

    def list(self, selector: Selector) -> Sequence[SnapshotState]:
        own = labels.where(aienv_snapshot=selector.name)
        found = self.session.items("snapshots.list", filter=own, fields=SHOWN, maxResults=PAGE)
        return in_order(s for s in map(from_api, found) if s.region == self.session.region)

    def create(self, members: Sequence[Member], moment: datetime.datetime) -> Outcome:
        """One request a disk, side by side. Its operation ends when the snapshot is whole, or says why it never will be."""
        asked = self.session.together(partial(self._ask, m, d, moment) for m in members for d in m.disks)
        if self.options.wait:
            deadline = time.monotonic() + self.options.wait_timeout
            asked = self.session.together(partial(self._ended, one, deadline) for one in asked)
        made = tuple(one.state for one in asked if one.state)
        return Outcome(made, next((one.error for one in asked if one.error), None))

    def _ask(self, member: Member, disk: Disk, moment: datetime.datetime) -> _Asked:
        body = to_request(member, disk, self.options, moment)
        try:
            operation = self.session.call("snapshots.insert", body)
        except CloudError as error:
            return _Asked(member, error=replace(error, resource=member.name))
        shown = {"id": operation["targetId"], "sourceDiskId": disk.id, "creationTimestamp": operation["insertTime"]}
        return _Asked(member, operation, from_api({**body, **shown}))

    def _ended(self, one: _Asked, deadline: float) -> _Asked:
        if one.error:
            return one
        try:
            self.session.wait(one.operation, max(deadline - time.monotonic(), 0))
        except CloudError as error:
            return replace(one, error=replace(error, resource=one.member.name))
        return one

    def schedule(self) -> Schedule | None:
        return schedules.find(self.session, self.options.name)

    def set_schedule(self, wanted: Schedule | None, there: Schedule | None, members: Sequence[Member]) -> None:
        schedules.put(self.session, self.options.name, wanted, there, members)

    def delete(self, states: Sequence[SnapshotState]) -> Outcome:
        try:
            self.session.together(partial(self._gone, state) for state in states)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _gone(self, state: SnapshotState) -> None:
        try:
            self.session.done("snapshots.delete", snapshot=state.name)
        except CloudError as error:
            if error.code != "not_found":
                raise


def is_scheduled(disk: Mapping[str, Any], fleet: str) -> bool:
    return schedules.policy_of(fleet) in map(last, disk.get("resourcePolicies") or ())


def persistent(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The disks of an instance but for its local SSDs."""
    return [disk for disk in raw.get("disks") or () if disk.get("type") == "PERSISTENT" and disk.get("source")]


def member_of(raw: Mapping[str, Any], fleet: str, disks: Mapping[str, Mapping[str, Any]]) -> Member:
    """One instance; `disks` are as Google shows them, by path."""
    found = [(path(disk["source"]), disks[path(disk["source"])]) for disk in persistent(raw)]
    own = tuple(Disk(str(d["id"]), last(p), p, scheduled=is_scheduled(d, fleet)) for p, d in found)
    return Member(raw["name"], raw["name"], mark.index_of(raw["name"], fleet), own)


def to_request(member: Member, disk: Disk, options: GcpSnapshotOptions, moment: datetime.datetime) -> dict[str, Any]:
    """The body of snapshots.insert."""
    return {
        "name": snapshot_name(member.name, disk.id, moment),
        "sourceDisk": disk.path,
        "description": f"{disk.name} of {member.name}, by aienv.cloud",
        "labels": snapshot_marks(options, member.index),
    }


def from_api(raw: Mapping[str, Any]) -> SnapshotState:
    """One snapshot of snapshots.list."""
    source = path(raw["sourceDisk"])
    zone = source.split("/")[-3]
    found = marked(raw.get("labels"))
    return SnapshotState(
        id=str(raw["id"]),
        name=raw["name"],
        cloud="gcp",
        region=zone.rsplit("-", 1)[0],
        disk=last(source),
        source=str(raw.get("sourceDiskId", "")),
        state=STATUS.get(raw.get("status", ""), "pending"),
        size_gb=int(raw["diskSizeGb"]) if raw.get("diskSizeGb") else None,
        created_at=created(raw["creationTimestamp"]) or "",
        labels=labels.labels_of(raw.get("labels") or {}),
        encrypted=True,  # Google knows no others
        **found | _taken_by_schedule(raw, found, last(source)),
    )


def _taken_by_schedule(raw: Mapping[str, Any], found: Mapping[str, Any], disk: str) -> dict[str, Any]:
    """All snapshots of a schedule share their labels; whose a boot disk is its name tells."""
    if not (found["scheduled"] or raw.get("sourceSnapshotSchedulePolicy")):
        return {}
    return {"scheduled": True, "index": mark.index_of(disk, found["fleet"])}


RESOURCE = Resource(
    "snapshots", GcpSnapshotOptions, SnapshotStore.connect, snapshot_result, diff_view, has_candidates=False
)
