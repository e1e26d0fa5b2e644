"""Sizes of VMs: what they are, where they are to be had, and the lists that tell it (SKUs, vmSizes, usages)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.azure import locations
from sandbox.azure.call import Answer, Call
from sandbox.azure.locations import LOCATIONS
from sandbox.azure.size_table import RESTRICTED, TABLE

VM = "Microsoft.Compute/virtualMachines"
#: vCPUs that a subscription may have in a region, of each family and of all.
LIMIT = 1_000_000
MOST_VMS = 25_000


@dataclass(frozen=True)
class Size:
    """One size. Memory is in GiB; `places` are the regions with their zones."""

    name: str
    family: str
    vcpus: int
    memory: float
    gpus: int
    generations: tuple[str, ...]
    architecture: str
    accelerated: bool
    trusted: bool
    spot: bool
    places: dict[str, tuple[str, ...]]

    def restricted(self, location: str) -> tuple[str, ...] | None:
        """The zones that the subscription may not use; an empty tuple is the whole region, None is nothing."""
        found = RESTRICTED.get(self.name, {}).get(location)
        return None if found is None else tuple(found)

    def zones(self, location: str) -> tuple[str, ...]:
        """The zones of a region where the subscription can have it."""
        kept = self.restricted(location) or ()
        return tuple(zone for zone in self.places.get(location, ()) if zone not in kept)


@cache
def all_sizes() -> dict[str, Size]:
    """All sizes by their name in small letters."""
    found = {}
    for line in TABLE.strip().splitlines():
        family, generations, architecture, flags, places, *sizes = line.split()
        for text in sizes:
            name, vcpus, memory, *gpus = text.split(":")
            size = Size(
                name=f"Standard_{name}",
                family=family,
                vcpus=int(vcpus),
                memory=float(memory),
                gpus=int(gpus[0]) if gpus else 0,
                generations=tuple(generations.split(",")),
                architecture=architecture,
                accelerated="a" in flags,
                trusted="t" in flags,
                spot="s" in flags,
                places=_places(places),
            )
            found[size.name.lower()] = size
    return found


def _places(text: str) -> dict[str, tuple[str, ...]]:
    if text == "*":
        return {name: zones for name, (_, zones) in LOCATIONS.items()}
    return {place: tuple(zones) for place, _, zones in (part.partition("=") for part in text.split(","))}


def find(name: str) -> Size | None:
    return all_sizes().get(name.lower())


def list_skus(call: Call) -> Answer:
    """All SKUs, or with `$filter=location eq 'eastus'` those of a region; the filter knows no other word."""
    words = call.query.get("$filter", "").replace("'", "").split()
    wanted = locations.normal(words[2]) if len(words) == 3 and words[:2] == ["location", "eq"] else None
    rows = [
        _sku(size, location) for size in all_sizes().values() for location in size.places if wanted in (None, location)
    ]
    for location in LOCATIONS if wanted is None else [wanted] if wanted in LOCATIONS else []:
        rows += [_disk_sku(name, location) for name in ("Standard_LRS", "StandardSSD_LRS", "Premium_LRS")]
    return Answer(200, {"value": rows})


def _sku(size: Size, location: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.removeprefix("Standard_"),
        "family": size.family,
        "locations": [location],
        "locationInfo": [{"location": location, "zones": list(size.places[location]), "zoneDetails": []}],
        "capabilities": [{"name": name, "value": value} for name, value in _capabilities(size).items()],
        "restrictions": _restrictions(size, location),
    }
    return row


def _restrictions(size: Size, location: str) -> list[dict[str, Any]]:
    zones = size.restricted(location)
    if zones is None:
        return []
    info: dict[str, Any] = {"locations": [location]}
    if not zones:
        kind, values = "Location", [location]
    else:
        kind, values = "Zone", [location]
        info["zones"] = list(zones)
    return [{"type": kind, "values": values, "restrictionInfo": info, "reasonCode": "NotAvailableForSubscription"}]


def _capabilities(size: Size) -> dict[str, str]:
    memory = f"{size.memory:g}"
    found = {
        "MaxResourceVolumeMB": "0",
        "OSVhdSizeMB": "1047552",
        "vCPUs": str(size.vcpus),
        "MemoryPreservingMaintenanceSupported": str(not size.gpus),
        "HyperVGenerations": ",".join(size.generations),
        "MemoryGB": memory,
        "MaxDataDiskCount": str(min(64, max(2, size.vcpus))),
        "CpuArchitectureType": size.architecture,
        "LowPriorityCapable": str(size.spot),
        "PremiumIO": "True",
        "VMDeploymentTypes": "IaaS",
        "vCPUsAvailable": str(size.vcpus),
        "EphemeralOSDiskSupported": "False",
        "EncryptionAtHostSupported": "True",
        "CapacityReservationSupported": str(bool(size.gpus) or "v5" in size.name),
        "AcceleratedNetworkingEnabled": str(size.accelerated),
        "RdmaEnabled": str(size.gpus == 8),
        "MaxNetworkInterfaces": str(2 if size.vcpus < 16 else 8),
    }
    if size.gpus:
        found["GPUs"] = str(size.gpus)
    # Told only where it is so: a size without it has it.
    if not size.trusted:
        found["TrustedLaunchDisabled"] = "True"
    return found


def _disk_sku(name: str, location: str) -> dict[str, Any]:
    return {
        "resourceType": "disks",
        "name": name,
        "tier": name.partition("_")[0].removesuffix("SSD"),
        "locations": [location],
        "locationInfo": [{"location": location, "zones": list(locations.zones_of(location)), "zoneDetails": []}],
        "capabilities": [],
        "restrictions": [],
    }


def list_sizes(call: Call) -> Answer:
    """The old list of a region's sizes."""
    location = locations.check(call.parameters["location"], VM)
    return rows_of(size for size in all_sizes().values() if location in size.places)


