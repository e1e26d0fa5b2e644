"""Servers of the sandbox for tests: real processes on loopback, ended with the test.

    from tests.servers import aws_server

    with aws_server(tmp_path) as aws:
        ec2 = aws.client("ec2")
        aws.faults({"kind": "throttle", "fraction": 0.3}, seed=7)
        assert aws.calls()["actions"]["RunInstances"] == 1
        aws.reset()

`gcp_server` and `azure_server` have the same verbs but for `client`: their SDKs read `environment()`.
AWS's takes about 5 s to start (moto's import), so share one server per session and `reset()` between tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sandbox.clouds import CLOUDS

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}


class ControlError(Exception):
    """The control API refused; the message is its own."""


@dataclass(frozen=True)
class Server:
    """A running emulated cloud."""

    cloud: str
    endpoint: str
    state: Path

    @property
    def trust(self) -> Path | None:
        """The certificate authority of a server with TLS."""
        return CLOUDS[self.cloud].trust(self.state)

    def calls(self) -> dict[str, Any]:
        """{"total": n, "actions": {name: n}, "log": [...]} since the last clear_calls or reset."""
        return self._ask("GET", "calls")

    def clear_calls(self) -> None:
        """Begin counting again."""
        self._ask("DELETE", "calls")

    def faults(self, *rules: dict[str, Any], seed: int = 0) -> dict[str, Any]:
        """Put these fault rules in force in place of the ones before; none means no faults."""
        return self._ask("PUT", "faults", {"seed": seed, "rules": list(rules)})

    def struck(self) -> list[int]:
        """How often each rule struck."""
        return [rule["struck"] for rule in self._ask("GET", "faults")["rules"]]

    def reset(self) -> None:
        """Forget all resources, faults and calls."""
        self._ask("POST", "reset")

    def variables(self, region: str = "") -> dict[str, str]:
        """The variables alone that point a client at this server."""
        cloud = CLOUDS[self.cloud]
        return cloud.variables(self.endpoint, region or cloud.region, self.state)

    def environment(self, region: str = "") -> dict[str, str]:
        """A whole environment that points a command at this server, and away from a person's own account."""
        kept = {name: value for name, value in os.environ.items() if name not in CLOUDS[self.cloud].unset}
        return {**kept, **self.variables(region)}

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_sandbox/{path}", data, method=method)
        context = ssl.create_default_context(cafile=self.trust) if self.trust else None
        try:
            with urllib.request.urlopen(request, timeout=180, context=context) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from error


@dataclass(frozen=True)
class AwsServer(Server):
    """A running emulated AWS."""

    def client(self, service: str = "ec2", region: str = "us-east-1", **config: Any) -> Any:
        """A boto3 client; `config` goes to botocore.config.Config. Retries are off unless given."""
        import boto3
        from botocore.config import Config

        config.setdefault("retries", {"total_max_attempts": 1})
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            **{name.lower(): value for name, value in CREDENTIALS.items()},
            config=Config(**config),
        )


@dataclass(frozen=True)
class GcpServer(Server):
    """A running emulated GCP."""


@dataclass(frozen=True)
class AzureServer(Server):
    """A running emulated Azure."""

    def clone(self, vm_id: str, names: list[str]) -> None:
        """Put a copy of that VM there under each of the names, with all that belongs to it."""
        self._ask("POST", "clones", {"vm": vm_id, "names": names})


AnyServer = TypeVar("AnyServer", bound=Server)


def aws_server(state: Path) -> contextlib.AbstractContextManager[AwsServer]:
    """A server process with its state under that directory, on a port the system chooses."""
    return _running("aws", AwsServer, state)


def gcp_server(state: Path) -> contextlib.AbstractContextManager[GcpServer]:
    """As aws_server."""
    return _running("gcp", GcpServer, state)


def azure_server(state: Path) -> contextlib.AbstractContextManager[AzureServer]:
    """As aws_server."""
    return _running("azure", AzureServer, state)


@contextlib.contextmanager
def _running(cloud: str, kind: type[AnyServer], state: Path) -> Iterator[AnyServer]:
    state.mkdir(parents=True, exist_ok=True)
    log = state / f"{cloud}-server.log"
    command = [sys.executable, "-m", f"sandbox.{cloud}", "--port", "0", "--state", str(state)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield kind(cloud, _address(process, cloud, log), state)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], cloud: str, log: Path) -> str:
    """Wait for the line that tells the address."""
    end = time.monotonic() + START_SECONDS
    words = f"{cloud} sandbox on "
    while time.monotonic() < end:
        for line in log.read_text().splitlines():
            if line.startswith(words):
                return line.removeprefix(words)
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once:\n{log.read_text()}")
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start within {START_SECONDS} s:\n{log.read_text()}")
