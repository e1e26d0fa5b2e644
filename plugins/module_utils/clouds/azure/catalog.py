# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure offers, and how its GPUs are linked."""

from __future__ import annotations

import re

from ...model.catalog import SOLD_AS, Catalog
from ...model.links import Links, links_of
from ...model.shape import Shape
from .prices import PRICES
from .shapes import SHAPES, ordinary

# An r among the features: RDMA over InfiniBand. https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
RDMA = re.compile(r"Standard_ND\d+[a-z]*r_.*")
RACK = re.compile(r"Standard_ND.*_GB\d+_v\d+")  # the GPUs of a rack are one NVLink domain


def sold(_shape: Shape) -> frozenset[str]:
    return frozenset(SOLD_AS.values())


def links(shape: Shape) -> Links:
    """Whether the cards of NC A100 v4 and NC H100 v5 are bridged, Azure's pages do not say."""
    network = "infiniband" if RDMA.fullmatch(shape.machine_type) else None
    return links_of(shape, network, "nvlink" if RACK.fullmatch(shape.machine_type) else None)


CATALOG = Catalog("azure", SHAPES, PRICES, ordinary, sold, links, region_name=re.compile(r"[a-z]+\d*"))
