# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags by which resources are known as ours, and everything that is recorded in them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from ...model import mark
from ...model.vm import OWN_LABELS, digest

BASE_INDEX = "aienv-base-index"
FIREWALL = "aienv-firewall"
ZONES = "aienv-zones"


def as_dict(raw: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in raw or ()}


def as_tags(values: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": str(value)} for key, value in values.items() if value is not None]


def labels_of(tags: Mapping[str, str]) -> dict[str, str]:
    """The user's own part: neither ours, nor AWS's, nor the name."""
    return {key: value for key, value in tags.items() if not key.startswith((OWN_LABELS, "aws:")) and key != "Name"}


def where(**tags: str) -> list[dict[str, Any]]:
    """The filter for resources that bear the tags; underscores stand for hyphens."""
    return [{"Name": f"tag:{key.replace('_', '-')}", "Values": [value]} for key, value in tags.items()]


def member_tags(options: Any, index: int | None, login: str | None, now: datetime.datetime) -> dict[str, str]:
    """The tags of one RunInstances: its members share them, and each adds its AmiLaunchIndex to the base index."""
    found = {
        "Name": options.name,
        **(options.labels or {}),
        mark.FLEET: options.name,
        BASE_INDEX: index,
        mark.IMAGE: options.image,
        mark.NETWORK: options.network,
        mark.USER_DATA: digest(options.user_data) if options.user_data else None,
        mark.SSH_USER: options.ssh_user or login,
        **mark.ttl_marks(options.ttl_hours, now),
    }
    return {key: str(value) for key, value in found.items() if value is not None}
