"""Parameters and bodies against the discovery document, refused in the words of Google's JSON layer.

Strict for our collection: a name that the document does not know is an error. Other clients send such
names (gcloud, Config Connector), and the real service ignores them, as the recordings show; wrong types
and values are refused to everybody. What only the service may set (readOnly) is ignored, as in reality.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.gcp.discovery import Document, Method, document, pattern
from sandbox.gcp.errors import GcpError, invalid, violation

# Real clients send it to every list, and the service takes it. Revision 20261106 of the document names
# it for some lists only.
TOLERATED = frozenset({"returnPartialSuccess"})
# "$alt" and "$prettyPrint" are second names that generated clients use.
SECOND_NAMES = {"$alt": "alt", "$prettyPrint": "prettyPrint", "$fields": "fields", "$userProject": "quotaUser"}
NUMBERS = {"int32": "TYPE_INT32", "uint32": "TYPE_UINT32", "int64": "TYPE_INT64", "uint64": "TYPE_UINT64"}
RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}


def check_path(method: Method, values: Mapping[str, str]) -> None:
    """Refuse path parameters that do not match their pattern."""
    for name, value in values.items():
        wanted = method.path[name].get("pattern")
        if wanted and not pattern(wanted).fullmatch(value):
            raise invalid(name, value, f"Must be a match of regex '{wanted}'")


def check_query(method: Method, values: Mapping[str, str], strict: bool) -> dict[str, Any]:
    """The query's known parameters with their types. Raises GcpError."""
    found: dict[str, Any] = {}
    for given, text in values.items():
        name = SECOND_NAMES.get(given, given)
        known = method.query.get(name) or document().common.get(name)
        if known:
            found[name] = _parameter(name, text, known)
        elif name in TOLERATED and "maxResults" in method.query:
            found[name] = text == "true"
        elif strict:
            why = f"Cannot bind query parameter. Field '{name}' could not be found in request message."
            raise violation("", f'Invalid JSON payload received. Unknown name "{name}": {why}')
    return found


def _parameter(name: str, text: str, known: Mapping[str, Any]) -> Any:
    match known["type"]:
        case "integer":
            if not re.fullmatch(r"-?\d+", text):
                raise violation(name, f"Invalid value at '{snake(name)}' ({NUMBERS[known['format']]}), \"{text}\"")
            _in_limits(name, int(text), known)
            return int(text)
        case "boolean":
            if text.lower() not in ("true", "false"):
                raise violation(name, f"Invalid value at '{snake(name)}' (TYPE_BOOL), \"{text}\"")
            return text.lower() == "true"
    if "enum" in known and name != "alt" and text not in known["enum"]:
        raise violation(name, f"Invalid value at '{snake(name)}' (TYPE_ENUM), \"{text}\"")
    return text


def _in_limits(name: str, number: int, known: Mapping[str, Any]) -> None:
    low, high = known.get("minimum"), known.get("maximum")
    if (low is not None and number < int(low)) or (high is not None and number > int(high)):
        raise invalid(name, number, f"Values must be between {low} and {high}.")


def check_body(method: Method, body: Any, strict: bool) -> dict[str, Any]:
    """The body as the service reads it: known fields only, int64 as strings. Raises GcpError."""
    if not isinstance(body, dict):
        raise violation("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')
    checked: dict[str, Any] = _Reader(document(), strict).read({"$ref": method.request}, body, "resource")
    return checked


class _Reader:
    """Walks a value along its schema."""

    def __init__(self, known: Document, strict: bool) -> None:
        self._known = known
        self._strict = strict

    def read(self, schema: Mapping[str, Any], value: Any, place: str) -> Any:
        if "$ref" in schema:
            schema = self._known.schemas[schema["$ref"]]
        match schema.get("type", "object"):
            case "object":
                return self._object(schema, value, place)
            case "array":
                if not isinstance(value, list):
                    raise _wrong(place, "repeated field", value)
                # The document writes the pattern of strings in a list beside the list.
                inner = {**schema["items"], **({"pattern": schema["pattern"]} if "pattern" in schema else {})}
                return [self.read(inner, each, f"{place}[{n}]") for n, each in enumerate(value)]
            case "boolean":
                return _boolean(value, place)
            case "integer":
                return _integer(schema, value, place)
            case "number":
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise _wrong(place, "TYPE_DOUBLE", value)
                return value
            case "string":
                return _string(schema, value, place)
        return value

    def _object(self, schema: Mapping[str, Any], value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise _wrong(place, f"type.googleapis.com/google.cloud.compute.v1.{schema.get('id', 'Struct')}", value)
        rest = schema.get("additionalProperties")
        known = schema.get("properties", {})
        read: dict[str, Any] = {}
        for name, inner in value.items():
            if name in known:
                if inner is not None and not known[name].get("readOnly"):
                    read[name] = self.read(known[name], inner, f"{place}.{name}")
            elif rest is not None:
                read[name] = self.read(rest, inner, f"{place}.{name}")
            elif self._strict:
                message = f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."
                raise violation(place, message)
        return read


def _boolean(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(place, "TYPE_BOOL", value)
    return value


def _integer(schema: Mapping[str, Any], value: Any, place: str) -> int:
    kind = schema.get("format", "int32")
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        value = int(value)
    low, high = RANGES[kind]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _wrong(place, NUMBERS[kind], value)
    return value


def _string(schema: Mapping[str, Any], value: Any, place: str) -> str:
    kind = schema.get("format")
    if kind in NUMBERS:
        return str(_integer(schema, value, place))
    if not isinstance(value, str):
        raise _wrong(place, "TYPE_ENUM" if "enum" in schema else "TYPE_STRING", value)
    if "enum" in schema and value not in schema["enum"]:
        raise _wrong(place, "TYPE_ENUM", value)
    wanted = schema.get("pattern")
    if wanted and not pattern(wanted).fullmatch(value):
        raise invalid(place, value, f"Must be a match of regex '(?:{wanted})'")
    return value


def _wrong(place: str, kind: str, value: Any) -> GcpError:
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value
    field = ".".join(snake(step) for step in place.split("."))
    return violation(field, f"Invalid value at '{field}' ({kind}), {shown}")


def snake(name: str) -> str:
    """A field's name as the JSON layer's messages write it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
