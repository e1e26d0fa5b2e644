# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that the engine and the clouds exchange. Nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from .error import CloudError

Key: TypeAlias = (
    "int | str | None"  # a member's index; None is the only member of an unnumbered fleet, firewall or network
)
Power = Literal["running", "stopped"]

# Where a VM in each state is heading; "deleting" leads to nothing that we wait to see running.
HEADING: dict[str, Power] = {"pending": "running", "running": "running", "stopping": "stopped", "stopped": "stopped"}


class State(Protocol):
    """An observed resource: any frozen dataclass that has these, and its compared properties by their option's name."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def key(self) -> Key: ...
    @property
    def state(self) -> str: ...
    @property
    def owned(self) -> bool: ...


@dataclass(frozen=True)
class Selector:
    """What to list: the resources of one name; `detail` asks also for what costs further calls (disks)."""

    name: str
    detail: bool = True


@dataclass(frozen=True)
class Spec:
    """One resource that must exist."""

    key: Key
    name: str
    options: Any


@dataclass(frozen=True)
class Candidate:
    """One place and size to try. None means: the cloud's choice."""

    machine_type: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class Attempt:
    """What came of one candidate. `code` is None when everything asked for was made."""

    machine_type: str | None
    zone: str | None
    asked: int
    made: int
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Desired:
    """What the user wants of one name.

    With `existing_only` the specs are not a declaration: what exists is acted on, nothing is made or removed.
    """

    name: str
    options: Any
    specs: tuple[Spec, ...] = ()
    existing_only: bool = False
    power: Power | None = None
    restart: bool = False
    candidates: tuple[Candidate, ...] = (Candidate(),)

    @property
    def absent(self) -> bool:
        return not self.specs and not self.existing_only


@dataclass(frozen=True)
class Policy:
    """How far the engine may go. Times in seconds."""

    apply: bool = True
    allow_restart: bool = False
    allow_replace: bool = False
    keep_on_failure: bool = False
    wait: bool = True
    wait_timeout: float = 600


@dataclass(frozen=True)
class Outcome:
    """What a batch verb did. A batch can be half done: then both parts are filled."""

    states: tuple[Any, ...] = ()
    error: CloudError | None = None


@dataclass(frozen=True)
class Result:
    """What a run found, did and left."""

    states: tuple[Any, ...]
    changed: bool = False
    actions: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
