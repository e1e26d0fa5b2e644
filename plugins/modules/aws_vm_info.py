#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: look at fleets of EC2 instances."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_vm_info
short_description: List the VMs of fleets on AWS EC2
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Lists the VMs of one fleet, or of all fleets of this collection in the region.
extends_documentation_fragment:
  - aienv.cloud.aws
  - aienv.cloud.aws.region
  - aienv.cloud.attributes
  - aienv.cloud.attributes.info
options:
  name:
    description: The fleet. Unset means all fleets.
    type: str
"""

EXAMPLES = r"""
- name: List the machines of the fleet train
  aienv.cloud.aws_vm_info:
    name: train
    region: us-east-1
  register: train

- name: List everything that this collection made in the region
  aienv.cloud.aws_vm_info:
    region: us-east-1
"""

RETURN = r"""
vms:
  description: The VMs, by fleet and index; the same keys as those of M(aienv.cloud.aws_vm).
  returned: success
  type: list
  elements: dict
  sample:
    - id: i-0a1b2c3d4e5f60718
      name: train-0
      fleet: train
      index: 0
      cloud: aws
      region: us-east-1
      zone: us-east-1a
      state: running
      machine_type: g6.xlarge
      vcpus: 4
      memory_gb: 16.0
      gpu_model: l4
      gpu_count: 1
      gpu_memory_gb: 24
      image: debian-12
      public_ip: 203.0.113.10
      private_ip: 10.20.0.4
      market: on_demand
      labels: {}
      ssh_user: admin
      created_at: "2026-11-23T09:00:00Z"
      expires_at: null
      hourly_price: 0.8048
      price_date: "2026-07-20"
      billed: true
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: not_authorized, cloud: aws, operation: describe_instances, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.vms import INFO
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_info


def main() -> None:
    run_info(INFO)


if __name__ == "__main__":
    main()
