# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Friendly image names: the image families of their publishers, of which Google itself takes the newest image.

Projects and families: https://cloud.google.com/compute/docs/images/os-details,
https://cloud.google.com/deep-learning-vm/docs/images, https://documentation.ubuntu.com/gcp (read 2026-11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...model.error import InvalidOption

PATH = re.compile(r"(https://[\w./-]+/)?projects/[\w.:-]+/global/images/(family/)?[a-z][-a-z0-9]{0,62}")


@dataclass(frozen=True)
class Image:
    """`families` are paths by architecture; `user` is the login that a key is given to. `cloud_init`: whether it has it."""

    families: dict[str, str]
    user: str
    cloud_init: bool = True


def _debian(release: str) -> Image:
    # Google's Debian images come with Google's guest agent in place of cloud-init.
    # https://github.com/andsens/bootstrap-vz/pull/469 (its maintainers' reason)
    families = {"x86_64": f"debian-cloud/{release}", "arm64": f"debian-cloud/{release}-arm64"}
    return Image(families, "admin", cloud_init=False)


def _ubuntu(release: str) -> Image:
    family = f"ubuntu-os-cloud/ubuntu-{release}-lts"
    amd = family if release == "2204" else f"{family}-amd64"  # before 24.04 the family of x86_64 has no suffix
    return Image({"x86_64": amd, "arm64": f"{family}-arm64"}, "ubuntu")


IMAGES: dict[str, Image] = {
    "debian-12": _debian("debian-12"),
    "debian-13": _debian("debian-13"),
    "ubuntu-22.04": _ubuntu("2204"),
    "ubuntu-24.04": _ubuntu("2404"),
    "ubuntu-26.04": _ubuntu("2604"),
    "deep-learning": Image(
        {
            "x86_64": "deeplearning-platform-release/common-cu129-ubuntu-2204-nvidia-580",
            "arm64": "ubuntu-os-accelerator-images/ubuntu-accelerator-2404-arm64-with-nvidia-580",
        },
        "ubuntu",
    ),
}


def known_image(image: str) -> None:
    """Raises InvalidOption unless it is a friendly name or the path of an image or a family."""
    if image not in IMAGES and not PATH.fullmatch(image):
        paths = "projects/PROJECT/global/images/NAME or projects/PROJECT/global/images/family/NAME"
        raise InvalidOption("image", image, f"accepted: {paths}, or one of {', '.join(IMAGES)}")


def login_of(image: str | None) -> str | None:
    """The user that gets the key where none is named; a path does not tell."""
    return IMAGES[image].user if image in IMAGES else None


def source_of(image: str, architecture: str) -> str:
    """What a disk is made from."""
    if image not in IMAGES:
        return image
    project, _slash, family = IMAGES[image].families[architecture].partition("/")
    return f"projects/{project}/global/images/family/{family}"


def as_label(image: str) -> str:
    """The image's word as a label can hold it: a path's last name, a friendly name with _ in place of the dot."""
    return image.rsplit("/", 1)[-1].replace(".", "_")


def from_label(text: str) -> str:
    return text.replace("_", ".")


def remembered(image: str) -> str:
    """What `from_label` will give for the word: images are compared by this."""
    return from_label(as_label(image))
