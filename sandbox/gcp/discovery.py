"""Google's discovery document of Compute Engine v1: which methods, parameters and schemas there are.

It comes with google-api-python-client (a development dependency) and reads in 50 ms, so nothing of it
is kept elsewhere.
"""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

PLACE = "discovery_cache/documents/compute.v1.json"


@dataclass(frozen=True)
class Method:
    """One method: its id without "compute.", its parameters by place, the names of its schemas."""

    id: str
    verb: str
    path: dict[str, dict[str, Any]]
    query: dict[str, dict[str, Any]]
    request: str
    response: str


@dataclass
class Node:
    """One step of a path: to fixed words, or to a parameter."""

    words: dict[str, Node] = field(default_factory=dict)
    parameter: Node | None = None
    methods: dict[str, tuple[Method, tuple[str, ...]]] = field(default_factory=dict)


class Document:
    """The document, made for looking things up."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.revision: str = raw["revision"]
        self.schemas: dict[str, dict[str, Any]] = raw["schemas"]
        self.common: dict[str, dict[str, Any]] = raw["parameters"]
        self._root = Node()
        for resource in raw["resources"].values():
            for method in resource["methods"].values():
                self._add(method)

    def _add(self, raw: dict[str, Any]) -> None:
        parameters = raw.get("parameters", {})
        placed: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        for name, parameter in parameters.items():
            placed[parameter["location"]][name] = parameter
        method = Method(
            raw["id"].removeprefix("compute."),
            raw["httpMethod"],
            placed["path"],
            placed["query"],
            raw.get("request", {}).get("$ref", ""),
            raw.get("response", {}).get("$ref", ""),
        )
        node, names = self._root, []
        for step in raw["flatPath"].split("/"):
            if step.startswith("{"):
                names.append(step.strip("{}"))
                node.parameter = node.parameter or Node()
                node = node.parameter
            else:
                node = node.words.setdefault(step, Node())
        node.methods[method.verb] = method, tuple(names)

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method behind a path such as projects/p/zones/z/instances, and its path parameters."""
        return _walk(self._root, verb, path.strip("/").split("/"), ())


def _walk(node: Node, verb: str, steps: list[str], taken: tuple[str, ...]) -> tuple[Method, dict[str, str]] | None:
    if not steps:
        found = node.methods.get(verb)
        return (found[0], dict(zip(found[1], taken, strict=True))) if found else None
    word = node.words.get(steps[0])
    by_word = _walk(word, verb, steps[1:], taken) if word else None
    if by_word or not node.parameter:
        return by_word
    return _walk(node.parameter, verb, steps[1:], (*taken, steps[0]))


@cache
def document() -> Document:
    """The document of the installed google-api-python-client, read once."""
    found = importlib.util.find_spec("googleapiclient")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("The emulated GCP needs google-api-python-client; make setup installs it.")
    return Document(json.loads((Path(found.submodule_search_locations[0]) / PLACE).read_text()))


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A pattern of the document, compiled; it must match the whole value."""
    return re.compile(text)
