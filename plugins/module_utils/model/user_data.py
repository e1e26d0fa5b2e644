# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""User data under a cloud's limit. cloud-init unpacks what is compressed (cloudinit.readthedocs.io, "Gzip compressed content")."""

from __future__ import annotations

import gzip

from .error import InvalidOption


def packed(text: str, most: int) -> bytes:
    """The text in UTF-8 as it is, or compressed where that is more than `most` bytes. The same text gives the same bytes."""
    plain = text.encode()
    return plain if len(plain) <= most else gzip.compress(plain, mtime=0)


def verify_fits(text: str | None, most: int, cloud: str) -> None:
    """Raises InvalidOption for what is more than `most` bytes even when it is compressed."""
    size = len(packed(text or "", most))
    if size > most:
        plain = len((text or "").encode())
        said = f"{cloud} takes at most {most} bytes, and these {plain} are {size} when they are compressed"
        raise InvalidOption("user_data", (text or "")[:40], said)
