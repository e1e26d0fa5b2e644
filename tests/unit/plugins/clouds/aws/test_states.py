"""From DescribeInstances to VMs: an answer in EC2's own form, and what each field of it does."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.prices import price_of
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.states import from_api, index_of, with_disk
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import vm_result

MOMENT = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)


def tagged(**values: str) -> list[dict[str, str]]:
    return [{"Key": key.replace("_", "-"), "Value": value} for key, value in values.items()]


def instance(**changes: Any) -> dict[str, Any]:
    """One instance as in the API reference's example of DescribeInstances, in boto3's types."""
    return {
        "AmiLaunchIndex": 1,
        "ImageId": "ami-0abcdef1234567890",
        "InstanceId": "i-1234567890abcdef0",
        "InstanceType": "g6.xlarge",
        "KeyName": "aienv-0123456789abcdef0123456789abcdef",
        "LaunchTime": MOMENT + datetime.timedelta(days=3),
        "Monitoring": {"State": "disabled"},
        "Placement": {"AvailabilityZone": "us-east-1b", "GroupName": "", "Tenancy": "default"},
        "PrivateIpAddress": "10.20.0.17",
        "PublicIpAddress": "203.0.113.25",
        "State": {"Code": 16, "Name": "running"},
        "SecurityGroups": [{"GroupName": "gate", "GroupId": "sg-1"}],
        "NetworkInterfaces": [
            {
                "Attachment": {"AttachTime": MOMENT, "DeviceIndex": 0},
                "Groups": [{"GroupName": "gate", "GroupId": "sg-1"}],
                "InterfaceType": "interface",
            }
        ],
        "Tags": tagged(
            Name="train",
            team="red",
            aienv_fleet="train",
            aienv_base_index="4",
            aienv_image="debian-12",
            aienv_network="lan",
            aienv_user_data="00ff",
            aienv_ssh_user="admin",
            aienv_ttl_hours="8",
            aienv_expires="2026-11-23T18:00:00Z",
        ),
        **changes,
    }


def vm(**changes: Any) -> Any:
    return from_api(instance(**changes), "us-east-1")


def test_the_result_that_users_see() -> None:
    price = price_of("g6.xlarge", "us-east-1")
    assert price
    assert vm_result(vm()) == {
        "id": "i-1234567890abcdef0",
        "name": "train-5",
        "fleet": "train",
        "index": 5,
        "cloud": "aws",
        "region": "us-east-1",
        "zone": "us-east-1b",
        "state": "running",
        "machine_type": "g6.xlarge",
        "vcpus": 4,
        "memory_gb": 16.0,
        "gpu_model": "l4",
        "gpu_count": 1,
        "gpu_memory_gb": 24,
        "image": "debian-12",
        "public_ip": "203.0.113.25",
        "private_ip": "10.20.0.17",
        "market": "on_demand",
        "labels": {"team": "red"},
        "ssh_user": "admin",
        "created_at": "2026-11-23T09:00:00Z",
        "expires_at": "2026-11-23T18:00:00Z",
        "hourly_price": price.hourly,
        "price_date": price.date,
        "billed": True,
    }


def test_the_compared_properties() -> None:
    seen = vm()
    assert seen.image == ("debian-12", "ami-0abcdef1234567890")
    assert seen.ssh_public_key == "0123456789abcdef0123456789abcdef"
    assert (seen.network, seen.user_data, seen.ttl_hours, seen.firewalls) == ("lan", "00ff", 8, ("gate",))
    assert (seen.public_ip, seen.placement_group, seen.efa, seen.owned) == (True, None, False, True)
    assert {seen.disk_gb, seen.disk_type, seen.disk_encrypted} == {UNKNOWN}


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("pending", "pending"),
        ("running", "running"),
        ("stopping", "stopping"),
        ("stopped", "stopped"),
        ("shutting-down", "deleting"),
        ("terminated", "deleting"),
    ],
)
def test_states(word: str, state: str) -> None:
    assert vm(State={"Name": word}).state == state


@pytest.mark.parametrize("word", ["pending", "stopping", "stopped"])
def test_whether_a_vm_has_a_public_address_is_known_only_while_it_runs(word: str) -> None:
    assert vm(State={"Name": word}, PublicIpAddress=None).public_ip is UNKNOWN
    assert vm(PublicIpAddress=None).public_ip is False


def test_the_number_is_the_base_and_the_place_in_the_launch() -> None:
    assert index_of({"AmiLaunchIndex": 3}, {"aienv-base-index": "10"}) == 13
    assert index_of({}, {"aienv-base-index": "10"}) == 10
    assert index_of({"AmiLaunchIndex": 3}, {}) is None
    assert index_of({"AmiLaunchIndex": 3}, {"aienv-base-index": "many"}) is None


def test_a_vm_without_number_has_the_fleets_name() -> None:
    assert vm(Tags=tagged(aienv_fleet="train"), AmiLaunchIndex=0).name == "train"


def test_a_foreign_vm_is_not_ours_and_keeps_its_name() -> None:
    foreign = vm(Tags=tagged(Name="db"))
    assert (foreign.owned, foreign.name, foreign.fleet, foreign.index) == (False, "db", "", None)
    assert vm(Tags=None).name == "i-1234567890abcdef0"


@pytest.mark.parametrize(
    ("changes", "market"),
    [
        ({}, "on_demand"),
        ({"InstanceLifecycle": "spot"}, "spot"),
        ({"InstanceLifecycle": "capacity-block", "CapacityReservationId": "cr-1"}, "reserved"),
        (
            {"CapacityReservationSpecification": {"CapacityReservationTarget": {"CapacityReservationId": "cr-1"}}},
            "reserved",
        ),
        # An ordinary VM that EC2 put into an open reservation by itself.
        (
            {
                "CapacityReservationId": "cr-1",
                "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
            },
            "on_demand",
        ),
        # A scheduled or dedicated lifecycle is none of ours.
        ({"InstanceLifecycle": "scheduled"}, "on_demand"),
    ],
)
def test_the_market(changes: dict[str, Any], market: str) -> None:
    assert vm(**changes).market == market


def test_the_user_s_labels_are_what_is_left() -> None:
    raw = [*tagged(Name="x", aienv_fleet="f", team="red"), {"Key": "aws:autoscaling:groupName", "Value": "g"}]
    assert vm(Tags=raw).labels == {"team": "red"}


def test_efa_is_seen_on_any_interface() -> None:
    nics = [{"InterfaceType": "interface", "Groups": []}, {"InterfaceType": "efa-only", "Groups": []}]
    assert vm(NetworkInterfaces=nics).efa is True


def test_groups_come_from_the_first_interface_where_the_instance_shows_none() -> None:
    nics = [{"Groups": [{"GroupName": "a", "GroupId": "sg-a"}]}, {"Groups": [{"GroupName": "b", "GroupId": "sg-b"}]}]
    assert vm(SecurityGroups=[], NetworkInterfaces=nics).firewalls == ("a",)
    assert vm(SecurityGroups=[], NetworkInterfaces=[]).firewalls == ()


def test_the_reason_of_a_death_is_kept() -> None:
    dead = vm(State={"Name": "terminated"}, StateReason={"Code": "x", "Message": "Server.InternalError"})
    assert dead.reason == "Server.InternalError"
    assert vm(StateReason={"Message": ""}).reason is None


def test_an_unknown_type_has_no_shape_but_is_shown() -> None:
    result = vm_result(vm(InstanceType="z99.huge"))
    assert (result["machine_type"], result["vcpus"], result["gpu_model"]) == ("z99.huge", None, None)


def test_a_key_of_somebody_else_is_another_key() -> None:
    assert vm(KeyName="laptop").ssh_public_key == "laptop"
    assert vm(KeyName="").ssh_public_key is None


def test_created_is_when_the_first_interface_was_attached_not_the_last_start() -> None:
    assert vm().created_at == "2026-11-23T09:00:00Z"
    assert vm(NetworkInterfaces=[]).created_at == "2026-11-26T09:00:00Z"


def test_a_disk() -> None:
    raw = {"VolumeId": "vol-1", "Size": 30, "VolumeType": "gp3", "Encrypted": True, "Iops": 3000}
    assert with_disk(raw) == {"disk_id": "vol-1", "disk_gb": 30, "disk_type": "gp3", "disk_encrypted": True}
