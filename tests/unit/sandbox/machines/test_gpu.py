"""The fake GPU listing: every GPU type of the emulated cloud is known, and the programs speak as the real ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.machines import gpu

GUEST = Path(gpu.__file__).parent / "guest"


def gpus(name, memory, count=1):
    return gpu.list_gpus([gpu.Board(name, memory, count)], "i-1")


@pytest.fixture
def run(tmp_path):
    def run(program, *arguments, cards):
        data = tmp_path / "gpus.json"
        data.write_bytes(gpu.files(cards)[gpu.DATA][0])
        script = tmp_path / program
        script.write_text((GUEST / program).read_text().replace(gpu.DATA, str(data)))
        return subprocess.run([sys.executable, script, *arguments], capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("name", "memory", "product", "pci"),
    [
        ("T4", 16384, "Tesla T4", "10de:1eb8"),
        ("V100", 32768, "Tesla V100-SXM2-32GB", "10de:1db5"),
        ("V100", 16384, "Tesla V100-SXM2-16GB", "10de:1db1"),
        ("A10G", 22888, "NVIDIA A10G", "10de:2237"),
        ("A100", 40960, "NVIDIA A100-SXM4-40GB", "10de:20b0"),
        ("A100", 81920, "NVIDIA A100-SXM4-80GB", "10de:20b2"),
        ("L4", 22888, "NVIDIA L4", "10de:27b8"),
        ("L40S", 45776, "NVIDIA L40S", "10de:26b9"),
        ("H100", 81920, "NVIDIA H100 80GB HBM3", "10de:2330"),
        ("H200", 144384, "NVIDIA H200", "10de:2335"),
        ("B200", 183359, "NVIDIA B200", "10de:2901"),
        ("RTX PRO Server 6000", 98304, "NVIDIA RTX PRO 6000 Blackwell Server Edition", "10de:2bb5"),
    ],
)
def test_models(name, memory, product, pci):
    (card,) = gpus(name, memory)
    assert (card.name, card.memory_mib, card.pci_id) == (product, memory, pci)


def test_cards_of_a_machine_differ_and_stay_the_same():
    cards = gpus("H100", 81920, count=8)
    assert len({card.uuid for card in cards}) == len({card.bus_id for card in cards}) == 8
    assert cards == gpus("H100", 81920, count=8)
    assert cards[-1].bus_id == "00000000:00:1E.0"


def test_a_board_that_nobody_knows_is_left_out():
    assert gpu.list_gpus([], "i-1") == []
    assert gpus("Radeon Pro V520", 8192) == []


def test_nvidia_smi_lists(run):
    done = run("nvidia-smi", "-L", cards=gpus("L4", 22888, 2))
    assert re.fullmatch(r"(GPU \d: NVIDIA L4 \(UUID: GPU-[0-9a-f-]{36}\)\n){2}", done.stdout)


def test_nvidia_smi_answers_queries(run):
    fields = "--query-gpu=name,memory.total,driver_version,compute_cap"
    cards = gpus("L4", 22888)
    assert run("nvidia-smi", fields, "--format=csv", cards=cards).stdout == (
        f"name, memory.total [MiB], driver_version, compute_cap\nNVIDIA L4, 22888 MiB, {gpu.DRIVER}, 8.9\n"
    )
    bare = run("nvidia-smi", fields, "--format=csv,noheader,nounits", cards=cards)
    assert bare.stdout == f"NVIDIA L4, 22888, {gpu.DRIVER}, 8.9\n"


def test_nvidia_smi_refuses_what_it_does_not_know(run):
    done = run("nvidia-smi", "--query-gpu=shoe.size", "--format=csv", cards=gpus("L4", 22888))
    assert (done.returncode, done.stdout.strip()) == (2, 'Field "shoe.size" is not a valid field to query.')


def test_nvidia_smi_draws_a_straight_table(run):
    lines = run("nvidia-smi", cards=gpus("RTX PRO Server 6000", 98304, 2)).stdout.splitlines()
    assert {len(line) for line in lines} == {79}
    assert "Driver Version: 580." in lines[1]


def test_lspci_lists_and_filters(run):
    cards = gpus("T4", 16384)
    assert run("lspci", cards=cards).stdout == "00:1e.0 3D controller: NVIDIA Corporation TU104GL [Tesla T4] (rev a1)\n"
    assert run("lspci", "-n", "-d", "10de:", cards=cards).stdout == "00:1e.0 0302: 10de:1eb8 (rev a1)\n"
    assert "[0302]: NVIDIA Corporation TU104GL [Tesla T4] [10de:1eb8]" in run("lspci", "-nn", cards=cards).stdout
    assert run("lspci", "-D", "-n", cards=cards).stdout.startswith("0000:00:1e.0 ")
    assert run("lspci", "-d", "1002:", cards=cards).stdout == ""
    assert run("lspci", "-d", "10de::0302", "-n", cards=cards).stdout != ""
