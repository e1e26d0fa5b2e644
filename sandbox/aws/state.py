"""What the front remembers beside moto: per account and region, and for the whole server."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.calls import CallLog
from sandbox.aws.clock import Clock
from sandbox.aws.filters import Record
from sandbox.faults import Faults


@dataclass
class Region:
    """The front's own records of one account and region, by id, name or token."""

    tokens: dict[str, Any] = field(default_factory=dict)
    placement_groups: dict[str, Record] = field(default_factory=dict)
    capacity: dict[str, Record] = field(default_factory=dict)
    block_offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    spot_requests: dict[str, Record] = field(default_factory=dict)


class State:
    """Everything of one server. `lock` is held while an EC2 call works: moto is not made for threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.faults = Faults()
        self.calls = CallLog()
        self.clock = Clock()
        # When each instance was last asked to reboot: {instance id: seconds since the epoch}.
        self.reboots: dict[str, float] = {}
        self._regions: dict[tuple[str, str], Region] = {}

    def unseen(self) -> State:
        """The same cloud for calls that are neither counted nor broken."""
        twin = copy.copy(self)
        twin.faults, twin.calls = Faults(), CallLog()
        return twin

    def region(self, account: str, region: str) -> Region:
        """The records of an account and region, made at first use."""
        return self._regions.setdefault((account, region), Region())

    def reset(self) -> None:
        """Forget everything, in moto too."""
        from moto.moto_api._internal.models import moto_api_backend

        with self.lock:
            moto_api_backend.reset()
            self._regions.clear()
            self.reboots.clear()
            self.clock.clear()
            self.faults.set({})
            self.calls.clear()
