"""One server in this process; every test begins with an empty cloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.gcp.front import Gcp
from sandbox.gcp.state import LONGEST_WAIT, PACE
from tests.unit.sandbox.gcp.api import ZONE, Api, instance


@pytest.fixture(scope="session")
def server() -> Gcp:
    """Its key takes a tenth of a second to make."""
    return Gcp()


@pytest.fixture
def gcp(server: Gcp) -> Gcp:
    server.state.reset()
    server.state.pace, server.state.longest_wait = PACE, LONGEST_WAIT
    return server


@pytest.fixture
def api(gcp: Gcp) -> Api:
    return Api(gcp)


@pytest.fixture
def foreign(gcp: Gcp) -> Api:
    """The same cloud, asked by somebody else's client."""
    return Api(gcp, strict=False)


@pytest.fixture
def make(api: Api) -> Callable[..., dict[str, Any]]:
    """Make an instance and return it."""

    def made(name: str = "vm", **changes: Any) -> dict[str, Any]:
        api.done("POST", f"{ZONE}/instances", instance(name, **changes))
        return dict(api("GET", f"{ZONE}/instances/{name}"))

    return made
