"""Regions and zones of the emulated cloud, with each region's quotas."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.gcp import machine_table as table
from sandbox.gcp.machine_types import CREATED, number
from sandbox.gcp.refs import LINK


@dataclass(frozen=True)
class Region:
    name: str
    zones: tuple[str, ...]
    auto_range: str


@cache
def regions() -> dict[str, Region]:
    found = {}
    for line in table.REGIONS.strip().splitlines():
        name, letters, auto_range = line.split()
        found[name] = Region(name, tuple(f"{name}-{letter}" for letter in letters), auto_range)
    return found


@cache
def zones() -> tuple[str, ...]:
    return tuple(zone for region in regions().values() for zone in region.zones)


def scopes(collection: str) -> list[str]:
    """All scopes that an aggregated list of a collection names, in the service's order."""
    kinds = {
        "addresses": ("global", "regions"),
        "operations": ("global", "regions", "zones"),
        "disks": ("regions", "zones"),
    }
    regional = ("subnetworks", "resourcePolicies")
    wanted = kinds.get(collection, ("regions",) if collection in regional else ("zones",))
    found = ["global"] if "global" in wanted else []
    if "regions" in wanted:
        found += [f"regions/{name}" for name in sorted(regions())]
    if "zones" in wanted:
        found += [f"zones/{name}" for name in sorted(zones())]
    return found


def zone_bodies(project: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": "compute#zone",
            "id": number(zone),
            "creationTimestamp": CREATED,
            "name": zone,
            "description": zone,
            "status": "UP",
            "region": f"{LINK}projects/{project}/regions/{region.name}",
            "selfLink": f"{LINK}projects/{project}/zones/{zone}",
            "availableCpuPlatforms": ["Intel Skylake", "Intel Ice Lake", "AMD Milan"],
            "supportsPzs": False,
        }
        for region in regions().values()
        for zone in region.zones
    ]


def region_bodies(project: str, quotas: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "compute#region",
            "id": number(region.name),
            "creationTimestamp": CREATED,
            "name": region.name,
            "description": region.name,
            "status": "UP",
            "zones": [f"{LINK}projects/{project}/zones/{zone}" for zone in region.zones],
            "quotas": quotas[region.name],
            "selfLink": f"{LINK}projects/{project}/regions/{region.name}",
            "supportsPzs": False,
        }
        for region in regions().values()
    ]
