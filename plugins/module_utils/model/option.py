# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An option is declared once, as a dataclass field; the argument spec, the comparison and the diff are read from it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeVar

from .error import InvalidOption

# What a difference between the wanted and the observed value leads to:
#   input    not a property of the resource (credentials, waiting, consent)
#   create   used when the resource is made, never compared afterwards
#   update   changed in place
#   grow     changed in place, but never to less; grow_stopped: so, but while the VM is stopped
#   restart  changed while the VM is stopped
#   replace  only a new resource can have it, which takes consent
#   fixed    only a new resource can have it, and the user must delete the old one
Effect = Literal["input", "create", "update", "grow", "grow_stopped", "restart", "replace", "fixed"]


class Unknown(Enum):
    """The value of an observed property that this listing did not ask for: it is never a difference."""

    UNKNOWN = None


UNKNOWN = Unknown.UNKNOWN


def equal(wanted: Any, observed: Any) -> bool:
    return bool(wanted == observed)


def one_of(wanted: Any, observed: Any) -> bool:
    """Any of several candidates will do (machine types in the order of preference)."""
    return observed in wanted


def known_as(wanted: Any, observed: Any) -> bool:
    """The observed thing has several names (an image: its friendly name and its id)."""
    return wanted in observed


def subset(wanted: Mapping[str, str], observed: Mapping[str, str]) -> bool:
    """Everything wanted is there; what others added stays theirs."""
    return all(observed.get(key) == value for key, value in wanted.items())


def same_members(wanted: Any, observed: Any) -> bool:
    return set(wanted) == set(observed)


def at_least(wanted: bool, observed: bool) -> bool:
    """More than was asked for is no difference (an account may encrypt every disk)."""
    return observed or not wanted


def texts(labels: Mapping[Any, Any] | None) -> dict[str, str] | None:
    """Labels as the clouds keep them: as text. Raises InvalidOption for one without a value."""
    for key, value in (labels or {}).items():
        if value is None:
            raise InvalidOption("labels", {key: value}, "a value is expected; '' is one")
    return None if labels is None else {str(key): str(value) for key, value in labels.items()}


def identity(value: Any) -> Any:
    return value


OptionsClass = type  # within Option the word `type` is a field


@dataclass(frozen=True)
class Option:
    """The metadata of one option.

    `reads` names the observed property where it differs from the option's name. `normal` turns the option's
    value into the form in which the cloud shows it (a key into its fingerprint, a text into its digest).
    `target` is the value a change aims at (the first of several candidates).
    """

    type: str = "str"
    elements: str | None = None
    choices: tuple[Any, ...] | None = None
    required: bool = False
    no_log: bool | None = None
    suboptions: OptionsClass | None = None
    effect: Effect = "input"
    reads: str | None = None
    same: Callable[[Any, Any], bool] = equal
    normal: Callable[[Any], Any] = identity
    target: Callable[[Any], Any] = identity
    default: Any = None

    def spec(self) -> dict[str, Any]:
        """This option in the words of Ansible's argument spec."""
        spec: dict[str, Any] = {"type": self.type}
        for word in ("elements", "no_log"):
            if getattr(self, word) is not None:
                spec[word] = getattr(self, word)
        if self.choices:
            spec["choices"] = list(self.choices)
        if self.required:
            spec["required"] = True
        if self.default is not None:
            spec["default"] = self.default
        if self.suboptions:
            spec["options"] = argument_spec(self.suboptions)
        return spec


# Under a name of our own: linters take dataclasses.field for a mistake outside a class body.
_field = functools.partial(dataclasses.field)


def option(**words: Any) -> Any:
    """Declare a dataclass field as an option; the words are those of `Option`."""
    declared = Option(**words)
    return _field(default=_frozen(declared.default), metadata={"option": declared})


def options_of(cls: type) -> Iterator[tuple[str, Option]]:
    for field in dataclasses.fields(cls):
        if "option" in field.metadata:
            yield field.name, field.metadata["option"]


def argument_spec(cls: type) -> dict[str, Any]:
    return {name: declared.spec() for name, declared in options_of(cls)}


T = TypeVar("T")


def parse(cls: type[T], params: Mapping[str, Any]) -> T:
    """Build the options object from what Ansible has already type-checked."""
    values = {}
    for name, declared in options_of(cls):
        value = params.get(name)
        if declared.suboptions and value is not None:
            value = tuple(parse(declared.suboptions, item) for item in value)
        values[name] = _frozen(value)
    return cls(**values)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Change:
    """One property that differs: what it is, what it shall be, and what the way there costs."""

    field: str
    before: Any
    after: Any
    effect: Effect

    def __str__(self) -> str:
        return f"{self.field}: {shown(self.before)!r} -> {shown(self.after)!r}"


def differences(wanted: Any, observed: Any) -> tuple[Change, ...]:
    """Compare an options object with an observed state. Unset means: leave as it is."""
    found = []
    for name, declared in options_of(type(wanted)):
        value = getattr(wanted, name)
        if declared.effect in ("input", "create") or value is None:
            continue
        field = declared.reads or name
        before = getattr(observed, field)
        normal = declared.normal(value)
        if before is not UNKNOWN and not declared.same(normal, before):
            found.append(Change(field, before, declared.target(normal), declared.effect))
    return tuple(found)


def declared(wanted: Any) -> dict[str, Any]:
    """What the user said about the resource itself, as plain data, in the form in which the cloud will show it."""
    said = ((name, option, getattr(wanted, name)) for name, option in options_of(type(wanted)))
    return {name: shown(o.normal(value)) for name, o, value in said if o.effect != "input" and value is not None}


def shown(value: Any) -> Any:
    """A value as plain data for results, diffs and messages."""
    if value is UNKNOWN:
        return None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: shown(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (frozenset, set)):
        return sorted((shown(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in value.items()}
    return value
