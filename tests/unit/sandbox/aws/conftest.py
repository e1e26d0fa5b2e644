"""One server for the whole session; every test begins with an empty cloud and no faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.servers import AwsServer, aws_server

DEBIAN = "/aws/service/debian/release/12/latest/amd64"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    with aws_server(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture
def aws(server: AwsServer) -> AwsServer:
    server.reset()
    return server


@pytest.fixture(scope="session")
def client(server: AwsServer) -> Any:
    return server.client()


@pytest.fixture
def ec2(aws: AwsServer, client: Any) -> Any:
    return client


@pytest.fixture(scope="session")
def ami(server: AwsServer) -> str:
    return str(server.client("ssm").get_parameter(Name=DEBIAN)["Parameter"]["Value"])


@pytest.fixture
def launch(ec2: Any, ami: str) -> Callable[..., list[dict[str, Any]]]:
    """RunInstances with defaults; returns the instances of the answer."""

    def run(count: int = 1, **wishes: Any) -> list[dict[str, Any]]:
        request = {"ImageId": ami, "InstanceType": "g6.xlarge", "MinCount": count, "MaxCount": count}
        return list(ec2.run_instances(**{**request, **wishes})["Instances"])

    return run


@pytest.fixture
def refused() -> Callable[..., Any]:
    """`with refused("Code"):` the block's call is refused with that error code of AWS."""
    return refusal


class refusal:  # noqa: N801  (used as a statement)
    def __init__(self, code: str, status: int | None = None) -> None:
        self.code, self.status = code, status

    def __enter__(self) -> refusal:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        from botocore.exceptions import ClientError

        assert isinstance(error, ClientError), f"not refused with {self.code}: {error!r}"
        assert error.response["Error"]["Code"] == self.code, error
        if self.status is not None:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        self.message = error.response["Error"]["Message"]
        return True


@pytest.fixture
def show(ec2: Any) -> Callable[..., list[dict[str, Any]]]:
    """Every instance that DescribeInstances answers, all pages."""

    def listing(**request: Any) -> list[dict[str, Any]]:
        pages = ec2.get_paginator("describe_instances").paginate(**request)
        return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]

    return listing


@pytest.fixture
def network(ec2: Any) -> dict[str, str]:
    """A VPC of our own with one small subnet and a group."""
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/28", AvailabilityZone="us-east-1a")["Subnet"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnet": subnet["SubnetId"], "group": group}
