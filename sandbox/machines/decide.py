"""What to do about one machine: pure, from what the cloud wants and what Docker has, and nothing remembered."""

from __future__ import annotations

import enum
from datetime import datetime

from sandbox.machines.machine import Container, Machine

#: How a container ends whose systemd asked the kernel to reboot: PID 1 of a namespace dies by SIGHUP, man 2 reboot.
REBOOTED = 128 + 1


class Action(enum.Enum):
    """One step towards what the cloud wants."""

    NOTHING = "nothing"
    CREATE = "create"  # make the container and start it
    RECREATE = "recreate"  # half-made: remove it, then make it
    START = "start"  # stopped by the cloud, or rebooted from within
    RESTART = "restart"  # the cloud was asked for a reboot
    STOP = "stop"
    SETTLE = "settle"  # remember that the stop is the cloud's will
    UNSETTLE = "unsettle"  # the reverse
    REPORT_OFF = "report_off"  # it switched itself off: tell the cloud
    REMOVE = "remove"


def decide(machine: Machine | None, container: Container | None, rebooted: datetime | None = None) -> Action:
    """The next step for one machine; ``None`` stands for "does not exist (any more)".

    ``rebooted`` is when the cloud was last asked to reboot it.
    """
    if machine is None or machine.state in ("shutting-down", "terminated"):
        return Action.NOTHING if container is None else Action.REMOVE
    if machine.state in ("stopping", "stopped"):
        return _decide_stopped(container)
    if machine.state == "running":
        return _decide_running(container, rebooted)
    return Action.NOTHING


def _decide_stopped(container: Container | None) -> Action:
    if container is None or container.state == "created":
        return Action.NOTHING
    if container.state == "running":
        return Action.STOP
    return Action.NOTHING if container.settled else Action.SETTLE


def _decide_running(container: Container | None, rebooted: datetime | None) -> Action:
    if container is None:
        return Action.CREATE
    if container.state == "created":
        return Action.RECREATE
    if container.state == "running":
        if container.settled:
            return Action.UNSETTLE
        asked = rebooted is not None and container.started is not None and rebooted > container.started
        return Action.RESTART if asked else Action.NOTHING
    if container.state not in ("exited", "dead"):
        return Action.NOTHING
    if container.settled or container.exit_code == REBOOTED:
        return Action.START
    return Action.REPORT_OFF
