"""Processes that outlive the command that started them, known by pid and start time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: The checkout: ``python -m sandbox…`` works from here.
ROOT = Path(__file__).resolve().parents[1]

_PAUSE = 0.05


@dataclass(frozen=True)
class Process:
    """One process. ``started`` (clock ticks since boot) tells it from a later one with the same pid."""

    pid: int
    started: int

    def is_alive(self) -> bool:
        return _read_start(self.pid) == self.started

    def stop(self, grace: float = 20) -> None:
        """End it and what it started: politely, then surely. A process that is gone already is fine."""
        if not self.is_alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
            if not self._wait(grace):
                os.killpg(self.pid, signal.SIGKILL)
                self._wait(5)

    def _wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, os.WNOHANG)
            if not self.is_alive():
                return True
            time.sleep(_PAUSE)
        return False


def start(command: Sequence[str], log: Path) -> Process:
    """Start a process in a session of its own, with its output in ``log``."""
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return Process(child.pid, _read_start(child.pid) or 0)


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for an error message."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def _read_start(pid: int) -> int | None:
    """Start time of a living process; None for one that is gone or only waits to be collected."""
    try:
        # The name (field 2) may hold spaces and brackets: count from behind it.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
