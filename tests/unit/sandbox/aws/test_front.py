"""The front itself: control API, errors that clients can read, speed, foreign clients."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest


def test_health(aws):
    with urllib.request.urlopen(f"{aws.endpoint}/_sandbox/health") as answer:
        assert json.load(answer) == {"status": "ok", "cloud": "aws"}


def test_calls_are_counted_and_logged(aws, ec2, launch, refused):
    launch()
    ec2.describe_instances()
    with refused("InvalidInstanceType.NotFound"):
        launch(InstanceType="g99.huge")
    calls = aws.calls()
    assert calls["actions"] == {"DescribeInstances": 1, "RunInstances": 2}
    assert [(c["action"], c["status"]) for c in calls["log"]] == [
        ("RunInstances", 200),
        ("DescribeInstances", 200),
        ("RunInstances", 400),
    ]
    assert {c["region"] for c in calls["log"]} == {"us-east-1"}
    aws.clear_calls()
    assert aws.calls()["total"] == 0


def test_reset_forgets_everything(aws, ec2, launch, show):
    launch(ClientToken="fleet-0")
    ec2.create_placement_group(GroupName="near", Strategy="cluster")
    aws.faults({"kind": "throttle"})
    aws.reset()
    assert show() == []
    assert ec2.describe_placement_groups()["PlacementGroups"] == []
    assert len(launch(2, ClientToken="fleet-0")) == 2


def test_what_nobody_emulates_is_an_error_that_botocore_reads(ec2, refused):
    with refused("UnsupportedOperation"):
        ec2.get_spot_placement_scores(TargetCapacity=1, InstanceTypes=["g6.xlarge"])


def test_other_services_are_moto_s(aws):
    assert aws.client("sts").get_caller_identity()["Account"] == "123456789012"
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="weights")
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["weights"]


def test_only_loopback_is_listened_on(aws):
    port = urlsplit(aws.endpoint).port
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        if not address.startswith("127."):
            with pytest.raises(ConnectionRefusedError), socket.create_connection((address, port), timeout=1):
                pass


def test_a_small_page_costs_a_small_share_of_the_whole_list(ec2, launch):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": f"k{n}", "Value": "x"} for n in range(5)]}]
    for _ in range(2):
        launch(100, InstanceType="t3.micro", TagSpecifications=tags)
    began = time.monotonic()
    page = ec2.describe_instances(MaxResults=200)
    assert sum(len(r["Instances"]) for r in page["Reservations"]) == 200
    whole = time.monotonic() - began
    began = time.monotonic()
    ec2.describe_instances(MaxResults=5)
    small = time.monotonic() - began
    assert small < whole / 4


def test_awscli_does_its_work(aws, ami):
    def run(*words):
        command = [str(Path(sys.executable).parent / "aws"), *words, "--output", "json"]
        done = subprocess.run(command, env=aws.environment(), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    made = run("ec2", "run-instances", "--image-id", ami, "--instance-type", "g6.xlarge", "--count", "2")
    seen = run("ec2", "describe-instances", "--query", "Reservations[].Instances[].InstanceId")
    assert seen == [i["InstanceId"] for i in made["Instances"]]
