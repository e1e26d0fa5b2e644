"""Machine types, accelerator types and disk types of every zone, made from the table at first use."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.gcp import machine_table as table
from sandbox.gcp.refs import LINK

CREATED = "1969-12-31T16:00:00.000-08:00"


@dataclass(frozen=True)
class Accelerator:
    name: str
    description: str
    most: int
    metric: str
    zones: frozenset[str]


@dataclass(frozen=True)
class MachineType:
    name: str
    cpus: int
    memory_mb: int
    accelerator: str = ""
    count: int = 0

    @property
    def arm(self) -> bool:
        return self.name.startswith(table.ARM)

    @property
    def has_local_ssd(self) -> bool:
        return self.name.startswith(table.LOCAL_SSD)

    @property
    def on_hyperdisk_only(self) -> bool:
        return self.name.startswith(table.HYPERDISK_ONLY)


@cache
def accelerators() -> dict[str, Accelerator]:
    found = {}
    for line in table.ACCELERATORS.replace("\\\n", "").strip().splitlines():
        name, description, most, metric, zones = line.split("|")
        found[name] = Accelerator(name, description, int(most), metric, frozenset(zones.split()))
    return found


@cache
def machine_types() -> dict[str, MachineType]:
    found: dict[str, MachineType] = {}
    for line in table.SERIES.strip().splitlines():
        series, each, *sizes = line.split()
        for size in sizes:
            found[f"{series}-{size}"] = MachineType(f"{series}-{size}", int(size), int(size) * int(each))
    for line in table.SINGLE.strip().splitlines():
        name, cpus, memory, *gpu = line.split()
        found[name] = MachineType(name, int(cpus), int(memory), gpu[0] if gpu else "", int(gpu[1]) if gpu else 0)
    return found


def offered(kind: MachineType, zone: str) -> bool:
    """Whether a zone has a machine type: its accelerators decide; ARM types are not everywhere."""
    if kind.accelerator:
        return zone in accelerators()[kind.accelerator].zones
    return not kind.arm or zone.endswith(("-a", "-b"))


def find(name: str, zone: str) -> MachineType | None:
    """The machine type, if the zone has it."""
    kind = machine_types().get(name)
    return kind if kind and offered(kind, zone) else None


def machine_type_bodies(project: str, zone: str) -> list[dict[str, Any]]:
    place = f"projects/{project}/zones/{zone}"
    return [_machine_type(kind, place, zone) for kind in machine_types().values() if offered(kind, zone)]


def _machine_type(kind: MachineType, place: str, zone: str) -> dict[str, Any]:
    gpus = f", {kind.count} {accelerators()[kind.accelerator].description} GPU" if kind.accelerator else ""
    body = {
        "kind": "compute#machineType",
        "id": number(kind.name),
        "creationTimestamp": CREATED,
        "name": kind.name,
        "description": f"{kind.cpus} vCPUs, {round(kind.memory_mb / 1024, 2):g} GB RAM{gpus}",
        "guestCpus": kind.cpus,
        "memoryMb": kind.memory_mb,
        "imageSpaceGb": 0,
        "maximumPersistentDisks": 16 if kind.cpus < 2 else 128,
        "maximumPersistentDisksSizeGb": "263168",
        "zone": zone,
        "selfLink": f"{LINK}{place}/machineTypes/{kind.name}",
        "isSharedCpu": kind.name in ("e2-micro", "e2-small", "e2-medium"),
        "architecture": "ARM64" if kind.arm else "X86_64",
    }
    if kind.accelerator:
        body["accelerators"] = [{"guestAcceleratorType": kind.accelerator, "guestAcceleratorCount": kind.count}]
    return body


def accelerator_type_bodies(project: str, zone: str) -> list[dict[str, Any]]:
    place = f"projects/{project}/zones/{zone}"
    return [
        {
            "kind": "compute#acceleratorType",
            "id": number(each.name),
            "creationTimestamp": CREATED,
            "name": each.name,
            "description": each.description,
            "zone": LINK + place,
            "selfLink": f"{LINK}{place}/acceleratorTypes/{each.name}",
            "maximumCardsPerInstance": each.most,
        }
        for each in accelerators().values()
        if zone in each.zones
    ]


def disk_type_bodies(project: str, zone: str) -> list[dict[str, Any]]:
    place = f"projects/{project}/zones/{zone}"
    return [
        {
            "kind": "compute#diskType",
            "id": number(name),
            "creationTimestamp": CREATED,
            "name": name,
            "description": name,
            "validDiskSize": f"{low}GB-{high}GB",
            "defaultDiskSizeGb": str(usual),
            "zone": LINK + place,
            "selfLink": f"{LINK}{place}/diskTypes/{name}",
        }
        for name, (low, high, usual) in table.DISK_TYPES.items()
    ]


def number(name: str) -> str:
    """An id that a name always has."""
    return str(10**9 + zlib.crc32(name.encode()))
