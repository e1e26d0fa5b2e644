# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure itself says of offers: zones and quota of the subscription, and today's price list."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from ...model.error import CloudError
from ...model.offer import Offer, Quota
from ...model.price import PriceRow
from . import price_list
from .session import AzureSession, connect
from .sizes import Sku, is_closed, sizes_in, zones_of

SPOT = (
    "lowprioritycores"  # one quota for all sizes: https://learn.microsoft.com/azure/virtual-machines/spot-vms, "Quota"
)


@dataclass(frozen=True)
class Location:
    """What one location said: its sizes, and its quotas by name, both in small letters; or why the quotas could not be read."""

    name: str
    sizes: Mapping[str, Sku]
    usages: Mapping[str, Mapping[str, Any]] | str


def look(asked: Any, offers: Sequence[Offer], _today: datetime.date) -> Iterator[Offer]:
    """The offers as the subscription sees them. Raises CloudError."""
    session = connect(SimpleNamespace(subscription_id=asked.subscription_id, resource_group="", endpoint_url=None))
    locations = list(dict.fromkeys(str(offer.region) for offer in offers))
    answers = session.together([lambda name=name: _location(session, name) for name in locations])  # type: ignore[misc]
    said = {location.name: location for location in answers}
    for offer in offers:
        yield _seen(offer, said[str(offer.region)], asked.count)


def _location(session: AzureSession, name: str) -> Location:
    try:
        sizes = sizes_in(session, name)
    except CloudError as error:
        if error.code != "not_found":
            raise
        return Location(name, {}, {})
    return Location(name, sizes, _usages(session, name))


def _usages(session: AzureSession, name: str) -> Mapping[str, Mapping[str, Any]] | str:
    """A right that is often missing costs the answer to this question alone."""
    try:
        found = list(session.pages("Usage_List", session.everywhere(f"Microsoft.Compute/locations/{name}")))
    except CloudError as error:
        if error.code != "not_authorized":
            raise
        return f"the quotas of {name} could not be read: {error.detail}"
    return {one["name"]["value"].lower(): one for one in found}


def _seen(offer: Offer, location: Location, count: int) -> Offer:
    sku = location.sizes.get(offer.shape.machine_type.lower())
    if sku is None or is_closed(sku):
        return replace(offer, available=False)
    zones = tuple(zones_of(sku, location.name))
    return replace(offer, available=True, zones=zones or None, quota=_quota(offer, sku, location, count))


def _quota(offer: Offer, sku: Sku, location: Location, count: int) -> Quota | None:
    """The family's, or that of all spot VMs; and where that has room, the location's for all vCPUs."""
    if isinstance(location.usages, str):
        return Quota(None, location.usages)
    names = [SPOT] if offer.market == "spot" else [str(sku.get("family", "")).lower(), "cores"]
    wanted = offer.shape.vcpus * count
    quotas = [_held(location.usages[name], wanted) for name in names if name in location.usages]
    return next((quota for quota in quotas if not quota.covers), quotas[0] if quotas else None)


def _held(usage: Mapping[str, Any], wanted: float) -> Quota:
    return Quota.held(str(usage["name"]["localizedValue"]), usage["limit"], usage["currentValue"], wanted)


def prices(_asked: Any, regions: Sequence[str], types: Container[str], today: datetime.date) -> Iterator[PriceRow]:
    """Today's list prices, which Microsoft tells everybody. Raises CloudError."""
    return price_list.read(regions, types, today.isoformat())
