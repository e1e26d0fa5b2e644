"""A VM that backs itself up from its first boot on, by user data alone; and the role, which finds nothing to do there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.clouds import CLOUDS
from tests.sandbox.conftest import ROOT, free_range

BACKUP = {
    "backup_target": "local",
    "backup_local_path": "/backup/{{ backup_host }}",
    "backup_password_command": "cat /root/password",
    "backup_paths": ["/srv/work", "/etc/hostname"],
}


def play(stage: str, image: str, told: dict[str, str], values: dict[str, Any]) -> str:
    """Run the playbook; fails with all that it said."""
    words = {
        "stage": stage, "provision_name": f"keeper{image[-2:]}", "provision_count": 1, "provision_gpu_model": "",
        "provision_machine_type": "t3.micro", "provision_image": image, "provision_network": f"lan{image[-2:]}", **values, **BACKUP,
    }  # fmt: skip
    line = [str(Path(sys.executable).with_name("ansible-playbook")), "--inventory=inventories/sandbox/aws_vm.yml",
            f"--extra-vars={json.dumps(words)}", "tests/sandbox/backup.yml"]  # fmt: skip
    env = {**os.environ, **told, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")}
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_user_data_sets_up_what_the_role_would(running: None, port: int, state: Path, tmp_path: Path) -> None:
    told = CLOUDS["aws"].variables(f"http://127.0.0.1:{port}", "us-east-1", state)
    places = {image: {"provision_network_cidr": free_range(), "provision_ssh_dir": str(tmp_path / image)}
              for image in ("debian-12", "debian-13")}  # fmt: skip

    def changes(image: str) -> list[str]:
        """How often the role changed something on the VM, from the play's recap."""
        play("make", image, told, places[image])
        said = play("role", image, told, places[image])
        return re.findall(rf"^keeper{image[-2:]}\S* .* ok=1\d +changed=(\d+)", said, re.MULTILINE)

    # They mostly wait: for the boot, the package archive and SSH.
    with ThreadPoolExecutor(2) as pool:
        assert dict(zip(places, pool.map(changes, places), strict=True)) == {"debian-12": ["0"], "debian-13": ["0"]}
