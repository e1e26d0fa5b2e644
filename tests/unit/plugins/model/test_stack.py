"""The stack resolver: a table of cases. Each refusal's advice is followed, and must resolve."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import parse
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.request import Request
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.resolve import Refusal, Stack, resolve

CASES = yaml.safe_load((Path(__file__).parent / "stack_cases.yml").read_text())
REFUSED = [case for case in CASES if "refuse" in case]
RESOLVED = [case for case in CASES if "stack" in case]


def ids(cases: list[dict[str, Any]]) -> list[str]:
    return [case["case"] for case in cases]


def request(want: dict[str, Any]) -> Request:
    gpus = want["gpus"]
    if isinstance(gpus, str):
        count, _, name = gpus.rpartition(" ")
        gpus = [name] * int(count or 1)
    defaults = {"os": "debian-12", "architecture": "x86_64", "cloud": "none", "secure_boot": False, "allow_cpu": False}
    return parse(Request, {**defaults, "secure_boot_key_enrolled": False, **want, "gpus": gpus}).verified()


def at(data: Any, path: str) -> Any:
    while path:
        # A package's name may have dots, so what is left of the path may be a key itself.
        if isinstance(data, dict) and path in data:
            return data[path]
        name, _, path = path.partition(".")
        data = data[name]
    return data


def test_the_table_is_large_and_every_row_says_what_follows() -> None:
    assert len(CASES) >= 60
    assert len(set(ids(CASES))) == len(CASES)
    assert all(("stack" in case) != ("refuse" in case) for case in CASES)
    assert all("instead" in case for case in REFUSED)


@pytest.mark.parametrize("case", RESOLVED, ids=ids(RESOLVED))
def test_resolves(case: dict[str, Any]) -> None:
    data = resolve(request(case["want"])).as_dict()
    assert {path: at(data, path) for path in case["stack"]} == case["stack"]


@pytest.mark.parametrize("case", REFUSED, ids=ids(REFUSED))
def test_refuses_with_two_facts_and_advice(case: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as caught:
        resolve(request(case["want"]))
    sentence = str(caught.value)
    for piece in case["refuse"]:
        assert piece in sentence
    assert ", and " in caught.value.clash
    instead = {name: list(value) if isinstance(value, tuple) else value for name, value in caught.value.instead.items()}
    assert instead == case["instead"]
    for name in case["instead"]:
        assert f"{name}: " in sentence


@pytest.mark.parametrize("case", REFUSED, ids=ids(REFUSED))
def test_the_advice_resolves(case: dict[str, Any]) -> None:
    asked = request(case["want"])
    with pytest.raises(Refusal) as caught:
        resolve(asked)
    assert isinstance(resolve(dataclasses.replace(asked, **caught.value.instead).verified()), Stack)


@pytest.mark.parametrize("case", RESOLVED, ids=ids(RESOLVED))
def test_every_decision_has_a_sentence(case: dict[str, Any]) -> None:
    stack = resolve(request(case["want"]))
    text = " ".join(stack.because)
    assert all(sentence[-1] == "." and "None" not in sentence for sentence in stack.because)
    decisions = [stack.python.version]
    if stack.driver:
        decisions += [stack.driver.branch, stack.driver.version_floor, stack.cuda.version if stack.cuda else ""]
    if stack.framework:
        decisions += [stack.framework.version, stack.framework.build]
    assert [decision for decision in decisions if decision not in text] == []
    if stack.driver and stack.driver.fabric_manager:
        assert "fabric manager" in text


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("gpus", ["rtx-9090"], "known models: "),
        ("gpus", ["1002:740f"], "devices of NVIDIA"),
        ("gpus", ["10de:ffff"], "known devices: "),
        ("os", "debian-11", "known systems: "),
        ("os", "plan9", "known systems: "),
        ("architecture", "riscv64", "known architectures: "),
        ("python_version", "3.1", "as text"),
        ("driver_branch", "580.65", "as text"),
        ("driver_version", "newest", "as text"),
        ("driver_version", "580.65.06", "driver_source is none beside it"),
        ("framework_version", "latest", "as text"),
        ("framework_build", "cu126", "framework is expected"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(option: str, value: Any, says: str) -> None:
    with pytest.raises(InvalidOption, match=option) as caught:
        request({"gpus": ["l4"], option: value})
    assert says in str(caught.value)
