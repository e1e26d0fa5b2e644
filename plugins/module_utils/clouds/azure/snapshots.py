# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of snapshots: incremental snapshots of managed disks, one request a disk, beside them in their resource group."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.resource import Outcome, Selector
from ...model.snapshot import (
    OWNER,
    Disk,
    Member,
    SnapshotState,
    diff_view,
    in_order,
    marked,
    moment_in,
    snapshot_marks,
    snapshot_name,
    snapshot_result,
)
from ..interface import Resource
from . import operations, tags
from .errors import AzureError
from .options import AzureSnapshotOptions, last_name
from .session import Answer, AzureSession, connect
from .vms import vms_of_group

PATIENCE = 600.0  # seconds that Azure may take to delete one


class SnapshotStore:
    """The snapshots of one fleet, which is one of its resource group."""

    def __init__(self, session: AzureSession, options: AzureSnapshotOptions) -> None:
        self.session, self.options = session, options
        self._ids: dict[str, str] = {}  # the unique ids of the members' disks, by resource id in small letters

    @classmethod
    def connect(cls, options: AzureSnapshotOptions) -> SnapshotStore:
        return cls(connect(options), options)

    def members(self) -> Sequence[Member]:
        raw = [vm for vm in vms_of_group(self.session) if self._is_member(vm)]
        if not raw:
            return ()
        # A VM does not tell the unique ids of its disks, and a disk made anew can have the id of the one that is gone.
        listed = self.session.pages("Disks_ListByResourceGroup", self.session.id_of(operations.DISK))
        disks = {disk["id"].lower(): disk for disk in listed}
        strange = [one for vm in raw for one in disk_ids(vm) if one.lower() not in disks]
        for disk in self.session.together(partial(self._disk, one) for one in strange):
            disks[disk["id"].lower()] = disk
        members = [member_of(vm, self.options.name, disks) for vm in raw]
        self._ids = {disk.path.lower(): disk.id for member in members for disk in member.disks}
        return members

    def _is_member(self, raw: Mapping[str, Any]) -> bool:
        ours = mark.fleet_of(raw["name"], raw.get("tags")) == self.options.name
        return ours and raw.get("properties", {}).get("provisioningState") != "Deleting"

    def _disk(self, resource: str) -> Any:
        """One that lies in another resource group."""
        return self.session.call("Disks_Get", resource).body

    def list(self, selector: Selector) -> Sequence[SnapshotState]:
        try:
            listed = list(self.session.pages("Snapshots_ListByResourceGroup", self.session.id_of(operations.SNAPSHOT)))
        except AzureError as error:
            if error.azure_code != "ResourceGroupNotFound":
                raise
            return ()
        return in_order(self._seen(one) for one in listed if (one.get("tags") or {}).get(OWNER) == selector.name)

    def _seen(self, raw: Mapping[str, Any]) -> SnapshotState:
        """One that is still being made may not show yet which disk it is of but by that one's id."""
        state = from_api(raw)
        origin = raw.get("properties", {}).get("creationData", {}).get("sourceResourceId", "")
        return state if state.source else replace(state, source=self._ids.get(origin.lower(), origin))

    def create(self, members: Sequence[Member], moment: datetime.datetime) -> Outcome:
        """One PUT a disk, side by side. Its name is its identity, so a repeated one comes to the same."""
        asked = [(m, disk, snapshot_name(m.name, disk.id, moment)) for m in members for disk in m.disks]
        answers = self.session.attempted(partial(self._take, *one) for one in asked)
        made = [(one, a) for one, a in zip(asked, answers, strict=True) if isinstance(a, Answer)]
        states = tuple(self._state(disk, answer) for (_member, disk, _name), answer in made)
        try:
            ends = self.session.finish(answers, self.options.wait_timeout) if self.options.wait else answers
        except CloudError as error:
            return Outcome(states, error)
        failed = [(m, end) for (m, _d, _n), end in zip(asked, ends, strict=True) if isinstance(end, CloudError)]
        return Outcome(states, replace(failed[0][1], resource=failed[0][0].name) if failed else None)

    def _take(self, member: Member, disk: Disk, name: str) -> Answer:
        resource = self.session.id_of(operations.SNAPSHOT, name)
        body = to_request(member, disk, self.options)
        answer = self.session.call("Snapshots_CreateOrUpdate", resource, body)
        # The first answer is what was asked for, and little more.
        return replace(answer, body={**body, "id": resource, "name": name, **answer.body})

    def _state(self, disk: Disk, answer: Answer) -> SnapshotState:
        return replace(from_api(answer.body), source=disk.id, state="pending")

    def delete(self, states: Sequence[SnapshotState]) -> Outcome:
        resources = [self.session.id_of(operations.SNAPSHOT, state.name) for state in states]
        answers = self.session.attempted(partial(self.session.call, "Snapshots_Delete", one) for one in resources)
        try:
            ends = self.session.finish(answers, PATIENCE)
        except CloudError as error:
            return Outcome(error=error)
        failed = [end for end in ends if end and end.code != "not_found"]
        return Outcome(error=failed[0]) if failed else Outcome(tuple(states))


