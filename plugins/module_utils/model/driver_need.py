# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine's GPUs ask of a driver, before it is known which system will be on it: from the tables of the stack."""

from __future__ import annotations

from functools import cache
from typing import Any

from .gpu import GPUS
from .stack import driver_table as table
from .stack.driver import flavours_for, least_driver
from .stack.offer import GRID


@cache
def driver_need(cloud: str, model: str | None, count: float) -> dict[str, Any] | None:
    """`flavours` of kernel modules that drive it, the least version, the last branch, and the daemons of NVSwitch.

    None for a machine without GPUs. `grid`: driven by the cloud's own GRID driver only.
    """
    if not model or model not in GPUS:
        return None
    gpu = GPUS[model]
    switched = model in table.NVSWITCH and count >= table.NVSWITCH_COUNT
    return {
        "flavours": list(flavours_for(gpu)),
        "least_version": least_driver(gpu),
        "last_branch": table.LAST_BEFORE_TURING if gpu.compute_capability < 7.5 else None,
        "fabric_manager": switched,
        "nvlsm": switched and model in table.NVLSM,
        "grid": (cloud, model) in GRID,
    }
