"""From an offer to a VM to the plan of the fleet, on the emulated AWS: with real calls, and no more of them than needed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.prices import price_of
from tests.integration.runner import BIN, PATIENCE_SECONDS, run
from tests.servers import ROOT, AwsServer

LOOKS = re.compile(r"Describe\w+")
PLAYBOOK = """
- name: Make a VM of an offer
  hosts: localhost
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    offer: "{{ query('aienv.cloud.vm_offers', 'l4', clouds=['aws'], regions=['us-east-1']) | first }}"
  tasks:
    - name: Create the VM
      aienv.cloud.aws_vm:
        name: lab
        offer: "{{ offer }}"
        max_hourly_price: "{{ limit }}"
        image: debian-12
      register: made

    - name: Say what it costs
      ansible.builtin.copy:
        content: "{{ made.vms | to_json }}"
        dest: "{{ folder }}/vms.json"
        mode: "0600"
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    playbook = tmp_path / "offer.yml"
    playbook.write_text(PLAYBOOK)
    return [str(BIN / "ansible-playbook"), "-i", "localhost,", str(playbook), "-e", f"folder={tmp_path}"]


def refused(command: list[str], server: AwsServer) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=server.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


@pytest.mark.parametrize("mode", [[], ["--check"]], ids=str)
def test_above_the_limit_the_cloud_is_only_looked_at(aws: AwsServer, command: list[str], mode: list[str]) -> None:
    said = " ".join(refused([*command, "-e", "limit=0.5", *mode], aws).split())
    assert "max_hourly_price is 0.5 USD, and g6.xlarge costs" in said
    assert aws.calls()["actions"] == {"DescribeInstances": 1}


def test_an_offer_becomes_a_vm_and_the_vm_a_line_of_the_plan(
    aws: AwsServer, command: list[str], tmp_path: Path
) -> None:
    price = price_of("g6.xlarge", "us-east-1")
    assert price
    run([*command, "-e", "limit=1.0"], aws)
    (vm,) = json.loads((tmp_path / "vms.json").read_text())
    assert (vm["machine_type"], vm["hourly_price"], vm["price_date"]) == ("g6.xlarge", price.hourly, price.date)
    assert aws.calls()["actions"]["RunInstances"] == 1

    aws.clear_calls()
    report = tmp_path / "plan.html"
    out = plan(aws, report, plan_gpu_models=["l4"])
    assert re.search(rf"lab +g6\.xlarge +running +{price.hourly * 730:,.0f}", out), out
    assert {action for action in aws.calls()["actions"] if not LOOKS.fullmatch(action)} == set()
    found = re.search(r'id="data">(.*?)</script>', report.read_text(), re.DOTALL)
    assert found
    (row,) = json.loads(found[1])["fleet"]["vms"]
    assert (row["name"], row["now"]) == ("lab", pytest.approx(price.hourly * 730, abs=0.01))
    assert 0 < row["idle_stop"] < row["now"]


def plan(server: AwsServer, report: Path, **words: Any) -> str:
    return run(
        [
            str(BIN / "ansible-playbook"),
            *("-i", "inventories/sandbox/aws_vm.yml"),
            *("-e", json.dumps({"plan_report": str(report), "plan_width": 100, **words})),
            "playbooks/plan.yml",
        ],
        server,
    )


def test_the_role_refuses_before_it_makes_network_and_firewall(aws: AwsServer, tmp_path: Path) -> None:
    words = {
        "provision_cloud": "aws",
        "provision_offer": "{{ query('aienv.cloud.vm_offers', 'l4', clouds=['aws'], regions=['us-east-1']) | first }}",
        "provision_max_hourly_price": 0.5,
        "provision_ssh_sources": ["203.0.113.7/32"],
        "provision_ssh_dir": str(tmp_path / "ssh"),
    }
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "playbooks/provision.yml"]
    said = " ".join(refused([*command, "-e", json.dumps(words)], aws).split())
    assert "max_hourly_price is 0.5 USD, and g6.xlarge costs" in said
    assert not [action for action in aws.calls()["actions"] if not LOOKS.fullmatch(action)]

    other = {**words, "provision_offer": {"cloud": "gcp", "machine_type": "g2-standard-4", "region": "us-central1"}}
    aws.clear_calls()
    said = " ".join(refused([*command, "-e", json.dumps(other)], aws).split())
    assert "provision_cloud is aws, and provision_offer is an offer of gcp" in said
    assert aws.calls()["total"] == 0


def test_the_role_takes_the_offers_region_for_everything_that_it_makes(aws: AwsServer, tmp_path: Path) -> None:
    words = {
        "provision_offer": {"cloud": "aws", "machine_type": "g6.xlarge", "region": "us-west-2", "market": "on_demand"},
        "provision_ssh_sources": ["203.0.113.7/32"],
        "provision_ssh_dir": str(tmp_path / "ssh"),
        "provision_max_hourly_price": 5,
    }
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "playbooks/provision.yml", "--check", "--diff"]
    out = run([*command, "-e", json.dumps(words)], aws)
    assert "failed=0" in out
    assert not [action for action in aws.calls()["actions"] if not LOOKS.fullmatch(action)]
    assert {call["region"] for call in aws.calls()["log"]} == {"us-west-2"}
