"""The emulated AWS for the adapter's tests: one server for all of them, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.session import AwsSession, open_account
from tests.servers import CREDENTIALS, AwsServer, aws_server
from tests.unit.plugins.clouds.aws.account import AwsAccount


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    with aws_server(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture(scope="session")
def sessions(server: AwsServer) -> tuple[AwsSession, AwsSession]:
    """With EC2 and with Data Lifecycle Manager, opened once: a new botocore client costs more than most of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        account = open_account(None, server.endpoint)
        return account.session_in("us-east-1"), account.session_in("us-east-1", "dlm")


@pytest.fixture(scope="session")
def session(sessions: tuple[AwsSession, AwsSession]) -> AwsSession:
    return sessions[0]


@pytest.fixture
def aws(server: AwsServer) -> AwsServer:
    server.reset()
    return server


@pytest.fixture
def account(aws: AwsServer, sessions: tuple[AwsSession, AwsSession]) -> AwsAccount:
    return AwsAccount(aws, *sessions)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What botocore would have slept between its attempts; nobody sleeps."""
    slept: list[float] = []
    fake: Any = SimpleNamespace(sleep=slept.append)
    monkeypatch.setattr("botocore.endpoint.time", fake)
    return slept
