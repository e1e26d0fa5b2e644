# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the inventory on every cloud."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  fleets:
    description:
      - Only the VMs of these fleets. Unset means all fleets.
      - VMs that this collection did not make are in no fleet, so this leaves them out even if O(owned_only=false).
    type: list
    elements: str
  owned_only:
    description:
      - Only VMs that this collection made.
      - If V(false), all VMs of the account that the other options let through; those without a fleet are named after
        their name tag, or after their id.
    type: bool
    default: true
  include_states:
    description:
      - The states in which VMs are listed. Only a running VM can be reached.
      - Host names do not depend on it, a VM has the same name whenever it is listed.
    type: list
    elements: str
    choices: [pending, running, stopping, stopped]
    default: [running]
  connect_with:
    description:
      - Which address becomes C(ansible_host). V(auto) is the public address if there is one, else the private one.
      - A VM without such an address is listed without C(ansible_host), Ansible then connects to its name.
    type: str
    choices: [auto, public, private]
    default: auto
  ignore_region_errors:
    description:
      - A region that cannot be read is an error, so that no play runs on half of the hosts unnoticed.
      - If V(true) it is a warning, as long as another region can be read, and all hosts have
        C(vm_inventory_complete=false). Such an answer is not cached.
    type: bool
    default: false
notes:
  - Host names are those of the VMs, for example C(devbox), or C(train-3) in a fleet with a count. They stay the same when
    a VM is stopped and started and gets other addresses.
  - If several VMs have the same name, the oldest keeps it, and the others are called C(NAME.REGION) or C(NAME.ID).
  - Each host has the keys that the modules return for a VM, with the prefix C(vm_), for example C(vm_state), C(vm_gpu_model)
    and C(vm_labels). C(vm_inventory_complete) tells whether all regions answered.
  - C(ansible_user) is set to the login that was recorded when the VM was made; use O(compose) to set another one.
  - Without any configuration there are the groups C(cloud_NAME), C(fleet_NAME), C(gpu_MODEL) and C(region_NAME), with
    underscores for characters that a group's name cannot have.
  - O(compose), O(groups) and O(keyed_groups) see the variables named here. They cost many times as much time per
    host as the ready groups.
"""
