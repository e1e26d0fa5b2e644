"""A run that dies halfway, and a cloud that throttles: the next run ends with exactly what was declared."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers import ROOT, AwsServer

COUNT = 20
PATIENCE_SECONDS = 120
PLAYBOOK = f"""
- name: Make a fleet
  hosts: localhost
  connection: local
  gather_facts: false
  vars: {{ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
  tasks:
    - name: Create the VMs
      aienv.cloud.aws_vm: {{name: lab, count: {COUNT}, machine_type: g6.xlarge, image: debian-12}}
"""
SURROUNDINGS = """
    - name: Create the network
      aienv.cloud.aws_network: {name: lab, cidr: 10.66.0.0/16}
    - name: Create the firewall
      aienv.cloud.aws_firewall: {name: lab, network: lab, rules: [{service: ssh, sources: [203.0.113.0/24]}]}
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    playbook = tmp_path / "fleet.yml"
    playbook.write_text(PLAYBOOK)
    return [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", str(playbook)]


def start(command: list[str], aws: AwsServer) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, cwd=ROOT, env=aws.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip


def finish(command: list[str], aws: AwsServer) -> dict[str, int]:
    """Run to the end; the recap as {'ok': 3, 'changed': 0, ...}."""
    process = start(command, aws)
    output, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, output
    (recap,) = re.findall(r"^localhost +: (.*)$", output, re.M)
    return {word: int(number) for word, number in re.findall(r"(\w+)=(\d+)", recap)}


def living(aws: AwsServer) -> list[str]:
    """Names of the VMs that exist, as EC2 tells them: base index plus launch index."""
    names = []
    filters = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    for page in aws.client().get_paginator("describe_instances").paginate(Filters=filters):
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
                names.append(f"{tags['aienv-fleet']}-{int(tags['aienv-base-index']) + instance['AmiLaunchIndex']}")
    return names


def wait_for_call(aws: AwsServer, action: str, process: subprocess.Popen[str]) -> None:
    while not aws.calls()["actions"].get(action):
        assert process.poll() is None, f"{action} was never called:\n{process.communicate()[0]}"
        time.sleep(0.05)


# Where the knife falls: before EC2 has done anything, after it has made all and nobody heard, while they boot.
MOMENTS = {
    "in_flight": {"kind": "latency", "operations": ["RunInstances"], "seconds": 4, "times": 1},
    "answer_lost": {"kind": "lost_answer", "operations": ["RunInstances"], "times": 1},
    "booting": {"kind": "slow_boot", "seconds": 4},
}


@pytest.mark.parametrize(
    ("moment", "victims"),
    [("in_flight", "playbook"), ("in_flight", "module_too"), ("answer_lost", "playbook"), ("booting", "module_too")],
)
def test_killed_run_leaves_no_extra_vm(aws: AwsServer, command: list[str], moment: str, victims: str) -> None:
    aws.faults(MOMENTS[moment])
    process = start(command, aws)
    try:
        wait_for_call(aws, "RunInstances", process)
        if victims == "playbook":
            process.kill()  # its module goes on, beside the next run
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        finish(command, aws)
        time.sleep(MOMENTS[moment].get("seconds", 0) if moment == "in_flight" else 0)  # the late call lands
        assert sorted(living(aws)) == sorted(f"lab-{number}" for number in range(COUNT))
        assert finish(command, aws)["changed"] == 0
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[str]) -> None:
    """What a killed playbook has left running must not meet the next test."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_throttling_changes_nothing_but_time(aws: AwsServer, command: list[str]) -> None:
    with Path(command[-1]).open("a") as playbook:
        playbook.write(SURROUNDINGS)
    calm = finish(command, aws)
    calm_vms = living(aws)
    aws.reset()
    aws.faults({"kind": "throttle", "fraction": 0.3, "retry_after": 1}, seed=11)
    assert finish(command, aws) == calm
    assert finish(command, aws) == {**calm, "changed": 0}
    struck = sum(aws.struck())
    aws.faults()
    assert sorted(living(aws)) == sorted(calm_vms)
    assert struck > 0, "the throttle never struck, so this proved nothing"
