"""What is asked of EC2 and what is read of its answers, against a server of pages rendered beforehand."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter

import boto3
import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import inventory
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.inventory import AwsInventoryOptions, find
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.session import open_account
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.states import from_api
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import vm_result
from tests.bench.ec2_pages import Vm, fleets
from tests.bench.ec2_server import serving

REFUSED = ("UnauthorizedOperation", "You are not authorized to perform this operation.")
NOT_ASKED = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    for name in NOT_ASKED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")


def ask(url: str, *regions: str, **words: object) -> AwsInventoryOptions:
    return AwsInventoryOptions(regions=regions or None, endpoint_url=url, **words)  # type: ignore[arg-type]


def filters(call: dict[str, str]) -> dict[str, set[str]]:
    """The filters of a recorded call, by name."""
    found = {}
    for key, name in call.items():
        if key.endswith(".Name"):
            prefix = key.removesuffix("Name") + "Value."
            found[name] = {value for word, value in call.items() if word.startswith(prefix)}
    return found


def test_every_page_is_one_call_of_the_greatest_size() -> None:
    with serving({"us-east-1": fleets(2500)}) as ec2:
        listing = find(ask(ec2.url, "us-east-1"))
    assert len({vm.id for vm in listing.vms}) == 2500
    assert [(call["Action"], call["MaxResults"]) for call in ec2.calls] == [("DescribeInstances", "1000")] * 3


def test_what_is_shown_is_what_botocores_full_parser_gives() -> None:
    vms = [
        *fleets(30),
        Vm(100, {"aienv-fleet": "solo"}, state="stopped", private_ip=None),
        Vm(101, {}, extra="<instanceLifecycle>spot</instanceLifecycle>"),
        Vm(102, {"Name": "x", "aienv-fleet": "y", "aienv-base-index": "7", "aienv-expires": "2026-12-01T00:00:00Z"}, 3),
        Vm(103, {"aienv-fleet": "block"}, extra="<instanceLifecycle>capacity-block</instanceLifecycle>"),
    ]
    with serving({"us-east-1": vms}) as ec2:
        ours = {vm.id: vm_result(vm) for vm in find(ask(ec2.url, "us-east-1")).vms}
        client = boto3.client("ec2", region_name="us-east-1", endpoint_url=ec2.url)
        full = [raw for group in client.describe_instances()["Reservations"] for raw in group["Instances"]]
    assert ours == {raw["InstanceId"]: vm_result(from_api(raw, "us-east-1")) for raw in full}
    assert {ours[f"i-{number:017x}"]["market"] for number in (101, 103)} == {"spot", "reserved"}
    assert ours[f"i-{100:017x}"]["private_ip"] is None


def test_everything_that_the_translator_reads_for_the_result_is_in_the_table() -> None:
    """A member that the translator begins to read must join the table; the rendered VMs might not have it."""
    account = open_account(None, None)
    shapes = account.core.get_service_data("ec2")["shapes"]
    full = {shape: set(shapes[shape]["members"]) for shape in inventory.READ}
    inventory._narrow(account)
    model = account.session_in("us-east-1").client.meta.service_model
    assert {shape: set(model.shape_for(shape).members) for shape in inventory.READ} == inventory.READ
    raw = ReadRecorder.instance()
    vm_result(from_api(raw, "us-east-1"))
    assert raw.read & full["Instance"] <= inventory.READ["Instance"] | NOT_SHOWN


# Read by the translator for properties that only the modules compare.
NOT_SHOWN = {"KeyName", "SecurityGroups", "StateReason"}


class ReadRecorder(dict):  # type: ignore[type-arg]
    """An instance that remembers which of its members were asked for."""

    read: set[str]

    @classmethod
    def instance(cls) -> ReadRecorder:
        made = cls(InstanceId="i-1", InstanceType="g6.xlarge", State={"Name": "running"}, ImageId="ami-1")
        made.read = set()
        return made

    def __getitem__(self, key: str) -> object:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: object = None) -> object:
        self.read.add(key)
        return super().get(key, default)


def test_the_choice_is_made_by_ec2() -> None:
    states = {"pending", "running", "stopping", "stopped"}
    with serving({"us-east-1": []}) as ec2:
        find(ask(ec2.url, "us-east-1"))
        find(ask(ec2.url, "us-east-1", fleets=("train", "devbox")))
        wanted = {"tag:env": ["prod", "qa"], "instance-type": "p5.48xlarge", "ebs-optimized": True, "launch-index": 0}
        find(ask(ec2.url, "us-east-1", owned_only=False, filters=wanted))
    owned, named, everybodys = (filters(call) for call in ec2.calls)
    assert owned == {"instance-state-name": states, "tag-key": {"aienv-fleet"}}
    assert named == {"instance-state-name": states, "tag:aienv-fleet": {"train", "devbox"}}
    assert everybodys == {
        "instance-state-name": states,
        "tag:env": {"prod", "qa"},
        "instance-type": {"p5.48xlarge"},
        "ebs-optimized": {"true"},
        "launch-index": {"0"},
    }


def test_regions_are_read_at_the_same_time() -> None:
    three = ("us-east-1", "eu-west-1", "ap-south-1")
    with serving({region: fleets(2, region) for region in three}) as ec2:
        meeting = threading.Barrier(len(three), timeout=20)
        answer = ec2.answer

        def answer_when_all_have_asked(region: str, asked: dict[str, str]) -> tuple[int, bytes]:
            meeting.wait()
            return answer(region, asked)

        ec2.answer = answer_when_all_have_asked  # type: ignore[method-assign]
        listing = find(ask(ec2.url, *three))
    assert Counter(vm.region for vm in listing.vms) == dict.fromkeys(three, 2)


def test_without_any_region_all_of_the_account_are_read() -> None:
    with serving({"eu-west-1": fleets(1), "ap-south-1": fleets(1)}) as ec2:
        listing = find(ask(ec2.url))
    assert {vm.region for vm in listing.vms} == {"eu-west-1", "ap-south-1"}
    assert Counter(call["Action"] for call in ec2.calls) == {"DescribeRegions": 1, "DescribeInstances": 2}


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_environments_region_is_the_default(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "eu-west-1")
    with serving({"eu-west-1": fleets(1), "us-east-1": fleets(1)}) as ec2:
        assert {vm.region for vm in find(ask(ec2.url)).vms} == {"eu-west-1"}
        assert {vm.region for vm in find(ask(ec2.url, "all")).vms} == {"eu-west-1", "us-east-1"}


def test_a_region_named_twice_is_read_once() -> None:
    with serving({"us-east-1": fleets(1)}) as ec2:
        assert len(find(ask(ec2.url, "us-east-1", "us-east-1")).vms) == 1
    assert len(ec2.calls) == 1


def test_a_region_that_fails_is_named() -> None:
    with serving({"us-east-1": fleets(1), "eu-west-1": []}, failing={"eu-west-1": REFUSED}) as ec2:
        options = ask(ec2.url, "us-east-1", "eu-west-1")
        with pytest.raises(CloudError, match="region eu-west-1: You are not authorized") as caught:
            find(options)
        listing = find(dataclasses.replace(options, ignore_region_errors=True))
    assert caught.value.code == "not_authorized"
    assert (len(listing.vms), list(listing.failed)) == (1, ["eu-west-1"])


def test_if_no_region_answers_it_is_an_error_all_the_same() -> None:
    with (
        serving({"us-east-1": []}, failing={"us-east-1": REFUSED}) as ec2,
        pytest.raises(CloudError, match="us-east-1"),
    ):
        find(ask(ec2.url, "us-east-1", ignore_region_errors=True))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"fleets": ("Bad Name",)}, "'fleets'"),
        ({"include_states": ()}, "'include_states'.*pending, running, stopping, stopped"),
        ({"filters": {"instance-state-name": "running"}}, "'filters'.*include_states"),
        ({"filters": {"tag:a": {"b": "c"}}}, "'filters'.*a list of values"),
        ({"filters": {"tag:a": []}}, "'filters'.*a list of values"),
    ],
)
def test_options_that_cannot_work_are_refused_before_any_call(words: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOption, match=sentence):
        AwsInventoryOptions(**words).verified()  # type: ignore[arg-type]


def test_an_unknown_region_is_refused_with_those_there_are() -> None:
    with serving({"us-east-1": []}) as ec2, pytest.raises(InvalidOption, match=r"'regions'.*us-esat-1.*eu-central-1"):
        find(ask(ec2.url, "us-east-1", "us-esat-1"))
    assert ec2.calls == []
