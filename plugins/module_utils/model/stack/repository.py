# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where packages come from: NVIDIA's repository for a system, or what the distribution's own archive has beside its main part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import system_table as table
from .machine import Machine

NVIDIA_REPOSITORIES = "https://developer.download.nvidia.com/compute/cuda/repos"
SUITES = {"debian": "{codename}", "ubuntu": "{codename} {codename}-updates {codename}-security"}


@dataclass(frozen=True)
class Repository:
    """Where packages come from. With `format` archive it is the distribution's own: only `suites` and `components` are added.

    NVIDIA's has a flat layout: suite `/`, no components. Exactly one of `key_fingerprint` and `keyring_sha256` is set for it.
    """

    format: str = ""
    url: str = ""
    suites: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    key_url: str = ""
    key_fingerprint: str = ""
    keyring_url: str = ""
    keyring_sha256: str = ""


def repository(machine: Machine, source: str, components: Mapping[str, tuple[str, ...]]) -> Repository:
    """That of a source of packages; an empty one where packages come from elsewhere. `components` are those of the archive, by family."""
    system = machine.system
    if source == "distribution":
        suites = SUITES[system.family].format(codename=system.codename).split()
        return Repository("archive", suites=tuple(suites), components=components[system.family])
    if source != "nvidia" or machine.published is None:
        return Repository()
    url = f"{NVIDIA_REPOSITORIES}/{system.repository}/{'sbsa' if machine.architecture == 'arm64' else 'x86_64'}/"
    key = machine.published.key
    fingerprint = table.FINGERPRINTS.get(key, "")
    return Repository(
        format="dnf" if system.family == "el" else "apt",
        url=url,
        suites=() if system.family == "el" else ("/",),
        key_url=f"{url}{key}.pub" if fingerprint else "",
        key_fingerprint=fingerprint,
        keyring_url="" if fingerprint else f"{url}cuda-keyring_1.1-1_all.deb",
        keyring_sha256=table.KEYRINGS.get(key, ""),
    )
