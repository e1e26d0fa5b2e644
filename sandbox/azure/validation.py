"""What is wrong with a request before any provider works on it, in the words of ARM and of its providers.

Our collection (its user agent names it) is held to every member, word, type and bound of the schema. Foreign clients
are refused what ARM refuses anybody: members beside the envelope's, bad types and words. What else they send too much
is dropped, as the recorded answers show that the network provider drops it (enableVmProtection, type of a subnet).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.azure.errors import ArmError, invalid_parameter
from sandbox.azure.routes import Operation, Route, find, methods_of
from sandbox.azure.schema import ENVELOPE, Check, Problem, load, parse

#: The user agent of the collection.
OURS = "aienv.cloud"
PROVIDERS = ("Microsoft.Compute", "Microsoft.Network", "Microsoft.Resources")

_VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(-preview)?")
#: The first api-version of ARM's providers.
_FIRST = date(2014, 4, 1)


def route(method: str, path: str) -> Route:
    """The operation of a call. Raises ArmError in ARM's words where there is none."""
    found = find(method, path)
    if found is not None:
        return found
    if methods_of(path):
        text = f"The requested resource does not support http method '{method}'."
        raise ArmError("MethodNotAllowed" if method == "HEAD" else "UnsupportedOperation", text, 405)
    place = re.search(r"(?i)/providers/([^/]+)(?:/([^/]+))?", path)
    if place is None:
        raise ArmError("InvalidRequestUri", f"The request URI '{path}' is not valid.", 404)
    provider, kind = place.groups()
    if provider.lower() not in [one.lower() for one in PROVIDERS]:
        raise ArmError("InvalidResourceNamespace", f"The resource namespace '{provider}' is invalid.", 404)
    raise ArmError(
        "InvalidResourceType",
        f"The resource type '{kind}' could not be found in the namespace '{provider}' in this sandbox.",
        404,
    )


def check_version(operation: Operation, version: str | None, location: str = "") -> str:
    """The api-version of a call. Clients send what their SDK was made of: any day up to today's may be one."""
    if not version:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise ArmError("MissingApiVersionParameter", text)
    found = _VERSION.fullmatch(version)
    supported = load()["versions"].get(operation.area, "2021-04-01")
    if found and _is_version(found.group(1)):
        return version
    if operation.area == "resources":
        text = f"The api-version '{version}' is invalid. The supported versions are '{supported}'."
        raise ArmError("InvalidApiVersionParameter", text)
    kind = operation.segments[-2] if operation.segments[-1].startswith("{") else operation.segments[-1]
    text = (
        f"No registered resource provider found for location '{location}' and API version '{version}' for type "
        f"'{kind}'. The supported api-versions are '{supported}'. The supported locations are 'eastus, westeurope'."
    )
    raise ArmError("NoRegisteredProviderFound", text)


def _is_version(text: str) -> bool:
    try:
        return _FIRST <= date.fromisoformat(text) <= datetime.now(UTC).date() + timedelta(days=1)
    except ValueError:
        return False


def check_query(operation: Operation, query: dict[str, str]) -> None:
    """Raises ArmError where a query parameter has a word that it may not have."""
    for name, word in operation.query.items():
        kind = parse(word)
        value = query.get(name.lower())
        if value is None:
            if kind.required:
                raise invalid_parameter(name, f"The required query parameter '{name}' is missing.")
            continue
        if kind.base == "enum" and value.lower() not in [one.lower() for one in kind.words]:
            raise invalid_parameter(name, f"The value '{value}' of query parameter '{name}' is invalid.")
        if kind.base == "integer" and not value.lstrip("-").isdigit():
            raise invalid_parameter(name, f"The value '{value}' of query parameter '{name}' is not an integer.")


def read_json(body: bytes) -> Any:
    """The body of a request. Raises ArmError."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        text = f"The request content was invalid and could not be deserialized: '{error}'."
        raise ArmError("InvalidRequestContent", text) from None


def check_body(operation: Operation, raw: Any, *, ours: bool) -> dict[str, Any]:
    """The body as the provider goes on with it: known members in the schema's spelling. Raises ArmError."""
    if operation.body is None:
        return {}
    if raw is None:
        raise ArmError("MissingRequestContent", "The request content was expected but is missing.")
    check = Check(operation.area, partial=operation.method == "PATCH")
    cleaned = check.body(operation.body, raw)
    for problem in check.problems:
        if _matters(problem, operation, ours=ours):
            raise _refusal(problem, operation)
    return dict(cleaned)


def _matters(problem: Problem, operation: Operation, *, ours: bool) -> bool:
    if ours:
        return True
    if problem.kind == "unknown" and "." not in problem.path:
        return problem.path.lower() not in ENVELOPE
    if problem.kind == "unknown":
        return operation.area != "network"
    # What GET showed is often sent back whole; that is how azure-cli updates.
    return problem.kind != "read_only"


def _refusal(problem: Problem, operation: Operation) -> ArmError:
    envelope = "." not in problem.path
    owner = "ResourceDefinition" if envelope else problem.owner
    if problem.kind == "unknown":
        return _content(
            f"Could not find member '{_last(problem)}' on object of type '{owner}'. Path '{problem.path}'", operation
        )
    if problem.kind == "read_only":
        return invalid_parameter(problem.path, f"Parameter '{problem.path}' is not allowed.")
    if problem.kind == "missing":
        if problem.path == "location":
            text = "The location property is required for this definition."
            return ArmError("LocationRequired", text)
        return invalid_parameter(problem.path, f"Required parameter '{problem.path}' is missing (null).")
    if problem.kind == "type":
        shown = json.dumps(problem.value)[:40]
        return _content(
            f"Error converting value {shown} to type '{problem.expected}'. Path '{problem.path}'", operation
        )
    if problem.kind == "enum" and operation.area != "network":
        text = f"The value '{problem.value}' of parameter '{problem.path}' is invalid. Allowed values are: {problem.expected}."
        return invalid_parameter(problem.path, text)
    if problem.kind == "enum":
        text = f"Error converting value \"{problem.value}\" to type '{problem.owner}'. Path '{problem.path}'"
        return _content(text, operation)
    text = f"The value '{problem.value}' of parameter '{problem.path}' is out of range. It must be within {problem.expected}."
    return invalid_parameter(problem.path, text)


def _content(text: str, operation: Operation) -> ArmError:
    """Both speak of content that is not understood, but not in the same way."""
    if operation.area == "network":
        detail = {"code": "InvalidJson", "message": f"{text}, line 1, position 1."}
        return ArmError("InvalidRequestFormat", "Cannot parse the request.", details=[detail])
    whole = f"The request content was invalid and could not be deserialized: '{text}, line 1, position 1.'."
    return ArmError("InvalidRequestContent", whole)


def _last(problem: Problem) -> str:
    return problem.path.rpartition(".")[2]
