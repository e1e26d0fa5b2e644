# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of a fleet's snapshots: a policy of Amazon Data Lifecycle Manager for all VMs that bear the fleet's tag.

https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-ami-policy.html (read 2026-11)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.snapshot import OWNER, SCHEDULED, Schedule
from . import tags
from .session import AwsSession, Unanswered

UNCLEAR = 0  # hours: a policy that does not work, or several of them, which are mended as one that is otherwise


class Policies:
    """The policies of one fleet: one, unless something went wrong. The session is opened at first use."""

    def __init__(self, session: Callable[[], AwsSession], fleet: str) -> None:
        self._open, self.fleet = session, fleet
        self._session: AwsSession | None = None

    @property
    def session(self) -> AwsSession:
        self._session = self._session or self._open()
        return self._session

    def ids(self) -> list[str]:
        """Ours alone: others may let their policies set the same tags."""
        query = {"ResourceTypes": ["INSTANCE"], "TagsToAdd": [f"{OWNER}={self.fleet}"]}
        found = self.session.call("get_lifecycle_policies", **query)["Policies"]
        return sorted(one["PolicyId"] for one in found if one.get("Tags", {}).get(OWNER) == self.fleet)

    def find(self) -> Schedule | None:
        found = self.ids()
        if not found:
            return None
        if len(found) > 1:
            return Schedule(UNCLEAR, "", 0)
        return from_api(self.session.call("get_lifecycle_policy", PolicyId=found[0])["Policy"])

    def put(self, wanted: Schedule | None, there: Schedule | None) -> None:
        """Make, change or end it."""
        found = self.ids() if there else []
        kept = found[:1] if wanted else []
        for policy in found[len(kept) :]:
            self._end(policy)
        if wanted and kept:
            self.session.call("update_lifecycle_policy", PolicyId=kept[0], **to_request(self.fleet, wanted))
        elif wanted:
            self._make(wanted)

    def _make(self, wanted: Schedule) -> None:
        """It takes no token, so a lost answer is looked for."""
        own = {OWNER: self.fleet}
        try:
            self.session.call("create_lifecycle_policy", Tags=own, **to_request(self.fleet, wanted))
        except Unanswered:
            if not self.ids():
                raise

    def _end(self, policy: str) -> None:
        try:
            self.session.call("delete_lifecycle_policy", PolicyId=policy)
        except CloudError as error:
            if error.code != "not_found":
                raise


def to_request(fleet: str, wanted: Schedule) -> dict[str, Any]:
    """What CreateLifecyclePolicy and UpdateLifecyclePolicy share."""
    own = {**wanted.labels, OWNER: fleet, SCHEDULED: "yes", "Name": fleet}
    rule = {
        "Name": "aienv-cloud",
        "CopyTags": False,
        "TagsToAdd": tags.as_tags(own),
        "CreateRule": {"Interval": wanted.hours, "IntervalUnit": "HOURS", "Times": [wanted.at]},
        "RetainRule": {"Interval": wanted.keep_days, "IntervalUnit": "DAYS"},
    }
    return {
        "ExecutionRoleArn": wanted.role,
        "Description": f"aienv-cloud snapshots of the fleet {fleet}",
        "State": "ENABLED",
        "PolicyDetails": {
            "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
            # All disks of a VM at the same moment.
            "ResourceTypes": ["INSTANCE"],
            "TargetTags": tags.as_tags({mark.FLEET: fleet}),
            "Schedules": [rule],
        },
    }


def from_api(raw: Mapping[str, Any]) -> Schedule:
    """A policy as it is; one that is disabled, or in error, takes nothing and so has no hours."""
    rules = raw.get("PolicyDetails", {}).get("Schedules") or [{}]
    create, retain = rules[0].get("CreateRule", {}), rules[0].get("RetainRule", {})
    works = raw.get("State") == "ENABLED" and len(rules) == 1 and retain.get("IntervalUnit") == "DAYS"
    return Schedule(
        hours=int(create.get("Interval", UNCLEAR)) if works else UNCLEAR,
        at=next(iter(create.get("Times") or ()), ""),
        keep_days=int(retain.get("Interval", 0)),
        labels=tags.labels_of(tags.as_dict(rules[0].get("TagsToAdd"))),
        role=raw.get("ExecutionRoleArn"),
    )
