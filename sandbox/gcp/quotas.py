"""How much of each quota is used, per region and globally; counted along with every change of an instance."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from sandbox.gcp.machine_types import MachineType, accelerators, machine_types
from sandbox.gcp.refs import Ref

# An account that asked for more long ago. Real new accounts have 0 GPUs; the fault `quota` is how a test runs short.
LIMITS = {
    "CPUS": 200000.0,
    "INSTANCES": 50000.0,
    "DISKS_TOTAL_GB": 4000000.0,
    "SSD_TOTAL_GB": 4000000.0,
    "IN_USE_ADDRESSES": 60000.0,
    "STATIC_ADDRESSES": 1000.0,
}
GPU_LIMIT = 5000.0
GLOBAL = {
    "SNAPSHOTS": 5000.0,
    "NETWORKS": 100.0,
    "SUBNETWORKS": 500.0,
    "FIREWALLS": 1000.0,
    "IMAGES": 2000.0,
    "CPUS_ALL_REGIONS": 500000.0,
    "GPUS_ALL_REGIONS": 20000.0,
}
OWN_CPUS = {"n2": "N2_CPUS", "n2d": "N2D_CPUS", "c2": "C2_CPUS", "c3": "C3_CPUS", "a2": "A2_CPUS", "t2a": "T2A_CPUS"}
COUNTED = {"snapshots": "SNAPSHOTS", "networks": "NETWORKS", "firewalls": "FIREWALLS", "images": "IMAGES"}
# A machine in these states holds neither CPUs nor GPUs.
ASLEEP = ("TERMINATED", "SUSPENDED", "STOPPED")


class Usage:
    """Counters by (project, region); the region of what is global is empty."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str], Counter[str]] = {}

    def clear(self) -> None:
        self._used.clear()

    def change(self, ref: Ref, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        """Follow a resource from one body to the next."""
        for body, sign in ((old, -1), (new, 1)):
            if body:
                self._add(ref, _weights(ref, body), sign)

    def _add(self, ref: Ref, weights: Counter[str], sign: int) -> None:
        for metric, amount in weights.items():
            region = "" if metric in GLOBAL else ref.region
            self._used.setdefault((ref.project, region), Counter())[metric] += sign * amount

    def of_region(self, project: str, region: str) -> list[dict[str, Any]]:
        """A region's quotas as regions.get answers them."""
        used = self._used.get((project, region), Counter())
        return [
            {"metric": name, "limit": limit, "usage": float(used[name])} for name, limit in regional_limits().items()
        ]

    def of_project(self, project: str) -> list[dict[str, Any]]:
        """The global quotas as projects.get answers them."""
        used = self._used.get((project, ""), Counter())
        return [{"metric": name, "limit": limit, "usage": float(used[name])} for name, limit in GLOBAL.items()]

    def limit(self, metric: str) -> float:
        """A metric's limit, everywhere the same."""
        return GLOBAL.get(metric) or regional_limits().get(metric, GPU_LIMIT)

    def room(self, project: str, region: str, metric: str) -> float:
        """What is left of a metric."""
        return self.limit(metric) - self._used.get((project, "" if metric in GLOBAL else region), Counter())[metric]


@cache
def regional_limits() -> dict[str, float]:
    gpus = [each.metric for each in accelerators().values() if not each.metric.startswith("GPU_FAMILY")]
    own = dict.fromkeys(OWN_CPUS.values(), 100000.0)
    spot = {f"PREEMPTIBLE_{name}": GPU_LIMIT for name in gpus}
    return {**LIMITS, **own, "PREEMPTIBLE_CPUS": 100000.0, **dict.fromkeys(gpus, GPU_LIMIT), **spot}


def metrics(kind: MachineType, gpus: list[tuple[str, int]], spot: bool) -> Counter[str]:
    """What one running machine counts for."""
    counted: Counter[str] = Counter({"INSTANCES": 1, "CPUS_ALL_REGIONS": kind.cpus})
    counted[OWN_CPUS.get(kind.name.split("-")[0], "CPUS")] += kind.cpus
    for name, count in gpus:
        metric = accelerators()[name].metric
        counted[f"PREEMPTIBLE_{metric}" if spot and not metric.startswith("GPU_FAMILY") else metric] += count
        counted["GPUS_ALL_REGIONS"] += count
    return counted


def _weights(ref: Ref, body: dict[str, Any]) -> Counter[str]:
    if ref.collection in COUNTED:
        return Counter({COUNTED[ref.collection]: 1})
    if ref.collection == "disks":
        metric = "DISKS_TOTAL_GB" if body["type"].endswith("pd-standard") else "SSD_TOTAL_GB"
        return Counter({metric: int(body["sizeGb"])})
    if ref.collection != "instances":
        return Counter()
    kind = machine_types().get(body["machineType"].rpartition("/")[2])
    if kind is None or body["status"] in ASLEEP:
        return Counter({"INSTANCES": 1})
    gpus = [
        (gpu["acceleratorType"].rpartition("/")[2], gpu["acceleratorCount"])
        for gpu in body.get("guestAccelerators", ())
    ]
    return metrics(kind, gpus, body["scheduling"].get("provisioningModel") == "SPOT")
