#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a fleet of Compute Engine VMs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_vm
short_description: Manage a fleet of VMs on GCP Compute Engine
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Makes, changes, starts, stops and deletes a fleet of Compute Engine VMs, all of the same kind, as one unit.
  - A VM belongs to the fleet by the label C(aienv-fleet) and by its name, which is the fleet's with the member's number. A
    changed image or type is a difference that is reported or, with consent, mended; it never leads to a second VM.
  - VMs without this label are never touched; one that has a member's name already is an error.
  - Google encrypts every disk, so O(disk_encrypted=false) makes no difference.
  - O(ttl_hours) is also given to Google as a limit of the run time. It stops the VM when it has run for so long, each start
    begins it anew, and nothing is deleted. A change stops and starts a running VM, which takes O(allow_restart).
  - O(state=restarted) is Google's reset, which does not ask the guest to shut down first.
extends_documentation_fragment:
  - aienv.cloud.vm
  - aienv.cloud.gcp
  - aienv.cloud.gcp.region
  - aienv.cloud.attributes
options:
  machine_type:
    description:
      - Google's name of the size, such as V(g2-standard-4). GPUs that are attached to an N1 type are added to its name,
        V(n1-standard-4+t4) for one NVIDIA T4 and V(n1-standard-8+2xt4) for two.
      - A change stops and starts a running VM, which takes O(allow_restart).
    type: str
  image:
    description:
      - A friendly name (V(debian-12), V(debian-13), V(ubuntu-22.04), V(ubuntu-24.04), V(ubuntu-26.04), V(deep-learning)), which
        stands for the newest image of its publisher's family at the time the VM is made, or the path of an image
        (C(projects/PROJECT/global/images/NAME)) or of a family (C(projects/PROJECT/global/images/family/NAME)).
      - A newer image of the same family is no difference. Paths are compared by their last name.
      - Google's Debian images have no cloud-init, so O(user_data) is refused with them.
    type: str
  disk_type:
    description:
      - Type of the boot disk. A new VM gets V(pd-balanced), or V(hyperdisk-balanced) where its machine type takes no Persistent Disk.
      - Google cannot change it; another type means another VM.
    type: str
    choices: [pd-balanced, pd-ssd, pd-standard, hyperdisk-balanced]
  ssh_public_key:
    description:
      - The key that may log in, one line as in C(~/.ssh/id_ed25519.pub). It is kept in the VM's metadata beside the keys of
        others, and changed in place.
    type: str
  os_login:
    description:
      - Let people log in with the keys of their Google accounts, by OS Login. Unset means no for a new VM.
      - It cannot be used together with O(ssh_public_key).
    type: bool
  network:
    description:
      - The network's name or path, or the path of a subnetwork (C(projects/PROJECT/regions/REGION/subnetworks/NAME)), of a Shared
        VPC for example. Unset means the project's default network.
      - It is recorded and compared by its last name.
    type: str
  service_account:
    description:
      - The service account that programs on the VM act as, by its e-mail, or V(default). Unset means none for a new VM.
      - What it may do is said by its roles. A change stops and starts a running VM, which takes O(allow_restart).
    type: str
"""

EXAMPLES = r"""
- name: Make one machine with an L4 GPU
  aienv.cloud.gcp_vm:
    name: devbox
    gpu_model: l4
    image: debian-12
    disk_gb: 200
    ssh_public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    network: devbox
    firewalls: [devbox]
    region: us-central1

- name: Make a fleet of four in whichever zone has room, first with H100, else with A100
  aienv.cloud.gcp_vm:
    name: train
    count: 4
    machine_types: [a3-highgpu-8g, a2-ultragpu-8g]
    zones: [us-central1-a, us-central1-c]
    image: deep-learning
    public_ip: false
    placement_group: train
    ttl_hours: 48

- name: Stop it over night
  aienv.cloud.gcp_vm:
    name: train
    state: stopped

- name: Move the machine to a larger type, which restarts it
  aienv.cloud.gcp_vm:
    name: devbox
    machine_type: g2-standard-16
    image: debian-12
    allow_restart: true

- name: Delete every VM of the fleet
  aienv.cloud.gcp_vm:
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
    - id: "3916249018437752106"
      name: train-0
      fleet: train
      index: 0
      cloud: gcp
      region: us-central1
      zone: us-central1-a
      state: running
      machine_type: g2-standard-4
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
      hourly_price: 0.706832
      price_date: "2026-08-03"
      billed: true
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create train-0", "resize train-1 (machine_type: 'g2-standard-4' -> 'g2-standard-16')"]
attempts:
  description: The candidates that were tried while making VMs, in order, with what came of each.
  returned: always
  type: list
  elements: dict
  sample:
    - machine_type: g2-standard-4
      zone: us-central1-a
      asked: 4
      made: 0
      code: no_capacity
      detail: The zone does not have enough resources available to fulfill the request. (ZONE_RESOURCE_POOL_EXHAUSTED)
    - machine_type: g2-standard-4
      zone: us-central1-b
      asked: 4
      made: 4
      code: null
      detail: null
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: gcp, operation: insert, resource: "", detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.vms import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
