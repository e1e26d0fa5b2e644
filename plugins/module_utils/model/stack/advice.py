# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nearest request that does resolve: found by resolving, so that nobody is sent to another refusal."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..error import InvalidOption
from .clash import Clash
from .machine import SYSTEMS, known_architecture, known_system
from .request import FRAMEWORKS, Request

WISHES = (
    "framework_version",
    "framework_build",
    "python_version",
    "cuda_source",
    "cuda_version",
    "driver_flavour",
    "driver_branch",
    "driver_source",
)
# What clashed gives way first: a wish before a fact of the machine. Then other wishes, then the framework, then other facts.
CLASHED, WISH, CLASHED_FACT, FRAMEWORK, FACT, OTHER_SYSTEM, OTHER_GPUS, NO_FRAMEWORK = (
    1.0,
    2.0,
    3.0,
    5.0,
    12.0,
    14.0,
    40.0,
    60.0,
)
MOST_CHANGES = 3


@dataclass(frozen=True)
class Step:
    """One option that would be said otherwise; the value None means: not said."""

    cost: float
    option: str
    value: Any


Resolve = Callable[[Request], Any]


def nearest(
    request: Request, clash: Clash, resolve: Resolve, chosen: Callable[[Any, str], Any]
) -> Mapping[str, Any] | None:
    """The cheapest changes of the request that resolve, as {option: value}; None if none was found.

    `chosen` reads what a stack decided for an option, so that the advice is a value and not "leave it out".
    """
    for steps in _by_cost(tuple(_steps(request, clash))):
        changed = change(request, {step.option: step.value for step in steps})
        stack = _try(changed, resolve)
        if stack is None:
            continue
        advice = {step.option: chosen(stack, step.option) if step.value is None else step.value for step in steps}
        # "From anywhere" where nobody has it is no advice.
        if advice.get("cuda_source") != "none" and _try(change(request, advice), resolve) is not None:
            return advice
    return None


def _try(request: Request, resolve: Resolve) -> Any | None:
    try:
        return resolve(request)
    except (Clash, InvalidOption):
        return None


def change(request: Request, changes: Mapping[str, Any]) -> Request:
    """Another framework has other versions and builds."""
    also = {"framework_version": None, "framework_build": None} if "framework" in changes else {}
    return dataclasses.replace(request, **{**also, **changes})


def _by_cost(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    """All combinations of a few steps, none with two for one option: those of cheap steps before all others, each lot the cheapest first."""
    cheap = tuple(step for step in steps if step.cost < FACT)
    for lot, skipped in ((cheap, ()), (steps, cheap)):
        combined = [
            combination
            for size in range(1, MOST_CHANGES + 1)
            for combination in itertools.combinations(lot, size)
            if len({step.option for step in combination}) == size and not set(combination) <= set(skipped)
        ]
        yield from sorted(combined, key=lambda combination: sum(step.cost for step in combination))


def _steps(request: Request, clash: Clash) -> Iterator[Step]:
    for option in WISHES:
        if getattr(request, option) is not None:
            rank = clash.options.index(option) if option in clash.options else None
            yield Step(WISH if rank is None else CLASHED + rank / 10, option, None)
    if not request.gpus and not request.allow_cpu:
        yield Step(CLASHED, "allow_cpu", True)
    if request.framework:
        yield from (Step(FRAMEWORK, "framework", other) for other in FRAMEWORKS if other != request.framework)
        yield Step(NO_FRAMEWORK, "framework", None)
    for step in _facts(request):
        yield dataclasses.replace(step, cost=CLASHED_FACT) if step.option in clash.options else step


def _facts(request: Request) -> Iterator[Step]:
    """What a machine could be instead; a list of GPUs only without some of them."""
    if request.secure_boot:
        yield Step(FACT, "secure_boot", False)
    if request.kernel:
        yield Step(FACT, "kernel", (known_system(request.os).kernel,))
    yield Step(FACT + 1, "architecture", "x86_64" if known_architecture(request.architecture) == "arm64" else "arm64")
    mine = known_system(request.os)
    others = sorted(SYSTEMS.values(), key=lambda system: (system.family != mine.family, system.name))
    for distance, system in enumerate(system for system in others if system != mine):
        yield Step(OTHER_SYSTEM + distance / 10, "os", system.name)
    for gpu in dict.fromkeys(request.gpus):
        kept = tuple(name for name in request.gpus if name == gpu)
        if kept != request.gpus:
            yield Step(OTHER_GPUS, "gpus", kept)
