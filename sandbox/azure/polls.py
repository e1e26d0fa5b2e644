"""The URLs of long-running operations: how they go on (Azure-AsyncOperation) and what they came to (Location)."""

from __future__ import annotations

from typing import Any

from sandbox.azure import operations
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError
from sandbox.azure.operations import Operation


def poll(call: Call) -> Answer:
    """One look at an operation, in the shape that its URL and its provider have."""
    operation = call.state.operations.get(call.parameters["id"])
    if operation is None:
        text = f"The operation '{call.parameters['id']}' could not be found."
        raise ArmError("OperationNotFound", text, 404)
    waits = {"Retry-After": str(call.state.operations.wait(operation))}
    if call.query.get("monitor") == "true" or "/operationresults/" in call.path.lower():
        return _result(call, operation)
    body: dict[str, Any] = {"status": operation.status}
    if operation.style != "network":
        ended = {"endTime": operation.ended} if operation.ended else {}
        body = {"startTime": operation.began, **ended, **body}
        if operation.output is not None:
            body["properties"] = {"output": operation.output}
        body["name"] = operation.id
    if operation.error is not None and operation.ended:
        body["error"] = operation.error
    return Answer(200, body, waits if operation.ended is None else {})


def _result(call: Call, operation: Operation) -> Answer:
    """202 until it is over; then what a finished deletion or start has to say, which is nothing."""
    if operation.ended is None:
        answer = accepted(call, operation)
        answer.headers.pop("Azure-AsyncOperation", None)
        return answer
    if operation.error is not None:
        raise ArmError(operation.error["code"], operation.error["message"], 409)
    if operation.style == "group":
        return Answer(200)
    if operation.style == "network":
        asynchronous, place = operations.urls(call.base, operation)
        return Answer(
            204, None, {"Azure-AsyncOperation": asynchronous, "Location": place, "Azure-AsyncNotification": "Enabled"}
        )
    target = call.state.store.get(operation.target)
    return Answer(200, target.shown()) if target is not None and operation.then != "gone" else Answer(200)


HANDLERS = {"Operations_Get": poll}
