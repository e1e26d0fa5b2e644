"""Observe, set up, prove and remove the backup of a host.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`; the answer is one JSON
object on standard output. What it installs (the program aienv-backup) does the work from then on.
"""

from __future__ import annotations

import bz2
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

UNITS = Path("/etc/systemd/system")
STAMPS = Path("/var/lib/systemd/timers")
#: What it means that a job's last run went well.
WELL = {
    "backup": "A backup was made",
    "check": "The repository's structure and a part of its data agreed with their checksums",
    "drill": "A restore gave back, byte by byte, what had been backed up",
}
#: Seconds for a download that does not move.
PATIENCE = 60
#: What is ours on the host is root's alone; nobody else can even look.
NO_ROOT = "The role backup needs root on the host; set become to true in the play"


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


class Host:
    """The backup of the request's name, as it is and as it should be."""

    def __init__(self, request: dict) -> None:
        self.request = request
        self.config = Path(request["config"])
        self.state = Path(request["state"])
        self.program = Path(request["program"])

    def observe(self) -> dict:
        """What differs from what is declared, and what would be in the way; to others than root the uid alone."""
        if os.geteuid() != 0:
            return {"uid": os.geteuid()}
        restic = self.request["restic"]
        return {
            "uid": os.geteuid(),
            "bad_calendars": [
                when for when in self.request["calendars"] if run("systemd-analyze", "calendar", when).returncode
            ],
            "installed": os.access(restic["path"], os.X_OK),
            "ssh": bool(shutil.which("ssh")),
            "wanted_files": self.different_files(),
            "surplus": [str(path) for path in self.surplus()],
            "timers": [timer for timer in self.request["timers"] if not is_armed(timer)],
            "facts": not self.facts_right(),
            "exists": bool(self.own_units()) or any(os.path.lexists(path) for path in self.own_places()),
        }

    def files(self) -> dict:
        """Path -> [text, mode] of everything that is written, in the order of writing."""
        inside = {self.config / name: [text, "600"] for name, text in self.request["secrets"].items()}
        code = {self.program / name: [text, "644"] for name, text in self.request["code"].items()}
        units = {UNITS / name: [text, "644"] for name, text in self.request["units"].items()}
        return {**code, Path(self.request["command"]): [self.request["wrapper"], "755"], **inside, **units}

    def different_files(self) -> list:
        return [str(path) for path, (text, mode) in self.files().items() if not is_as(path, text, int(mode, 8))]

    def surplus(self) -> list:
        """Files of ours that are no longer wanted: a key of another target, a timer without a schedule."""
        present = [*self.config.glob("*"), *self.own_units()]
        return [path for path in present if path not in self.files()]

    def own_units(self) -> list:
        jobs = [f"aienv-backup-{self.request['name']}-{job}" for job in ("backup", "check", "drill", "notify@")]
        return [path for job in jobs for path in UNITS.glob(f"{job}.*") if path.suffix in (".service", ".timer")]

    def own_places(self) -> list:
        """What belongs to this backup alone, units aside."""
        names = ("config", "state", "cache", "fact", "textfile")
        return [Path(self.request[name]) for name in names]

    def facts_right(self) -> bool:
        link = Path(self.request["fact"])
        return link.is_symlink() and str(link.readlink()) == f"{self.state}/report.json"

    def install(self) -> list:
        """The pinned restic, held against its checksum."""
        restic = self.request["restic"]
        try:
            with urllib.request.urlopen(restic["url"], timeout=PATIENCE) as answer:  # noqa: S310 - the user's own URL
                packed = answer.read()
        except (OSError, urllib.error.URLError) as error:
            raise Refused(f"restic could not be downloaded from {restic['url']}: {error}") from error
        if hashlib.sha256(packed).hexdigest() != restic["sha256"]:
            raise Refused(
                f"what {restic['url']} gave has another SHA-256 than backup_restic_sha256; nothing was installed"
            )
        place = Path(restic["path"])
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(".restic.half")
        half.write_bytes(bz2.decompress(packed))
        half.chmod(0o755)
        half.rename(place)
        return [f"installed {place}"]

    def apply(self) -> list:
        """Try the new settings on the repository first; only when it opens they take the place of the old ones."""
        wanted = self.different_files()
        for path, mode in ((self.state, 0o755), (Path(self.request["cache"]), 0o700), (self.config.parent, 0o700)):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)
        self.connect()
        gone = [str(path) for path in self.surplus()]
        for path in self.surplus():
            if path.suffix == ".timer":
                run("systemctl", "disable", "--now", "--quiet", path.name)
            path.unlink()
        self.config.mkdir(mode=0o700, exist_ok=True)
        self.config.chmod(0o700)
        for path, (text, mode) in self.files().items():
            if str(path) in wanted:
                write(path, text, int(mode, 8))
        self.publish()
        self.arm()
        return [*(f"wrote {name}" for name in wanted), *(f"removed {name}" for name in gone)]

    def connect(self) -> None:
        """Open the repository, or make it, with settings and program in a directory of their own."""
        trial = self.config.parent / f".{self.request['name']}.trial"
        shutil.rmtree(trial, ignore_errors=True)
        trial.mkdir(mode=0o700)
        try:
            for name, text in self.request["secrets"].items():
                write(trial / name, text, 0o600)
            for name, text in self.request["code"].items():
                write(trial / "program" / name, text, 0o600)
            words = ["--directory", str(trial), self.request["name"], "connect"]
            done = run(sys.executable, "-B", str(trial / "program"), *words)
        finally:
            shutil.rmtree(trial, ignore_errors=True)
        if done.returncode:
            raise Refused(done.stderr.strip() or f"aienv-backup ended with {done.returncode}")

    def publish(self) -> None:
        """The report as a local fact: a link, so that the jobs need to write in one place only."""
        report = self.state / "report.json"
        if not report.exists():
            write(report, json.dumps({"name": self.request["name"], "jobs": {}}) + "\n", 0o644)
        link = Path(self.request["fact"])
        link.parent.mkdir(parents=True, exist_ok=True)
        if not self.facts_right():
            link.unlink(missing_ok=True)
            link.symlink_to(report)

    def arm(self) -> None:
        must("Loading the units", "systemctl", "daemon-reload")
        for timer in self.request["timers"]:
            must(f"Starting {timer}", "systemctl", "enable", "--quiet", timer)
            # Not "start": that would leave an old schedule in force.
            must(f"Starting {timer}", "systemctl", "restart", timer)

    def verify(self) -> list:
        """Everything that is not as declared; and whether repository, credentials and password go together."""
        if os.geteuid() != 0:
            return [NO_ROOT]
        seen = self.observe()
        problems = [f"{name} is not as declared" for name in seen["wanted_files"]]
        problems += [f"{name} should not be there" for name in seen["surplus"]]
        problems += [f"{timer} is not running" for timer in seen["timers"]]
        problems += [f"{self.request['fact']} does not show the report"] if seen["facts"] else []
        if not problems:
            units = [str(path) for path in self.own_units() if "@" not in path.name]
            judged = run("systemd-analyze", "verify", "--man=no", *units)
            problems += [f"systemd finds fault: {judged.stderr.strip()}"] if judged.returncode else []
            opened = run(self.request["command"], self.request["name"], "reach")
            problems += [f"the repository does not open: {opened.stderr.strip()}"] if opened.returncode else []
        return problems

    def proof(self) -> dict:
        """What verify has just seen to be so, and of what only a job's last run can tell. Asked where there is no problem."""
        answer = json.loads(run(self.request["command"], self.request["name"], "status").stdout)
        due = [timer.rpartition("-")[2].partition(".")[0] for timer in self.request["timers"]]
        proved = [
            f"The backup {self.request['name']}: settings, program and units are as declared, and timers are set for {', '.join(due) or 'nothing'}.",
            f"The repository {answer['location']} opens with the password that the host has.",
        ]
        not_proved = []
        for job in due:
            state = answer["jobs"].get(job, {})
            if state.get("ok"):
                when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(state["last_success"]))
                proved.append(f"{WELL[job]} at {when} UTC.")
            else:
                why = state.get("error") or "it has not run to its end yet"
                not_proved.append({"what": f"The job {job} of the backup {self.request['name']}", "why": why})
        return {"proved": proved, "not_proved": not_proved}

    def remove(self) -> list:
        """Everything that apply made. The repository and its snapshots are not among it."""
        units = self.own_units()
        for path in units:
            run("systemctl", "disable", "--now", "--quiet", path.name)
            path.unlink()
            run("systemctl", "reset-failed", path.name)
            # When a timer fired last, which systemd keeps for it.
            (STAMPS / f"stamp-{path.name}").unlink(missing_ok=True)
        must("Loading the units", "systemctl", "daemon-reload")
        gone = self.own_places()
        if not [path for path in self.config.parent.glob("*") if path != self.config]:
            gone += [self.program, Path(self.request["command"]), self.config.parent, self.state.parent]
            gone.append(Path(self.request["cache"]).parent)
        there = [path for path in gone if os.path.lexists(path)]
        for path in there:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return [f"removed {path}" for path in [*units, *there]]


def run(*argv: str) -> subprocess.CompletedProcess:
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - lists of our own making


def must(what: str, *argv: str) -> None:
    done = run(*argv)
    if done.returncode:
        raise Refused(f"{what} failed: {(done.stderr or done.stdout).strip() or done.returncode}")


def is_as(path: Path, text: str, mode: int) -> bool:
    return path.is_file() and path.stat().st_mode & 0o777 == mode and path.read_text() == text


def is_armed(timer: str) -> bool:
    return (
        not run("systemctl", "is-enabled", "--quiet", timer).returncode
        and not run("systemctl", "is-active", "--quiet", timer).returncode
    )


def write(path: Path, text: str, mode: int) -> None:
    """Write beside and rename; nobody but root ever sees a secret half written."""
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
            answer["actions"] = {"install": host.install, "apply": host.apply, "remove": host.remove}[request["mode"]]()
    except Refused as refused:
        answer["error"] = str(refused)
    sys.stdout.write(json.dumps(answer) + "\n")
