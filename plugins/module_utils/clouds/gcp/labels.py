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
from collections.abc import Mapping
from typing import Any

from ...model import mark
from ...model.vm import OWN_LABELS
from .images import as_label

DISK_TYPE = "aienv-disk-type"
PLACEMENT = "aienv-placement"

# A label's value has no capital letters and no colons: 2026-11-23T18:00:00Z is written 20261123t180000z.
STAMP = "%Y%m%dt%H%M%Sz"
TAG_PREFIX = "aienv-"  # of the network tag that stands for a firewall; all other tags are somebody else's
MARK = "aienv.cloud"


def labels_of(labels: Mapping[str, str]) -> dict[str, str]:
    """The user's own part: neither ours nor Google's."""
    return {key: value for key, value in labels.items() if not key.startswith((OWN_LABELS, "goog-"))}


def where(**labels: str) -> str:
    """The filter for resources that bear the labels; underscores stand for hyphens."""
    return " AND ".join(f'(labels.{key.replace("_", "-")} = "{value}")' for key, value in labels.items())


def shown_expiry(text: str | None) -> str | None:
    """The moment as ISO 8601; None if somebody wrote something else."""
    try:
        return datetime.datetime.strptime(text or "", STAMP).replace(tzinfo=datetime.UTC).strftime(mark.ISO)
    except ValueError:
        return None


def member_labels(options: Any, disk_type: str, login: str | None, now: datetime.datetime) -> dict[str, str]:
    """The labels of the VMs of one request."""
    found = {
        **(options.labels or {}),
        mark.FLEET: options.name,
        mark.IMAGE: as_label(options.image),
        mark.NETWORK: last_name(options.network) if options.network else None,
        DISK_TYPE: disk_type,
        PLACEMENT: options.placement_group,
        mark.SSH_USER: options.ssh_user or login,
        **mark.ttl_marks(options.ttl_hours, now, STAMP),
    }
    return {key: str(value) for key, value in found.items() if value is not None}


def last_name(path: str) -> str:
    """A network or a subnetwork by its path, or a network's plain name."""
    return path.rsplit("/", 1)[-1]


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
