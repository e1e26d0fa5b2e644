"""Snapshots as EC2 takes them: their owners, their states, their limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Refused = Callable[..., Any]


def take(ec2: Any, instance: str, **words: Any) -> list[dict[str, Any]]:
    return list(ec2.create_snapshots(InstanceSpecification={"InstanceId": instance}, **words)["Snapshots"])


def test_all_disks_of_a_vm_at_once(ec2: Any, launch: Any) -> None:
    (vm,) = launch()
    volume = ec2.create_volume(AvailabilityZone=vm["Placement"]["AvailabilityZone"], Size=7)["VolumeId"]
    ec2.attach_volume(VolumeId=volume, InstanceId=vm["InstanceId"], Device="/dev/sdf")
    tags = [{"ResourceType": "snapshot", "Tags": [{"Key": "who", "Value": "me"}]}]
    made = take(ec2, vm["InstanceId"], TagSpecifications=tags)
    assert (7, volume) in [(s["VolumeSize"], s["VolumeId"]) for s in made]
    assert len(made) == 2
    listed = ec2.describe_snapshots(OwnerIds=["self"], Filters=[{"Name": "tag:who", "Values": ["me"]}])["Snapshots"]
    assert {s["SnapshotId"] for s in listed} == {s["SnapshotId"] for s in made}
    assert {s["State"] for s in listed} == {"completed"}


def test_by_owner(ec2: Any, launch: Any) -> None:
    (vm,) = launch()
    (made,) = take(ec2, vm["InstanceId"])
    for owner, seen in (("self", 1), (made["OwnerId"], 1), ("210987654321", 0), ("amazon", 0)):
        assert len(ec2.describe_snapshots(OwnerIds=[owner])["Snapshots"]) == seen


def test_pending_for_as_long_as_a_fault_says_and_failed_where_it_says(aws: Any, ec2: Any, launch: Any) -> None:
    (vm,) = launch()
    aws.faults({"kind": "slow_boot", "seconds": 3600})
    assert [s["State"] for s in take(ec2, vm["InstanceId"])] == ["pending"]
    aws.faults({"kind": "partial", "count": 0})
    (made,) = take(ec2, vm["InstanceId"])
    (failed,) = ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])["Snapshots"]
    assert (failed["State"], "not accessible" in failed["StateMessage"]) == ("error", True)


def test_limits(aws: Any, ec2: Any, launch: Any, refused: Refused) -> None:
    (vm,) = launch()
    aws.faults({"kind": "quota", "available": 0})
    with refused("SnapshotLimitExceeded"):
        take(ec2, vm["InstanceId"])
    aws.faults()
    with refused("InvalidInstanceID.NotFound"):
        take(ec2, "i-0123456789abcdef0")
    with refused("InvalidParameterValue"):
        ec2.describe_snapshots(Filters=[{"Name": "colour", "Values": ["red"]}])


def test_pages(ec2: Any, launch: Any) -> None:
    for vm in launch(7):
        take(ec2, vm["InstanceId"])
    first = ec2.describe_snapshots(OwnerIds=["self"], MaxResults=5)
    rest = ec2.describe_snapshots(OwnerIds=["self"], MaxResults=5, NextToken=first["NextToken"])
    seen = [s["SnapshotId"] for page in (first, rest) for s in page["Snapshots"]]
    assert len(set(seen)) == len(seen) == 7
    assert "NextToken" not in rest
