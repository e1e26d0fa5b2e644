"""The public images of the emulated cloud, in the projects and families where the real ones are.

Families: docs.cloud.google.com/compute/docs/images/os-details and deep-learning-images (read 2026-11). The dates in
the names are ours. Project, family, image, architecture, GiB.
"""

from __future__ import annotations

IMAGES = """
debian-cloud debian-11 debian-11-bullseye-v20260813 X86_64 10
debian-cloud debian-12 debian-12-bookworm-v20261012 X86_64 10
debian-cloud debian-12 debian-12-bookworm-v20261110 X86_64 10
debian-cloud debian-12-arm64 debian-12-bookworm-arm64-v20261110 ARM64 10
debian-cloud debian-13 debian-13-trixie-v20261110 X86_64 10
debian-cloud debian-13-arm64 debian-13-trixie-arm64-v20261110 ARM64 10
ubuntu-os-cloud ubuntu-2204-lts ubuntu-2204-jammy-v20261105 X86_64 10
ubuntu-os-cloud ubuntu-2404-lts-amd64 ubuntu-2404-noble-amd64-v20261105 X86_64 10
ubuntu-os-cloud ubuntu-2404-lts-arm64 ubuntu-2404-noble-arm64-v20261105 ARM64 10
ubuntu-os-cloud ubuntu-2604-lts-amd64 ubuntu-2604-resolute-amd64-v20261105 X86_64 10
ubuntu-os-cloud ubuntu-2604-lts-arm64 ubuntu-2604-resolute-arm64-v20261105 ARM64 10
ubuntu-os-accelerator-images ubuntu-accelerator-2404-amd64-with-nvidia-580 ubuntu-accelerator-2404-amd64-with-nvidia-580-v20261105 X86_64 10
rocky-linux-cloud rocky-linux-9 rocky-linux-9-v20261110 X86_64 20
rocky-linux-cloud rocky-linux-10 rocky-linux-10-v20261110 X86_64 20
rhel-cloud rhel-9 rhel-9-v20261110 X86_64 20
deeplearning-platform-release common-cu129-ubuntu-2204-nvidia-580 common-cu129-ubuntu-2204-nvidia-580-v20261020 X86_64 50
deeplearning-platform-release common-cu129-ubuntu-2404-nvidia-580 common-cu129-ubuntu-2404-nvidia-580-v20261020 X86_64 50
deeplearning-platform-release pytorch-2-9-cu129-ubuntu-2404-nvidia-580 pytorch-2-9-cu129-ubuntu-2404-nvidia-580-v20261020 X86_64 50
cos-cloud cos-stable cos-stable-125-19216-104-74 X86_64 10
"""

# Projects that lend images to everybody and own nothing else that can be seen.
PROJECTS = frozenset(line.split()[0] for line in IMAGES.strip().splitlines())
DEPRECATED = ("debian-12-bookworm-v20261012",)
FEATURES = ("UEFI_COMPATIBLE", "VIRTIO_SCSI_MULTIQUEUE", "GVNIC", "SEV_CAPABLE", "IDPF")
