"""``up``: have everything running, whatever of it runs already."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.clouds import CLOUDS
from sandbox.daemon import ensure_daemon
from sandbox.errors import SandboxError
from sandbox.images import Say, ensure_images, read_ca_bundle
from sandbox.loopback import get_json
from sandbox.machines.report import FILE as REPORT
from sandbox.processes import Process, last_lines, start
from sandbox.state import Record, State

_HEALTH_TIMEOUT = 90
_WATCHER_TIMEOUT = 60


@dataclass(frozen=True)
class Wish:
    """What ``up`` was asked for."""

    cloud: str
    port: int
    region: str
    machines: bool
    ca_bundle: str | None = None


def bring_up(state: State, wish: Wish, say: Say = print) -> Record:
    """Start what does not run; returns when the server answers and the watcher watches."""
    if not 1 <= wish.port <= 65535:
        raise SandboxError(f"--port {wish.port}: a port is a number from 1 to 65535.")
    # It becomes part of a file that shells source.
    if not CLOUDS[wish.cloud].regions.fullmatch(wish.region):
        usual = CLOUDS[wish.cloud].region
        raise SandboxError(f"--region {wish.region}: not the name of a region of {wish.cloud}, such as {usual}.")
    bundle = read_ca_bundle(wish.ca_bundle)
    with state.lock():
        record = _take_over(state, wish)
        if wish.machines:
            record = record.having(dockerd=ensure_daemon(state, record.dockerd, say))
            state.write(record)
            ensure_images((), bundle, say)
        record = _ensure_server(state, record, say)
        return _ensure_watcher(state, record, wish, say)


def _take_over(state: State, wish: Wish) -> Record:
    """The record to go on from: the last one's living processes, when it was asked for the same."""
    known = state.read()
    if known is None:
        return Record(wish.cloud, wish.region, wish.port)
    alive = {
        name: process
        for name in ("server", "watcher", "dockerd")
        if (process := getattr(known, name)) is not None and process.is_alive()
    }
    if "server" in alive or "watcher" in alive:
        for option in ("cloud", "port", "region"):
            if getattr(known, option) != getattr(wish, option):
                raise SandboxError(
                    f"--{option} {getattr(wish, option)}: this sandbox ({state}) runs with {getattr(known, option)}; "
                    "run down first, or use another --state."
                )
    return Record(wish.cloud, wish.region, wish.port, **alive)


def _ensure_server(state: State, record: Record, say: Say) -> Record:
    log = state.path / f"{record.cloud}.log"
    if record.server is None:
        _refuse_busy_port(record.port)
        command = [sys.executable, "-m", f"sandbox.{record.cloud}", "--port", str(record.port), "--state", str(state)]
        record = record.having(server=start(command, log))
        state.write(record)
    if not _wait_for_health(record, state):
        raise SandboxError(f"the server does not answer on {record.endpoint}; see {log}:\n{last_lines(log)}")
    say(f"{record.cloud}: answers on {record.endpoint}")
    return record


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        # As the server does: a port that only waits for old connections to fade is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise SandboxError(f"--port {port}: only root may listen there; choose one above 1023.") from None
        except OSError as error:
            raise SandboxError(f"--port {port}: {error.strerror}; choose another one.") from None


def _wait_for_health(record: Record, state: State) -> bool:
    until = time.monotonic() + _HEALTH_TIMEOUT
    while time.monotonic() < until and record.server is not None and record.server.is_alive():
        with contextlib.suppress(OSError):
            get_json(record.endpoint, "/_sandbox/health", record.kind.trust(state.path))
            return True
        time.sleep(0.1)
    return False


def _ensure_watcher(state: State, record: Record, wish: Wish, say: Say) -> Record:
    if not wish.machines:
        if record.watcher is not None:
            say("machines: a watcher runs already and goes on; run down first for the API alone")
        state.write(record)
        return record
    log = state.path / "machines.log"
    if record.watcher is None:
        (state.path / REPORT).unlink(missing_ok=True)
        place = (f"--cloud={record.cloud}", f"--endpoint={record.endpoint}", f"--region={record.region}")
        command = [sys.executable, "-m", "sandbox.machines", *place, f"--state={state}"]
        record = record.having(watcher=start(command, log))
    state.write(record)
    if not _wait_for_report(record.watcher, state.path / REPORT):
        raise SandboxError(f"the watcher does not come up; see {log}:\n{last_lines(log)}")
    say("machines: watching")
    return record


def _wait_for_report(watcher: Process | None, report: Path) -> bool:
    until = time.monotonic() + _WATCHER_TIMEOUT
    while time.monotonic() < until and watcher is not None and watcher.is_alive():
        with contextlib.suppress(OSError, ValueError):
            if json.loads(report.read_text())["pid"] == watcher.pid:
                return True
        time.sleep(0.1)
    return False
