# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every NVIDIA driver that somebody publishes for a machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from . import driver_table as table
from .gpu_driver import GRID
from .machine import Machine, number
from .request import Request

Build = Literal["dkms", "precompiled", "runfile", "image"]
SOURCE_WORDS = {
    "nvidia": "NVIDIA's repository",
    "distribution": "the distribution's archive",
    "runfile": "a runfile",
    "none": "the image",
}


@dataclass(frozen=True)
class Branch:
    """A driver branch: newest version seen, end of support (YYYY-MM, - unknown), its flavours, NVIDIA's word for it."""

    name: str
    newest: str
    ends: str
    flavours: tuple[str, ...]
    kind: str

    @property
    def ended(self) -> bool:
        return self.kind == "ended"


@dataclass(frozen=True)
class Offer:
    """One driver that somebody publishes for the machine. `version` is exact for a runfile, else the newest seen."""

    source: str
    branch: Branch
    version: str
    flavour: str
    build: Build
    scheme: str = ""
    fails_from: str = ""
    url: str = ""
    sha256: str = ""
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.version:
            return "the image's driver"
        if self.source == "none":
            return f"the image's driver {self.version}"
        return f"driver {self.version.split('-')[0]} ({self.flavour}, {SOURCE_WORDS[self.source]})"


def _branch(name: str, newest: str, ends: str, flavours: str, kind: str) -> Branch:
    return Branch(name, newest, ends, tuple(flavours.split(",")), kind)


BRANCHES = {row[0]: _branch(*row) for row in (line.split() for line in table.BRANCHES.split("\n") if line)}
ARCHIVES = [line.split() for line in table.ARCHIVES.split("\n") if line]
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


def everything(machine: Machine, request: Request) -> Iterator[Offer]:
    """What is still supported before what has ended, NVIDIA's own before the distribution's."""
    found = [*_from_nvidia(machine), *_from_distribution(machine)]
    if request.driver_source == "runfile":
        found += _as_runfile(machine)
    if request.driver_source == "none":
        found += _from_image(request)
    yield from sorted(found, key=lambda offer: offer.branch.ended)


def grid_offers(machine: Machine) -> Iterator[Offer]:
    for gpu in machine.models:
        if (machine.cloud, gpu.model) in GRID:
            branch, version, folder, sha256, arguments = GRID[machine.cloud, gpu.model]
            yield Offer(
                source="runfile",
                branch=BRANCHES[branch],
                version=version,
                flavour="grid",
                build="runfile",
                url=table.GRID_URL.format(folder=folder, version=version),
                sha256="" if sha256 == "-" else sha256,
                arguments=() if arguments == "-" else tuple(arguments.split(",")),
            )


def _from_nvidia(machine: Machine) -> Iterator[Offer]:
    published = machine.published
    for branch in BRANCHES.values():
        if published and number(branch.name) >= number(published.first_branch):
            for flavour in branch.flavours:
                scheme = "nvidia-dnf" if machine.system.family == "el" else "nvidia-apt"
                yield Offer("nvidia", branch, branch.newest, flavour, "dkms", scheme)


def _from_distribution(machine: Machine) -> Iterator[Offer]:
    for name, architectures, branch, version, flavours, scheme, fails_from in ARCHIVES:
        if name == machine.system.name and machine.architecture in architectures.split(","):
            signed = scheme == "server-signed" and kernel_flavours(machine) <= set(table.SIGNED_KERNELS)
            for flavour in flavours.split(","):
                yield Offer(
                    source="distribution",
                    branch=BRANCHES[branch],
                    version=version,
                    flavour=flavour,
                    build="precompiled" if signed else "dkms",
                    scheme=scheme,
                    fails_from="" if fails_from == "-" else fails_from,
                )


def _as_runfile(machine: Machine) -> Iterator[Offer]:
    for branch in BRANCHES.values():
        url = table.RUNFILE.format(version=branch.newest, machine=MACHINES[machine.architecture])
        for flavour in branch.flavours:
            yield Offer("runfile", branch, branch.newest, flavour, "runfile", url=url)


def _from_image(request: Request) -> Iterator[Offer]:
    """An image brings one driver: what is said of it, else it is unknown, and the newest is assumed."""
    if request.driver_version:
        name = request.driver_version.split(".")[0]
        branch = BRANCHES.get(name, Branch(name, request.driver_version, "-", ("open", "proprietary"), "unknown"))
        for flavour in branch.flavours:
            yield Offer("none", branch, request.driver_version, flavour, "image")
        return
    for branch in BRANCHES.values():
        for flavour in branch.flavours:
            version = branch.newest if request.driver_branch else ""
            yield Offer("none", branch, version, flavour, "image")


def kernel_flavours(machine: Machine) -> set[str]:
    """The flavours of the kernels, as Ubuntu names them: aws of 7.0.0-1018-aws; of a bare version the cloud's own."""
    default = machine.cloud if machine.cloud != "none" else "generic"
    return {kernel.rpartition("-")[2] if "-" in kernel else default for kernel in machine.kernels}
