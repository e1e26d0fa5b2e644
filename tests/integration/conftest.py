"""One emulated cloud of each kind per worker, started when a test first asks for it, emptied before each test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.servers import AwsServer, GcpServer, Server, aws_server, azure_server, gcp_server

START = {"aws": aws_server, "gcp": gcp_server, "azure": azure_server}


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    running: dict[str, Server] = {}
    with contextlib.ExitStack() as stack:

        def get(cloud: str) -> Server:
            if cloud not in running:
                folder = tmp_path_factory.mktemp(f"emulated-{cloud}")
                running[cloud] = stack.enter_context(START[cloud](folder))
            return running[cloud]

        yield get


@pytest.fixture
def server(cloud: str, started: Callable[[str], Server]) -> Server:
    """Of the test's own parameter `cloud`."""
    found = started(cloud)
    found.reset()
    return found


@pytest.fixture
def aws(started: Callable[[str], Server]) -> AwsServer:
    found = started("aws")
    found.reset()
    assert isinstance(found, AwsServer)
    return found


@pytest.fixture
def gcp(started: Callable[[str], Server]) -> GcpServer:
    found = started("gcp")
    found.reset()
    assert isinstance(found, GcpServer)
    return found
