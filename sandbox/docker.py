"""Docker through its command line: the only file that starts ``docker``."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

from sandbox.errors import SandboxError

#: Label on every container and network of a sandbox; its value is the absolute state directory.
OWNER_LABEL = "aienv.sandbox"


class DockerError(SandboxError):
    """A docker command failed; ``stderr`` is what it said."""

    def __init__(self, arguments: tuple[str, ...], stderr: str) -> None:
        super().__init__(f"docker {arguments[0]} failed: {stderr.strip() or 'no reason given'}")
        self.stderr = stderr


def docker(*arguments: str, data: bytes | None = None, timeout: float = 120) -> str:
    """Run one docker command and return its output without the trailing newline."""
    if shutil.which("docker") is None:
        raise SandboxError(
            "docker is not installed; install it (on Debian: apt install docker.io), or use --no-machines."
        )
    try:
        done = subprocess.run(["docker", *arguments], input=data, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise DockerError(arguments, f"no answer within {timeout:.0f} s") from None
    if done.returncode != 0:
        raise DockerError(arguments, done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace").rstrip("\n")


def inspect(kind: str, *names: str) -> list[dict[str, Any]]:
    """Describe containers, networks or images; those that do not exist (any more) are left out."""
    if not names:
        return []
    done = subprocess.run(["docker", kind, "inspect", *names], capture_output=True, timeout=120, check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return found


def owned(kind: str, owner: str) -> list[str]:
    """Ids of all containers or networks that carry this sandbox's label."""
    everything = ["--all"] if kind == "container" else []
    listed = docker(kind, "ls", *everything, "--quiet", "--no-trunc", "--filter", f"label={OWNER_LABEL}={owner}")
    return listed.split()


def answers() -> bool:
    """Whether a Docker daemon answers."""
    try:
        docker("version", "--format", "{{.Server.Version}}", timeout=20)
    except SandboxError:
        return False
    return True


def why_not() -> str:
    """What docker says when no daemon answers."""
    try:
        docker("version", "--format", "{{.Server.Version}}", timeout=20)
    except DockerError as error:
        return error.stderr.strip().splitlines()[-1] if error.stderr.strip() else "no reason given"
    return ""
