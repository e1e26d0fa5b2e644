# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's machine types as shapes, known offline, so that a typing error stops before the first call.

The table has the families that this collection is about. A size of another family is passed on as it is written: Azure
says which sizes a location has before anything is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from ...model.gpu import GPUS
from ...model.shape import Shape, known_shape
from .shape_table import TABLE

# Standard_ letters vCPUs [-fewer] features [_GPU …] [_version]: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
SIZE = re.compile(r"Standard_([A-Z]+)\d+(?:-\d+)?([a-z]*(?:_[A-Za-z0-9]+)*)")


def family_of(machine_type: str) -> tuple[str, str] | None:
    """A size's name without its number; None for what is no size's name."""
    found = SIZE.fullmatch(machine_type)
    return (found[1], found[2]) if found else None


def _shapes(table: str) -> Iterator[Shape]:
    for line in table.split("\n"):
        if not line:
            continue
        template, architecture, model, *sizes = line.split(" ")
        for text in sizes:
            size, vcpus, memory, *gpus = text.split(":")
            count = Fraction(gpus[0]) if gpus else Fraction(0)
            nominal = GPUS[model].memory_gb if count else 0
            yield Shape(
                machine_type=template.replace("#", size),
                vcpus=int(vcpus),
                memory_gb=float(memory),
                gpu_model=model if count else None,
                gpu_count=int(count) if count.denominator == 1 else float(count),
                gpu_memory_gb=float(nominal * count) if 0 < count < 1 else nominal,
                architecture=architecture,
            )


SHAPES: dict[str, Shape] = {shape.machine_type: shape for shape in _shapes(TABLE)}
FAMILIES = frozenset(family_of(name) for name in SHAPES)


def shape_of(machine_type: str, option: str = "machine_type") -> Shape:
    """The shape of that name; of a family that is not in the table a shape that tells the architecture alone.

    Raises InvalidOption for a mistyped size of a known family, and for what is no size's name.
    """
    family = family_of(machine_type)
    if machine_type in SHAPES or family is None or family in FAMILIES:
        return known_shape(SHAPES, machine_type, option)
    # Cobalt and Ampere are marked by a p among the features: Standard_D2ps_v5.
    arm = "p" in re.split(r"[_A-Z]", family[1])[0] or "GB" in machine_type
    return Shape(machine_type, 0, 0, architecture="arm64" if arm else "x86_64")


def ordinary(shape: Shape) -> bool:
    """Whether it may be chosen for somebody who names a need and no type: every one of the table."""
    return shape.vcpus > 0
