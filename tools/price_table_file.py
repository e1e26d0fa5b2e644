"""The price tables of the clouds as files: what stands in them, and how they are written. Used by the tools that renew them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".collections"))

from ansible_collections.aienv.cloud.plugins.module_utils.model.price import (  # noqa: E402
    CHECKED,
    MARKETS,
    UNKNOWN,
    Market,
    PriceRow,
    PriceTable,
    Source,
)

PACKAGE = "ansible_collections.aienv.cloud.plugins.module_utils.clouds"
NAMES = {"aws": "EC2", "azure": "Azure", "gcp": "Compute Engine"}
WIDTH = 120
HEADER = '''# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""{name}'s list prices, USD per hour with Linux. Written by tools/price_table_file.py; do not edit by hand.

A line is: source region market, then machine-type:price of each type; `*` after a price: a second source agrees; `-` in its
place: offered there, at a price that no trustworthy source says.
"""

from __future__ import annotations

from ...model.price import Source

SOURCES = {{
{sources}
}}

TABLE = """
{table}
"""
'''


def path_of(cloud: str) -> Path:
    return ROOT / f"plugins/module_utils/clouds/{cloud}/price_table.py"


def read(cloud: str) -> list[PriceRow]:
    """What the committed table says."""
    module = import_module(f"{PACKAGE}.{cloud}.price_table")
    return list(PriceTable(module.TABLE, module.SOURCES).rows())


def render(cloud: str, rows: Iterable[PriceRow]) -> str:
    """The file's text. A row without a price stands under the source of another one of its region.

    Raises ValueError if one machine type has two prices in one region and market.
    """
    kept = sorted(rows, key=lambda row: (row.region, MARKETS.index(row.market), row.machine_type))
    seen = {(row.region, row.market, row.machine_type) for row in kept}
    if len(seen) != len(kept):
        raise ValueError(f"{cloud}: a machine type has two prices in one region and market")
    said = sorted({(row.price.date, row.price.source) for row in kept if row.price}, reverse=True)
    short = {source: f"s{number}" for number, source in enumerate(said, 1)}
    groups: dict[tuple[str, Market, str], list[str]] = {}
    for row in kept:
        source = short[row.price.date, row.price.source] if row.price else "s1"
        groups.setdefault((row.region, row.market, source), []).append(entry(row))
    return HEADER.format(
        name=NAMES[cloud],
        sources="\n".join(source_line(short[one], Source(one[1], one[0])) for one in said),
        table="\n".join(line for group, entries in groups.items() for line in lines(group, entries)),
    )


def source_line(short: str, source: Source) -> str:
    # As the formatter leaves it: in one line where that has room for it, which is also what sanity's longest line is about.
    room = WIDTH - len('        "",')
    pieces = [source.name]
    if len(source.name) > room:
        pieces = textwrap.wrap(source.name, room - 10, drop_whitespace=False, break_on_hyphens=False)
    name = "\n        ".join(f'"{piece}"' for piece in pieces)
    return f'    "{short}": Source(\n        {name},\n        "{source.date}",\n    ),'


def entry(row: PriceRow) -> str:
    if row.price is None:
        return f"{row.machine_type}:{UNKNOWN}"
    return f"{row.machine_type}:{row.price.hourly:.10g}{CHECKED if row.price.cross_checked else ''}"


def lines(group: tuple[str, Market, str], entries: Iterable[str]) -> Iterable[str]:
    """The entries of one source, region and market, broken where a line gets long."""
    region, market, source = group
    line = head = f"{source} {region} {market}"
    for text in entries:
        if line != head and len(line) + len(text) >= WIDTH:
            yield line
            line = head
        line += f" {text}"
    yield line


def write(cloud: str, rows: Iterable[PriceRow]) -> Path:
    path = path_of(cloud)
    path.write_text(render(cloud, rows))
    return path
