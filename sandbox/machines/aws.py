"""What the emulated AWS says: the watcher's only view of the cloud, through boto3."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.loopback import WATCHER_AGENT, get_json
from sandbox.machines.cloud import Look
from sandbox.machines.firewall import Group, Rule
from sandbox.machines.gpu import Board, Gpu, list_gpus
from sandbox.machines.machine import Machine

#: The user of Debian's images on AWS. They make no other, whatever the key pair.
USER = "admin"

_LIVE_STATES = ["pending", "running", "stopping", "stopped", "shutting-down"]


class Aws:
    """One region of the emulated AWS."""

    errors = (BotoCoreError, ClientError, OSError)

    def __init__(self, endpoint: str, region: str) -> None:
        self._endpoint = endpoint
        # Any: what its methods answer depends on which stubs are installed.
        self._ec2: Any = boto3.session.Session().client(
            "ec2",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",
            config=Config(
                user_agent_extra=WATCHER_AGENT,
                connect_timeout=5,
                read_timeout=60,
                retries={"max_attempts": 2},
                max_pool_connections=20,
                proxies={},
            ),
        )
        self._images: dict[str, str] = {}
        self._boards: dict[str, list[Board]] = {}
        self._subnets: dict[str, str] = {}

    def look(self) -> Look:
        """List everything that the watcher acts on: two calls, one when there is no machine."""
        machines = {}
        pages = self._ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-state-name", "Values": _LIVE_STATES}], PaginationConfig={"PageSize": 1000}
        )
        for page in pages:
            for reservation in page["Reservations"]:
                for raw in reservation["Instances"]:
                    machine = read_machine(raw)
                    if machine is not None:
                        machines[machine.id] = machine
        wanted = sorted({group for machine in machines.values() for group in machine.groups})
        groups = self._ec2.describe_security_groups(GroupIds=wanted)["SecurityGroups"] if wanted else []
        return Look(machines, {raw["GroupId"]: read_group(raw) for raw in groups}, self._reboots() if machines else {})

    def is_gone(self, machine_id: str) -> bool:
        """Whether a machine that is not among the live ones is terminated or unknown."""
        try:
            found = self._ec2.describe_instances(InstanceIds=[machine_id])["Reservations"]
        except ClientError as error:
            if error.response["Error"]["Code"].startswith("InvalidInstanceID"):
                return True
            raise
        return all(raw["State"]["Name"] == "terminated" for reservation in found for raw in reservation["Instances"])

    def user_data(self, machine: Machine) -> bytes:
        answer = self._ec2.describe_instance_attribute(InstanceId=machine.id, Attribute="userData")
        return base64.b64decode(answer.get("UserData", {}).get("Value") or "")

    def logins(self, machine: Machine) -> dict[str, list[str]]:
        if not machine.key_name:
            return {USER: []}
        pairs = self._ec2.describe_key_pairs(KeyNames=[machine.key_name], IncludePublicKey=True)["KeyPairs"]
        return {USER: [pair["PublicKey"] for pair in pairs if pair.get("PublicKey")]}

    def image_name(self, machine: Machine) -> str:
        if machine.image_id not in self._images:
            found = self._ec2.describe_images(ImageIds=[machine.image_id])["Images"]
            self._images[machine.image_id] = found[0].get("Name", "") if found else ""
        return self._images[machine.image_id]

    def gpus(self, machine: Machine) -> list[Gpu]:
        if machine.machine_type not in self._boards:
            found = self._ec2.describe_instance_types(InstanceTypes=[machine.machine_type])["InstanceTypes"]
            self._boards[machine.machine_type] = read_boards(found[0].get("GpuInfo", {})) if found else []
        return list_gpus(self._boards[machine.machine_type], machine.id)

    def subnet_cidr(self, subnet: str) -> str:
        if subnet not in self._subnets:
            self._subnets[subnet] = self._ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["CidrBlock"]
        return self._subnets[subnet]

    def switch_off(self, machine: Machine) -> None:
        """Tell the cloud that a machine switched itself off: it stops, or terminates if that was chosen."""
        answer = self._ec2.describe_instance_attribute(
            InstanceId=machine.id, Attribute="instanceInitiatedShutdownBehavior"
        )
        behaviour = answer.get("InstanceInitiatedShutdownBehavior", {}).get("Value")
        act = self._ec2.terminate_instances if behaviour == "terminate" else self._ec2.stop_instances
        act(InstanceIds=[machine.id])

    def _reboots(self) -> dict[str, datetime]:
        """When the cloud was last asked to reboot each machine."""
        asked: dict[str, float] = get_json(self._endpoint, "/_sandbox/reboots")
        return {machine_id: datetime.fromtimestamp(at, UTC) for machine_id, at in asked.items()}


def connect(endpoint: str, region: str, state: Path) -> Aws:  # noqa: ARG001  (any credentials will do)
    """The watcher's view of one region."""
    return Aws(endpoint, region)


def read_machine(raw: dict[str, Any]) -> Machine | None:
    """A machine from DescribeInstances; None for one that has no address (it is on its way out)."""
    if not raw.get("PrivateIpAddress") or not raw.get("SubnetId"):
        return None
    tags = {tag["Key"]: tag["Value"] for tag in raw.get("Tags", ())}
    return Machine(
        id=raw["InstanceId"],
        name=tags.get("Name", ""),
        state=raw["State"]["Name"],
        machine_type=raw["InstanceType"],
        image_id=raw["ImageId"],
        address=raw["PrivateIpAddress"],
        subnet=raw["SubnetId"],
        groups=tuple(sorted(group["GroupId"] for group in raw.get("SecurityGroups", ()))),
        key_name=raw.get("KeyName"),
        launched=raw["LaunchTime"],
        hostname="ip-" + raw["PrivateIpAddress"].replace(".", "-"),
    )


def read_boards(gpu_info: dict[str, Any]) -> list[Board]:
    """The NVIDIA boards of DescribeInstanceTypes' GpuInfo.

    A fraction of a GPU (count 0 in the API) shows as one GPU with that much memory, as a virtual GPU does.
    """
    return [
        Board(entry["Name"], int(entry.get("MemoryInfo", {}).get("SizeInMiB", 0)), int(entry.get("Count") or 1))
        for entry in gpu_info.get("Gpus", ())
        if entry.get("Manufacturer") == "NVIDIA"
    ]


def read_group(raw: dict[str, Any]) -> Group:
    """A security group from DescribeSecurityGroups."""
    return Group(
        id=raw["GroupId"],
        ingress=tuple(read_rule(rule) for rule in raw.get("IpPermissions", ())),
        egress=tuple(read_rule(rule) for rule in raw.get("IpPermissionsEgress", ())),
    )


def read_rule(raw: dict[str, Any]) -> Rule:
    """One permission. Prefix lists are not resolved: they allow nothing."""
    return Rule(
        protocol=raw["IpProtocol"],
        first=raw.get("FromPort"),
        last=raw.get("ToPort"),
        networks=(
            *(entry["CidrIp"] for entry in raw.get("IpRanges", ())),
            *(entry["CidrIpv6"] for entry in raw.get("Ipv6Ranges", ())),
        ),
        groups=tuple(entry["GroupId"] for entry in raw.get("UserIdGroupPairs", ())),
    )
