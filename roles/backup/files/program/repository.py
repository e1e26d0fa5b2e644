"""The restic repository of one backup: how restic is called, and what its complaints mean."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG = Path("/etc/aienv-backup")
STATE = Path("/var/lib/aienv-backup")
CACHE = Path("/var/cache/aienv-backup")
#: Seconds between two tries to get at a repository that another machine has locked.
LOCK_PAUSE = 5

#: What a complaint means <- what restic (0.14 to 0.18) and the libraries in it say; the first that fits counts.
MEANINGS = {
    "the password does not open the repository": ["wrong password or no key found"],
    "backup_password_command gives no password": ["resolving password failed"],
    "there is no space left": ["no space left on device", "disk quota exceeded", "507 Insufficient Storage"],
    "the SSH host key of the target is not one of backup_sftp_host_keys": ["host key verification failed"],
    "the target's certificate is not trusted; backup_ca_bundle names the authority": ["x509:", "tls: (failed|bad)"],
    "the target cannot be reached": [
        "connection (refused|reset|timed out|closed by)", "no such host", "i/o timeout", "unreachable", "no route to host",
        "temporary failure in name resolution", "could not resolve", "server misbehaving",
    ],
    "another machine or process holds the repository's lock": ["already locked", "unable to create lock"],
    "the target does not accept the credentials, or they do not allow this": [
        "access ?denied", "40[13] ", "forbidden", "unauthorized", "InvalidAccessKeyId", "SignatureDoesNotMatch", "permission denied",
        "no credentials found", "could not find default credentials", "no azure authentication", "operation not permitted",
    ],
    "the repository is damaged": [
        "repository contains errors", "repository is damaged", "ciphertext verification failed", "ID does not match", "errors were found",
        "not found in index", "pack.* not found", "invalid data returned", "hash mismatch",
    ],
    "there is no repository": ["is there a repository", "repository does not exist", "NoSuchBucket"],
}  # fmt: skip


class Failed(Exception):
    """A sentence for whoever looks after the backup."""


@contextmanager
def sentences() -> Iterator[None]:
    """Make what the host itself lacks, room on a disk or a file, the sentence that it is for a person."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise Failed(f"on this host: {error.strerror or error}{where}") from error


@dataclass(frozen=True)
class Settings:
    """One backup as the role declared it: config.json (values) and the environment file, both of the directory."""

    directory: Path
    values: dict
    environment: dict

    @property
    def name(self) -> str:
        return self.values["name"]

    @property
    def state(self) -> Path:
        """Where report, canary and marks lie."""
        return STATE / self.name

    @property
    def tag(self) -> str:
        """On each snapshot of this backup, so that it is told from those that others put into the repository."""
        return f"aienv,{self.name}"


@dataclass(frozen=True)
class Done:
    """How a call of restic ended. The complaint holds no secret; what it means was read before those were blotted out."""

    code: int
    lines: list
    complaint: str
    means: str = ""
    overdue: bool = False

    @property
    def locked(self) -> bool:
        return self.code != 0 and (self.code == 11 or "already locked" in self.complaint)

    @property
    def missing(self) -> bool:
        """Whether the target answered that it has no repository (not: whether it was out of reach)."""
        return self.code != 0 and self.means == "there is no repository"


def load(directory: Path) -> Settings:
    """The settings in a directory. A file that others may read is refused: it holds the keys to everything."""
    for path in (directory, directory / "environment"):
        if path.stat().st_mode & 0o077:
            raise Failed(f"{path} can be read by others than root; it holds the credentials")
    pairs = (line.partition("=") for line in (directory / "environment").read_text().splitlines() if line)
    environment = {name: "".join(shlex.split(value)) for name, _equals, value in pairs}
    return Settings(directory, json.loads((directory / "config.json").read_text()), environment)


def surroundings(settings: Settings) -> dict:
    """The environment of restic: secrets are nowhere else, and of the caller's only what finds programs and proxies."""
    kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy") or name == "LANG"}
    files = {"GOOGLE_APPLICATION_CREDENTIALS": settings.directory / "gcs.json"}
    return {
        **kept,
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "RESTIC_CACHE_DIR": str(CACHE / settings.name),
        # Lines of progress a second; each goes through this program.
        "RESTIC_PROGRESS_FPS": "0.02",
        **{name: str(path) for name, path in files.items() if path.exists()},
        **settings.environment,
    }


def command(settings: Settings, *arguments: str) -> list:
    """The command line: options that every call needs, and nothing secret."""
    values, line = settings.values, [settings.values["restic"]]
    if (settings.directory / "ca.pem").exists():
        line += ["--cacert", str(settings.directory / "ca.pem")]
    for way in ("upload", "download"):
        if values[f"limit_{way}"]:
            line += [f"--limit-{way}", str(values[f"limit_{way}"])]
    if values["sftp"]:
        line += ["-o", f"sftp.command={shlex.join(ssh(settings))}"]
    return [*line, *arguments]


def ssh(settings: Settings) -> list:
    sftp, where = settings.values["sftp"], settings.directory
    options = {
        "IdentityFile": where / "ssh_key", "IdentitiesOnly": "yes", "BatchMode": "yes", "StrictHostKeyChecking": "yes",
        "UserKnownHostsFile": where / "known_hosts", "ConnectTimeout": 20, "ServerAliveInterval": 30,
    }  # fmt: skip
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return ["ssh", "-F", "/dev/null", *words, "-p", str(sftp["port"]), f"{sftp['user']}@{sftp['host']}", "-s", "sftp"]


