"""Observe, set up, prove and remove the updates of a host.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`; the answer is one JSON
object on standard output. What it installs (the program aienv-updates) does the work from then on.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STAMP = "/var/lib/systemd/timers/stamp-"


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


class Host:
    """The host's updates, as they are and as they should be."""

    def __init__(self, request: dict) -> None:
        self.request = request
        self.files = request["files"]
        self.state = Path(request["state"])
        self.timer = request["timer"]

    def observe(self) -> dict:
        """What differs from what is declared, and what would be in the way."""
        calendar = run("systemd-analyze", "calendar", self.request["calendar"])
        return {
            "uid": os.geteuid(),
            "bad_calendar": bool(calendar.returncode),
            "missing": self.missing(),
            "wanted_files": self.different(),
            "surplus": self.surplus(),
            "armed": is_armed(self.timer),
            "exists": bool(self.surplus_of([])),
        }

    def missing(self) -> list:
        """Packages of the request that are not installed."""
        said = run(*self.request["query"], *self.request["packages"]).stdout
        there = {line.split()[0].split(":")[0] for line in said.splitlines() if line.split()[1:] == ["installed"]}
        return [name for name in self.request["packages"] if name not in there]

    def different(self) -> list:
        return [path for path, (text, mode) in self.files.items() if not is_as(Path(path), text, int(mode, 8))]

    def surplus(self) -> list:
        """Files of ours that are no longer wanted."""
        return self.surplus_of(self.files)

    def surplus_of(self, wanted: object) -> list:
        places = [path for path in self.request["places"] if os.path.lexists(path)]
        code = Path(self.request["program"])
        places += [str(path) for path in code.rglob("*.py")] if code.is_dir() else []
        return [path for path in places if path not in wanted]  # type: ignore[operator]

    def apply(self) -> list:
        """Put everything in place and start the timer."""
        wanted, gone = self.different(), self.surplus()
        for path in gone:
            Path(path).unlink()
        self.state.mkdir(mode=0o755, parents=True, exist_ok=True)
        for path in wanted:
            text, mode = self.files[path]
            write(Path(path), text, int(mode, 8))
        must("Loading the units", "systemctl", "daemon-reload")
        must(f"Starting {self.timer}", "systemctl", "enable", "--quiet", self.timer)
        # Not "start": that would leave an old time in force.
        must(f"Starting {self.timer}", "systemctl", "restart", self.timer)
        return [*(f"wrote {path}" for path in wanted), *(f"removed {path}" for path in gone)]

    def forecast(self) -> dict:
        """What a run would upgrade, by the program as it would be installed, from a directory of its own."""
        trial = Path(tempfile.mkdtemp(prefix="aienv-updates-trial."))
        program = self.request["program"]
        try:
            for path, (text, _mode) in self.files.items():
                if path.startswith(program):
                    write(trial / path[len(program) + 1 :], text, 0o600)
            write(trial / "config.json", self.files[self.request["config"]][0], 0o600)
            words = ["-m", "aienv_updates", "--directory", str(trial), "forecast", *self.request["words"]]
            done = run(sys.executable, "-B", *words, PYTHONPATH=str(trial))
        finally:
            shutil.rmtree(trial, ignore_errors=True)
        if done.returncode:
            raise Refused(done.stderr.strip() or f"aienv-updates ended with {done.returncode}")
        return json.loads(done.stdout)

    def verify(self) -> list:
        """Everything that is not as declared."""
        seen = self.observe()
        problems = [f"{path} is not as declared" for path in seen["wanted_files"]]
        problems += [f"{path} should not be there" for path in seen["surplus"]]
        problems += [f"{name} is not installed" for name in seen["missing"]]
        problems += [] if seen["armed"] else [f"{self.timer} is not running"]
        if not problems:
            units = [path for path in self.files if path.startswith("/etc/systemd/system/")]
            judged = run("systemd-analyze", "verify", "--man=no", *units)
            problems += [f"systemd finds fault: {judged.stderr.strip()}"] if judged.returncode else []
            problems += [why for why in map(self.fault_of, self.request["proofs"]) if why]
        return problems

    def fault_of(self, argv: list) -> str:
        """What the package manager says against our settings, by a command that changes nothing."""
        done = run(*argv)
        said = (done.stderr or done.stdout).strip().splitlines()
        return f"{' '.join(argv)} ended with {done.returncode}: {' '.join(said[-3:])}" if done.returncode else ""

    def remove(self) -> list:
        """Everything that apply made, and the holds that the program set. The packages stay."""
        command = Path(self.request["command"])
        if command.exists():
            must("Releasing what was held", str(command), "release")
        run("systemctl", "disable", "--now", "--quiet", self.timer)
        gone = self.surplus_of([])
        for path in gone:
            Path(path).unlink()
        Path(STAMP + self.timer).unlink(missing_ok=True)
        for place in (Path(self.request["program"]), self.state, Path(self.request["config"]).parent):
            shutil.rmtree(place, ignore_errors=True)
        must("Loading the units", "systemctl", "daemon-reload")
        # A red one is remembered by systemd beyond its file.
        for path in gone:
            if path.startswith("/etc/systemd/system/"):
                run("systemctl", "reset-failed", Path(path).name)
        return [f"removed {path}" for path in gone]


def run(*argv: str, **surroundings: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "LC_ALL": "C", **surroundings}
    try:
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - lists of our own making
    except FileNotFoundError:
        return subprocess.CompletedProcess(argv, 127, "", f"{argv[0]} is not installed")


def must(what: str, *argv: str) -> None:
    done = run(*argv)
    if done.returncode:
        raise Refused(f"{what} failed: {(done.stderr or done.stdout).strip() or done.returncode}")


def is_as(path: Path, text: str, mode: int) -> bool:
    return path.is_file() and path.stat().st_mode & 0o777 == mode and path.read_text() == text


def is_armed(timer: str) -> bool:
    return all(not run("systemctl", word, "--quiet", timer).returncode for word in ("is-enabled", "is-active"))


def write(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
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
        elif request["mode"] == "forecast":
            answer["forecast"] = host.forecast()
        else:
            answer["actions"] = {"apply": host.apply, "remove": host.remove}[request["mode"]]()
    except Refused as refused:
        answer["error"] = str(refused)
    sys.stdout.write(json.dumps(answer) + "\n")
