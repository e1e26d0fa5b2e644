"""One server in this process; every test begins with an empty cloud."""

from __future__ import annotations

import pytest

from sandbox.azure.front import Azure
from sandbox.azure.state import Settings, State
from tests.unit.sandbox.azure.arm import FOREIGN, Arm


@pytest.fixture(scope="session")
def server() -> Azure:
    return Azure(State())


@pytest.fixture
def azure(server: Azure) -> Azure:
    server.state.reset()
    server.state.settings = Settings()
    return server


@pytest.fixture
def empty(azure: Azure) -> Arm:
    """Not even a resource group."""
    return Arm(azure)


@pytest.fixture
def arm(empty: Arm) -> Arm:
    """A resource group `rg` in eastus, with the network `net` and its subnet `sub`."""
    empty.group()
    empty.network()
    return empty


@pytest.fixture
def foreign(arm: Arm) -> Arm:
    """The same cloud, asked by somebody else's client."""
    return Arm(arm.azure, agent=FOREIGN)
