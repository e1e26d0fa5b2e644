"""Starts a role's program on a host: it arrives on standard input, with its parts and the request, and leaves no file.

The role appends a call of `start` to this text.
"""

from __future__ import annotations

import json
import sys
import types


def load(package: str, parts: list) -> None:
    """A package out of its parts (name, source), which are in the order of who needs whom."""
    whole = types.ModuleType(package)
    whole.__path__ = []
    sys.modules[package] = whole
    for name, source in parts:
        part = types.ModuleType(f"{package}.{name}")
        sys.modules[part.__name__] = part
        setattr(whole, name, part)
        exec(compile(source, f"{package}/{name}.py", "exec"), part.__dict__)  # noqa: S102 - our own source


def start(text: str) -> None:
    """`text` is JSON: the package's name, its parts, the request; `shared`, if there, other packages that it imports (name, parts)."""
    message = json.loads(text)
    for package, parts in [*message.get("shared", []), (message["package"], message["parts"])]:
        load(package, parts)
    sys.modules[f"{message['package']}.main"].main(message["request"])
