"""Prove that every framework computes: on each GPU against the CPU, and together with the others where there are several.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`. Each environment's own Python runs the
check of its framework as the environment's owner. A proof is kept with what it was made of (packages, driver, GPUs, this
program); where that is the same and no fresh one is asked for, it is answered again. Needs nothing beyond Python 3.9.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

KEPT = Path("/var/lib/aienv/framework/proofs.json")
DRIVER = Path("/proc/driver/nvidia")
# Seconds for one framework. The first import on a cold disk takes half a minute, compiling for eight GPUs some more.
PATIENCE = 900


def gpus() -> dict:
    """The loaded driver and what it drives, as the kernel says: version line, cards, whether some are split by MIG."""
    version = DRIVER / "version"
    return {
        "driver": version.read_text().splitlines()[0] if version.is_file() else "",
        "cards": len(list(DRIVER.glob("gpus/*"))),
        "split": any(DRIVER.glob("capabilities/gpu*/mig/gi*")),
    }


def check(judge: str, venv: dict, machine: dict) -> dict:
    """What the framework's own program says: proved, not_proved and failed. Its bytecode is written on the way, as its owner."""
    person = pwd.getpwnam(venv["owner"])
    identity: dict = {}
    if os.geteuid() != person.pw_uid:
        groups = os.getgrouplist(person.pw_name, person.pw_gid)
        identity = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": groups}
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": person.pw_dir, "USER": person.pw_name, "LANG": "C.UTF-8"}
    program = f"{judge}\nmain({json.dumps({**venv, **machine})!r})\n"
    try:
        done = subprocess.run(  # noqa: S603 - a list of our own making, no shell
            [f"{venv['path']}/bin/python", "-"], input=program, env=env, cwd="/", capture_output=True, text=True, check=False,
            timeout=PATIENCE, **identity,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"failed": [f"{venv['path']}: {error}"]}
    if done.returncode:
        words = [line.strip() for line in done.stderr.splitlines() if line.strip()][-3:]
        return {"failed": [f"{venv['path']}: {venv['name']} ended with {done.returncode}: {' / '.join(words)}"]}
    return json.loads(done.stdout.splitlines()[-1])


def key(*made_of: object) -> str:
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def kept() -> dict:
    try:
        return json.loads(KEPT.read_text())
    except (OSError, ValueError):
        return {}


def keep(proofs: dict) -> None:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    half = KEPT.with_suffix(".half")
    half.write_text(json.dumps(proofs))
    half.rename(KEPT)


def main(text: str) -> None:
    request, machine, before = json.loads(text), gpus(), kept()
    proof: dict = {"proved": [], "not_proved": []}
    failed: list = []
    after = dict(before)
    for venv in request["venvs"]:
        made_of = key(request["judge"], venv, machine)
        known = before.get(venv["path"], {})
        says = (
            known["says"]
            if not request["fresh"] and known.get("key") == made_of
            else check(request["judge"], venv, machine)
        )
        for part, found in proof.items():
            found += says.get(part, [])
        failed += says.get("failed", [])
        after.pop(venv["path"], None)
        if not says.get("failed"):
            after[venv["path"]] = {"key": made_of, "says": says}
    if after != before:
        keep(after)
    sys.stdout.write(json.dumps({"proof": proof, "failed": failed}) + "\n")
