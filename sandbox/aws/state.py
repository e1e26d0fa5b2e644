"""What the front remembers beside moto: per account and region, and for the whole server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.clock import Clock, Sight
from sandbox.aws.filters import Record
from sandbox.server import state
from sandbox.server.past import Past


@dataclass
class Region:
    """The front's own records of one account and region, by id, name or token."""

    tokens: dict[str, Any] = field(default_factory=dict)
    placement_groups: dict[str, Record] = field(default_factory=dict)
    capacity: dict[str, Record] = field(default_factory=dict)
    block_offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    spot_requests: dict[str, Record] = field(default_factory=dict)
    lifecycle: dict[str, dict[str, Any]] = field(default_factory=dict)
    # When a snapshot ends its work, on the clock, and in which state.
    snapshots: dict[str, tuple[float, str]] = field(default_factory=dict)


class State(state.State):
    """Everything of one server. `lock` is held while an EC2 call works: moto is not made for threads."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.past: Past[dict[str, Sight]] = Past()
        self._regions: dict[tuple[str, str], Region] = {}

    def region(self, account: str, region: str) -> Region:
        """The records of an account and region, made at first use."""
        return self._regions.setdefault((account, region), Region())

    def forget(self) -> None:
        """Forget everything, in moto too."""
        from moto.moto_api._internal.models import moto_api_backend

        moto_api_backend.reset()
        self._regions.clear()
        self.clock.clear()
        self.past.clear()
