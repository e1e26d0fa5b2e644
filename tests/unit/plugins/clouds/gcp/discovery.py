"""Google's discovery document of Compute Engine, as google-api-python-client ships it, as the judge of what we send.

Written apart from the emulator's own reading of it: what both of ours agree on would prove little.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import googleapiclient

# The method's own description recommends it, and gcloud sends it; the list of parameters has lost it (revision 20261106).
UNLISTED = {"returnPartialSuccess"}


@functools.cache
def document() -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache/documents"
    return dict(json.loads((folder / "compute.v1.json").read_text()))


def method(name: str) -> dict[str, Any]:
    resource, verb = name.split(".")
    return dict(document()["resources"][resource]["methods"][verb])


def complaints(name: str, body: Any, params: dict[str, Any]) -> list[str]:
    """What Google's own description of the method says against a call."""
    described = method(name)
    known = {**described["parameters"], **document()["parameters"]}
    found = [f"unknown parameter {param}" for param in params if param not in known and param not in UNLISTED]
    found += [
        f"missing parameter {param}"
        for param, words in described["parameters"].items()
        if words.get("required") and param not in params
    ]
    if body is None:
        return found + (["no body"] if "request" in described else [])
    if "request" not in described:
        return [*found, "a body that nobody wants"]
    return found + list(against(described["request"], body, ""))


def against(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    kind = schema.get("type")
    python = {"object": dict, "array": list, "boolean": bool, "string": str, "integer": int, "number": (int, float)}
    if kind in python and (not isinstance(value, python[kind]) or (kind == "integer" and isinstance(value, bool))):  # type: ignore[arg-type]
        yield f"{path}: {value!r} is no {kind}"
        return
    if kind == "array":
        for number, item in enumerate(value):
            yield from against(schema["items"], item, f"{path}[{number}]")
    elif kind == "object":
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            if inner is None:
                yield f"{path}.{key} is not known"
            elif inner.get("readOnly"):
                yield f"{path}.{key} is read only"
            else:
                yield from against(inner, item, f"{path}.{key}")
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
