# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which NVIDIA driver: what is on offer, held against the wishes and against what the machine is."""

from __future__ import annotations

from dataclasses import dataclass

from . import driver_table as table
from .clash import Clash, Rule, sieve, wished
from .gpu_driver import GRID, flavours_for, least_driver
from .machine import Machine, number
from .offer import SOURCE_WORDS, Offer, everything, grid_offers
from .request import Request


@dataclass(frozen=True)
class Case:
    """What candidates are held against: the machine, the wishes and, for wheels, the drivers that are left."""

    machine: Machine
    request: Request
    there: tuple[Offer, ...] = ()


def offers(machine: Machine, request: Request) -> tuple[Offer, ...]:
    """All drivers for this machine that a user did not wish away, the best first. Raises Clash where none is left."""
    _one_kind_of_module(machine)
    there = tuple(grid_offers(machine)) if request.driver_source != "none" else ()
    if there:
        _grid_as_wished(machine, request, there[0])
    else:
        there = _as_wished(machine, request)
    return sieve(there, RULES, Case(machine, request))


def _as_wished(machine: Machine, request: Request) -> tuple[Offer, ...]:
    where = f"for {machine.system} on {machine.architecture}"
    if request.driver_source == "nvidia" and machine.published is None:
        raise Clash(
            f"driver_source is nvidia, and NVIDIA's repository {where} is not known to exist", ("driver_source",)
        )
    there = tuple(everything(machine, request))
    there = wished(there, "driver_source", request.driver_source, lambda o: o.source, where)
    there = wished(there, "driver_branch", request.driver_branch, lambda o: o.branch.name, where)
    where = f"in branch {there[0].branch.name} {where}" if request.driver_branch else where
    return wished(there, "driver_flavour", request.driver_flavour, lambda o: o.flavour, where)


def _grid_as_wished(machine: Machine, request: Request, grid: Offer) -> None:
    """Raises Clash where another driver is wished for a GPU that only the cloud's GRID driver drives."""
    model = next(gpu.model for gpu in machine.models if (machine.cloud, gpu.model) in GRID)
    have = {"driver_flavour": grid.flavour, "driver_source": grid.source, "driver_branch": grid.branch.name}
    for option, value in have.items():
        wish = getattr(request, option)
        if wish not in (None, value):
            raise Clash(
                f"the {model} on {machine.cloud.capitalize()} is driven by Microsoft's GRID driver only, "
                f"a runfile of branch {grid.branch.name}, and {option} is {wish}",
                (option,),
            )


# --- what speaks against an offer --------------------------------------------------------------------------------------


def floor(machine: Machine, offer: Offer, request: Request) -> str:
    """The least driver version that all of it works with."""
    wants = [least_driver(gpu) for gpu in machine.models] + [request.cuda_floor]
    if offer.source == "nvidia":
        wants.append(table.LEAST_TO_BUILD.get((machine.system.name, offer.branch.name), ""))
    return max(wants, key=number)


def _one_kind_of_module(machine: Machine) -> None:
    if machine.models and not set(flavours_for(machine.models[0])) & set(flavours_for(machine.models[-1])):
        old, new = machine.models[0], machine.models[-1]
        raise Clash(
            f"the {old.model} ({old.generation}) is driven by the proprietary kernel modules only, "
            f"and the {new.model} ({new.generation}) in the same machine by the open ones only",
            ("gpus",),
        )
    for gpu in machine.models:
        if gpu.model in table.ON_ARM64 and machine.architecture != "arm64":
            raise Clash(
                f"the {gpu.model} exists on arm64 machines only, and architecture is {machine.architecture}",
                ("architecture",),
            )


def _modules(offer: Offer, case: Case) -> str | None:
    for gpu in case.machine.models:
        allowed = flavours_for(gpu)
        if offer.flavour not in (*allowed, "grid"):
            wish = case.request.driver_flavour == offer.flavour
            other = f"driver_flavour is {offer.flavour}" if wish else f"{offer} has none"
            return f"the {gpu.model} ({gpu.generation}) is driven by the {allowed[0]} kernel modules only, and {other}"
    return None


def _branch_drives(offer: Offer, case: Case) -> str | None:
    for gpu in case.machine.models:
        last = table.LAST_BEFORE_TURING
        if gpu.compute_capability < 7.5 and number(offer.branch.name) > number(last):
            return f"branch {last} is the last that drives the {gpu.model} ({gpu.generation}), and {offer} is newer"
        if offer.version and number(offer.version) < number(least_driver(gpu)):
            return f"the {gpu.model} needs driver {least_driver(gpu)} or newer, and {offer} is older"
    return None


def _switches(offer: Offer, case: Case) -> str | None:
    if not case.machine.nvswitch or offer.source in ("nvidia", "none"):
        return None
    if not offer.scheme.startswith("server"):
        return f"GPUs behind NVSwitch need NVIDIA's fabric manager of the driver's very version, and {SOURCE_WORDS[offer.source]} has none"
    if case.machine.nvlsm:
        return f"the NVSwitches of the {case.machine.models[-1].model} machine need NVIDIA's subnet manager nvlsm, and {SOURCE_WORDS[offer.source]} has none"
    return None


def _secure_boot(offer: Offer, case: Case) -> str | None:
    if not case.machine.secure_boot or offer.build in ("precompiled", "image"):
        return None
    if case.machine.key_enrolled and offer.build == "dkms":
        return None
    return (
        f"Secure Boot is on, which loads signed kernel modules only, and the module of {offer} is built on the machine, "
        "with no key that its firmware knows"
    )


def _compiles(offer: Offer, case: Case) -> str | None:
    if case.request.driver_build_anyway:
        return None
    for kernel in case.machine.kernels:
        if offer.fails_from and number(kernel) >= number(offer.fails_from):
            return f"the module of {offer.version} does not compile for kernels from {offer.fails_from} on, and the machine has {kernel}"
    return None


def _runs_cuda(offer: Offer, case: Case) -> str | None:
    if case.request.cuda_floor and offer.version and number(offer.version) < number(case.request.cuda_floor):
        return f"CUDA {case.request.cuda_version} needs driver {case.request.cuda_floor} or newer, and {offer} is older"
    return None


RULES = (
    Rule(_modules, ("driver_flavour", "driver_branch", "driver_source")),
    Rule(_branch_drives, ("driver_branch", "driver_source")),
    Rule(_switches, ("driver_source",)),
    Rule(_secure_boot, ("driver_source", "secure_boot")),
    Rule(_compiles, ("driver_flavour", "driver_branch", "driver_source", "kernel")),
    Rule(_runs_cuda, ("cuda_version", "driver_branch", "driver_source")),
)
