"""The regions: names, display names, and whether they have availability zones (Microsoft's list of regions, 2026-11)."""

from __future__ import annotations

from sandbox.azure.errors import ArmError

#: name: (display name, zones).
LOCATIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "eastus": ("East US", ("1", "2", "3")),
    "eastus2": ("East US 2", ("1", "2", "3")),
    "southcentralus": ("South Central US", ("1", "2", "3")),
    "westus2": ("West US 2", ("1", "2", "3")),
    "westus3": ("West US 3", ("1", "2", "3")),
    "centralus": ("Central US", ("1", "2", "3")),
    "westus": ("West US", ()),
    "northcentralus": ("North Central US", ()),
    "westcentralus": ("West Central US", ()),
    "centraluseuap": ("Central US EUAP", ("1", "2")),
    "eastus2euap": ("East US 2 EUAP", ("1", "2", "3")),
    "westeurope": ("West Europe", ("1", "2", "3")),
    "northeurope": ("North Europe", ("1", "2", "3")),
    "swedencentral": ("Sweden Central", ("1", "2", "3")),
    "uksouth": ("UK South", ("1", "2", "3")),
    "francecentral": ("France Central", ("1", "2", "3")),
    "germanywestcentral": ("Germany West Central", ("1", "2", "3")),
    "japaneast": ("Japan East", ("1", "2", "3")),
    "australiaeast": ("Australia East", ("1", "2", "3")),
}


def normal(location: str) -> str:
    """`East US` and `eastus` are the same."""
    return location.replace(" ", "").lower()


def zones_of(location: str) -> tuple[str, ...]:
    return LOCATIONS[normal(location)][1]


def check(location: str, kind: str) -> str:
    """The normal name of a location. Raises ArmError where there is no such one."""
    name = normal(location)
    if name in LOCATIONS:
        return name
    places = ",".join(LOCATIONS)
    if kind == "Microsoft.Resources/resourceGroups":
        text = f"The provided location '{location}' is not available for resource group. List of available regions is '{places}'."
        raise ArmError("LocationNotAvailableForResourceGroup", text)
    text = (
        f"The provided location '{location}' is not available for resource type '{kind}'. List of available regions for "
        f"the resource type is '{places}'."
    )
    raise ArmError("LocationNotAvailableForResourceType", text)
