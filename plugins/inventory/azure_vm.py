# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: the VMs of Azure as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: azure_vm
short_description: VMs on Azure as hosts, in ready groups
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists VMs on Azure, by default those that M(aienv.cloud.azure_vm) made, with the addresses, sizes and GPUs that they have.
  - The file must end in C(azure_vm.yml) or C(azure_vm.yaml).
  - Four lists of each subscription are read side by side (VMs, their states, network interfaces, public addresses), however many
    VMs there are. A subscription that cannot be read counts as a region that cannot be read.
extends_documentation_fragment:
  - aienv.cloud.inventory
  - aienv.cloud.azure
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [aienv.cloud.azure_vm]
  subscriptions:
    description:
      - The ids of the subscriptions to read. V(all) stands for all that the credentials may see, which takes one more call.
      - Unset means E(AZURE_SUBSCRIPTION_ID).
    type: list
    elements: str
  resource_groups:
    description: Only the VMs of these resource groups. Unset means all.
    type: list
    elements: str
"""

EXAMPLES = r"""
# All running VMs of all fleets in the subscription that AZURE_SUBSCRIPTION_ID names
plugin: aienv.cloud.azure_vm

---
# Two fleets in one resource group, reached through a VPN, with one more group for each team
plugin: aienv.cloud.azure_vm
subscriptions: [00000000-0000-0000-0000-000000000000]
resource_groups: [research]
fleets: [train, devbox]
connect_with: private
keyed_groups:
  - prefix: team
    key: vm_labels.team

---
# Everything in every subscription, whoever made it; kept for ten minutes
plugin: aienv.cloud.azure_vm
subscriptions: [all]
owned_only: false
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aienv
cache_timeout: 600
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.inventory import AzureInventoryOptions, find
from ansible_collections.aienv.cloud.plugins.plugin_utils.inventory import VmInventory


class InventoryModule(VmInventory):
    NAME = "aienv.cloud.azure_vm"
    FILES = ("azure_vm.yml", "azure_vm.yaml")
    OPTIONS = AzureInventoryOptions
    find = staticmethod(find)
