# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of a store: what the engine may ask of a cloud, the same few batch verbs for every resource.

A cloud is four stores: `vms.VmStore`, `firewalls.FirewallStore`, `networks.NetworkStore`, `snapshots.SnapshotStore`.
The fleet is the unit and calls are the cost, so each verb takes everything at once.

A store is made by its class method `connect(options)`, which opens the session but calls nothing. It raises
`CloudError` for a missing SDK, missing credentials or an unknown region, before the first call.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..model.resource import Candidate, Outcome, Selector, Spec
from ..model.snapshot import Member, Schedule, SnapshotState

VERSION = "0.1.0"  # of this collection, as galaxy.yml has it; a test compares them
USER_AGENT = f"aienv.cloud/{VERSION}"


class Store(Protocol):
    def list(self, selector: Selector) -> Sequence[Any]:
        """Everything the selector names: all pages, page size at the API's maximum, transitional states included.

        Deleted resources are not listed, except a VM that this very store made and the cloud took away again: it
        stays listed as `deleting` with the cloud's reason, so that a wait can name it. What bears the name without
        being ours is listed with `owned=False`.
        """

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        """Fill in what only the cloud knows (the zones of a network); asked once, before anything is made."""

    def create(self, specs: Sequence[Spec], candidate: Candidate, /) -> Outcome:
        """Make them in as few calls as the API allows; returns when the cloud has accepted.

        Safe to repeat: a request that was accepted while its answer was lost yields the same resources again, also
        in a later run; resources that were deleted meanwhile do not come back through it.
        An error of the cloud comes back in the outcome, beside what was made.
        """

    def change(self, changes: Sequence[tuple[Any, Mapping[str, Any]]]) -> Outcome:
        """Change only the named properties. Power is one of them: `state` to running, stopped or restarted."""

    def restart_suffices(self, changes: Sequence[tuple[Any, Mapping[str, Any]]]) -> Collection[str]:
        """Ids of those running VMs that take such a change, together with a restart, where they are: without a stop."""

    def delete(self, states: Sequence[Any]) -> Outcome:
        """Delete them and everything that was created with them; already gone is success."""

    # A store of VMs also has `prices`, a model.price_book.PriceBook: what its candidates cost by the lists, without a call.


class SnapshotStore(Protocol):
    """The snapshots of one fleet's disks. What is there to be taken is observed, not declared, hence `members`."""

    def members(self) -> Sequence[Member]:
        """The fleet's VMs that are not being deleted, with their disks; local and instance-store disks are none."""

    def list(self, selector: Selector) -> Sequence[SnapshotState]:
        """Everything that bears the fleet's owner mark, in any state: all pages, page size at the API's maximum."""

    def create(self, members: Sequence[Member], moment: datetime.datetime, /) -> Outcome:
        """Take all disks of these members; returns when the cloud has accepted.

        A request that was accepted while its answer was lost yields the same snapshots. An error of the cloud comes
        back in the outcome, beside what was taken.
        """

    def delete(self, states: Sequence[SnapshotState], /) -> Outcome:
        """Delete them; already gone is success."""

    def schedule(self) -> Schedule | None:
        """The fleet's schedule, where the cloud has such things. Raises CloudError `ambiguous` for somebody else's."""

    def set_schedule(self, wanted: Schedule | None, there: Schedule | None, members: Sequence[Member], /) -> None:
        """Make, change or end it, and put it on the members' disks that lack it. Raises CloudError."""


@dataclass(frozen=True)
class Info:
    """What an info façade hands to `run_info`: as `Resource`, but `find` takes the options and gives the states."""

    plural: str
    options: type
    find: Callable[[Any], Sequence[Any]]
    render: Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Query:
    """What a façade hands to `run_query`: a question about no resource; `answer` gives the result's keys."""

    options: type
    answer: Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Resource:
    """A kind of resource of one cloud, as a façade hands it to `run`.

    `plural` is the key of the result list, `options` the dataclass of the module's options, `connect` opens the
    store for them, `render` makes one entry of the result, `view` the part of a state that a diff shows.
    `has_candidates` says whether there are places to choose from, and so attempts to tell of.
    """

    plural: str
    options: type
    connect: Callable[[Any], Any]
    render: Callable[[Any], Mapping[str, Any]]
    view: Callable[[Any], Mapping[str, Any]]
    has_candidates: bool = True
