"""What the watcher tells people: one JSON file, output only; nothing is ever read back from it to act on."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.machines.machine import NOTE_LENGTH, Machine

#: In the state directory.
FILE = "machines.json"

_PROBE_PAUSE = 0.2
_PROBE_FOR = 120.0


@dataclass
class Line:
    """One machine as ``status`` shows it. ``ssh_seconds``: from RunInstances to the first SSH banner, None: not (yet)."""

    id: str
    name: str
    machine_type: str
    address: str
    state: str
    image: str = ""
    ssh_seconds: float | None = None
    note: str = ""


class Report:
    """Collects the lines and writes them when they changed."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE
        self._lines: dict[str, Line] = {}
        self._lock = threading.Lock()
        self._written = ""

    def update(self, machines: dict[str, Machine]) -> None:
        """Take over which machines exist, and write the file."""
        with self._lock:
            for gone in self._lines.keys() - machines.keys():
                del self._lines[gone]
            for machine in machines.values():
                line = self._lines.setdefault(machine.id, Line(machine.id, "", "", "", ""))
                line.name, line.state = machine.name, machine.state
                line.machine_type, line.address = machine.machine_type, machine.address
        self.write()

    def note(self, machine_id: str, text: str) -> None:
        self._set(machine_id, note=text[:NOTE_LENGTH])

    def image(self, machine_id: str, image: str) -> None:
        self._set(machine_id, image=image)

    def _set(self, machine_id: str, **values: object) -> None:
        with self._lock:
            line = self._lines.get(machine_id)
            if line is not None:
                for name, value in values.items():
                    setattr(line, name, value)

    def write(self) -> None:
        """Replace the file in one step, when there is something new."""
        with self._lock:
            body = [asdict(line) for line in sorted(self._lines.values(), key=lambda line: (line.name, line.id))]
            text = json.dumps({"pid": os.getpid(), "machines": body}, indent=1) + "\n"
            if text == self._written:
                return
            fresh = self._path.with_suffix(".new")
            fresh.write_text(text)
            fresh.replace(self._path)
            self._written = text

    def time_ssh(self, machine: Machine) -> None:
        """Measure, beside everything else, when the machine's SSH server first answers."""
        threading.Thread(target=self._probe, args=(machine,), daemon=True).start()

    def _probe(self, machine: Machine) -> None:
        until = time.monotonic() + _PROBE_FOR
        while time.monotonic() < until:
            if answers_ssh(machine.address):
                waited = (datetime.now(UTC) - machine.launched).total_seconds()
                self._set(machine.id, ssh_seconds=round(waited, 1))
                return
            time.sleep(_PROBE_PAUSE)


def answers_ssh(address: str) -> bool:
    """Whether an SSH server greets at this address."""
    try:
        with socket.create_connection((address, 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
