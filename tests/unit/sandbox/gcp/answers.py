"""Answers against the discovery document: a member that it does not know, or of another type, is a mistake of the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.gcp.discovery import document

TYPES: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


def strangers(verb: str, path: str, answer: Any) -> list[str]:
    """Where an answer to a call does not fit the schema that the document names for it."""
    found = document().find(verb, path.removeprefix("/compute/v1/"))
    if found is None or not found[0].response or answer is None:
        return []
    return list(_walk({"$ref": found[0].response}, answer, ""))


def _walk(schema: dict[str, Any], value: Any, place: str) -> Iterator[str]:
    schema = document().schemas[schema["$ref"]] if "$ref" in schema else schema
    kind = schema.get("type", "object")
    if not isinstance(value, TYPES.get(kind, object)) or (kind == "integer" and isinstance(value, bool)):
        yield f"{place} is {value!r}, not {kind}"
    elif kind == "array":
        for each in value[:3]:
            yield from _walk(schema["items"], each, f"{place}[]")
    elif kind == "object":
        known, rest = schema.get("properties", {}), schema.get("additionalProperties")
        for name, inner in value.items():
            if name not in known and rest is None:
                yield f"{place}.{name} is not known"
            else:
                yield from _walk(known.get(name) or rest or {}, inner, f"{place}.{name}")
    elif value not in schema.get("enum", [value]):
        yield f"{place} is {value!r}, not of its enum"
