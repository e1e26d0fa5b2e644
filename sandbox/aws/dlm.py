"""Data Lifecycle Manager, which moto has not: its five calls, each held against botocore's own model of the service.

It keeps policies and takes no snapshots. Rules beside the model: https://docs.aws.amazon.com/dlm/latest/APIReference (read 2026-11).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from moto.core.model import ServiceModel
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response

from sandbox.aws.state import Region
from sandbox.aws.wire import ApiError
from sandbox.faults import Faults

INTERVALS = (1, 2, 3, 4, 6, 8, 12, 24)
TYPES = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}
PATH = re.compile(r"/policies(?:/([^/]+))?/?")


@cache
def model() -> ServiceModel:
    """botocore's model of the service."""
    return get_service_model("dlm")


def action_of(verb: str, path: str) -> str:
    """The action behind a request; empty for none that is known."""
    found = PATH.fullmatch(path)
    if not found:
        return ""
    several = {"POST": "CreateLifecyclePolicy", "GET": "GetLifecyclePolicies"}
    single = {
        "GET": "GetLifecyclePolicy",
        "PATCH": "UpdateLifecyclePolicy",
        "DELETE": "DeleteLifecyclePolicy",
    }
    return (single if found[1] else several).get(verb, "")


def respond(environ: dict[str, Any], action: str, body: bytes, store: Region, faults: Faults) -> Response:
    """Answer one call. Raises ApiError."""
    if action not in HANDLERS:
        raise ApiError("InvalidAction", f"The sandbox does not emulate {action or environ['PATH_INFO']}.", 404)
    given = json.loads(body or b"{}")
    if action in ("CreateLifecyclePolicy", "UpdateLifecyclePolicy"):
        shape = model().operation_model(action).input_shape
        assert shape is not None  # noqa: S101  (botocore's model has one)
        found = list(violations(given, shape, ""))
        required = [name for name in shape.required_members if name != "PolicyId" and name not in given]
        if found or required:
            raise invalid("; ".join([*found, *(f"{name} is missing" for name in required)]))
        _check(given.get("PolicyDetails"))
    match = PATH.fullmatch(environ["PATH_INFO"])
    name = (match[1] or "") if match else ""
    if name and name not in store.lifecycle:
        raise ApiError("ResourceNotFoundException", f"Policy {name} not found", 404)
    if action == "CreateLifecyclePolicy" and faults.room("quota", 1, operation=action) < 1:
        raise ApiError("LimitExceededException", "Maximum number of policies reached", 429)
    query = parse_qs(environ.get("QUERY_STRING", ""))
    answer = HANDLERS[action](store.lifecycle, name, given, query)
    return Response(json.dumps(answer), content_type="application/json")


def violations(value: Any, shape: Any, path: str) -> Iterator[str]:
    """What botocore's shape says against a value: members, types, choices, patterns, lengths."""
    kind = shape.type_name
    if not isinstance(value, TYPES.get(kind, object)) or (kind == "integer" and isinstance(value, bool)):
        yield f"{path or 'the body'} must be a {kind}"
    elif kind == "structure":
        yield from _members(value, shape, path)
    elif kind == "list":
        yield from _sized(len(value), shape, path)
        for inner in value:
            yield from violations(inner, shape.member, path)
    elif kind == "string":
        yield from _text(value, shape, path)
    elif kind in ("integer", "map"):
        yield from _sized(value if kind == "integer" else len(value), shape, path)


def _members(value: dict[str, Any], shape: Any, path: str) -> Iterator[str]:
    for name, inner in value.items():
        if name in shape.members:
            yield from violations(inner, shape.members[name], f"{path}{name}.")
        else:
            yield f"{path}{name} is not known"
    if path:  # what the path of the request says is not missing in its body
        yield from (f"{path}{name} is missing" for name in shape.required_members if name not in value)


def _text(value: str, shape: Any, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}; it must be one of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern", "")
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        yield f"{path} is {value!r}, which does not match {pattern}"


def _sized(size: int, shape: Any, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and size < low) or (high is not None and size > high):
        yield f"{path} must have {low} to {high}, not {size}"


def _check(details: dict[str, Any] | None) -> None:
    """The rules between members, of policies that take EBS snapshots."""
    if details is None:
        return
    if not details.get("TargetTags") or not details.get("ResourceTypes") or not details.get("Schedules"):
        raise invalid("PolicyDetails needs ResourceTypes, TargetTags and Schedules")
    for schedule in details["Schedules"]:
        create, retain = schedule.get("CreateRule") or {}, schedule.get("RetainRule") or {}
        if ("Interval" in create) == ("CronExpression" in create):
            raise invalid("CreateRule needs either Interval or CronExpression")
        if "Interval" in create and (create["Interval"] not in INTERVALS or create.get("IntervalUnit") != "HOURS"):
            raise invalid(f"CreateRule.Interval must be one of {', '.join(map(str, INTERVALS))} HOURS")
        if ("Count" in retain) == ("Interval" in retain) or ("Interval" in retain) != ("IntervalUnit" in retain):
            raise invalid("RetainRule needs either Count or Interval with IntervalUnit")
        for tag in schedule.get("TagsToAdd", ()):
            if tag["Key"].startswith("aws:"):
                raise invalid(f"TagsToAdd: {tag['Key']} is reserved")


def invalid(message: str) -> ApiError:
    return ApiError("InvalidRequestException", message, 400)


Policies = dict[str, dict[str, Any]]


def create(policies: Policies, _name: str, given: dict[str, Any], _query: Any) -> dict[str, Any]:
    name = f"policy-0{secrets.token_hex(8)}"
    policies[name] = {"PolicyId": name, **given}
    return {"PolicyId": name}


def get(policies: Policies, name: str, _given: Any, _query: Any) -> dict[str, Any]:
    return {"Policy": policies[name]}


def update(policies: Policies, name: str, given: dict[str, Any], _query: Any) -> dict[str, Any]:
    policies[name] |= given
    return {}


def delete(policies: Policies, name: str, _given: Any, _query: Any) -> dict[str, Any]:
    del policies[name]
    return {}


def several(policies: Policies, _name: str, _given: Any, query: dict[str, list[str]]) -> dict[str, Any]:
    """Summaries of those that the query lets through."""
    shown = ("PolicyId", "Description", "State", "Tags")
    found = [policy for policy in policies.values() if _passes(policy, query)]
    return {
        "Policies": [
            {**{name: policy[name] for name in shown if name in policy}, "PolicyType": "EBS_SNAPSHOT_MANAGEMENT"}
            for policy in found
        ]
    }


def _passes(policy: dict[str, Any], query: dict[str, list[str]]) -> bool:
    details = policy.get("PolicyDetails") or {}
    added = {f"{t['Key']}={t['Value']}" for s in details.get("Schedules", ()) for t in s.get("TagsToAdd", ())}
    targets = {f"{t['Key']}={t['Value']}" for t in details.get("TargetTags", ())}
    tests = (
        ("policyIds", {policy["PolicyId"]}),
        ("state", {policy["State"]}),
        ("resourceTypes", set(details.get("ResourceTypes", ()))),
        ("tagsToAdd", added),
        ("targetTags", targets),
    )
    return all(name not in query or set(query[name]) & there for name, there in tests)


HANDLERS = {
    "CreateLifecyclePolicy": create,
    "GetLifecyclePolicies": several,
    "GetLifecyclePolicy": get,
    "UpdateLifecyclePolicy": update,
    "DeleteLifecyclePolicy": delete,
}
