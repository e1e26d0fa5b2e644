# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one flow of every module: observe, plan, apply unless told not to, wait, observe again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..model.error import TRY_ELSEWHERE, CloudError
from ..model.option import declared, shown
from ..model.resource import HEADING, Attempt, Candidate, Desired, Outcome, Policy, Result, Selector, Spec
from .plan import Action, Plan, plan
from .wait import Clock, Goal, wait

if TYPE_CHECKING:
    from ..clouds.interface import Store

View = Callable[[Any], Mapping[str, Any]]


def reconcile(store: Store, desired: Desired, policy: Policy, clock: Clock, view: View) -> Result:
    """Bring what exists to what is desired; `view` gives the part of a state that a diff shows.

    Raises CloudError; it carries the attempts made and what exists by then.
    """
    observed = store.list(Selector(desired.name))
    todo = plan(desired, observed, policy)
    forecast = Result(
        states=tuple(s for s in observed if s.state != "deleting"),
        changed=bool(todo),
        actions=todo.sentences(),
        before=_before(todo, view),
        after=_after(todo, view),
    )
    if not todo or not policy.apply:
        return forecast
    run = _Run(store, desired, policy, clock, tuple(observed))
    try:
        states = run.apply(todo)
    except CloudError as error:
        error.attempts = tuple(run.attempts)
        error.existing = error.existing or run.look_back()
        raise
    return dataclasses.replace(forecast, states=states, attempts=tuple(run.attempts))


