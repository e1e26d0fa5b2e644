# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For which GPUs each kind of framework wheel holds code, and the wheels that are not on PyPI. Read 2026-11-23.

Sources: PyTorch's .ci/manywheel/build_cuda.sh and .ci/aarch64_linux/aarch64_ci_build.sh (TORCH_CUDA_ARCH_LIST) and its release notes (which
index has which release); cu126 ended with 2.14, pytorch/pytorch#190385. TensorFlow's .bazelrc (HERMETIC_CUDA_COMPUTE_CAPABILITIES:
sm_60 to sm_89 and PTX for 9.0), and tensorflow/tensorflow#97387 and #111958: on Blackwell it fails, also by compilation at run time.
JAX's installation page: compute capability from 5.2 with CUDA 12, from 7.5 with CUDA 13.

A line is: framework build architecture, first and last release, lowest and highest compute capability, CUDA. Code for x.0 runs on
every x.y, so the highest is by its whole number. CUDA is - where the wheel is on PyPI: wheel_table.py has it.
"""

from __future__ import annotations

TABLE = """
torch pypi x86_64 2.1 2.7 5.0 9.0 -
torch pypi x86_64 2.8 2.10 7.0 12.0 -
torch pypi x86_64 2.11 2.15 7.5 12.0 -
torch pypi arm64 2.11 2.15 8.0 12.0 -
torch cu118 x86_64 2.1 2.7 5.0 9.0 11.8
torch cu121 x86_64 2.1 2.5 5.0 9.0 12.1
torch cu124 x86_64 2.4 2.6 5.0 9.0 12.4
torch cu126 x86_64 2.6 2.14 5.0 9.0 12.6
torch cu126 arm64 2.9 2.14 8.0 9.0 12.6
torch cu128 x86_64 2.7 2.7 5.0 12.0 12.8
torch cu128 x86_64 2.8 2.10 7.0 12.0 12.8
torch cu128 x86_64 2.11 2.11 7.5 12.0 12.8
torch cu128 arm64 2.7 2.7 9.0 12.0 12.8
torch cu128 arm64 2.9 2.11 8.0 12.0 12.8
torch cu129 x86_64 2.8 2.8 7.0 12.0 12.9
torch cu129 arm64 2.8 2.8 8.0 12.0 12.9
torch cu130 x86_64 2.9 2.15 7.5 12.0 13.0
torch cu130 arm64 2.9 2.15 8.0 12.0 13.0
torch cu132 x86_64 2.12 2.15 7.5 12.0 13.2
torch cu132 arm64 2.12 2.15 8.0 12.0 13.2
tensorflow and-cuda x86_64 2.15 2.21 6.0 9.0 -
jax cuda12 x86_64 0.7 0.12 5.2 12.0 -
jax cuda12 arm64 0.7 0.12 5.2 12.0 -
jax cuda13 x86_64 0.7 0.12 7.5 12.0 -
jax cuda13 arm64 0.7 0.12 7.5 12.0 -
"""

PYPI = "https://pypi.org/simple"
PYTORCH = "https://download.pytorch.org/whl"
