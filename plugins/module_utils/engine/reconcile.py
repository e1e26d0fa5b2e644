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
from ..model.resource import HEADING, Attempt, Candidate, Desired, Key, Outcome, Policy, Result, Selector, Spec
from .ceiling import affordable
from .plan import Action, Plan, plan
from .wait import Clock, Goal, wait

if TYPE_CHECKING:
    from ..clouds.interface import Store

View = Callable[[Any], Mapping[str, Any]]

# How long, in seconds, a cloud may go on showing what was before a change that it has accepted. EC2's promise is only
# "eventual consistency": https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html (read 2026-11)
SIGHT = 20.0


def reconcile(store: Store, desired: Desired, policy: Policy, clock: Clock, view: View) -> Result:
    """Bring what exists to what is desired; `view` gives the part of a state that a diff shows.

    Raises CloudError; it carries the attempts made and what exists by then.
    """
    # Only specs are compared, so only they ask for what costs further calls.
    observed = store.list(Selector(desired.name, detail=bool(desired.specs)))
    try:
        todo = plan(desired, observed, policy)
        desired = affordable(store, desired, todo)
    except CloudError as error:
        error.existing = tuple(observed)
        raise
    forecast = Result(
        states=tuple(s for s in observed if s.state != "deleting"),
        changed=bool(todo),
        actions=todo.sentences(),
        before=_before(todo, view),
        after=_after(todo, view),
    )
    run = _Run(store, desired, policy, clock, tuple(observed))
    # What an earlier run has told to go may still be going; whoever wants it gone waits for that, too.
    leaving = desired.absent and run.past and policy.wait
    if not policy.apply or not (todo or leaving):
        return forecast
    try:
        states = run.apply(todo)
    except CloudError as error:
        if run.replaced:
            error.detail += f"; deleted in this run, to be replaced: {', '.join(run.replaced)}"
        error.attempts = tuple(run.attempts)
        error.existing = error.existing or run.look_back()
        raise
    return dataclasses.replace(forecast, states=states, attempts=tuple(run.attempts))


