# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Friendly image names: who publishes them in Azure's marketplace, and under which offer.

https://wiki.debian.org/Cloud/MicrosoftAzure, https://documentation.ubuntu.com/azure/azure-how-to/instances/find-ubuntu-images/,
https://learn.microsoft.com/azure/virtual-machines/azure-hpc-vm-images (read 2026-11). The version `latest` is Azure's own word.
All are images of generation 2, which every GPU size takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model.error import InvalidOption

URN = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+:(latest|[\d.]+)")
ID = re.compile(r"/subscriptions/[^/]+/.+/Microsoft\.Compute/(images|galleries)/.+", re.I)
COMMUNITY = re.compile(r"/CommunityGalleries/.+/Images/.+", re.I)
SHARED = re.compile(r"/SharedGalleries/.+/Images/.+", re.I)


@dataclass(frozen=True)
class Image:
    """`sku` is for x86_64, `arm_sku` for arm64 (None: there is none)."""

    publisher: str
    offer: str
    sku: str
    arm_sku: str | None


IMAGES: dict[str, Image] = {
    "debian-12": Image("Debian", "debian-12", "12-gen2", "12-arm64"),
    "debian-13": Image("Debian", "debian-13", "13-gen2", "13-arm64"),
    "ubuntu-22.04": Image("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "22_04-lts-arm64"),
    "ubuntu-24.04": Image("Canonical", "ubuntu-24_04-lts", "server", "server-arm64"),
    "ubuntu-26.04": Image("Canonical", "ubuntu-26_04-lts", "server", "server-arm64"),
    "deep-learning": Image("microsoft-dsvm", "ubuntu-hpc", "2404", None),
}


def known_image(image: str) -> None:
    """Raises InvalidOption unless it is a friendly name, a URN or an id."""
    if image not in IMAGES and not any(form.fullmatch(image) for form in (URN, ID, COMMUNITY, SHARED)):
        raise InvalidOption(
            "image",
            image,
            f"accepted: a URN such as Debian:debian-12:12-gen2:latest, the id of an image, or one of {', '.join(IMAGES)}",
        )


def image_reference(image: str, architecture: str) -> dict[str, str]:
    """The image as a VM's storage profile names it. Raises InvalidOption if there is none for the architecture."""
    known = IMAGES.get(image)
    if known:
        sku = known.arm_sku if architecture == "arm64" else known.sku
        if sku is None:
            raise InvalidOption("image", image, f"it is not published for {architecture}")
        return {"publisher": known.publisher, "offer": known.offer, "sku": sku, "version": "latest"}
    if URN.fullmatch(image):
        return dict(zip(("publisher", "offer", "sku", "version"), image.split(":"), strict=True))
    if COMMUNITY.fullmatch(image):
        return {"communityGalleryImageId": image}
    return {"sharedGalleryImageId" if SHARED.fullmatch(image) else "id": image}


def names_of(reference: Mapping[str, Any]) -> tuple[str, ...]:
    """Everything that an observed VM's image may be called in the option `image`, but for its friendly name."""
    ids = [reference.get(key) for key in ("id", "communityGalleryImageId", "sharedGalleryImageId")]
    found = [str(one) for one in ids if one]
    if reference.get("publisher"):
        urn = ":".join(str(reference.get(key, "")) for key in ("publisher", "offer", "sku"))
        versions = dict.fromkeys((reference.get("version"), reference.get("exactVersion"), "latest"))
        found += [f"{urn}:{version}" for version in versions if version]
    return tuple(found)
