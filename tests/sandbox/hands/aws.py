"""What a person does on AWS, for the tests that all clouds share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3

from tests.sandbox.world import Box, make_key


class Aws:
    """An account with a network, and a firewall that lets nobody in."""

    stopped = "stopped"
    user = "admin"

    def __init__(self, endpoint: str, state: Path, cidr: str, folder: Path) -> None:
        self.state, self.cidr, self.key = state, cidr, make_key(folder)
        self._ec2: Any = boto3.session.Session().client(
            "ec2", region_name="us-east-1", endpoint_url=endpoint,
            aws_access_key_id="sandbox", aws_secret_access_key="sandbox",
        )  # fmt: skip
        self._ec2.import_key_pair(KeyName="test", PublicKeyMaterial=self.key.with_suffix(".pub").read_bytes())
        vpc = self._ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self._subnet = self._ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]
        self._group = self._ec2.create_security_group(GroupName="box", Description="box", VpcId=vpc)["GroupId"]

    def launch(self, user_data: str) -> Box:
        images = self._ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
        (made,) = self._ec2.run_instances(
            ImageId=images[0]["ImageId"], InstanceType="g4dn.xlarge", MinCount=1, MaxCount=1, KeyName="test",
            SubnetId=self._subnet, SecurityGroupIds=[self._group], UserData=user_data,
        )["Instances"]  # fmt: skip
        return Box(self, made["InstanceId"], made["PrivateIpAddress"], self.user)

    def open_ssh(self) -> None:
        self._ec2.authorize_security_group_ingress(GroupId=self._group, IpPermissions=[self._rule()])

    def close_ssh(self) -> None:
        self._ec2.revoke_security_group_ingress(GroupId=self._group, IpPermissions=[self._rule()])

    def _rule(self) -> dict[str, Any]:
        return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": self.cidr}]}

    def state_of(self, machine: str) -> str:
        found = self._ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    def stop(self, box: Box) -> None:
        self._ec2.stop_instances(InstanceIds=[box.id])

    def start(self, box: Box) -> None:
        self._ec2.start_instances(InstanceIds=[box.id])

    def delete(self, box: Box) -> None:
        self._ec2.terminate_instances(InstanceIds=[box.id])
