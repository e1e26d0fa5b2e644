"""The host: its commands, files and people. What the other parts stand on."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import subprocess
from pathlib import Path

#: Everything that the role keeps on a host: how it was before, and what is being changed.
STATE = Path("/var/lib/aienv/ssh_hardening")
UNITS = Path("/etc/systemd/system")


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - lists of our own making


def must(what: str, *argv: str) -> str:
    """The command's output. Raises Refused with what it said."""
    done = run(*argv)
    if done.returncode:
        raise Refused(f"{what} failed: {(done.stderr or done.stdout).strip() or done.returncode}")
    return done.stdout


def read(path: Path) -> str | None:
    """A file's text, None where there is none."""
    return path.read_text(errors="surrogateescape") if path.is_file() else None


def replace(path: Path, text: str, mode: int) -> None:
    """Write beside and rename, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, errors="surrogateescape")
    half.chmod(mode)
    half.rename(path)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def unit_is(verb: str, unit: str) -> bool:
    return run("systemctl", f"is-{verb}", "--quiet", unit).returncode == 0


def missing_packages(names: list[str]) -> list[str]:
    """Those of the Debian packages that are not installed."""
    done = run("dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names) if names else None
    there = {line.split()[0] for line in (done.stdout.splitlines() if done else []) if line.endswith(" installed")}
    return [name for name in names if name not in there]


def ancestor_variable(name: str) -> str:
    """A variable of the environment of this process or, past sudo and its like, of its nearest ancestor that has it."""
    pid = os.getpid()
    while pid > 1:
        for entry in environment(pid):
            if entry.startswith(f"{name}=".encode()):
                return entry.partition(b"=")[2].decode(errors="replace")
        # The name in the second field may hold blanks and brackets; the parent comes two fields behind its end.
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return ""


def environment(pid: int) -> list[bytes]:
    """The variables of a process; none where we may not look, as into other people's processes in a container."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def login_user() -> str:
    """The user whom the connection belongs to, whatever became of it since (sudo, doas, su)."""
    for name in ("SUDO_USER", "DOAS_USER"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return pwd.getpwuid(int(Path("/proc/self/loginuid").read_text())).pw_name
    except (OSError, ValueError, KeyError, OverflowError):
        return pwd.getpwuid(os.getuid()).pw_name


def groups_of(user: str) -> list[str]:
    return sorted({grp.getgrgid(gid).gr_name for gid in os.getgrouplist(user, pwd.getpwnam(user).pw_gid)})
