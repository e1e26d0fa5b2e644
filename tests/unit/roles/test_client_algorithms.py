"""What the fleet's SSH configuration tells clients is what the hardened servers of the same profile agree to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
REFUSED = yaml.safe_load((ROLES / "provision/vars/main.yml").read_text())["__provision_ssh_refused"]
SERVER = yaml.safe_load((ROLES / "ssh_hardening/vars/main.yml").read_text())
KEYWORDS = {"kex": ("KexAlgorithms", "kex"), "ciphers": ("Ciphers", "cipher"), "macs": ("MACs", "mac")}


def of_server(profile: str, kind: str) -> set[str]:
    lists = SERVER[f"__ssh_hardening_{profile}"] if profile != "compatible" else SERVER["__ssh_hardening_strict"]
    more = SERVER["__ssh_hardening_compatible"].get(kind, []) if profile == "compatible" else []
    return {*lists[kind], *more}


@pytest.mark.parametrize("profile", REFUSED)
@pytest.mark.parametrize("kind", KEYWORDS)
def test_client_and_server_agree(profile, kind):
    keyword, name = KEYWORDS[kind]
    command = ["ssh", "-G", "-F", "/dev/null", "-o", f"{keyword}=-{REFUSED[profile][kind]}", "host"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    left = next(line.split()[1] for line in said.splitlines() if line.startswith(keyword.lower() + " ")).split(",")
    assert left
    assert set(left) <= of_server(profile, name)
