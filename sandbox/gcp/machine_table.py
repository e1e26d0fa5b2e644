"""What the emulated zones offer: machine types, accelerators, and which zone has which.

Sizes: docs.cloud.google.com/compute/docs/machine-resource and its pages of families (read 2026-11). Which zone has
which accelerator follows docs.cloud.google.com/compute/docs/gpus/gpu-regions-zones in kind, not in every cell: what
matters here is that no accelerator is in every zone of a region.
"""

from __future__ import annotations

# Series, MiB per vCPU, vCPUs.
SERIES = """
n1-standard 3840 1 2 4 8 16 32 64 96
n1-highmem 6656 2 4 8 16 32 64 96
n1-highcpu 922 2 4 8 16 32 64 96
e2-standard 4096 2 4 8 16 32
e2-highmem 8192 2 4 8 16
e2-highcpu 1024 2 4 8 16 32
n2-standard 4096 2 4 8 16 32 48 64 80 96 128
n2-highmem 8192 2 4 8 16 32 48 64 80 96
n2d-standard 4096 2 4 8 16 32 48 64 80 96 128 224
c2-standard 4096 4 8 16 30 60
c3-standard 4096 4 8 22 44 88 176
t2a-standard 4096 1 2 4 8 16 32 48
"""

# Name, vCPUs, MiB, accelerator and its count.
SINGLE = """
e2-micro 2 1024
e2-small 2 2048
e2-medium 2 4096
g2-standard-4 4 16384 nvidia-l4 1
g2-standard-8 8 32768 nvidia-l4 1
g2-standard-12 12 49152 nvidia-l4 1
g2-standard-16 16 65536 nvidia-l4 1
g2-standard-24 24 98304 nvidia-l4 2
g2-standard-32 32 131072 nvidia-l4 1
g2-standard-48 48 196608 nvidia-l4 4
g2-standard-96 96 393216 nvidia-l4 8
g4-standard-48 48 184320 nvidia-rtx-pro-6000 1
g4-standard-96 96 368640 nvidia-rtx-pro-6000 2
g4-standard-192 192 737280 nvidia-rtx-pro-6000 4
g4-standard-384 384 1474560 nvidia-rtx-pro-6000 8
a2-highgpu-1g 12 87040 nvidia-tesla-a100 1
a2-highgpu-2g 24 174080 nvidia-tesla-a100 2
a2-highgpu-4g 48 348160 nvidia-tesla-a100 4
a2-highgpu-8g 96 696320 nvidia-tesla-a100 8
a2-megagpu-16g 96 1392640 nvidia-tesla-a100 16
a2-ultragpu-1g 12 174080 nvidia-a100-80gb 1
a2-ultragpu-2g 24 348160 nvidia-a100-80gb 2
a2-ultragpu-4g 48 696320 nvidia-a100-80gb 4
a2-ultragpu-8g 96 1392640 nvidia-a100-80gb 8
a3-highgpu-1g 26 239616 nvidia-h100-80gb 1
a3-highgpu-2g 52 479232 nvidia-h100-80gb 2
a3-highgpu-4g 104 958464 nvidia-h100-80gb 4
a3-highgpu-8g 208 1916928 nvidia-h100-80gb 8
a3-megagpu-8g 208 1916928 nvidia-h100-mega-80gb 8
a3-ultragpu-8g 224 3022848 nvidia-h200-141gb 8
a4-highgpu-8g 224 4063232 nvidia-b200 8
a4x-highgpu-4g 140 905216 nvidia-gb200 4
"""

ARM = ("t2a-", "a4x-")

