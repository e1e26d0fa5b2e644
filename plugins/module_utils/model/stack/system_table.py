# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operating systems: what they bring, and what NVIDIA publishes for them. Read 2026-11-23.

Sources: the archives' own package lists (Debian and Ubuntu, apt-cache on that day); NVIDIA's driver installation guide and
repositories as others list them: AWS's "Get started with EFA and NCCL" (toolkits of Debian 13, Ubuntu 26.04 and RHEL 10),
Getty/rex-gpu (directory listings of the rhel repositories, 2026-09-23), public install scripts that use the repository. A first toolkit
that nobody could be seen installing is left out (-): the toolkit then comes as wheels from PyPI, which is the same everywhere.
"""

from __future__ import annotations

# name family codename python kernel repository; the kernel is the newest that the release installs by itself, - unknown.
SYSTEMS = """
debian-12 debian bookworm 3.11 6.1.192 debian12
debian-13 debian trixie 3.13 6.12.118 debian13
ubuntu-22.04 ubuntu jammy 3.10 6.8.0 ubuntu2204
ubuntu-24.04 ubuntu noble 3.12 7.0.0 ubuntu2404
ubuntu-26.04 ubuntu resolute 3.14 7.0.0 ubuntu2604
rhel-9 el - 3.9 5.14.0 rhel9
rocky-9 el - 3.9 5.14.0 rhel9
alma-9 el - 3.9 5.14.0 rhel9
rhel-10 el - 3.12 6.12.0 rhel10
rocky-10 el - 3.12 6.12.0 rhel10
alma-10 el - 3.12 6.12.0 rhel10
"""

# NVIDIA's network repositories: repository architecture, first driver branch, first toolkit, signing key.
# debian12 for arm64 is left out: no listing of it was found. debian13 for arm64 began with 595, ubuntu2604 has never had 580.
REPOSITORIES = """
debian12 x86_64 550 12.3 3bf863cc
debian13 x86_64 580 13.1 8793F200
debian13 arm64 595 13.2 8793F200
ubuntu2204 x86_64 535 11.8 3bf863cc
ubuntu2204 arm64 535 11.8 3bf863cc
ubuntu2404 x86_64 550 12.5 3bf863cc
ubuntu2404 arm64 550 12.5 3bf863cc
ubuntu2604 x86_64 595 13.3 ubuntu2604
ubuntu2604 arm64 595 - ubuntu2604
rhel9 x86_64 535 11.8 D42D0685
rhel9 arm64 535 11.8 D42D0685
rhel10 x86_64 580 13.0 D42D0685
rhel10 arm64 580 13.0 D42D0685
"""

# Full fingerprints of the signing keys; the file lies beside the packages as <key>.pub. Sources: NVIDIA's announcement of
# 2022-04-27 (3bf863cc, D42D0685), the debian13 repository's key as several public configurations pin it.
FINGERPRINTS = {
    "3bf863cc": "EB693B3035CD5710E231E123A4B469963BF863CC",
    "8793F200": "02182E60104FCDC26EAE1B8597A5D4CB8793F200",
    "D42D0685": "610C7B14E068A878070DA4E99CD0A493D42D0685",
}

# The fingerprint of Ubuntu 26.04's key was seen nowhere; what is known is the SHA-256 of the package cuda-keyring that holds it
# (Google's cuda_installer, and two public install scripts that agree with it).
KEYRINGS = {"ubuntu2604": "f7f474b5f6a4adf987aa587920df00e713285958ef6a913dda1945a544a3099e"}
