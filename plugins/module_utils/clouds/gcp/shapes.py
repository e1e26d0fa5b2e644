# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute Engine's machine types as shapes, known offline, so that a typing error stops before the first call.

An N1 type with attached GPUs is a shape of its own and is called as both together: `n1-standard-4+t4`, or
`n1-standard-8+2xt4` for two. So a size is one word here too, and can be a candidate, be compared and be changed like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...model.gpu import GPUS
from ...model.shape import Shape
from .shape_table import ATTACHED, FIXED, TABLE

# The general families; an old or a special one is for those who know it. The shared-core types of E2 are left out:
# their vCPUs are parts of one.
GENERAL = re.compile(r"(e2|n2|n2d|n4|t2d)-(standard|highmem|highcpu)-\d+")
EDGE = "a3-edgegpu-8g"  # sold in few places, to those who asked for it
# A GPU with fewer vCPUs starves.
LEAST_VCPUS_PER_GPU = 4

# What Google sells in other ways than on demand only, and the markets that it is sold in.
# https://cloud.google.com/compute/docs/accelerator-optimized-machines, "consumption option availability" (read 2026-11)
NOT_ON_DEMAND: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"a3-highgpu-[124]g"), ("spot",)),
    (re.compile(r"a3-ultragpu-8g|a4-.*"), ("reserved", "spot")),
    (re.compile(r"a4x-.*"), ("reserved",)),
)
# Machine types that take Hyperdisk and no Persistent Disk. https://cloud.google.com/compute/docs/disks/hyperdisks (read 2026-11)
HYPERDISK_ONLY = re.compile(r"(n4|c4|c4a|g4|a4|a4x)-.*|a3-ultragpu-.*")
# Machine types that bring local SSDs. https://cloud.google.com/compute/docs/disks/local-ssd (read 2026-11)
LOCAL_SSD = re.compile(r"(a2-ultragpu|a3|a4|a4x)-.*")
# Reservations of these are bound to the VM: https://cloud.google.com/compute/docs/instances/about-vm-provisioning-models
RESERVATION_BOUND = re.compile(r"a3-ultragpu-.*|a4-.*|a4x-.*")


def _table(table: str) -> Iterator[list[str]]:
    for line in table.strip().split("\n"):
        yield line.split(" ")


def _predefined() -> Iterator[Shape]:
    for series, architecture, ratio, *sizes in _table(TABLE):
        for text in sizes:
            size, _colon, memory = text.partition(":")
            gib = float(memory or int(size) * float(ratio))
            yield Shape(f"{series}-{size}", int(size), gib, architecture=architecture)
    for name, architecture, vcpus, memory, *gpu in _table(FIXED):
        shape = Shape(name, int(vcpus), float(memory), architecture=architecture)
        yield _with_gpu(shape, gpu[0], int(gpu[1]), float(gpu[2])) if gpu else shape


def _with_gpu(shape: Shape, model: str, count: int, memory_gb: float) -> Shape:
    return replace(shape, gpu_model=model, gpu_count=count, gpu_memory_gb=memory_gb)


def _attached(n1: list[Shape]) -> Iterator[Shape]:
    for model, _accelerator, *counts in _table(ATTACHED):
        for text in counts:
            count, most_vcpus, most_gib = (int(number) for number in text.split(":"))
            for shape in n1:
                if shape.vcpus <= most_vcpus and shape.memory_gb <= most_gib:
                    named = replace(shape, machine_type=joined(shape.machine_type, model, count))
                    yield _with_gpu(named, model, count, GPUS[model].memory_gb)


def joined(machine_type: str, model: str, count: int) -> str:
    """The name of an N1 type with attached GPUs."""
    return f"{machine_type}+{model}" if count == 1 else f"{machine_type}+{count}x{model}"


def bare(machine_type: str) -> str:
    """Google's own name of the type, without attached GPUs."""
    return machine_type.partition("+")[0]


def is_attached(shape: Shape) -> bool:
    return "+" in shape.machine_type


def ordinary(shape: Shape) -> bool:
    """Whether it may be chosen for somebody who names a need and no type."""
    if is_attached(shape):
        balanced = shape.vcpus >= LEAST_VCPUS_PER_GPU * shape.gpu_count
        return balanced and shape.machine_type.startswith("n1-standard-")
    if shape.gpu_model:
        return shape.machine_type != EDGE
    return bool(GENERAL.fullmatch(shape.machine_type))


def markets(shape: Shape) -> tuple[str, ...]:
    """How Google sells it."""
    for pattern, sold in NOT_ON_DEMAND:
        if pattern.fullmatch(shape.machine_type):
            return sold
    return ("on_demand", "reserved", "spot")


def default_disk(machine_type: str) -> str:
    return "hyperdisk-balanced" if HYPERDISK_ONLY.fullmatch(bare(machine_type)) else "pd-balanced"


_FIRST = {shape.machine_type: shape for shape in _predefined()}
SHAPES: dict[str, Shape] = _FIRST | {
    shape.machine_type: shape for shape in _attached([s for name, s in _FIRST.items() if name.startswith("n1-")])
}
ACCELERATORS: dict[str, str] = {model: accelerator for model, accelerator, *_counts in _table(ATTACHED)}
MODELS: dict[str, str] = {accelerator: model for model, accelerator in ACCELERATORS.items()}


def machine_type_of(raw: Mapping[str, Any]) -> str:
    """Our word for an instance's size: its type, and the GPUs that are attached to it (those of other types come with the type)."""
    name = str(raw.get("machineType", "")).rsplit("/", 1)[-1]
    attached = raw.get("guestAccelerators") or ()
    if not name.startswith("n1-") or not attached:
        return name
    accelerator = str(attached[0].get("acceleratorType", "")).rsplit("/", 1)[-1]
    return joined(name, MODELS.get(accelerator, accelerator), int(attached[0].get("acceleratorCount", 1)))
