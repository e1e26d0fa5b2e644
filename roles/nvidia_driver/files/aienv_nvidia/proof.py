"""aienv-nvidia-proof: says for every installed kernel whether NVIDIA's module is there or builds, and holds those for which neither is true.

Changes nothing by `check`. Ends with 0 where all is proven, 3 where it is not for at least one kernel, 2 for a wrong call, 1 for anything else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from aienv_nvidia import hold, kernels, system, trial
from aienv_nvidia.system import Refused

UNPROVEN = 3


def check(releases: list) -> dict:
    """{driver, kernels: [{release, proven, how, version, reason, held}]}; how is module (it is there), build (it compiles) or none."""
    there = trial.sources(system.at("usr/src"))
    source = there[0] if there else None
    known = bool(source) or any(kernels.modules(release) for release in kernels.installed())
    found = [prove(release, source) for release in releases] if known else []
    return {"driver": str(source) if source else "", "known": known, "kernels": found}


def prove(release: str, source: trial.Source | None) -> dict:
    module = kernels.proven(release)
    base = {"release": release, "version": module.get("version", ""), "reason": "", "held": release in hold.held()}
    if module:
        return {**base, "proven": True, "how": "module"}
    if source is None:
        return {
            **base,
            "proven": False,
            "how": "none",
            "reason": "it has no module, and nothing here can build one (no DKMS source)",
        }
    with system.alone(system.PATIENCE):
        result = trial.attempt(source, release)
    version = source.version if result["ok"] else ""
    return {
        **base,
        "proven": result["ok"],
        "how": "build" if result["ok"] else "none",
        "version": version,
        "reason": result["reason"],
    }


def sentence(kernel: dict) -> str:
    held = " It is held." if kernel["held"] else ""
    if not kernel["proven"]:
        return f"{kernel['release']}: no module: {kernel['reason']}.{held}"
    return (
        f"{kernel['release']}: {'module' if kernel['how'] == 'module' else 'builds, module'} {kernel['version']}.{held}"
    )


def parsed(arguments: list) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aienv-nvidia-proof", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check|hold|unhold")
    one = verbs.add_parser("check", help="say whether the module is there or builds")
    one.add_argument(
        "--kernel", metavar="RELEASE", help="only this kernel, as uname -r writes it; default: all that are installed"
    )
    one.add_argument("--json", action="store_true", help="for programs")
    for verb, meaning in (("hold", "keep a kernel's packages and do not boot into it"), ("unhold", "take a hold back")):
        other = verbs.add_parser(verb, help=meaning)
        other.add_argument("release", metavar="RELEASE", help="the kernel, as uname -r writes it")
        if verb == "hold":
            other.add_argument("--reason", default="", help="why, for those who read it later")
    return parser.parse_args(arguments)


def main(arguments: list) -> int:
    options = parsed(arguments)
    if os.geteuid() != 0:
        print("aienv-nvidia-proof needs root: it builds below /var/lib and reads what only root may.", file=sys.stderr)  # noqa: T201
        return 1
    try:
        if options.verb == "check":
            return report(options)
        done = hold.hold(options.release, options.reason) if options.verb == "hold" else hold.unhold(options.release)
    except Refused as refusal:
        print(f"aienv-nvidia-proof: {refusal}", file=sys.stderr)  # noqa: T201
        return 1
    nothing = f"nothing to do: {options.release} is {'held already' if options.verb == 'hold' else 'not held'}"
    say("; ".join(done) or nothing)
    return 0


def say(text: str) -> None:
    print(text)  # noqa: T201


def report(options: argparse.Namespace) -> int:
    releases = kernels.installed()
    if options.kernel and options.kernel not in releases:
        raise Refused(
            f"--kernel {options.kernel}: there is no such kernel; installed are {', '.join(releases) or 'none'}"
        )
    found = check([options.kernel] if options.kernel else releases)
    lines = [sentence(kernel) for kernel in found["kernels"]] or [
        "No NVIDIA driver is installed: there is nothing to prove."
    ]
    say(json.dumps(found) if options.json else "\n".join(lines))
    return 0 if all(kernel["proven"] for kernel in found["kernels"]) else UNPROVEN
