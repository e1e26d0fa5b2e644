"""Faults as an AWS client meets them."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.servers import ControlError


def test_throttling_has_the_code_status_and_header(aws, ec2):
    aws.faults({"kind": "throttle", "operations": ["DescribeVpcs"], "retry_after": 3, "times": 1})
    with pytest.raises(ClientError) as seen:
        ec2.describe_vpcs()
    assert seen.value.response["Error"]["Code"] == "RequestLimitExceeded"
    metadata = seen.value.response["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["HTTPHeaders"]["retry-after"]) == (503, "3")
    assert ec2.describe_vpcs()["Vpcs"]


def test_a_retrying_client_gets_through_a_third_of_throttling(aws, ec2):
    patient = aws.client(retries={"mode": "standard", "total_max_attempts": 8})
    aws.faults({"kind": "throttle", "fraction": 0.3}, seed=3)
    for _ in range(6):
        patient.describe_vpcs()
    assert aws.calls()["actions"]["DescribeVpcs"] == 6 + aws.struck()[0]
    assert aws.struck()[0] > 0


def test_service_errors_of_any_code_also_for_json_services(aws, ec2, refused):
    aws.faults(
        {"kind": "error", "code": "Unavailable", "status": 503, "operations": ["DescribeVpcs"], "times": 1},
        {"kind": "error", "code": "InternalServerError", "operations": ["GetParameter"]},
    )
    with refused("Unavailable", status=503):
        ec2.describe_vpcs()
    with refused("InternalServerError", status=500):
        aws.client("ssm").get_parameter(Name="/aws/service/debian/release/12/latest/amd64")


def test_latency(aws, ec2):
    aws.faults({"kind": "latency", "seconds": 0.4})
    began = time.monotonic()
    ec2.describe_vpcs()
    assert time.monotonic() - began >= 0.4


def test_a_lost_answer_is_made_and_its_token_finds_it(aws, launch, show):
    aws.faults({"kind": "lost_answer", "operations": ["RunInstances"], "times": 1})
    with pytest.raises(ConnectionClosedError):
        launch(2, ClientToken="fleet-0")
    made = show()
    assert len(made) == 2
    again = launch(2, ClientToken="fleet-0")
    assert {i["InstanceId"] for i in again} == {i["InstanceId"] for i in made}
    assert len(show()) == 2
    assert aws.calls()["actions"]["RunInstances"] == 2


def test_no_capacity_in_one_zone(aws, launch, refused):
    aws.faults({"kind": "capacity", "zones": ["us-east-1a"], "machine_types": ["g6.*"]})
    with refused("InsufficientInstanceCapacity", status=500):
        launch(Placement={"AvailabilityZone": "us-east-1a"})
    assert launch(Placement={"AvailabilityZone": "us-east-1b"})
    assert launch(InstanceType="t3.micro", Placement={"AvailabilityZone": "us-east-1a"})
    assert launch()[0]["Placement"]["AvailabilityZone"] == "us-east-1b"


def test_quotas(aws, launch, refused):
    aws.faults({"kind": "quota", "available": 2})
    launch(1)
    with refused("VcpuLimitExceeded", status=400):
        launch(2)
    launch(1)
    with refused("MaxSpotInstanceCountExceeded", status=400):
        launch(1, InstanceMarketOptions={"MarketType": "spot"})


def test_a_batch_of_which_some_die_young(aws, launch, show):
    aws.faults({"kind": "partial", "count": 2, "times": 1})
    assert [i["State"]["Name"] for i in launch(4)] == ["pending"] * 4
    seen = show()
    assert [i["State"]["Name"] for i in seen] == ["running", "running", "terminated", "terminated"]
    assert seen[3]["StateReason"]["Code"] == "Server.InternalError"
    assert [i["State"]["Name"] for i in launch(1)] == ["pending"]


def test_lists_answer_the_past(aws, ec2, launch, show, refused):
    (old,) = launch()
    aws.faults({"kind": "stale_reads", "seconds": 1})
    (new,) = launch()
    ec2.stop_instances(InstanceIds=[old["InstanceId"]])
    ec2.create_tags(Resources=[old["InstanceId"]], Tags=[{"Key": "a", "Value": "1"}])
    seen = show()
    assert [(i["InstanceId"], i["State"]["Name"], i.get("Tags")) for i in seen] == [
        (old["InstanceId"], "running", None)
    ]
    with refused("InvalidInstanceID.NotFound"):
        ec2.describe_instances(InstanceIds=[new["InstanceId"]])
    time.sleep(1.1)
    states = {i["InstanceId"]: i["State"]["Name"] for i in show()}
    assert states == {old["InstanceId"]: "stopped", new["InstanceId"]: "running"}
    assert show()[0]["Tags"] == [{"Key": "a", "Value": "1"}]


def test_a_bad_plan_is_refused_in_words(aws):
    with pytest.raises(ControlError, match="rule 1: kind must be one of"):
        aws.faults({"kind": "flood"})
