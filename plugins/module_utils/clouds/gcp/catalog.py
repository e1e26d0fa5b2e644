# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compute Engine offers, and how its GPUs are linked."""

from __future__ import annotations

import re

from ...model.catalog import Catalog
from ...model.links import Links, links_of
from ...model.shape import Shape
from .prices import PRICES
from .shapes import SHAPES, markets, ordinary

# https://cloud.google.com/compute/docs/gpus/gpu-network-bandwidth and .../accelerator-optimized-machines (read 2026-11)
NETWORKS = (
    (re.compile(r"a3-highgpu-8g|a3-edgegpu-8g"), "gpudirect-tcpx"),
    (re.compile(r"a3-megagpu-8g"), "gpudirect-tcpxo"),
    (re.compile(r"a3-ultragpu-8g|a4-.*|a4x-.*"), "roce"),
)


def links(shape: Shape) -> Links:
    """Its A100, H100, GB200 and V100 have NVLink also where they are fewer than eight."""
    network = next((word for pattern, word in NETWORKS if pattern.fullmatch(shape.machine_type)), None)
    return links_of(shape, network, "nvlink")


CATALOG = Catalog("gcp", SHAPES, PRICES, ordinary, markets, links, region_name=re.compile(r"[a-z]+-[a-z]+\d+"))
