# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags by which resources are known as ours, and everything that is recorded in them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from ...model import mark
from ...model.vm import OWN_LABELS, digest

# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (read 2026-11)
LONGEST = 256
FIREWALL = "aienv-firewall"
DESCRIPTION = "aienv-description"


def labels_of(tags: Mapping[str, str] | None) -> dict[str, str]:
    """The user's own part."""
    return {key: value for key, value in (tags or {}).items() if not key.startswith(OWN_LABELS)}


def merged(there: Mapping[str, str] | None, new: Mapping[str, Any]) -> dict[str, str]:
    """All tags, with the new ones in place of those that differ in capital letters only."""
    changed = {key.casefold() for key in new}
    kept = {key: value for key, value in (there or {}).items() if key.casefold() not in changed}
    return {**kept, **{key: str(value) for key, value in new.items() if value is not None}}


def member_tags(options: Any, login: str, now: datetime.datetime) -> dict[str, str]:
    """The tags of a new VM. An id that is too long for one is left out: the VM itself shows its image, its interface its subnet."""
    found = {
        **(options.labels or {}),
        mark.FLEET: options.name,
        mark.IMAGE: options.image,
        mark.NETWORK: options.network,
        mark.USER_DATA: digest(options.user_data) if options.user_data else None,
        mark.SSH_USER: login,
        **mark.ttl_marks(options.ttl_hours, now),
    }
    return {key: str(value) for key, value in found.items() if value is not None and len(str(value)) <= LONGEST}
