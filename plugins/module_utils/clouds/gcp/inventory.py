# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory reads of Compute Engine: projects side by side, pages of 500 over all zones, only the members that it shows."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, Self

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.inventory import InventoryOptions, Listing
from ...model.option import option
from ...model.vm import VmState
from .session import (
    ENDPOINT_VARIABLE,
    GLOBAL,
    PARALLEL_CALLS,
    PROJECT_VARIABLE,
    GcpSession,
    checked_project,
    checked_region,
    last,
    open_account,
    scoped,
)
from .states import SHOWN, from_api
from .vms import instance_pages

ZONE = re.compile(r"[a-z]+-[a-z]+\d+-(ai\d+)?[a-z]")


@dataclass(frozen=True)
class GcpInventoryOptions(InventoryOptions):
    """Without projects, the one that Google's tools would take; without regions and zones, all of them."""

    # What else decides the answer, so that a cache filled under other settings is not used. No secrets.
    ENVIRONMENT: ClassVar = (
        "CLOUDSDK_CONFIG",
        ENDPOINT_VARIABLE,
        "GOOGLE_APPLICATION_CREDENTIALS",
        PROJECT_VARIABLE,
    )

    projects: tuple[str, ...] | None = option(type="list", elements="str")
    regions: tuple[str, ...] | None = option(type="list", elements="str")
    zones: tuple[str, ...] | None = option(type="list", elements="str")
    impersonate_service_account: str | None = option()
    endpoint_url: str | None = option()
    filters: tuple[str, ...] | None = option(type="list", elements="str")

    def verified(self) -> Self:
        for project in self.projects or ():
            checked_project(project, "projects")
        for region in self.regions or ():
            checked_region(region, self.endpoint_url, "regions")
        for zone in self.zones or ():
            if not self.endpoint_url and not ZONE.fullmatch(zone):
                raise InvalidOption("zones", zone, "a zone is named like us-central1-a")
        for text in self.filters or ():
            if not text.strip() or text.count("(") != text.count(")"):
                raise InvalidOption("filters", text, "an expression such as labels.team = red is expected")
        return super().verified()


def find(options: GcpInventoryOptions) -> Listing:
    """All VMs of all projects. Raises CloudError; a single project's or zone's error only where it is not to be ignored."""
    account = open_account(options.impersonate_service_account, options.endpoint_url)
    own = os.environ.get(PROJECT_VARIABLE) or account.project
    projects = list(dict.fromkeys(options.projects or [checked_project(own, "projects")]))
    sessions = [account.session_in(project, GLOBAL) for project in projects]
    condition = to_filter(options)
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        answers = list(pool.map(lambda session: _listed(session, condition, options), sessions))
    failed = {name: error for _vms, errors in answers for name, error in errors.items()}
    return Listing(tuple(vm for vms, _errors in answers for vm in vms), failed).accepted(options, projects, "gcp")


def to_filter(options: GcpInventoryOptions) -> str:
    """The choice as the API's filter, so that little is transferred in vain. States are left out: their words are not ours."""
    parts = list(options.filters or ())
    if options.fleets:
        parts.insert(0, " OR ".join(f'(labels.{mark.FLEET} = "{fleet}")' for fleet in options.fleets))
    elif options.owned_only:
        parts.insert(0, f"labels.{mark.FLEET}:*")
    return " AND ".join(f"({part})" for part in parts)


def _listed(
    session: GcpSession, condition: str, options: GcpInventoryOptions
) -> tuple[list[VmState], Mapping[str, CloudError]]:
    """The VMs of a project, and the errors by the project or the zone that did not answer."""
    vms: list[VmState] = []
    silent: dict[str, CloudError] = {}
    try:
        for page in instance_pages(session, condition, SHOWN):
            for scope in page.get("unreachables") or ():
                if _is_wanted(last(scope), options):
                    name = f"{session.project} {last(scope)}"
                    silent[name] = CloudError("failed", "the zone did not answer", "gcp", "instances.aggregatedList")
            found = (from_api(raw, detail=False) for raw in scoped(page, "instances"))
            vms += [vm for vm in found if _is_wanted(vm.zone, options) and (vm.owned or not options.owned_only)]
    except CloudError as error:
        return [], {session.project: error}
    return vms, silent


def _is_wanted(zone: str, options: GcpInventoryOptions) -> bool:
    """Google's filters cannot name a region together with anything else."""
    chosen: Sequence[str] = [*(options.zones or ()), *(options.regions or ())]
    return not chosen or zone in chosen or zone.rsplit("-", 1)[0] in chosen
