# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the portable options of snapshots."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  name:
    description: The name of the fleet, as given to the module that made its VMs. Its running and its stopped VMs count.
    type: str
    required: true
  state:
    description:
      - V(present) takes snapshots of the disks that need one, and deletes the ones that O(keep_last) and O(keep_within_days) do not keep.
        A fleet without any VM is an error, so that nobody takes it for a backup.
      - V(absent) deletes all snapshots of the fleet that this collection took or its schedule made, also those of VMs that are gone.
    type: str
    choices: [present, absent]
    default: present
  max_age_hours:
    description:
      - A VM needs new snapshots when the newest of one of its disks is older than this, however it was taken. Unset means 24.
      - The disks of one VM are always taken together. A snapshot that is still pending counts, so a run that repeats one which died takes no second.
    type: float
  token:
    description:
      - A word for this occasion, such as the number of a pipeline's run, or C(before-upgrade). A VM needs new snapshots when one of its disks has
        none with this word.
      - Lower-case letters, digits, hyphens and underscores, at most 63. It cannot be used with O(max_age_hours).
    type: str
  keep_last:
    description:
      - Keep this many of each disk, and delete older ones. New ones count once they are complete.
      - With O(keep_within_days) a snapshot is kept if either keeps it. With neither of them nothing is deleted.
      - Snapshots of a schedule are neither counted nor deleted, the schedule does that. Snapshots that failed are deleted.
    type: int
  keep_within_days:
    description: Keep what is younger than this, and delete what is older, but never the newest complete one of a disk.
    type: float
  labels:
    description: Labels (tags) of the snapshots that are taken. Those of existing ones stay as they are.
    type: dict
  wait:
    description:
      - Wait until the snapshots are complete. The first one of a large disk can take an hour, later ones hold only what changed.
      - With V(false) the ones of this run are not counted for O(keep_last), because they are not complete yet.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait at most. When they are over the task fails, names each snapshot's state, and deletes nothing; the next run goes on from there.
    type: int
    default: 3600
notes:
  - Snapshots are crash-consistent, as if the power had failed. File systems and databases recover from that, what was still in memory is lost.
    Nothing is frozen in the machine; for more, stop the VM or the database first.
  - Local disks (instance store, local SSD, temporary disk) have no snapshots on any cloud.
  - If something fails, what was taken stays and nothing is deleted.
"""

    # For clouds that take snapshots by themselves.
    SCHEDULE = r"""
options:
  schedule_hours:
    description:
      - Let the cloud take snapshots by itself, every so many hours, also while no playbook runs. V(0) ends that. Unset leaves it as it is.
      - What the schedule took counts for O(max_age_hours). The schedule alone deletes it, after O(schedule_keep_days).
      - A schedule that is ended leaves its snapshots, and nothing deletes them any more but O(state=absent).
    type: int
    choices: [0, 1, 2, 3, 4, 6, 8, 12, 24]
  schedule_at:
    description: When the hours begin to count, in UTC.
    type: str
    choices: ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"]
    default: "04:00"
  schedule_keep_days:
    description: How long snapshots of the schedule are kept.
    type: int
    default: 14
"""
