"""What the watcher needs to know of an emulated cloud: one small protocol, one class for each cloud beside this file.

The words are neutral: a machine's state is one of pending, running, stopping, stopped, shutting-down; a firewall is
a `Group`, whatever the cloud calls it. A class is made by `connect`, with the signature of `Connect`, and speaks its
cloud's own wire API as the watcher's user agent (`sandbox.loopback.WATCHER_AGENT`): neither counted nor hit by faults.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sandbox.machines.firewall import Group
from sandbox.machines.gpu import Gpu
from sandbox.machines.machine import Machine


@dataclass(frozen=True)
class Look:
    """One look at the cloud: its live machines, the firewalls they are in, the reboots it was asked for."""

    machines: dict[str, Machine]
    groups: dict[str, Group]
    reboots: dict[str, datetime] = field(default_factory=dict)

    def members(self) -> dict[str, list[str]]:
        """Addresses of the machines in each group."""
        found: dict[str, list[str]] = {}
        for machine in self.machines.values():
            for group in machine.groups:
                found.setdefault(group, []).append(machine.address)
        return found


class Cloud(Protocol):
    """An emulated cloud as the watcher sees it. Every method may raise one of ``errors``."""

    #: What a look can fail with; the next look may succeed.
    errors: tuple[type[Exception], ...]

    def look(self) -> Look:
        """Everything that the watcher acts on, in few calls: it is asked twice a second.

        A machine that has no address (yet, or any more) is left out, and so is one that is deleted.
        """

    def is_gone(self, machine_id: str) -> bool:
        """Whether a machine that is not among the live ones is deleted or unknown."""

    def user_data(self, machine: Machine) -> bytes:
        """What cloud-init is to run at the first boot; empty for nothing."""

    def logins(self, machine: Machine) -> Mapping[str, list[str]]:
        """The users that the cloud makes at the first boot, each with sudo: {name: public keys}."""

    def image_name(self, machine: Machine) -> str:
        """The cloud's name of its image; one that begins with debian-13 starts as Debian 13, and so on."""

    def gpus(self, machine: Machine) -> list[Gpu]:
        """What its machine type implies."""

    def subnet_cidr(self, subnet: str) -> str:
        """The range of addresses of a machine's ``subnet``."""

    def switch_off(self, machine: Machine) -> None:
        """Tell the cloud that a machine switched itself off."""


class Connect(Protocol):
    """How each cloud's module makes its class."""

    def __call__(self, endpoint: str, region: str, state: Path) -> Cloud:
        """``state`` is the state directory, where a server keeps what a client needs: credentials, a CA."""


def connect(cloud: str, endpoint: str, region: str, state: Path) -> Cloud:
    """The view of a cloud by its name. Its module is imported only now: each needs its own libraries."""
    make: Connect = importlib.import_module(f"sandbox.machines.{cloud}").connect
    return make(endpoint, region, state)
