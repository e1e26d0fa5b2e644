# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a machine and wishes to one stack: driver, CUDA toolkit, Python and framework that fit each other, or a refusal.

Drivers are tried in the order of preference, for each the wheels in theirs; the first pair that agrees is the stack. Every decision
leaves a sentence. The tables (*_table.py) hold the facts, with source and date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..error import CloudError
from ..option import shown
from .advice import change, nearest
from .because import because
from .clash import Clash
from .cuda import Python, Toolkit, choose_python, choose_toolkit, verify_toolkit
from .driver import Case, offers
from .install import Driver, install
from .machine import Machine
from .offer import Offer
from .request import Request
from .wheel import Wheel, drives, fitting, objection


@dataclass(frozen=True)
class Framework:
    """The framework's wheel. `device` is cuda or cpu; `cuda` is what it brings today, and `cuda_pinned` says whether next month too.

    `constraints_file` is the name under which the whole set is locked; `constraints_needed`: without it the same requirement
    installs something else next month.
    """

    name: str
    version: str
    build: str
    device: str
    requirement: str
    index_url: str
    cuda: str
    cuda_pinned: bool
    constraints_needed: bool
    constraints_file: str


@dataclass(frozen=True)
class Stack:
    """What is installed on one machine. `driver` and `cuda` are None without a GPU, `framework` where none is asked for."""

    os: str
    architecture: str
    gpus: tuple[str, ...]
    nvswitch: bool
    driver: Driver | None
    cuda: Toolkit | None
    python: Python
    framework: Framework | None
    because: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for roles and playbooks."""
        data: dict[str, Any] = shown(self)
        return data


class Refusal(CloudError):
    """No stack is all of it at once. `clash` has the two facts, `instead` the changes of the request that do resolve."""

    def __init__(self, clash: str, instead: Mapping[str, Any], summary: str) -> None:
        self.clash = clash
        self.instead = dict(instead)
        detail = (
            f"{'T' if clash.startswith('the ') else clash[0]}{clash[1:]}. "  # names of options and packages stay small
        )
        if instead:
            changes = ", ".join(f"{name}: {_said(value)}" for name, value in instead.items())
            detail += f"What works instead: {changes} ({summary})."
        else:
            detail += "Nothing near it works."
        super().__init__(code="unsupported", detail=detail, resource="stack")

    def __str__(self) -> str:
        return self.detail


def resolve(request: Request) -> Stack:
    """The stack for a verified request. Raises Refusal with the two facts that clash and the nearest request that resolves."""
    try:
        return _resolve(request)
    except Clash as clash:
        instead = nearest(request, clash, _resolve, chosen) or {}
        stack = _resolve(change(request, instead)) if instead else None
        raise Refusal(clash.facts, instead, summary(stack) if stack else "") from None


def _resolve(request: Request) -> Stack:
    """Raises Clash."""
    machine = request.machine()
    if not machine.gpus and not request.allow_cpu:
        raise Clash("the machine has no NVIDIA GPU, and allow_cpu is false", ("allow_cpu",))
    if machine.gpus:
        verify_toolkit(machine, request)
    there = offers(machine, request) if machine.gpus else ()
    fit = fitting(machine, request, there) if request.framework else ()
    offer, wheel = _first_pair(there, fit)
    driver = install(machine, offer, request, wheel.driver_floor if wheel else "") if offer else None
    toolkit = choose_toolkit(machine, request, offer, wheel) if offer else None
    python = choose_python(machine.system, request, wheel)
    return Stack(
        os=machine.system.name,
        architecture=machine.architecture,
        gpus=tuple(gpu.model for gpu in machine.gpus),
        nvswitch=machine.nvswitch,
        driver=driver,
        cuda=toolkit,
        python=python,
        framework=_framework(machine, wheel, python) if wheel else None,
        because=because(
            machine,
            request,
            offer,
            driver,
            toolkit,
            python,
            wheel,
            objection(Case(machine, request, there)) if wheel else "",
        ),
    )


def _first_pair(there: tuple[Offer, ...], fit: tuple[Wheel, ...]) -> tuple[Offer | None, Wheel | None]:
    """The best driver and the best wheel that run together: a driver that is supported longer goes before a newer release."""
    for offer in there:
        for wheel in fit:
            if drives(offer, wheel):
                return offer, wheel
    return (there[0] if there else None), (fit[0] if fit else None)


def _framework(machine: Machine, wheel: Wheel, python: Python) -> Framework:
    tag = f"py{python.version.replace('.', '')}"
    return Framework(
        name=wheel.framework,
        version=wheel.version,
        build=wheel.build,
        device="cuda" if machine.gpus else "cpu",
        requirement=wheel.requirement,
        index_url=wheel.index,
        cuda=wheel.cuda,
        cuda_pinned=not wheel.drifts,
        constraints_needed=wheel.drifts,
        constraints_file=f"{wheel.framework}-{wheel.version}-{wheel.build}-{tag}-{wheel.architecture}.txt",
    )


def chosen(stack: Stack, option: str) -> Any:
    """What a stack decided for an option of the request; None where it decided nothing."""
    part, name = CHOSEN[option]
    decided = getattr(stack, part)
    return getattr(decided, name) or None if decided else None


CHOSEN = {
    "framework": ("framework", "name"),
    "framework_version": ("framework", "version"),
    "framework_build": ("framework", "build"),
    "python_version": ("python", "version"),
    "cuda_version": ("cuda", "version"),
    "cuda_source": ("cuda", "source"),
    "driver_source": ("driver", "source"),
    "driver_branch": ("driver", "branch"),
    "driver_flavour": ("driver", "flavour"),
}


def summary(stack: Stack) -> str:
    """One line: what a stack is made of."""
    parts = []
    if stack.driver:
        parts.append(
            f"driver {stack.driver.branch or 'of the image'} {stack.driver.flavour} from {stack.driver.source}"
        )
    if stack.cuda:
        parts.append(f"CUDA {stack.cuda.version}")
    if stack.framework:
        parts.append(f"{stack.framework.requirement} on Python {stack.python.version}")
    return ", ".join(parts) or f"Python {stack.python.version}"


def _said(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, tuple) else str(value)
