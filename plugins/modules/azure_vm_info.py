#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: look at fleets of Azure virtual machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_vm_info
short_description: List the VMs of fleets on Azure
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists the VMs of one fleet, or of all fleets of this collection in the resource group.
  - A resource group that does not exist has no VMs.
extends_documentation_fragment:
  - aienv.cloud.azure
  - aienv.cloud.azure.place
  - aienv.cloud.attributes
  - aienv.cloud.attributes.info
options:
  name:
    description: The fleet. Unset means all fleets.
    type: str
"""

EXAMPLES = r"""
- name: List the machines of the fleet train
  aienv.cloud.azure_vm_info:
    name: train
    resource_group: devbox
  register: train

- name: List everything that this collection made in the resource group
  aienv.cloud.azure_vm_info:
    resource_group: devbox
"""

RETURN = r"""
vms:
  description: The VMs, by fleet and index; the same keys as those of M(aienv.cloud.azure_vm).
  returned: success
  type: list
  elements: dict
  sample:
    - id: 5f3c1c1e-5a0b-4d5c-9d3e-0a1b2c3d4e5f
      name: train-0
      fleet: train
      index: 0
      cloud: azure
      region: eastus
      zone: "1"
      state: running
      machine_type: Standard_NC4as_T4_v3
      vcpus: 4
      memory_gb: 28.0
      gpu_model: t4
      gpu_count: 1
      gpu_memory_gb: 16
      image: debian-12
      public_ip: 203.0.113.10
      private_ip: 10.20.0.4
      market: on_demand
      labels: {}
      ssh_user: azureuser
      created_at: "2026-11-23T09:00:00Z"
      expires_at: null
      hourly_price: 0.526
      price_date: "2026-06-18"
      billed: true
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: not_authorized, cloud: azure, operation: VirtualMachines_List, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.vms import INFO
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_info


def main() -> None:
    run_info(INFO)


if __name__ == "__main__":
    main()
