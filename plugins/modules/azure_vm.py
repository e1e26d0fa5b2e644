#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: a fleet of Azure virtual machines."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_vm
short_description: Manage a fleet of VMs on Azure
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Makes, changes, starts, stops and deletes a fleet of virtual machines, all of the same kind, as one unit.
  - A VM belongs to the fleet by the tag C(aienv-fleet) and by its name, which is the fleet's with the member's number. A
    changed image, size or key is a difference that is reported or, with consent, mended; it never leads to a second VM.
  - Disk, network interface and public address are made with their VM and deleted with it; whatever else is attached to it stays.
  - VMs without this tag are never touched; one that has a member's name already is an error.
  - V(stopped) means deallocated, which costs nothing but the disk. A VM that only shuts down from inside is still billed as if it
    ran; it is shown as stopped, and O(state=stopped) deallocates it.
  - VMs of one fleet are made side by side. Where Azure has room for some of them in one zone, the others are tried in the next.
  - Azure encrypts every disk at rest, so O(disk_encrypted=false) makes no difference.
extends_documentation_fragment:
  - aienv.cloud.vm
  - aienv.cloud.azure
  - aienv.cloud.azure.place
  - aienv.cloud.attributes
options:
  image:
    description:
      - A friendly name (V(debian-12), V(debian-13), V(ubuntu-22.04), V(ubuntu-24.04), V(ubuntu-26.04), V(deep-learning)), which
        stands for the newest image of its publisher at the time the VM is made, a URN such as
        V(Debian:debian-12:12-gen2:latest), or the id of an image or of one in a gallery.
      - A newer image under the same name is no difference. V(deep-learning) is Microsoft's Ubuntu image for HPC, with NVIDIA's driver.
    type: str
  disk_gb:
    description:
      - Size of the boot disk in GiB. Unset means the image's size. It can grow, never shrink.
      - Azure lets a boot disk grow only while its VM is stopped; for a running VM that takes O(allow_restart).
    type: int
  disk_type:
    description:
      - Type of the boot disk. A new VM gets V(Premium_LRS) where its size takes it, else V(StandardSSD_LRS).
      - A change stops and starts a running VM, which takes O(allow_restart).
    type: str
    choices: [Premium_LRS, StandardSSD_LRS, Standard_LRS, Premium_ZRS, StandardSSD_ZRS]
  ssh_public_key:
    description: The key that may log in, ED25519 or RSA, one line as in C(~/.ssh/id_ed25519.pub). A new VM needs one; passwords are off.
    type: str
  ssh_user:
    description:
      - The login that Azure makes at the first boot. Unset means V(azureuser). Azure reserves names such as V(root) and V(admin).
      - A change later is recorded for the inventory, and makes no user.
    type: str
  network:
    description:
      - The name of the network in the resource group, or the id of a virtual network or of a subnet. A new VM needs one, Azure has no
        default network.
      - It is recorded and compared as written; the same network under another name is a difference.
    type: str
  firewalls:
    description: The name of the firewall of the VM, at most one. Without one nobody reaches a public address.
    type: list
    elements: str
  public_ip:
    description: Give the VM a public address, which stays the same when it is stopped. Unset means yes.
    type: bool
  zones:
    description:
      - The zones V(1), V(2), V(3) to make VMs in, in the order of preference. The next one is tried where Azure lacks capacity.
      - Unset means all zones that have the size, or no zone where the location has none.
    type: list
    elements: str
  reservation_id:
    description: The capacity reservation group that a new VM uses, its id or its name in the resource group.
    type: str
  placement_group:
    description: An existing proximity placement group, its id or its name in the resource group, for VMs that shall be near each other.
    type: str
  security_type:
    description:
      - V(trusted_launch) boots with Secure Boot and a virtual TPM. Unset means V(standard) for a new VM.
      - NVIDIA's own packages are not signed for Secure Boot; with it the driver must be Canonical's signed one.
    type: str
    choices: [standard, trusted_launch]
  accelerated_networking:
    description: Give a new VM's interface accelerated networking. Unset means yes, where the size has it.
    type: bool
  eviction_policy:
    description: What becomes of a new spot VM when Azure takes it back. V(deallocate) keeps it stopped with its disk; it is the default.
    type: str
    choices: [deallocate, delete]
  max_price:
    description:
      - The most that a spot VM may ever cost, in US dollars per hour. Azure keeps it with the VM, and evicts the VM when the spot price rises above it.
        V(-1), the default, is no limit below the on-demand price.
      - O(max_hourly_price) is another thing. It judges list prices once, before a VM of any market is made.
    type: float
"""

EXAMPLES = r"""
- name: Make one machine with a T4 GPU
  aienv.cloud.azure_vm:
    name: devbox
    gpu_model: t4
    image: debian-12
    disk_gb: 200
    ssh_public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    network: devbox
    firewalls: [devbox]
    resource_group: devbox
    location: eastus

- name: Make a fleet of four in whichever zone has room, first with H100, else with A100, at the spot price
  aienv.cloud.azure_vm:
    name: train
    count: 4
    machine_types: [Standard_NC40ads_H100_v5, Standard_NC24ads_A100_v4]
    zones: ["1", "2"]
    image: deep-learning
    ssh_public_key: "{{ lookup('ansible.builtin.file', '~/.ssh/id_ed25519.pub') }}"
    network: devbox
    firewalls: [devbox]
    market: spot
    max_price: 2.5
    ttl_hours: 48
    resource_group: devbox
    location: eastus

- name: Stop it over night
  aienv.cloud.azure_vm:
    name: train
    state: stopped
    resource_group: devbox

- name: Move the machine to a larger size, which restarts it
  aienv.cloud.azure_vm:
    name: devbox
    machine_type: Standard_NC8as_T4_v3
    image: debian-12
    allow_restart: true
    resource_group: devbox
    location: eastus

- name: Delete every VM of the fleet
  aienv.cloud.azure_vm:
    name: train
    state: absent
    resource_group: devbox
"""

RETURN = r"""
vms:
  description: The VMs of the fleet as they are after the run (in check mode, as they are now), in the order of their index.
  returned: always
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
      labels: {team: research}
      ssh_user: azureuser
      created_at: "2026-11-23T09:00:00Z"
      expires_at: null
      hourly_price: 0.526
      price_date: "2026-06-18"
      billed: true
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["create train-0", "resize train-1 (machine_type: 'Standard_NC4as_T4_v3' -> 'Standard_NC8as_T4_v3')"]
attempts:
  description: The candidates that were tried while making VMs, in order, with what came of each.
  returned: always
  type: list
  elements: dict
  sample:
    - machine_type: Standard_NC4as_T4_v3
      zone: "1"
      asked: 4
      made: 0
      code: no_capacity
      detail: Allocation failed. We do not have sufficient capacity for the requested VM size in this zone. (ZonalAllocationFailed)
    - machine_type: Standard_NC4as_T4_v3
      zone: "2"
      asked: 4
      made: 4
      code: null
      detail: null
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: azure, operation: VirtualMachines_CreateOrUpdate, resource: train-0, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.vms import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run


def main() -> None:
    run(RESOURCE)


if __name__ == "__main__":
    main()
