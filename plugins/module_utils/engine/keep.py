# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flow of snapshots: look, plan, take, wait until they are whole, and only then delete what has become superfluous."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..model.error import CloudError
from ..model.option import shown
from ..model.resource import Desired, Outcome, Policy, Result, Selector
from ..model.snapshot import Schedule, SnapshotState, in_order
from .upkeep import Rescheduling, Upkeep, rescheduling, upkeep
from .wait import Clock, Goal, wait

if TYPE_CHECKING:
    from ..clouds.interface import SnapshotStore
    from .reconcile import View

# How long, in seconds, a cloud's list may lag behind what it has accepted.
SIGHT = 20.0


def keep(store: SnapshotStore, desired: Desired, policy: Policy, clock: Clock, view: View) -> Result:
    """Bring the snapshots of a fleet to what is desired; `view` gives the part of a state that a diff shows.

    Snapshots that were taken stay when something fails later, and nothing is deleted then.
    Raises CloudError; it carries what exists by then.
    """
    options, now = desired.options, clock.utc()
    schedule = store.schedule() if options.schedules else None
    members = store.members() if options.state == "present" or schedule else ()
    observed = store.list(Selector(desired.name))
    run = _Run(store, desired, policy, clock, members, now)
    todo = upkeep(options, members, observed, now)
    change = rescheduling(options, schedule, members)
    forecast = Result(
        states=in_order(s for s in observed if s.state != "deleting"),
        changed=bool(todo or change),
        actions=(*change.sentences(), *todo.sentences()),
        before={f"{s.name} of {s.disk}": dict(view(s)) for s in todo.delete} | _shown(change, change.before),
        after={
            f"new of {m.name}, {disk.name}": {"disk": disk.id, "labels": options.labels}
            for m in todo.take
            for disk in m.disks
        }
        | _shown(change, change.after),
    )
    if not policy.apply or not (todo or change):
        return forecast
    try:
        if change:  # first: what a wrong schedule is refused for costs no time, and an ended one takes nothing any more
            run.reschedule(change)
        return dataclasses.replace(forecast, states=run.apply(todo, observed) if todo else forecast.states)
    except CloudError as error:
        error.existing = error.existing or run.look_back()
        raise


def _shown(change: Rescheduling, schedule: Schedule | None) -> dict[str, Any]:
    return {"schedule": shown(schedule)} if change and schedule else {}


@dataclasses.dataclass(frozen=True)
class _Run:
    """One application of a plan."""

    store: SnapshotStore
    desired: Desired
    policy: Policy
    clock: Clock
    members: Sequence[Any]
    now: datetime.datetime

    def reschedule(self, change: Rescheduling) -> None:
        """Change the schedule and look whether it is so: if it is not, the fault is ours."""
        self.store.set_schedule(change.after, change.before, self.members)
        deadline = self.clock.now() + SIGHT
        while rest := rescheduling(self.desired.options, self.store.schedule(), self._members_again(change)):
            if self.clock.now() >= deadline:
                detail = f"after the run there is still to do: {'; '.join(rest.sentences())}; please report this"
                raise CloudError("failed", detail, operation="verify")
            self.clock.sleep(2)

    def _members_again(self, change: Rescheduling) -> Sequence[Any]:
        return self.store.members() if change.after else ()

    def apply(self, todo: Upkeep, observed: Sequence[SnapshotState]) -> tuple[SnapshotState, ...]:
        made = self._checked(self.store.create(todo.take, self.now)) if todo.take else ()
        if made and todo.delete and self.policy.wait:
            self._look(Goal({s.id: "available" for s in made}))
        if todo.delete:
            self._checked(self.store.delete(todo.delete))
        gone = frozenset(s.id for s in todo.delete)
        if not self.policy.wait:
            return in_order([*(s for s in observed if s.id not in gone), *made])
        return self._settled(Goal({s.id: "available" for s in made}, gone))

    def look_back(self) -> tuple[SnapshotState, ...]:
        """What exists after a failure; the failure itself must not be hidden by a second one."""
        try:
            return tuple(self._listed())
        except CloudError:
            return ()

    def _settled(self, goal: Goal) -> tuple[SnapshotState, ...]:
        """Look again until nothing is left to do: if something is, the fault is ours."""
        deadline = self.clock.now() + SIGHT
        while True:
            settled = self._look(goal)
            rest = upkeep(self.desired.options, self.members, settled, self.now)
            if not rest:
                return in_order(s for s in settled if s.state != "deleting")
            if self.clock.now() >= deadline:
                raise CloudError(
                    "failed",
                    f"after the run there is still to do: {'; '.join(rest.sentences())}; please report this",
                    operation="verify",
                )
            self.clock.sleep(2)

    def _look(self, goal: Goal) -> Sequence[SnapshotState]:
        def look() -> Sequence[SnapshotState]:
            listed = self._listed()
            failed = [s for s in listed if s.id in goal.states and s.state == "failed"]
            if failed:
                detail = "; ".join(f"{s.name} of {s.disk} failed: {s.reason or 'no reason given'}" for s in failed)
                raise CloudError("failed", detail, failed[0].cloud, "wait", existing=tuple(listed))
            return listed

        return wait(look, goal, self.policy.wait_timeout, self.clock)

    def _listed(self) -> Sequence[SnapshotState]:
        return self.store.list(Selector(self.desired.name))

    def _checked(self, outcome: Outcome) -> tuple[SnapshotState, ...]:
        if outcome.error:
            raise outcome.error
        return outcome.states
