"""The state directory: what a sandbox leaves behind while it runs, and nothing when it is down."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.clouds import CLOUDS, Cloud
from sandbox.errors import SandboxError
from sandbox.processes import Process


@dataclass(frozen=True)
class Record:
    """What ``sandbox.json`` says. A process is None while it is not ours or not there."""

    cloud: str
    region: str
    port: int
    server: Process | None = None
    watcher: Process | None = None
    dockerd: Process | None = None

    @property
    def endpoint(self) -> str:
        return self.kind.endpoint(self.port)

    @property
    def kind(self) -> Cloud:
        return CLOUDS[self.cloud]

    def having(self, **changes: Any) -> Record:
        return replace(self, **changes)


#: Below it every cloud has its own state directory, unless another one is named.
HOME = Path(".sandbox")


class State:
    """One state directory: one cloud. Its absolute path names the sandbox everywhere (docker labels, locks)."""

    #: Everything that a sandbox writes; ``down`` removes these and nothing else.
    FILES = (
        "env", "sandbox.json", "machines.log", "dockerd.log", "machines.json", "machines.new", "sandbox.new", "lock",
        *(f"{cloud}.log" for cloud in CLOUDS),
    )  # fmt: skip
    #: "ssh" is where a person's inventory may keep keys and host keys of the machines; they are worth nothing without them.
    FOLDERS = (*CLOUDS, "ssh")

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def __str__(self) -> str:
        return str(self.path)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory for one ``up`` or ``down`` at a time."""
        self._make()
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SandboxError(f"--state {self}: another up or down is at work there; wait for it.") from None
            yield

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SandboxError(f"--state {self}: cannot be made: {error.strerror}.") from error

    def read(self) -> Record | None:
        """The record of the last ``up``; None when there is none or it is not readable as one."""
        try:
            raw = json.loads((self.path / "sandbox.json").read_text())
            processes = {name: Process(**raw[name]) for name in ("server", "watcher", "dockerd") if raw.get(name)}
            return Record(CLOUDS[raw["cloud"]].name, raw["region"], raw["port"], **processes)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, record: Record) -> None:
        """Replace ``sandbox.json`` and ``env``."""
        body = {**asdict(record), "endpoint": record.endpoint, "state": str(self)}
        self._replace("sandbox.json", json.dumps(body, indent=1) + "\n")
        self._replace("env", render_env(record, self.path))

    def _replace(self, name: str, text: str) -> None:
        fresh = self.path / "sandbox.new"
        fresh.write_text(text)
        fresh.replace(self.path / name)

    def clear(self) -> None:
        """Remove everything that a sandbox writes, and the directory if nothing else is in it."""
        for name in self.FILES:
            (self.path / name).unlink(missing_ok=True)
        for name in self.FOLDERS:
            shutil.rmtree(self.path / name, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()
            if self.path.parent == HOME.resolve():
                self.path.parent.rmdir()


def render_env(record: Record, state: Path) -> str:
    """Shell lines that point every client of the cloud at the sandbox, and away from the person's own account."""
    variables = record.kind.variables(record.endpoint, record.region, state)
    lines = [f"# For a shell: . {shlex.quote(str(state / 'env'))}", f"unset {' '.join(record.kind.unset)}"]
    if "REQUESTS_CA_BUNDLE" in variables:
        # `make` takes what machines and downloads trust from these, in this order, and must not meet the sandbox's own.
        lines.append('export AIENV_CA_BUNDLE="${AIENV_CA_BUNDLE-${SSL_CERT_FILE-${REQUESTS_CA_BUNDLE-}}}"')
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join(lines) + "\n"
