# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which CUDA toolkit and which Python: what follows from GPU, driver and wheel."""

from __future__ import annotations

from dataclasses import dataclass

from . import driver_table as table
from .clash import Clash
from .machine import Machine, System, number
from .offer import Offer
from .repository import Repository, repository
from .request import Request
from .wheel import Wheel

TOOLKITS = dict(line.split() for line in table.TOOLKITS.split("\n") if line)
# What most wheels are published for, and what everybody tests.
USUAL_PYTHON = 12
ARCHIVED = [line.split() for line in table.ARCHIVE_TOOLKITS.split("\n") if line]
# Components of the archive in which NVIDIA's toolkit and the library of the driver that it is linked with are.
COMPONENTS = {"debian": ("contrib", "non-free"), "ubuntu": ("restricted", "universe", "multiverse")}
SOURCE_WORDS = {"nvidia": "NVIDIA's repository", "distribution": "the distribution's archive", "pypi": "PyPI"}


@dataclass(frozen=True)
class Toolkit:
    """CUDA's compiler and libraries. `source` is nvidia, pypi or distribution, none where nobody has it beside the driver.

    `driver` is the one that knows all of it; `architectures` are the chips to compile for, like sm_90.
    """

    version: str
    source: str
    packages: tuple[str, ...]
    driver: str
    native: bool
    architectures: tuple[str, ...] = ()
    repository: Repository = Repository()


@dataclass(frozen=True)
class Python:
    """`minimum` and `maximum` are what the wheel is published for, empty without a framework; `source`: distribution or uv."""

    version: str
    source: str
    minimum: str = ""
    maximum: str = ""


def verify_toolkit(machine: Machine, request: Request) -> None:
    """Hold the wished toolkit against the GPUs and against what is published. Raises Clash."""
    wish, source = request.cuda_version, request.cuda_source
    if wish is not None and wish not in TOOLKITS:
        raise Clash(f"cuda_version is {wish}, and the toolkits known here are {', '.join(TOOLKITS)}", ("cuda_version",))
    for gpu in machine.models:
        if wish is not None and not _compiles_for(wish, gpu.compute_capability):
            raise Clash(
                f"CUDA {wish} does not compile for compute capability {gpu.compute_capability}, "
                f"and that is what the {gpu.model} ({gpu.generation}) has",
                ("cuda_version",),
            )
    if source is None:
        return
    there = [version for version in TOOLKITS if source in _published(machine, version)]
    where = f"{SOURCE_WORDS[source]} has for {machine.system} on {machine.architecture}"
    if not there:
        raise Clash(f"cuda_source is {source}, and no toolkit is known that {where}", ("cuda_source",))
    if wish is not None and wish not in there:
        raise Clash(
            f"cuda_version is {wish}, and the toolkits that {where} are {', '.join(there)}",
            ("cuda_source", "cuda_version"),
        )
    fits = [v for v in there if all(_compiles_for(v, gpu.compute_capability) for gpu in machine.models)]
    if not fits:
        raise Clash(
            f"the toolkits that {where} are {', '.join(there)}, and none of them compiles for "
            f"the {' and the '.join(gpu.model for gpu in machine.models)}",
            ("cuda_source",),
        )


def _compiles_for(toolkit: str, capability: float) -> bool:
    last = table.LAST_TOOLKIT_BEFORE_TURING if capability < 7.5 else ""
    first = table.FIRST_TOOLKIT.get(capability, "0")
    return number(first) <= number(toolkit) and (not last or number(toolkit) <= number(last))


def choose_toolkit(machine: Machine, request: Request, offer: Offer, wheel: Wheel | None) -> Toolkit:
    """As wished; else the newest that the driver knows wholly and that the wheel can load code from."""
    version = request.cuda_version or _newest(machine, request, offer, wheel)
    source = next(iter(_sources(machine, request, offer, version)), "none")
    packages = {
        "nvidia": (f"cuda-toolkit-{version.replace('.', '-')}",),
        "pypi": (f"cuda-toolkit=={version}.*",),
        "distribution": ("nvidia-cuda-toolkit",),
    }
    native = not offer.version or number(offer.version) >= number(TOOLKITS[version])
    chips = tuple(dict.fromkeys(f"sm_{gpu.compute_capability:.1f}".replace(".", "") for gpu in machine.models))
    place = repository(machine, source, COMPONENTS)
    return Toolkit(version, source, packages.get(source, ()), TOOLKITS[version], native, chips, place)


def _newest(machine: Machine, request: Request, offer: Offer, wheel: Wheel | None) -> str:
    """The newest that the driver knows wholly, and no newer than what the wheel brings; else the oldest that compiles for the GPUs.

    Those that somebody publishes beside this driver go before those that nobody does.
    """
    fit = [
        version
        for version in TOOLKITS
        if all(_compiles_for(version, gpu.compute_capability) for gpu in machine.models)
        and (wheel is None or number(wheel.cuda)[:1] <= number(version) <= number(wheel.cuda))
    ]
    known = [version for version in fit if not offer.version or number(offer.version) >= number(TOOLKITS[version])]
    runs = [version for version in fit if not offer.version or number(offer.version) >= number(least_driver(version))]
    for lot, choose in ((known, max), (runs, max)):
        published = [version for version in lot if _sources(machine, request, offer, version)]
        if published:
            return str(choose(published, key=number))
    return max(known, key=number) if known else min(fit, key=number)


def least_driver(toolkit: str) -> str:
    """The least driver on which programs of that toolkit run, by NVIDIA's minor-version compatibility."""
    return table.LEAST_DRIVER_OF_CUDA[number(toolkit)[0]]


def _sources(machine: Machine, request: Request, offer: Offer, version: str) -> tuple[str, ...]:
    """Who has that toolkit, the best first. NVIDIA's repository beside another source of drivers only if that is wished."""
    there = _published(machine, version)
    if request.cuda_source:
        return tuple(source for source in there if source == request.cuda_source)
    return tuple(source for source in there if source != "nvidia" or offer.source == "nvidia")


def _published(machine: Machine, version: str) -> tuple[str, ...]:
    """Everybody who has that toolkit for the machine."""
    nvidia = machine.published
    found = []
    if nvidia and nvidia.first_toolkit != "-" and number(version) >= number(nvidia.first_toolkit):
        found.append("nvidia")
    if number(version) >= number(table.FIRST_TOOLKIT_AS_WHEELS):
        found.append("pypi")
    for system, architectures, archived in ARCHIVED:
        if (system, archived) == (machine.system.name, version) and machine.architecture in architectures.split(","):
            found.append("distribution")
    return tuple(found)


def choose_python(system: System, request: Request, wheel: Wheel | None) -> Python:
    """As wished; else the distribution's where the wheel has it, else the usual one, else the newest that the wheel has."""
    if wheel is None:
        version = request.python_version or system.python
        return Python(version, "distribution" if version == system.python else "uv")
    first, last = wheel.pythons
    fits = [f"3.{minor}" for minor in (number(system.python)[1], USUAL_PYTHON, last) if first <= minor <= last]
    version = request.python_version or fits[0]
    return Python(version, "distribution" if version == system.python else "uv", f"3.{first}", f"3.{last}")
