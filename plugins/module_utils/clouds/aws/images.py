# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Friendly image names: who publishes them and under which AMI names.

Owners and name patterns: https://wiki.debian.org/Cloud/AmazonEC2Image, https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/,
https://docs.aws.amazon.com/dlami/latest/devguide/find-dlami-id.html (read 2026-11). One DescribeImages call gives the newest
AMI and the name of its root device, which the SSM parameters would not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...model.error import InvalidOption

DEBIAN = ("136693071363",)
CANONICAL = ("099720109477", "513442679011", "837727238323")  # commercial, GovCloud, China
AMAZON = ("amazon",)
DEEP_LEARNING = "Deep Learning {prefix}Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) *"


@dataclass(frozen=True)
class Image:
    """`pattern` holds {arch} in the publisher's spelling; `user` is the login that the image makes."""

    owners: tuple[str, ...]
    pattern: str
    user: str

    def name_filter(self, architecture: str) -> str:
        arm = architecture == "arm64"
        return self.pattern.format(arch="arm64" if arm else "amd64", prefix="ARM64 " if arm else "")


IMAGES: dict[str, Image] = {
    "debian-12": Image(DEBIAN, "debian-12-{arch}-*", "admin"),
    "debian-13": Image(DEBIAN, "debian-13-{arch}-*", "admin"),
    "ubuntu-22.04": Image(CANONICAL, "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-*", "ubuntu"),
    "ubuntu-24.04": Image(CANONICAL, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-*", "ubuntu"),
    "ubuntu-26.04": Image(CANONICAL, "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-server-*", "ubuntu"),
    "deep-learning": Image(AMAZON, DEEP_LEARNING, "ubuntu"),
}


def known_image(image: str) -> None:
    """Raises InvalidOption unless it is a friendly name or an AMI id."""
    if image not in IMAGES and not image.startswith("ami-"):
        raise InvalidOption(
            "image", image, f"accepted: an id such as ami-0123456789abcdef0, or one of {', '.join(IMAGES)}"
        )


def login_of(image: str | None) -> str | None:
    """The user that a friendly image lets in; an id does not tell."""
    return IMAGES[image].user if image in IMAGES else None


def image_query(image: str, architecture: str) -> dict[str, Any]:
    """The arguments of DescribeImages that find it."""
    if image.startswith("ami-"):
        return {"ImageIds": [image]}
    known = IMAGES[image]
    return {
        "Owners": list(known.owners),
        "Filters": [
            {"Name": "name", "Values": [known.name_filter(architecture)]},
            {"Name": "architecture", "Values": [architecture]},
            {"Name": "state", "Values": ["available"]},
        ],
    }


def newest(found: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return max(found, key=lambda image: image.get("CreationDate", ""), default=None)
