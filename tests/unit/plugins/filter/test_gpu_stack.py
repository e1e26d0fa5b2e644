"""The filter: its documentation, its options, and what a template sees of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.aienv.cloud.plugins.filter.gpu_stack import FilterModule
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import options_of
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.request import Request

ROOT = Path(__file__).resolve().parents[4]
DOCUMENTS = yaml.safe_load((ROOT / "plugins/filter/gpu_stack.yml").read_text())
gpu_stack = FilterModule().filters()["gpu_stack"]


def test_every_option_is_documented_as_it_is_declared() -> None:
    documented = DOCUMENTS["DOCUMENTATION"]["options"]
    declared = dict(options_of(Request))
    assert set(documented) == set(declared) - {"gpus"} | {"_input"}
    for name, option in declared.items():
        entry = documented["_input" if name == "gpus" else name]
        assert entry["type"] == option.type, name
        assert tuple(entry.get("choices", ())) == (option.choices or ()), name
        assert entry.get("default") == (option.default or None if name == "gpus" else option.default), name
        assert entry.get("elements") == option.elements, name


def keys(contains: dict[str, Any]) -> dict[str, Any]:
    return {name: keys(entry["contains"]) if "contains" in entry else None for name, entry in contains.items()}


def test_every_key_of_the_result_is_documented() -> None:
    documented = keys(DOCUMENTS["RETURN"]["_value"]["contains"])
    stack = gpu_stack("l4", os="debian-12", framework="torch")
    assert set(documented) == set(stack)
    for part in ("driver", "cuda", "framework"):
        assert set(documented[part]) == set(stack[part]), part
    for part in ("python",):
        text = str(DOCUMENTS["RETURN"]["_value"]["contains"][part]["description"])
        assert all(name in text for name in stack[part])
    text = str(DOCUMENTS["RETURN"]["_value"]["contains"]["driver"]["contains"]["repository"]["description"])
    assert all(name in text for name in stack["driver"]["repository"])


def test_the_result_is_plain_data() -> None:
    stack = gpu_stack(["10de:27b8"], os="Debian 12.11", kernel="6.1.0-44-cloud-amd64", framework="torch")
    assert yaml.safe_load(yaml.safe_dump(stack)) == stack
    assert stack["gpus"] == ["l4"]
    assert stack["driver"]["headers"] == ["linux-headers-cloud-amd64"]


@pytest.mark.parametrize("unset", [None, "", []])
def test_what_is_empty_is_unset(unset: Any) -> None:
    empty = dict.fromkeys(("framework_version", "driver_branch", "kernel", "cloud", "secure_boot", "nvswitch"), unset)
    assert gpu_stack("l4", os="debian-12", framework="torch", **empty) == gpu_stack(
        "l4", os="debian-12", framework="torch"
    )


def test_words_for_true_are_true() -> None:
    assert gpu_stack([], os="debian-12", allow_cpu="yes") == gpu_stack([], os="debian-12", allow_cpu=True)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"os": "debian-12", "framework": "torch", "framework_version": "2.15"},
            "What works instead: framework_version: 2.14.1",
        ),
        ({}, "option 'os' is not set"),
        ({"os": "beos-5"}, "known systems: debian-12"),
        ({"os": "debian-12", "framework": "caffe"}, "torch, tensorflow, jax"),
        ({"os": "debian-12", "secure_boot": "perhaps"}, "true or false"),
        ({"os": "debian-12", "wheel": "x"}, "no such option"),
        ({"os": "debian-12", "python_version": 3.1}, "as text"),
    ],
)
def test_a_refusal_is_a_sentence(options: dict[str, Any], says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=r"aienv\.cloud\.gpu_stack: ") as caught:
        gpu_stack("v100", **options)
    assert says in str(caught.value)


def test_the_example_of_the_documentation_says_what_is_said() -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        gpu_stack("v100", os="debian-12", framework="torch", framework_version="2.15")
    example = " ".join(line.strip(" #") for line in DOCUMENTS["EXAMPLES"].splitlines())
    assert str(caught.value).split(": ", 1)[1] in example


def test_the_page_s_example_says_what_is_said() -> None:
    page = " ".join((ROOT / "docs/stack.md").read_text().split())
    for sentence in gpu_stack(["10de:1db1"], os="debian-12", framework="torch")["because"]:
        assert sentence in page
    with pytest.raises(AnsibleFilterError) as caught:
        gpu_stack(["10de:1db1"], os="debian-12", framework="torch", framework_version="2.15")
    assert str(caught.value).split(": ", 1)[1] in page
