# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a GPU itself asks of its driver, whatever system it is in. Also what vm_offers says of a machine nobody has yet."""

from __future__ import annotations

from ..gpu import Gpu
from . import driver_table as table

# Branch, version, folder, SHA-256 and arguments by cloud and model.
GRID = {(row[0], row[1]): row[2:] for row in (line.split() for line in table.GRID.split("\n") if line)}


def flavours_for(gpu: Gpu) -> tuple[str, ...]:
    if gpu.compute_capability < 7.5:
        return ("proprietary",)
    return ("open",) if gpu.generation == "Blackwell" else ("open", "proprietary")


def least_driver(gpu: Gpu) -> str:
    return table.LEAST_DRIVER.get(gpu.model) or table.LEAST_DRIVER_OF[gpu.generation]
