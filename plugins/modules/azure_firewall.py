#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a network security group as a declared-complete firewall."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_firewall
short_description: Manage a firewall on Azure (a network security group)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a network security group by name as a complete set of rules for incoming traffic. Rules that somebody added by
    hand are removed, unless O(purge=false); denials are shown as protocol C(deny tcp) and so on.
  - Rules for outgoing traffic are left as they are; Azure allows all of it by default.
  - With it goes an application security group of the same name, by which rules of this and other firewalls name its VMs.
  - On Azure a firewall is in a resource group, not in a network, so its name is taken once per resource group. O(network) is
    recorded, and VMs of another network cannot use it.
  - A security group that this collection did not make is never touched; one of the same name is an error.
extends_documentation_fragment:
  - aienv.cloud.firewall
  - aienv.cloud.azure
  - aienv.cloud.azure.place
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Let one office in by SSH, and the VMs of the firewall reach each other
  aienv.cloud.azure_firewall:
    name: devbox
    network: devbox
    resource_group: devbox
    location: eastus
    rules:
      - service: ssh
        sources: [203.0.113.0/24]
        description: office
      - protocol: all
        sources: [devbox]
      - protocol: tcp
        ports: ["443", "8000-8100"]
        sources: [203.0.113.0/24, "2001:db8::/32"]

- name: Delete the firewall
  aienv.cloud.azure_firewall:
    name: devbox
    network: devbox
    resource_group: devbox
    state: absent
"""

RETURN = r"""
firewalls:
  description: The firewall as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/devbox/providers/Microsoft.Network/networkSecurityGroups/devbox
      name: devbox
      cloud: azure
      region: eastus
      network: devbox
      description: Firewall devbox, managed by aienv.cloud
      labels: {}
      rules:
        - {protocol: tcp, first_port: 22, last_port: 22, source: 203.0.113.0/24, description: office}
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create devbox"]
attempts:
  description: One entry if the firewall had to be made.
  returned: always
  type: list
  elements: dict
  sample: [{machine_type: null, zone: null, asked: 1, made: 1, code: null, detail: null}]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: ambiguous, cloud: azure, operation: NetworkSecurityGroups_CreateOrUpdate, resource: devbox, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.firewalls import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
