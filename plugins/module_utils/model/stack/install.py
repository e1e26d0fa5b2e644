# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an offered driver is installed: repository, packages and what pins them, in the words of apt and dnf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from . import driver_table as table
from .driver import floor
from .machine import Machine, number
from .offer import Offer, kernel_flavours
from .repository import Repository, repository
from .request import Request

#: Components of the archive in which drivers are.
COMPONENTS = {"debian": ("contrib", "non-free", "non-free-firmware"), "ubuntu": ("restricted", "multiverse")}
DEB_ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}


@dataclass(frozen=True)
class Driver:
    """The driver of a stack.

    `version` is exact for a runfile, else the newest seen: an archive keeps its newest only, so the branch is what is pinned.
    `packages_first` go in before `packages`; `pins` are patterns of versions by package name, and what has a pin must end up in one
    upstream version. `build` is dkms, precompiled, runfile or image; `build_proven` says that the module was seen to compile for
    the release's own kernel. `headers` are what a build needs.
    """

    source: str
    branch: str
    branch_ends: str
    version: str
    version_floor: str
    flavour: str
    build: str
    build_proven: bool
    packages: tuple[str, ...] = ()
    packages_first: tuple[str, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    module_stream: str = ""
    version_lock: str = ""
    headers: tuple[str, ...] = ()
    fabric_manager: bool = False
    nvlsm: bool = False
    repository: Repository = Repository()
    runfile_url: str = ""
    runfile_sha256: str = ""
    runfile_arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Packages:
    """`main` in one transaction after `first`; `lockstep` are those of `main` that must have the driver's very version."""

    main: tuple[str, ...]
    lockstep: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    stream: str = ""
    lock: str = ""


def install(machine: Machine, offer: Offer, request: Request, least: str) -> Driver:
    """The driver to install. `least` is the floor that the framework's wheel adds to those of GPU and toolkit."""
    packages = _packages(machine, offer)
    return Driver(
        source=offer.source,
        branch=offer.branch.name if offer.version else "",
        branch_ends=offer.branch.ends.strip("-"),
        version=offer.version,
        version_floor=max(floor(machine, offer, request), least, key=number),
        flavour=offer.flavour,
        build=offer.build,
        build_proven=offer.build in ("precompiled", "image") or _proven(machine, offer),
        packages=packages.main,
        packages_first=packages.first,
        pins=dict.fromkeys(packages.lockstep, f"{offer.branch.name}.*") if offer.source == "distribution" else {},
        module_stream=packages.stream,
        version_lock=packages.lock,
        headers=_headers(machine) if offer.build in ("dkms", "runfile") else (),
        fabric_manager=machine.nvswitch,
        nvlsm=machine.nvlsm,
        repository=repository(machine, offer.source, COMPONENTS),
        runfile_url=offer.url,
        runfile_sha256=offer.sha256,
        runfile_arguments=offer.arguments,
    )


def _proven(machine: Machine, offer: Offer) -> bool:
    kernels = {".".join(str(part) for part in number(kernel)) for kernel in machine.kernels}
    known = {
        kernel
        for system, branch, kernel in table.BUILDS
        if (system, branch) == (machine.system.name, offer.branch.name)
    }
    return offer.source == "distribution" and kernels <= known


def _headers(machine: Machine) -> tuple[str, ...]:
    """The packages that follow the kernels' headers, so that an upgraded kernel finds its own."""
    if machine.system.family == "el":
        return ("kernel-devel-matched", "kernel-headers")
    if machine.system.family == "ubuntu":
        return tuple(f"linux-headers-{flavour}" for flavour in sorted(kernel_flavours(machine)))
    cloud = any("cloud" in kernel for kernel in machine.kernels)
    return (f"linux-headers-{'cloud-' if cloud else ''}{DEB_ARCHITECTURES[machine.architecture]}",)


def _packages(machine: Machine, offer: Offer) -> Packages:
    if offer.scheme == "nvidia-apt":
        return _nvidia_apt(machine, offer)
    if offer.scheme == "nvidia-dnf":
        return _nvidia_dnf(machine, offer)
    if offer.scheme.startswith("server"):
        return _ubuntu_server(machine, offer)
    return _debian(offer) if offer.source == "distribution" else Packages(())


def _nvidia_apt(machine: Machine, offer: Offer) -> Packages:
    """From 580 on a package pins the branch and names have no branch; before, the names carry it (NVIDIA/gpu-driver-container)."""
    branch = offer.branch.name
    new = number(branch) >= (580,)
    end = "" if new else f"-{branch}"
    driver = f"{'nvidia-open' if offer.flavour == 'open' else 'cuda-drivers'}{end}"
    switch = (f"nvidia-fabricmanager{end}", f"libnvidia-nscq{end}") if machine.nvswitch else ()
    manager = ("nvlsm",) if machine.nvlsm else ()
    return Packages((driver, *switch, *manager), first=(f"nvidia-driver-pinning-{branch}",) if new else ())


def _nvidia_dnf(machine: Machine, offer: Offer) -> Packages:
    """Releases up to 9 choose the branch by module stream; 10 has no streams and locks versions instead."""
    branch = offer.branch.name
    module = "kmod-nvidia-open-dkms" if offer.flavour == "open" else "kmod-nvidia-latest-dkms"
    switch = (
        ("nvidia-fabricmanager" if number(branch) >= (580,) else "nvidia-fabric-manager", "libnvidia-nscq")
        if machine.nvswitch
        else ()
    )
    manager = ("nvlsm",) if machine.nvlsm else ()
    streams = machine.system.repository == "rhel9"
    return Packages(
        (module, "nvidia-driver", "nvidia-driver-cuda", *switch, *manager),
        stream=f"nvidia-driver:{branch}-{'open' if offer.flavour == 'open' else 'dkms'}" if streams else "",
        lock="" if streams else f"*nvidia*{branch}*",
    )


def _debian(offer: Offer) -> Packages:
    """The scheme is the driver's name in Debian: nvidia, or nvidia-tesla-535 for a branch that is kept beside it."""
    name = offer.scheme
    library = name.replace("nvidia", "libnvidia")
    module = f"{name}-{'open-' if offer.flavour == 'open' else ''}kernel-dkms"
    cuda = "libcuda1" if name == "nvidia" else f"{library}-cuda1"
    ml = f"{library}-ml1"
    lockstep = (module, cuda, ml, f"{name}-smi")
    return Packages((*lockstep, "nvidia-persistenced"), lockstep)


def _ubuntu_server(machine: Machine, offer: Offer) -> Packages:
    branch = f"{offer.branch.name}-server"
    flavoured = f"{branch}-open" if offer.flavour == "open" else branch
    if offer.build == "precompiled":
        modules: tuple[str, ...] = tuple(
            f"linux-modules-nvidia-{flavoured}-{kernel}" for kernel in sorted(kernel_flavours(machine))
        )
        lockstep: tuple[str, ...] = (f"nvidia-headless-no-dkms-{flavoured}", f"nvidia-utils-{branch}")
    else:
        modules = ()
        lockstep = (f"nvidia-dkms-{flavoured}", f"nvidia-headless-no-dkms-{flavoured}", f"nvidia-utils-{branch}")
    if machine.nvswitch:
        lockstep += (f"nvidia-fabricmanager-{offer.branch.name}", f"libnvidia-nscq-{offer.branch.name}")
    return Packages((*modules, *lockstep), lockstep)
