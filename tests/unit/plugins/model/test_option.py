"""Options declared once: the argument spec, the comparison and the plain view are read from the same field."""

# ruff: noqa: RUF009 - option() declares a field
from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model import option as model
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN, option


@dataclass(frozen=True)
class Inner:
    ports: tuple[str, ...] = option(type="list", elements="str")
    why: str = option(default="")


@dataclass(frozen=True)
class Wanted:
    name: str = option(required=True)
    secret: str | None = option(no_log=True)
    size: int | None = option(type="int", effect="update", reads="gigabytes")
    kind: tuple[str, ...] = option(
        type="list", elements="str", effect="restart", same=model.one_of, target=lambda values: values[0]
    )
    colour: str = option(choices=("red", "blue"), default="red", effect="replace")
    once: str | None = option(effect="create")
    inner: tuple[Inner, ...] = option(type="list", elements="dict", suboptions=Inner)
    labels: dict[str, Any] = option(type="dict", effect="update", same=model.subset, normal=model.texts)


@dataclass(frozen=True)
class Seen:
    gigabytes: Any = 8
    kind: Any = "small"
    colour: Any = "red"
    labels: Any = dataclasses.field(default_factory=lambda: {"cost": "7", "on": "True", "other": "theirs"})


def test_the_argument_spec_is_the_declaration() -> None:
    assert model.argument_spec(Wanted) == {
        "name": {"type": "str", "required": True},
        "secret": {"type": "str", "no_log": True},
        "size": {"type": "int"},
        "kind": {"type": "list", "elements": "str"},
        "colour": {"type": "str", "choices": ["red", "blue"], "default": "red"},
        "once": {"type": "str"},
        "inner": {
            "type": "list",
            "elements": "dict",
            "options": {"ports": {"type": "list", "elements": "str"}, "why": {"type": "str", "default": ""}},
        },
        "labels": {"type": "dict"},
    }


def test_parsing_freezes_lists_and_builds_the_inner_ones() -> None:
    parsed = model.parse(Wanted, {"name": "a", "kind": ["x", "y"], "inner": [{"ports": ["1"], "why": ""}]})
    assert parsed.kind == ("x", "y")
    assert parsed.inner == (Inner(("1",), ""),)
    assert parsed.size is None


@pytest.mark.parametrize(
    ("wanted", "seen", "found"),
    [
        (Wanted(name="a"), Seen(), []),
        (Wanted(name="a", size=9), Seen(), [("gigabytes", 8, 9, "update")]),
        (Wanted(name="a", size=9), Seen(gigabytes=UNKNOWN), []),
        (Wanted(name="a", kind=("big", "small")), Seen(), []),
        (Wanted(name="a", kind=("big", "huge")), Seen(), [("kind", "small", "big", "restart")]),
        (Wanted(name="a", colour="blue"), Seen(), [("colour", "red", "blue", "replace")]),
        (Wanted(name="a", once="x"), Seen(), []),
        (Wanted(name="a", labels={"cost": 7, "on": True}), Seen(), []),
        (
            Wanted(name="a", labels={"cost": 8}),
            Seen(),
            [("labels", {"cost": "7", "on": "True", "other": "theirs"}, {"cost": "8"}, "update")],
        ),
        (Wanted(name="a", size=0), Seen(), [("gigabytes", 8, 0, "update")]),
    ],
)
def test_differences(wanted: Wanted, seen: Seen, found: list[Any]) -> None:
    assert [(c.field, c.before, c.after, c.effect) for c in model.differences(wanted, seen)] == found


def test_shown_gives_plain_data() -> None:
    value = (UNKNOWN, frozenset({"b", "a"}), (1, 2), {"k": frozenset({3})}, Inner(("1",), "x"))
    assert model.shown(value) == [None, ["a", "b"], [1, 2], {"k": [3]}, {"ports": ["1"], "why": "x"}]


def test_declared_leaves_out_inputs_and_the_unset() -> None:
    assert model.declared(Wanted(name="a", size=3)) == {"size": 3, "colour": "red"}


def test_declared_shows_what_the_cloud_will_show() -> None:
    assert model.declared(Wanted(name="a", labels={"cost": 7}))["labels"] == {"cost": "7"}
