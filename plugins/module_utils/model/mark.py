# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags or labels by which a VM is known as ours, and what they record of it: the same on every cloud."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from .vm import member_name

FLEET = "aienv-fleet"
IMAGE = "aienv-image"
NETWORK = "aienv-network"
USER_DATA = "aienv-user-data"
SSH_USER = "aienv-ssh-user"
TTL_HOURS = "aienv-ttl-hours"
EXPIRES = "aienv-expires"

ISO = "%Y-%m-%dT%H:%M:%SZ"


def index_of(name: str, fleet: str) -> int | None:
    """The number of a member, where it stands in the name; None for the only one of a fleet without numbers."""
    number = re.fullmatch(r"\d{1,9}", name.removeprefix(f"{fleet}-"))
    index = int(number[0]) if number else None
    return index if index is not None and member_name(fleet, index) == name else None


def fleet_of(name: str, marks: Mapping[str, str] | None) -> str:
    """The fleet of a VM by its marks and its name; empty if it is not ours. A copy of one bears its marks, but not a member's name."""
    fleet = (marks or {}).get(FLEET, "")
    return fleet if fleet and (name == fleet or index_of(name, fleet) is not None) else ""


def expiry(ttl_hours: int, now: datetime.datetime, stamp: str = ISO) -> str:
    """When the time to live is over, rounded up to the full hour: never sooner than asked for."""
    end = now + datetime.timedelta(hours=ttl_hours, minutes=59, seconds=59)
    return end.replace(minute=0, second=0, microsecond=0).strftime(stamp)


def ttl_marks(ttl_hours: int | None, now: datetime.datetime, stamp: str = ISO) -> dict[str, str]:
    return {} if ttl_hours is None else {TTL_HOURS: str(ttl_hours), EXPIRES: expiry(ttl_hours, now, stamp)}


def ttl_of(marks: Mapping[str, str]) -> int | None:
    """Hours; None where nothing, or nothing of ours, is recorded."""
    text = marks.get(TTL_HOURS, "")
    return int(text) if text.isdigit() else None


def changed_marks(wanted: Mapping[str, Any], stamp: str = ISO) -> dict[str, str]:
    """What changes of options mean for the marks: the user's labels, the login, the time to live from now on."""
    found = dict(wanted.get("labels") or {})
    if "ssh_user" in wanted:
        found[SSH_USER] = wanted["ssh_user"]
    if "ttl_hours" in wanted:
        found |= ttl_marks(wanted["ttl_hours"], datetime.datetime.now(datetime.UTC), stamp)
    return found