class _Run:
    """One application of a plan: the order of its phases, the attempts, and what was made so far."""

    def __init__(self, store: Store, desired: Desired, policy: Policy, clock: Clock, observed: tuple[Any, ...]) -> None:
        self.store, self.desired, self.policy, self.clock, self.observed = store, desired, policy, clock, observed
        self.attempts: list[Attempt] = []
        self.replaced: list[str] = []
        self.past = frozenset(state.id for state in observed if state.state == "deleting")

    def apply(self, todo: Plan) -> tuple[Any, ...]:
        specs = [a.spec for a in todo.of("create", "replace") if a.spec]
        # First of all: a word that the cloud does not know must show before anything is deleted to be replaced.
        candidates = self.store.candidates(self.desired.candidates) if specs else ()
        self._delete(todo.of("delete", "replace"))
        self._make_room(todo.of("replace"))
        self._resize(todo.of("resize"))
        self._change([(a.state, _fields(a)) for a in todo.of("update")])
        self._power(todo.of("start"), "running")
        self._power(todo.of("stop"), "stopped")
        self._power(todo.of("restart"), "restarted")
        made = self._create(specs, candidates)
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

    def _make_room(self, actions: Sequence[Action]) -> None:
        """The old ones must be gone, not only going, before a full reservation or quota has room for the new ones."""
        if actions:
            self.replaced = [a.name for a in actions]
            self._look(Goal({}, frozenset(a.state.id for a in actions), self.past))

    def _change(self, changes: list[tuple[Any, Mapping[str, Any]]]) -> None:
        if changes:
            _check(self.store.change(changes))

    def _resize(self, actions: Sequence[Action]) -> None:
        """Stop nothing that the cloud changes by a restart."""
        if actions:
            self._rest([a.state for a in actions])
            self._resize_stopped(self._left_after_restart(actions))

    def _left_after_restart(self, actions: Sequence[Action]) -> Sequence[Action]:
        """What has to be stopped, also because there was no room for it where it runs."""
        running = [(a.state, _fields(a)) for a in actions if HEADING[a.state.state] == "running"]
        quick = self.store.restart_suffices(running) if running else ()
        if not quick:
            return actions
        outcome = self.store.change([(s, {**wanted, "state": "restarted"}) for s, wanted in running if s.id in quick])
        if outcome.error and outcome.error.code in TRY_ELSEWHERE:
            return actions
        _check(outcome)
        return [a for a in actions if a.state.id not in quick]

    def _resize_stopped(self, actions: Sequence[Action]) -> None:
        """Stop what runs, change, start again what ran: only the running ones pay, and they run again if it fails."""
        if not actions:
            return None
        running = [a.state for a in actions if HEADING[a.state.state] == "running"]
        self._change([(state, {"state": "stopped"}) for state in running])
        self._wait_for({state.key: "stopped" for state in running})
        outcome = self.store.change([(a.state, _fields(a)) for a in actions])
        if not running:
            return _check(outcome)
        start = [(state, {"state": "running"}) for state in running]
        started = self.store.change(start)
        if started.error and not outcome.error:  # no room for the new size: back to the one that ran
            back = [(a.state, {change.field: change.before for change in a.changes}) for a in actions]
            failed = self.store.change(back).error or self.store.change(start).error
            started.error.detail += f"; the VMs stay stopped: {failed}" if failed else "; the VMs run as before"
        return _check(Outcome(error=outcome.error or started.error))

    def _power(self, actions: Sequence[Action], power: str) -> None:
        self._rest([a.state for a in actions])
        self._change([(a.state, {"state": power}) for a in actions])

    def _rest(self, states: Sequence[Any]) -> None:
        """No cloud takes an order for a VM that is still starting or stopping; wait for it first."""
        self._wait_for({s.key: HEADING[s.state] for s in states if s.state in ("pending", "stopping")})

    def _create(self, specs: list[Spec], candidates: Sequence[Candidate]) -> list[Any]:
        """Walk the candidates until everything is made; on failure take back what this run made, unless told to keep it."""
        made: list[Any] = []
        error: CloudError | None = None
        full: set[str | None] = set()  # machine types that a quota forbids, whatever the zone
        for candidate in candidates:
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
            if error and (error.final or error.code not in TRY_ELSEWHERE):
                break
        # All may exist and one of them be only half made (a firewall without its rules): that is a failure, too.
        if not specs and not error:
            return made
        error = error or CloudError(
            "failed", f"{len(specs)} of the requested were not made, and the cloud gave no reason"
        )
        if made and error.code == "timed_out":  # the cloud may still be making the others
            error.detail += f"; the {len(made)} that exist stay, and the same task again goes on with them"
        elif made and not self.policy.keep_on_failure:
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

    def _wait_for(self, states: Mapping[Key, str]) -> None:
        if states:
            self._look(Goal(states, past=self.past))

    def _look(self, goal: Goal) -> Sequence[Any]:
        selector = Selector(self.desired.name, detail=False)
        return wait(lambda: self.store.list(selector), goal, self.policy.wait_timeout, self.clock)

    def _settle(self, todo: Plan, made: list[Any]) -> tuple[Any, ...]:
        """Wait for the new state and check that nothing is left to do: if there is, the fault is ours."""
        if not self.policy.wait:
            touched = {a.state.id for a in todo.of("delete", "replace")}
            return tuple(s for s in self.observed if s.id not in touched) + tuple(made)
        goal = _goal(todo, self.desired, self.past)
        settled = self._look(goal)
        deadline = self.clock.now() + SIGHT
        while rest := plan(dataclasses.replace(self.desired, restart=False), settled, self.policy):
            if self.clock.now() >= deadline:
                raise CloudError(
                    "failed",
                    f"after the run there is still to do: {'; '.join(rest.sentences())}; please report this",
                    operation="verify",
                )
            self.clock.sleep(2)
            settled = self._look(goal)
        return tuple(s for s in settled if s.state != "deleting")


def _goal(todo: Plan, desired: Desired, past: frozenset[str]) -> Goal:
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
    gone = frozenset(a.state.id for a in todo.of("delete", "replace"))
    return Goal(states, gone | past) if desired.absent else Goal(states, gone, past)


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
