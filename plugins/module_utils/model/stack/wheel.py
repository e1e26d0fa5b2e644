# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which framework wheel: everything that is published for an architecture, the best first, and what speaks against a wheel."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from . import build_table as builds
from . import driver_table as drivers
from . import wheel_table as published
from .clash import Clash, Rule, sieve, wished
from .driver import Case
from .machine import Machine, number
from .offer import Offer
from .request import Request


@dataclass(frozen=True)
class Wheel:
    """One kind of wheel of one release. `cuda` is what it brings today, `cuda_lowest` what its metadata also allow; empty: none.

    `pythons` are the first and last minor version of Python 3, `capabilities` the lowest and highest compute capability.
    """

    framework: str
    version: str
    build: str
    architecture: str
    pythons: tuple[int, int]
    cuda: str = ""
    cuda_lowest: str = ""
    capabilities: tuple[float, float] = (0.0, 0.0)

    def __str__(self) -> str:
        return f"{self.framework} {self.version} ({self.build}{f', CUDA {self.cuda}' if self.cuda else ''})"

    @property
    def python_range(self) -> str:
        return f"Python 3.{self.pythons[0]} to 3.{self.pythons[1]}"

    @property
    def drifts(self) -> bool:
        """The same requirement installs another CUDA next month."""
        return self.cuda != self.cuda_lowest

    @property
    def driver_floor(self) -> str:
        """The least driver that runs it, empty for a wheel without CUDA."""
        return drivers.LEAST_DRIVER_OF_CUDA[number(self.cuda)[0]] if self.cuda else ""

    @property
    def on_pypi(self) -> bool:
        return self.framework != "torch" or self.build == "pypi"

    @property
    def index(self) -> str:
        return builds.PYPI if self.on_pypi else f"{builds.PYTORCH}/{self.build}"

    @property
    def requirement(self) -> str:
        """As pip and uv read it. PyTorch's own indexes mark the build in the version, so that no other index can answer."""
        if not self.on_pypi:
            return f"torch=={self.version}+{self.build}"
        extra = f"[{self.build}]" if self.cuda and self.framework != "torch" else ""
        name = (
            "tensorflow-cpu"
            if (self.framework, self.build, self.architecture) == ("tensorflow", "cpu", "x86_64")
            else self.framework
        )
        return f"{name}{extra}=={self.version}"


@functools.cache
def wheels(framework: str, architecture: str) -> tuple[Wheel, ...]:
    """Everything published, newest release first, then PyPI's before other indexes', then the newest CUDA."""
    found = [wheel for line in published.TABLE.split("\n") if line for wheel in _of_line(*line.split())]
    found = [wheel for wheel in found if (wheel.framework, wheel.architecture) == (framework, architecture)]
    return tuple(sorted(found, key=lambda w: (number(w.version), w.on_pypi, number(w.cuda or "0")), reverse=True))


def _of_line(framework: str, version: str, build: str, architecture: str, cuda: str, pythons: str) -> Iterator[Wheel]:
    first, last = (int(python.partition(".")[2]) for python in pythons.split("-"))
    common = (framework, version)
    if cuda == "-":
        yield Wheel(*common, build, architecture, (first, last))
    for of, other, where, oldest, newest, lowest, highest, its_cuda in _capabilities():
        release = number(version)[:2]
        if (of, where) == (framework, architecture) and number(oldest) <= release <= number(newest):
            brings = cuda if other == build else its_cuda
            if brings != "-":
                low, new = brings.split("-")[0], brings.split("-")[-1]
                yield Wheel(*common, other, architecture, (first, last), new, low, (float(lowest), float(highest)))
    if framework == "torch":
        yield Wheel(*common, "cpu", architecture, (first, last))


@functools.cache
def _capabilities() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(line.split()) for line in builds.TABLE.split("\n") if line)


