# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façades: what a verification proved, collected and as a table. Documentation: proof_report.yml, proof_table.yml, proof_failures.yml."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.aienv.cloud.plugins.module_utils.model import proof

# Stands for the roles of a host that never answered.
UNREACHED = "connection"


def proof_report(hosts: Mapping[str, Mapping[str, Any]], names: list[str]) -> dict[str, Any]:
    """The report of the named hosts. Raises AnsibleFilterError."""
    if not isinstance(hosts, Mapping):
        raise AnsibleFilterError("aienv.cloud.proof_report: hostvars are expected, variables by host name")
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return proof.collect(hosts, {name: list(hosts[name].get("verify_asked") or [UNREACHED]) for name in names}, now)


def _of_report(read: Callable[[Mapping[str, Any]], list[str]], name: str) -> Callable[[Any], list[str]]:
    def filtered(report: Any) -> list[str]:
        if not isinstance(report, Mapping) or report.get("format") != proof.FORMAT:
            raise AnsibleFilterError(f"aienv.cloud.{name}: a report of aienv.cloud.proof_report is expected")
        return read(report)

    return filtered


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "proof_report": proof_report,
            "proof_table": _of_report(proof.table, "proof_table"),
            "proof_failures": _of_report(proof.failures, "proof_failures"),
        }
