# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EC2 offers, and how its GPUs are linked."""

from __future__ import annotations

import re

from ...model.catalog import SOLD_AS, Catalog
from ...model.links import Links, links_of
from ...model.shape import Shape
from .prices import PRICES
from .shapes import SHAPES, ordinary


def sold(_shape: Shape) -> frozenset[str]:
    """All of them in every way; of p5 and p6 there is in practice little but capacity blocks, whose prices are not lists."""
    return frozenset(SOLD_AS.values())


def links(shape: Shape) -> Links:
    """Its V100 are all of the kind with NVLink: https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html (read 2026-11)."""
    return links_of(
        shape, "efa" if shape.efa else None, "nvlink" if (shape.gpu_model or "").startswith("v100") else None
    )


CATALOG = Catalog("aws", SHAPES, PRICES, ordinary, sold, links, region_name=re.compile(r"[a-z]{2}(-[a-z]+)+-\d+"))
