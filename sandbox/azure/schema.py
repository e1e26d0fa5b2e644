"""Requests held against Azure's published OpenAPI files, in the compact form of tools/derive_azure_schema.py."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parent / "schema.json"

#: Members of any resource that ARM itself knows, in small letters: a provider that has no use for one leaves it.
ENVELOPE = frozenset(
    [
        "id",
        "name",
        "type",
        "location",
        "tags",
        "plan",
        "sku",
        "kind",
        "identity",
        "zones",
        "managedby",
        "etag",
        "extendedlocation",
        "placement",
        "properties",
    ]
)

#: The group operations are no part of the files: Microsoft.Resources 2021-04-01, as its reference has them.
RESOURCES = {
    "ResourceGroup": {
        "id": "-string", "name": "-string", "type": "-string", "properties": "@ResourceGroupProperties",
        "location": "!string", "managedBy": "string", "tags": "{}string",
    },
    "ResourceGroupPatchable": {
        "name": "string", "properties": "@ResourceGroupProperties", "managedBy": "string", "tags": "{}string",
    },
    "ResourceGroupProperties": {"provisioningState": "-string"},
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a body: what kind, at which path, of which definition, and what was expected."""

    kind: str
    path: str
    owner: str
    value: Any = None
    expected: str = ""


@dataclass(frozen=True)
class Type:
    """A type word, taken apart."""

    base: str
    required: bool = False
    read_only: bool = False
    name: str = ""
    words: tuple[str, ...] = ()
    item: Type | None = None
    low: float | None = None
    high: float | None = None


@cache
def load() -> dict[str, Any]:
    """The schema file with the operations and the definitions."""
    schema: dict[str, Any] = json.loads(SOURCE.read_text())
    schema["definitions"]["resources"] = RESOURCES
    return schema


@cache
def parse(word: str) -> Type:
    """Take a type word apart; the format is told in tools/derive_azure_schema.py."""
    required, word = word.startswith("!"), word.removeprefix("!")
    read_only, word = word.startswith("-"), word.removeprefix("-")
    return replace(_kind(word), required=required, read_only=read_only)


def _kind(word: str) -> Type:
    if word[0] == "@":
        return Type("object", name=word[1:])
    if word[0] in "=~":
        return Type("enum", words=tuple(word[1:].split("|")))
    if word[:2] in ("[]", "{}"):
        return Type("array" if word[0] == "[" else "map", item=parse(word[2:]))
    base, _, bounds = word.partition(":")
    low, _, high = bounds.partition("..")
    return Type(base, low=float(low) if low else None, high=float(high) if high else None)


@cache
def members(area: str, name: str) -> dict[str, tuple[str, Type]]:
    """The members of a definition by their name in small letters: ARM does not tell capital letters apart."""
    found: dict[str, str] = load()["definitions"][area][name]
    return {member.lower(): (member, parse(word)) for member, word in found.items()}


@dataclass
class Check:
    """One walk over a body: `value` is what the provider goes on with, `problems` is what is wrong.

    What goes on has the schema's spelling, and lacks null, unknown and read-only members.
    """

    area: str
    #: PATCH may leave out what PUT needs.
    partial: bool = False
    #: Answers may have what is read-only.
    answer: bool = False
    problems: list[Problem] = field(default_factory=list)

    def body(self, name: str, value: Any) -> Any:
        return self._object(name, value, "")

    def _object(self, name: str, value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            self._note("type", path, name, value, name)
            return {}
        known = members(self.area, name)
        cleaned: dict[str, Any] = {}
        for given, inner in value.items():
            member, kind = known.get(str(given).lower(), ("", None))
            at = f"{path}.{given}" if path else str(given)
            if kind is None:
                self._note("unknown", at, name, inner)
            elif kind.read_only and not self.answer:
                self._note("read_only", at, name, inner)
            elif inner is not None:
                cleaned[member] = self._value(kind, inner, at, name)
        for member, kind in known.values():
            if kind.required and member not in cleaned and not self.partial:
                self._note("missing", f"{path}.{member}" if path else member, name)
        return cleaned

    def _value(self, kind: Type, value: Any, path: str, owner: str) -> Any:
        if kind.base == "object":
            return self._object(kind.name, value, path)
        if kind.base == "array" and isinstance(value, list):
            return [self._value(_item(kind), inner, f"{path}[{number}]", owner) for number, inner in enumerate(value)]
        if kind.base == "map" and isinstance(value, dict):
            return {key: self._value(_item(kind), inner, f"{path}.{key}", owner) for key, inner in value.items()}
        if kind.base == "enum":
            return self._enum(kind, value, path, owner)
        if not _fits(kind.base, value):
            self._note("type", path, owner, value, kind.base)
        elif not _within(kind, value):
            self._note("range", path, owner, value, f"{kind.low or ''}..{kind.high or ''}")
        return value

    def _enum(self, kind: Type, value: Any, path: str, owner: str) -> Any:
        for word in kind.words:
            if isinstance(value, str) and word.lower() == value.lower():
                return word
        self._note("enum", path, owner, value, ", ".join(kind.words))
        return value

    def _note(self, kind: str, path: str, owner: str, value: Any = None, expected: str = "") -> None:
        self.problems.append(Problem(kind, path, owner, value, expected))


def _item(kind: Type) -> Type:
    return kind.item or Type("any")


def _fits(base: str, value: Any) -> bool:
    match base:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "any":
            return True
    return False


def _within(kind: Type, value: Any) -> bool:
    if kind.low is None and kind.high is None:
        return True
    size = len(value) if isinstance(value, str) else value
    return (kind.low is None or size >= kind.low) and (kind.high is None or size <= kind.high)
