"""Runs playbooks and commands against an emulated cloud, as a person would."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.servers import ROOT, Server

BIN = Path(sys.executable).parent
HERE = Path(__file__).parent
BY_HAND = [sys.executable, str(HERE / "by_hand")]
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtJNTm6x3kiKyCIQ340nSXVGzv3Ri+aIrQ/7Sd584Wj ada@example.net"
PATIENCE_SECONDS = 240


def run(command: list[str], server: Server, **environment: str) -> str:
    """Standard output of a command that must succeed."""
    variables = {**server.environment(), "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.timer", **environment}
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command[:3])} …\n{done.stdout}\n{done.stderr}"
    return done.stdout


def play(playbook: Path, server: Server, **variables: Any) -> dict[str, int]:
    """Run a playbook; the recap of localhost as {'ok': 3, 'changed': 0, ...}."""
    cloud = server.cloud
    more = {
        "drift": [*BY_HAND, cloud, "drift"],
        "seen": [*BY_HAND, cloud, "see"],
        "public_key": PUBLIC_KEY,
        **variables,
    }
    output = run(
        [
            str(BIN / "ansible-playbook"),
            *("-i", "localhost,"),
            *("-e", f"@{HERE / 'clouds' / f'{cloud}.yml'}"),
            *("-e", json.dumps(more)),
            str(playbook),
        ],
        server,
    )
    (recap,) = re.findall(r"^localhost +: (.*)$", output, re.M)
    return {word: int(number) for word, number in re.findall(r"(\w+)=(\d+)", recap)}
