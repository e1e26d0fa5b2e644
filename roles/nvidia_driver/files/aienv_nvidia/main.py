"""One call from the role: a request in, one JSON object out. A refusal is an answer, too."""

from __future__ import annotations

import json

from aienv_nvidia import host, verify
from aienv_nvidia.system import Refused


def main(request: dict) -> None:
    """`mode` is observe, install, remove or verify. `error` is the sentence of a refusal, else empty."""
    one = host.Host(request)
    work = {"observe": one.observe, "install": one.install, "remove": one.remove, "verify": lambda: verify.verify(one)}[
        request["mode"]
    ]
    try:
        answer = {"error": "", **work()}
    except Refused as refusal:
        answer = {"error": str(refusal), "said": one.said}
    print(json.dumps(answer))  # noqa: T201
