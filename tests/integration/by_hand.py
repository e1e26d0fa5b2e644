"""What a person does to a cloud beside this collection: `by_hand.py aws drift vm lab`, `by_hand.py aws see lab`.

boto3 alone; nothing of the collection is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import boto3


def instances(ec2: Any, fleet: str) -> list[dict[str, Any]]:
    """The living ones, in the order in which they were launched."""
    own = [
        {"Name": "tag:aienv-fleet", "Values": [fleet]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
    ]
    found = ec2.describe_instances(Filters=own)["Reservations"]
    return sorted((i for r in found for i in r["Instances"]), key=lambda i: i["AmiLaunchIndex"])


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


DRIFT: dict[str, Callable[[Any, str], None]] = {
    "network": drift_network,
    "firewall": drift_firewall,
    "vm": drift_vm,
}


def main(cloud: str, verb: str, *words: str) -> None:
    assert cloud == "aws", f"nobody has hands on {cloud} yet"
    ec2 = boto3.client("ec2")
    if verb == "drift":
        DRIFT[words[0]](ec2, words[1])
    else:
        json.dump([i["InstanceId"] for i in instances(ec2, words[0])], sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
