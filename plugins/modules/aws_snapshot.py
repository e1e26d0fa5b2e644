#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Façade: EBS snapshots of a fleet's disks."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_snapshot
short_description: Keep snapshots of the disks of a fleet on AWS (EBS)
version_added: 0.1.0
author: aienv.cloud contributors (@aienv)
description:
  - Takes EBS snapshots of all disks of a fleet's VMs where the newest ones are too old, and deletes old ones by a rule.
  - One call takes all disks of a VM at the same moment.
  - A schedule is a policy of Data Lifecycle Manager for all VMs with the fleet's tag, those that come later as well. With O(endpoint_url) it
    is expected there too.
  - Only VMs that this collection made are looked at, and only snapshots that it took are deleted.
extends_documentation_fragment:
  - aienv.cloud.snapshot
  - aienv.cloud.snapshot.schedule
  - aienv.cloud.aws
  - aienv.cloud.aws.region
  - aienv.cloud.attributes
options:
  schedule_role_arn:
    description:
      - The role in whose name Data Lifecycle Manager takes snapshots; needed with O(schedule_hours).
      - C(aws dlm create-default-role --resource-type snapshot) makes one.
    type: str
"""

EXAMPLES = r"""
- name: Have a snapshot of every day, of the last two weeks
  aienv.cloud.aws_snapshot:
    name: devbox
    region: us-east-1
    keep_within_days: 14

- name: Let AWS take them every six hours, and keep them for a week
  aienv.cloud.aws_snapshot:
    name: devbox
    region: us-east-1
    schedule_hours: 6
    schedule_keep_days: 7
    schedule_role_arn: arn:aws:iam::123456789012:role/service-role/AWSDataLifecycleManagerDefaultRole

- name: Take one before an upgrade, however young the last one is
  aienv.cloud.aws_snapshot:
    name: devbox
    region: us-east-1
    token: before-cuda-13
    labels: {reason: upgrade}

- name: Delete all snapshots of the fleet
  aienv.cloud.aws_snapshot:
    name: devbox
    region: us-east-1
    state: absent
"""

RETURN = r"""
snapshots:
  description: The snapshots of the fleet as they are after the run, by member, disk and age.
  returned: always
  type: list
  elements: dict
  sample:
    - id: snap-0a1b2c3d4e5f60718
      name: devbox-0-20261127-060000-1a2b3c4d
      fleet: devbox
      index: 0
      cloud: aws
      region: us-east-1
      disk: vol-0a1b2c3d4e5f60718
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
  sample: ["take snapshots of devbox-0 (/dev/xvda)"]
error:
  description: What went wrong, for programs.
  returned: failure
  type: dict
  sample: {code: quota_exceeded, cloud: aws, operation: create_snapshots, resource: devbox-0, detail: "..."}
"""

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.snapshots import RESOURCE
from ansible_collections.aienv.cloud.plugins.module_utils.run import run_snapshots


def main() -> None:
    run_snapshots(RESOURCE)


if __name__ == "__main__":
    main()
