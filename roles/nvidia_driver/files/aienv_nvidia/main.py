"""One call from the role: a request in, one JSON object out. A refusal is an answer, too."""

from __future__ import annotations

import json
import os

from aienv_nvidia import host, system, verify
from aienv_nvidia.system import Refused

#: Said before anything is looked at: much of what a look needs only root may read.
NEEDS_ROOT = "The role nvidia_driver needs root on the host; set become to true in the play"


def main(request: dict) -> None:
    """`mode` is observe, verify, install, remove or note_reboot. `error` is the sentence of a refusal, else empty."""
    one = host.Host(request)
    looks = {"observe": one.observe, "verify": lambda: verify.verify(one)}
    work = {"install": one.install, "remove": one.remove, "note_reboot": one.note_reboot}
    try:
        if os.geteuid():
            raise Refused(NEEDS_ROOT)
        if request["mode"] in looks:
            answer = {"error": "", **looks[request["mode"]]()}
        else:
            with system.alone(request["lock_timeout"]):
                answer = {"error": "", **work[request["mode"]]()}
    except Refused as refusal:
        answer = {"error": str(refusal), "said": one.said}
    print(json.dumps(answer))  # noqa: T201
