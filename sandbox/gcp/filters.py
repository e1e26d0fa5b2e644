"""Filter expressions of lists: AIP-160 as Compute Engine takes it, and the older eq/ne with regular expressions.

The rules are the discovery document's own words on the parameter `filter`. The two kinds cannot be mixed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sandbox.gcp.errors import GcpError

Test = Callable[[dict[str, Any]], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<op><=|>=|!=|=|<|>|:)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[^\s()=!<>:"']+))""",
    re.VERBOSE,
)
OLD = re.compile(r"""\s*\(?\s*([\w.\-]+)\s+(eq|ne)\s+("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^)]*?)\s*\)?\s*$""")
OLD_PART = re.compile(r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


def refusal(text: str) -> GcpError:
    return GcpError("invalid", f"Invalid value for field 'filter': '{text}'. Invalid list filter expression.")


@lru_cache(maxsize=256)
def compile_filter(text: str) -> Test:
    """The test that an expression means. Raises GcpError."""
    if re.search(r"\s(eq|ne)\s", text):
        return _old(text)
    try:
        return _Parser(text).whole()
    except (ValueError, IndexError) as error:
        raise refusal(text) from error


def values(body: Any, path: list[str]) -> list[Any]:
    """Everything behind a path of fields; lists are gone through. A label's key may have dots and dashes."""
    if isinstance(body, list):
        return [found for each in body for found in values(each, path)]
    if not path:
        return [body]
    if isinstance(body, dict):
        for length in range(len(path), 0, -1):
            name = ".".join(path[:length])
            if name in body:
                return values(body[name], path[length:])
    return []


def _old(text: str) -> Test:
    parts = OLD_PART.findall(text) if text.strip().startswith("(") else [text]
    tests = []
    for part in parts:
        found = OLD.match(part)
        if not found:
            raise refusal(text)
        field, word, literal = found.groups()
        try:
            wanted = re.compile(_unquoted(literal))
        except re.error as error:
            raise refusal(text) from error
        tests.append(_matching(field.split("."), wanted, word == "eq"))
    return lambda body: all(test(body) for test in tests)


def _matching(path: list[str], wanted: re.Pattern[str], equal: bool) -> Test:
    def test(body: dict[str, Any]) -> bool:
        return any(wanted.fullmatch(_text(value)) for value in values(body, path)) is equal

    return test


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


class _Parser:
    """Expressions side by side are ANDed; OR binds closer than AND (AIP-160)."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        text = text.rstrip()
        while place < len(text):
            found = TOKEN.match(text, place)
            if not found:
                raise ValueError(text)
            self._tokens.append((str(found.lastgroup), found.group(str(found.lastgroup))))
            place = found.end()
        self._at = 0

    def whole(self) -> Test:
        test = self._all()
        if self._at != len(self._tokens):
            raise ValueError("something is left over")
        return test

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("", "")

    def _next(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _all(self) -> Test:
        tests = [self._any()]
        while self._peek()[0] not in ("", "close"):
            if self._peek() == ("word", "AND"):
                self._next()
            tests.append(self._any())
        return tests[0] if len(tests) == 1 else lambda body: all(test(body) for test in tests)

    def _any(self) -> Test:
        tests = [self._one()]
        while self._peek() == ("word", "OR"):
            self._next()
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda body: any(test(body) for test in tests)

    def _one(self) -> Test:
        kind, text = self._next()
        if kind == "word" and (text == "NOT" or text.startswith("-")):
            if text != "NOT":
                self._at -= 1
                self._tokens[self._at] = kind, text[1:]
            inner = self._one()
            return lambda body: not inner(body)
        if kind == "open":
            test = self._all()
            if self._next()[0] != "close":
                raise ValueError("a parenthesis is not closed")
            return test
        if kind != "word":
            raise ValueError(f"{text} is no field")
        operator = self._next()
        if operator[0] != "op":
            raise ValueError(f"{operator[1]} is no operator")
        value = self._next()
        if value[0] not in ("word", "text"):
            raise ValueError(f"{value[1]} is no value")
        return _comparison(text.split("."), operator[1], _unquoted(value[1]), value[0] == "word" and value[1] == "*")


def _comparison(path: list[str], operator: str, wanted: str, any_value: bool) -> Test:
    if any_value and operator in (":", "="):
        return lambda body: bool(values(body, path))
    if "*" in wanted:
        glob = re.compile(".*".join(re.escape(part) for part in wanted.split("*")), re.DOTALL)
        return _matching(path, glob, operator != "!=")
    if operator == ":":
        word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", re.IGNORECASE)
        return lambda body: any(_has(value, wanted, word) for value in values(body, path))
    if operator in ("=", "!="):
        return lambda body: any(_equal(value, wanted) for value in values(body, path)) is (operator == "=")
    return lambda body: any(_order(value, operator, wanted) for value in values(body, path))


def _has(value: Any, wanted: str, word: re.Pattern[str]) -> bool:
    if isinstance(value, dict):
        return wanted in value
    return bool(word.search(_text(value)))


def _equal(value: Any, wanted: str) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(wanted) == value
    return _text(value) == wanted


def _order(value: Any, operator: str, wanted: str) -> bool:
    left: Any = _number(value)
    right: Any = _number(wanted)
    if left is None or right is None:
        left, right = str(value), wanted
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[operator])


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
