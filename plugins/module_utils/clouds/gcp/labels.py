# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels by which VMs are known as ours, and everything that is recorded in them; network tags; owner marks.

A member's number is in its name, which nobody can change while the VM runs: all VMs of one bulkInsert share their labels.
Firewalls and networks have no labels on Google; their mark stands in the description.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any

from ...model.vm import OWN_LABELS, member_name
from .images import as_label

FLEET = "aienv-fleet"
IMAGE = "aienv-image"
NETWORK = "aienv-network"
DISK_TYPE = "aienv-disk-type"
PLACEMENT = "aienv-placement"
SSH_USER = "aienv-ssh-user"
TTL_HOURS = "aienv-ttl-hours"
EXPIRES = "aienv-expires"

# A label's value has no capital letters and no colons: 2026-11-23T18:00:00Z is written 20261123t180000z.
STAMP = "%Y%m%dt%H%M%Sz"
ISO = "%Y-%m-%dT%H:%M:%SZ"
TAG_PREFIX = "aienv-"  # of the network tag that stands for a firewall; all other tags are somebody else's
MARK = "aienv.cloud"


def labels_of(labels: Mapping[str, str]) -> dict[str, str]:
    """The user's own part: neither ours nor Google's."""
    return {key: value for key, value in labels.items() if not key.startswith((OWN_LABELS, "goog-"))}


def where(**labels: str) -> str:
    """The filter for resources that bear the labels; underscores stand for hyphens."""
    return " AND ".join(f'(labels.{key.replace("_", "-")} = "{value}")' for key, value in labels.items())


def expiry(ttl_hours: int, now: datetime.datetime) -> str:
    """When the time to live is over, rounded up to the full hour: never sooner than asked for."""
    end = now + datetime.timedelta(hours=ttl_hours, minutes=59, seconds=59)
    return end.replace(minute=0, second=0, microsecond=0).strftime(STAMP)


def shown_expiry(text: str | None) -> str | None:
    """The moment as ISO 8601; None if somebody wrote something else."""
    try:
        return datetime.datetime.strptime(text or "", STAMP).replace(tzinfo=datetime.UTC).strftime(ISO)
    except ValueError:
        return None


def member_labels(options: Any, disk_type: str, login: str | None, now: datetime.datetime) -> dict[str, str]:
    """The labels of the VMs of one request."""
    found = {
        **(options.labels or {}),
        FLEET: options.name,
        IMAGE: as_label(options.image),
        NETWORK: last_name(options.network) if options.network else None,
        DISK_TYPE: disk_type,
        PLACEMENT: options.placement_group,
        SSH_USER: options.ssh_user or login,
        **ttl_labels(options.ttl_hours, now),
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def ttl_labels(ttl_hours: int | None, now: datetime.datetime) -> dict[str, str]:
    return {} if ttl_hours is None else {TTL_HOURS: str(ttl_hours), EXPIRES: expiry(ttl_hours, now)}


def last_name(path: str) -> str:
    """A network or a subnetwork by its path, or a network's plain name."""
    return path.rsplit("/", 1)[-1]


def is_member(name: str, fleet: str) -> bool:
    """Whether a VM of that name is one of the fleet. A copy of one bears its labels, but not a member's name."""
    return name == fleet or index_of(name, fleet) is not None


def index_of(name: str, fleet: str) -> int | None:
    """The member's number; None for the only one of a fleet without numbers."""
    number = re.fullmatch(r"\d{1,9}", name.removeprefix(f"{fleet}-"))
    index = int(number[0]) if number else None
    return index if index is not None and member_name(fleet, index) == name else None


def tag_of(firewall: str) -> str:
    return TAG_PREFIX + firewall


def firewalls_of(tags: Any) -> tuple[str, ...]:
    return tuple(tag.removeprefix(TAG_PREFIX) for tag in tags or () if tag.startswith(TAG_PREFIX))


def marked(**notes: Any) -> str:
    """A description that says whose the resource is, and what we have to remember of it."""
    return f"{MARK} {json.dumps(notes, sort_keys=True, separators=(',', ':'))}"


def notes_of(description: str | None) -> dict[str, Any]:
    """What `marked` wrote; empty for a resource that is not ours."""
    mark, _space, text = (description or "").partition(" ")
    if mark != MARK:
        return {}
    try:
        notes = json.loads(text)
    except ValueError:
        return {}
    return notes if isinstance(notes, dict) else {}
