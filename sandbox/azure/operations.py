"""Long-running operations. What one does at its end is data, and it is looked at before every call: no thread is needed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.azure import ids

#: An operation's URL really is about this long: clients must not cut it.
TOKEN_LENGTH = 3000
#: The most seconds that Retry-After asks for.
PATIENCE = 10
#: Operations that ended are kept for late polls, up to so many.
KEPT = 20_000


@dataclass
class Operation:
    """One operation on `target`, due at `due` (on the clock). `then` names what it comes to: see sandbox/azure/endings.py.

    `style` is how its URLs look: `compute`, `disk`, `network` or `group`.
    """

    target: str
    then: str
    due: float
    style: str
    subscription: str
    location: str
    version: str
    error: dict[str, Any] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=ids.fresh)
    began: str = field(default_factory=lambda: stamp())
    ended: str | None = None
    #: What a disk's operation shows as its output.
    output: dict[str, Any] | None = None

    @property
    def status(self) -> str:
        return "InProgress" if self.ended is None else "Failed" if self.error else "Succeeded"


def stamp(now: datetime | None = None) -> str:
    """The time as the compute provider writes it."""
    return (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0+00:00"


class Operations:
    """The operations under way, and those that ended."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._all: dict[str, Operation] = {}
        self._open: dict[str, Operation] = {}

    def begin(self, operation: Operation) -> Operation:
        self._all[operation.id] = self._open[operation.id] = operation
        while len(self._all) > KEPT:
            self._all.pop(next(iter(self._all)))
        return operation

    def get(self, operation_id: str) -> Operation | None:
        return self._all.get(operation_id.lower())

    def due(self) -> Iterator[Operation]:
        """The operations whose time has come, each handed out once."""
        now = self.now()
        for key, operation in list(self._open.items()):
            if operation.due <= now:
                del self._open[key]
                yield operation

    def busy(self, target: str) -> Operation | None:
        """The operation under way on a resource."""
        return next((one for one in self._open.values() if ids.same(one.target, target)), None)

    def wait(self, operation: Operation) -> int:
        """Seconds of Retry-After."""
        left = operation.due - self.now() if operation.ended is None else 0
        return max(0, min(PATIENCE, math.ceil(left)))

    def clear(self) -> None:
        self._all.clear()
        self._open.clear()


def urls(base: str, operation: Operation) -> tuple[str, str]:
    """Azure-AsyncOperation and Location of an operation."""
    root = f"{base}/subscriptions/{operation.subscription}"
    tail = f"api-version={operation.version}"
    token = f"t={_digits(operation)}&c={ids.digest(operation.id, 64) * (TOKEN_LENGTH // 64)}"
    if operation.style == "group":
        place = f"{root}/operationresults/{operation.id}?{tail}&{token}"
        return "", place
    if operation.style == "network":
        place = f"{root}/providers/Microsoft.Network/locations/{operation.location}"
        return (
            f"{place}/operations/{operation.id}?{tail}&{token}",
            f"{place}/operationResults/{operation.id}?{tail}&{token}",
        )
    word = "DiskOperations" if operation.style == "disk" else "operations"
    place = f"{root}/providers/Microsoft.Compute/locations/{operation.location}/{word}/{operation.id}"
    proof = ids.digest(operation.subscription, 8)
    return f"{place}?p={proof}&{tail}&{token}", f"{place}?p={proof}&monitor=true&{tail}&{token}"


def _digits(operation: Operation) -> str:
    return "".join(letter for letter in operation.began if letter.isdigit())
