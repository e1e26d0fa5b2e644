# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stack is made for: the GPUs, the operating system and the facts of one machine."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from .. import gpu_pci_table as pci
from ..error import InvalidOption
from ..gpu import GPUS, Gpu
from . import driver_table as drivers
from . import system_table as table

ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64", "sbsa": "arm64"}
ALIASES = {"redhat": "rhel", "red": "rhel", "almalinux": "alma", "rockylinux": "rocky"}
MORE_THAN_ONE_VERSION = {"ubuntu": 2}  # of the numbers in 24.04.3; elsewhere the first one names the release


@functools.cache
def number(version: str) -> tuple[int, ...]:
    """A version's leading numbers, to compare: (580, 126, 9) of 580.126.09-1, (6, 12, 117) of 6.12.117+deb13-amd64."""
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[-+~]", version, maxsplit=1)[0]))


@dataclass(frozen=True)
class System:
    """An operating system's release. `kernel` is the newest that it installs by itself."""

    name: str
    family: str
    codename: str
    python: str
    kernel: str
    repository: str

    def __str__(self) -> str:
        distribution, release = self.name.split("-", maxsplit=1)
        return f"{ {'rhel': 'RHEL', 'alma': 'AlmaLinux'}.get(distribution, distribution.capitalize()) } {release}"


@dataclass(frozen=True)
class Published:
    """What NVIDIA publishes for one release and architecture: from which driver branch and toolkit on, and under which key."""

    first_branch: str
    first_toolkit: str
    key: str


SYSTEMS = {row[0]: System(*row) for row in (line.split() for line in table.SYSTEMS.split("\n") if line)}
PUBLISHED = {
    (row[0], row[1]): Published(*row[2:]) for row in (line.split() for line in table.REPOSITORIES.split("\n") if line)
}
BOARDS = {row[0]: (row[1], row[2]) for row in (line.split() for line in pci.TABLE.split("\n") if line)}


@dataclass(frozen=True)
class Machine:
    """One machine. `gpus` has an entry for each card; none means a machine without NVIDIA GPUs."""

    gpus: tuple[Gpu, ...]
    nvswitch: bool
    system: System
    architecture: str
    kernels: tuple[str, ...]
    secure_boot: bool
    key_enrolled: bool
    cloud: str

    @property
    def models(self) -> tuple[Gpu, ...]:
        """Each model once, the oldest first."""
        return tuple(sorted(set(self.gpus), key=lambda gpu: (gpu.compute_capability, gpu.model)))

    @property
    def nvlsm(self) -> bool:
        return self.nvswitch and any(gpu.model in drivers.NVLSM for gpu in self.gpus)

    @property
    def published(self) -> Published | None:
        return PUBLISHED.get((self.system.repository, self.architecture))

    @property
    def before_turing(self) -> bool:
        return bool(self.models) and self.models[0].compute_capability < 7.5


def known_system(text: str) -> System:
    """The release of that name, also as Ansible's facts say it (`Debian 13.2`, `RedHat 9.6`). Raises InvalidOption."""
    words = re.split(r"[\s_-]+", text.strip().lower())
    distribution = ALIASES.get(words[0], words[0])
    numbers = re.findall(r"\d+", words[-1])[: MORE_THAN_ONE_VERSION.get(distribution, 1)]
    name = f"{distribution}-{'.'.join(numbers)}"
    if name not in SYSTEMS:
        raise InvalidOption("os", text, f"known systems: {', '.join(SYSTEMS)}")
    return SYSTEMS[name]


def known_architecture(text: str) -> str:
    """x86_64 or arm64. Raises InvalidOption."""
    if text.lower() not in ARCHITECTURES:
        raise InvalidOption("architecture", text, f"known architectures: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[text.lower()]


@dataclass(frozen=True)
class Board:
    """A GPU as it was named: the model, and whether it sits where NVSwitch can be; None where only the model is known."""

    gpu: Gpu
    sxm: bool | None


def boards(names: tuple[str, ...]) -> tuple[tuple[Board, ...], bool]:
    """The boards behind model names and PCI ids (`10de:20b2`), and whether an NVSwitch is among them. Raises InvalidOption."""
    found, switch = [], False
    for name in names:
        vendor, device = f"{name.strip().lower()}:".split(":")[:2]
        if device in pci.NVSWITCHES and vendor == pci.VENDOR:
            switch = True
        elif device:
            found.append(_board(name, vendor, device))
        elif vendor in GPUS:
            found.append(Board(GPUS[vendor], None))
        else:
            raise InvalidOption("gpus", name, f"known models: {', '.join(GPUS)}; or PCI ids like 10de:20b2")
    return tuple(found), switch


def _board(name: str, vendor: str, device: str) -> Board:
    if vendor != pci.VENDOR:
        raise InvalidOption("gpus", name, f"devices of NVIDIA are expected, vendor {pci.VENDOR}")
    if device not in BOARDS:
        raise InvalidOption("gpus", name, f"known devices: {', '.join(BOARDS)}; name the model instead if you know it")
    model, form = BOARDS[device]
    return Board(GPUS[model], form == "sxm")


def has_nvswitch(found: tuple[Board, ...], seen: bool, said: bool | None) -> bool:
    """What was said, else what was seen, else what eight boards of such a model are wherever they are sold."""
    if said is not None:
        return said
    fits = all(board.gpu.model in drivers.NVSWITCH and board.sxm is not False for board in found)
    return seen or (fits and len(found) >= drivers.NVSWITCH_COUNT)
