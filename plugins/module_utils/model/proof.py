# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verification proved on many hosts, as data and as a table for a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FORMAT = 1
PROVED, NOT_PROVED, FAILED = "proved", "not proved", "FAILED"
# Of a role that says no more than that it found no fault.
SETTLED = "Everything is as declared."
UNHEARD = "The host did not answer, or was not asked to the end."
WIDTH = 110


def collect(hosts: Mapping[str, Mapping[str, Any]], roles: Mapping[str, Sequence[str]], time: str) -> dict[str, Any]:
    """One report. `hosts` are variables by host name, `roles` the roles that each was asked for.

    Read are `<role>_proof` ({proved: sentences, not_proved: [{what, why}]}), `verify_passed` (roles) and `verify_failed` (sentences by role).
    """
    report = {name: {role: _role(hosts.get(name, {}), role) for role in roles[name]} for name in sorted(roles)}
    found = [part for parts in report.values() for part in parts.values()]
    summary = {
        "proved": sum(len(part["proved"]) for part in found),
        "not_proved": sum(len(part["not_proved"]) for part in found),
        "failed": sum(1 for part in found if part["failed"]),
    }
    return {"format": FORMAT, "time": time, "summary": summary, "hosts": report}


def _role(variables: Mapping[str, Any], role: str) -> dict[str, Any]:
    proof = variables.get(f"{role}_proof") or {}
    proved, not_proved = list(proof.get("proved", ())), [dict(lack) for lack in proof.get("not_proved", ())]
    failed = (variables.get("verify_failed") or {}).get(role, "")
    if not failed and role not in (variables.get("verify_passed") or ()):
        failed = UNHEARD
    if not (failed or proof):
        proved = [SETTLED]
    return {"proved": proved, "not_proved": not_proved, "failed": " ".join(str(failed).split())}


def table(report: Mapping[str, Any], width: int = WIDTH) -> list[str]:
    """The report as lines of `width` characters at the most, what is wrong first on each host."""
    rows = list(_rows(report))
    columns = [max(len(row[column]) for row in [("HOST", "ROLE", "RESULT"), *rows]) for column in range(3)]
    lines = []
    for row in [("HOST", "ROLE", "RESULT", "WHAT"), *rows]:
        head = "  ".join(cell.ljust(size) for cell, size in zip(row, columns, strict=False)) + "  "
        room = max(width - len(head), 30)
        first, *more = textwrap.wrap(row[3], room, break_on_hyphens=False) or [""]
        lines += [(head + first).rstrip(), *(" " * len(head) + line for line in more)]
    count = report["summary"]
    said = f"{count['proved']} proved, {count['not_proved']} could not be proved, {count['failed']} failed."
    return [*lines, said]


def _rows(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for host, roles in report["hosts"].items():
        for role, part in sorted(roles.items(), key=lambda item: not item[1]["failed"]):
            if part["failed"]:
                yield host, role, FAILED, part["failed"]
            for sentence in part["proved"]:
                yield host, role, PROVED, sentence
            for lack in part["not_proved"]:
                yield host, role, NOT_PROVED, f"{lack['what']}: {lack['why']}"


def failures(report: Mapping[str, Any]) -> list[str]:
    """One sentence for each role that failed on a host."""
    return [
        f"{host}, {role}: {part['failed']}"
        for host, roles in report["hosts"].items()
        for role, part in roles.items()
        if part["failed"]
    ]
