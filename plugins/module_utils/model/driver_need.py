# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine's GPUs ask of a driver, before it is known which system will be on it: from the tables of the stack."""

from __future__ import annotations

from functools import cache
from typing import Any

from .gpu import GPUS
from .stack.driver_table import LAST_BEFORE_TURING, NVLSM, NVSWITCH, NVSWITCH_COUNT
from .stack.gpu_driver import GRID, flavours_for, least_driver


@cache
def driver_need(cloud: str, model: str | None, count: float) -> dict[str, Any] | None:
    """`flavours` of kernel modules that drive it, the least version, the last branch, and the daemons of NVSwitch.

    None for a machine without GPUs. `grid`: driven by the cloud's own GRID driver only.
    """
    if not model or model not in GPUS:
        return None
    gpu = GPUS[model]
    switched = model in NVSWITCH and count >= NVSWITCH_COUNT
    return {
        "flavours": list(flavours_for(gpu)),
        "least_version": least_driver(gpu),
        "last_branch": LAST_BEFORE_TURING if gpu.compute_capability < 7.5 else None,
        "fabric_manager": switched,
        "nvlsm": switched and model in NVLSM,
        "grid": (cloud, model) in GRID,
    }