def every(_line: str) -> bool:
    return True


def restic(settings: Settings, *arguments: str, seconds: float = 0, keep: Callable[[str], bool] = every) -> Done:
    """Run restic; of its output the lines that `keep` wants. After `seconds` (0: never) it is ended."""
    overdue: list = []
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        process = subprocess.Popen(  # noqa: S603 - a list of our own making
            command(settings, *arguments), env=surroundings(settings), cwd="/", text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True,
        )  # fmt: skip

        def end() -> None:
            overdue.append(True)
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(seconds, end) if seconds else None
        try:
            if timer:
                timer.start()
            lines = [line.rstrip("\n") for line in process.stdout or [] if keep(line)]
            code = process.wait()
        except BaseException:
            # SIGTERM lets restic take its lock away.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()
            raise
        finally:
            if timer:
                timer.cancel()
        complaints.seek(0)
        said = complaints.read()
        return Done(code, lines, redact(settings, said), meaning(said), bool(overdue))


def patiently(settings: Settings, *arguments: str, keep: Callable[[str], bool] = every) -> Done:
    """Like restic(), but waits while somebody else holds the lock. Locks of the dead are taken away, no others."""
    end = time.monotonic() + settings.values["lock_seconds"]
    while True:
        done = restic(settings, *arguments, keep=keep)
        if not done.locked or time.monotonic() > end:
            return done
        time.sleep(LOCK_PAUSE)
        restic(settings, "unlock")


def must(settings: Settings, what: str, *arguments: str, keep: Callable[[str], bool] = every) -> list:
    """Like patiently(), but a failure is raised with what was tried and what the complaint means."""
    done = patiently(settings, *arguments, keep=keep)
    if done.code:
        raise Failed(f"{what} failed: {sentence(done)}")
    return done.lines


def redact(settings: Settings, text: str) -> str:
    """The text without any value that only root may know."""
    secrets = [value for name, value in settings.environment.items() if name in settings.values["secrets"]]
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***") if secret else text
    return re.sub(r"://[^/@\s:]*:[^/@\s]*@", "://***@", text)


def meaning(complaint: str) -> str:
    """Our words for a complaint, '' where it is none that we know."""
    return next((words for words, signs in MEANINGS.items() if re.search("|".join(signs), complaint, re.I)), "")


def last_words(complaint: str) -> str:
    """The end of a complaint on one line; first of all what restic called fatal."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("Fatal:", "error:", "unable to"))]
    return " / ".join((fatal or lines)[-2:])[:600]


def sentence(done: Done) -> str:
    """What a failed call means, followed by restic's own words."""
    words = done.means or f"restic ended with {done.code}"
    own = last_words(done.complaint)
    return f"{words} ({own})" if own else words


def reach(settings: Settings) -> Done:
    """Ask for the repository's configuration, which needs target, credentials and password, but no lock."""
    return restic(settings, "cat", "config", "--no-lock", seconds=settings.values["connect_seconds"])


def connect(settings: Settings, *, make: bool = False) -> str:
    """The repository's id. A missing one is made where that is asked for, but never in place of one that was there."""
    done = reach(settings)
    known = known_repository(settings)
    if done.missing and make and not known:
        made = restic(settings, "init", seconds=4 * settings.values["connect_seconds"])
        # Another host may have been quicker; what it made is as good.
        done = reach(settings) if made.code == 0 or "already" in made.complaint else made
    where = settings.values["location"]
    if done.missing and known:
        raise Failed(f"the repository at {where} is gone, and none is made in its place; is its disk mounted?")
    if done.overdue:
        after = f"{settings.values['connect_seconds']} seconds"
        raise Failed(
            f"{where}: the target cannot be reached within {after} ({last_words(done.complaint) or 'silence'})"
        )
    if done.code:
        raise Failed(f"{where}: {sentence(done)}")
    found = json.loads("\n".join(done.lines))["id"]
    if known not in ("", found):
        raise Failed(
            f"at {where} is another repository than the one that was used until now; "
            f"if that is meant, remove {settings.state / 'repository.json'}"
        )
    return found


def known_repository(settings: Settings) -> str:
    """Id of the repository that was used at this very place before, '' for a new place."""
    mark = settings.state / "repository.json"
    seen = json.loads(mark.read_text()) if mark.exists() else {}
    return seen.get("id", "") if seen.get("location") == settings.values["location"] else ""


def remember(settings: Settings, repository: str) -> None:
    mark = {"location": settings.values["location"], "id": repository}
    (settings.state / "repository.json").write_text(json.dumps(mark) + "\n")


def snapshots(settings: Settings, host: str = "") -> list:
    """Snapshots of this backup and host (default: this one), oldest first: dicts with id, short_id, time, paths."""
    words = ["snapshots", "--json", "--host", host or settings.values["host"], "--tag", settings.tag]
    found = json.loads("".join(must(settings, "Listing the snapshots", *words)) or "[]")
    return sorted(found or [], key=lambda snapshot: snapshot["time"])
