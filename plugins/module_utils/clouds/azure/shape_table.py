# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's machine types, from the tables of https://learn.microsoft.com/azure/virtual-machines/sizes/overview (read 2026-11).

tools/compare_azure_shapes.py holds it to what a subscription is offered.

A line is: name with # for the size, architecture, gpu-model, then size:vCPUs:GiB[:GPUs] of each size.
"""

from __future__ import annotations

TABLE = """
Standard_D#s_v5 x86_64 - 2:2:8 4:4:16 8:8:32 16:16:64 32:32:128 48:48:192 64:64:256 96:96:384
Standard_D#as_v5 x86_64 - 2:2:8 4:4:16 8:8:32 16:16:64 32:32:128 48:48:192 64:64:256 96:96:384
Standard_D#ps_v5 arm64 - 2:2:8 4:4:16 8:8:32 16:16:64 32:32:128 48:48:192 64:64:208
Standard_E#s_v5 x86_64 - 2:2:16 4:4:32 8:8:64 16:16:128 20:20:160 32:32:256 48:48:384 64:64:512 96:96:672
Standard_E#as_v5 x86_64 - 2:2:16 4:4:32 8:8:64 16:16:128 20:20:160 32:32:256 48:48:384 64:64:512 96:96:672
Standard_F#s_v2 x86_64 - 2:2:4 4:4:8 8:8:16 16:16:32 32:32:64 48:48:96 64:64:128 72:72:144
Standard_NC#as_T4_v3 x86_64 t4 4:4:28:1 8:8:56:1 16:16:110:1 64:64:440:4
Standard_NC#ads_A100_v4 x86_64 a100-80gb 24:24:220:1 48:48:440:2 96:96:880:4
Standard_NC#ads_H100_v5 x86_64 h100-nvl 40:40:320:1
Standard_NC#adis_H100_v5 x86_64 h100-nvl 80:80:640:2
Standard_NC#ds_xl_RTXPRO6000BSE_v6 x86_64 rtx-pro-6000 128:128:512:1 144:144:516:1 256:256:1024:2 288:288:1032:2 320:320:1280:2
Standard_NC#lds_xl_RTXPRO6000BSE_v6 x86_64 rtx-pro-6000 128:128:256:1 144:144:264:1 256:256:512:2 288:288:516:2 320:320:640:2
Standard_ND#asr_v4 x86_64 a100 96:96:900:8
Standard_ND#amsr_A100_v4 x86_64 a100-80gb 96:96:1900:8
Standard_ND#isr_H100_v5 x86_64 h100 96:96:1900:8
Standard_ND#isr_H200_v5 x86_64 h200 96:96:1850:8
Standard_ND#isr_NDR_GB200_v6 arm64 gb200 128:128:900:4
Standard_NV#ads_A10_v5 x86_64 a10 6:6:55:1/6 12:12:110:1/3 18:18:220:1/2 36:36:440:1 72:72:880:2
Standard_NV#adms_A10_v5 x86_64 a10 36:36:880:1
"""
