"""The sandbox as a whole: killed watchers, clashes, and nothing left at the end. Runs after the machines' tests."""

from __future__ import annotations

import json
import os
import signal
import subprocess

from sandbox.docker import owned
from sandbox.processes import Process
from tests.sandbox.world import wait_until


def processes_of(state) -> list[str]:
    """Command lines that name this state directory."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(state) in line]


def watcher_of(state) -> Process:
    return Process(**json.loads((state / "sandbox.json").read_text())["watcher"])


def test_up_again_changes_nothing(world, cli, state):
    before = json.loads((state / "sandbox.json").read_text())
    assert cli("up").returncode == 0
    assert json.loads((state / "sandbox.json").read_text()) == before


def test_a_killed_watcher_is_told_and_another_one_carries_on(world, cli, state):
    group = world.make_group("killed", world.ssh_rule())
    stays = world.launch("debian-13", group)
    stays.wait()
    stays.mark()
    watcher = watcher_of(state)
    os.kill(watcher.pid, signal.SIGKILL)
    wait_until(lambda: not watcher.is_alive(), "the watcher to die")
    status = cli("status")
    assert (status.returncode, "watcher   died; run up again" in status.stdout) == (3, True)
    # Meanwhile one machine is asked for, and another one switches itself off.
    added = world.launch("debian-12", group)
    stays.ssh("sudo poweroff")
    wait_until(lambda: not stays.answers(), "the machine to switch off")
    assert (stays.state(), added.container()) == ("running", None)

    assert cli("up").returncode == 0
    assert watcher_of(state) != watcher
    wait_until(lambda: stays.state() == "stopped", "the API to notice")
    added.wait()
    world.ec2.start_instances(InstanceIds=[stays.id])
    stays.wait()
    assert not stays.is_marked()


def test_two_networks_of_one_range_are_refused_with_a_sentence(world):
    _, twin = world.make_network()
    group = world.ec2.describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [world.ec2.describe_subnets(SubnetIds=[twin])["Subnets"][0]["VpcId"]]},
        ]
    )["SecurityGroups"][0]["GroupId"]
    box = world.launch("debian-12", group, SubnetId=twin)
    wait_until(lambda: world.report().get(box.id, {}).get("note"), "the note")
    note = world.report()[box.id]["note"]
    assert f"{world.cidr}, which overlaps with the Docker network" in note
    world.ec2.terminate_instances(InstanceIds=[box.id])


def test_a_killed_server_takes_its_cloud_along_and_the_next_one_begins_empty(world, cli, state):
    """Same range, new network: the old machines and networks have to be gone before."""
    server = Process(**json.loads((state / "sandbox.json").read_text())["server"])
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: not server.is_alive(), "the server to die")
    assert cli("status").returncode == 3
    watcher = watcher_of(state)
    assert cli("up").returncode == 0
    assert watcher_of(state) == watcher
    wait_until(lambda: owned("container", str(state)) == [], "the old machines to go")
    world.prepare()
    world.launch("debian-13", world.make_group("again", world.ssh_rule())).wait()


def test_down_leaves_nothing(world, cli, state):
    assert owned("container", str(state))
    assert owned("network", str(state))
    links = subprocess.run(["ip", "-o", "route"], capture_output=True, text=True, check=True).stdout
    assert world.cidr in links
    done = cli("down")
    assert done.returncode == 0, done.stderr
    assert owned("container", str(state)) == []
    assert owned("network", str(state)) == []
    assert processes_of(state) == []
    assert not state.exists()
    assert world.cidr not in subprocess.run(["ip", "-o", "route"], capture_output=True, text=True, check=True).stdout
    assert cli("down").returncode == 0
