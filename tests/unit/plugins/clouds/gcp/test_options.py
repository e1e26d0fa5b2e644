"""Bad input is refused before the first call: by its name, with what would be accepted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import firewalls, networks, vms
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.inventory import GcpInventoryOptions
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.shapes import SHAPES
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.site import check_zones
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from tests.servers import GcpServer
from tests.unit.plugins.builders import PUBLIC_KEY, parsed
from tests.unit.plugins.clouds.contract import SSH
from tests.unit.plugins.memory_cloud import FakeClock

WORLD = "0.0.0.0/0"
PUBLIC = "https://compute.googleapis.com"  # with an endpoint of one's own other zones are possible

# resource, what is wrong with it, the option that the message names, what it says is accepted
BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("vm", {"name": "Train"}, "name", "lower-case letters"),
    ("vm", {"name": "t" * 51}, "name", "at most 50"),
    ("vm", {"count": -1}, "count", "0 or more"),
    ("vm", {"machine_type": "g2-standrad-4"}, "machine_type", "g2-standard-4"),
    ("vm", {"machine_type": "g6.xlarge"}, "machine_type", "g2-standard-4"),
    ("vm", {"machine_type": "n1-standard-4+p4"}, "machine_type", "n1-standard-4+t4"),
    ("vm", {"machine_types": ["g2-standard-4", "c4a-standard-4"]}, "machine_types", "the same processor architecture"),
    ("vm", {"machine_types": []}, "machine_types", "at least one"),
    ("vm", {"gpu_model": "rtx-9090"}, "gpu_model", "known models: v100"),
    ("vm", {"gpu_model": "a10g"}, "gpu_model", "GPU models here"),
    ("vm", {"gpu_model": "l4", "gpu_count": 3}, "gpu_model", "g2-standard-24"),
    ("vm", {"gpu_model": "h100", "gpu_count": 1}, "market", "a3-highgpu-1g is sold with market: spot only"),
    ("vm", {"machine_type": "a4-highgpu-8g"}, "market", "market: reserved or market: spot"),
    ("vm", {"machine_type": "a4x-highgpu-4g", "market": "spot"}, "market", "market: reserved only"),
    ("vm", {"machine_type": "g4-standard-48", "disk_type": "pd-ssd"}, "disk_type", "hyperdisk-balanced"),
    ("vm", {"disk_gb": 5}, "disk_gb", "at least 10 GiB"),
    ("vm", {"image": "debian-99"}, "image", "debian-12, debian-13, ubuntu-22.04"),
    ("vm", {"image": "ami-0123456789abcdef0"}, "image", "projects/PROJECT/global/images/family/NAME"),
    ("vm", {"image": None}, "image", "machine_type"),
    ("vm", {"image": "debian-12", "user_data": "#cloud-config\n"}, "user_data", "has no cloud-init and would ignore it"),
    ("vm", {"image": "debian-13", "user_data": "#!/bin/sh\n"}, "user_data", "ubuntu-24.04"),
    ("vm", {"user_data": "x" * (256 * 1024 + 1)}, "user_data", "262144"),
    ("vm", {"ssh_public_key": "~/.ssh/id_ed25519.pub"}, "ssh_public_key", "one line as in"),
    ("vm", {"ssh_public_key": PUBLIC_KEY, "os_login": True}, "ssh_public_key", "os_login"),
    ("vm", {"ssh_public_key": PUBLIC_KEY, "image": "projects/p/global/images/own"}, "ssh_user", "has to be named"),
    ("vm", {"ssh_user": "Ada Lovelace"}, "ssh_user", "at most 32"),
    ("vm", {"ttl_hours": 121 * 24}, "ttl_hours", "2880"),
    ("vm", {"zones": ["europe-west4-a"]}, "zones", "us-central1-a"),
    ("vm", {"zones": ["us-central1"]}, "zones", "us-central1-b"),
    ("vm", {"zones": ["a"]}, "zones", "us-central1-a"),
    ("vm", {"zones": []}, "zones", "at least one"),
    ("vm", {"network": "Lan!"}, "network", "projects/PROJECT/global/networks/NAME"),
    ("vm", {"network": "projects/p/regions/europe-west4/subnetworks/s"}, "network", "projects/PROJECT/regions/us-central1"),
    ("vm", {"labels": {"aienv-fleet": "x"}}, "labels", "aienv-"),
    ("vm", {"labels": {"goog-x": "x"}}, "labels", "goog-"),
    ("vm", {"labels": {"Team": "x"}}, "labels", "lower-case letters, digits, _ and -, beginning with a letter"),
    ("vm", {"labels": {"9team": "x"}}, "labels", "beginning with a letter"),
    ("vm", {"labels": {"": "x"}}, "labels", "1 to 63"),
    ("vm", {"labels": {"team": "Red & Blue"}}, "labels", "values of at most 63 of the same"),
    ("vm", {"labels": {"team": "a.b"}}, "labels", "lower-case letters"),
    ("vm", {"labels": {"k" * 64: "x"}}, "labels", "1 to 63"),
    ("vm", {"labels": {"k": "v" * 64}}, "labels", "at most 63"),
    ("vm", {"labels": {f"l{n}": "" for n in range(51)}}, "labels", "50"),
    ("vm", {"labels": {"team": None}}, "labels", "a value is expected"),
    ("vm", {"market": "reserved"}, "reservation_id", "a reservation"),
    ("vm", {"region": "us-central9"}, "region", "us-central1"),
    ("vm", {"region": "us-central1-a"}, "region", "us-central1"),
    ("vm", {"project": "My Project"}, "project", "not its title or number"),
    ("firewall", {"name": "Gate"}, "name", "lower-case letters"),
    ("firewall", {"name": "g" * 47}, "name", "at most 46"),
    ("firewall", {"network": "No Net"}, "network", "projects/PROJECT/global/networks/NAME"),
    ("firewall", {"network": "projects/another-one/global/networks/lan"}, "network", "set project: another-one"),
    ("firewall", {"rules": [{**SSH, "sources": [WORLD]}]}, "rules.sources", "allow_world: true"),
    ("firewall", {"labels": {"Team": "x"}}, "labels", "lower-case"),
    ("firewall", {"region": "mars"}, "region", "us-central1"),
    ("firewall", {"project": "ab"}, "project", "6 to 30"),
    ("network", {"name": "Lan"}, "name", "lower-case letters"),
    ("network", {"name": "default"}, "name", "default network"),
    ("network", {"cidr": "8.8.0.0/16"}, "cidr", "private IPv4"),
    ("network", {"cidr": "10.20.0.0/28"}, "cidr", "/8 to /24"),
    ("network", {"zones": ["us-east1-b"]}, "zones", "us-central1-a"),
    ("network", {"labels": {"Team": "x"}}, "labels", "lower-case"),
    ("network", {"region": None}, "region", "CLOUDSDK_COMPUTE_REGION"),
]  # fmt: skip

RESOURCES = {"vm": vms.RESOURCE, "firewall": firewalls.RESOURCE, "network": networks.RESOURCE}
GOOD: dict[str, dict[str, Any]] = {
    "vm": {"name": "train", "image": "ubuntu-24.04", "machine_type": "g2-standard-4"},
    "firewall": {"name": "gate", "rules": [SSH]},
    "network": {"name": "lan"},
}


def run(kind: str, **words: Any) -> Any:
    """As `run.py` does it: verify, connect, reconcile."""
    resource = RESOURCES[kind]
    instead = {"machine_types", "gpu_model"} & set(words) and "machine_type" not in words
    usual = {**GOOD[kind], "region": "us-central1", **({"machine_type": None} if instead else {})}
    options = parsed(resource.options, **{**usual, **words}).verified()
    return reconcile(resource.connect(options), options.desired(), options.policy, FakeClock(), resource.view)


@pytest.fixture(autouse=True)
def environment(gcp: GcpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables lead to the emulator without the option; the region is not among them."""
    for name, value in gcp.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CLOUDSDK_COMPUTE_REGION", raising=False)


