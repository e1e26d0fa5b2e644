#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a fleet of EC2 instances."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_vm
short_description: Manage a fleet of VMs on AWS EC2
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Makes, changes, starts, stops and deletes a fleet of EC2 instances, all of the same kind, as one unit.
  - A VM belongs to the fleet by the tags C(aienv-fleet) and C(aienv-base-index) alone. A changed image, type or key is
    a difference that is reported or, with consent, mended; it never leads to a second VM.
  - VMs without these tags are never touched.
extends_documentation_fragment:
  - aienv.cloud.vm
  - aienv.cloud.aws
  - aienv.cloud.aws.region
  - aienv.cloud.attributes
options:
  image:
    description:
      - A friendly name (V(debian-12), V(debian-13), V(ubuntu-22.04), V(ubuntu-24.04), V(ubuntu-26.04), V(deep-learning)), which
        stands for the newest AMI of its publisher at the time the VM is made, or the id of an AMI.
      - A newer AMI under the same friendly name is no difference.
    type: str
  disk_type:
    description: Type of the root volume. A new VM gets V(gp3).
    type: str
    choices: [gp3, gp2]
  efa:
    description:
      - Elastic Fabric Adapter for multi-node training, on every network card that the machine type has.
      - With several cards EC2 gives no public address; reach such a VM by its private one.
    type: bool
"""

EXAMPLES = r"""
- name: Make one machine with an L4 GPU
  aienv.cloud.aws_vm:
    name: devbox
    gpu_model: l4
    image: debian-12
    disk_gb: 200
    ssh_public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    network: devbox
    firewalls: [devbox]
    region: us-east-1

- name: Make a fleet of four in whichever zone has room, first with H100, else with A100
  aienv.cloud.aws_vm:
    name: train
    count: 4
    machine_types: [p5.48xlarge, p4d.24xlarge]
    zones: [us-east-1a, us-east-1b, us-east-1d]
    image: deep-learning
    efa: true
    public_ip: false
    placement_group: train
    ttl_hours: 48

- name: Make the cheapest machine there is for the job, and none that costs more than a dollar an hour
  aienv.cloud.aws_vm:
    name: devbox
    offer: "{{ query('aienv.cloud.vm_offers', 'l4', clouds=['aws'], regions=['us-east-1']) | first }}"
    max_hourly_price: 1.0
    image: debian-12
    network: devbox

- name: Stop it over night
  aienv.cloud.aws_vm:
    name: train
    state: stopped

- name: Move the machine to a larger type, which restarts it
  aienv.cloud.aws_vm:
    name: devbox
    machine_type: g6.4xlarge
    image: debian-12
    allow_restart: true

- name: Delete every VM of the fleet
  aienv.cloud.aws_vm:
    name: train
    state: absent
"""

RETURN = r"""
vms:
  description: The VMs of the fleet as they are after the run (in check mode, as they are now), in the order of their index.
  returned: always
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
      labels: {team: research}
      ssh_user: admin
      created_at: "2026-11-23T09:00:00Z"
      expires_at: null
      hourly_price: 0.8048
      price_date: "2026-07-20"
      billed: true
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create train-0", "resize train-1 (machine_type: 'g6.xlarge' -> 'g6.4xlarge')"]
attempts:
  description: The candidates that were tried while making VMs, in order, with what came of each.
  returned: always
  type: list
  elements: dict
  sample:
    - machine_type: g6.xlarge
      zone: us-east-1a
      asked: 4
      made: 0
      code: no_capacity
      detail: We currently do not have sufficient capacity in the Availability Zone you requested. (InsufficientInstanceCapacity)
    - machine_type: g6.xlarge
      zone: us-east-1b
      asked: 4
      made: 4
      code: null
      detail: null
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: aws, operation: run_instances, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.vms import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
