"""Operations: what every change is answered with, and when it comes to pass.

A change is checked when it is asked for and takes effect when its operation is due; that is looked at before every
call, so no thread is needed. What an operation does is a task by name with arguments in JSON: a restarted server
finishes what another one began.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from typing import Any

from sandbox.gcp.call import Call
from sandbox.gcp.errors import GcpError, not_found
from sandbox.gcp.failures import Failed
from sandbox.gcp.refs import LINK, Ref, new_id, stamp
from sandbox.gcp.state import State
from sandbox.gcp.store import Record

Task = Callable[[State, Ref, dict[str, Any]], None]
TASKS: dict[str, Task] = {}
_numbers = itertools.count()


def task(name: str) -> Callable[[Task], Task]:
    """Register what an operation does when it is due. A task may raise Failed."""

    def register(function: Task) -> Task:
        TASKS[name] = function
        return function

    return register


def begin(
    call: Call,
    target: Ref,
    kind: str,
    *,
    does: str = "",
    args: dict[str, Any] | None = None,
    seconds: float | None = None,
    before: list[tuple[float, str, dict[str, Any]]] | None = None,
    extra: dict[str, Any] | None = None,
    scope: str = "",
) -> dict[str, Any]:
    """Start an operation and return its body as the call's answer: RUNNING, whatever comes.

    `does` is the task that ends it after `seconds`; `before` are tasks on the way, (seconds, task, arguments).
    """
    state, now = call.state, call.state.now()
    place = Ref(target.project, scope or target.scope, "operations", _name(now))
    body = _body(call, place, target, kind, now) | (extra or {})
    wait = state.pace if seconds is None else seconds
    steps = [[now + after, step, given] for after, step, given in before or ()]
    steps.append([now + wait, does, args or {}])
    meta = {"method": call.method.id, "target": target.path, "steps": steps}
    request = call.query.get("requestId")
    if request:
        body["clientOperationId"] = request
        state.requests[target.project, call.method.id, request] = place
    state.put(place, body, meta)
    schedule(state, place, steps)
    return body


def _body(call: Call, place: Ref, target: Ref, kind: str, now: float) -> dict[str, Any]:
    known = call.state.store.find(target)
    body = {
        "kind": "compute#operation",
        "id": new_id(),
        "name": place.name,
        "operationType": kind,
        "targetLink": target.link,
        "targetId": known.body["id"] if known and "id" in known.body else new_id(),
        "status": "RUNNING",
        "user": call.user,
        "progress": 0,
        "insertTime": stamp(now),
        "startTime": stamp(now),
        "selfLink": place.link,
    }
    word, _, name = place.scope.partition("/")
    if name:
        body[word.rstrip("s")] = f"{LINK}projects/{place.project}/{place.scope}"
    return body


def _name(now: float) -> str:
    number = next(_numbers)
    return f"operation-{int(now * 1000)}-{number:013x}-{new_id()[:8]}-{new_id()[:8]}"


def schedule(state: State, place: Ref, steps: list[list[Any]]) -> None:
    """Let the steps of an operation happen when they are due."""
    for number, (due, name, args) in enumerate(steps):
        last = number == len(steps) - 1
        heapq.heappush(state.timers, (due, next(_numbers), place, name, {"last": last, "args": args}))


def expire(state: State, instance: Ref, due: float) -> None:
    """Look at an instance when its limited run is over."""
    heapq.heappush(
        state.timers, (due, next(_numbers), instance, "instance.expire", {"last": False, "args": {"due": due}})
    )


def resume(state: State) -> None:
    """Take up unfinished operations and limited runs after the journal was read."""
    for record in list(state.store.everything()):
        if "expires" in record.meta:
            expire(state, record.ref, record.meta["expires"])
        if record.ref.collection != "operations":
            continue
        if record.body["status"] != "DONE":
            schedule(state, record.ref, record.meta["steps"])
        request = record.body.get("clientOperationId")
        if request:
            state.requests[record.ref.project, record.meta["method"], request] = record.ref


def settle(state: State) -> None:
    """Do everything that is due; the lock is held."""
    if not state.timers or state.timers[0][0] > state.now():
        return
    while state.timers and state.timers[0][0] <= state.now():
        _, _, place, name, step = heapq.heappop(state.timers)
        record = state.store.find(place)
        if record is None:
            continue
        failure = _do(state, record, name, step["args"])
        if step["last"]:
            finish(state, record.ref, failure)
    state.store.flush()


def _do(state: State, record: Record, name: str, args: dict[str, Any]) -> Failed | None:
    if not name:
        return None
    try:
        TASKS[name](state, Ref.of(record.meta.get("target", record.ref.path)), {**args, "operation": record.ref.path})
    except Failed as failure:
        return failure
    return None


def finish(state: State, place: Ref, failure: Failed | None = None) -> None:
    """Mark an operation as done, or as failed."""
    record = state.store.find(place)
    if record is None:
        return
    state.promised.discard(record.meta["target"])
    body = {**record.body, "status": "DONE", "progress": 100, "endTime": stamp(state.now())}
    if failure:
        body["error"] = {"errors": [failure.as_json()]}
        body["httpErrorStatusCode"] = failure.status
        body["httpErrorMessage"] = failure.http
    state.put(place, body, {**record.meta, "steps": []})


def known_request(call: Call) -> dict[str, Any] | None:
    """The operation that a repeated requestId began; None for a fresh one or none."""
    request = call.query.get("requestId")
    if not request:
        return None
    place = call.state.requests.get((call.project, call.method.id, request))
    record = call.state.store.find(place) if place else None
    return record.body if record else None


def get(call: Call) -> dict[str, Any]:
    """An operation as it stands."""
    return _find(call).body


def wait(call: Call) -> dict[str, Any]:
    """An operation when it is done, or after two minutes as it stands. Other calls go on meanwhile."""
    state = call.state
    end = time.monotonic() + state.longest_wait
    while True:
        with state.lock:
            settle(state)
            body = _find(call).body
            due = state.timers[0][0] if state.timers else state.now()
        left = end - time.monotonic()
        if body["status"] == "DONE" or left <= 0:
            return body
        time.sleep(max(0.001, min(left, due - state.now(), 0.25)))


def _find(call: Call) -> Record:
    place = Ref(call.project, call.scope, "operations", call.path["operation"])
    record = call.state.store.find(place) or _by_id(call, place)
    if record is None:
        raise not_found(place.path)
    return record


def _by_id(call: Call, place: Ref) -> Record | None:
    if not place.name.isdigit():
        return None
    shelf = call.state.store.shelf(place.project, place.scope, "operations")
    return next((each for each in shelf.values() if each.body["id"] == place.name), None)


def delete(call: Call) -> None:
    """Forget a finished operation."""
    record = _find(call)
    if record.body["status"] != "DONE":
        raise GcpError("resourceNotReady", f"The resource '{record.ref.path}' is not ready")
    call.state.drop(record.ref)