@pytest.mark.parametrize(
    ("kind", "words", "option", "accepted"),
    BAD,
    ids=[f"{kind} {option} {number}" for number, (kind, _, option, _) in enumerate(BAD)],
)
def test_bad_input(gcp: GcpServer, kind: str, words: dict[str, Any], option: str, accepted: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        run(kind, **words)
    assert caught.value.code == "invalid"
    assert caught.value.resource == option
    assert str(caught.value).startswith(f"option '{option}' ")
    assert accepted in str(caught.value)
    assert gcp.calls()["total"] == 0


@pytest.mark.parametrize("kind", GOOD)
def test_good_input_is_accepted(kind: str) -> None:
    assert run(kind).changed


@pytest.mark.parametrize(
    "words",
    [
        {"image": "projects/my-project/global/images/family/golden"},
        {"image": "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-v1"},
        {"name": "t" * 50},
        {"count": 0},
        {"state": "absent", "image": None, "machine_type": None},
        {"state": "absent", "machine_type": "a4-highgpu-8g"},
        {"state": "stopped", "image": None, "machine_type": None},
        {"labels": {"team_1": "", "straße": "größe", "k" * 63: "v" * 63}},
        {"machine_type": "a3-highgpu-1g", "market": "spot"},
        {"machine_type": "a4x-highgpu-4g", "market": "reserved", "reservation_id": "r", "image": "deep-learning"},
        {"machine_type": None, "gpu_model": "h100", "gpu_count": 2, "market": "spot"},
        {"machine_type": None, "gpu_model": "t4", "gpu_count": 2},
        {"machine_type": None, "min_vcpus": 2},
        {"disk_encrypted": False},
        {"network": "projects/host-project/regions/us-central1/subnetworks/shared"},
        {"network": "projects/host-project/global/networks/main"},
    ],
    ids=str,
)
def test_unusual_but_good(words: dict[str, Any]) -> None:
    assert parsed(vms.RESOURCE.options, **{**GOOD["vm"], **words}).verified()


def test_a_firewall_needs_no_region() -> None:
    assert run("firewall", region=None).states[0].region == "global"


def test_a_need_is_narrowed_to_one_architecture() -> None:
    options = parsed(vms.RESOURCE.options, name="t", image="debian-12", min_vcpus=2).verified()
    assert options.machine_types[0] == "e2-highcpu-2"
    assert {SHAPES[name].architecture for name in options.machine_types} == {"x86_64"}


def test_a_need_is_met_by_what_is_sold_in_the_market() -> None:
    words = {"name": "t", "image": "deep-learning", "gpu_model": "h100", "gpu_count": 8}
    assert parsed(vms.RESOURCE.options, **words).verified().machine_types == ("a3-highgpu-8g", "a3-megagpu-8g")


def test_a_zone_that_is_made_for_ai_is_one_of_its_region() -> None:
    """https://cloud.google.com/compute/docs/regions-zones/ai-zones (read 2026-11)."""
    check_zones("us-central1", SimpleNamespace(endpoint_url=None, zones=("us-central1-ai1a",)))
    parsed(GcpInventoryOptions, zones=["us-central1-ai1a"]).verified()
