"""Bad input is refused before the first call: by its name, with what would be accepted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import firewalls, networks, vms
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.shapes import SHAPES
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from tests.servers import CREDENTIALS, AwsServer
from tests.unit.plugins.builders import NOISE, PUBLIC_KEY, parsed
from tests.unit.plugins.clouds.contract import SSH
from tests.unit.plugins.memory_cloud import FakeClock

WORLD = "0.0.0.0/0"

# resource, what is wrong with it, the option that the message names, what it says is accepted
BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("vm", {"name": "Train"}, "name", "lower-case letters"),
    ("vm", {"name": "9train"}, "name", "beginning with a letter"),
    ("vm", {"name": "train-"}, "name", "lower-case letters"),
    ("vm", {"name": "t" * 51}, "name", "at most 50"),
    ("vm", {"name": ""}, "name", "lower-case letters"),
    ("vm", {"count": -1}, "count", "0 or more"),
    ("vm", {"disk_gb": 0}, "disk_gb", "above zero"),
    ("vm", {"disk_gb": -5}, "disk_gb", "above zero"),
    ("vm", {"ttl_hours": 0}, "ttl_hours", "above zero"),
    ("vm", {"ttl_hours": 87601}, "ttl_hours", "at most 87600"),
    ("vm", {"ttl_hours": 10**12}, "ttl_hours", "at most 87600"),
    ("vm", {"max_hourly_price": float("nan")}, "max_hourly_price", "above zero"),
    ("vm", {"max_hourly_price": float("inf")}, "max_hourly_price", "above zero"),
    ("vm", {"machine_type": None, "min_memory_gb": float("inf")}, "min_memory_gb", "above zero"),
    ("vm", {"wait_timeout": 0}, "wait_timeout", "above zero"),
    ("vm", {"machine_type": "g6.xlarg"}, "machine_type", "g6.2xlarge"),
    ("vm", {"machine_type": "nonsense"}, "machine_type", "g6.xlarge"),
    ("vm", {"machine_type": "Standard_NC4as_T4_v3"}, "machine_type", "g4dn.xlarge"),
    ("vm", {"machine_types": ["g6.xlarge", "g6.hugest"]}, "machine_types", "g6.48xlarge"),
    ("vm", {"machine_types": ["g6.xlarge", "g5g.xlarge"]}, "machine_types", "the same processor architecture"),
    ("vm", {"gpu_model": "rtx-9090"}, "gpu_model", "known models: v100"),
    ("vm", {"gpu_model": "L4"}, "gpu_model", "l4"),
    ("vm", {"gpu_model": "h100-nvl"}, "gpu_model", "GPU models here"),
    ("vm", {"gpu_model": "l4", "gpu_count": 3}, "gpu_model", "g6.12xlarge"),
    ("vm", {"gpu_model": "l4", "gpu_count": 0}, "gpu_count", "above zero"),
    ("vm", {"gpu_model": "l4", "min_memory_gb": 9999}, "gpu_model", "with this GPU there are"),
    ("vm", {"gpu_model": "l4", "min_vcpus": -1}, "min_vcpus", "above zero"),
    ("vm", {"machine_type": "g6.xlarge", "min_vcpus": 64}, "min_vcpus", "machine_type"),
    ("vm", {"machine_types": ["g6.xlarge"], "min_memory_gb": 64}, "min_memory_gb", "machine_types"),
    ("vm", {"machine_types": []}, "machine_types", "at least one"),
    ("vm", {"image": "debian-99"}, "image", "debian-12, debian-13, ubuntu-22.04"),
    ("vm", {"image": "Debian 12"}, "image", "ami-0123456789abcdef0"),
    ("vm", {"image": None}, "image", "machine_type"),
    ("vm", {"machine_type": None}, "machine_type", "gpu_model"),
    ("vm", {"ssh_public_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "ssh_public_key", "id_ed25519.pub"),
    ("vm", {"ssh_public_key": "ssh-ed25519 AAAA"}, "ssh_public_key", "id_ed25519.pub"),
    ("vm", {"ssh_public_key": "~/.ssh/id_ed25519.pub"}, "ssh_public_key", "one line as in"),
    ("vm", {"ssh_public_key": PUBLIC_KEY.replace("ssh-ed25519", "ssh-rsa")}, "ssh_public_key", "one line as in"),
    ("vm", {"firewalls": []}, "firewalls", "at least one"),
    ("vm", {"zones": []}, "zones", "at least one"),
    ("vm", {"zones": ["us-west-2a"]}, "zones", "us-east-1a"),
    ("vm", {"zones": ["a"]}, "zones", "us-east-1a"),
    ("vm", {"labels": {"aienv-fleet": "x"}}, "labels", "aienv-"),
    ("vm", {"labels": {"aws:x": "x"}}, "labels", "aws:"),
    ("vm", {"labels": {"Name": "x"}}, "labels", "Name"),
    ("vm", {"labels": {"": "x"}}, "labels", "1 to 128"),
    ("vm", {"labels": {"k" * 129: "x"}}, "labels", "1 to 128"),
    ("vm", {"labels": {"k": "x" * 257}}, "labels", "at most 256"),
    ("vm", {"market": "reserved"}, "reservation_id", "capacity block"),
    ("vm", {"reservation_id": "cr-1"}, "reservation_id", "market 'reserved' only"),
    ("vm", {"market": "spot", "reservation_id": "cr-1"}, "reservation_id", "market 'reserved' only"),
    ("vm", {"efa": True}, "efa", "g6.xlarge"),
    ("vm", {"efa": True, "machine_type": "p5.48xlarge", "public_ip": True}, "public_ip", "several network cards"),
    ("vm", {"region": "us-east-9"}, "region", "us-east-1"),
    ("vm", {"region": "Ohio", "endpoint_url": None}, "region", "us-east-2"),
    ("vm", {"profile": "nobody"}, "profile", "your AWS configuration has"),
    ("firewall", {"name": "Gate"}, "name", "lower-case letters"),
    ("firewall", {"name": "sg-1"}, "name", "sg-"),
    ("firewall", {"name": "default"}, "name", "default"),
    ("firewall", {"rules": [{**SSH, "sources": [WORLD]}]}, "rules.sources", "allow_world: true"),
    ("firewall", {"rules": [{**SSH, "sources": ["::/0"]}]}, "rules.sources", "ssh (22)"),
    ("firewall", {"rules": [{"service": "rdp", "sources": [WORLD]}]}, "rules.sources", "rdp (3389)"),
    ("firewall", {"rules": [{"protocol": "tcp", "ports": ["1-1024"], "sources": [WORLD]}]}, "rules.sources", "ssh (22)"),
    ("firewall", {"rules": [{"protocol": "all", "sources": [WORLD]}]}, "rules.sources", "every port"),
    ("firewall", {"rules": [{**SSH, "sources": ["203.0.113.7/24"]}]}, "rules.sources", "CIDR such as"),
    ("firewall", {"rules": [{**SSH, "sources": ["203.0.113.999/24"]}]}, "rules.sources", "CIDR such as"),
    ("firewall", {"rules": [{**SSH, "sources": ["2001:db8::/129"]}]}, "rules.sources", "CIDR such as"),
    ("firewall", {"rules": [{**SSH, "sources": ["example.net"]}]}, "rules.sources", "another firewall"),
    ("firewall", {"rules": [{**SSH, "sources": []}]}, "rules.sources", "at least one"),
    ("firewall", {"rules": [{**SSH, "ports": ["22"]}]}, "rules.ports", "implies its port"),
    ("firewall", {"rules": [{**SSH, "protocol": "tcp"}]}, "rules", "either service or protocol"),
    ("firewall", {"rules": [{"sources": ["10.0.0.0/8"]}]}, "rules", "either service or protocol"),
    ("firewall", {"rules": [{"protocol": "tcp", "sources": ["10.0.0.0/8"]}]}, "rules.ports", "needs ports"),
    ("firewall", {"rules": [{"protocol": "icmp", "ports": ["8"], "sources": ["10.0.0.0/8"]}]}, "rules.ports", "no ports"),
    ("firewall", {"rules": [{"protocol": "tcp", "ports": ["70000"], "sources": ["10.0.0.0/8"]}]}, "rules.ports", "65535"),
    ("firewall", {"rules": [{"protocol": "tcp", "ports": ["90-80"], "sources": ["10.0.0.0/8"]}]}, "rules.ports", "8000-8100"),
    ("firewall", {"rules": [{"protocol": "tcp", "ports": ["http"], "sources": ["10.0.0.0/8"]}]}, "rules.ports", "8000-8100"),
    ("firewall", {"rules": [{**SSH, "description": "don't"}]}, "rules.description", "255"),
    ("firewall", {"rules": [SSH, {**SSH, "description": "other"}]}, "rules", "declared twice"),
    ("firewall", {"labels": {"aienv-firewall": "x"}}, "labels", "aienv-"),
    ("firewall", {"description": "caf\u00e9"}, "description", "255"),
    ("firewall", {"region": "mars"}, "region", "us-east-1"),
    ("network", {"name": "Lan"}, "name", "lower-case letters"),
    ("network", {"cidr": "10.20.0.0"}, "cidr", "/16 to /24"),
    ("network", {"cidr": "10.20.0.1/16"}, "cidr", "10.20.0.0/16"),
    ("network", {"cidr": "8.8.0.0/16"}, "cidr", "private IPv4"),
    ("network", {"cidr": "fd00::/16"}, "cidr", "private IPv4"),
    ("network", {"cidr": "10.0.0.0/8"}, "cidr", "/16 to /24"),
    ("network", {"name": "default"}, "name", "the account's default network"),
    ("firewall", {"rules": [{"service": "ssh", "sources": ["128.0.0.0/1"]}]}, "rules.sources", "allow_world"),
    ("firewall", {"rules": [{"service": "rdp", "sources": ["2000::/3"]}]}, "rules.sources", "allow_world"),
    ("vm", {"labels": {"team": None}}, "labels", "a value is expected"),
    ("vm", {"labels": {f"l{n}": "" for n in range(41)}}, "labels", "40"),
    ("vm", {"user_data": NOISE}, "user_data", "16384 bytes, and these 40000 are 2"),
    ("network", {"cidr": "10.20.0.0/28"}, "cidr", "/16 to /24"),
    ("network", {"cidr": "lan"}, "cidr", "private range"),
    ("network", {"zones": ["eu-west-1a"]}, "zones", "us-east-1a"),
    ("network", {"labels": {"Name": "x"}}, "labels", "Name"),
    ("network", {"profile": "nobody"}, "profile", "your AWS configuration has"),
]  # fmt: skip

RESOURCES = {"vm": vms.RESOURCE, "firewall": firewalls.RESOURCE, "network": networks.RESOURCE}
GOOD: dict[str, dict[str, Any]] = {
    "vm": {"name": "train", "image": "debian-12", "machine_type": "g6.xlarge"},
    "firewall": {"name": "gate", "rules": [SSH]},
    "network": {"name": "lan"},
}


def run(aws: AwsServer, kind: str, **words: Any) -> Any:
    """As `run.py` does it: verify, connect, reconcile."""
    resource = RESOURCES[kind]
    instead = {"machine_types", "gpu_model"} & set(words) and "machine_type" not in words
    usual = {**GOOD[kind], "region": "us-east-1", **({"machine_type": None} if instead else {})}
    options = parsed(resource.options, **{**usual, **words}).verified()
    return reconcile(resource.connect(options), options.desired(), options.policy, FakeClock(), resource.view)


@pytest.fixture(autouse=True)
def environment(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real region rules hold for AWS's own endpoint; the variable leads to the emulator without the option."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": aws.endpoint, "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")


@pytest.mark.parametrize(
    ("kind", "words", "option", "accepted"),
    BAD,
    ids=[f"{kind} {option} {number}" for number, (kind, _, option, _) in enumerate(BAD)],
)
def test_bad_input(aws: AwsServer, kind: str, words: dict[str, Any], option: str, accepted: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        run(aws, kind, **words)
    assert caught.value.code == "invalid"
    assert caught.value.resource == option
    assert str(caught.value).startswith(f"option '{option}' ")
    assert accepted in str(caught.value)
    assert aws.calls()["total"] == 0


@pytest.mark.parametrize("kind", GOOD)
def test_good_input_is_accepted(aws: AwsServer, kind: str) -> None:
    assert run(aws, kind).changed


@pytest.mark.parametrize(
    "words",
    [
        {"image": "ami-0123456789abcdef0"},
        {"name": "t"},
        {"name": "t" * 50},
        {"count": 0},
        {"state": "absent", "image": None, "machine_type": None},
        {"state": "stopped", "image": None, "machine_type": None},
        {"labels": {"Team": "Red & Blue", "aws": "x", "name": "y", "k" * 128: "v" * 256}},
        {"machine_type": "p5.48xlarge", "efa": True},
        {"machine_type": "p5.48xlarge", "efa": True, "public_ip": False},
        {"market": "reserved", "reservation_id": "cr-1"},
        {"ssh_public_key": PUBLIC_KEY.rsplit(" ", 1)[0]},
        {"machine_type": None, "gpu_model": "l4", "min_vcpus": 8, "min_memory_gb": 60},
        {"machine_type": None, "min_vcpus": 2},
    ],
    ids=str,
)
def test_unusual_but_good(words: dict[str, Any]) -> None:
    assert parsed(vms.RESOURCE.options, **{**GOOD["vm"], **words}).verified()


@pytest.mark.parametrize(
    "rules",
    [
        [{"protocol": "tcp", "ports": ["443"], "sources": [WORLD, "::/0"]}],
        [{"protocol": "icmp", "sources": [WORLD]}],
        [{"service": "ssh", "sources": ["203.0.113.7"]}],
        [{"protocol": "tcp", "ports": [" 80 ", "0-21", "23-3388"], "sources": [WORLD]}],
        [SSH, SSH],
    ],
    ids=str,
)
def test_good_rules(rules: list[Any]) -> None:
    assert parsed(firewalls.RESOURCE.options, name="gate", rules=rules).verified()


def test_the_world_with_consent() -> None:
    options = parsed(firewalls.RESOURCE.options, name="g", rules=[{**SSH, "sources": [WORLD]}], allow_world=True)
    assert len(options.verified().rules) == 1


def test_a_need_is_narrowed_to_one_architecture() -> None:
    options = parsed(vms.RESOURCE.options, name="t", image="debian-12", min_vcpus=2).verified()
    assert options.machine_types[0] == "t3.nano"
    assert not any(name.startswith(("t4g.", "m7g.")) for name in options.machine_types)


def test_a_need_does_not_climb_to_the_largest_machine_there_is() -> None:
    options = parsed(vms.RESOURCE.options, name="t", image="debian-12", gpu_model="l4").verified()
    assert options.machine_types == ("g6.xlarge", "g6.2xlarge")
    options = parsed(vms.RESOURCE.options, name="t", image="debian-12", min_vcpus=8, min_memory_gb=32).verified()
    shapes = [SHAPES[name] for name in options.machine_types]
    assert 1 < len(shapes) <= 5
    assert all(shape.vcpus <= 16 and shape.memory_gb <= 64 for shape in shapes)
    assert not any(shape.machine_type.startswith(("inf", "trn", "d3", "c1.", "m1.", "u7")) for shape in shapes)


def test_another_comment_is_the_same_key() -> None:
    from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import fingerprint

    assert fingerprint(PUBLIC_KEY) == fingerprint(PUBLIC_KEY.replace("ada@example.net", "bob"))
