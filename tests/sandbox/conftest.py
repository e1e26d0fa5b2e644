"""One real sandbox for the whole folder: its own state directory, port and address range, beside whatever runs."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.docker import answers, inspect
from tests.sandbox.world import World

ROOT = Path(__file__).resolve().parents[2]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "docker: needs a Docker daemon")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    mine = [item for item in items if here in item.path.parents]
    reachable = answers() if mine else False
    for item in mine:
        item.add_marker(pytest.mark.docker)
        if not reachable:
            item.add_marker(pytest.mark.skip(reason="no Docker daemon answers (sudo systemctl start docker)"))


@pytest.fixture(autouse=True)
def input_left_alone() -> Iterator[None]:
    """No test leaves our standard input non-blocking, as an ssh can: the playbooks of the next ones would not start."""
    yield
    assert os.get_blocking(0)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox") / "state"


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cli(state: Path, port: int) -> Any:
    """Run ``python -m sandbox`` with this sandbox's state directory."""

    def run(command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        if command == "up":
            arguments = (*arguments, "--port", str(port))
        line = [sys.executable, "-m", "sandbox", command, "--state", str(state), *arguments]
        return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))

    return run


@pytest.fixture(scope="session")
def running(cli: Any) -> Iterator[None]:
    """A sandbox that is up; it goes at the end, whatever happened."""
    done = cli("up")
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield
    finally:
        cli("down")


@pytest.fixture(scope="session")
def world(running: None, port: int, state: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(port, state, free_range(), tmp_path_factory.mktemp("key"))


def free_range() -> str:
    """A range that no Docker network of this computer has."""
    names = subprocess.run(["docker", "network", "ls", "-q"], capture_output=True, text=True, check=True).stdout.split()
    taken = {entry["Subnet"] for found in inspect("network", *names) for entry in found["IPAM"]["Config"] or ()}
    while True:
        cidr = f"10.{random.randint(100, 250)}.{random.randint(0, 250)}.0/24"
        if cidr not in taken:
            return cidr
