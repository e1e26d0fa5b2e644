# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the portable options of VMs."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The fleet's name, of lower-case letters, digits and hyphens; also the VM's, where O(count) is unset.
    type: str
    required: true
  count:
    description:
      - How many VMs the fleet has, named V(name-0), V(name-1) and so on. Fewer than before removes the highest index first; V(0) means none.
      - Unset means one VM under the very name. With O(state=absent), O(state=stopped) and O(state=restarted) every VM of the fleet is meant.
    type: int
  state:
    description:
      - V(present) makes what is missing and leaves running or stopped as it is.
      - V(started) also starts what is stopped; it makes missing VMs if O(image) and a machine type are given.
      - V(stopped) and V(restarted) act on what exists. They make nothing and change nothing else, whatever other options say.
      - Stopping a VM loses what lies on disks of the host itself (local NVMe, instance store). The boot disk stays.
      - V(absent) deletes all VMs of the fleet with the disks and addresses that were made with them.
    type: str
    choices: [present, absent, started, stopped, restarted]
    default: present
  offer:
    description:
      - One entry of the list C(offers) that M(aienv.cloud.vm_offers) returns, in the place of a machine type. It says the machine type, the region, the
        zones where it names some, and the market.
      - What is said beside it must not contradict it; a contradiction is refused before the first call. O(machine_types), O(gpu_model) and the other
        options that ask for a size cannot stand beside it.
      - An offer of another cloud is refused, and so is a commitment (C(reserved_1y), C(reserved_3y)), which is bought for what runs and is
        no way to make a VM.
    type: dict
  max_hourly_price:
    description:
      - The most that one VM of the fleet may cost, in US dollars per hour by the list price of its market. It is judged before anything is made, in check
        mode too, and with no call to the cloud.
      - Of several candidates those above it are left out. If none is left, nothing is made and the error names the price, its date and what would be
        cheaper. A price that is not known (V(null) in C(vm_offers)) is taken as above it. To make such a VM, leave this unset.
      - It counts for VMs that are made, replaced or resized. What exists is neither touched nor refused when prices rise.
      - It is a check before the purchase and no limit in the cloud. Disks, addresses, traffic, licences and taxes are not in it. Spot prices
        move; the list has that of a day.
      - With O(market=reserved) the price is not known, because a reservation is paid for by its own terms.
    type: float
  machine_type:
    description: The cloud's name of the size. A change stops and starts (restarts on Azure, if that suffices) a running VM, which takes O(allow_restart).
    type: str
  machine_types:
    description: Several sizes in the order of preference. The next one is tried where the cloud lacks capacity or quota for one.
    type: list
    elements: str
  gpu_model:
    description:
      - Ask for a GPU instead of a machine type, in the collection's words (V(l4), V(a100-80gb), V(h100) and so on).
      - The smallest machine type that fits is taken. Where the cloud lacks it, up to four more are tried, none more than twice as large.
    type: str
  gpu_count:
    description: How many GPUs per VM. Unset means one.
    type: int
  min_vcpus:
    description: The least number of vCPUs, where no machine type is named. Without O(gpu_model) it asks for a machine without a GPU.
    type: int
  min_memory_gb:
    description: The least memory, in GiB, where no machine type is named.
    type: float
  zones:
    description:
      - The zones to make VMs in, in the order of preference. The next one is tried where the cloud lacks capacity.
      - Unset means all zones of the network, in the order of their names. Existing VMs stay where they are.
      - VMs that are made in one go are made in one zone, all of them or none.
    type: list
    elements: str
  disk_gb:
    description:
      - Size of the boot disk in GiB. It can grow, never shrink. Unset means the image's size.
      - The file system follows when the VM boots, as the common images do by cloud-init.
    type: int
  disk_encrypted:
    description: Encrypt the boot disk. With V(false), a disk that the account's settings encrypt all the same is no difference.
    type: bool
    default: true
  ssh_public_key:
    description: The key that may log in, one line as in C(~/.ssh/id_ed25519.pub). It is registered once and found again by its fingerprint.
    type: str
  ssh_user:
    description: The login, recorded for the inventory. Unset means the friendly image's own (C(admin), C(ubuntu)).
    type: str
  user_data:
    description:
      - What cloud-init does at the first boot. Whatever runs on the VM can read it.
      - What is longer than the cloud takes (AWS 16 KiB, Azure 64 KiB) is sent compressed, which cloud-init unpacks.
    type: str
  network:
    description:
      - The name or id of the network. Unset means the account's default network.
      - It is recorded and compared as written; the same network under another name is a difference.
    type: str
  firewalls:
    description: The names of the firewalls of the VM, in place of the network's default one.
    type: list
    elements: str
  public_ip:
    description: Give the VM a public address. Unset means yes, where the cloud can.
    type: bool
  labels:
    description: Labels (tags) to set. Others are left alone.
    type: dict
  market:
    description:
      - How the VM is paid for. V(reserved) needs O(reservation_id). Unset means on demand for a new VM.
      - A spot VM cannot be stopped on every cloud; on AWS it is a one-time request.
    type: str
    choices: [on_demand, spot, reserved]
  reservation_id:
    description: The reservation or capacity block that a new VM uses.
    type: str
  placement_group:
    description: An existing placement group, for VMs that shall be near each other.
    type: str
  ttl_hours:
    description: >-
      After how many hours the VM may be deleted, recorded as an expiry label. Nothing is deleted by this alone. At most 87600
      (ten years), on GCP 2880.
    type: int
  allow_restart:
    description: Consent to stopping or restarting a running VM for a change that needs it. Disks of the host itself (local NVMe) lose their data.
    type: bool
    default: false
  allow_replace:
    description: Consent to deleting a VM and its boot disk, and making it anew, for a change that needs it.
    type: bool
    default: false
  keep_on_failure:
    description:
      - Keep the VMs that were made when the cloud refuses others. Otherwise those of this run are deleted again.
      - VMs that were accepted and fail while they start stay in either case, and are named in the error.
    type: bool
    default: false
  wait:
    description: Wait until the VMs are as declared.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds. A wait that runs out is an error that names each VM's last state.
    type: int
    default: 600
"""
