# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver branches, who packages them, and which GPU needs which. Read 2026-11-23.

Sources: NVIDIA's "Supported drivers and CUDA toolkit versions" and releases.json; the MIG guide 620 (least driver of a GPU);
table 3 of the CUDA release notes (driver of a toolkit); the package lists of Debian and Ubuntu on that day; Microsoft's
page on N-series driver setup and the download addresses that public scripts use.
"""

from __future__ import annotations

# Branch, newest version seen, end of support (- not announced), flavours, what NVIDIA calls it. In the order of preference: supported
# longest first, ended ones last. From 615 on there are only open modules.
BRANCHES = """
580 580.178.04 2028-06 open,proprietary long-term
595 595.91.07 2027-03 open,proprietary production
615 615.71.09 - open new-feature
620 620.70.06 - open new-feature
610 610.57.04 2026-08 open,proprietary ended
570 570.211.01 2026-01 open,proprietary ended
550 550.163.01 - open,proprietary ended
535 535.309.01 2026-06 open,proprietary ended
"""

# The last branch that drives Maxwell, Pascal and Volta, which the open modules never did.
LAST_BEFORE_TURING = "580"

# The least driver by model, where its generation alone does not say it.
LEAST_DRIVER = {
    "a100": "450.80.02",
    "a100-80gb": "450.80.02",
    "h100": "525.85.12",
    "h100-nvl": "525.85.12",
    "h200": "550.90.07",
    "b200": "570.133.20",
    "gb200": "570.133.20",
    "b300": "580.82.07",
    "gb300": "580.82.07",
    "rtx-pro-6000": "575.51.03",
    "rtx-pro-4500": "575.64",
}
# By generation, for the rest. Ada and Blackwell are the branch that first named them.
LEAST_DRIVER_OF = {
    "Maxwell": "450.80.02",
    "Pascal": "450.80.02",
    "Volta": "450.80.02",
    "Turing": "450.80.02",
    "Ampere": "460.73.01",
    "Ada": "525.60.13",
    "Hopper": "525.85.12",
    "Blackwell": "580.82.07",
}

# Soldered to an arm64 processor: no other machine has them.
ON_ARM64 = ("t4g", "gb200", "gb300")
# Boards that eight at a time are joined by NVSwitch; and those whose switches also want NVIDIA's subnet manager nvlsm.
NVSWITCH = ("a100", "a100-80gb", "h100", "h200", "b200", "b300")
NVLSM = ("b200", "b300")
NVSWITCH_COUNT = 8

# Distributions' own packages: system architecture branch version flavours scheme, kernel from which the module fails to build (-).
# Measured with DKMS in containers: debian 535 open builds on 6.1.176, 535 proprietary on 6.1.192, tesla-535 on 6.12.117 and 6.12.118. Where
# pci_resize_resource gained an argument 550 fails (seen on 6.12.117 and 6.12.118) and so does 535.261 open, which the security archive did not
# follow to 535.309 (seen on 6.1.192; the headers of 6.1.187 have the argument, too). Read again 2026-11-27.
# Ubuntu's -server packages have modules signed by Canonical for the kernels in SIGNED_KERNELS from 580 on; 535 and 570 were left to DKMS. 26.04's 535
# and 570 are empty and pull in 580. Ubuntu's arm64 lists were not read.
ARCHIVES = """
debian-12 x86_64,arm64 535 535.261.03-1 open nvidia 6.1.187
debian-12 x86_64,arm64 535 535.309.01-0+deb12u1 proprietary nvidia -
debian-13 x86_64,arm64 535 535.274.02-1~deb13u1 proprietary nvidia-tesla-535 -
debian-13 x86_64,arm64 550 550.163.01-2 open,proprietary nvidia 6.12.117
ubuntu-22.04 x86_64 580 580.178.04-0ubuntu0.22.04.1 open,proprietary server-signed -
ubuntu-22.04 x86_64 595 595.91.07-0ubuntu0.22.04.1 open,proprietary server-signed -
ubuntu-22.04 x86_64 615 615.71.09-0ubuntu0.22.04.1 open server-signed -
ubuntu-22.04 x86_64 570 570.211.01-0ubuntu1.22.04.1 open,proprietary server -
ubuntu-22.04 x86_64 535 535.309.01-0ubuntu0.22.04.2 open,proprietary server -
ubuntu-24.04 x86_64 580 580.178.04-0ubuntu0.24.04.1 open,proprietary server-signed -
ubuntu-24.04 x86_64 595 595.91.07-0ubuntu0.24.04.1 open,proprietary server-signed -
ubuntu-24.04 x86_64 615 615.71.09-0ubuntu0.24.04.2 open server-signed -
ubuntu-24.04 x86_64 570 570.211.01-0ubuntu1.24.04.1 open,proprietary server -
ubuntu-24.04 x86_64 535 535.309.01-0ubuntu0.24.04.2 open,proprietary server -
ubuntu-26.04 x86_64 580 580.178.04-0ubuntu0.26.04.1 open,proprietary server-signed -
ubuntu-26.04 x86_64 595 595.91.07-0ubuntu0.26.04.2 open,proprietary server-signed -
ubuntu-26.04 x86_64 615 615.71.09-0ubuntu0.26.04.2 open server-signed -
"""
SIGNED_KERNELS = ("aws", "azure", "gcp", "generic", "oracle")

# A driver whose module is known to build on the newest kernel of the release (measured, see above).
BUILDS = {
    ("debian-12", "535", "6.1.176"),
    ("debian-12", "535", "6.1.192"),
    ("debian-13", "535", "6.12.117"),
    ("debian-13", "535", "6.12.118"),
}
# The least version of NVIDIA's own driver that builds on a release's newest kernel.
LEAST_TO_BUILD = {("debian-13", "580"): "580.126.09"}

# Where only the cloud's own GRID driver drives a GPU: cloud model branch version folder SHA-256 (- not known) arguments.
GRID = """
azure a10 570 570.211.01 2a04ca6a-9eec-40d9-9564-9cdea1ab795f - -
azure rtx-pro-6000 595 595.91.07 a7cb6d36-3bbc-43d6-9e88-e0842e6f9ab9 72056e38ee17d86606ebdb97594d01cd1fe64b1fbd7e1a888634fa959529ca0a -M,open
"""
GRID_URL = "https://download.microsoft.com/download/{folder}/NVIDIA-Linux-x86_64-{version}-grid-azure.run"
RUNFILE = "https://us.download.nvidia.com/tesla/{version}/NVIDIA-Linux-{machine}-{version}.run"

# Toolkit, and the driver of its newest update. There is no 12.7. 13.4 no longer brings one; 615 is its branch.
TOOLKITS = """
11.8 520.61.05
12.0 525.85.12
12.1 530.30.02
12.2 535.104.05
12.3 545.23.08
12.4 550.54.15
12.5 555.42.06
12.6 560.35.05
12.8 570.124.06
12.9 575.57.08
13.0 580.95.05
13.1 590.48.01
13.2 595.71.05
13.3 610.43.02
13.4 615.71.09
13.5 620.70.06
"""
# The distributions' own toolkits: system architectures version (apt-cache on that day).
ARCHIVE_TOOLKITS = """
debian-12 x86_64,arm64 11.8
debian-13 x86_64,arm64 12.4
"""
# The first whose wheels on PyPI hold a compiler: those of CUDA 12 have ptxas and no nvcc (the wheels' own file lists).
FIRST_TOOLKIT_AS_WHEELS = "13.0"
# The least driver on which a program of that major version runs at all, by NVIDIA's minor-version compatibility.
LEAST_DRIVER_OF_CUDA = {11: "450.80.02", 12: "525.60.13", 13: "580.65.06"}
# The last toolkit that compiles for Maxwell, Pascal and Volta; and the first for the newer chips, by compute capability.
LAST_TOOLKIT_BEFORE_TURING = "12.9"
FIRST_TOOLKIT = {8.9: "11.8", 9.0: "11.8", 10.0: "12.8", 10.3: "12.9", 12.0: "12.8"}