class _Run:
    """One application of a plan: the order of its phases, the attempts, and what was made so far."""

    def __init__(self, store: Store, desired: Desired, policy: Policy, clock: Clock, observed: tuple[Any, ...]) -> None:
        self.store, self.desired, self.policy, self.clock, self.observed = store, desired, policy, clock, observed
        self.attempts: list[Attempt] = []

    def apply(self, todo: Plan) -> tuple[Any, ...]:
        self._delete(todo.of("delete", "replace"))
        self._resize(todo.of("resize"))
        self._change([(a.state, _fields(a)) for a in todo.of("update")])
        self._start(todo.of("start"))
        self._change([(a.state, {"state": "stopped"}) for a in todo.of("stop")])
        self._change([(a.state, {"state": "restarted"}) for a in todo.of("restart")])
        made = self._create([a.spec for a in todo.of("create", "replace") if a.spec])
        return self._settle(todo, made)

    def look_back(self) -> tuple[Any, ...]:
        """What exists after a failure; the failure itself must not be hidden by a second one."""
        try:
            return tuple(self.store.list(Selector(self.desired.name, detail=False)))
        except CloudError:
            return ()

    # the phases

    def _delete(self, actions: Sequence[Action]) -> None:
        if actions:
            _check(self.store.delete([a.state for a in actions]))

    def _change(self, changes: list[tuple[Any, Mapping[str, Any]]]) -> None:
        if changes:
            _check(self.store.change(changes))

    def _resize(self, actions: Sequence[Action]) -> None:
        """Stop what runs, change, start again what ran: only the running ones pay."""
        if not actions:
            return
        running = [a.state for a in actions if HEADING[a.state.state] == "running"]
        self._change([(state, {"state": "stopped"}) for state in running])
        self._wait_for([a.state for a in actions], "stopped")
        self._change([(a.state, _fields(a)) for a in actions])
        self._change([(state, {"state": "running"}) for state in running])

    def _start(self, actions: Sequence[Action]) -> None:
        """A VM that is still stopping cannot be started by any cloud; wait for it first."""
        self._wait_for([a.state for a in actions if a.state.state == "stopping"], "stopped")
        self._change([(a.state, {"state": "running"}) for a in actions])

    def _create(self, specs: list[Spec]) -> list[Any]:
        """Walk the candidates until everything is made; on failure take back what this run made, unless told to keep it."""
        made: list[Any] = []
        error: CloudError | None = None
        full: set[str | None] = set()  # machine types that a quota forbids, whatever the zone
        for candidate in self.store.candidates(self.desired.candidates) if specs else ():
            if not specs:
                break
            if candidate.machine_type in full:
                continue
            outcome = self.store.create(specs, candidate)
            self._note(candidate, len(specs), outcome)
            made += outcome.states
            keys = {state.key for state in outcome.states}
            specs = [spec for spec in specs if spec.key not in keys]
            error = outcome.error
            if error and error.code == "quota_exceeded":
                full.add(candidate.machine_type)
            if error and error.code not in TRY_ELSEWHERE:
                break
        if not specs:
            return made
        error = error or CloudError(
            "failed", f"{len(specs)} of the requested were not made, and the cloud gave no reason"
        )
        if made and not self.policy.keep_on_failure:
            undone = self.store.delete(made)
            error.detail += (
                f"; of this run {len(made)} could not be deleted again: {undone.error}"
                if undone.error
                else f"; the {len(made)} made in this run were deleted again (keep_on_failure: true keeps them)"
            )
        raise error

    def _note(self, candidate: Candidate, asked: int, outcome: Outcome) -> None:
        error = outcome.error
        self.attempts.append(
            Attempt(
                candidate.machine_type,
                candidate.zone,
                asked,
                len(outcome.states),
                error.code if error else None,
                error.detail if error else None,
            )
        )

    # waiting

    def _wait_for(self, states: Sequence[Any], wanted: str) -> None:
        if states:
            self._look(Goal({state.key: wanted for state in states}))

    def _look(self, goal: Goal) -> Sequence[Any]:
        selector = Selector(self.desired.name, detail=False)
        return wait(lambda: self.store.list(selector), goal, self.policy.wait_timeout, self.clock)

    def _settle(self, todo: Plan, made: list[Any]) -> tuple[Any, ...]:
        """Wait for the new state and check that nothing is left to do: if there is, the fault is ours."""
        if not self.policy.wait:
            touched = {a.state.id for a in todo.of("delete", "replace")}
            return tuple(s for s in self.observed if s.id not in touched) + tuple(made)
        settled = self._look(_goal(todo, self.desired))
        rest = plan(dataclasses.replace(self.desired, restart=False), settled, self.policy)
        if rest:
            raise CloudError(
                "failed",
                f"after the run there is still to do: {'; '.join(rest.sentences())}; please report this",
                operation="verify",
            )
        return tuple(s for s in settled if s.state != "deleting")


def _goal(todo: Plan, desired: Desired) -> Goal:
    resting = getattr(desired.options, "RESTING_STATE", "running")
    states: dict[Any, str] = {}
    for action in todo.actions:
        if action.verb in ("create", "replace") and action.spec:
            states[action.spec.key] = resting
        elif action.verb in ("start", "restart"):
            states[action.state.key] = "running"
        elif action.verb == "stop":
            states[action.state.key] = "stopped"
        elif action.verb == "resize":
            states.setdefault(action.state.key, HEADING[action.state.state])
    return Goal(states, frozenset(a.state.id for a in todo.of("delete", "replace")))


def _fields(action: Action) -> dict[str, Any]:
    return {change.field: change.after for change in action.changes}


def _check(outcome: Outcome) -> None:
    if outcome.error:
        raise outcome.error


def _before(todo: Plan, view: View) -> dict[str, Any]:
    return {a.name: dict(view(a.state)) for a in todo.actions if a.state is not None}


def _after(todo: Plan, view: View) -> dict[str, Any]:
    after: dict[str, Any] = {}
    for action in todo.actions:
        if action.verb == "delete":
            continue
        base = after.get(action.name) or (dict(view(action.state)) if action.state is not None else {})
        if action.verb == "create" and action.spec:
            base = declared(action.spec.options)
        after[action.name] = {**base, **{change.field: shown(change.after) for change in action.changes}}
    return after
