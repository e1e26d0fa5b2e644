"""The playbooks configure and verify, run whole against a machine that is this computer, with roles that only say that they ran.

The role nvidia_driver is the real one: on a machine without a GPU, which the facts say that this is, it does nothing and says so.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT

SAYS = (
    "- name: Say that it ran\n  ansible.builtin.debug:\n    msg: 'RAN {{ ansible_role_name | split(\".\") | last }}'\n"
)
NO_GPU = {
    "pci_ids": [],
    "nvswitches": 0,
    "os": "debian-12",
    "architecture": "x86_64",
    "kernel": "6.1.0-56-amd64",
    "kernels": [{"release": "6.1.0-56-amd64", "version": "6.1.192", "headers": True}],
    "secure_boot": False,
    "secure_boot_key": False,
    "container": False,
    "cloud": None,
    "driver": None,
    "cuda": [],
}
SKIPPED = "machine has no NVIDIA GPU, so it gets no driver"
EVERYTHING = {
    "nvidia_driver_state": "present",
    "cuda_versions": ["13.0"],
    "framework_venvs": [{"name": "torch"}],
    "nvidia_container_toolkit_engine": "docker",
    "backup_target": "/srv/backup",
    "os_updates_state": "present",
    "idle_stop_minutes": 60,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection with our plugins, our roles' defaults and nothing in them, and a cache that knows the machine."""
    folder = tmp_path_factory.mktemp("configure")
    collection = folder / "ansible_collections/aienv/cloud"
    (collection / "roles").mkdir(parents=True)
    for name in ("plugins", "meta", "galaxy.yml", "roles/nvidia_driver"):
        (collection / name).symlink_to(ROOT / name)
    for real in (ROOT / "roles").iterdir():
        role = collection / "roles" / real.name
        if not role.exists():
            (role / "tasks").mkdir(parents=True)
            (role / "defaults").symlink_to(real / "defaults")
            for name in ("main.yml", "verify.yml"):
                (role / "tasks" / name).write_text(SAYS)
    (folder / "facts").mkdir()
    (folder / "facts/machine").write_text(json.dumps({"aienv_gpu": NO_GPU}))
    (folder / "hosts").write_text(
        f"machine ansible_connection=local ansible_become=false ansible_python_interpreter={sys.executable}\n"
    )
    return folder


def said(world: Path, playbook: str, variables: dict[str, object]) -> tuple[list[str], str]:
    """The roles that ran, in their order, and all that was printed."""
    environment = {
        **os.environ,
        "HOME": str(world),
        "ANSIBLE_LOCAL_TEMP": str(world / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": str(world),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(world / "facts"),
        "ANSIBLE_NOCOLOR": "1",
    }
    words = ["-i", str(world / "hosts"), "-e", json.dumps({"aienv_hosts": "machine", **variables})]
    program = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [program, f"playbooks/{playbook}.yml", *words],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return re.findall(r"RAN (\w+)", done.stdout.replace(SKIPPED, "RAN nvidia_driver")), done.stdout


def test_nothing_asked_for_touches_no_driver(world: Path) -> None:
    ran, out = said(world, "configure", {})
    assert ran == ["python", "ssh_hardening"]
    assert "aienv.cloud.nvidia_driver" not in out


def test_the_driver_comes_first_where_it_is_asked_for_and_says_that_there_is_no_gpu(world: Path) -> None:
    ran, out = said(world, "configure", {"nvidia_driver_state": "present"})
    assert ran == ["nvidia_driver", "python", "ssh_hardening"]
    assert "changed=0" in out


def test_verify_proves_what_configure_does(world: Path) -> None:
    ran, _ = said(world, "configure", EVERYTHING)
    proved, out = said(world, "verify", EVERYTHING)
    assert ran == ["nvidia_driver", *proved]
    assert re.search(r"nvidia_driver +not proved +an NVIDIA driver: the machine has", out), out[-3000:]


def test_verify_says_nothing_of_a_driver_that_nobody_asked_for(world: Path) -> None:
    proved, out = said(world, "verify", {})
    assert proved == ["python", "ssh_hardening"]
    assert "an NVIDIA driver" not in out
