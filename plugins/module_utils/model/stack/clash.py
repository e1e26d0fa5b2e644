# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two facts that cannot both be, and the sieve that finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Clash(Exception):
    """`facts` is a sentence with the two facts. `options` are the words of the request they come from, the first to give way first."""

    facts: str
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.facts


@dataclass(frozen=True)
class Rule:
    """What speaks against a candidate, as a sentence with two facts; None if nothing does."""

    against: Callable[[Any, Any], str | None]
    options: tuple[str, ...]


def sieve(candidates: Sequence[T], rules: Iterable[Rule], case: object) -> tuple[T, ...]:
    """The candidates that no rule speaks against, in their order.

    Raises Clash with what the rule that left none had against the first of those that were left: the most preferred.
    """
    left = tuple(candidates)
    for rule in rules:
        objections = [rule.against(candidate, case) for candidate in left]
        kept = tuple(candidate for candidate, said in zip(left, objections, strict=True) if said is None)
        if left and not kept:
            raise Clash(str(objections[0]), rule.options)
        left = kept
    return left


def wished(
    candidates: Sequence[T], option: str, value: str | None, read: Callable[[T], str], where: str
) -> tuple[T, ...]:
    """The candidates that are as wished; all if nothing is wished. Raises Clash with what there is instead."""
    if value is None:
        return tuple(candidates)
    kept = tuple(candidate for candidate in candidates if read(candidate) == value)
    if not kept:
        there = ", ".join(dict.fromkeys(read(candidate) for candidate in candidates)) or "nothing"
        raise Clash(f"{option} is {value}, and {where} there is {there}", (option,))
    return kept
