# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's machine types as shapes, known offline, so that a typing error stops before the first call."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model.gpu import GPUS
from ...model.shape import Shape
from .shape_table import TABLE

GENERAL = re.compile(r"(c|m|r)[5-9][ai]?|t3a?")


def _shapes(table: str) -> Iterator[Shape]:
    for line in table.split("\n"):
        if not line:
            continue
        family, architecture, model, *sizes = line.split(" ")
        for text in sizes:
            size, vcpus, memory, *rest = text.split(":")
            count, cards, efa = rest or ("0", "1", "0")
            gpus = float(count)
            nominal = GPUS[model].memory_gb if gpus else 0
            yield Shape(
                machine_type=f"{family}.{size}",
                vcpus=int(vcpus),
                memory_gb=float(memory),
                gpu_model=model if gpus else None,
                gpu_count=int(gpus) if gpus.is_integer() else gpus,
                gpu_memory_gb=nominal * gpus if gpus < 1 else nominal,
                architecture=architecture,
                network_cards=int(cards),
                efa=int(efa),
            )


def ordinary(shape: Shape) -> bool:
    """Whether it may be chosen for somebody who names a need and no type.

    Not bare metal, and without a GPU only the current general families: an old or a special one is for those who know it.
    """
    family, size = shape.machine_type.split(".")
    return not size.startswith("metal") and (bool(shape.gpu_model) or bool(GENERAL.fullmatch(family)))


SHAPES: dict[str, Shape] = {shape.machine_type: shape for shape in _shapes(TABLE)}
