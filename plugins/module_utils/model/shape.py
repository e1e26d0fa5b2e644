# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine type has, and the choice of machine types by need."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .error import InvalidOption


@dataclass(frozen=True)
class Shape:
    """One machine type. Memory in GiB; `gpu_count` may be a fraction where a cloud sells parts of a card."""

    machine_type: str
    vcpus: int
    memory_gb: float
    gpu_model: str | None = None
    gpu_count: float = 0
    gpu_memory_gb: float = 0
    architecture: str = "x86_64"
    network_cards: int = 1
    efa: int = 0


@dataclass(frozen=True)
class Need:
    """What a user asks for instead of naming a machine type."""

    gpu_model: str | None = None
    gpu_count: int | None = None
    min_vcpus: int | None = None
    min_memory_gb: float | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.gpu_model, self.gpu_count, self.min_vcpus, self.min_memory_gb))

    def __str__(self) -> str:
        gpus = f"{self.wanted_gpus} x {self.gpu_model}" if self.gpu_model else ""
        vcpus = f"at least {self.min_vcpus} vCPUs" if self.min_vcpus else ""
        memory = f"at least {self.min_memory_gb:g} GB" if self.min_memory_gb else ""
        return ", ".join(part for part in (gpus, vcpus, memory) if part)

    @property
    def wanted_gpus(self) -> int:
        return self.gpu_count if self.gpu_count is not None else (1 if self.gpu_model else 0)

    def accepts(self, shape: Shape) -> bool:
        return (
            (self.gpu_model or None) == shape.gpu_model
            and (shape.gpu_count == self.wanted_gpus or (self.gpu_model is None and self.gpu_count is None))
            and shape.vcpus >= (self.min_vcpus or 0)
            and shape.memory_gb >= (self.min_memory_gb or 0)
        )


def known_shape(shapes: Mapping[str, Shape], machine_type: str, option: str = "machine_type") -> Shape:
    """The shape of that name. Raises InvalidOption with the nearest names, or the family's, or the GPU families."""
    if machine_type in shapes:
        return shapes[machine_type]
    family = machine_type.split(".", maxsplit=1)[0]
    near = [name for name in shapes if name.split(".", maxsplit=1)[0] == family]
    near = near or difflib.get_close_matches(machine_type, shapes, n=8, cutoff=0.6)
    near = near or [shape.machine_type for shape in shapes.values() if shape.gpu_model]
    raise InvalidOption(option, machine_type, f"no such machine type is known; there are: {', '.join(near)}")


# A need is met by the smallest that fits. Where the cloud lacks it the next ones are tried, but a user who asked for little
# shall not find the largest machine of the catalogue on the bill.
MOST_TIMES = 2
MOST_CANDIDATES = 5


def fitting(shapes: Iterable[Shape], need: Need) -> tuple[Shape, ...]:
    """The shapes that fit, smallest first (vCPUs, then memory), none more than twice as large as the first. Raises InvalidOption if none does."""
    everything = tuple(shapes)
    fits = sorted((s for s in everything if need.accepts(s)), key=lambda s: (s.vcpus, s.memory_gb, s.machine_type))
    if not fits:
        same_gpu = sorted(
            (s for s in everything if s.gpu_model == need.gpu_model),
            key=lambda s: (abs(s.gpu_count - need.wanted_gpus), -s.vcpus, -s.memory_gb),  # the nearest first
        )
        have = ", ".join(
            f"{s.machine_type} ({s.gpu_count:g} GPU, {s.vcpus} vCPUs, {s.memory_gb:g} GB)" for s in same_gpu[:12]
        )
        models = ", ".join(sorted({s.gpu_model for s in everything if s.gpu_model}))
        raise InvalidOption(
            "gpu_model" if need.gpu_model else "min_vcpus",
            need.gpu_model or need.min_vcpus,
            f"no machine type fits {need}; "
            + (f"with this GPU there are: {have}" if have else f"GPU models here: {models}"),
        )
    largest = fits[0].vcpus * MOST_TIMES, fits[0].memory_gb * MOST_TIMES
    return tuple(s for s in fits if s.vcpus <= largest[0] and s.memory_gb <= largest[1])[:MOST_CANDIDATES]


def of_one_architecture(shapes: tuple[Shape, ...], named: tuple[str, ...]) -> tuple[Shape, ...]:
    """One image cannot boot on two architectures: a need is narrowed to x86_64, a list of names is refused. Raises InvalidOption."""
    if len({shape.architecture for shape in shapes}) <= 1:
        return shapes
    if named:
        raise InvalidOption("machine_types", list(named), "all must have the same processor architecture")
    return tuple(shape for shape in shapes if shape.architecture == "x86_64")
