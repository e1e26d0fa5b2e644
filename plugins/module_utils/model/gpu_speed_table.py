# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a GPU multiplies matrices of bf16 on paper: TFLOPS of its tensor cores, dense, by NVIDIA's data sheets.

Data sheets print the figure with 2:4 sparsity, which is twice as much and which nobody's training uses; it is halved here. A
model that is missing has no bf16 (Volta, Turing) or no figure that we trust (rtx-pro-4500). Written down 2026-11-27.
"""

from __future__ import annotations

BF16_TFLOPS: dict[str, tuple[float, str]] = {
    "a10": (125, "NVIDIA A10 data sheet: BFLOAT16 Tensor Core 125, 250 with sparsity"),
    "a10g": (70, "NVIDIA A10G data sheet: BFLOAT16 Tensor Core 70, 140 with sparsity"),
    "a100": (312, "NVIDIA A100 data sheet: BFLOAT16 Tensor Core 312, 624 with sparsity"),
    "a100-80gb": (312, "NVIDIA A100 data sheet: BFLOAT16 Tensor Core 312, 624 with sparsity"),
    "b200": (2250, "NVIDIA HGX page: HGX B200, FP16/BF16 36 PFLOPS with sparsity for 8 GPUs"),
    "b300": (2250, "NVIDIA HGX page: HGX B300, FP16/BF16 36 PFLOPS with sparsity for 8 GPUs"),
    "gb200": (2500, "NVIDIA GB200 NVL72 page: FP16/BF16 360 PFLOPS with sparsity for 72 GPUs"),
    "h100": (989.5, "NVIDIA H100 data sheet, SXM: BFLOAT16 Tensor Core 1979 with sparsity"),
    "h100-nvl": (835.5, "NVIDIA H100 data sheet, NVL: BFLOAT16 Tensor Core 1671 with sparsity"),
    "h200": (989.5, "NVIDIA H200 data sheet, SXM: BFLOAT16 Tensor Core 1979 with sparsity"),
    "l4": (121, "NVIDIA L4 data sheet: BFLOAT16 Tensor Core 242 with sparsity"),
    "l40s": (362.05, "NVIDIA L40S data sheet: BFLOAT16 Tensor Core 362.05, 733 with sparsity"),
    "rtx-pro-6000": (500, "NVIDIA RTX PRO 6000 Blackwell Server Edition data sheet: FP16/BF16 1 PFLOPS with sparsity"),
}
