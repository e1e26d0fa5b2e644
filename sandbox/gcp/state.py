"""What the emulated Compute Engine remembers: its store, its clock, its leases of addresses and its use of quota."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sandbox.gcp.leases import Leases
from sandbox.gcp.quotas import Usage
from sandbox.gcp.refs import Ref
from sandbox.gcp.store import Record, Store
from sandbox.gcp.tokens import Identity
from sandbox.server import state

# How long an operation takes without a fault that says otherwise, in seconds. At 0 it is still answered as
# RUNNING, and is done when the next call looks.
PACE = 0.0
# The longest that a wait call waits (docs.cloud.google.com/compute/docs/reference/rest/v1/zoneOperations/wait).
LONGEST_WAIT = 120.0


class State(state.State):
    """Everything of one server. `timers` is a heap of (due, number, path of the operation, task, arguments)."""

    def __init__(self, folder: Path | None = None, pace: float = PACE) -> None:
        super().__init__()
        self.pace = pace
        self.longest_wait = LONGEST_WAIT
        self.identity = Identity(folder)
        self.store = Store(folder / "journal.jsonl" if folder else None)
        self.leases = Leases()
        self.usage = Usage()
        self.timers: list[tuple[float, int, Ref, str, dict[str, Any]]] = []
        self.requests: dict[tuple[str, str, str], Ref] = {}
        # Names that an unfinished operation will take.
        self.promised: set[str] = set()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def forget(self) -> None:
        """Forget all projects; credentials stay good."""
        self.store.clear()
        self.leases.clear()
        self.usage.clear()
        self.timers.clear()
        self.requests.clear()
        self.promised.clear()

    def put(self, ref: Ref, body: dict[str, Any], meta: dict[str, Any] | None = None) -> Record:
        """Make or replace a resource, with everything that is counted from it."""
        old = self.store.find(ref)
        self._count(ref, old.body if old else None, body)
        return self.store.put(ref, body, meta)

    def drop(self, ref: Ref) -> None:
        """Remove a resource, with everything that is counted from it."""
        old = self.store.find(ref)
        if old:
            self._count(ref, old.body, None)
        self.store.drop(ref)

    def recount(self) -> None:
        """Count everything anew after the journal was read."""
        for record in self.store.everything():
            self._count(record.ref, None, record.body)

    def _count(self, ref: Ref, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        self.leases.change(ref, old, new)
        self.usage.change(ref, old, new)
