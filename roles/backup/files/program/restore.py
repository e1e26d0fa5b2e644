"""Restoring: look first, refuse to overwrite silently, and move into place only what restic has verified."""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from repository import Failed, Settings, connect, must, restic, snapshots

#: How many paths a sentence names.
SHOWN = 5


@dataclass
class Found:
    """What a snapshot holds at a path, held against the target."""

    files: int = 0
    size: int = 0
    existing: list = field(default_factory=list)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--snapshot", default="latest", help="its id, or latest")
    parser.add_argument("--path", default="/", help="what to restore; everything without it")
    parser.add_argument("--target", required=True, help="the directory to restore below; / is where it came from")
    parser.add_argument("--host", default="", help="whose snapshots; this host's without it")
    parser.add_argument("--existing", choices=["refuse", "keep", "overwrite"], default="refuse")
    parser.add_argument("--dry-run", action="store_true")


def run(settings: Settings, wanted: argparse.Namespace) -> dict:
    """{"snapshot", "time", "host", "files", "bytes", "existing", "changed"}; raised where it would overwrite unasked."""
    connect(settings)
    restic(settings, "unlock")
    path, target = os.path.normpath(wanted.path), Path(os.path.normpath(wanted.target))
    if not path.startswith("/") or not target.is_absolute():
        raise Failed("path and target have to be absolute")
    chosen = choose(settings, wanted.snapshot, wanted.host)
    found = look(settings, chosen["id"], path, target)
    if not found.files:
        raise Failed(f"the snapshot {chosen['short_id']} has nothing at {path}")
    if found.existing and wanted.existing == "refuse" and not wanted.dry_run:
        some = ", ".join(found.existing[:SHOWN])
        raise Failed(
            f"{len(found.existing)} of {found.files} files exist already below {target} ({some}{' …' * (len(found.existing) > SHOWN)}); "
            "choose another target, or say whether they are kept or overwritten"
        )
    changed = wanted.existing == "overwrite" or found.files > len(found.existing)
    if not wanted.dry_run:
        bring(settings, chosen["id"], path, target, overwrite=wanted.existing == "overwrite")
    answer = {"snapshot": chosen["short_id"], "time": chosen["time"], "host": chosen["hostname"], "changed": changed}
    return {**answer, "files": found.files, "bytes": found.size, "existing": len(found.existing)}


def choose(settings: Settings, word: str, host: str) -> dict:
    """The snapshot of that id (or its beginning), or the newest."""
    whose = host or settings.values["host"]
    there = snapshots(settings, whose)
    fitting = there[-1:] if word == "latest" else [one for one in there if len(word) > 3 and one["id"].startswith(word)]
    if len(fitting) != 1:
        names = ", ".join(f"{one['short_id']} of {one['time'][:16]}" for one in there[-SHOWN:])
        raise Failed(
            f"{whose} has no snapshot {word!r}; {'the newest are ' + names if names else 'it has none at all'}"
        )
    return fitting[0]


def look(settings: Settings, snapshot: str, path: str, target: Path) -> Found:
    """Count what the snapshot has at the path, and what of that is there already. Read line by line: it may be millions."""
    found, below = Found(), path.rstrip("/") + "/"

    def take(line: str) -> bool:
        node = json.loads(line) if line.startswith("{") else {}
        place = node.get("path", "")
        if node.get("struct_type") == "node" and node["type"] != "dir" and (place == path or place.startswith(below)):
            found.files += 1
            found.size += node.get("size", 0)
            if os.path.lexists(target / place.lstrip("/")):
                found.existing.append(str(target / place.lstrip("/")))
        return False

    must(settings, "Listing the snapshot", "ls", "--json", snapshot, keep=take)
    return found


def bring(settings: Settings, snapshot: str, path: str, target: Path, *, overwrite: bool) -> None:
    """Restore beside the target, verified; then move. What breaks before that leaves the target as it was."""
    target.mkdir(parents=True, exist_ok=True)
    words = [] if path == "/" else ["--include", escaped(path)]
    with tempfile.TemporaryDirectory(prefix=".aienv-restore-", dir=target) as place:
        must(settings, "The restore", "restore", snapshot, "--target", place, "--verify", *words)
        for child in sorted(Path(place).iterdir()):
            move(child, target / child.name, overwrite=overwrite)


def escaped(path: str) -> str:
    """A path as a pattern that matches nothing else."""
    return "".join(f"\\{letter}" if letter in "*?[]\\" else letter for letter in path)


def move(source: Path, goal: Path, *, overwrite: bool) -> None:
    """Move a tree into place. Directories that exist stay as they are, files by what was asked for."""
    is_tree = source.is_dir() and not source.is_symlink()
    if not os.path.lexists(goal):
        rename(source, goal)
    elif is_tree and goal.is_dir():
        for child in sorted(source.iterdir()):
            move(child, goal / child.name, overwrite=overwrite)
    elif overwrite:
        if is_tree or (goal.is_dir() and not goal.is_symlink()):
            raise Failed(
                f"{goal} is a directory here and a file in the snapshot, or the other way round; it was left as it is"
            )
        rename(source, goal)


def rename(source: Path, goal: Path) -> None:
    """One step on one file system; onto another one (a mount point below the target) a copy with owner and times."""
    try:
        os.replace(source, goal)  # noqa: PTH105 - says that it replaces
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(source, goal)


def copy(source: Path, goal: Path) -> None:
    """A link, a file, a pipe, or a directory with what is in it; a directory is closed to others until it has its owner and mode."""
    status = source.lstat()
    if stat.S_ISDIR(status.st_mode):
        goal.mkdir(mode=0o700)
        for child in sorted(source.iterdir()):
            move(child, goal / child.name, overwrite=False)
    else:
        goal.unlink(missing_ok=True)  # a link there would lead elsewhere
        make(source, goal, status)
    os.chown(goal, status.st_uid, status.st_gid, follow_symlinks=False)
    # Last: a new owner takes the bits setuid and setgid away, and children move the time of their directory.
    shutil.copystat(source, goal, follow_symlinks=False)


def make(source: Path, goal: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        goal.symlink_to(source.readlink())
    elif stat.S_ISREG(status.st_mode):
        goal.touch(mode=0o600)  # nobody else's until it has its owner and mode
        shutil.copyfile(source, goal)
    else:
        os.mknod(goal, status.st_mode, status.st_rdev)