def fitting(machine: Machine, request: Request, there: tuple[Offer, ...]) -> tuple[Wheel, ...]:
    """The wheels that fit machine, wishes and at least one of the drivers, the best first. Raises Clash where none does."""
    framework = str(request.framework)
    found = tuple(
        w for w in wheels(framework, machine.architecture) if bool(w.cuda) == bool(machine.gpus) or _on_cpu(w, machine)
    )
    if not found:
        raise Clash(
            f"{framework} publishes no GPU wheel for {machine.architecture}, and the machine has a {machine.models[0].model}",
            ("framework",),
        )
    found = _of_version(found, request)
    found = wished(
        found, "framework_build", request.framework_build, lambda w: w.build, f"of {framework} {found[0].version}"
    )
    found = sieve(found, RULES, Case(machine, request, there))
    wish = number(request.cuda_version or "0")
    return tuple(sorted(found, key=lambda w: (number(w.version), number(w.cuda or "0") == wish), reverse=True))


def objection(case: Case) -> str:
    """What speaks against the newest wheel of all, as a sentence; empty if nothing does."""
    newest = wheels(str(case.request.framework), case.machine.architecture)[0]
    return next((said for rule in RULES if (said := rule.against(newest, case))), "")


def _on_cpu(wheel: Wheel, machine: Machine) -> bool:
    """PyTorch's wheel on PyPI runs without a GPU too, at the cost of CUDA's libraries on the disk."""
    return not machine.gpus and wheel.build == "pypi"


def _of_version(found: tuple[Wheel, ...], request: Request) -> tuple[Wheel, ...]:
    wish = request.framework_version
    if wish is None:
        return found
    exact = tuple(wheel for wheel in found if wheel.version == wish)
    kept = exact or tuple(wheel for wheel in found if wheel.version.startswith(f"{wish}."))
    if not kept:
        newest, oldest = found[0], found[-1]
        raise Clash(
            f"framework_version is {wish}, and the releases of {newest.framework} for {newest.architecture} "
            f"{'with CUDA ' if newest.cuda else ''}known here go from {oldest.version} to {newest.version}",
            ("framework_version",),
        )
    return kept


# --- what speaks against a wheel ---------------------------------------------------------------------------------------


def _python(wheel: Wheel, case: Case) -> str | None:
    wish = case.request.python_version
    if wish is None or wheel.pythons[0] <= number(wish)[1] <= wheel.pythons[1]:
        return None
    return f"python_version is {wish}, and {wheel} has wheels for {wheel.python_range}"


def _code_for_gpu(wheel: Wheel, case: Case) -> str | None:
    lowest, highest = wheel.capabilities
    for gpu in case.machine.models:
        has = f"the {gpu.model} ({gpu.generation}) has {gpu.compute_capability}"
        if gpu.compute_capability < lowest:
            return f"{wheel} holds code for compute capability {lowest} and newer, and {has}"
        if int(gpu.compute_capability) > int(highest):
            return f"{wheel} holds code for compute capability up to {highest}, and {has}"
    return None


def _cuda_for_gpu(wheel: Wheel, case: Case) -> str | None:
    for gpu in case.machine.models:
        first = drivers.FIRST_TOOLKIT.get(gpu.compute_capability)
        if first and number(wheel.cuda) < number(first):
            return f"the {gpu.model} needs the libraries of CUDA {first} or newer, and {wheel} brings older ones"
    return None


def _same_cuda(wheel: Wheel, case: Case) -> str | None:
    wish = case.request.cuda_version
    if wish is None or not wheel.cuda or number(wish)[0] == number(wheel.cuda)[0]:
        return None
    return f"cuda_version is {wish}, and {wheel} cannot load what another major version of CUDA compiled"


def _driver(wheel: Wheel, case: Case) -> str | None:
    if not case.machine.gpus or any(drives(offer, wheel) for offer in case.there):
        return None
    return f"{wheel} needs driver {wheel.driver_floor} or newer, and {case.there[0]} is older"


def drives(offer: Offer, wheel: Wheel) -> bool:
    """The driver runs the wheel's CUDA. An image's driver of unknown version is taken at the image's word."""
    return not offer.version or number(offer.version) >= number(wheel.driver_floor)


RULES = (
    Rule(_code_for_gpu, ("framework_version", "framework_build", "framework")),
    Rule(_cuda_for_gpu, ("framework_version", "framework_build", "framework")),
    Rule(_python, ("python_version", "framework_version")),
    Rule(_same_cuda, ("cuda_version", "framework_version", "framework_build")),
    Rule(_driver, ("framework_version", "framework_build", "driver_branch", "driver_source")),
)
