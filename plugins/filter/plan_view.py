# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: the data of a plan's report as a filter. Documentation: plan_view.yml."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.fleet_cost import Assumptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.plan_view import plan_view as view_of
from ansible_collections.aienv.cloud.plugins.module_utils.model.plan_view import stacks

VM_KEYS = [
    "name",
    "fleet",
    "cloud",
    "region",
    "machine_type",
    "market",
    "state",
    "gpu_model",
    "gpu_count",
    "hourly_price",
    "price_date",
    "billed",
]


def plan_view(
    found: Mapping[str, Any],
    hosts: Iterable[Mapping[str, Any]] = (),
    fleet_offers: Iterable[Mapping[str, Any]] = (),
    assumptions: Mapping[str, Any] | None = None,
    os: str = "debian-13",
    framework: str = "torch",
) -> dict[str, Any]:
    """Raises AnsibleFilterError with the sentence of the refusal."""
    try:
        fleet = [{key: host.get(f"vm_{key}") for key in VM_KEYS} for host in hosts]
        return view_of(
            found, fleet, fleet_offers, assumed({} if assumptions is None else assumptions), stacks(os, framework)
        )
    except CloudError as error:
        raise AnsibleFilterError(f"aienv.cloud.plan_view: {error}") from error


def assumed(said: Mapping[str, Any]) -> Assumptions:
    """Raises InvalidOption for an unknown word or what is no number."""
    usual = vars(Assumptions())
    if not isinstance(said, Mapping):
        raise InvalidOption("assumptions", said, f"a dictionary is expected, of: {', '.join(usual)}")
    for name in said:
        if name not in usual:
            raise InvalidOption(name, said[name], f"no such assumption; there are: {', '.join(usual)}")
    numbers = {name: _number(name, value) for name, value in said.items()}
    return Assumptions(**{**usual, **numbers}).verified()


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        return float(value)
    except (TypeError, ValueError):
        raise InvalidOption(name, value, "a number is expected") from None


class FilterModule:
    """What Ansible asks for the filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"plan_view": plan_view}
