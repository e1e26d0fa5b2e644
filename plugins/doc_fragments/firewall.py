# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the portable options of firewalls."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The firewall's name, of lower-case letters, digits and hyphens.
    type: str
    required: true
  state:
    description: Whether it exists. V(absent) fails while a VM still uses it.
    type: str
    choices: [present, absent]
    default: present
  network:
    description: The name or id of the network it belongs to. Unset means the account's default network.
    type: str
  description:
    description: A sentence for people, used when the firewall is made.
    type: str
  rules:
    description:
      - All openings for incoming traffic. An empty list closes everything; unset leaves the rules as they are.
    type: list
    elements: dict
    suboptions:
      service:
        description: Short for the protocol and port of V(ssh) (tcp 22) or V(rdp) (tcp 3389).
        type: str
        choices: [ssh, rdp]
      protocol:
        description: The protocol, where no O(rules[].service) is given.
        type: str
        choices: [tcp, udp, icmp, icmpv6, all]
      ports:
        description: Ports and ranges such as V(443) or V(8000-8100), for V(tcp) and V(udp).
        type: list
        elements: str
      sources:
        description: Who may come in, each an IPv4 or IPv6 range in CIDR notation or the name of a firewall of the same network.
        type: list
        elements: str
        required: true
      description:
        description: What the opening is for.
        type: str
        default: ""
  purge:
    description: Remove rules that are not declared.
    type: bool
    default: true
  allow_world:
    description: Consent to a rule that opens SSH, RDP or everything to the whole world, or a large part of it (shorter than /8, in IPv6 /16).
    type: bool
    default: false
  labels:
    description: Labels (tags) to set. Others are left alone.
    type: dict
"""
