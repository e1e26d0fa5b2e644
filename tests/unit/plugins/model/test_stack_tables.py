"""The resolver's tables agree with each other and with what they were read from."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GENERATIONS, GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu_pci_table import NVSWITCHES
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack import driver_table as drivers
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack import wheel_table
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.cuda import TOOLKITS
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.machine import BOARDS, PUBLISHED, SYSTEMS, number
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.offer import ARCHIVES, BRANCHES
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.wheel import wheels
from tests.unit.architecture_rules import imports, own_part

ROOT = Path(__file__).resolve().parents[4]
MODEL = ROOT / "plugins/module_utils/model"
PCI_IDS = dict(line.split("  ", 1) for line in (Path(__file__).parent / "pci_ids.txt").read_text().splitlines()[1:])
# Words of a board's name in the PCI database that make it the model; the least that tells them apart.
BOARD_WORDS = {
    "v100": ("V100", "16GB"), "v100-32gb": ("V100", "32GB"), "t4": ("Tesla T4]",), "t4g": ("T4G",), "a100": ("A100", "40GB"),
    "a100-80gb": ("A100", "80GB"), "a10": ("[A10]",), "a10g": ("[A10G]",), "l4": ("[L4]",), "l40s": ("[L40S]",), "h100": ("[H100 ",),
    "h100-nvl": ("H100L 94GB",), "h200": ("[H200 ",), "b200": ("B200",), "gb200": ("GB200",), "b300": ("[B300 ",),
    "rtx-pro-4500": ("RTX PRO 4500 Blackwell",), "rtx-pro-6000": ("RTX PRO 6000 Blackwell Server Edition",),
}  # fmt: skip


@pytest.mark.parametrize("device", BOARDS)
def test_a_pci_id_is_that_board_in_debian_s_database(device: str) -> None:
    model, form = BOARDS[device]
    name = PCI_IDS[device]
    assert all(word in name for word in BOARD_WORDS[model])
    if re.search(r"SXM|HGX|B200|B300", name):
        assert form == "sxm"
    elif re.search(r"PCIe|NVL|FHHL", name):
        assert form == "pcie"


def test_every_gpu_has_a_pci_id_and_a_generation() -> None:
    assert {model for model, _ in BOARDS.values()} >= set(BOARD_WORDS)
    assert {model for model, _ in BOARDS.values()} <= set(GPUS)
    assert all("NVSwitch" in PCI_IDS[device] for device in NVSWITCHES)
    assert all(gpu.generation in dict(map(reversed, GENERATIONS)) for gpu in GPUS.values())
    assert (GPUS["v100"].generation, GPUS["l4"].generation, GPUS["rtx-pro-6000"].generation) == (
        "Volta",
        "Ada",
        "Blackwell",
    )


def test_every_wheel_with_cuda_is_offered() -> None:
    """A new release that the table of builds does not know yet would be left out without a word."""
    lines = [line.split() for line in wheel_table.TABLE.split("\n") if line]
    offered = {
        (w.framework, w.version, w.build, w.architecture)
        for fr in ("torch", "tensorflow", "jax")
        for a in ("x86_64", "arm64")
        for w in wheels(fr, a)
    }
    assert {tuple(line[:4]) for line in lines} - offered == set()
    assert len(offered) == sum(len(wheels(fr, a)) for fr in ("torch", "tensorflow", "jax") for a in ("x86_64", "arm64"))


def test_the_words_of_the_tables_fit_together() -> None:
    assert {system.repository for system in SYSTEMS.values()} == {repository for repository, _ in PUBLISHED}
    assert {row[0] for row in ARCHIVES} <= set(SYSTEMS)
    assert {row[2] for row in ARCHIVES} <= set(BRANCHES)
    assert {there.first_branch for there in PUBLISHED.values()} <= set(BRANCHES)
    assert {there.first_toolkit for there in PUBLISHED.values()} - {"-"} <= {*TOOLKITS}
    assert set(drivers.LEAST_DRIVER_OF) == {name for _, name in GENERATIONS}
    assert set(drivers.FIRST_TOOLKIT) >= {
        gpu.compute_capability for gpu in GPUS.values() if gpu.compute_capability >= 8.9
    }
    assert all(branch.newest.startswith(f"{name}.") for name, branch in BRANCHES.items())
    assert [branch.ended for branch in BRANCHES.values()] == sorted(branch.ended for branch in BRANCHES.values())
    assert list(TOOLKITS) == sorted(TOOLKITS, key=number)


@pytest.mark.parametrize(
    "name", ["gpu_pci_table", *sorted(f"stack.{path.stem}" for path in (MODEL / "stack").glob("*_table.py"))]
)
def test_a_table_names_its_source_and_date(name: str) -> None:
    text = importlib.import_module(f"ansible_collections.aienv.cloud.plugins.module_utils.model.{name}").__doc__ or ""
    assert re.search(r"20\d\d-\d\d-\d\d", text)
    assert re.search(r"Sources?: |Written by tools/", text)


OF_VM_OFFERS = {f"plugins/module_utils/model/{name}.py" for name in ("driver_need", "links")}


def test_no_module_carries_the_resolver() -> None:
    """What a module imports travels to the host with every task; the resolver is for the controller.

    What a plan shows has the resolver's answers in it and is for a filter alone, too. What vm_offers says of a GPU's driver are facts, in the two files that the resolver shares with it.
    """
    parts = ("plugins/modules", "plugins/inventory", "plugins/module_utils", "plugins/plugin_utils")
    found = []
    for path in sorted(file for part in parts for file in (ROOT / part).rglob("*.py")):
        short = path.relative_to(ROOT).as_posix()
        if re.search(r"model/(stack/\w+|gpu_pci_table|plan_view)\.py$", short):
            continue
        shared = r"\.stack\.(driver_table|gpu_driver)$" if short in OF_VM_OFFERS else "nothing"
        names = [name for _, name, _ in imports(short, ast.parse(path.read_text())) if own_part(name) == "model"]
        found += [
            f"{short}: {name}"
            for name in names
            if re.search(r"\.(stack(\.\w+)?|gpu_pci_table|plan_view)$", name) and not re.search(shared, name)
        ]
    assert found == []
