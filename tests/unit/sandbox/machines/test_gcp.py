"""The watcher's view of the emulated GCP, read from its API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.loopback import ask
from sandbox.machines.cloud import connect
from sandbox.machines.firewall import Rule, ruleset
from sandbox.machines.gcp import read_group, read_keys, read_machine
from tests.servers import GcpServer, gcp_server

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGzmNXxB6EqLH0M0bD5Y1Fn4BDpHM5tA1z2vXJ5sWq3k test"
ROOT = "/compute/v1/projects/sandbox-project/"
NET = "https://www.googleapis.com/compute/v1/projects/sandbox-project/global/networks/n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcpServer]:
    with gcp_server(tmp_path_factory.mktemp("gcp")) as running:
        yield running


@pytest.fixture
def cloud(server, tmp_path):
    server.reset()
    return connect("gcp", server.endpoint, "us-central1", tmp_path)


def call(server, method, path, body=None):
    status, answer = ask(server.endpoint, method, ROOT + path, body)
    assert status == 200, answer
    return answer


@pytest.fixture
def box(server, cloud):
    """One GPU machine; returns its number."""
    body = {
        "name": "box",
        "machineType": "zones/us-central1-a/machineTypes/g2-standard-24",
        "disks": [
            {
                "boot": True,
                "autoDelete": True,
                "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-13"},
            }
        ],
        "networkInterfaces": [{"network": "global/networks/default"}],
        "metadata": {
            "items": [{"key": "ssh-keys", "value": f"ada:{KEY}"}, {"key": "user-data", "value": "#cloud-config\n"}]
        },
        "tags": {"items": ["box"]},
        "scheduling": {"onHostMaintenance": "TERMINATE"},
    }
    call(server, "POST", "zones/us-central1-a/instances", body)
    return call(server, "GET", "zones/us-central1-a/instances/box")["id"]


def test_an_empty_cloud(cloud):
    look = cloud.look()
    assert (look.machines, look.groups, look.reboots) == ({}, {}, {})


def test_everything_about_a_machine(cloud, server, box):
    rule = {
        "name": "box-ssh",
        "network": "global/networks/default",
        "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}],
        "sourceRanges": ["10.0.0.0/8"],
        "targetTags": ["box"],
    }
    call(server, "POST", "global/firewalls", rule)
    look = cloud.look()
    machine = look.machines[box]
    assert (machine.name, machine.state, machine.address, machine.hostname) == ("box", "running", "10.128.0.2", "box")
    assert "01000-permit-box-ssh" in machine.groups
    assert look.groups["01000-permit-box-ssh"].ingress == (Rule("tcp", 22, 22, ("10.0.0.0/8",)),)
    assert look.members()["tag-default-box"] == ["10.128.0.2"]
    assert set(machine.groups) <= set(look.groups)
    assert cloud.user_data(machine) == b"#cloud-config\n"
    assert cloud.logins(machine) == {"ada": [KEY]}
    assert cloud.image_name(machine).startswith("debian-13")
    assert cloud.subnet_cidr(machine.subnet) == "10.128.0.0/20"
    assert [gpu.name for gpu in cloud.gpus(machine)] == ["NVIDIA L4", "NVIDIA L4"]


def test_the_projects_keys_come_along_unless_the_instance_blocks_them(cloud, server, box):
    metadata = call(server, "GET", "")["commonInstanceMetadata"]
    items = [{"key": "ssh-keys", "value": f"grace:{KEY}"}]
    call(server, "POST", "setCommonInstanceMetadata", {"items": items, "fingerprint": metadata["fingerprint"]})
    machine = cloud.look().machines[box]
    assert cloud.logins(machine) == {"ada": [KEY], "grace": [KEY]}
    own = call(server, "GET", "zones/us-central1-a/instances/box")["metadata"]
    blocked = {
        "items": [*own["items"], {"key": "block-project-ssh-keys", "value": "TRUE"}],
        "fingerprint": own["fingerprint"],
    }
    call(server, "POST", "zones/us-central1-a/instances/box/setMetadata", blocked)
    assert cloud.logins(machine) == {"ada": [KEY]}


def test_stop_reboot_and_delete_are_seen(cloud, server, box):
    path = "zones/us-central1-a/instances/box"
    call(server, "POST", f"{path}/reset")
    assert box in cloud.look().reboots
    cloud.switch_off(cloud.look().machines[box])
    assert cloud.look().machines[box].state == "stopped"
    assert not cloud.is_gone(box)
    call(server, "DELETE", path)
    assert box not in cloud.look().machines
    assert cloud.is_gone(box)


def test_the_watcher_is_neither_counted_nor_broken(cloud, server, box):
    server.clear_calls()
    server.faults({"kind": "throttle"}, {"kind": "stale_reads", "seconds": 3600})
    assert box in cloud.look().machines
    assert server.calls()["total"] == 0
    assert server.struck() == [0, 0]


def rule(name, **more):
    return {"name": name, "network": NET, "priority": 1000, "direction": "INGRESS", "disabled": False, **more}


def machine(tags, *rules):
    nic = {"network": NET, "subnetwork": "s", "networkIP": "10.0.0.2"}
    raw = {
        "id": "1",
        "name": "m",
        "status": "RUNNING",
        "machineType": "t",
        "creationTimestamp": "2026-11-23T00:00:00.000-08:00",
    }
    return read_machine({**raw, "networkInterfaces": [nic], "tags": {"items": tags}}, list(rules))


def test_a_rule_reaches_its_tag_its_network_and_nobody_while_disabled():
    tagged = rule("a", targetTags=["x"])
    everyone = rule("b")
    disabled = rule("c", disabled=True)
    elsewhere = rule("d", network="other")
    rules = [tagged, everyone, disabled, elsewhere]
    assert machine(["x"], *rules).groups == ("01000-permit-a", "01000-permit-b", "99999", "tag-n-x")
    assert machine([], *rules).groups == ("01000-permit-b", "99999")


def test_a_rule_that_denies_comes_before_one_that_allows_at_the_same_priority():
    allow = read_group(rule("a", allowed=[{"IPProtocol": "all"}], sourceRanges=["0.0.0.0/0"]))
    deny = read_group(rule("z", denied=[{"IPProtocol": "tcp", "ports": ["22", "8000-8010"]}], sourceTags=["bad"]))
    text = ruleset([allow, deny], {"tag-n-bad": ["10.0.0.9"]})
    assert text.index("10.0.0.9/32 } tcp dport 22 drop") < text.index("meta nfproto ipv4 accept")
    assert "tcp dport 8000-8010 drop" in text


def test_keys_are_read_by_user():
    assert read_keys(f"ada:{KEY}\n\nnonsense\ngrace: {KEY}\nada:other") == {"ada": [KEY, "other"], "grace": [KEY]}
