"""Observe, set up, prove and remove what stops a host when it is idle.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`; the answer is one JSON
object on standard output. What it installs (the program aienv-idle-stop) does the work from then on.
"""

from __future__ import annotations

import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

UNIT = "aienv-idle-stop.service"
SYS = Path("/sys")
#: Azure by its own tag, because other Hyper-V machines have the same maker: cloud-init, DataSourceAzure.
AZURE_TAG = "7783-7084-3265-9085-8269-3286-77"
#: Seconds until the service has looked at the machine once.
FIRST_LOOK = 60
#: What is ours on the host is root's alone; nobody else can even look.
NO_ROOT = "The role idle_stop needs root on the host; set become to true in the play"


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


class Host:
    """The service as it is and as the request wants it."""

    def __init__(self, request: dict) -> None:
        self.request = request
        self.settings = settle(request["settings"])
        self.files = {Path(path): (text, int(mode, 8)) for path, (text, mode) in request["files"].items()}
        self.folders = {Path(path): int(mode, 8) for path, mode in request["folders"].items()}
        if self.files:
            self.files[Path(request["config"])] = (json.dumps(self.settings, indent=2, sort_keys=True) + "\n", 0o600)

    def observe(self) -> dict:
        """What differs from what is declared, and what the declaration is to be judged by; to others than root the uid alone."""
        if os.geteuid() != 0:
            return {"uid": os.geteuid()}
        return {
            "uid": os.geteuid(),
            "cloud": self.settings["cloud"],
            "action": self.settings["action"],
            "bad_patterns": [text for text in self.settings["processes"] if not compiles(text)],
            "bad_expiry": not is_expiry(self.settings["expires_at"]),
            "different": self.different(),
            "surplus": [str(path) for path in self.surplus()],
            "runs": runs(),
            "exists": bool(self.traces()),
        }

    def different(self) -> list:
        files = [str(path) for path, (text, mode) in self.files.items() if not is_as(path, text, mode)]
        return files + [
            str(path)
            for path, mode in self.folders.items()
            if not (path.is_dir() and path.stat().st_mode & 0o7777 == mode)
        ]

    def surplus(self) -> list:
        """Parts of the program that an earlier release had."""
        return [path for path in Path(self.request["program"]).glob("*.py") if path not in self.files]

    def traces(self) -> list:
        """Everything of ours that lies on the host."""
        return [path for path in map(Path, self.request["places"]) if os.path.lexists(path)]

    def apply(self) -> list:
        wanted, gone = self.different(), self.surplus()
        for path, mode in self.folders.items():
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)
        for path, (text, mode) in self.files.items():
            if str(path) in wanted:
                write(path, text, mode)
        for path in gone:
            path.unlink()
        must("Loading the unit", "systemctl", "daemon-reload")
        must(f"Starting {UNIT}", "systemctl", "enable", "--quiet", UNIT)
        must(f"Starting {UNIT}", "systemctl", "restart", UNIT)
        return [*(f"wrote {name}" for name in wanted), *(f"removed {path}" for path in gone)]

    def verify(self) -> list:
        """Everything that is not as declared, and whether the service looks, and whether a stop would be possible."""
        if os.geteuid() != 0:
            return [NO_ROOT]
        problems = [f"{name} is not as declared" for name in self.different()]
        problems += [f"{path} should not be there" for path in self.surplus()]
        problems += [] if runs() else [f"{UNIT} is not running"]
        if not problems:
            problems += (
                []
                if looks(Path(self.request["state"]))
                else [f"{UNIT} has not looked at the machine within {FIRST_LOOK} s"]
            )
            judged = run("systemd-analyze", "verify", "--man=no", self.request["unit"])
            problems += [f"systemd finds fault: {judged.stderr.strip()}"] if judged.returncode else []
            proof = run(self.request["command"], "prove")
            problems += [f"a stop would not be possible: {proof.stderr.strip()}"] if proof.returncode else []
        return problems

    def proof(self) -> dict:
        """What verify has just seen to be so, and what only a stop can show. Asked where there is no problem."""
        settings = self.settings
        proved = [
            f"{UNIT} is enabled, runs as declared and has looked at the machine since it began.",
            f"Nothing stands against a stop by {settings['action']} after {settings['rules']['idle_seconds'] / 60:g} idle minutes.",
        ]
        end = {"what": "The machine goes off, and its bill ends", "why": "only a stop shows that"}
        return {"proved": proved, "not_proved": [end]}

    def remove(self) -> list:
        run("systemctl", "disable", "--now", "--quiet", UNIT)
        there = self.traces()
        for path in there:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        must("Loading the unit", "systemctl", "daemon-reload")
        run("systemctl", "reset-failed", UNIT)
        return [f"removed {path}" for path in there]


