"""What travels to the machine with a module: its own cloud's prices, and no other cloud's anything."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UTILS = "ansible_collections/aienv/cloud/plugins/module_utils/"
CLOUDS = ("aws", "azure", "gcp")
# Bytes of the compressed price files in a module that knows its prices: 5 % of the 254,560 that aws_vm weighed before. They are 5,300 to 7,200.
MOST_BYTES = 12_700


def shipped(module: str, temporary: Path) -> dict[str, int]:
    """Our files in what Ansible itself packs for a module, with their compressed sizes in bytes."""
    environment = os.environ | {
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_REMOTE_TEMP": str(temporary),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
    }
    ansible = Path(sys.executable).parent / "ansible"
    command = [ansible, "localhost", "-c", "local", "-m", f"aienv.cloud.{module}", "-a", "name=x"]
    subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    (packed,) = temporary.rglob("AnsiballZ_*.py")
    (data,) = re.findall(rb"[A-Za-z0-9+/=]{2000,}", packed.read_bytes())
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data))) as archive:
        files = {file.filename: file.compress_size for file in archive.infolist()}
    return {name.removeprefix(UTILS): size for name, size in files.items() if name.startswith(UTILS)}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_module_carries_no_other_clouds_prices(cloud: str, tmp_path: Path) -> None:
    files = shipped(f"{cloud}_vm", tmp_path)
    names = set(files)
    assert f"clouds/{cloud}/vms.py" in names
    assert [name for name in names for other in CLOUDS if other != cloud and name.startswith(f"clouds/{other}/")] == []
    assert not names & {"offers.py", "model/catalog.py", "model/memory_need.py"}
    assert sum(size for name, size in files.items() if "price" in name) <= MOST_BYTES


def test_vm_offers_carries_all_prices_and_no_way_to_make_anything(tmp_path: Path) -> None:
    names = set(shipped("vm_offers", tmp_path))
    assert {f"clouds/{cloud}/price_table.py" for cloud in CLOUDS} <= names
    assert not [name for name in names if name.endswith(("/vms.py", "/launch.py"))]
