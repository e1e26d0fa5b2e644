"""The inventory of 10,000 VMs, side by side with amazon.aws.aws_ec2 on the same server.

Both make the same groups (cloud, region, fleet, machine type or GPU) and set ansible_host and ansible_user. Absolute
figures depend on the machine and on what else it does, so ratios are asserted, and the figures printed.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bench.ec2_pages import fleets
from tests.bench.ec2_server import Ec2, serving

ROOT = Path(__file__).resolve().parents[2]
COUNT = 10_000
CPU_RATIO, RSS_RATIO = 0.25, 0.35
CPU_SECONDS, RSS_MB = 16, 400
EIGHT = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "sa-east-1")

OURS = """
plugin: aienv.cloud.aws_vm
regions: {regions}
endpoint_url: {url}
"""
THEIRS = """
plugin: amazon.aws.aws_ec2
regions: {regions}
endpoint_url: {url}
hostnames: [instance-id]
filters: {{instance-state-name: [pending, running, stopping, stopped], tag-key: aienv-fleet}}
keyed_groups:
  - {{prefix: region, key: placement.region}}
  - {{prefix: fleet, key: "tags['aienv-fleet']"}}
  - {{prefix: type, key: instance_type}}
groups: {{cloud_aws: true}}
compose:
  ansible_host: public_ip_address | default(private_ip_address)
  ansible_user: tags['aienv-ssh-user']
"""


@dataclass(frozen=True)
class Measured:
    cpu_seconds: float
    rss_mb: float
    calls: Counter[str]
    hosts: int

    def __str__(self) -> str:
        return f"{self.cpu_seconds:6.1f} CPU-s {self.rss_mb:6.0f} MB {self.calls.total():3} calls {self.hosts} hosts"


def show(text: str) -> None:
    """For `make bench`, which runs pytest with -s."""
    sys.stdout.write(text + "\n")


def measure(ec2: Ec2, text: str, path: Path) -> Measured:
    """One run of ansible-inventory --list, with the resources that this very process used."""
    path.write_text(text.format(url=ec2.url, regions=json.dumps(list(ec2.answers))))
    ec2.calls.clear()
    program = Path(sys.executable).parent / "ansible-inventory"
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "HOME": str(path.parent),
    }
    output = path.with_suffix(".json")
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, str(program), "-i", str(path), "--list", "--output", str(output)],
        environment | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LOCAL_TEMP": str(path.parent)},
    )
    _pid, status, used = os.wait4(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    hosts = json.loads(output.read_text())["_meta"]["hostvars"]
    # ru_maxrss is in KiB on Linux.
    return Measured(
        used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, Counter(c["Action"] for c in ec2.calls), len(hosts)
    )


@pytest.fixture(scope="module")
def one_region() -> Iterator[Ec2]:
    with serving({"us-east-1": fleets(COUNT)}) as ec2:
        yield ec2


def test_ten_thousand_vms_cost_a_fraction_of_amazon_aws(one_region: Ec2, tmp_path: Path) -> None:
    ours = measure(one_region, OURS, tmp_path / "aws_vm.yml")
    theirs = measure(one_region, THEIRS, tmp_path / "aws_ec2.yml")
    show(f"\n{COUNT} VMs, ansible-inventory --list\n  aienv.cloud.aws_vm   {ours}\n  amazon.aws.aws_ec2   {theirs}")
    show(f"  the bar on a quiet machine: {CPU_SECONDS} CPU-s, {RSS_MB} MB")
    assert ours.hosts == theirs.hosts == COUNT
    assert ours.calls == {"DescribeInstances": COUNT // 1000}
    assert ours.cpu_seconds <= CPU_RATIO * theirs.cpu_seconds
    assert ours.rss_mb <= RSS_RATIO * theirs.rss_mb
    assert ours.rss_mb <= RSS_MB


def test_regions_side_by_side_stay_within_the_memory(tmp_path: Path) -> None:
    each = COUNT // len(EIGHT)
    with serving({region: fleets(each, region) for region in EIGHT}) as ec2:
        ours = measure(ec2, OURS, tmp_path / "aws_vm.yml")
    show(f"\n{each * len(EIGHT)} VMs in {len(EIGHT)} regions\n  aienv.cloud.aws_vm   {ours}")
    assert ours.hosts == each * len(EIGHT)
    assert ours.calls == {"DescribeInstances": 2 * len(EIGHT)}
    assert ours.rss_mb <= RSS_MB


def test_a_warm_cache_calls_nothing(one_region: Ec2, tmp_path: Path) -> None:
    cached = OURS + f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {tmp_path / 'cache'}\n"
    cold = measure(one_region, cached, tmp_path / "aws_vm.yml")
    warm = measure(one_region, cached, tmp_path / "aws_vm.yml")
    show(f"\n{COUNT} VMs with a cache\n  cold                 {cold}\n  warm                 {warm}")
    assert not warm.calls
    assert warm.hosts == cold.hosts == COUNT
