# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NVIDIA's PCI devices (vendor 10de) of the known GPU models.

Source: the PCI ID database as Debian's package pci.ids 0.0~2026.10.24-1 ships it, read 2026-11-23. The older ones
of Debian 12 (2023) and 13 (2025) lack the newest boards. A line is: device model form; the form is sxm for boards that sit on a
base board with NVLink, where NVSwitch can join them, and pcie for cards.
"""

from __future__ import annotations

VENDOR = "10de"

TABLE = """
1db1 v100 sxm
1db3 v100 pcie
1db4 v100 pcie
1df5 v100 sxm
1db5 v100-32gb sxm
1db6 v100-32gb pcie
1db8 v100-32gb sxm
1df6 v100-32gb pcie
1eb8 t4 pcie
1eb4 t4g pcie
20b0 a100 sxm
20b1 a100 pcie
20f1 a100 pcie
20b2 a100-80gb sxm
20b5 a100-80gb pcie
2236 a10 pcie
2237 a10g pcie
27b8 l4 pcie
26b9 l40s pcie
2330 h100 sxm
2331 h100 pcie
2321 h100-nvl pcie
2335 h200 sxm
233b h200 pcie
2901 b200 sxm
2909 b200 sxm
290a b200 sxm
2941 gb200 sxm
3182 b300 sxm
2c31 rtx-pro-4500 pcie
2c3a rtx-pro-4500 pcie
2bb5 rtx-pro-6000 pcie
"""

# Bridges that a machine with NVSwitch shows to lspci. From B200 on the switches show as InfiniBand devices instead.
NVSWITCHES = ("1af1", "22a3")