def disk_ids(raw: Mapping[str, Any]) -> list[str]:
    """The managed disks of a VM, the one that it boots from first; the temporary disk is none."""
    storage = raw.get("properties", {}).get("storageProfile", {})
    disks = [storage.get("osDisk") or {}, *(storage.get("dataDisks") or ())]
    return [found for disk in disks if (found := (disk.get("managedDisk") or {}).get("id"))]


def member_of(raw: Mapping[str, Any], fleet: str, disks: Mapping[str, Mapping[str, Any]]) -> Member:
    """One VM; `disks` are as Azure shows them, by id in small letters."""
    found = [disks[one.lower()] for one in disk_ids(raw)]
    own = tuple(
        Disk(d.get("properties", {}).get("uniqueId", d["id"]), d["name"], d["id"], d["location"]) for d in found
    )
    return Member(raw["id"], raw["name"], mark.index_of(raw["name"], fleet), own)


def to_request(member: Member, disk: Disk, options: AzureSnapshotOptions) -> dict[str, Any]:
    """The body of a PUT: incremental, so that what did not change is paid for once; standard storage takes any disk."""
    return {
        "location": disk.location,
        "tags": snapshot_marks(options, member.index),
        "sku": {"name": "Standard_LRS"},
        "properties": {
            "creationData": {"createOption": "Copy", "sourceResourceId": disk.path},
            "incremental": True,
        },
    }


def from_api(raw: Mapping[str, Any]) -> SnapshotState:
    """One snapshot of a list. Its id is made of names, and ours bear the second in which they were taken."""
    properties, tagged = raw.get("properties", {}), raw.get("tags") or {}
    creation = properties.get("creationData", {})
    created = properties.get("timeCreated")
    return SnapshotState(
        id=raw["id"].lower(),
        name=raw["name"],
        cloud="azure",
        region=raw.get("location", ""),
        disk=last_name(creation.get("sourceResourceId", "")),
        source=creation.get("sourceUniqueId", ""),
        state=state_of(properties),
        size_gb=properties.get("diskSizeGB"),
        created_at=created[:19] + "Z" if created else moment_in(raw["name"]),
        labels=tags.labels_of(tagged),
        encrypted=True,  # Azure encrypts all of them
        reason=(properties.get("copyCompletionError") or {}).get("errorMessage"),
        **marked(tagged),
    )


def state_of(properties: Mapping[str, Any]) -> str:
    """Of some kinds of disks Azure goes on copying after it has succeeded in making the snapshot."""
    provisioning = properties.get("provisioningState")
    if provisioning in ("Failed", "Canceled") or properties.get("copyCompletionError"):
        return "failed"
    if provisioning == "Deleting":
        return "deleting"
    whole = provisioning == "Succeeded" and properties.get("completionPercent", 100.0) >= 100.0
    return "available" if whole else "pending"


RESOURCE = Resource(
    "snapshots", AzureSnapshotOptions, SnapshotStore.connect, snapshot_result, diff_view, has_candidates=False
)
