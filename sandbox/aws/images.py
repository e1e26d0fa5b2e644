"""The images of the emulated AWS: the ones a user of the collection names, with their real owners.

Owners: Debian 136693071363 (wiki.debian.org/Cloud/AmazonEC2Image), Canonical 099720109477
(documentation.ubuntu.com/aws), Amazon's Deep Learning AMIs 898082745236 (docs.aws.amazon.com/dlami).
Every image comes in two dated releases, so that "the newest" can be tested. The ids are ours.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEBIAN = "136693071363"
CANONICAL = "099720109477"
AMAZON_DEEP_LEARNING = "898082745236"
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}


@dataclass(frozen=True)
class Image:
    """One image. `disk_gb` is the size of its root snapshot; moto cannot hold that, so the front does."""

    id: str
    name: str
    owner: str
    created: str
    architecture: str
    root_device: str
    disk_gb: int
    description: str
    family: str


def _image(family: str, name: str, owner: str, created: str, arch: str, disk: tuple[str, int]) -> Image:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Image(
        id=f"ami-0{digest[:16]}",
        name=name,
        owner=owner,
        created=created,
        architecture=ARCHITECTURES[arch],
        root_device=disk[0],
        disk_gb=disk[1],
        description=name,
        family=family,
    )


def _debian() -> list[Image]:
    builds = {"12": ("20260915-2236", "20261102-2287"), "13": ("20260914-2235", "20261116-2301")}
    images = []
    for release, dates in builds.items():
        for date in dates:
            created = f"{date[:4]}-{date[4:6]}-{date[6:8]}T01:12:11.000Z"
            for arch in ARCHITECTURES:
                name = f"debian-{release}-{arch}-{date}"
                images.append(_image(f"debian-{release}", name, DEBIAN, created, arch, ("/dev/xvda", 8)))
    return images


def _ubuntu() -> list[Image]:
    releases = {
        "22.04": ("hvm-ssd/ubuntu-jammy-22.04", ("20260904", "20261105")),
        "24.04": ("hvm-ssd-gp3/ubuntu-noble-24.04", ("20260906", "20261110")),
        "26.04": ("hvm-ssd-gp3/ubuntu-resolute-26.04", ("20260908", "20261112")),
    }
    images = []
    for release, (path, dates) in releases.items():
        for date in dates:
            created = f"{date[:4]}-{date[4:6]}-{date[6:]}T05:30:20.000Z"
            for arch in ARCHITECTURES:
                name = f"ubuntu/images/{path}-{arch}-server-{date}"
                images.append(_image(f"ubuntu-{release}", name, CANONICAL, created, arch, ("/dev/sda1", 8)))
    return images


def _deep_learning() -> list[Image]:
    title = {
        "amd64": "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)",
        "arm64": "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)",
    }
    images = []
    for date in ("20260911", "20261107"):
        created = f"{date[:4]}-{date[4:6]}-{date[6:]}T09:41:02.000Z"
        for arch, words in title.items():
            images.append(
                _image(
                    "deep-learning", f"{words} {date}", AMAZON_DEEP_LEARNING, created, arch,
                    ("/dev/sda1", 75),
                )
            )  # fmt: skip
    return images


IMAGES: tuple[Image, ...] = (*_debian(), *_ubuntu(), *_deep_learning())
BY_ID: dict[str, Image] = {image.id: image for image in IMAGES}


def newest(family: str, architecture: str) -> Image:
    """The latest release of a family ("debian-12") for an architecture ("x86_64", "arm64")."""
    found = [i for i in IMAGES if i.family == family and i.architecture == architecture]
    return max(found, key=lambda image: image.created)


def moto_rows() -> list[dict[str, Any]]:
    """The list in the form that moto reads from MOTO_AMIS_PATH; a key it does not know breaks EC2."""
    return [
        {
            "ami_id": image.id,
            "name": image.name,
            "description": image.description,
            "owner_id": image.owner,
            "creation_date": image.created,
            "architecture": image.architecture,
            "root_device_name": image.root_device,
            "root_device_type": "ebs",
            "virtualization_type": "hvm",
            "hypervisor": "xen",
            "image_location": f"{image.owner}/{image.name}",
            "public": True,
            "state": "available",
        }
        for image in IMAGES
    ]


def write(path: Path) -> Path:
    """Write the list for moto and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(moto_rows(), indent=1), encoding="utf-8")
    return path
