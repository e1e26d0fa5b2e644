"""The watcher's own care: failures are retried and told, stale sights are not acted on, names say which image."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sandbox.errors import SandboxError
from sandbox.machines.cloud import Look
from sandbox.machines.firewall import Group, Rule
from sandbox.machines.machine import Container, Machine
from sandbox.machines.watcher import Watcher

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOX = Machine("i-1", "box", "running", "t3.micro", "ami-1", "10.0.0.4", "subnet-1", ("sg-1",), None, NOW, "box")
RUNS = Container("c1", "i-1", "running", 0, False, NOW)
OPEN = Group("sg-1", (Rule("tcp", 22, 22, ("10.0.0.0/8",)),), ())


class Cloud:
    """The cloud's side, in memory."""

    errors = (ConnectionError,)

    def __init__(self):
        self.machines, self.groups = {"i-1": BOX}, {"sg-1": OPEN}
        self.image, self.off, self.gone = "debian-13-amd64-1", [], False

    def look(self):
        return Look(dict(self.machines), dict(self.groups))

    def is_gone(self, machine_id):
        return self.gone

    def image_name(self, machine):
        return self.image

    def subnet_cidr(self, subnet):
        return "10.0.0.0/24"

    def user_data(self, machine):
        return b""

    def logins(self, machine):
        return {"admin": []}

    def gpus(self, machine):
        return []

    def switch_off(self, machine):
        self.off.append(machine.id)


class Docker:
    """Docker's side, in memory: what was done, and the networks too."""

    def __init__(self):
        self.has, self.done, self.broken = {}, [], None

    def list(self):
        return dict(self.has)

    def create(self, machine, image, network):
        if self.broken:
            raise SandboxError(self.broken)
        self.done.append(("create", image))
        self.has[machine.id] = replace(RUNS, machine_id=machine.id)
        return "c1"

    def ensure(self, subnet, cidr):
        return f"net-{subnet}"

    def prune(self, wanted):
        self.done.append(("prune", tuple(sorted(wanted))))

    def remove(self, container):
        self.done.append(("remove", container))
        self.has.clear()

    def __getattr__(self, verb):
        return lambda *arguments, **_: self.done.append((verb, *arguments[:1]))


class Now:
    """A pool that works at once."""

    def submit(self, work, *arguments):
        work(*arguments)


@pytest.fixture
def world(tmp_path):
    cloud = Cloud()
    watcher = Watcher(tmp_path, cloud)
    watcher._pool = Now()
    watcher._containers = watcher._networks = docker = Docker()
    watcher._report.time_ssh = lambda machine: None
    yield watcher, cloud, docker
    assert not watcher._busy


def told(watcher):
    watcher._report.write()
    return json.loads(watcher._report._path.read_text())["machines"][0]


def test_a_new_machine_gets_its_files_before_it_starts(world):
    watcher, _, docker = world
    watcher.step()
    assert [verb for verb, *_ in docker.done if verb != "prune"] == ["create", "copy", "start"]
    assert docker.done[0] == ("create", "aienv-sandbox/debian-13")


def test_the_second_look_does_nothing(world):
    watcher, _, docker = world
    watcher.step()
    watcher.step()
    docker.done.clear()
    watcher.step()
    assert docker.done == []


def test_an_image_we_have_not_falls_back_and_says_so(world):
    watcher, cloud, docker = world
    cloud.image = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20261110"
    watcher.step()
    assert ("create", "aienv-sandbox/debian-12") in docker.done
    assert told(watcher)["image"].startswith("debian-12 (instead of ubuntu/")


def test_a_changed_rule_is_loaded_once(world):
    watcher, cloud, docker = world
    watcher.step()
    docker.done.clear()
    cloud.groups = {"sg-1": Group("sg-1", (), ())}
    watcher.step()
    watcher.step()
    assert docker.done.count(("load_firewall", "c1")) == 1


def test_a_new_member_changes_the_rules_of_the_others(world):
    watcher, cloud, docker = world
    cloud.groups = {"sg-1": Group("sg-1", (Rule("-1", None, None, groups=("sg-1",)),), ())}
    watcher.step()
    docker.done.clear()
    cloud.machines["i-2"] = replace(BOX, id="i-2", address="10.0.0.5")
    watcher.step()
    watcher.step()
    assert ("load_firewall", "c1") in docker.done


def test_a_fresh_watcher_loads_the_rules_of_what_runs(world):
    watcher, _, docker = world
    docker.has = {"i-1": RUNS}
    watcher.step()
    assert docker.done[0] == ("load_firewall", "c1")


def test_a_failure_is_told_and_waits_before_the_next_try(world):
    watcher, _, docker = world
    docker.broken = "subnet overlaps"
    watcher.step()
    assert told(watcher)["note"] == "create: subnet overlaps"
    docker.broken = None
    watcher.step()
    assert ("create", "aienv-sandbox/debian-13") not in docker.done
    watcher._failures["i-1"] = (1, 0.0)
    watcher.step()
    assert ("create", "aienv-sandbox/debian-13") in docker.done
    assert told(watcher)["note"] == ""


def test_a_cloud_that_does_not_answer_is_told_too(world):
    watcher, cloud, _ = world

    def silence(machine):
        raise ConnectionError("no answer")

    cloud.user_data = silence
    watcher.step()
    assert told(watcher)["note"] == "create: no answer"


def test_a_machine_missing_from_a_list_is_removed_only_on_the_clouds_word(world):
    watcher, cloud, docker = world
    docker.has, cloud.machines = {"i-1": RUNS}, {}
    watcher.step()
    assert ("remove", "c1") not in docker.done
    cloud.gone = True
    watcher.step()
    assert ("remove", "c1") in docker.done


def test_one_that_switched_itself_off_is_told_to_the_cloud(world):
    watcher, cloud, docker = world
    docker.has = {"i-1": replace(RUNS, state="exited", exit_code=130)}
    watcher.step()
    assert cloud.off == ["i-1"]
    assert ("settle", docker.has["i-1"]) in docker.done, "or a start right after would be taken for a self-made stop"


def test_networks_are_pruned_when_their_last_machine_is_gone(world):
    watcher, cloud, docker = world
    watcher.step()
    watcher.step()
    docker.done.clear()
    cloud.machines, docker.has = {}, {}
    watcher.step()
    watcher.step()
    assert docker.done == [("prune", ())]


def test_what_ends_while_we_look_is_left_alone(world):
    """The list of containers is from before the step's end: acting on it would make a second container."""
    watcher, cloud, docker = world
    watcher._busy.add("i-1")
    look = cloud.look

    def ends_meanwhile():
        watcher._busy.discard("i-1")
        return look()

    cloud.look = ends_meanwhile
    watcher.step()
    assert docker.done == []
