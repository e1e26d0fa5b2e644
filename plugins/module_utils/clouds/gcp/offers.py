# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compute Engine itself says of offers: zones and quota of the project, and today's price list."""

from __future__ import annotations

import datetime
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from ...model.offer import Offer, Quota
from ...model.price import PriceRow
from ...model.shape import Shape
from . import price_list
from .session import GcpSession, connect, last, scoped
from .shapes import ACCELERATORS, bare, is_attached

PAGE = 500  # the most that a list gives at once
# Quotas by GPU, spot ones with PREEMPTIBLE_ before. Newer GPUs have quotas by family, which Compute Engine's API does not tell.
# https://cloud.google.com/compute/resource-usage#gpu_quota (read 2026-11)
GPU_METRICS = {
    "a100": "NVIDIA_A100_GPUS",
    "a100-80gb": "NVIDIA_A100_80GB_GPUS",
    "h100": "NVIDIA_H100_GPUS",
    "l4": "NVIDIA_L4_GPUS",
    "t4": "NVIDIA_T4_GPUS",
    "v100": "NVIDIA_V100_GPUS",
}
OWN_METRICS = {"a3-megagpu-8g": "NVIDIA_H100_MEGA_GPUS"}  # the same GPU to us, another one to Google
ALL_GPUS, ALL_CPUS = "GPUS_ALL_REGIONS", "CPUS_ALL_REGIONS"
# Quotas of vCPUs by series: https://cloud.google.com/compute/resource-usage#cpu_quota (read 2026-11)
CPU_METRICS = {
    "a2": "A2_CPUS",
    "c2": "C2_CPUS",
    "c2d": "C2D_CPUS",
    "c3": "C3_CPUS",
    "e2": "CPUS",
    "m3": "M3_CPUS",
    "n1": "CPUS",
    "n2": "N2_CPUS",
    "n2d": "N2D_CPUS",
    "t2a": "T2A_CPUS",
    "t2d": "T2D_CPUS",
}
PREEMPTIBLE = "PREEMPTIBLE_"


@dataclass(frozen=True)
class Project:
    """Zones by machine type and by accelerator type; quotas as (limit, usage) by region and metric, '' for all regions."""

    zones: Mapping[str, frozenset[str]]
    quotas: Mapping[str, Mapping[str, tuple[float, float]]]


def look(asked: Any, offers: Sequence[Offer], _today: datetime.date) -> Iterator[Offer]:
    """The offers as the project sees them. Raises CloudError."""
    place = SimpleNamespace(project=asked.project, region=None, impersonate_service_account=None, endpoint_url=None)
    project = _project(connect(place, regional=False), offers)
    for offer in offers:
        zones = _zones(offer, project)
        yield replace(offer, available=bool(zones), zones=zones, quota=_quota(offer, project, asked.count))


def _project(session: GcpSession, offers: Sequence[Offer]) -> Project:
    """Four calls side by side, one of them only where GPUs are attached to N1."""
    attached = any(is_attached(offer.shape) for offer in offers)
    families = sorted({bare(offer.shape.machine_type).rpartition("-")[0] for offer in offers})
    calls = [
        lambda: _zones_by_name(session, "machineTypes.aggregatedList", families),
        lambda: _zones_by_name(session, "acceleratorTypes.aggregatedList", []) if attached else {},
        lambda: {one["name"]: _by_metric(one) for one in session.items("regions.list", maxResults=PAGE)},
        lambda: {"": _by_metric(session.call("projects.get"))},
    ]
    types, accelerators, regions, everywhere = session.together(calls)
    return Project({**types, **accelerators}, {**regions, **everywhere})


def _zones_by_name(session: GcpSession, method: str, families: Sequence[str]) -> dict[str, frozenset[str]]:
    narrowed = {"filter": f'name eq "({"|".join(families)})-.*"'} if families else {}
    found: dict[str, set[str]] = {}
    kind = method.partition(".")[0]
    for page in session.pages(method, maxResults=PAGE, **narrowed):
        for one in scoped(page, kind):
            found.setdefault(one["name"], set()).add(last(one["zone"]))
    return {name: frozenset(zones) for name, zones in found.items()}


def _by_metric(body: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    return {quota["metric"]: (quota["limit"], quota["usage"]) for quota in body.get("quotas", ())}


def _zones(offer: Offer, project: Project) -> tuple[str, ...]:
    """Those of the region that have the type and, where one is attached, the GPU."""
    zones = project.zones.get(bare(offer.shape.machine_type), frozenset())
    if is_attached(offer.shape):
        zones &= project.zones.get(ACCELERATORS[str(offer.shape.gpu_model)], frozenset())
    return tuple(sorted(zone for zone in zones if zone.rpartition("-")[0] == offer.region))


def _quota(offer: Offer, project: Project, count: int) -> Quota | None:
    """The first that does not cover it, else the region's own of the kind; None for a kind whose quota is not told here."""
    if offer.market not in ("on_demand", "spot"):
        return None
    regional, everywhere = project.quotas.get(str(offer.region), {}), project.quotas[""]
    shape, spot = offer.shape, offer.market == "spot"
    metric, each, unit = _metric(shape)
    own = [_held(regional, _counted(metric, regional, spot), each * count, unit)]
    series = CPU_METRICS.get(shape.machine_type.partition("-")[0], "")
    others = [_held(regional, _counted(series, regional, spot), shape.vcpus * count, "vcpus")]
    if unit == "gpus" and own[0]:
        others.append(_held(everywhere, ALL_GPUS, each * count, unit))
    others.append(_held(everywhere, ALL_CPUS, shape.vcpus * count, "vcpus"))
    return next((quota for quota in own + others if quota and not quota.covers), own[0])


def _held(limits: Mapping[str, tuple[float, float]], metric: str, wanted: float, unit: str) -> Quota | None:
    return Quota.held(metric, *limits[metric], wanted, unit) if metric in limits else None


def _counted(metric: str, regional: Mapping[str, tuple[float, float]], spot: bool) -> str:
    """What spot VMs count against: one quota of the vCPUs of all series, one for each GPU.

    Where it is 0 they count against the other one: https://cloud.google.com/compute/docs/instances/spot
    """
    own = PREEMPTIBLE + ("CPUS" if metric in CPU_METRICS.values() else metric)
    return own if spot and regional.get(own, (0, 0))[0] else metric


def _metric(shape: Shape) -> tuple[str, float, str]:
    """The name of the quota, how much of it one machine takes, and its unit."""
    if shape.gpu_model:
        own = OWN_METRICS.get(shape.machine_type)
        return own or GPU_METRICS.get(shape.gpu_model, ""), shape.gpu_count, "gpus"
    return CPU_METRICS.get(shape.machine_type.partition("-")[0], ""), shape.vcpus, "vcpus"


def prices(_asked: Any, regions: Sequence[str], types: Container[str], today: datetime.date) -> Iterator[PriceRow]:
    """Today's list prices. Raises CloudError."""
    return price_list.read(regions, types, today.isoformat())
