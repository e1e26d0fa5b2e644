"""Hands on AWS: boto3 alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3

LIVING = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}


def client() -> Any:
    return boto3.client("ec2")


def instances(ec2: Any, *fleets: str) -> list[dict[str, Any]]:
    """The living ones of the fleets, else all, in the order in which they were launched."""
    own = [{"Name": "tag:aienv-fleet", "Values": list(fleets)}] if fleets else []
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[*own, LIVING])
    found = [i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]]
    return sorted(found, key=lambda i: i["AmiLaunchIndex"])


def name(instance: dict[str, Any]) -> str:
    """As EC2 tells it: base index plus launch index."""
    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
    return f"{tags['aienv-fleet']}-{int(tags['aienv-base-index']) + instance['AmiLaunchIndex']}"


def identity(instance: dict[str, Any]) -> str:
    return str(instance["InstanceId"])


def drift_network(ec2: Any, name: str) -> None:
    """Delete the last subnet."""
    found = ec2.describe_subnets(Filters=[{"Name": "tag:aienv-network", "Values": [name]}])["Subnets"]
    ec2.delete_subnet(SubnetId=max(found, key=lambda subnet: subnet["AvailabilityZone"])["SubnetId"])


def drift_firewall(ec2: Any, name: str) -> None:
    """Open telnet to the world, close https."""
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"][0]
    telnet = {"IpProtocol": "tcp", "FromPort": 23, "ToPort": 23, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[telnet])
    https = [p for p in group["IpPermissions"] if p.get("FromPort") == 443]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=https)


def drift_vm(ec2: Any, name: str) -> None:
    """Stop the first, relabel the second."""
    first, second, *_ = instances(ec2, name)
    ec2.stop_instances(InstanceIds=[first["InstanceId"]])
    ec2.create_tags(Resources=[second["InstanceId"]], Tags=[{"Key": "team", "Value": "blue"}])


def drift_snapshot(ec2: Any, name: str) -> None:
    """Take one of a disk of the first, with the tags that the disk has, as backup tools do."""
    disk = instances(ec2, name)[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    tags = ec2.describe_volumes(VolumeIds=[disk])["Volumes"][0]["Tags"]
    ec2.create_snapshot(VolumeId=disk, TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}])


def snapshots(ec2: Any) -> list[str]:
    """All of the account."""
    return [s["SnapshotId"] for s in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]]


DRIFT: dict[str, Callable[[Any, str], None]] = {
    "network": drift_network,
    "firewall": drift_firewall,
    "vm": drift_vm,
    "snapshot": drift_snapshot,
}
