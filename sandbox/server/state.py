"""What every emulated cloud remembers: its faults, its calls, the reboots it was asked for."""

from __future__ import annotations

import copy
import threading
from typing import Self

from sandbox.faults import Faults
from sandbox.server.calls import CallLog


class State:
    """Everything of one server; a cloud adds its records. `lock` is held while a call works on them.

    Records are changed in place and never bound anew: a call of the watcher works on a copy of this object.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults = Faults()
        self.calls = CallLog()
        # When each VM was last asked to reboot: {the machine's id: seconds since the epoch}.
        self.reboots: dict[str, float] = {}

    def unseen(self) -> Self:
        """The same cloud for a call that is neither counted nor broken."""
        twin = copy.copy(self)
        twin.faults, twin.calls = Faults(), CallLog()
        return twin

    def forget(self) -> None:
        """Forget the cloud's own records; the lock is held."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything."""
        with self.lock:
            self.forget()
            self.reboots.clear()
            self.faults.set({})
            self.calls.clear()
