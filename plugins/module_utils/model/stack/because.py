# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a stack is what it is: one sentence for each decision."""

from __future__ import annotations

from collections.abc import Iterator

from .cuda import TOOLKITS, Python, Toolkit
from .gpu_driver import flavours_for
from .install import Driver
from .machine import Machine, number
from .offer import SOURCE_WORDS, Offer
from .request import Request
from .wheel import Wheel, wheels

FLAVOUR_WORDS = {
    "open": "the open kernel modules",
    "proprietary": "the proprietary kernel modules",
    "grid": "the cloud's GRID driver",
}


def because(
    machine: Machine,
    request: Request,
    offer: Offer | None,
    driver: Driver | None,
    toolkit: Toolkit | None,
    python: Python,
    wheel: Wheel | None,
    passed: str = "",
) -> tuple[str, ...]:
    """The sentences, in the order of the decisions. `passed` is what spoke against the newest wheel of all."""
    found = (
        list(_of_driver(machine, request, offer, driver))
        if offer and driver
        else ["No GPU: no driver, no toolkit, a CPU build."]
    )
    if driver and driver.build != "image":
        found += _of_build(machine, driver)
    if driver:
        found += _of_switches(machine)
    if toolkit and driver:
        found += _of_toolkit(machine, request, toolkit, driver)
    if wheel:
        found += _of_wheel(machine, request, wheel, driver, passed)
    found.append(_of_python(machine, request, python, wheel))
    return tuple(found)


def _without_gpu(request: Request) -> str:
    unused = [
        name for name in ("driver_source", "driver_branch", "driver_flavour", "cuda_version") if getattr(request, name)
    ]
    return "No GPU: no driver, no toolkit, a CPU build" + (
        f"; {', '.join(unused)} mean nothing here." if unused else "."
    )


def _wished(request: Request, *options: str) -> str:
    said = [f"{name}: {getattr(request, name)}" for name in options if getattr(request, name)]
    return f", as wished ({', '.join(said)})" if said else ""


def _of_driver(machine: Machine, request: Request, offer: Offer, driver: Driver) -> Iterator[str]:
    branch = offer.branch
    wish = _wished(request, "driver_source", "driver_branch")
    if not offer.version:
        yield f"The image brings its driver{wish}; its version is not known here and must be at least {driver.version_floor}."
    elif branch.ended:
        ended = f" in {branch.ends}" if driver.branch_ends else ""
        yield f"Driver branch {branch.name} from {SOURCE_WORDS[offer.source]}{wish}; its support ended{ended}."
    else:
        until = f" until {branch.ends}" if driver.branch_ends else ""
        yield f"Driver branch {branch.name} from {SOURCE_WORDS[offer.source]}{wish}: {branch.kind}, supported{until}."
    gpu = machine.models[-1] if flavours_for(machine.models[-1]) == ("open",) else machine.models[0]
    only = " only" if len(flavours_for(gpu)) == 1 and offer.flavour != "grid" else ""
    yield f"With {FLAVOUR_WORDS[offer.flavour]}{only}: {gpu.model} is {gpu.generation}{_wished(request, 'driver_flavour')}."
    yield f"At least driver {driver.version_floor}, for GPU, CUDA and kernel."
    if len(machine.models) > 1:
        yield f"One driver for {', '.join(gpu.model for gpu in machine.models)}: what all of them can use."


def _of_build(machine: Machine, driver: Driver) -> Iterator[str]:
    kernels = ", ".join(machine.kernels)
    if driver.build == "precompiled":
        yield "The modules come built and signed by Canonical for the kernels of this machine; Secure Boot takes them."
    elif driver.build_proven:
        yield f"The module is built on the machine; for kernel {kernels} that was seen to work."
    else:
        yield f"The module is built on the machine; for kernel {kernels} nobody here has seen it work or fail: prove it before a reboot."
    if driver.build == "dkms" and machine.secure_boot:
        yield "Secure Boot is on: the module is signed with the key that was enrolled."
    if driver.runfile_url and not driver.runfile_sha256:
        yield "The runfile's checksum is not known here: the user has to give it."


def _of_switches(machine: Machine) -> Iterator[str]:
    if machine.nvswitch:
        with_manager = " and NVIDIA's subnet manager nvlsm" if machine.nvlsm else ""
        yield f"{len(machine.gpus)} GPUs behind NVSwitch: fabric manager of the driver's very version{with_manager}."


def _of_toolkit(machine: Machine, request: Request, toolkit: Toolkit, driver: Driver) -> Iterator[str]:
    if toolkit.source == "none":
        yield (
            f"CUDA {toolkit.version} would fit, but nobody is known to publish that toolkit for {machine.system} beside this driver. "
            "NVIDIA's repository may have it (cuda_source); a framework's wheel brings what it needs itself."
        )
        return
    if toolkit.source != "pypi":
        where = {"nvidia": "NVIDIA's repository", "distribution": "the distribution's archive"}[toolkit.source]
    elif request.cuda_source:
        where = "PyPI"
    elif driver.source == "nvidia":
        where = f"PyPI, because NVIDIA's repository is not known to have it for {machine.system}"
    else:
        where = "PyPI, because NVIDIA's repository would bring its own drivers beside these"
    yield f"CUDA toolkit {toolkit.version} from {where}{_wished(request, 'cuda_version', 'cuda_source')}."
    if not toolkit.native:
        yield (
            f"Toolkit {toolkit.version} came with driver {toolkit.driver}; on {driver.version} its programs run, but PTX that it writes "
            "is not compiled at run time."
        )


def _of_wheel(machine: Machine, request: Request, wheel: Wheel, driver: Driver | None, passed: str) -> Iterator[str]:
    newest = wheels(wheel.framework, wheel.architecture)[0].version
    wish = _wished(request, "framework_version", "framework_build")
    reason = ", the newest" if wheel.version == newest else f": {passed}" if passed else ""
    yield f"{wheel}{wish or reason}."
    if wheel.cuda and machine.gpus:
        low, high = wheel.capabilities
        yield f"It holds code for compute capability {low} to {int(high)}.x and needs driver {wheel.driver_floor} or newer."
    if driver and driver.version and wheel.cuda and number(driver.version) < number(TOOLKITS[wheel.cuda]):
        yield (
            f"CUDA {wheel.cuda} came with driver {TOOLKITS[wheel.cuda]}; on {driver.version} the wheel's own code runs, but PTX is not "
            "compiled at run time."
        )
    if wheel.drifts:
        yield (
            f"Its metadata allow any CUDA from {wheel.cuda_lowest} on, today {wheel.cuda}: "
            "without constraints the same requirement installs another one next month."
        )


def _of_python(machine: Machine, request: Request, python: Python, wheel: Wheel | None) -> str:
    wish = _wished(request, "python_version")
    where = f"{machine.system}'s own" if python.source == "distribution" else "from uv"
    reason = ""
    if wheel and python.source == "uv" and not wish:
        first, last = wheel.pythons
        fits = first <= number(machine.system.python)[1] <= last
        reason = (
            ""
            if fits
            else f", because {machine.system} has {machine.system.python} and the wheels are for {wheel.python_range}"
        )
    return f"Python {python.version}, {where}{wish}{reason}."
