"""``down``: leave no process, container, network or file."""

from __future__ import annotations

import shutil
import time

from sandbox import docker
from sandbox.daemon import stop_daemon
from sandbox.docker import DockerError
from sandbox.errors import SandboxError
from sandbox.images import Say
from sandbox.state import State

_REMOVE_TIMEOUT = 60


def bring_down(state: State, keep_docker: bool = False, say: Say = print) -> None:
    """Stop and remove everything of this sandbox; what is gone already is fine."""
    if not state.path.is_dir():
        _remove_leftovers(state, say)
        say(f"{state}: nothing runs")
        return
    with state.lock():
        record = state.read()
        for name in ("watcher", "server"):
            process = getattr(record, name, None)
            if process is not None and process.is_alive():
                process.stop()
                say(f"{name}: stopped")
        _remove_leftovers(state, say)
        if record and record.dockerd and not keep_docker:
            stop_daemon(record.dockerd, say)
        state.clear()


def _remove_leftovers(state: State, say: Say) -> None:
    """Remove our containers, then our networks, by their label alone: no file is needed to find them."""
    if shutil.which("docker") is None or not docker.answers():
        return
    count = _remove_all("container", str(state), "rm", "--force", "--volumes")
    count_networks = _remove_all("network", str(state), "rm")
    if count or count_networks:
        say(f"machines: {count} containers and {count_networks} networks removed")


def _remove_all(kind: str, owner: str, *command: str) -> int:
    """Remove until none is left: a killed watcher's last command may still be at work in Docker's daemon."""
    removed: set[str] = set()
    until = time.monotonic() + _REMOVE_TIMEOUT
    problem = ""
    while found := docker.owned(kind, owner):
        if time.monotonic() > until:
            raise SandboxError(f"{len(found)} {kind}s cannot be removed: {problem}")
        removed.update(found)
        try:
            docker.docker(kind, *command, *found, timeout=300)
        except DockerError as error:
            problem = error.stderr.strip()
            time.sleep(0.5)
    return len(removed)
