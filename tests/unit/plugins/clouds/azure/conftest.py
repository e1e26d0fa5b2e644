"""The emulated Azure for the adapter's tests: one server for all of them, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import session as session_module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import vms as vms_module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.session import AzureSession, connect
from tests.servers import AzureServer, azure_server
from tests.unit.plugins.clouds.azure.account import GROUP, AzureAccount
from tests.unit.plugins.clouds.azure.clock import QuickClock


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AzureServer]:
    with azure_server(tmp_path_factory.mktemp("azure")) as running:
        yield running


@pytest.fixture(scope="session")
def shared(server: AzureServer) -> Iterator[AzureSession]:
    """Opened once: one token and one pool of connections for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.variables().items():
            patch.setenv(name, value)
        yield connect(SimpleNamespace(subscription_id=None, resource_group=GROUP, endpoint_url=None))


@pytest.fixture
def azure(server: AzureServer) -> AzureServer:
    server.reset()
    return server


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> QuickClock:
    """Nobody sleeps between the polls of an operation."""
    quick = QuickClock()
    monkeypatch.setattr(session_module, "time", quick)
    monkeypatch.setattr(vms_module, "time", quick)
    return quick


@pytest.fixture
def account(azure: AzureServer, shared: AzureSession) -> AzureAccount:
    made = AzureAccount(azure, shared)
    made.prepare()
    azure.clear_calls()
    return made


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the SDK's retry policy would have slept between its attempts; nobody sleeps."""
    slept: list[float] = []
    fake: Any = SimpleNamespace(sleep=slept.append)
    monkeypatch.setattr("azure.core.pipeline.transport._base.time", fake)
    return slept
