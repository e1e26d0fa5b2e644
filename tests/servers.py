"""Servers of the sandbox for tests: real processes on loopback, ended with the test.

    from tests.servers import aws_server

    with aws_server(tmp_path) as aws:
        ec2 = aws.client("ec2")
        aws.faults({"kind": "throttle", "fraction": 0.3}, seed=7)
        assert aws.calls()["actions"]["RunInstances"] == 1
        aws.reset()

A start costs about 5 s (moto's import), so share one server per session and `reset()` between tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}


class ControlError(Exception):
    """The control API refused; the message is its own."""


@dataclass(frozen=True)
class AwsServer:
    """A running emulated AWS."""

    endpoint: str

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

    def client(self, service: str = "ec2", region: str = "us-east-1", **config: Any) -> Any:
        """A boto3 client; `config` goes to botocore.config.Config. Retries are off unless given."""
        import boto3
        from botocore.config import Config

        config.setdefault("retries", {"total_max_attempts": 1})
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(**config),
        )

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Environment variables that point a command at this server."""
        return {
            **os.environ,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_sandbox/{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["error"]) from error


@contextlib.contextmanager
def aws_server(state: Path) -> Iterator[AwsServer]:
    """A server process with its state under that directory, on a port the system chooses."""
    state.mkdir(parents=True, exist_ok=True)
    log = state / "aws-server.log"
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--state", str(state)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield AwsServer(_address(process, log))
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the line that tells the address."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        for line in log.read_text().splitlines():
            if line.startswith("aws sandbox on "):
                return line.removeprefix("aws sandbox on ")
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once:\n{log.read_text()}")
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start within {START_SECONDS} s:\n{log.read_text()}")
