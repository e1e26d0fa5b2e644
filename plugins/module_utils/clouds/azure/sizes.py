# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sizes a location offers to the subscription, and in which of its zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...model.error import CloudError
from .options import placed
from .session import AzureSession

Sku = Mapping[str, Any]


def sizes_in(session: AzureSession, location: str) -> dict[str, Sku]:
    """By name in small letters. Raises CloudError `not_found` for a location that has none for the subscription."""
    found = session.pages(
        "ResourceSkus_List",
        session.everywhere("Microsoft.Compute/skus"),
        {"$filter": f"location eq '{location}'"},
    )
    sizes = {one["name"].lower(): one for one in found if one.get("resourceType") == "virtualMachines"}
    if not sizes:
        detail = (
            f"Azure offers no VMs in the location '{location}' to this subscription; see: az account list-locations"
        )
        raise CloudError("not_found", detail, "azure", "ResourceSkus_List", location)
    return sizes


def zones_of(sku: Sku, location: str) -> list[str]:
    """The zones where the subscription may have that size, in order; none where the location has no zones."""
    closed: set[str] = set()
    for restriction in sku.get("restrictions") or ():
        if restriction.get("type") == "Zone":
            closed |= set((restriction.get("restrictionInfo") or {}).get("zones") or ())
    places = [info for info in sku.get("locationInfo") or () if placed(info.get("location")) == location]
    return sorted({zone for info in places for zone in info.get("zones") or ()} - closed)


def is_closed(sku: Sku) -> bool:
    """Whether the location has the size and the subscription may not have it there, in no zone."""
    return any(restriction.get("type") == "Location" for restriction in sku.get("restrictions") or ())