# Accelerator, description, most cards on one VM, the metric of its regional quota, zones.
ACCELERATORS = """
nvidia-tesla-t4|NVIDIA T4|4|NVIDIA_T4_GPUS|us-central1-a us-central1-b us-central1-c us-central1-f us-east1-c us-east1-d us-west1-a \
us-west1-b europe-west4-a europe-west4-b europe-west4-c asia-southeast1-a
nvidia-tesla-v100|NVIDIA V100|8|NVIDIA_V100_GPUS|us-central1-a us-central1-b us-central1-c us-central1-f us-east1-c us-west1-a europe-west4-a
nvidia-l4|NVIDIA L4|8|NVIDIA_L4_GPUS|us-central1-a us-central1-b us-central1-c us-east1-b us-east1-c us-east1-d us-west1-a us-west1-b \
europe-west4-a europe-west4-b europe-west4-c asia-southeast1-a asia-southeast1-b
nvidia-rtx-pro-6000|NVIDIA RTX PRO 6000|8|GPU_FAMILY:NVIDIA_RTX_PRO_6000|us-central1-b us-central1-f us-east1-b europe-west4-b
nvidia-tesla-a100|NVIDIA A100 40GB|16|NVIDIA_A100_GPUS|us-central1-a us-central1-b us-central1-c us-central1-f us-east1-b us-west1-b \
europe-west4-a europe-west4-b asia-southeast1-b
nvidia-a100-80gb|NVIDIA A100 80GB|8|NVIDIA_A100_80GB_GPUS|us-central1-a us-central1-c europe-west4-a asia-southeast1-c
nvidia-h100-80gb|NVIDIA H100 80GB|8|GPU_FAMILY:NVIDIA_H100|us-central1-a us-central1-c us-west1-a europe-west4-b europe-west4-c asia-southeast1-b
nvidia-h100-mega-80gb|NVIDIA H100 80GB MEGA|8|GPU_FAMILY:NVIDIA_H100_MEGA|us-central1-a us-central1-b us-central1-c us-east1-d europe-west4-b
nvidia-h200-141gb|NVIDIA H200 141GB|8|GPU_FAMILY:NVIDIA_H200|us-central1-b us-east1-d us-west1-c europe-west4-a
nvidia-b200|NVIDIA B200 180GB|8|GPU_FAMILY:NVIDIA_B200|us-central1-b us-east1-b europe-west4-b
nvidia-gb200|NVIDIA GB200 186GB|4|GPU_FAMILY:NVIDIA_GB200|us-central1-a
"""

# Most vCPUs of an N1 type beside that many cards (docs.cloud.google.com/compute/docs/gpus#n1-gpus, read 2026-11).
ATTACHED = {
    "nvidia-tesla-t4": {1: 48, 2: 48, 4: 96},
    "nvidia-tesla-v100": {1: 12, 2: 24, 4: 48, 8: 96},
}

# Region, zones, the range of its subnetwork in an auto-mode network (docs.cloud.google.com/vpc/docs/subnets).
REGIONS = """
us-central1 abcf 10.128.0.0/20
us-east1 bcd 10.142.0.0/20
us-west1 abc 10.138.0.0/20
europe-west4 abc 10.164.0.0/20
asia-southeast1 abc 10.148.0.0/20
"""

DISK_TYPES = {
    "pd-standard": (10, 65536, 500),
    "pd-balanced": (10, 65536, 100),
    "pd-ssd": (10, 65536, 100),
    "pd-extreme": (500, 65536, 1000),
    "hyperdisk-balanced": (4, 65536, 100),
    "hyperdisk-extreme": (64, 65536, 1000),
    "hyperdisk-throughput": (2048, 32768, 2048),
    "hyperdisk-ml": (4, 65536, 100),
    "local-ssd": (375, 375, 375),
}

# Families that boot from Hyperdisk alone, and those that have no Hyperdisk (docs: "disk types supported" of each family).
HYPERDISK_ONLY = ("g4-", "a3-ultragpu", "a4-", "a4x-")
NO_HYPERDISK = ("n1-", "e2-", "a2-", "t2a-")
# Local SSD comes with these.
LOCAL_SSD = ("a2-ultragpu", "a3-", "a4-", "a4x-")
# Offered as spot, flex-start or in a reservation only (the docs' "consumption options" of each family, read 2026-11).
NO_ON_DEMAND = ("a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g")
SPOT_OR_FLEX = ("a3-highgpu-1g", "a3-highgpu-2g", "a3-highgpu-4g")
