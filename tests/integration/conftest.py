"""One emulated AWS per worker, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import AwsServer, aws_server


@pytest.fixture(scope="session")
def aws_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    with aws_server(tmp_path_factory.mktemp("emulated-aws")) as running:
        yield running


@pytest.fixture
def aws(aws_session: AwsServer) -> AwsServer:
    aws_session.reset()
    return aws_session
