"""Starts the role's program on a host: it arrives on standard input, with its parts and the request, and leaves no file.

The role appends a call of `start` to this text.
"""

from __future__ import annotations

import json
import sys
import types


def start(text: str) -> None:
    """`text` is JSON: the package's name, its parts (name, source) in the order of who needs whom, the request."""
    message = json.loads(text)
    package = types.ModuleType(message["package"])
    package.__path__ = []
    sys.modules[package.__name__] = package
    for name, source in message["parts"]:
        part = types.ModuleType(f"{package.__name__}.{name}")
        sys.modules[part.__name__] = part
        setattr(package, name, part)
        exec(compile(source, f"{package.__name__}/{name}.py", "exec"), part.__dict__)  # noqa: S102 - our own source
    sys.modules[f"{package.__name__}.main"].main(message["request"])
