"""The tasks that most operations need: put a resource, merge members into it, remove it."""

from __future__ import annotations

from typing import Any

from sandbox.gcp.operations import task
from sandbox.gcp.refs import Ref
from sandbox.gcp.state import State


@task("put")
def put(state: State, target: Ref, args: dict[str, Any]) -> None:
    """Make the resource."""
    state.put(target, args["body"], {})


@task("merge")
def merge(state: State, target: Ref, args: dict[str, Any]) -> None:
    """Change some members of the resource; those that are None go."""
    record = state.store.find(target)
    if record:
        body = {**record.body, **args["changes"]}
        state.put(target, {name: value for name, value in body.items() if value is not None})


@task("drop")
def drop(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """Remove the resource."""
    state.drop(target)
