"""The watcher's view of the cloud, read from the emulated API itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sandbox.machines.aws import read_boards, read_machine, read_rule
from sandbox.machines.cloud import connect
from sandbox.machines.firewall import Rule
from sandbox.machines.gpu import list_gpus
from tests.servers import AwsServer, aws_server

USER_DATA = "#cloud-config\nruncmd: [true]\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    with aws_server(tmp_path_factory.mktemp("aws")) as running:
        yield running


@pytest.fixture
def cloud(server, tmp_path):
    server.reset()
    return connect("aws", server.endpoint, "us-east-1", tmp_path)


@pytest.fixture(params=["stop"])
def launched(cloud, server, request):
    """One GPU machine in a network of its own; returns (client, instance id, group id)."""
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.8.0/24")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.8.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"]
    ec2.import_key_pair(KeyName="k", PublicKeyMaterial=KEY)
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
    answer = ec2.run_instances(
        ImageId=images[0]["ImageId"], InstanceType="g6.12xlarge", MinCount=1, MaxCount=1, KeyName="k",
        SubnetId=subnet, SecurityGroupIds=[group], UserData=USER_DATA,
        InstanceInitiatedShutdownBehavior=request.param,
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "box"}]}],
    )  # fmt: skip
    return ec2, answer["Instances"][0]["InstanceId"], group


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGzmNXxB6EqLH0M0bD5Y1Fn4BDpHM5tA1z2vXJ5sWq3k test"


def test_an_empty_cloud(cloud):
    look = cloud.look()
    assert (look.machines, look.groups, look.reboots) == ({}, {}, {})


def test_everything_about_a_machine(cloud, launched):
    ec2, instance, group = launched
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
            {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]},
        ],
    )
    look = cloud.look()
    machine = look.machines[instance]
    assert (machine.name, machine.state, machine.address) == ("box", "running", "10.9.8.4")
    assert machine.hostname == "ip-10-9-8-4"
    assert machine.groups == (group,)
    assert Rule("tcp", 22, 22, ("10.0.0.0/8",)) in look.groups[group].ingress
    assert look.members() == {group: ["10.9.8.4"]}
    assert cloud.user_data(machine).decode() == USER_DATA
    assert cloud.logins(machine) == {"admin": [KEY]}
    assert cloud.image_name(machine).startswith("debian-13-amd64-")
    assert cloud.subnet_cidr(machine.subnet) == "10.9.8.0/24"
    assert len(cloud.gpus(machine)) == 4


def test_a_terminated_machine_is_gone_and_so_is_one_never_heard_of(cloud, launched):
    ec2, instance, _ = launched
    assert not cloud.is_gone(instance)
    ec2.terminate_instances(InstanceIds=[instance])
    assert instance not in cloud.look().machines
    assert cloud.is_gone(instance)
    assert cloud.is_gone("i-00000000000000000")


def test_switching_itself_off_stops_a_machine(cloud, launched):
    _, instance, _ = launched
    cloud.switch_off(cloud.look().machines[instance])
    assert cloud.look().machines[instance].state == "stopped"


@pytest.mark.parametrize("launched", ["terminate"], indirect=True)
def test_switching_itself_off_terminates_a_machine_that_was_made_so(cloud, launched):
    _, instance, _ = launched
    cloud.switch_off(cloud.look().machines[instance])
    assert cloud.is_gone(instance)


def test_a_reboot_is_told_with_its_time(cloud, launched):
    ec2, instance, _ = launched
    before = time.time()
    ec2.reboot_instances(InstanceIds=[instance])
    asked = cloud.look().reboots[instance]
    assert before - 1 < asked.timestamp() < time.time() + 1
    assert asked.tzinfo is UTC
    assert asked > datetime(2026, 1, 1, tzinfo=UTC)


def test_the_watcher_is_neither_counted_nor_broken(cloud, launched, server):
    _, instance, _ = launched
    server.clear_calls()
    server.faults({"kind": "throttle", "times": 1}, {"kind": "stale_reads", "seconds": 3600})
    assert instance in cloud.look().machines
    assert not cloud.is_gone(instance)
    assert server.calls()["total"] == 0
    assert server.struck() == [0, 0]


def test_a_machine_without_an_address_is_on_its_way_out():
    assert read_machine({"InstanceId": "i-1", "State": {"Name": "shutting-down"}}) is None


def test_prefix_lists_allow_nothing():
    rule = read_rule({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]})
    assert (rule.networks, rule.groups) == ((), ())


def boards(manufacturer="NVIDIA", **entry):
    return read_boards(
        {"Gpus": [{"Name": "L4", "Manufacturer": manufacturer, "MemoryInfo": {"SizeInMiB": 2861}, **entry}]}
    )


def test_types_without_nvidia_gpus_have_no_boards():
    assert read_boards({}) == []
    assert boards("AMD", Count=1) == []


def test_a_fraction_shows_as_one_gpu():
    assert [(board.memory_mib, board.count) for board in boards(Count=0)] == [(2861, 1)]


def test_every_nvidia_type_of_the_emulated_cloud_is_known():
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    found = {name: read_boards(info["GpuInfo"]) for name, info in dict(INSTANCE_TYPES).items() if "GpuInfo" in info}
    nvidia = {name: boards for name, boards in found.items() if boards}
    assert len(nvidia) > 40
    assert [name for name, boards in nvidia.items() if not list_gpus(boards, "i-1")] == []
