"""States: which moves are allowed, and how long they take."""

from __future__ import annotations

import time

import pytest


def state(ec2, instance):
    reservations = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    return reservations[0]["Instances"][0]["State"]["Name"]


@pytest.fixture
def vm(launch):
    return launch()[0]["InstanceId"]


def test_stop_start_and_their_answers(ec2, vm):
    (change,) = ec2.stop_instances(InstanceIds=[vm])["StoppingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "stopping")
    assert state(ec2, vm) == "stopped"
    (change,) = ec2.start_instances(InstanceIds=[vm])["StartingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")
    assert state(ec2, vm) == "running"


def test_stopping_what_is_stopped_and_starting_what_runs_change_nothing(ec2, vm):
    (change,) = ec2.start_instances(InstanceIds=[vm])["StartingInstances"]
    assert change["CurrentState"]["Name"] == change["PreviousState"]["Name"] == "running"
    ec2.stop_instances(InstanceIds=[vm])
    (change,) = ec2.stop_instances(InstanceIds=[vm])["StoppingInstances"]
    assert change["CurrentState"]["Name"] == change["PreviousState"]["Name"] == "stopped"


def test_terminated_is_the_end(ec2, vm, refused):
    ec2.terminate_instances(InstanceIds=[vm])
    for move in (ec2.start_instances, ec2.stop_instances, ec2.reboot_instances):
        with refused("IncorrectInstanceState"):
            move(InstanceIds=[vm])
    (change,) = ec2.terminate_instances(InstanceIds=[vm])["TerminatingInstances"]
    assert change["CurrentState"]["Name"] == "terminated"


def test_a_terminated_instance_has_no_network_and_no_disk(ec2, vm):
    ec2.terminate_instances(InstanceIds=[vm])
    (seen,) = ec2.describe_instances(InstanceIds=[vm])["Reservations"][0]["Instances"]
    assert "PrivateIpAddress" not in seen
    assert not seen.get("NetworkInterfaces")
    assert ec2.describe_volumes()["Volumes"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_unknown_and_malformed_ids(ec2, refused):
    with refused("InvalidInstanceID.NotFound"):
        ec2.describe_instances(InstanceIds=["i-0123456789abcdef0"])
    with refused("InvalidInstanceID.Malformed"):
        ec2.stop_instances(InstanceIds=["i-devbox"])


def test_starting_takes_as_long_as_a_slow_boot_says(aws, ec2, launch):
    aws.faults({"kind": "slow_boot", "seconds": 0.6})
    vm = launch()[0]["InstanceId"]
    assert state(ec2, vm) == "pending"
    time.sleep(0.7)
    assert state(ec2, vm) == "running"


def test_stopping_and_shutting_down_take_as_long_as_a_slow_stop_says(aws, ec2, vm, refused):
    aws.faults({"kind": "slow_stop", "seconds": 0.6})
    ec2.stop_instances(InstanceIds=[vm])
    assert state(ec2, vm) == "stopping"
    with refused("IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[vm])
    time.sleep(0.7)
    assert state(ec2, vm) == "stopped"
    ec2.terminate_instances(InstanceIds=[vm])
    assert state(ec2, vm) == "shutting-down"


def test_the_type_changes_only_while_stopped_and_only_to_one_that_exists(ec2, vm, refused):
    def retype(name):
        ec2.modify_instance_attribute(InstanceId=vm, InstanceType={"Value": name})

    with refused("IncorrectInstanceState"):
        retype("g6.2xlarge")
    ec2.stop_instances(InstanceIds=[vm])
    with refused("InvalidInstanceAttributeValue"):
        retype("g99.huge")
    with refused("InvalidParameterValue"):
        retype("g5g.xlarge")
    retype("g6.2xlarge")
    seen = ec2.describe_instances(InstanceIds=[vm])["Reservations"][0]["Instances"][0]
    assert seen["InstanceType"] == "g6.2xlarge"


def test_user_data_needs_a_stopped_instance_and_protection_does_not(ec2, vm, refused):
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_attribute(InstanceId=vm, UserData={"Value": b"#cloud-config"})
    ec2.modify_instance_attribute(InstanceId=vm, DisableApiTermination={"Value": True})
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[vm])


def test_capacity_strikes_at_start_too(aws, ec2, vm, refused):
    ec2.stop_instances(InstanceIds=[vm])
    aws.faults({"kind": "capacity", "zones": ["us-east-1a"]})
    with refused("InsufficientInstanceCapacity"):
        ec2.start_instances(InstanceIds=[vm])
    assert state(ec2, vm) == "stopped"
