# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what is wanted and what is there to what must be done. Pure: no call, no clock, no cloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..model.error import CloudError
from ..model.option import Change, Effect, differences
from ..model.resource import HEADING, Desired, Key, Policy, Spec

# What each step below takes care of; what grows while the VM is stopped is in two of them.
STEPS: dict[str, tuple[Effect, ...]] = {
    "fixed": ("fixed",),
    "replace": ("replace",),
    "grow": ("grow", "grow_stopped"),
    "stopped": ("restart", "grow_stopped"),
    "in place": ("grow", "update"),
}
Verb = Literal["create", "delete", "replace", "resize", "update", "start", "stop", "restart"]


@dataclass(frozen=True)
class Action:
    """What one member needs. `spec` is what it shall be, `state` what it is."""

    verb: Verb
    name: str
    spec: Spec | None = None
    state: Any = None
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        reasons = ", ".join(str(change) for change in self.changes)
        return f"{self.verb} {self.name}" + (f" ({reasons})" if reasons else "")


@dataclass(frozen=True)
class Plan:
    actions: tuple[Action, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.actions)

    def of(self, *verbs: Verb) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if action.verb in verbs)

    def sentences(self) -> tuple[str, ...]:
        return tuple(str(action) for action in self.actions)


def plan(desired: Desired, observed: Sequence[Any], policy: Policy) -> Plan:
    """The actions that lead from `observed` to `desired`.

    Raises CloudError: `ambiguous` when the name or a member's identity is not clearly ours, `refused` when the
    way there takes consent that `policy` does not give.
    """
    live = [state for state in observed if state.state != "deleting"]
    _refuse_unclear(desired, live)
    if desired.existing_only:
        return Plan(tuple(action for state in live for action in _power(desired, state)))
    there = {state.key: state for state in live}
    actions: list[Action] = []
    for spec in desired.specs:
        if spec.key in there:
            actions += _mend(desired, spec, there[spec.key], policy)
        else:
            actions.append(Action("create", spec.name, spec=spec))
    # The highest index goes first: the lowest ones are the fleet's oldest and best known.
    wanted = {spec.key for spec in desired.specs}
    extra = sorted((s for s in live if s.key not in wanted), key=lambda s: (s.key is not None, s.key), reverse=True)
    actions += [Action("delete", state.name, state=state) for state in extra]
    return Plan(tuple(actions))


def _refuse_unclear(desired: Desired, live: Sequence[Any]) -> None:
    for state in live:
        if not state.owned:
            raise CloudError(
                "ambiguous",
                f"'{state.name}' exists but was not made by this collection; it is not touched",
                resource=state.id,
            )
    if desired.absent:  # all go, however many claim to be the same one
        return
    for key, times in Counter(state.key for state in live).items():
        if times > 1:
            ids = ", ".join(sorted(state.id for state in live if state.key == key))
            raise CloudError("ambiguous", f"{times} resources claim to be member {key} of '{desired.name}': {ids}")
    _refuse_renumbering(desired, [state.key for state in live])


def _refuse_renumbering(desired: Desired, there: Sequence[Key]) -> None:
    """A single VM and a numbered fleet are different things: setting or unsetting the count must not delete either."""
    wanted = {spec.key for spec in desired.specs}
    numbered = sorted(key for key in there if isinstance(key, int))
    if None in wanted and numbered:
        raise CloudError(
            "refused",
            f"'{desired.name}' has the numbered members {', '.join(map(str, numbered))}; "
            f"set count: {numbered[-1] + 1} to keep them",
            operation="plan",
        )
    if None in there and wanted - {None}:
        raise CloudError(
            "refused",
            f"'{desired.name}' is a single VM without a number; leave count unset to keep it, or delete it first",
            operation="plan",
        )


def _mend(desired: Desired, spec: Spec, state: Any, policy: Policy) -> list[Action]:
    changes = differences(spec.options, state)
    by_step = {step: [c for c in changes if c.effect in effects] for step, effects in STEPS.items()}
    if by_step["fixed"]:
        what = "; ".join(str(change) for change in by_step["fixed"])
        raise CloudError(
            "refused", f"this cannot be changed: {what}; delete it first", operation="plan", resource=spec.name
        )
    if by_step["replace"]:
        _ask(policy.allow_replace, "allow_replace", "only a new VM can have", spec.name, by_step["replace"])
        return [Action("replace", spec.name, spec=spec, state=state, changes=changes)]
    _refuse_shrinking(spec, by_step["grow"])
    actions = []
    if by_step["stopped"]:
        if HEADING[state.state] == "running":
            _ask(policy.allow_restart, "allow_restart", "the VM must be stopped for", spec.name, by_step["stopped"])
        actions.append(Action("resize", spec.name, spec=spec, state=state, changes=tuple(by_step["stopped"])))
    if by_step["in place"]:
        actions.append(Action("update", spec.name, spec=spec, state=state, changes=tuple(by_step["in place"])))
    return actions + _power(desired, state)


def _power(desired: Desired, state: Any) -> list[Action]:
    heading = HEADING.get(state.state)
    if desired.power and heading != desired.power:
        verb: Verb = "start" if desired.power == "running" else "stop"
        return [Action(verb, state.name, state=state, changes=(Change("state", state.state, desired.power, "update"),))]
    if desired.restart:
        return [Action("restart", state.name, state=state)]
    return []


def _ask(given: bool, option: str, reason: str, name: str, changes: Sequence[Change]) -> None:
    if not given:
        wanted = "; ".join(str(change) for change in changes)
        raise CloudError(
            "refused", f"{reason} {wanted}; set {option}: true to consent", operation="plan", resource=name
        )


def _refuse_shrinking(spec: Spec, changes: Sequence[Change]) -> None:
    for change in changes:
        if change.after < change.before:
            raise CloudError(
                "refused",
                f"this can grow but not shrink: {change}",
                operation="plan",
                resource=spec.name,
            )
