"""The parameter `fields`: which members of an answer are wanted.

a,b/c,items(name,zone),items/*/instances/name — docs.cloud.google.com/compute/docs/api/how-tos/performance#partial-response
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from sandbox.gcp.errors import GcpError

# A wanted member's own mask; an empty one means all of it.
Mask = dict[str, Any]
TOKEN = re.compile(r"[A-Za-z_*$][\w\-.:]*|[(),/]")


def refusal(text: str, why: str) -> GcpError:
    message = f"Error processing the 'fields' param value '{text}': {why}"
    fault = {"field": text, "description": message}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [fault]}]
    return GcpError("invalidParameter", why, details=details)


@lru_cache(maxsize=64)
def compile_mask(text: str) -> Mask:
    """The tree of members that a mask names. Raises GcpError."""
    if TOKEN.sub("", text).strip():
        raise refusal(text, f"Invalid field selection {text}")
    tokens = TOKEN.findall(text)
    mask, rest = _list(tokens, text)
    if rest:
        raise refusal(text, "Unexpected )")
    return mask


def _list(tokens: list[str], text: str) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while True:
        if not tokens or tokens[0] in "(),/":
            raise refusal(text, f"Invalid field selection {text}")
        inner, tokens = _path(tokens, text)
        merge(mask, inner)
        if not tokens or tokens[0] == ")":
            return mask, tokens
        if tokens[0] != ",":
            raise refusal(text, f"Invalid field selection {tokens[0]}")
        tokens = tokens[1:]


def _path(tokens: list[str], text: str) -> tuple[Mask, list[str]]:
    name, tokens = tokens[0], tokens[1:]
    if tokens and tokens[0] == "/":
        if len(tokens) == 1 or tokens[1] in "(),/":
            raise refusal(text, f"Invalid field selection {name}")
        inner, tokens = _path(tokens[1:], text)
        return {name: inner}, tokens
    if tokens and tokens[0] == "(":
        inner, tokens = _list(tokens[1:], text)
        if not tokens:
            raise refusal(text, "Missing )")
        return {name: inner}, tokens[1:]
    return {name: {}}, tokens


def merge(mask: Mask, other: Mask) -> None:
    for name, inner in other.items():
        if name in mask and mask[name] and inner:
            merge(mask[name], inner)
        else:
            mask[name] = {} if name in mask else inner


def within(mask: Mask, *names: str) -> Mask | None:
    """The mask of a member behind those names: {} wants all of it, None does not want it."""
    for name in names:
        if not mask:
            return mask
        found = mask.get(name, mask.get("*"))
        if found is None:
            return None
        mask = found
    return mask


def cut(value: Any, mask: Mask) -> Any:
    """A value with the wanted members only."""
    if not mask:
        return value
    if isinstance(value, list):
        return [cut(each, mask) for each in value]
    if not isinstance(value, dict):
        return value
    if "*" in mask:
        rest: Mask = mask["*"]
        return {name: cut(inner, mask.get(name, rest)) for name, inner in value.items()}
    return {name: cut(value[name], inner) for name, inner in mask.items() if name in value}


def check(mask: Mask, schema: dict[str, Any], schemas: dict[str, Any], text: str) -> None:
    """Refuse a mask that names what the answer's schema does not have. Raises GcpError."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    if "items" in schema:
        check(mask, schema["items"], schemas, text)
        return
    known, rest = schema.get("properties", {}), schema.get("additionalProperties")
    for name, inner in mask.items():
        if name == "*":
            choices = [rest] if rest else list(known.values())
            if rest:
                check(inner, choices[0], schemas, text)
        elif name in known:
            check(inner, known[name], schemas, text)
        elif rest:
            check(inner, rest, schemas, text)
        else:
            raise refusal(text, f"Invalid field selection {name}")
