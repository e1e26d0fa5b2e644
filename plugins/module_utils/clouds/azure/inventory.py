# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inventory reads of Azure: four lists of each subscription, side by side, joined here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.inventory import InventoryOptions, Listing
from ...model.option import option
from . import operations
from .options import GROUP, SUBSCRIPTION
from .session import PARALLEL_CALLS, AzureSession, checked_subscription, open_account
from .states import AzureVmState, around, from_api

ALL = "all"
# A list of VMs shows no power states, and the one that does shows no more than these (hence two).
LISTS: tuple[tuple[str, str, Mapping[str, str] | None], ...] = (
    ("VirtualMachines_ListAll", operations.VM, None),
    ("VirtualMachines_ListAll", operations.VM, {"statusOnly": "true"}),
    ("NetworkInterfaces_ListAll", operations.NIC, None),
    ("PublicIPAddresses_ListAll", operations.ADDRESS, None),
)


@dataclass(frozen=True)
class AzureInventoryOptions(InventoryOptions):
    """Without subscriptions, the one that every Azure tool would take; without that one an error."""

    # What else decides the answer, so that a cache filled under other settings is not used. No secrets.
    ENVIRONMENT: ClassVar = (
        "ARM_RESOURCE_MANAGER_ENDPOINT",
        "AZURE_AUTHORITY_HOST",
        "AZURE_CLIENT_ID",
        "AZURE_CONFIG_DIR",
        "AZURE_SUBSCRIPTION_ID",
        "AZURE_TENANT_ID",
    )

    subscriptions: tuple[str, ...] | None = option(type="list", elements="str")
    resource_groups: tuple[str, ...] | None = option(type="list", elements="str")
    endpoint_url: str | None = option()

    def verified(self) -> Self:
        for subscription in self.subscriptions or ():
            if subscription != ALL and not SUBSCRIPTION.fullmatch(subscription):
                raise InvalidOption(
                    "subscriptions", subscription, f"ids are expected, or '{ALL}'; see: az account list"
                )
        for group in self.resource_groups or ():
            if not GROUP.fullmatch(group):
                raise InvalidOption("resource_groups", group, "names of resource groups are expected")
        return super().verified()


def find(options: AzureInventoryOptions) -> Listing:
    """All VMs of all subscriptions. Raises CloudError; a single subscription's error only where it is not to be ignored."""
    client = open_account(options.endpoint_url)
    names = subscriptions(client, options)
    wanted = [(AzureSession(client, name), *one) for name in names for one in LISTS]
    with ThreadPoolExecutor(PARALLEL_CALLS) as pool:
        answers = list(pool.map(_listed, wanted))
    found: list[AzureVmState] = []
    failed: dict[str, CloudError] = {}
    for number, name in enumerate(names):
        lists = answers[number * len(LISTS) : (number + 1) * len(LISTS)]
        error = next((one for one in lists if isinstance(one, CloudError)), None)
        if error:
            failed[name] = error
        else:
            found += _joined(lists, options)
    return Listing(tuple(found), failed).accepted(options, names, "azure", "subscription")


def subscriptions(client: Any, options: AzureInventoryOptions) -> Sequence[str]:
    """The subscriptions to read, each once. Raises InvalidOption if none is named anywhere."""
    asked = list(dict.fromkeys(one.lower() for one in options.subscriptions or ()))
    if ALL in asked:
        found = AzureSession(client, "").pages("Subscriptions_List", "/subscriptions")
        return [one["subscriptionId"].lower() for one in found if one.get("state", "Enabled") in ("Enabled", "Warned")]
    return asked or [checked_subscription(None, "subscriptions")]


def _listed(wanted: tuple[AzureSession, str, str, Mapping[str, str] | None]) -> list[Any] | CloudError:
    session, operation, kind, query = wanted
    try:
        return list(session.pages(operation, session.everywhere(kind), query))
    except CloudError as error:
        return error


def _joined(lists: Sequence[Any], options: AzureInventoryOptions) -> Iterator[AzureVmState]:
    """Each VM once, also if it moved from one page to another while they were read."""
    vms, statuses, nics, addresses = lists
    near = around(statuses, nics, addresses)
    for raw in {vm["id"].lower(): vm for vm in vms}.values():
        if _asked_for(raw, options):
            yield from_api(raw, near)


def _asked_for(raw: Mapping[str, Any], options: AzureInventoryOptions) -> bool:
    fleet = mark.fleet_of(raw["name"], raw.get("tags"))
    if options.resource_groups:
        groups = {group.lower() for group in options.resource_groups}
        if raw["id"].lower().split("/resourcegroups/")[1].split("/")[0] not in groups:
            return False
    return fleet in options.fleets if options.fleets else bool(fleet) or not options.owned_only
