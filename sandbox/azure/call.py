"""One call of the API on its way through the server, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Response

from sandbox.azure import ids, operations
from sandbox.azure.errors import ArmError, group_missing
from sandbox.azure.operations import Operation
from sandbox.azure.state import SUBSCRIPTIONS, State
from sandbox.azure.store import Resource

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Call:
    """A call that is understood: its operation, the parameters of its path and query, its body as the schema has it."""

    state: State
    name: str
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]
    version: str
    base: str
    path: str
    ours: bool = True

    @property
    def subscription(self) -> str:
        return self.parameters.get("subscriptionId", "").lower()

    def check_subscription(self) -> None:
        """Raises ArmError where the path names a subscription that is not there."""
        named = self.parameters.get("subscriptionId")
        if named is not None and not ids.is_guid(named):
            text = f"The provided subscription identifier '{named}' is malformed or invalid."
            raise ArmError("InvalidSubscriptionId", text, 404)
        if named is not None and named.lower() not in SUBSCRIPTIONS:
            raise ArmError("SubscriptionNotFound", f"The subscription '{named}' could not be found.", 404)

    def group(self) -> Resource:
        """The resource group of the path. Raises ArmError."""
        return self.group_named(self.parameters["resourceGroupName"])

    def group_named(self, name: str) -> Resource:
        found = self.state.store.get(ids.group_id(self.subscription, name))
        if found is None:
            raise group_missing(name)
        return found

    def resource_id(self, kind: str, *names: str) -> str:
        """The id of a resource in the path's group, with the group's own spelling."""
        return ids.make(self.subscription, self.group().at.name, kind, *names)

    def begin(self, target: str, then: str, style: str, location: str, **more: Any) -> Operation:
        """Start a long-running operation that ends after `seconds`."""
        due = self.state.operations.now() + more.pop("seconds", 0.0)
        return self.state.operations.begin(
            Operation(target, then, due, style, self.subscription, location, self.version, **more)
        )


@dataclass
class Answer:
    """What a call is answered with. `body` is JSON to be, or bytes that are JSON already."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        text = (
            self.body if isinstance(self.body, bytes) else b"" if self.body is None else json.dumps(self.body).encode()
        )
        response = Response(text, status=self.status, content_type=JSON if text else None)
        if not text:
            response.headers.pop("Content-Type", None)
        response.headers.extend(self.headers)
        return response


def accepted(call: Call, operation: Operation, status: int = 202, body: Any = None, *, location: bool = True) -> Answer:
    """An answer that tells where to ask how the operation goes on."""
    asynchronous, place = operations.urls(call.base, operation)
    headers = {"Retry-After": str(call.state.operations.wait(operation))}
    if asynchronous:
        headers |= {"Azure-AsyncOperation": asynchronous}
    if operation.style in ("compute", "network"):
        headers |= {"Azure-AsyncNotification": "Enabled"}
    if location:
        headers["Location"] = place
    return Answer(status, body, headers)
