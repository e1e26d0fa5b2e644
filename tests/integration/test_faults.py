"""A run that dies halfway, and a cloud that throttles: the next run ends with exactly what was declared."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.runner import BY_HAND, PUBLIC_KEY, run
from tests.servers import ROOT, Server

COUNT = 20
PATIENCE_SECONDS = 120
# Of each cloud: the call that makes several VMs, and what is said of them.
MAKING = {
    "aws": ("RunInstances", "machine_type: g6.xlarge"),
    "gcp": ("instances.bulkInsert", "machine_type: g2-standard-4, zones: [us-central1-a]"),
    "azure": (
        "VirtualMachines_CreateOrUpdate",
        f"machine_type: Standard_NC4as_T4_v3, network: home, ssh_public_key: {PUBLIC_KEY}",
    ),
}
# What must be there before, on a cloud that has no default network.
BEFORE = {
    "azure": """
    - name: Create the network that the VMs are in
      aienv.cloud.azure_network: {name: home}
"""
}
CLOUDS = pytest.mark.parametrize("cloud", MAKING)
PLAYBOOK = """
- name: Make a fleet
  hosts: localhost
  connection: local
  gather_facts: false
  vars: {ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  module_defaults: {group/aienv.cloud.azure: {resource_group: lab, location: eastus}}
  tasks:BEFORE
    - name: Create the VMs
      aienv.cloud.CLOUD_vm: {name: lab, count: COUNT, WORDS, image: debian-12}
"""
SURROUNDINGS = """
    - name: Create the network
      aienv.cloud.CLOUD_network: {name: lab, cidr: 10.66.0.0/16}
    - name: Create the firewall
      aienv.cloud.CLOUD_firewall: {name: lab, network: lab, rules: [{service: ssh, sources: [203.0.113.0/24]}]}
"""


def written(text: str, cloud: str) -> str:
    words = {"BEFORE": BEFORE.get(cloud, ""), "CLOUD": cloud, "COUNT": str(COUNT), "WORDS": MAKING[cloud][1]}
    for word, said in words.items():
        text = text.replace(word, said)
    return text


@pytest.fixture
def command(tmp_path: Path, cloud: str) -> list[str]:
    playbook = tmp_path / "fleet.yml"
    playbook.write_text(written(PLAYBOOK, cloud))
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(playbook)]


def start(command: list[str], server: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, cwd=ROOT, env=server.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def finish(command: list[str], server: Server) -> dict[str, int]:
    """Run to the end; the recap as {'ok': 3, 'changed': 0, ...}."""
    process = start(command, server)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, output
    (recap,) = re.findall(r"^localhost +: (.*)$", output, re.M)
    return {word: int(number) for word, number in re.findall(r"(\w+)=(\d+)", recap)}


def living(server: Server) -> list[str]:
    """Names of the VMs that exist, as the cloud tells them to anybody."""
    return list(json.loads(run([*BY_HAND, server.cloud, "names"], server)))


def wait_for_call(server: Server, action: str, process: subprocess.Popen[str]) -> None:
    while not server.calls()["actions"].get(action):
        assert process.poll() is None, f"{action} was never called:\n{process.communicate()[0]}"
        time.sleep(0.05)


# Where the knife falls: before the cloud has done anything, after it has made all and nobody heard, while they boot.
MOMENTS = {
    "in_flight": {"kind": "latency", "operations": ["MAKING"], "seconds": 4, "times": 1},
    "answer_lost": {"kind": "lost_answer", "operations": ["MAKING"], "times": 1},
    "booting": {"kind": "slow_boot", "seconds": 4},
}


@CLOUDS
@pytest.mark.parametrize(
    ("moment", "victims"),
    [("in_flight", "playbook"), ("in_flight", "module_too"), ("answer_lost", "playbook"), ("booting", "module_too")],
)
def test_killed_run_leaves_no_extra_vm(
    cloud: str, server: Server, command: list[str], moment: str, victims: str
) -> None:
    making = MAKING[cloud][0]
    rule = MOMENTS[moment]
    server.faults({**rule, "operations": [making]} if "operations" in rule else rule)
    process = start(command, server)
    try:
        wait_for_call(server, making, process)
        if victims == "playbook":
            process.kill()  # its module goes on, beside the next run
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        finish(command, server)
        time.sleep(MOMENTS[moment].get("seconds", 0) if moment == "in_flight" else 0)  # the late call lands
        assert sorted(living(server)) == sorted(f"lab-{number}" for number in range(COUNT))
        assert finish(command, server)["changed"] == 0
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[str]) -> None:
    """What a killed playbook has left running must not meet the next test."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@CLOUDS
def test_throttling_changes_nothing_but_time(cloud: str, server: Server, command: list[str]) -> None:
    with Path(command[-1]).open("a") as playbook:
        playbook.write(written(SURROUNDINGS, cloud))
    calm = finish(command, server)
    calm_vms = living(server)
    server.reset()
    server.faults({"kind": "throttle", "fraction": 0.3, "retry_after": 1}, seed=11)
    assert finish(command, server) == calm
    assert finish(command, server) == {**calm, "changed": 0}
    struck = sum(server.struck())
    server.faults()
    assert sorted(living(server)) == sorted(calm_vms)
    assert struck > 0, "the throttle never struck, so this proved nothing"
