"""Changing files with a way back: copies, a timer on the host that puts them back, and what was there at the very first."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

from aienv_ssh.host import STATE, UNITS, Refused, digest, must, read, replace, run

PENDING = STATE / "pending"
BEFORE = STATE / "before"
MANIFEST = BEFORE / "manifest.json"
UNIT = "aienv-ssh-rollback"
SERVICE = """[Unit]
Description=Take back an SSH configuration that nobody confirmed
[Service]
Type=oneshot
ExecStart=/bin/sh {script}
"""
# Enabled, so that a reboot in between does not forget it: it then counts from the boot.
TIMER = """[Unit]
Description=Wait for somebody to confirm the new SSH configuration
[Timer]
OnActiveSec={seconds}
AccuracySec=1s
[Install]
WantedBy=timers.target
"""


def is_open() -> bool:
    """Whether a change waits to be confirmed or taken back."""
    return (UNITS / f"{UNIT}.timer").exists()


def manifest() -> dict[str, Any]:
    """What was there before the first change: `files` (path -> was there), `written` (path -> digest), `packages`."""
    empty: dict[str, Any] = {"files": {}, "written": {}, "packages": []}
    return {**empty, **json.loads(read(MANIFEST) or "{}")}


def keep_manifest(known: dict[str, Any]) -> None:
    BEFORE.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace(MANIFEST, json.dumps(known, indent=1) + "\n", 0o600)


def original(path: Path) -> Path:
    """The copy of a file as it was before the first change."""
    return BEFORE / "files" / path.relative_to("/")


def copy(source: Path, target: Path) -> None:
    """With mode, owner and times."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy2(source, target)
    os.chown(target, source.stat().st_uid, source.stat().st_gid)


def begin(paths: list[Path], settle: list[str], seconds: int) -> None:
    """Copy what is there, write the program that puts it back, and arm the timer: all before anything is touched.

    `settle` are the shell lines that make the services take the files as they then are.
    """
    shutil.rmtree(PENDING, ignore_errors=True)
    STATE.mkdir(parents=True, exist_ok=True, mode=0o700)
    PENDING.mkdir(mode=0o700)
    # The mark comes first: who confirms while this runs has to be told that it is too late.
    lines = ["set -u", f"touch {PENDING}/restored"]
    for number, path in enumerate(paths):
        if path.exists():
            copy(path, PENDING / f"{number}")
            lines.append(f"mkdir -p {shlex.quote(str(path.parent))}")
            lines.append(f"cp -p --remove-destination {PENDING}/{number} {shlex.quote(str(path))}")
        else:
            lines.append(f"rm -f {shlex.quote(str(path))}")
    lines.append(f"rm -rf {BEFORE}")
    if BEFORE.exists():
        shutil.copytree(BEFORE, PENDING / "before")
        lines.append(f"cp -a {PENDING}/before {BEFORE}")
    # The timer goes last: a host that reboots in the middle of this begins it anew.
    lines += [
        *settle,
        f"systemctl disable --now --quiet {UNIT}.timer",
        f"rm -f {UNITS}/{UNIT}.timer {UNITS}/{UNIT}.service",
    ]
    (PENDING / "rollback.sh").write_text("\n".join([*lines, "systemctl daemon-reload"]) + "\n")
    arm(seconds)
    remember(paths)


def remember(paths: list[Path]) -> None:
    """Keep a copy of what was there before the very first change of a file."""
    known = manifest()
    for path in paths:
        if str(path) not in known["files"]:
            known["files"][str(path)] = path.exists()
            if path.exists():
                copy(path, original(path))
    keep_manifest(known)


def note_written(paths: list[Path]) -> None:
    """Remember how we left the files, to see later whether somebody else has changed them."""
    known = manifest()
    known["written"].update({str(path): digest(path) for path in paths})
    keep_manifest(known)


def note_packages(names: list[str]) -> None:
    """Remember the packages that are about to be installed for us."""
    known = manifest()
    known["packages"] = sorted({*known["packages"], *names})
    keep_manifest(known)


def arm(seconds: int) -> None:
    replace(UNITS / f"{UNIT}.service", SERVICE.format(script=PENDING / "rollback.sh"), 0o644)
    replace(UNITS / f"{UNIT}.timer", TIMER.format(seconds=seconds), 0o644)
    must("Loading the way back", "systemctl", "daemon-reload")
    must("Arming the way back", "systemctl", "enable", "--quiet", f"{UNIT}.timer")
    rewind()


def rewind() -> None:
    """Let the time begin anew. Not "start": that would do nothing to a timer of that name which has fired already."""
    must("Arming the way back", "systemctl", "restart", f"{UNIT}.timer")


def take_back() -> None:
    run("/bin/sh", str(PENDING / "rollback.sh"))


def confirm(forget: bool) -> None:
    """Disarm; `forget` also what was there before. Stopping comes first: then the timer cannot fire under our hands."""
    run("systemctl", "disable", "--now", "--quiet", f"{UNIT}.timer")
    if (PENDING / "restored").exists():
        raise Refused(
            "the host took the new configuration back before it was confirmed; raise ssh_hardening_rollback_seconds"
        )
    for kind in ("timer", "service"):
        (UNITS / f"{UNIT}.{kind}").unlink(missing_ok=True)
    run("systemctl", "daemon-reload")
    shutil.rmtree(STATE if forget else PENDING, ignore_errors=True)
