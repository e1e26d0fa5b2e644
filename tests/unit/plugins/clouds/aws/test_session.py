"""The way to EC2: errors and their codes, retries, credentials, regions, and a control node without boto3."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import session as module
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.session import AwsSession, code_of, connect
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.servers import CREDENTIALS, ROOT, AwsServer


@pytest.mark.parametrize(
    ("aws_code", "ours"),
    [
        ("InsufficientInstanceCapacity", "no_capacity"),
        ("InsufficientReservedInstanceCapacity", "no_capacity"),
        ("ReservationCapacityExceeded", "no_capacity"),
        ("InsufficientFreeAddressesInSubnet", "no_capacity"),
        ("Unsupported", "unsupported"),
        ("VcpuLimitExceeded", "quota_exceeded"),
        ("MaxSpotInstanceCountExceeded", "quota_exceeded"),
        ("RulesPerSecurityGroupLimitExceeded", "quota_exceeded"),
        ("UnauthorizedOperation", "not_authorized"),
        ("AuthFailure", "not_authorized"),
        ("RequestLimitExceeded", "throttled"),
        ("DependencyViolation", "in_use"),
        ("InvalidInstanceID.NotFound", "not_found"),
        ("InvalidGroup.NotFound", "not_found"),
        ("InvalidGroup.Duplicate", "ambiguous"),
        ("InvalidKeyPair.Duplicate", "ambiguous"),
        ("InvalidGroup.InUse", "in_use"),
        ("IncorrectInstanceState", "failed"),
        ("InvalidParameterValue", "failed"),
        ("", "failed"),
    ],
)
def test_codes(aws_code: str, ours: str) -> None:
    assert code_of(aws_code) == ours


def test_an_error_says_what_ec2_said(session: AwsSession, aws: AwsServer) -> None:
    with pytest.raises(CloudError) as caught:
        session.call("terminate_instances", InstanceIds=["nonsense"])
    error = caught.value
    assert (error.cloud, error.operation) == ("aws", "terminate_instances")
    assert "nonsense" in error.detail
    assert "InvalidInstanceID" in error.detail
    assert error.as_dict()["code"] == error.code


def test_parameters_that_boto_refuses_are_an_error_of_the_family(session: AwsSession) -> None:
    with pytest.raises(CloudError) as caught:
        session.call("terminate_instances", InstanceIds=7)
    assert caught.value.code == "failed"


# retries


def test_retry_after_is_honoured(session: AwsSession, aws: AwsServer, naps: list[float]) -> None:
    aws.faults({"kind": "throttle", "retry_after": 7, "times": 3})
    assert session.call("describe_vpcs")["Vpcs"]
    assert naps == [7, 7, 7]


def test_throttling_without_retry_after_backs_off(session: AwsSession, aws: AwsServer, naps: list[float]) -> None:
    aws.faults({"kind": "throttle", "retry_after": 0, "times": 4})
    assert session.call("describe_vpcs")["Vpcs"]
    assert len(naps) == 4
    assert max(naps) <= 20


def test_throttling_without_end_is_an_error_after_ten_attempts(
    session: AwsSession, aws: AwsServer, naps: list[float]
) -> None:
    aws.faults({"kind": "throttle", "retry_after": 3})
    with pytest.raises(CloudError) as caught:
        session.call("describe_vpcs")
    assert caught.value.code == "throttled"
    assert naps == [3] * 9
    assert aws.calls()["actions"] == {"DescribeVpcs": 10}


@pytest.mark.parametrize(
    ("status", "header", "attempts", "pause"),
    [
        (503, "5", 1, 5.0),
        (429, "2", 9, 2.0),
        (503, "5", 10, None),  # the last attempt
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", 1, None),
        (503, None, 1, None),
        (400, "5", 1, None),
        (200, "5", 1, None),
    ],
)
def test_what_retry_after_means(status: int, header: str | None, attempts: int, pause: float | None) -> None:
    response = (SimpleNamespace(status_code=status, headers={"Retry-After": header} if header else {}), {})
    assert module.honour_retry_after(response=response, attempts=attempts, operation="any") == pause
    assert module.honour_retry_after(response=None, attempts=attempts) is None


def test_a_thing_that_is_not_known_yet_is_asked_for_again(
    session: AwsSession, aws: AwsServer, naps: list[float]
) -> None:
    vpc = session.call("describe_vpcs")["Vpcs"][0]["VpcId"]
    fault = {"kind": "error", "code": "InvalidVpcID.NotFound", "status": 400, "times": 2}
    aws.faults({**fault, "operations": ["ModifyVpcAttribute"]})
    session.call("modify_vpc_attribute", VpcId=vpc, EnableDnsSupport={"Value": True})
    assert naps == [1, 2]


def test_a_thing_that_does_not_exist_is_an_error_after_four_looks(
    session: AwsSession, aws: AwsServer, naps: list[float]
) -> None:
    with pytest.raises(CloudError) as caught:
        session.call("stop_instances", InstanceIds=["i-0123456789abcdef0"])
    assert caught.value.code == "not_found"
    assert naps == [1, 2, 4]


@pytest.mark.parametrize("operation", ["describe_vpcs", "delete_vpc"])
def test_lists_and_deletions_take_not_found_for_an_answer(
    session: AwsSession, aws: AwsServer, naps: list[float], operation: str
) -> None:
    words: Any = {"VpcIds": ["vpc-0123"]} if operation == "describe_vpcs" else {"VpcId": "vpc-0123"}
    with pytest.raises(CloudError) as caught:
        session.call(operation, **words)
    assert caught.value.code == "not_found"
    assert naps == []


def test_a_lost_answer_is_asked_for_again(session: AwsSession, aws: AwsServer, naps: list[float]) -> None:
    aws.faults({"kind": "lost_answer", "times": 1})
    assert session.call("describe_vpcs")["Vpcs"]
    assert aws.calls()["total"] == 2


def test_pages_are_followed_to_the_end() -> None:
    asked: list[Any] = []

    class Client:
        def describe_things(self, **params: Any) -> dict[str, Any]:
            asked.append(params.get("NextToken"))
            number = len(asked)
            return {"Things": [number], "NextToken": f"t{number}" if number < 3 else ""}

    assert list(AwsSession(Client(), "here").pages("describe_things", "Things", MaxResults=5)) == [1, 2, 3]
    assert asked == [None, "t1", "t2"]


def test_single_calls_run_side_by_side_and_the_error_comes_out() -> None:
    meeting = threading.Barrier(4, timeout=10)
    session = AwsSession(None, "here")
    assert len(session.together(meeting.wait for _ in range(4))) == 4

    def fail() -> None:
        raise CloudError("failed", "one of them")

    done: list[int] = []
    with pytest.raises(CloudError, match="one of them"):
        session.together([fail, lambda: done.append(1)])
    assert done == [1]


# credentials, profiles, regions


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def place(region: str | None = None, profile: str | None = None, endpoint_url: str | None = None) -> Any:
    return SimpleNamespace(region=region, profile=profile, endpoint_url=endpoint_url)


def test_no_credentials(clean: pytest.MonkeyPatch) -> None:
    with pytest.raises(CloudError) as caught:
        connect(place("us-east-1"))
    assert caught.value.code == "not_authorized"
    for way_out in ("aws configure", "aws sso login", "AWS_PROFILE", "option profile"):
        assert way_out in str(caught.value)


def test_half_of_the_credentials(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("AWS_ACCESS_KEY_ID", "half")
    with pytest.raises(CloudError) as caught:
        connect(place("us-east-1"))
    assert caught.value.code == "not_authorized"


def test_an_unknown_profile_names_the_known_ones(clean: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = eu-west-1\n[profile home]\nregion = us-east-2\n")
    with pytest.raises(InvalidOption) as caught:
        connect(place("us-east-1", "wrok"))
    assert caught.value.resource == "profile"
    assert "work" in str(caught.value)
    assert "home" in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "option", "region"),
    [
        ({}, "eu-central-1", "eu-central-1"),
        ({"AWS_REGION": "eu-west-1"}, None, "eu-west-1"),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, "eu-central-1", "eu-central-1"),
        ({"AWS_PROFILE": "work"}, None, "ap-south-1"),
        ({}, "us-gov-west-1", "us-gov-west-1"),
    ],
)
def test_where_the_region_comes_from(
    clean: pytest.MonkeyPatch, tmp_path: Any, environment: dict[str, str], option: str | None, region: str
) -> None:
    (tmp_path / "config").write_text("[profile work]\nregion = ap-south-1\n")
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = a\naws_secret_access_key = b\n")
    for name, value in {**CREDENTIALS, **environment}.items():
        clean.setenv(name, value)
    assert connect(place(option)).region == region


@pytest.mark.parametrize("region", [None, "", "us-east-9", "Frankfurt"])
def test_an_unknown_region_lists_the_known_ones(clean: pytest.MonkeyPatch, region: str | None) -> None:
    for name, value in CREDENTIALS.items():
        clean.setenv(name, value)
    with pytest.raises(InvalidOption) as caught:
        connect(place(region))
    assert caught.value.resource == "region"
    for known in ("us-east-1", "eu-central-1", "cn-north-1"):
        assert known in str(caught.value)


def test_a_private_endpoint_may_name_its_region_but_not_mistype_one_of_aws(clean: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        clean.setenv(name, value)
    assert connect(place("rack7", endpoint_url="http://127.0.0.1:1")).region == "rack7"
    with pytest.raises(InvalidOption):
        connect(place("us-east-9", endpoint_url="http://127.0.0.1:1"))


def test_an_answer_that_is_not_ec2_s_says_so(clean: pytest.MonkeyPatch, tmp_path: Any, naps: list[float]) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html><body>Please log in</body")

        def log_message(self, *words: Any) -> None: ...

    for name, value in CREDENTIALS.items():
        clean.setenv(name, value)
    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with pytest.raises(CloudError, match="does not come from EC2; check endpoint_url and your proxy"):
                connect(place("us-east-1", endpoint_url=f"http://127.0.0.1:{server.server_port}")).call("describe_vpcs")
        finally:
            server.shutdown()


def test_an_endpoint_that_does_not_answer_is_an_error_of_the_family(
    clean: pytest.MonkeyPatch, naps: list[float]
) -> None:
    for name, value in CREDENTIALS.items():
        clean.setenv(name, value)
    with pytest.raises(CloudError, match=r"127\.0\.0\.1:1") as caught:
        connect(place("us-east-1", endpoint_url="http://127.0.0.1:1")).call("describe_vpcs")
    assert caught.value.code == "failed"


WITHOUT_BOTO3 = """
import json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("boto3", "botocore"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from ansible.module_utils import basic
from ansible_collections.aienv.cloud.plugins.modules import aws_{kind} as module
try:
    basic._ANSIBLE_PROFILE = "legacy"
except AttributeError:
    pass
basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {args}}).encode()
module.main()
"""


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("vm", {"name": "t", "image": "debian-12", "machine_type": "g6.xlarge", "region": "us-east-1"}),
        ("vm_info", {"region": "us-east-1"}),
        ("firewall", {"name": "t", "region": "us-east-1"}),
        ("network", {"name": "t", "region": "us-east-1"}),
    ],
)
def test_without_boto3_the_modules_say_how_to_install_it(kind: str, arguments: dict[str, Any]) -> None:
    code = WITHOUT_BOTO3.replace("{kind}", kind).replace("{args}", json.dumps(arguments))
    path = f"{ROOT / '.collections'}:{ROOT}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": path}, check=False
    )
    answer = json.loads(done.stdout)
    assert answer["failed"] is True
    assert answer["error"]["code"] == "missing_library"
    assert f"boto3 is missing for {sys.executable}" in answer["msg"]
    assert f"{sys.executable} -m pip install boto3" in answer["msg"]
