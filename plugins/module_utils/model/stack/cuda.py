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
from .request import Request
from .wheel import Wheel

TOOLKITS = dict(line.split() for line in table.TOOLKITS.split("\n") if line)
# What most wheels are published for, and what everybody tests.
USUAL_PYTHON = 12


@dataclass(frozen=True)
class Toolkit:
    """CUDA's compiler and libraries. `source` is nvidia or pypi; `driver` is the one that knows all of it, empty if unknown."""

    version: str
    source: str
    packages: tuple[str, ...]
    driver: str
    native: bool


@dataclass(frozen=True)
class Python:
    """`minimum` and `maximum` are what the wheel is published for, empty without a framework; `source`: distribution or uv."""

    version: str
    source: str
    minimum: str = ""
    maximum: str = ""


def verify_toolkit(machine: Machine, request: Request) -> None:
    """Hold the wished toolkit against the GPUs. Raises Clash."""
    wish = request.cuda_version
    if wish is None:
        return
    if wish not in TOOLKITS:
        raise Clash(f"cuda_version is {wish}, and the toolkits known here are {', '.join(TOOLKITS)}", ("cuda_version",))
    for gpu in machine.models:
        if not _compiles_for(wish, gpu.compute_capability):
            raise Clash(
                f"CUDA {wish} does not compile for compute capability {gpu.compute_capability}, "
                f"and that is what the {gpu.model} ({gpu.generation}) has",
                ("cuda_version",),
            )


def _compiles_for(toolkit: str, capability: float) -> bool:
    last = table.LAST_TOOLKIT_BEFORE_TURING if capability < 7.5 else ""
    first = table.FIRST_TOOLKIT.get(capability, "0")
    return number(first) <= number(toolkit) and (not last or number(toolkit) <= number(last))


def choose_toolkit(machine: Machine, request: Request, offer: Offer, wheel: Wheel | None) -> Toolkit:
    """As wished; else the newest that the driver knows wholly and that the wheel can load code from."""
    version = request.cuda_version or _newest(machine, offer, wheel)
    source = "nvidia" if _in_repository(machine, offer, version) else "pypi"
    dashed, major = version.replace(".", "-"), number(version)[0]
    compiler = "nvidia-cuda-nvcc" + ("" if major >= 13 else f"-cu{major}")
    packages = (f"cuda-toolkit-{dashed}",) if source == "nvidia" else (f"{compiler}=={version}.*",)
    native = not offer.version or number(offer.version) >= number(TOOLKITS[version])
    return Toolkit(version, source, packages, TOOLKITS[version], native)


def _newest(machine: Machine, offer: Offer, wheel: Wheel | None) -> str:
    """The newest that the driver knows wholly, and no newer than what the wheel brings; else the oldest that compiles for the GPUs."""
    fit = [
        version
        for version in TOOLKITS
        if all(_compiles_for(version, gpu.compute_capability) for gpu in machine.models)
        and (wheel is None or number(wheel.cuda)[:1] <= number(version) <= number(wheel.cuda))
    ]
    known = [version for version in fit if not offer.version or number(offer.version) >= number(TOOLKITS[version])]
    return max(known, key=number) if known else min(fit, key=number)


def _in_repository(machine: Machine, offer: Offer, version: str) -> bool:
    """NVIDIA's repository beside another source of drivers would replace them at the next upgrade."""
    there = machine.published
    return (
        offer.source == "nvidia"
        and there is not None
        and there.first_toolkit != "-"
        and number(version) >= number(there.first_toolkit)
    )


def choose_python(system: System, request: Request, wheel: Wheel | None) -> Python:
    """As wished; else the distribution's where the wheel has it, else the usual one, else the newest that the wheel has."""
    if wheel is None:
        version = request.python_version or system.python
        return Python(version, "distribution" if version == system.python else "uv")
    first, last = wheel.pythons
    fits = [f"3.{minor}" for minor in (number(system.python)[1], USUAL_PYTHON, last) if first <= minor <= last]
    version = request.python_version or fits[0]
    return Python(version, "distribution" if version == system.python else "uv", f"3.{first}", f"3.{last}")
