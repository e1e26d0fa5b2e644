# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory: what users ask of it on every cloud, and what a cloud answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from .error import CloudError, InvalidOption
from .option import option
from .vm import NAME, VmState

# States that a VM leaves and comes back to; names are given over all of them, so that a stop renames nobody.
STAYING = ("pending", "running", "stopping", "stopped")


@dataclass(frozen=True)
class InventoryOptions:
    """The portable options of the `*_vm` inventories."""

    fleets: tuple[str, ...] | None = option(type="list", elements="str")
    owned_only: bool = option(type="bool", default=True)
    include_states: tuple[str, ...] = option(type="list", elements="str", choices=STAYING, default=["running"])
    connect_with: str = option(choices=("auto", "public", "private"), default="auto")
    ignore_region_errors: bool = option(type="bool", default=False)

    def verified(self) -> Self:
        """Check offline. Raises InvalidOption."""
        for fleet in self.fleets or ():
            if not NAME.fullmatch(fleet):
                raise InvalidOption(
                    "fleets", fleet, "names of fleets are expected, as given to the option name of the module"
                )
        if not self.include_states:
            raise InvalidOption("include_states", [], f"at least one is expected of: {', '.join(STAYING)}")
        return self


@dataclass(frozen=True)
class Listing:
    """All VMs that were asked for, in every staying state, and the errors of the regions that did not answer."""

    vms: tuple[VmState, ...]
    failed: Mapping[str, CloudError] = field(default_factory=dict)

    def accepted(self, options: InventoryOptions, asked: Iterable[str], cloud: str, noun: str = "") -> Self:
        """This listing, if what did not answer may be passed over: never all of the places that were asked.

        `noun` says what they are. Raises CloudError with every place's reason.
        """
        if self.failed and (not options.ignore_region_errors or set(asked) <= set(self.failed)):
            first = next(iter(self.failed.values()))
            detail = "; ".join(f"{noun} {name}: {error.detail}".lstrip() for name, error in self.failed.items())
            raise CloudError(first.code, detail, cloud, first.operation)
        return self
