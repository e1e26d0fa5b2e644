# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: the VMs of AWS EC2 as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_vm
short_description: VMs on AWS EC2 as hosts, in ready groups
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists VMs on AWS EC2, by default those that M(aienv.cloud.aws_vm) made, with the addresses, sizes and GPUs that they have.
  - The file must end in C(aws_vm.yml) or C(aws_vm.yaml).
  - Regions are read side by side, each in pages of 1,000 VMs.
extends_documentation_fragment:
  - aienv.cloud.inventory
  - aienv.cloud.aws
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [aienv.cloud.aws_vm]
  regions:
    description:
      - The regions to read. V(all) stands for all regions that are enabled for the account, which takes one more call.
      - Unset means the region that the AWS tools use, E(AWS_REGION), E(AWS_DEFAULT_REGION) or the profile's region, and
        all regions if there is none.
    type: list
    elements: str
  filters:
    description:
      - Further filters of EC2's C(DescribeInstances), with a value or a list of values each. A VM must pass all of them;
        they are applied by EC2.
      - States are chosen by O(include_states).
    type: dict
"""

EXAMPLES = r"""
# All running VMs of all fleets in the region that the AWS tools use
plugin: aienv.cloud.aws_vm

---
# Two fleets in two regions, reached through a VPN, with one more group for each team
plugin: aienv.cloud.aws_vm
regions: [us-east-1, eu-central-1]
fleets: [train, devbox]
connect_with: private
keyed_groups:
  - prefix: team
    key: vm_labels.team

---
# Everything in the account that is tagged as production, whoever made it; kept for ten minutes
plugin: aienv.cloud.aws_vm
regions: [all]
owned_only: false
filters:
  tag:environment: production
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aienv
cache_timeout: 600
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.inventory import AwsInventoryOptions, find
from ansible_collections.aienv.cloud.plugins.plugin_utils.inventory import VmInventory


class InventoryModule(VmInventory):
    NAME = "aienv.cloud.aws_vm"
    FILES = ("aws_vm.yml", "aws_vm.yaml")
    OPTIONS = AwsInventoryOptions
    find = staticmethod(find)
