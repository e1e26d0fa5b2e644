"""``status``: what runs, and every machine in one line."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from sandbox.machines.report import FILE as REPORT
from sandbox.state import State

_COLUMNS = (
    ("NAME", "name"), ("ID", "id"), ("TYPE", "machine_type"), ("ADDRESS", "address"), ("STATE", "state"),
    ("SSH AFTER", "ssh_seconds"), ("IMAGE", "image"), ("NOTE", "note"),
)  # fmt: skip


def read_status(state: State) -> dict[str, Any]:
    """Everything that ``status`` knows, as plain data."""
    record = state.read()
    machines: list[dict[str, Any]] = []
    with contextlib.suppress(OSError, ValueError, KeyError):
        machines = json.loads((state.path / REPORT).read_text())["machines"]
    processes = {}
    for name in ("server", "watcher", "dockerd"):
        process = getattr(record, name, None)
        alive = process is not None and process.is_alive()
        processes[name] = {
            "pid": process.pid if process and alive else None,
            "running": alive,
            "known": process is not None,
        }
    return {
        "state": str(state),
        "cloud": record.cloud if record else None,
        "endpoint": record.endpoint if record else None,
        "region": record.region if record else None,
        **processes,
        "machines": machines,
    }


def render_status(status: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"sandbox   {status['state']}"]
    if status["cloud"]:
        lines.append(f"cloud     {status['cloud']}, {status['region']}")
    lines.append(f"server    {_describe(status['server'])}" + (f", {status['endpoint']}" if status["endpoint"] else ""))
    lines.append(f"watcher   {_describe(status['watcher'])}")
    if status["dockerd"]["running"]:
        lines.append(f"dockerd   {_describe(status['dockerd'])}, started by the sandbox")
    return "\n".join([*lines, *_table(status["machines"])])


def _describe(process: dict[str, Any]) -> str:
    if process["running"]:
        return f"running (pid {process['pid']})"
    return "died; run up again" if process["known"] else "not running"


def _table(machines: list[dict[str, Any]]) -> list[str]:
    if not machines:
        return []
    rows = [[title for title, _ in _COLUMNS]]
    rows += [[_cell(key, machine.get(key)) for _, key in _COLUMNS] for machine in machines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return [
        "",
        *("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows),
    ]


def _cell(key: str, value: Any) -> str:
    if key == "ssh_seconds":
        return "-" if value is None else f"{value:.1f} s"
    return str(value or "-")
