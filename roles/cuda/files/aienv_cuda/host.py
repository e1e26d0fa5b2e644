"""The host: programs, files and what went wrong, in words."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

Request = dict[str, Any]

# What a program needs of the surroundings; everything else, CUDA_HOME and LD_LIBRARY_PATH above all, stays out.
INHERITED = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG")
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Seconds: gigabytes over a slow line. Nothing here is quicker for being cut off.
PATIENCE = 3600
Done = subprocess.CompletedProcess


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


def run(argv: list, **more: str) -> Done:
    """One program as root, in a clean environment."""
    env = {name: os.environ[name] for name in INHERITED if name in os.environ}
    env.update(PATH=SEARCH, HOME="/root", **more)
    return subprocess.run(  # noqa: S603 - lists of our own making, no shell
        [str(word) for word in argv], env=env, cwd="/", capture_output=True, text=True, check=False, timeout=PATIENCE
    )  # fmt: skip


def must(what: str, argv: list, **more: str) -> str:
    """Like run, but a failure is refused with what was tried and the program's own last words."""
    done = run(argv, **more)
    if done.returncode:
        raise Refused(f"{what} failed: {last_words(done)}")
    return done.stdout + done.stderr


def last_words(done: Done) -> str:
    """The end of what a program said, on one line."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return " / ".join(lines[-4:]) or f"exit status {done.returncode}, without a word"


def missing_packages(names: list) -> list:
    """Those that are not installed, without asking apt."""
    if not names:
        return []
    done = run(["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names])
    there = {line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in there]


def existing(path: Path) -> Path:
    """The path or its nearest parent that is there."""
    return path if path.exists() else existing(path.parent)


def content(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def write(path: Path, text: str) -> None:
    """Beside its place, then renamed: nobody reads a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text)
    half.chmod(0o644)
    half.rename(path)


def read_link(path: Path) -> str:
    return str(path.readlink()) if path.is_symlink() else ""


def point(link: Path, target: str) -> None:
    """Make or move a symbolic link in one step."""
    if link.exists() and not link.is_symlink():
        raise Refused(f"{link} is not the link that this role makes; move it away")
    link.parent.mkdir(parents=True, exist_ok=True)
    half = link.with_name(f".{link.name}.link")
    half.unlink(missing_ok=True)
    half.symlink_to(target)
    half.rename(link)


def remove(path: Path) -> None:
    """A file, a link or a directory with everything in it; nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()
