# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting with a deadline. The clock is given, so that tests do not sleep."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..model.error import CloudError
from ..model.resource import Key


class Clock(Protocol):
    def now(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def utc(self) -> datetime.datetime: ...


class RealClock:
    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def utc(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)


@dataclass(frozen=True)
class Goal:
    """What the wait is for: members in a state (by key), and ids that are listed no more.

    `past` are the ids of an earlier life, which the cloud was deleting before we came: nobody waits for them.
    """

    states: Mapping[Key, str]
    gone: frozenset[str] = frozenset()
    past: frozenset[str] = frozenset()

    def members(self, observed: Sequence[Any]) -> dict[Key, Any]:
        """Who stands for each key; one that lives comes before one that is being deleted."""
        ours = [state for state in observed if state.id not in self.gone | self.past]
        return {state.key: state for state in sorted(ours, key=lambda state: state.state != "deleting")}

    def lost(self, observed: Sequence[Any]) -> list[Any]:
        """Members that the cloud is deleting although they are waited for."""
        members = self.members(observed)
        return [s for key, s in members.items() if key in self.states and s.state == "deleting"]

    def open_points(self, observed: Sequence[Any]) -> list[str]:
        """What is not yet as it shall be, in words."""
        by_key = self.members(observed)
        points = []
        for key, wanted in self.states.items():
            state = by_key.get(key)
            if state is None:
                points.append(f"member {key} is not listed (wanted: {wanted})")
            elif state.state != wanted:
                points.append(f"{state.name} is {state.state}{_because(state)} (wanted: {wanted})")
        points += [f"{state.name} is {state.state} (wanted: gone)" for state in observed if state.id in self.gone]
        return points


def wait(look: Callable[[], Sequence[Any]], goal: Goal, timeout: float, clock: Clock) -> Sequence[Any]:
    """Look until the goal is reached and return the last look.

    The pause grows from 1 s to 10 s: most VMs are up within the first few looks, and a slow GPU node of several
    minutes costs few calls. Raises CloudError `timed_out` with each member's last state, or `failed` as soon as
    a member has gone the wrong way (a VM that the cloud deleted while we waited for it to run).
    """
    deadline = clock.now() + timeout
    pause = 1.0
    while True:
        observed = look()
        points = goal.open_points(observed)
        if not points:
            return observed
        lost = goal.lost(observed)
        if lost:
            names = "; ".join(f"{state.name} is being deleted by the cloud{_because(state)}" for state in lost)
            raise CloudError("failed", names, operation="wait", existing=tuple(observed))
        if clock.now() >= deadline:
            raise CloudError(
                "timed_out", f"after {timeout:g} s: {'; '.join(points)}", operation="wait", existing=tuple(observed)
            )
        clock.sleep(min(pause, max(deadline - clock.now(), 0)))
        pause = min(pause * 1.5, 10.0)


def _because(state: Any) -> str:
    reason = getattr(state, "reason", None)
    return f" ({reason})" if reason else ""
