# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the portable options of networks."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The network's name, of lower-case letters, digits and hyphens.
    type: str
    required: true
  state:
    description: Whether it exists. V(absent) fails while something is still in it.
    type: str
    choices: [present, absent]
    default: present
  cidr:
    description: The private IPv4 range. It cannot be changed afterwards. A new network gets V(10.20.0.0/16) where it is unset.
    type: str
  zones:
    description:
      - The zones that get a subnet; a zone that is added later gets one then.
      - Unset means all zones that the region has when the network is made.
    type: list
    elements: str
  labels:
    description: Labels (tags) to set. Others are left alone.
    type: dict
"""
