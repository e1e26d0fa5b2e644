# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as users read them."""

from __future__ import annotations


def rounded(number: float | None, digits: int = 6) -> float | None:
    """None stays unknown."""
    return None if number is None else round(number, digits)
