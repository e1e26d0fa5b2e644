"""What every part needs of the host: programs, files, sentences. For Python 3.9 and newer, standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import time
from pathlib import Path

#: Everything is read and written below it; tests put a tree of their own here.
ROOT = Path("/")
STATE = "var/lib/aienv-nvidia"
CACHE = "var/cache/aienv-nvidia"
LOCK = "run/aienv-nvidia.lock"
#: Programs speak one language, ask nobody, and say what they would restart instead of doing it.
ENVIRONMENT = {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "l", "NEEDRESTART_SUSPEND": "1"}
#: Seconds. A module on one slow core takes a quarter of an hour; what hangs for longer hangs.
PATIENCE = 3600
CHUNK = 1 << 20


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


@contextlib.contextmanager
def alone(patience: int) -> object:
    """One at a time on a host: runs of the role and `aienv-nvidia-proof check` build in the same place. Refused after `patience` seconds."""
    at(LOCK).parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with at(LOCK).open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() - began >= patience:
                    raise Refused(
                        f"another run of the role nvidia_driver or of aienv-nvidia-proof has been at work here for {patience} seconds; nothing was changed"
                    ) from None
                time.sleep(1)
        yield


def at(path: str) -> Path:
    return ROOT / path


def run(*argv: object, text: str = "", cwd: str = "/") -> subprocess.CompletedProcess:
    """One program, its output kept. A missing one ends with 127, as in a shell."""
    words = [str(word) for word in argv]
    try:
        return subprocess.run(  # noqa: S603 - lists of our own making, no shell
            words, input=text, capture_output=True, text=True, errors="replace", check=False, cwd=cwd,
            env={**os.environ, **ENVIRONMENT}, timeout=PATIENCE,
        )  # fmt: skip
    except FileNotFoundError:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]}: not found")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", f"{words[0]} did not end within {PATIENCE} seconds")


def must(what: str, *argv: object, text: str = "") -> str:
    """Like run, but a failure is refused with what was tried and the program's own words."""
    done = run(*argv, text=text)
    if done.returncode:
        raise Refused(f"{what} failed: {complaint(done)}")
    return done.stdout


def complaint(done: subprocess.CompletedProcess) -> str:
    """The lines in which a program says what is wrong; its last ones where none looks like that."""
    lines = [line.strip() for line in f"{done.stdout}\n{done.stderr}".splitlines() if line.strip()]
    errors = [re.sub(r"^E(rror)?!?: ?", "", line) for line in lines if re.match(r"E:|.*\b[Ee]rror\b", line)]
    return " ".join(errors[:3] or lines[-3:]).rstrip(".") or f"it ended with {done.returncode} and said nothing"


def read(path: str) -> str:
    try:
        return at(path).read_text(errors="replace")
    except OSError:
        return ""


def write(path: str, text: str, mode: int = 0o644) -> bool:
    """Put a file in its place whole or not at all; false where it is there already."""
    place = at(path)
    if place.is_file() and place.read_bytes() == text.encode() and place.stat().st_mode & 0o777 == mode:
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}.half")
    half.write_text(text)
    half.chmod(mode)
    half.replace(place)
    return True


def put_back(path: str, before: str) -> None:
    """A file as it was: empty text means that there was none."""
    if before:
        write(path, before)
    else:
        at(path).unlink(missing_ok=True)


def digest(path: Path) -> str:
    """SHA-256 of a file, piece by piece: runfiles and kept modules are hundreds of megabytes."""
    found = hashlib.sha256()
    with path.open("rb") as content:
        for chunk in iter(lambda: content.read(CHUNK), b""):
            found.update(chunk)
    return found.hexdigest()


def numbers(version: str) -> tuple:
    """A version's numbers, to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def upstream(version: str) -> str:
    """NVIDIA's own version in that of a package: 535.261.03 of 535.261.03-1 or 1:535.261.03-0ubuntu1."""
    return re.split(r"[-+~]", version.rsplit(":", 1)[-1])[0]
