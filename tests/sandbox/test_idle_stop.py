"""A VM on each cloud that stops itself, by the playbooks as users run them: off for the cloud too, and back with its data."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.clouds import CLOUDS
from tests.sandbox.conftest import ROOT, free_port, free_range
from tests.sandbox.metadata import Metadata
from tests.sandbox.test_clouds import HANDS, sandbox
from tests.sandbox.world import Box, wait_until

NAME = "sleeper"
WORK = "a checkpoint of three days\n"
#: The cloud's own word for a VM that is not billed any more.
OFF = {"aws": "stopped", "gcp": "TERMINATED", "azure": "deallocated"}
PLACE = {"aws": {}, "gcp": {"provision_zones": ["us-central1-a"]}, "azure": {"provision_resource_group": "boxes"}}
TYPE = {"aws": "g6.xlarge", "gcp": "g2-standard-4", "azure": "Standard_NC4as_T4_v3"}
RULES = {
    "idle_stop_minutes": 0.4,
    "idle_stop_grace_minutes": 0.1,
    "idle_stop_sample_seconds": 1,
    # The computer's processors and Docker's bridge carry other tests.
    "idle_stop_cpu_cores": 64,
    "idle_stop_network_kib": 1000000,
    # There is no metadata service; on Azure the test is one.
    "idle_stop_metadata_url": "http://127.0.0.1:9",
}


class Fleet:
    """One VM of the collection's own making, on a sandbox of that cloud alone."""

    def __init__(self, cloud: str, port: int, state: Path, folder: Path) -> None:
        self.cloud, self.port, self.folder = cloud, port, folder
        self.endpoint = CLOUDS[cloud].endpoint(port)
        self.told = CLOUDS[cloud].variables(self.endpoint, CLOUDS[cloud].region, state)
        self.authority = CLOUDS[cloud].trust(state)
        self.hands = HANDS[cloud](self.endpoint, state, free_range(), folder)
        self.cidr = free_range()

    def play(self, stage: str, **more: Any) -> str:
        """Run the playbook; fails with all that it said."""
        values = {
            "stage": stage, "work": WORK, "provision_name": NAME, "provision_count": 1, "provision_gpu_model": "",
            "provision_machine_type": TYPE[self.cloud], "provision_image": "debian-13", "provision_network_cidr": self.cidr,
            "provision_ssh_dir": str(self.folder / "ssh"), **PLACE[self.cloud], **RULES, **more,
        }  # fmt: skip
        line = [str(Path(sys.executable).with_name("ansible-playbook")), f"--inventory=inventories/sandbox/{self.cloud}_vm.yml",
                f"--extra-vars={json.dumps(values)}", "tests/sandbox/idle_stop.yml"]  # fmt: skip
        # A connection that stays open would be somebody who is logged in.
        settings = {
            "ANSIBLE_SSH_ARGS": "-o ControlMaster=no",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
            "ANSIBLE_HOST_KEY_CHECKING": "true",
        }
        done = subprocess.run(
            line, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            env={**os.environ, **self.told, **settings},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def box(self) -> Box:
        """The VM by the name that the cloud's API has for it, and the key of the playbook."""
        conf = (self.folder / f"ssh/{NAME}.conf").read_text().split()
        words = dict(itertools.pairwise(conf))
        self.hands.key = self.folder / f"ssh/{NAME}_ed25519"
        known = words["HostKeyAlias"] if self.cloud == "aws" else f"{NAME}-0"
        return Box(self.hands, known, words["HostName"], words["User"])

    def state(self) -> str:
        return str(self.hands.state_of(self.box().id))


@pytest.fixture(scope="module", params=CLOUDS)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    cloud, folder = request.param, tmp_path_factory.mktemp(f"idle-{request.param}")
    state, port = folder / "state", free_port()
    try:
        done = sandbox("up", "--cloud", cloud, "--state", str(state), "--port", str(port))
        assert done.returncode == 0, done.stdout + done.stderr
        yield Fleet(cloud, port, state, folder)
    finally:
        sandbox("down", "--state", str(state))


@contextlib.contextmanager
def way_to_azure(fleet: Fleet) -> Iterator[dict[str, Any]]:
    """What a VM on Azure has: an identity, the metadata service and Resource Manager, here through a tunnel.

    The tunnel is a login, so that logins cannot count.
    """
    api, path = fleet.hands, f"Microsoft.Compute/virtualMachines/{NAME}-0"
    api._call("PATCH", path, {"identity": {"type": "SystemAssigned"}})

    def token(resource: str) -> str:
        form = {
            "grant_type": "client_credentials", "scope": f"{resource}.default",
            "client_id": fleet.told["AZURE_CLIENT_ID"], "client_secret": fleet.told["AZURE_CLIENT_SECRET"],
        }  # fmt: skip
        where = f"{fleet.endpoint}/{fleet.told['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        return str(requests.post(where, form, verify=str(fleet.authority), timeout=60).json()["access_token"])

    metadata, box = Metadata(lambda: dict(api._call("GET", path)), token), fleet.box()
    line = ["ssh", "-F", str(fleet.folder / f"ssh/{NAME}.conf"), "-N", "-o", "ExitOnForwardFailure=yes",
            "-R", f"{fleet.port}:127.0.0.1:{fleet.port}", "-R", f"8169:127.0.0.1:{metadata.port}", f"{NAME}-0"]  # fmt: skip
    tunnel = subprocess.Popen(line, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: box.ssh("curl -s -o /dev/null http://127.0.0.1:8169/").returncode == 0, "the tunnel")
        yield {
            "idle_stop_metadata_url": "http://127.0.0.1:8169", "idle_stop_endpoint_url": fleet.endpoint,
            "idle_stop_ca_bundle": "/root/authority.pem", "authority": str(fleet.authority), "idle_stop_logins": "ignore",
            # Not before the playbook has proved it, on a busy computer.
            "idle_stop_minutes": 2,
        }  # fmt: skip
        assert "/metadata/identity/oauth2/token" in metadata.asked
    finally:
        tunnel.kill()
        tunnel.wait()
        metadata.shutdown()


def test_an_idle_vm_stops_itself_and_comes_back_with_its_data(fleet: Fleet) -> None:
    fleet.play("make")
    with way_to_azure(fleet) if fleet.cloud == "azure" else contextlib.nullcontext({}) as more:
        fleet.play("idle", **more)
        wait_until(lambda: fleet.state() == OFF[fleet.cloud], "the cloud to show it off", 300)
    time.sleep(2)
    assert fleet.state() == OFF[fleet.cloud]
    fleet.play("back")
