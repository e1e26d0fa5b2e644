# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The GPU models the collection knows, under the lower-case words used everywhere.

Memory is the card's nominal size in GB. Compute capability: NVIDIA's table at
https://developer.nvidia.com/cuda-gpus (read 2026-11). The stack resolver of the roles builds on this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from .error import InvalidOption

# The first compute capability of each generation, newest first. 10 and 12 are one generation of two kinds of chips.
GENERATIONS = (
    (10.0, "Blackwell"),
    (9.0, "Hopper"),
    (8.9, "Ada"),
    (8.0, "Ampere"),
    (7.5, "Turing"),
    (7.0, "Volta"),
    (6.0, "Pascal"),
    (5.0, "Maxwell"),
)


@dataclass(frozen=True)
class Gpu:
    model: str
    memory_gb: int
    compute_capability: float

    @property
    def generation(self) -> str:
        """The architecture's name, which NVIDIA's support statements go by."""
        return next(name for first, name in GENERATIONS if self.compute_capability >= first)


GPUS: dict[str, Gpu] = {
    gpu.model: gpu
    for gpu in (
        Gpu("v100", 16, 7.0),
        Gpu("v100-32gb", 32, 7.0),
        Gpu("t4", 16, 7.5),
        Gpu("t4g", 16, 7.5),
        Gpu("a100", 40, 8.0),
        Gpu("a100-80gb", 80, 8.0),
        Gpu("a10", 24, 8.6),
        Gpu("a10g", 24, 8.6),
        Gpu("l4", 24, 8.9),
        Gpu("l40s", 48, 8.9),
        Gpu("h100", 80, 9.0),
        Gpu("h100-nvl", 94, 9.0),
        Gpu("h200", 141, 9.0),
        Gpu("b200", 180, 10.0),
        Gpu("gb200", 186, 10.0),
        Gpu("b300", 269, 10.3),
        Gpu("rtx-pro-4500", 32, 12.0),
        Gpu("rtx-pro-6000", 96, 12.0),
    )
}


def known_gpu(model: str, option: str = "gpu_model") -> Gpu:
    """The GPU of that name. Raises InvalidOption with the list of names."""
    if model not in GPUS:
        raise InvalidOption(option, model, f"known models: {', '.join(GPUS)}")
    return GPUS[model]
