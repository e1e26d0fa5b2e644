# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute Engine's predefined machine types, its attachable GPUs and its regions.

Sources: Google's pages general-purpose-machines, compute-optimized-machines, memory-optimized-machines,
accelerator-optimized-machines and gpus under https://cloud.google.com/compute/docs (read 2026-11 in stored copies), compared with
build/gcp.yml of github.com/Cyclenerd/google-cloud-pricing-cost-calculator at 7a2c55d and with gpuhunt 0.1.34.
`tools/compare_gcp_shapes.py` compares this table with what a project's own API lists.
"""

from __future__ import annotations

# A line is: series architecture GiB-per-vCPU, then the sizes; a size whose memory is not that product says it, as size:GiB.
TABLE = """
e2-standard x86_64 4 2 4 8 16 32
e2-highmem x86_64 8 2 4 8 16
e2-highcpu x86_64 1 2 4 8 16 32
n1-standard x86_64 3.75 1 2 4 8 16 32 64 96
n1-highmem x86_64 6.5 2 4 8 16 32 64 96
n1-highcpu x86_64 0.9 2 4 8 16 32 64 96
n2-standard x86_64 4 2 4 8 16 32 48 64 80 96 128
n2-highmem x86_64 8 2 4 8 16 32 48 64 80 96 128:864
n2-highcpu x86_64 1 2 4 8 16 32 48 64 80 96
n2d-standard x86_64 4 2 4 8 16 32 48 64 80 96 128 224
n2d-highmem x86_64 8 2 4 8 16 32 48 64 80 96
n2d-highcpu x86_64 1 2 4 8 16 32 48 64 80 96 128 224
n4-standard x86_64 4 2 4 8 16 32 48 64 80
n4-highmem x86_64 8 2 4 8 16 32 48 64 80
n4-highcpu x86_64 2 2 4 8 16 32 48 64 80
t2d-standard x86_64 4 1 2 4 8 16 32 48 60
t2a-standard arm64 4 1 2 4 8 16 32 48
c2-standard x86_64 4 4 8 16 30 60
c2d-standard x86_64 4 2 4 8 16 32 56 112
c2d-highmem x86_64 8 2 4 8 16 32 56 112
c2d-highcpu x86_64 2 2 4 8 16 32 56 112
c3-standard x86_64 4 4 8 22 44 88 176
c3-highmem x86_64 8 4 8 22 44 88 176
c3-highcpu x86_64 2 4 8 22 44 88 176
c3d-standard x86_64 4 4 8 16 30 60 90 180 360
c3d-highmem x86_64 8 4 8 16 30 60 90 180 360
c3d-highcpu x86_64 2 4 8 16 30:59 60:118 90:177 180:354 360:708
c4-standard x86_64 3.75 2:7 4 8 16 24 32 48 96 144 192 288
c4-highmem x86_64 7.75 2:15 4 8 16 24 32 48 96 144 192 288
c4-highcpu x86_64 2 2 4 8 16 24 32 48 96 144 192 288
c4a-standard arm64 4 1 2 4 8 16 32 48 64 72
c4a-highmem arm64 8 1 2 4 8 16 32 48 64 72
c4a-highcpu arm64 2 1 2 4 8 16 32 48 64 72
m3-ultramem x86_64 30.5 32 64 128
m3-megamem x86_64 15.25 64 128
"""

# Types whose vCPUs and GPUs the name does not tell: type architecture vCPUs GiB [GPU-model GPUs GiB-per-GPU].
# The small g4 types have a part of a card; Google's API counts it as one.
FIXED = """
e2-micro x86_64 2 1
e2-small x86_64 2 2
e2-medium x86_64 2 4
g2-standard-4 x86_64 4 16 l4 1 24
g2-standard-8 x86_64 8 32 l4 1 24
g2-standard-12 x86_64 12 48 l4 1 24
g2-standard-16 x86_64 16 64 l4 1 24
g2-standard-24 x86_64 24 96 l4 2 24
g2-standard-32 x86_64 32 128 l4 1 24
g2-standard-48 x86_64 48 192 l4 4 24
g2-standard-96 x86_64 96 384 l4 8 24
g4-standard-48 x86_64 48 180 rtx-pro-6000 1 96
g4-standard-96 x86_64 96 360 rtx-pro-6000 2 96
g4-standard-192 x86_64 192 720 rtx-pro-6000 4 96
g4-standard-384 x86_64 384 1440 rtx-pro-6000 8 96
a2-highgpu-1g x86_64 12 85 a100 1 40
a2-highgpu-2g x86_64 24 170 a100 2 40
a2-highgpu-4g x86_64 48 340 a100 4 40
a2-highgpu-8g x86_64 96 680 a100 8 40
a2-megagpu-16g x86_64 96 1360 a100 16 40
a2-ultragpu-1g x86_64 12 170 a100-80gb 1 80
a2-ultragpu-2g x86_64 24 340 a100-80gb 2 80
a2-ultragpu-4g x86_64 48 680 a100-80gb 4 80
a2-ultragpu-8g x86_64 96 1360 a100-80gb 8 80
a3-highgpu-1g x86_64 26 234 h100 1 80
a3-highgpu-2g x86_64 52 468 h100 2 80
a3-highgpu-4g x86_64 104 936 h100 4 80
a3-highgpu-8g x86_64 208 1872 h100 8 80
a3-edgegpu-8g x86_64 208 1872 h100 8 80
a3-megagpu-8g x86_64 208 1872 h100 8 80
a3-ultragpu-8g x86_64 224 2952 h200 8 141
a4-highgpu-8g x86_64 224 3968 b200 8 180
a4x-highgpu-4g arm64 140 884 gb200 4 186
"""

# GPUs that are attached to N1 types: model accelerator-type, then count:most-vCPUs:most-GiB.
# https://cloud.google.com/compute/docs/gpus (read 2026-11). P4 and P100 are left out: no driver branch after R580 knows them.
ATTACHED = """
t4 nvidia-tesla-t4 1:48:312 2:48:312 4:96:624
v100 nvidia-tesla-v100 1:12:78 2:24:156 4:48:312 8:96:624
"""

# https://cloud.google.com/compute/docs/regions-zones (read 2026-11)
REGIONS = """
africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2 asia-southeast1
asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2 europe-north1 europe-north2
europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8
europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1 northamerica-northeast2 northamerica-south1
southamerica-east1 southamerica-west1 us-central1 us-central2 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3
us-west4 us-west8
"""
