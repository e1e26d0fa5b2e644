"""States that take time: pending, stopping and shutting-down last as long as they are told to.

Moto moves an instance to its final state at once. The clock puts it back into the state between and
moves it on when its time has come; that is looked at before every EC2 call, so no thread is needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CODES = {
    "pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80,
}  # fmt: skip


@dataclass
class Transition:
    """An instance on its way: to which state, when (on the clock), and why if it is a death."""

    instance: Any
    to: str
    due: float
    die: bool = False


@dataclass(frozen=True)
class Sight:
    """What an instance looked like: enough of it to answer a list with."""

    state: str
    instance_type: str
    tags: tuple[tuple[str, str], ...]


class Clock:
    """The transitions under way."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._moving: dict[str, Transition] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._moving.clear()

    def begin(self, instance: Any, state: str, to: str, seconds: float, die: bool = False) -> None:
        """Show `state` for that long, then `to`. An instance that dies is terminated then."""
        if seconds <= 0 and not die:
            put(instance, to)
            self._moving.pop(instance.id, None)
            return
        put(instance, state)
        self._moving[instance.id] = Transition(instance, to, self.now() + seconds, die)

    def settle(self) -> None:
        """Move on every instance whose time has come."""
        now = self.now()
        for key, moving in list(self._moving.items()):
            if moving.due <= now:
                del self._moving[key]
                if moving.die:
                    kill(moving.instance)
                else:
                    put(moving.instance, moving.to)


def put(instance: Any, state: str) -> None:
    """Set an instance's state in moto's own record."""
    instance.instance_state.name = state
    instance.instance_state.code = CODES[state]


def see(instance: Any, tags: dict[str, dict[str, str]]) -> Sight:
    """What an instance looks like now."""
    mine = tags.get(instance.id, {})
    return Sight(instance.state, instance.instance_type, tuple(mine.items()))


def kill(instance: Any) -> None:
    """End an instance that failed to start, with the reason that EC2 gives."""
    release(instance)
    instance.terminate()
    instance.state_reason.code = "Server.InternalError"
    instance.state_reason.message = "Server.InternalError: Internal error on launch"


def release(instance: Any) -> None:
    """Give the addresses of an instance back to its subnets; moto waits for the garbage collector."""
    for nic in instance.nics.values():
        nic.subnet.del_subnet_ip(nic.private_ip_address)
    instance._private_ips.clear()
