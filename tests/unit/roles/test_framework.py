"""The proof of the role `framework`: what it judges, what it keeps, and when it computes anew. Frameworks are played here."""

from __future__ import annotations

import getpass
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

from tests.programs import module_of

ROOT = Path(__file__).resolve().parents[3]
FILES = ROOT / "roles/framework/files"
FRAMEWORKS = ("torch", "tensorflow", "jax")
# A framework that sees two GPUs, of which one computes wrongly if it is told so, and counts how often it is asked.
PLAYED = """
from pathlib import Path
TOLERANCE = 1e-3
def devices(): return {devices!r}
def named(device): return device + " (L4)"
def error_on(device): return 1.0 if device == {wrong!r} else 1e-5
def together(count, on_gpus): return f"an all-reduce of {{count}} {{'GPUs' if on_gpus else 'processes'}}", {together!r}
with Path({log!r}).open("a") as log: log.write("asked ")
"""


def load(name: str):
    return module_of(FILES / f"{name}.py")


@pytest.fixture
def prove(monkeypatch, tmp_path, capsys):
    """One run of the program, with a framework that is played, on a machine that is played."""
    program = load("proof")
    monkeypatch.setattr(program, "KEPT", tmp_path / "kept/proofs.json")
    monkeypatch.setattr(program, "DRIVER", tmp_path / "driver")
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").symlink_to(sys.executable)

    def run(cards=2, split=False, fresh=True, device="cuda", seen=None, wrong="", together="", packages="one"):
        for index in range(cards):
            (tmp_path / f"driver/gpus/{index}").mkdir(parents=True, exist_ok=True)
        if cards:
            (tmp_path / "driver/version").write_text("NVRM version: 580.178.04\n")
        if split:
            (tmp_path / "driver/capabilities/gpu0/mig/gi1").mkdir(parents=True)
        seen = [f"cuda:{index}" for index in range(cards)] if seen is None else seen
        check = PLAYED.format(devices=seen, wrong=wrong, together=together, log=str(tmp_path / "log"))
        venv = {
            "path": str(tmp_path / "venv"), "owner": getpass.getuser(), "name": "torch", "version": "2.15.0", "device": device,
            "packages": packages, "check": check,
        }  # fmt: skip
        program.main(json.dumps({"judge": (FILES / "check.py").read_text(), "fresh": fresh, "venvs": [venv]}))
        return json.loads(capsys.readouterr().out)

    run.times = lambda: (tmp_path / "log").read_text().count("asked")
    return run


def test_every_gpu_is_held_against_the_cpu(prove):
    answer = prove()
    assert answer["failed"] == answer["proof"]["not_proved"] == []
    assert [
        bool(re.search(what, said))
        for what, said in zip(("cuda:0", "cuda:1", "the CPU", "2 GPUs"), answer["proof"]["proved"], strict=True)
    ] == [True] * 4


def test_a_gpu_that_computes_wrongly_is_named(prove):
    (failed,) = prove(wrong="cuda:1")["failed"]
    assert "matrices on cuda:1 (L4) NOT as in float64 (error 1e+00)" in failed


def test_an_all_reduce_that_fails_says_why(prove):
    (failed,) = prove(together="NCCL error")["failed"]
    assert "does an all-reduce of 2 GPUs, which failed: NCCL error" in failed


@pytest.mark.parametrize(
    ("machine", "failed", "why"),
    [
        ({"seen": []}, "the driver has 2 GPUs, and the framework sees none", None),
        ({"seen": ["cuda:0"]}, "the driver has 2 GPUs, the framework sees 1", "there is one GPU only"),
        ({"seen": ["cuda:0"], "split": True}, None, "the framework sees 1"),
        ({"cards": 1}, None, "there is one GPU only"),
        ({"cards": 0}, None, "no NVIDIA driver is loaded"),
        ({"cards": 0, "device": "cpu"}, None, "this build is for the CPU"),
    ],
)
def test_what_is_missing_is_a_failure_or_said(prove, machine, failed, why):
    answer = prove(**machine)
    assert (failed in " ".join(answer["failed"])) if failed else answer["failed"] == []
    said = " ".join(gap["why"] for gap in answer["proof"]["not_proved"])
    assert (why in said) if why else said == ""


def test_a_proof_stands_while_what_it_is_about_is_the_same(prove):
    first = prove()
    assert prove(fresh=False) == first
    assert prove.times() == 1
    prove(fresh=False, packages="two")
    prove(fresh=False, packages="two", cards=3)
    prove(fresh=True, packages="two", cards=3)
    assert prove.times() == 4


def test_a_failure_is_never_kept(prove):
    prove()
    prove(wrong="cuda:0")
    assert prove(fresh=False, wrong="cuda:0")["failed"]
    assert prove.times() == 3


def test_a_framework_that_does_not_import_is_a_sentence(prove, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PLAYED", "raise ImportError('libcudart.so.13: no such file')\n#")
    (failed,) = prove()["failed"]
    assert "torch ended with 1" in failed
    assert "libcudart.so.13" in failed


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_framework_has_the_four_words(name):
    text = (FILES / f"check_{name}.py").read_text()
    assert {"devices", "named", "error_on", "together"} <= set(re.findall(r"(?m)^def (\w+)\(", text))
    assert "TOLERANCE =" in text


def test_the_second_run_of_the_stack_touches_a_host_at_most_12_times():
    budget = yaml.safe_load((ROOT / "molecule/shared/vars/host_tasks.yml").read_text())["host_tasks_budget"]
    assert sum(budget.values()) <= 12


def test_every_framework_and_device_has_its_space():
    space = yaml.safe_load((ROOT / "roles/framework/vars/main.yml").read_text())["__framework_space"]
    assert {(name, device) for name, devices in space.items() for device in devices} == {
        (name, device) for name in FRAMEWORKS for device in ("cuda", "cpu")
    }
