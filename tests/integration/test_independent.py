"""What clients see that nobody here wrote: awscli, the modules and the inventory of amazon.aws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.runner import BIN, HERE, play, run
from tests.servers import AwsServer

INVENTORY = """
plugin: amazon.aws.aws_ec2
regions: [us-east-1]
filters: {"tag:aienv-fleet": lab}
hostnames: [instance-id]
compose:
  ansible_host: private_ip_address
keyed_groups:
  - {key: instance_type, prefix: type}
"""


def cli(server: AwsServer, *words: str) -> Any:
    return json.loads(run([str(BIN / "aws"), "ec2", *words, "--output", "json"], server, AWS_PAGER=""))


def facts(vm: dict[str, Any]) -> dict[str, Any]:
    """Of a VM in our words, what EC2's clients have other words for."""
    return {name: vm[name] for name in ("id", "machine_type", "state", "zone", "private_ip")} | {"labels": vm["labels"]}


def labels(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if not key.startswith("aienv-") and key != "Name"}


def amazon_aws_sees_the_same_vms(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    theirs = [
        {
            "id": i["instance_id"],
            "machine_type": i["instance_type"],
            "state": i["state"]["name"],
            "zone": i["placement"]["availability_zone"],
            "private_ip": i["private_ip_address"],
            "labels": labels(i["tags"]),
        }
        for i in sorted(seen["theirs"]["instances"], key=lambda i: i["ami_launch_index"])
    ]
    assert theirs == [facts(vm) for vm in seen["ours"]["vms"]]
    assert [vm["state"] for vm in theirs] == ["running", "running", "stopped"]
    assert [i["tags"]["aienv-fleet"] for i in seen["theirs"]["instances"]] == ["lab"] * 3


def awscli_sees_the_same_vms(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    answer = cli(server, "describe-instances", "--filters", "Name=tag:aienv-fleet,Values=lab")
    found = sorted((i for r in answer["Reservations"] for i in r["Instances"]), key=lambda i: i["AmiLaunchIndex"])
    theirs = [
        {
            "id": i["InstanceId"],
            "machine_type": i["InstanceType"],
            "state": i["State"]["Name"],
            "zone": i["Placement"]["AvailabilityZone"],
            "private_ip": i["PrivateIpAddress"],
            "labels": labels({tag["Key"]: tag["Value"] for tag in i["Tags"]}),
        }
        for i in found
    ]
    assert theirs == [facts(vm) for vm in seen["ours"]["vms"]]
    assert {i["MetadataOptions"]["HttpTokens"] for i in found} == {"required"}
    group = seen["firewall"]["firewalls"][0]["id"]
    assert {g["GroupId"] for i in found for g in i["SecurityGroups"]} == {group}


def awscli_sees_the_same_rules(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    firewall = seen["firewall"]["firewalls"][0]
    words = ("describe-security-group-rules", "--filters", f"Name=group-id,Values={firewall['id']}")
    theirs = [
        (
            rule["IpProtocol"],
            rule["FromPort"],
            rule["ToPort"],
            rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule["ReferencedGroupInfo"]["GroupId"],
            rule.get("Description", ""),
        )
        for rule in cli(server, *words)["SecurityGroupRules"]
        if not rule["IsEgress"]
    ]
    ours = [
        (
            rule["protocol"],
            rule["first_port"],
            rule["last_port"],
            firewall["id"] if rule["source"] == "lab" else rule["source"],
            rule["description"],
        )
        for rule in firewall["rules"]
    ]
    assert sorted(theirs) == sorted(ours)
    assert len(ours) == 3


def amazon_aws_sees_the_same_rules(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    (group,) = seen["opened"]["security_groups"]
    assert group["group_name"] == "lab"
    opened = {
        (p["ip_protocol"], p["from_port"], p["to_port"], source)
        for p in group["ip_permissions"]
        for source in (
            *(r["cidr_ip"] for r in p["ip_ranges"]),
            *(r["cidr_ipv6"] for r in p["ipv6_ranges"]),
            *(r["group_id"] for r in p["user_id_group_pairs"]),
        )
    }
    assert opened == {
        ("tcp", 22, 22, "203.0.113.0/24"),
        ("tcp", 8000, 8100, "2001:db8::/32"),
        ("tcp", 8000, 8100, group["group_id"]),
    }


def awscli_sees_the_network(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    network = seen["network"]["networks"][0]
    mine = ("--filters", "Name=tag:aienv-network,Values=lab")
    (vpc,) = cli(server, "describe-vpcs", *mine)["Vpcs"]
    (subnet,) = cli(server, "describe-subnets", *mine)["Subnets"]
    (gateway,) = cli(server, "describe-internet-gateways", *mine)["InternetGateways"]
    assert (vpc["VpcId"], vpc["CidrBlock"]) == (network["id"], network["cidr"])
    assert {"id": subnet["SubnetId"], "zone": subnet["AvailabilityZone"], "cidr": subnet["CidrBlock"]} in network[
        "subnets"
    ]
    assert gateway["Attachments"][0]["VpcId"] == network["id"]


def the_inventory_of_amazon_aws_sees_the_same_hosts(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    source = folder / "lab.aws_ec2.yml"
    source.write_text(INVENTORY)
    listing = json.loads(run([str(BIN / "ansible-inventory"), "-i", str(source), "--list"], server))
    running = [vm for vm in seen["ours"]["vms"] if vm["state"] == "running"]
    hosts = listing["_meta"]["hostvars"]
    assert {vm["id"] for vm in running} <= set(hosts) <= {vm["id"] for vm in seen["ours"]["vms"]}
    assert set(listing["type_g6_xlarge"]["hosts"]) == set(hosts)
    for vm in running:
        assert vm["private_ip"] in str(hosts[vm["id"]]["ansible_host"])  # text of the cloud is marked as unsafe


def a_vm_of_amazon_aws_is_made_once_and_never_touched(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    first, second = seen["foreign"]["results"]
    assert (first["changed"], second["changed"]) == (True, False)
    foreign = first["instance_ids"][0]
    assert not seen["again"]["changed"]
    assert foreign not in [vm["id"] for vm in seen["again"]["vms"]]
    (survivor,) = seen["survivor"]["instances"]
    assert (survivor["instance_id"], survivor["state"]["name"]) == (foreign, "running")
    assert not any(key.startswith("aienv-") for key in survivor["tags"])


def it_outlives_the_fleet(server: AwsServer, seen: dict[str, Any], folder: Path) -> None:
    playbook = folder / "delete.yml"
    playbook.write_text(
        "- name: Delete\n  hosts: localhost\n  connection: local\n  gather_facts: false\n"
        "  vars: {ansible_python_interpreter: '{{ ansible_playbook_python }}'}\n"
        "  tasks:\n    - name: Delete the fleet\n      aienv.cloud.aws_vm: {name: lab, state: absent}\n"
    )
    assert play(playbook, server)["changed"] == 1
    answer = cli(server, "describe-instances", "--filters", "Name=instance-state-name,Values=running,stopped")
    left = [i["InstanceId"] for r in answer["Reservations"] for i in r["Instances"]]
    assert left == seen["foreign"]["results"][0]["instance_ids"]


# In this order: the last one deletes the fleet.
CHECKS = (
    amazon_aws_sees_the_same_vms,
    awscli_sees_the_same_vms,
    awscli_sees_the_same_rules,
    amazon_aws_sees_the_same_rules,
    awscli_sees_the_network,
    the_inventory_of_amazon_aws_sees_the_same_hosts,
    a_vm_of_amazon_aws_is_made_once_and_never_touched,
    it_outlives_the_fleet,
)


def test_clients_that_nobody_here_wrote(aws: AwsServer, tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One playbook makes everything and writes down what each side saw; then each check looks for itself."""
    report = tmp_path / "seen.json"
    play(HERE / "independent.yml", aws, report=str(report))
    seen = json.loads(report.read_text())
    for check in CHECKS:
        with subtests.test(check.__name__):
            check(aws, seen, tmp_path)
