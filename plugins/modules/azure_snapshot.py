#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: snapshots of a fleet's managed disks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_snapshot
short_description: Keep snapshots of the managed disks of a fleet on Azure
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Takes incremental snapshots of all managed disks of a fleet's VMs where the newest ones are too old, and deletes old ones by a rule.
  - Azure takes each disk by a request of its own. Those of a VM are asked for at once, but are not of the very same moment.
  - The snapshots lie in the resource group of the VMs and go with it. Azure's own schedules exist in Backup vaults only; run this from cron or CI instead.
  - Only VMs that this collection made are looked at, and only snapshots that it took are deleted.
extends_documentation_fragment:
  - aienv.cloud.snapshot
  - aienv.cloud.azure
  - aienv.cloud.azure.place
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Have a snapshot of every day, of the last two weeks
  aienv.cloud.azure_snapshot:
    name: devbox
    resource_group: devbox
    keep_within_days: 14

- name: Take one before an upgrade, however young the last one is
  aienv.cloud.azure_snapshot:
    name: devbox
    resource_group: devbox
    token: before-cuda-13
    labels: {reason: upgrade}

- name: Delete all snapshots of the fleet
  aienv.cloud.azure_snapshot:
    name: devbox
    resource_group: devbox
    state: absent
"""

RETURN = r"""
snapshots:
  description: The snapshots of the fleet as they are after the run, by member, disk and age.
  returned: always
  type: list
  elements: dict
  sample:
    - id: /subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/devbox/providers/microsoft.compute/snapshots/devbox-0-20261127-060000-1a2b3c4d
      name: devbox-0-20261127-060000-1a2b3c4d
      fleet: devbox
      index: 0
      cloud: azure
      region: eastus
      disk: devbox-0-disk
      size_gb: 100
      state: available
      created_at: "2026-11-27T06:00:02Z"
      labels: {}
      token: null
      encrypted: true
      scheduled: false
actions:
  description: What was done, or in check mode would be done, in words.
  returned: success
  type: list
  elements: str
  sample: ["take snapshots of devbox-0 (devbox-0-disk)"]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: azure, operation: Snapshots_CreateOrUpdate, resource: devbox-0, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.snapshots import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_snapshots


def main() -> None:
    run_snapshots(RESOURCE)


if __name__ == "__main__":
    main()
