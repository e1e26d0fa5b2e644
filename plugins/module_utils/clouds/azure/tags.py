# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags by which resources are known as ours, and everything that is recorded in them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from ...model.vm import OWN_LABELS, digest, member_name

FLEET = "aienv-fleet"
IMAGE = "aienv-image"
NETWORK = "aienv-network"
FIREWALL = "aienv-firewall"
DESCRIPTION = "aienv-description"
USER_DATA = "aienv-user-data"
SSH_USER = "aienv-ssh-user"
TTL_HOURS = "aienv-ttl-hours"
EXPIRES = "aienv-expires"


def labels_of(tags: Mapping[str, str] | None) -> dict[str, str]:
    """The user's own part."""
    return {key: value for key, value in (tags or {}).items() if not key.startswith(OWN_LABELS)}


def merged(there: Mapping[str, str] | None, new: Mapping[str, Any]) -> dict[str, str]:
    """All tags, with the new ones in place of those that differ in capital letters only."""
    changed = {key.casefold() for key in new}
    kept = {key: value for key, value in (there or {}).items() if key.casefold() not in changed}
    return {**kept, **{key: str(value) for key, value in new.items() if value is not None}}


def index_of(name: str, fleet: str) -> int | None:
    """The member's number, which stands in its name; None for the only one of a fleet without numbers."""
    number = re.fullmatch(r"\d{1,9}", name.removeprefix(f"{fleet}-"))
    index = int(number[0]) if number else None
    return index if index is not None and member_name(fleet, index) == name else None


def fleet_of(name: str, tags: Mapping[str, str] | None) -> str:
    """The fleet of a VM; empty if it is not ours. A copy of one bears its tags, but not a member's name."""
    fleet = (tags or {}).get(FLEET, "")
    return fleet if fleet and (name == fleet or index_of(name, fleet) is not None) else ""


def expiry(ttl_hours: int, now: datetime.datetime) -> str:
    """When the time to live is over, rounded up to the full hour: never sooner than asked for."""
    end = now + datetime.timedelta(hours=ttl_hours, minutes=59, seconds=59)
    return end.replace(minute=0, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")


def member_tags(options: Any, login: str, now: datetime.datetime) -> dict[str, str]:
    """The tags of a new VM."""
    found = {
        **(options.labels or {}),
        FLEET: options.name,
        IMAGE: options.image,
        NETWORK: options.network,
        USER_DATA: digest(options.user_data) if options.user_data else None,
        SSH_USER: login,
        **ttl_tags(options.ttl_hours, now),
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def ttl_tags(ttl_hours: int | None, now: datetime.datetime) -> dict[str, str]:
    return {} if ttl_hours is None else {TTL_HOURS: str(ttl_hours), EXPIRES: expiry(ttl_hours, now)}
