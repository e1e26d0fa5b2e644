"""What travels to the target with a module: its own cloud, and no prices where nothing is priced."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import zipfile

import pytest

from tests.servers import ROOT

PROGRAM = """
import sys
from ansible.plugins.loader import init_plugin_loader, module_loader
init_plugin_loader([sys.argv[1]])
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
for name in sys.argv[2:]:
    module = "aienv.cloud." + name
    built = modify_module(
        module_name=module,
        module_path=module_loader.find_plugin_with_context(module).plugin_resolved_path,
        module_args={},
        templar=Templar(loader=DataLoader()),
        task_vars={"ansible_python_interpreter": sys.executable},
        module_compression="ZIP_DEFLATED",
    )
    data = built[0] if isinstance(built, tuple) else built.b_module_data
    sys.stdout.buffer.write(data + b"\\n====\\n")
"""
CLOUDS = ("aws", "azure", "gcp")


def payloads(*names: str) -> dict[str, zipfile.ZipFile]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROOT / ".collections"), *names], check=True, capture_output=True, cwd=ROOT
    )
    texts = done.stdout.decode().split("\n====\n")[: len(names)]
    found = [re.search(r"UEsDB[A-Za-z0-9+/=]+", text) for text in texts]  # how a zip archive begins in base64
    assert all(found)
    return {
        name: zipfile.ZipFile(io.BytesIO(base64.b64decode(one[0])))
        for name, one in zip(names, found, strict=True)
        if one
    }


@pytest.fixture(scope="module")
def built() -> dict[str, zipfile.ZipFile]:
    return payloads(*(f"{cloud}_{kind}" for cloud in CLOUDS for kind in ("vm", "vm_info", "firewall", "network")))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_module_of_vms_carries_its_own_clouds_prices_only(built: dict[str, zipfile.ZipFile], cloud: str) -> None:
    for kind in ("vm", "vm_info"):
        names = built[f"{cloud}_{kind}"].namelist()
        tables = {name.split("/clouds/")[1].split("/")[0] for name in names if name.endswith("/price_table.py")}
        assert tables == {cloud}
        assert not [name for name in names if name.endswith(("/price_list.py", "/fetch.py", "/offers.py"))]


@pytest.mark.parametrize("cloud", ["aws", "azure"])
def test_what_has_no_price_carries_none(built: dict[str, zipfile.ZipFile], cloud: str) -> None:
    """Google's firewalls and networks look at VMs, by the adapter of VMs."""
    for kind in ("firewall", "network"):
        assert not [
            name for name in built[f"{cloud}_{kind}"].namelist() if "price_table" in name or "price_list" in name
        ]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_prices_are_a_small_part_of_what_is_sent(built: dict[str, zipfile.ZipFile], cloud: str) -> None:
    """Compressed bytes. Every start of the module pays for them; where they grow beyond a tenth, they have to leave it."""
    members = built[f"{cloud}_vm"].infolist()
    prices = sum(one.compress_size for one in members if "/price" in one.filename)
    assert 0 < prices < sum(one.compress_size for one in members) / 10
