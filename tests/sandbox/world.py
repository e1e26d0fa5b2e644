"""An account of the emulated AWS with one network, one key and machines, as a test wants them; and a machine of any cloud."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import boto3

from sandbox.docker import owned
from sandbox.machines.machine import INSTANCE_LABEL

#: Generous: the computer may be busy with other tests; how fast it is on a quiet one is measured, not asserted here.
PATIENCE = 90.0


def wait_until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> float:
    """Wait for something to become true; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < patience, f"not within {patience:.0f} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - began


def make_key(folder: Path) -> Path:
    """A key pair of a test; the public one lies beside it with the ending .pub."""
    key = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


class World:
    """Speaks EC2 and SSH only, as any user of the cloud would."""

    def __init__(self, port: int, state: Path, cidr: str, folder: Path) -> None:
        self.state, self.cidr = state, cidr
        self.endpoint = f"http://127.0.0.1:{port}"
        self.ec2 = boto3.session.Session().client(
            "ec2", region_name="us-east-1", endpoint_url=self.endpoint,
            aws_access_key_id="sandbox", aws_secret_access_key="sandbox",
        )  # fmt: skip
        self.key = make_key(folder)
        self.prepare()

    def prepare(self) -> None:
        """What an empty cloud lacks: the key pair and the network."""
        self.ec2.import_key_pair(KeyName="test", PublicKeyMaterial=self.key.with_suffix(".pub").read_bytes())
        self.vpc, self.subnet = self.make_network()

    def make_network(self) -> tuple[str, str]:
        vpc = self.ec2.create_vpc(CidrBlock=self.cidr)["Vpc"]["VpcId"]
        return vpc, self.ec2.create_subnet(VpcId=vpc, CidrBlock=self.cidr)["Subnet"]["SubnetId"]

    def make_group(self, name: str, *rules: dict[str, Any]) -> str:
        group = str(self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)["GroupId"])
        if rules:
            self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=list(rules))
        return group

    def ssh_rule(self) -> dict[str, Any]:
        """SSH from the subnet, where the host has the gateway's address."""
        return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": self.cidr}]}

    def launch(self, release: str, group: str, machine_type: str = "t3.micro", **wishes: Any) -> Box:
        images = self.ec2.describe_images(Filters=[{"Name": "name", "Values": [f"{release}-amd64-*"]}])["Images"]
        wishes = {"SubnetId": self.subnet, "SecurityGroupIds": [group], **wishes}
        answer = self.ec2.run_instances(
            ImageId=images[0]["ImageId"], InstanceType=machine_type, MinCount=1, MaxCount=1, KeyName="test", **wishes
        )
        instance = answer["Instances"][0]
        return Box(self, instance["InstanceId"], instance["PrivateIpAddress"])

    def state_of(self, machine: str) -> str:
        found = self.ec2.describe_instances(InstanceIds=[machine])["Reservations"][0]["Instances"][0]
        return str(found["State"]["Name"])

    def report(self) -> dict[str, dict[str, Any]]:
        """What ``status`` knows of each machine."""
        with contextlib.suppress(OSError, ValueError):
            lines = json.loads((self.state / "machines.json").read_text())["machines"]
            return {line["id"]: line for line in lines}
        return {}


class Account(Protocol):
    """What a machine's test needs of its cloud."""

    state: Path
    key: Path

    def state_of(self, machine: str) -> str:
        """The cloud's word for its state."""


class Box:
    """One machine, by the name that its cloud's API has for it."""

    def __init__(self, world: Account, instance: str, address: str, user: str = "admin") -> None:
        self.world, self.id, self.address, self.user = world, instance, address, user

    def ssh(self, command: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=2",
                   "BatchMode=yes", "IdentitiesOnly=yes")  # fmt: skip
        flags = [word for option in options for word in ("-o", option)]
        line = ["ssh", "-F", "none", "-i", str(self.world.key), *flags, f"{self.user}@{self.address}", command]
        # An ssh whose machine goes away leaves the input that it was given non-blocking, and Ansible refuses such.
        return subprocess.run(
            line, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=timeout
        )

    def run(self, command: str) -> str:
        done = self.ssh(command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def answers(self) -> bool:
        return self.ssh("true").returncode == 0

    def wait(self) -> float:
        return wait_until(self.answers, f"ssh to {self.id}")

    def state(self) -> str:
        return self.world.state_of(self.id)

    def container(self) -> str | None:
        """Id of its container, running or not; None also for one of another sandbox."""
        line = ["docker", "ps", "-aq", "--no-trunc", "--filter", f"label={INSTANCE_LABEL}={self.id}"]
        found = set(subprocess.run(line, capture_output=True, text=True, check=True).stdout.split())
        mine = found & set(owned("container", str(self.world.state)))
        return mine.pop() if mine else None

    def mark(self) -> None:
        """Leave something that only a running system holds: it is gone after a reboot."""
        self.run("sudo touch /run/mark")

    def is_marked(self) -> bool:
        return self.ssh("test -e /run/mark").returncode == 0

    def is_fresh(self) -> bool:
        return self.ssh("test ! -e /run/mark").returncode == 0