def settle(settings: dict) -> dict:
    """Fill in what the declaration left to the host: its cloud, and the action that ends the bill there."""
    on = settings["cloud"] or cloud()
    how = ("deallocate" if on == "azure" else "poweroff") if settings["action"] == "auto" else settings["action"]
    return {**settings, "cloud": on, "action": how}


def cloud() -> str:
    """aws, gcp, azure, or none where the firmware tells of none."""
    if read("class/dmi/id/chassis_asset_tag") == AZURE_TAG:
        return "azure"
    if read("class/dmi/id/sys_vendor") == "Google":
        return "gcp"
    return "aws" if is_aws() else "none"


def is_aws() -> bool:
    """Nitro names its maker; Xen (p3) has Amazon's build of it, or an "ec2" that begins the UUID: cloud-init, DataSourceEc2."""
    names = ("sys_vendor", "bios_vendor", "bios_version", "product_uuid", "product_serial")
    maker, bios, version, machine, serial = (read("class/dmi/id/" + name).lower() for name in names)
    # One UUID in 4096 begins so by chance; Amazon's stands in both places.
    uuid = read("hypervisor/uuid").lower() or (machine if machine == serial else "")
    return "amazon ec2" in (maker, bios) or version.endswith(".amazon") or uuid.startswith("ec2")


def read(name: str) -> str:
    """A file of the kernel's about the machine; "" where it is missing, or root's alone."""
    try:
        return (SYS / name).read_text().strip()
    except OSError:
        return ""


def compiles(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def is_expiry(text: str) -> bool:
    """Whether the service can read it: a moment of the calendar with its zone, or nothing."""
    try:
        return not text or datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False


def runs() -> bool:
    return (
        not run("systemctl", "is-enabled", "--quiet", UNIT).returncode
        and not run("systemctl", "is-active", "--quiet", UNIT).returncode
    )


def looks(state: Path) -> bool:
    """Whether the service that runs now has written its first verdict."""
    began = run("systemctl", "show", UNIT, "--property=ActiveEnterTimestampMonotonic", "--value").stdout.strip()
    end = time.monotonic() + FIRST_LOOK
    while time.monotonic() < end:
        try:
            age = time.time() - (state / "state.json").stat().st_mtime
            if began.isdigit() and time.clock_gettime(time.CLOCK_MONOTONIC) - age >= int(began) / 1e6 - 1:
                return True
        except OSError:
            pass
        time.sleep(0.5)
    return False


def run(*argv: str) -> subprocess.CompletedProcess:
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - lists of our own making


def must(what: str, *argv: str) -> None:
    done = run(*argv)
    if done.returncode:
        raise Refused(f"{what} failed: {(done.stderr or done.stdout).strip() or done.returncode}")


def is_as(path: Path, text: str, mode: int) -> bool:
    return path.is_file() and path.stat().st_mode & 0o777 == mode and path.read_text() == text


def write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.touch(mode=0o600)
    half.write_text(text)
    half.chmod(mode)
    half.rename(path)


def main(text: str) -> None:
    request = json.loads(text)
    host, answer = Host(request), {"error": "", "actions": []}
    try:
        if request["mode"] == "observe":
            answer.update(host.observe())
        elif request["mode"] == "verify":
            answer["problems"] = host.verify()
            answer["proof"] = {} if answer["problems"] else host.proof()
        else:
            answer["actions"] = {"apply": host.apply, "remove": host.remove}[request["mode"]]()
    except Refused as refused:
        answer["error"] = str(refused)
    sys.stdout.write(json.dumps(answer) + "\n")