def rows_of(sizes: Iterable[Size]) -> Answer:
    """Sizes as the old lists show them."""
    rows = [
        {
            "name": size.name,
            "numberOfCores": size.vcpus,
            "osDiskSizeInMB": 1047552,
            "resourceDiskSizeInMB": 0,
            "memoryInMB": int(size.memory * 1024),
            "maxDataDiskCount": min(64, max(2, size.vcpus)),
        }
        for size in sizes
    ]
    return Answer(200, {"value": rows})


def used(call: Call, location: str) -> dict[str, int]:
    """vCPUs in use by family; `cores` is all of them, `virtualMachines` counts VMs. Stopped and deallocated ones count too."""
    found = {"cores": 0, "lowPriorityCores": 0, "virtualMachines": 0}
    for vm in call.state.store.list(VM, call.subscription):
        if vm.body["location"] != location:
            continue
        size = find(vm.properties["hardwareProfile"]["vmSize"])
        found["virtualMachines"] += 1
        if size and vm.properties.get("priority") == "Spot":
            found["lowPriorityCores"] += size.vcpus
        elif size:
            found["cores"] += size.vcpus
            found[size.family] = found.get(size.family, 0) + size.vcpus
    return found


def list_usages(call: Call) -> Answer:
    """What of the compute quotas of a region is in use."""
    location = locations.check(call.parameters["location"], VM)
    counted = used(call, location)
    rows = [_usage("availabilitySets", "Availability Sets", 0, 2500)]
    rows.append(_usage("cores", "Total Regional vCPUs", counted.pop("cores"), LIMIT))
    rows.append(_usage("virtualMachines", "Virtual Machines", counted.pop("virtualMachines"), MOST_VMS))
    rows.append(_usage("virtualMachineScaleSets", "Virtual Machine Scale Sets", 0, 2500))
    rows.append(_usage("lowPriorityCores", "Total Regional Low-priority vCPUs", counted.pop("lowPriorityCores"), LIMIT))
    families = dict.fromkeys(size.family for size in all_sizes().values())
    rows += [_usage(family, family_title(family), counted.get(family, 0), LIMIT) for family in families]
    return Answer(200, {"value": rows})


def family_title(family: str) -> str:
    """`standardDSv5Family` as people read it: `Standard DSv5 Family vCPUs`."""
    return f"Standard {family[8:].removesuffix('Family')} Family vCPUs"


def _usage(name: str, title: str, current: int, limit: int) -> dict[str, Any]:
    return {"limit": limit, "unit": "Count", "currentValue": current, "name": {"value": name, "localizedValue": title}}


HANDLERS = {
    "ResourceSkus_List": list_skus,
    "VirtualMachineSizes_List": list_sizes,
    "Usage_List": list_usages,
}
