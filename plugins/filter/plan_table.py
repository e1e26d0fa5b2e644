# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a plan as a table for the terminal. Documentation: plan_table.yml."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

WIDE = 118  # columns of the terminal, from which on there is room for more
MEDIUM = 76
LEAST = 30


def plan_table(view: Mapping[str, Any], width: int = 100, rows: int = 15) -> list[str]:
    """The lines of the table. Raises AnsibleFilterError where rich is missing."""
    width = max(LEAST, int(width))
    return [*_offers(view, width, int(rows)), *(_fleet(view["fleet"], width) if view["fleet"] else [])]


def _offers(view: Mapping[str, Any], width: int, most: int) -> list[str]:
    shown = view["offers"][:most]
    if not shown:
        return ["No offer with a known price fits."]
    cells = [_offer(one, view["stacks"][one["stack"]]) for one in shown]
    lines = _table(cells, _offer_columns(width), width)
    rest = len(view["offers"]) - len(shown)
    notes = [
        f"{rest} more in the report" if rest else "",
        f"{view['unpriced']} without a known price" if view["unpriced"] else "",
    ]
    notes += ["* price older than 90 days" if view["stale"] else ""]
    return lines + ([f"({'; '.join(note for note in notes if note)})"] if any(notes) else [])


def _offer(one: Mapping[str, Any], stack: Mapping[str, str]) -> dict[str, str]:
    mark = "*" if one["price_stale"] else ""
    return {
        "CLOUD": one["cloud"],
        "REGION": one["region"] or "-",
        "TYPE": one["machine_type"],
        "WHERE": f"{one['machine_type']}\n{one['cloud']} {one['region'] or ''}",
        "GPU": one["gpus"],
        "GB": f"{one['gpu_memory_total_gb']:g}" if one["gpu_memory_total_gb"] else "-",
        "TFLOPS": f"{one['tflops_bf16']:,.0f}" if one["tflops_bf16"] else "-",
        "MARKET": one["market"],
        "USD/H": f"{one['hourly_price']:,.3f}{mark}",
        "USD/MONTH": f"{one['total_monthly']:,.0f}",
        "STACK": stack["text"] or ("refused, see the report" if stack["refusal"] else "-"),
    }


def _offer_columns(width: int) -> Sequence[str]:
    if width >= WIDE:
        return ("CLOUD", "REGION", "TYPE", "GPU", "GB", "TFLOPS", "MARKET", "USD/H", "USD/MONTH", "STACK")
    if width >= MEDIUM:
        return ("CLOUD", "REGION", "TYPE", "GPU", "MARKET", "USD/H", "USD/MONTH")
    return ("WHERE", "GPU", "USD/H")


def _fleet(fleet: Mapping[str, Any], width: int) -> list[str]:
    columns = ("VM", "TYPE", "STATE", "NOW", "SPOT", "1 YEAR", "3 YEARS", "IDLE STOP")
    if width < MEDIUM:
        columns = ("VM", "NOW", "SPOT", "IDLE STOP")
    cells = [
        {"VM": vm["name"], "TYPE": vm["machine_type"], "STATE": vm["state"] or "-", **_ways(vm)} for vm in fleet["vms"]
    ]
    totals = fleet["totals"]
    cells.append({"VM": "all", "TYPE": "", "STATE": "", **_ways(totals)})
    lines = ["The fleet, in USD per month by list prices", *_table(cells, columns, width)]
    if fleet["unknown"]:
        lines.append(f"({fleet['unknown']} of {len(fleet['vms'])} without a known price; they count as 0)")
    return lines


def _ways(one: Mapping[str, Any]) -> dict[str, str]:
    names = {"NOW": "now", "SPOT": "spot", "1 YEAR": "reserved_1y", "3 YEARS": "reserved_3y", "IDLE STOP": "idle_stop"}
    return {title: "-" if one[name] is None else f"{one[name]:,.0f}" for title, name in names.items()}


def _table(cells: Sequence[Mapping[str, str]], columns: Sequence[str], width: int) -> list[str]:
    try:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError as error:
        said = f"rich is missing for {sys.executable}; install it with: {sys.executable} -m pip install rich"
        raise AnsibleFilterError(f"aienv.cloud.plan_table: {said}") from error
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    numbers = ("GB", "TFLOPS", "USD/H", "USD/MONTH", "NOW", "SPOT", "1 YEAR", "3 YEARS", "IDLE STOP")
    for title in columns:
        head = {"WHERE": "TYPE"}.get(title, title)
        table.add_column(
            head, justify="right" if title in numbers else "left", overflow="fold", no_wrap=title in numbers
        )
    for row in cells:
        table.add_row(*(Text(row[title]) for title in columns))
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, force_terminal=False, legacy_windows=False).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"plan_table": plan_table}
