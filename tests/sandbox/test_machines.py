"""Machines from RunInstances to TerminateInstances, over real SSH; the tests of one machine build on each other."""

from __future__ import annotations

import time

import pytest

from tests.sandbox.world import Box, World, wait_until

USER_DATA = """#cloud-config
write_files:
  - {path: /etc/from-user-data, content: "written"}
runcmd:
  - [touch, /var/lib/ran-from-user-data]
"""


@pytest.fixture(scope="module")
def group(world: World) -> str:
    return world.make_group("box", world.ssh_rule())


@pytest.fixture(scope="module")
def boxes(world: World, group: str) -> dict[str, Box]:
    """One machine of each release, made together; debian-12 with GPUs."""
    made = {
        "debian-12": world.launch("debian-12", group, "g6.12xlarge", UserData=USER_DATA),
        "debian-13": world.launch("debian-13", group, UserData=USER_DATA),
    }
    for box in made.values():
        box.wait()
    return made


@pytest.fixture(params=["debian-12", "debian-13"])
def box(request, boxes):
    return boxes[request.param]


@pytest.fixture(scope="module")
def one(boxes):
    return boxes["debian-13"]


def test_a_login_with_the_key_pair_meets_a_sound_system(box, request):
    assert box.run(". /etc/os-release; echo $ID-$VERSION_ID") == request.node.callspec.params["box"]
    assert box.run("hostname") == "ip-" + box.address.replace(".", "-")
    assert box.run("sudo id -u") == "0"
    assert box.run("systemctl is-system-running --wait") == "running"
    assert box.run("systemctl --failed --no-legend") == ""


def test_user_data_ran_by_real_cloud_init(box):
    assert box.run("cloud-init status --wait").endswith("status: done")
    assert box.run("cat /etc/from-user-data") == "written"
    box.run("test -e /var/lib/ran-from-user-data")


def test_host_keys_and_ids_are_each_machines_own(boxes):
    for question in ("cat /etc/ssh/ssh_host_ed25519_key.pub", "cat /etc/machine-id"):
        assert len({box.run(question) for box in boxes.values()}) == 2


def test_status_tells_when_ssh_answered(world, boxes):
    lines = world.report()
    assert {lines[box.id]["image"] for box in boxes.values()} == {"debian-12", "debian-13"}
    assert all(0 < lines[box.id]["ssh_seconds"] < 90 for box in boxes.values())


def test_gpus_are_what_the_type_implies_and_others_have_none(boxes):
    gpu_box, plain = boxes["debian-12"], boxes["debian-13"]
    query = "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader"
    assert gpu_box.run(query).splitlines() == ["NVIDIA L4, 22888 MiB"] * 4
    assert gpu_box.run("lspci -n -d 10de: | wc -l") == "4"
    assert plain.run("command -v nvidia-smi lspci || echo none") == "none"


def test_without_the_rule_nobody_connects_and_with_it_they_do(world, one, group):
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    wait_until(lambda: not one.answers(), "the firewall to close")
    time.sleep(1)
    assert not one.answers()
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    wait_until(one.answers, "the firewall to open")


def test_another_source_is_no_source(world, one, group):
    """A rule for somebody else's address does not let us in."""
    other = {**world.ssh_rule(), "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[other])
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    wait_until(lambda: not one.answers(), "the firewall to close")
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    wait_until(one.answers, "the firewall to open")


def test_a_group_as_source_lets_its_members_in(world, boxes, group):
    """Port 7777 of one machine, from the other: closed, then open by a rule that names the group."""
    server, client = boxes["debian-12"], boxes["debian-13"]
    server.run("sudo systemd-run --unit=web python3 -m http.server 7777")
    fetch = f"curl --silent --output /dev/null --max-time 2 http://{server.address}:7777/"
    wait_until(lambda: server.ssh("curl --silent --output /dev/null http://127.0.0.1:7777/").returncode == 0, "server")
    assert client.ssh(fetch).returncode != 0
    rule = {"IpProtocol": "tcp", "FromPort": 7777, "ToPort": 7777, "UserIdGroupPairs": [{"GroupId": group}]}
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    wait_until(lambda: client.ssh(fetch).returncode == 0, "the rule")


def test_egress_rules_are_honoured(world, boxes, group):
    server, client = boxes["debian-12"], boxes["debian-13"]
    fetch = f"curl --silent --output /dev/null --max-time 2 http://{server.address}:7777/"
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    wait_until(lambda: client.ssh(fetch).returncode != 0, "egress to close")
    assert client.answers(), "replies to what was let in pass"
    world.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everything])
    wait_until(lambda: client.ssh(fetch).returncode == 0, "egress to open")


def test_a_firewall_inside_the_guest_is_its_own_affair(one):
    """Debian's nftables.service flushes everything when it starts; the cloud's rules come back by themselves."""
    one.run("sudo systemctl restart nftables")
    tables = "sudo nft list tables"
    wait_until(lambda: "inet aienv_sandbox" in one.run(tables), "the cloud's table")
    assert "table inet filter" in one.run(tables)
    one.run("sudo systemctl stop nftables")
    wait_until(lambda: "inet aienv_sandbox" in one.run(tables), "the cloud's table")
    assert "table inet filter" not in one.run(tables)


def test_a_reboot_from_within_is_a_reboot(one):
    one.mark()
    one.ssh("sudo systemctl reboot")
    wait_until(one.is_fresh, "the rebooted machine")
    assert one.state() == "running"


def test_a_reboot_by_the_api_is_a_reboot(world, one):
    one.mark()
    world.ec2.reboot_instances(InstanceIds=[one.id])
    wait_until(one.is_fresh, "the rebooted machine")
    assert one.state() == "running"


def test_switching_itself_off_shows_as_stopped_and_start_brings_the_same_machine(world, one):
    key = one.run("cat /etc/ssh/ssh_host_ed25519_key.pub")
    one.ssh("sudo poweroff")
    wait_until(lambda: one.state() == "stopped", "the API to notice")
    world.ec2.start_instances(InstanceIds=[one.id])
    one.wait()
    assert one.state() == "running"
    assert one.run("cat /etc/ssh/ssh_host_ed25519_key.pub") == key
    assert one.run("hostname -I").split()[0] == one.address


def test_rules_changed_while_it_was_stopped_hold_from_the_first_moment(world, one, group):
    world.ec2.stop_instances(InstanceIds=[one.id])
    wait_until(lambda: world.report()[one.id]["state"] == "stopped" and not one.answers(), "the stop")
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    world.ec2.start_instances(InstanceIds=[one.id])
    seen = []
    until = time.monotonic() + 8
    while time.monotonic() < until:
        seen.append(one.answers())
    assert not any(seen)
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world.ssh_rule()])
    one.wait()


def test_terminated_means_gone(world, boxes):
    for box in boxes.values():
        assert box.container()
    world.ec2.terminate_instances(InstanceIds=[box.id for box in boxes.values()])
    wait_until(lambda: not any(box.container() for box in boxes.values()), "the containers to go")
