# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of snapshots: EBS snapshots, all disks of a VM by one CreateSnapshots."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.resource import Outcome, Selector
from ...model.snapshot import (
    OWNER,
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
from ...model.vm import member_name
from ..interface import Resource
from . import tags
from .options import AwsSnapshotOptions
from .schedules import Policies
from .session import SIGHT_PAUSES, AwsSession, Unanswered, open_account
from .states import STATES, index_of
from .vms import PAGE, instances

# What DescribeSnapshots says of one: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html (read 2026-11)
STATUS = {"pending": "pending", "completed": "available", "error": "failed", "recoverable": "deleting"}
ASKED = 3  # times, where the answer is lost and nothing was taken


class SnapshotStore:
    """The snapshots of one fleet in one region."""

    def __init__(self, session: AwsSession, options: AwsSnapshotOptions, lifecycle: Callable[[], AwsSession]) -> None:
        self.session, self.options = session, options
        self.policies = Policies(lifecycle, options.name)
        self._indexes: dict[str, int | None] = {}  # of the members, by their disks

    @classmethod
    def connect(cls, options: AwsSnapshotOptions) -> SnapshotStore:
        account = open_account(options.profile, options.endpoint_url)
        region = account.checked_region(options.region or account.default_region)
        return cls(account.session_in(region), options, partial(account.session_in, region, "dlm"))

    def members(self) -> Sequence[Member]:
        found = instances(self.session, tags.where(aienv_fleet=self.options.name))
        members = [member_of(raw) for raw in found if STATES[raw["State"]["Name"]] != "deleting"]
        self._indexes = {disk.id: member.index for member in members for disk in member.disks}
        return members

    def schedule(self) -> Schedule | None:
        return self.policies.find()

    def set_schedule(self, wanted: Schedule | None, there: Schedule | None, _members: Sequence[Member]) -> None:
        """The policy finds the VMs by their tag, those that come later as well."""
        self.policies.put(wanted, there)

    def list(self, selector: Selector) -> Sequence[SnapshotState]:
        return self._owned(tags.where(aienv_snapshot=selector.name))

    def _owned(self, filters: Sequence[Mapping[str, Any]]) -> Sequence[SnapshotState]:
        # A snapshot that another account shares with us may bear any tags; ours are our own account's.
        query = {"OwnerIds": ["self"], "Filters": list(filters), "MaxResults": PAGE}
        found = self.session.pages("describe_snapshots", "Snapshots", **query)
        return in_order(self._indexed(from_api(raw, self.session.region)) for raw in found)

    def _indexed(self, state: SnapshotState) -> SnapshotState:
        """All snapshots of a schedule share their tags; whose they are their disk tells, while its VM exists."""
        return dataclasses.replace(state, index=self._indexes.get(state.source)) if state.scheduled else state

    def create(self, members: Sequence[Member], moment: datetime.datetime) -> Outcome:
        """One call a VM, side by side: EC2 takes the disks of one VM at the same moment, and of one VM only."""
        outcomes = self.session.together(partial(self._take, member, moment) for member in members)
        made = tuple(state for outcome in outcomes for state in outcome.states)
        return Outcome(made, next((outcome.error for outcome in outcomes if outcome.error), None))

    def _take(self, member: Member, moment: datetime.datetime) -> Outcome:
        request = to_request(member, self.options, moment)
        try:
            raw = self._asked(request, member)
        except CloudError as error:
            return Outcome(error=dataclasses.replace(error, resource=member.name))
        return Outcome(tuple(from_api(one, self.session.region) for one in raw))

    def _asked(self, request: Mapping[str, Any], member: Member) -> Sequence[Mapping[str, Any]]:
        """CreateSnapshots knows no token: where its answer is lost, look for what it took before asking once more."""
        for asked in range(1, ASKED + 1):
            try:
                return list(self.session.call("create_snapshots", **request)["Snapshots"])
            except Unanswered:
                if asked == ASKED:
                    raise
            if found := self._taken(request, member):
                return found
        return ()

    def _taken(self, request: Mapping[str, Any], member: Member) -> Sequence[Mapping[str, Any]]:
        own = tags.as_dict(request["TagSpecifications"][0]["Tags"])
        filters = [
            *tags.where(aienv_snapshot=own[OWNER], Name=own["Name"]),
            {"Name": "volume-id", "Values": [disk.id for disk in member.disks]},
        ]
        for pause in SIGHT_PAUSES:
            time.sleep(pause)
            found = self.session.call("describe_snapshots", OwnerIds=["self"], Filters=filters)["Snapshots"]
            if found:
                return list(found)
        return ()

    def delete(self, states: Sequence[SnapshotState]) -> Outcome:
        try:
            self.session.together(partial(self._gone, state) for state in states)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _gone(self, state: SnapshotState) -> None:
        try:
            self.session.call("delete_snapshot", SnapshotId=state.id)
        except CloudError as error:
            if error.code != "not_found":
                raise


def member_of(raw: Mapping[str, Any]) -> Member:
    """One instance of DescribeInstances with its EBS disks; instance store is not listed there."""
    tagged = tags.as_dict(raw.get("Tags"))
    index = index_of(raw, tagged)
    disks = [Disk(d["Ebs"]["VolumeId"], d["DeviceName"]) for d in raw.get("BlockDeviceMappings", ()) if "Ebs" in d]
    return Member(raw["InstanceId"], member_name(tagged[mark.FLEET], index), index, tuple(disks))


def to_request(member: Member, options: AwsSnapshotOptions, moment: datetime.datetime) -> dict[str, Any]:
    """The arguments of CreateSnapshots: all disks of one VM; the snapshots share their tags, and so their name."""
    name = snapshot_name(member.name, member.id, moment)
    own = {**snapshot_marks(options, member.index), "Name": name}
    return {
        "InstanceSpecification": {"InstanceId": member.id, "ExcludeBootVolume": False},
        "Description": f"{member.name}, by aienv.cloud",
        "TagSpecifications": [{"ResourceType": "snapshot", "Tags": tags.as_tags(own)}],
    }


def from_api(raw: Mapping[str, Any], region: str) -> SnapshotState:
    """One snapshot of DescribeSnapshots, or of CreateSnapshots' answer."""
    tagged = tags.as_dict(raw.get("Tags"))
    return SnapshotState(
        id=raw["SnapshotId"],
        name=tagged.get("Name") or raw["SnapshotId"],
        cloud="aws",
        region=region,
        disk=raw["VolumeId"],
        source=raw["VolumeId"],
        state=STATUS.get(raw["State"], "pending"),
        size_gb=raw.get("VolumeSize"),
        created_at=raw["StartTime"].astimezone(datetime.UTC).strftime(mark.ISO),
        labels=tags.labels_of(tagged),
        encrypted=raw.get("Encrypted"),
        reason=raw.get("StateMessage") or None,
        **marked(tagged),
    )


RESOURCE = Resource(
    "snapshots", AwsSnapshotOptions, SnapshotStore.connect, snapshot_result, diff_view, has_candidates=False
)
