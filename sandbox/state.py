"""The state directory: what a sandbox leaves behind while it runs, and nothing when it is down."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.errors import SandboxError
from sandbox.processes import Process


@dataclass(frozen=True)
class Record:
    """What ``sandbox.json`` says. A process is None while it is not ours or not there."""

    region: str
    port: int
    server: Process | None = None
    watcher: Process | None = None
    dockerd: Process | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def having(self, **changes: Any) -> Record:
        return replace(self, **changes)


class State:
    """One state directory. Its absolute path names the sandbox everywhere (docker labels, locks)."""

    #: Everything that a sandbox writes; ``down`` removes these and nothing else.
    FILES = (
        "env", "sandbox.json", "aws.log", "machines.log", "dockerd.log", "machines.json", "machines.new", "sandbox.new", "lock",
    )  # fmt: skip
    #: "ssh" is where a person's inventory may keep keys and host keys of the machines; they are worth nothing without them.
    FOLDERS = ("aws", "ssh")

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
            return Record(raw["region"], raw["port"], **processes)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, record: Record) -> None:
        """Replace ``sandbox.json`` and ``env``."""
        body = {**asdict(record), "endpoint": record.endpoint, "state": str(self)}
        self._replace("sandbox.json", json.dumps(body, indent=1) + "\n")
        self._replace("env", render_env(record))

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


def render_env(record: Record) -> str:
    """Shell lines that point every AWS client at the sandbox, and away from the person's own account."""
    return (
        "# For a shell: . ./.sandbox/env\n"
        "unset AWS_PROFILE AWS_SESSION_TOKEN\n"
        f"export AWS_ENDPOINT_URL={record.endpoint}\n"
        "export AWS_ACCESS_KEY_ID=sandbox\n"
        "export AWS_SECRET_ACCESS_KEY=sandbox\n"
        f"export AWS_DEFAULT_REGION={record.region}\n"
    )
