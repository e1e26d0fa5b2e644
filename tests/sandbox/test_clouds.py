"""One VM on each cloud, over the cloud's own API and real SSH; the tests of a cloud build on each other."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds import CLOUDS
from sandbox.docker import owned
from tests.sandbox.conftest import ROOT, free_port, free_range
from tests.sandbox.hands.aws import Aws
from tests.sandbox.hands.azure import Azure
from tests.sandbox.hands.gcp import Gcp
from tests.sandbox.world import Box, wait_until

HANDS: dict[str, Callable[[str, Path, str, Path], Any]] = {"aws": Aws, "gcp": Gcp, "azure": Azure}
USER_DATA = """#cloud-config
write_files:
  - {path: /etc/from-user-data, content: "written"}
runcmd:
  - [touch, /var/lib/ran-from-user-data]
"""


def sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=dict(os.environ))


@pytest.fixture(scope="module", params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def hands(cloud: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A sandbox of that cloud alone, and somebody who knows its API."""
    folder = tmp_path_factory.mktemp(cloud)
    state, port = folder / "state", free_port()
    try:
        done = sandbox("up", "--cloud", cloud, "--state", str(state), "--port", str(port))
        assert done.returncode == 0, done.stdout + done.stderr
        yield HANDS[cloud](CLOUDS[cloud].endpoint(port), state, free_range(), folder)
    finally:
        sandbox("down", "--state", str(state))


@pytest.fixture(scope="module")
def box(hands: Any) -> Box:
    made: Box = hands.launch(USER_DATA)
    return made


class TestAVm:
    def test_nobody_gets_in_before_a_rule_says_so(self, hands: Any, box: Box) -> None:
        def booted() -> bool:
            line = ["docker", "exec", str(containers(hands)[0]), "ss", "-Hltn", "sport = :22"]
            return bool(containers(hands)) and bool(subprocess.run(line, capture_output=True, check=False).stdout)

        wait_until(lambda: containers(hands), "the container")
        wait_until(booted, "its SSH server")
        assert not box.answers()
        hands.open_ssh()
        wait_until(box.answers, "the firewall to open")

    def test_the_user_and_key_of_the_api_meet_a_sound_system(self, hands: Any, box: Box) -> None:
        assert box.run("whoami") == hands.user
        assert box.run("sudo id -u") == "0"
        assert box.run(". /etc/os-release; echo $ID-$VERSION_ID") == "debian-13"
        assert box.run("hostname -I").split()[0] == box.address

    def test_user_data_ran_by_real_cloud_init(self, box: Box) -> None:
        assert box.run("cloud-init status --wait").endswith("status: done")
        assert box.run("cat /etc/from-user-data") == "written"
        box.run("test -e /var/lib/ran-from-user-data")

    def test_the_gpu_is_what_the_type_implies(self, cloud: str, box: Box) -> None:
        expected = {"aws": "Tesla T4", "gcp": "NVIDIA L4", "azure": "Tesla T4"}[cloud]
        assert box.run("nvidia-smi --query-gpu=name --format=csv,noheader") == expected

    def test_taking_the_rule_away_closes_it_again(self, hands: Any, box: Box) -> None:
        hands.close_ssh()
        wait_until(lambda: not box.answers(), "the firewall to close")
        time.sleep(1)
        assert not box.answers()
        hands.open_ssh()
        wait_until(box.answers, "the firewall to open")

    def test_stop_and_start_bring_the_same_machine(self, hands: Any, box: Box) -> None:
        key = box.run("cat /etc/ssh/ssh_host_ed25519_key.pub")
        hands.stop(box)
        wait_until(lambda: not box.answers(), "the machine to stop")
        assert box.state() == hands.stopped
        hands.start(box)
        box.wait()
        assert box.run("cat /etc/ssh/ssh_host_ed25519_key.pub") == key

    def test_switching_itself_off_shows_as_stopped(self, hands: Any, box: Box) -> None:
        box.ssh("sudo poweroff")
        wait_until(lambda: box.state() == hands.stopped, "the API to notice")
        hands.start(box)
        box.wait()

    def test_deleted_means_gone(self, hands: Any, box: Box) -> None:
        assert containers(hands)
        hands.delete(box)
        wait_until(lambda: not containers(hands), "the container to go")

    def test_down_leaves_nothing(self, hands: Any) -> None:
        assert sandbox("down", "--state", str(hands.state)).returncode == 0
        assert owned("network", str(hands.state)) == []
        assert not hands.state.exists()


def containers(hands: Any) -> list[str]:
    return owned("container", str(hands.state))
