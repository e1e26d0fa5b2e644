"""Docker's daemon: the sandbox starts one only where Docker is installed and none answers."""

from __future__ import annotations

import os
import shutil
import time

from sandbox import docker
from sandbox.errors import SandboxError
from sandbox.images import Say
from sandbox.processes import Process, last_lines, start
from sandbox.state import State

_START_TIMEOUT = 60


def ensure_daemon(state: State, known: Process | None, say: Say) -> Process | None:
    """Have a daemon that answers; returns the process if it is ours."""
    if docker.answers():
        return known if known and known.is_alive() else None
    _refuse_hopeless()
    say("docker: no daemon answers; starting dockerd (down stops it again, unless --keep-docker)")
    log = state.path / "dockerd.log"
    daemon = start(["dockerd"], log)
    until = time.monotonic() + _START_TIMEOUT
    while time.monotonic() < until and daemon.is_alive():
        if docker.answers():
            return daemon
        time.sleep(0.3)
    daemon.stop()
    raise SandboxError(f"dockerd does not come up; its last words:\n{last_lines(log)}")


def _refuse_hopeless() -> None:
    if shutil.which("docker") is None:
        raise SandboxError(
            "docker is not installed, and machines are containers; install it (on Debian: sudo apt install docker.io), "
            "or use --no-machines for the API alone."
        )
    reason = docker.why_not()
    if "permission denied" in reason.lower():
        raise SandboxError(
            "you may not use Docker's socket; join its group (sudo usermod -aG docker $USER, then log in again), "
            "run this as root, or use --no-machines for the API alone."
        )
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        raise SandboxError(
            f"no Docker daemon answers ({reason}); start it (sudo systemctl start docker), or use --no-machines "
            "for the API alone."
        )


def stop_daemon(daemon: Process, say: Say) -> None:
    """Stop our own daemon, but not under somebody else's containers."""
    if not daemon.is_alive():
        return
    if docker.answers() and docker.docker("ps", "--quiet"):
        say("docker: dockerd was started by the sandbox, but other containers run now; it stays")
        return
    daemon.stop(grace=60)
    say("docker: dockerd, started by the sandbox, is stopped")
