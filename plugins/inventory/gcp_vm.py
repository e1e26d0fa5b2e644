# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: the VMs of GCP Compute Engine as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: gcp_vm
short_description: VMs on GCP Compute Engine as hosts, in ready groups
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists VMs on GCP Compute Engine, by default those that M(aienv.cloud.gcp_vm) made, with the addresses, sizes and GPUs that they have.
  - The file must end in C(gcp_vm.yml) or C(gcp_vm.yaml).
  - Projects are read side by side, each in pages of 500 VMs over all zones.
  - O(ignore_region_errors) is about projects that cannot be read, and about zones that do not answer.
extends_documentation_fragment:
  - aienv.cloud.inventory
  - aienv.cloud.gcp
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [aienv.cloud.gcp_vm]
  projects:
    description:
      - The ids of the projects to read. Unset means E(GOOGLE_CLOUD_PROJECT), then the project of the credentials.
    type: list
    elements: str
  regions:
    description:
      - Only the VMs of these regions, and of the O(zones) that are named beside them. Unset means all.
    type: list
    elements: str
  zones:
    description: Only the VMs of these zones, and of the O(regions) that are named beside them. Unset means all.
    type: list
    elements: str
  filters:
    description:
      - Further filters of Google's C(instances.aggregatedList), such as V(labels.team = red). A VM must pass all of them;
        they are applied by Google.
      - States are chosen by O(include_states).
    type: list
    elements: str
"""

EXAMPLES = r"""
# All running VMs of all fleets in the project that Google's tools use
plugin: aienv.cloud.gcp_vm

---
# Two fleets in two projects, reached through a VPN, with one more group for each team
plugin: aienv.cloud.gcp_vm
projects: [research-1, research-2]
regions: [us-central1, europe-west4]
fleets: [train, devbox]
connect_with: private
keyed_groups:
  - prefix: team
    key: vm_labels.team

---
# Everything in the project that is labelled as production, whoever made it; kept for ten minutes
plugin: aienv.cloud.gcp_vm
owned_only: false
filters:
  - labels.environment = production
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aienv
cache_timeout: 600
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.inventory import GcpInventoryOptions, find
from ansible_collections.aienv.cloud.plugins.plugin_utils.inventory import VmInventory


class InventoryModule(VmInventory):
    NAME = "aienv.cloud.gcp_vm"
    FILES = ("gcp_vm.yml", "gcp_vm.yaml")
    OPTIONS = GcpInventoryOptions
    find = staticmethod(find)
