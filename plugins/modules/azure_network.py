#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a virtual network with a subnet."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_network
short_description: Manage an isolated network on Azure (virtual network, subnet)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Manages a virtual network with one subnet, as one thing with one name. The subnet gets a quarter of O(cidr).
  - A subnet on Azure serves all zones of its location, so O(zones) is only checked. VMs with a public address reach the
    internet through it.
  - The resource group is made where it is missing. One that was made so is deleted with the network, if nothing is left in it.
  - Networks that this collection did not make are never touched; one of the same name is an error.
extends_documentation_fragment:
  - aienv.cloud.network
  - aienv.cloud.azure
  - aienv.cloud.azure.place
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Make a network, and the resource group around it
  aienv.cloud.azure_network:
    name: devbox
    resource_group: devbox
    location: eastus

- name: Make a network with a range of its own
  aienv.cloud.azure_network:
    name: train
    cidr: 10.42.0.0/16
    resource_group: devbox
    location: eastus

- name: Delete it
  aienv.cloud.azure_network:
    name: train
    resource_group: devbox
    state: absent
"""

RETURN = r"""
networks:
  description: The network as it is after the run; empty when it does not exist.
  returned: always
  type: list
  elements: dict
  sample:
    - id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/devbox/providers/Microsoft.Network/virtualNetworks/devbox
      name: devbox
      cloud: azure
      region: eastus
      cidr: 10.20.0.0/16
      subnets:
        - id: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/devbox/providers/Microsoft.Network/virtualNetworks/devbox/subnets/default
          zone: eastus
          cidr: 10.20.0.0/18
      labels: {}
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create devbox"]
attempts:
  description: One entry if the network had to be made.
  returned: always
  type: list
  elements: dict
  sample: [{machine_type: null, zone: null, asked: 1, made: 1, code: null, detail: null}]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: in_use, cloud: azure, operation: VirtualNetworks_Delete, resource: devbox, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.networks import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
