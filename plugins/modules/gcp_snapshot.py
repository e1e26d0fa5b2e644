#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: snapshots of a fleet's disks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gcp_snapshot
short_description: Keep snapshots of the disks of a fleet on GCP
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Takes snapshots of all Persistent Disks and Hyperdisks of a fleet's VMs where the newest ones are too old, and deletes old ones by a rule.
  - Google takes each disk by a request of its own. Those of a VM are asked for at once, but are not of the very same moment.
  - A schedule is a resource policy C(aienv-<name>) of the region, put on every disk of the fleet. Run the task again for VMs that came later.
    Google puts at most one schedule on a disk.
  - Only VMs that this collection made are looked at, and only snapshots that it took are deleted.
extends_documentation_fragment:
  - aienv.cloud.snapshot
  - aienv.cloud.snapshot.schedule
  - aienv.cloud.gcp
  - aienv.cloud.gcp.region
  - aienv.cloud.attributes
"""

EXAMPLES = r"""
- name: Have a snapshot of every day, of the last two weeks
  aienv.cloud.gcp_snapshot:
    name: devbox
    region: us-central1
    keep_within_days: 14

- name: Let Google take them every six hours, and keep them for a week
  aienv.cloud.gcp_snapshot:
    name: devbox
    region: us-central1
    schedule_hours: 6
    schedule_keep_days: 7

- name: Take one before an upgrade, however young the last one is
  aienv.cloud.gcp_snapshot:
    name: devbox
    region: us-central1
    token: before-cuda-13
    labels: {reason: upgrade}

- name: Delete all snapshots of the fleet
  aienv.cloud.gcp_snapshot:
    name: devbox
    region: us-central1
    state: absent
"""

RETURN = r"""
snapshots:
  description: The snapshots of the fleet as they are after the run, by member, disk and age.
  returned: always
  type: list
  elements: dict
  sample:
    - id: "5180236497723014628"
      name: devbox-0-20261127-060000-1a2b3c4d
      fleet: devbox
      index: 0
      cloud: gcp
      region: us-central1
      disk: devbox-0
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
  sample: ["take snapshots of devbox-0 (devbox-0)"]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: gcp, operation: insert, resource: devbox-0, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.snapshots import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_snapshots


def main() -> None:
    run_snapshots(RESOURCE)


if __name__ == "__main__":
    main()
