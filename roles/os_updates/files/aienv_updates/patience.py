"""Waiting for others: package managers that hold a lock, and backups."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

from aienv_updates.settings import PAUSE, Failed, run, say

#: struct flock of a 64-bit Linux: type, whence, start, length, process; see fcntl(2).
FLOCK = "hhqqi4x"
BACKUPS = "aienv-backup-*-backup.service"


def wait(what: Callable[[], str], seconds: float, option: str) -> str:
    """Wait until `what` names nobody any more. Returns who was waited for, '' if nobody; Failed when time is over."""
    began, told = time.monotonic(), ""
    while True:
        someone = what()
        if not someone:
            return told
        if time.monotonic() - began >= seconds:
            raise Failed(f"{someone}, still after {seconds:g} seconds ({option}); nothing was changed")
        if someone != told:
            say(f"waiting, for {someone}")
            told = someone
        time.sleep(PAUSE)


def holder(paths: list[str]) -> str:
    """Which process holds a lock on one of the files, in words; '' where none does."""
    for path in paths:
        try:
            with Path(path).open("rb+") as file:
                asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                kind, _whence, _start, _length, process = struct.unpack(FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))
        except OSError:
            continue
        if kind != fcntl.F_UNLCK:
            return f"{name_of(process)} holds {path}"
    return ""


def name_of(process: int) -> str:
    """As `apt-get (process 123)`. A lock of another container has the number 0 here."""
    try:
        return f"{Path(f'/proc/{process}/comm').read_text().strip()} (process {process})"
    except OSError:
        return f"process {process}"


def backup() -> str:
    """The backup that runs now, in words; '' where none does."""
    listed = run("systemctl", "list-units", "--plain", "--no-legend", "--state=activating,active", BACKUPS).stdout
    return f"a backup runs ({listed.split()[0]})" if listed.split() else ""
