"""aienv-idle-stop VERB: the service that stops the machine when nobody uses it, and what people ask it.

`aienv-idle-stop status` says why the machine is awake, since when it is idle and when it will stop; `keep-awake 4h` keeps it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import lease
import provider
import report
from ask import Refused
from measure import Meter
from watch import Watch

CONFIG = Path("/etc/aienv-idle-stop.json")
STATE = Path("/run/aienv-idle-stop")


def parser() -> argparse.ArgumentParser:
    outer = argparse.ArgumentParser(prog="aienv-idle-stop", description="Stops this machine when nobody uses it.")
    outer.add_argument("--config", type=Path, default=CONFIG, help=argparse.SUPPRESS)
    outer.add_argument("--state", type=Path, default=STATE, help=argparse.SUPPRESS)
    verbs = outer.add_subparsers(dest="verb", required=True)
    status = verbs.add_parser("status", help="why it is awake, since when it is idle, when it will stop")
    status.add_argument("--json", action="store_true", help="everything that was seen, as JSON")
    verbs.add_parser("sample", help="what can be seen at this moment, as JSON (root)")
    verbs.add_parser("prove", help="whether the stop would be possible, without stopping (root)")
    verbs.add_parser("run", help="what the service does (root)")
    keep = verbs.add_parser("keep-awake", help="keep the machine awake")
    keep.add_argument(
        "time", nargs="?", help="as 90m, 4h or 1d12h; off gives the lease back; nothing shows how it stands"
    )
    keep.add_argument("why", nargs="*", help="what for; others see it")
    return outer


def answer(wanted: argparse.Namespace) -> str:
    """Do what the verb says; what is to be printed."""
    if wanted.verb in ("status", "keep-awake"):
        return answer_people(report.read(wanted.state), wanted)
    if os.geteuid():
        raise Refused("this needs root")
    settings = json.loads(wanted.config.read_text())
    if wanted.verb == "sample":
        return json.dumps(Meter(settings).sample(), indent=1)
    if wanted.verb == "prove":
        reason = provider.prove(settings)
        if reason:
            raise Refused(reason)
        return "A stop is possible, and keeps the machine."
    Watch(settings).run()
    return ""


def answer_people(told: dict, wanted: argparse.Namespace) -> str:
    """What anybody may ask; the service's last word is all that it takes."""
    if wanted.verb == "status":
        return json.dumps(told, indent=1) if wanted.json else report.text(told)
    if wanted.time == "off":
        return lease.give_back(told["settings"])
    return lease.take(told["settings"], wanted.time, " ".join(wanted.why)) if wanted.time else report.text(told)


def main() -> int:
    wanted = parser().parse_args()
    try:
        sys.stdout.write(answer(wanted) + "\n")
    except (Refused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
