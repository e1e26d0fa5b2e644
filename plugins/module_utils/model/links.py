# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How GPUs reach each other: within a machine, and from machine to machine."""

from __future__ import annotations

from dataclasses import dataclass

from .shape import Shape
from .stack.driver_table import NVSWITCH, NVSWITCH_COUNT

# Cards that have no NVLink at all: NVIDIA's data sheets of each (written down 2026-11-27).
WITHOUT_NVLINK = ("a10", "a10g", "l4", "l40s", "rtx-pro-4500", "rtx-pro-6000", "t4", "t4g")


@dataclass(frozen=True)
class Links:
    """None: no other way than any machine has, or not known.

    `gpus`: nvswitch, nvlink or pcie. `network`: efa, infiniband, gpudirect-tcpx, gpudirect-tcpxo or roce.
    """

    gpus: str | None = None
    network: str | None = None


def links_of(shape: Shape, network: str | None, others: str | None = None) -> Links:
    """The links of a shape. `others` is how the cloud joins GPUs that have NVLink and are too few for its switch."""
    if shape.gpu_count < 2:
        return Links(None, network)
    if shape.gpu_model in WITHOUT_NVLINK:
        return Links("pcie", network)
    switched = shape.gpu_model in NVSWITCH and shape.gpu_count >= NVSWITCH_COUNT
    return Links("nvswitch" if switched else others, network)
