"""The program that the role `cuda` runs on a host, without a toolkit: what it asks for, assembles, judges and refuses."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles/cuda"
WHEELS = {"source": "pypi", "architectures": ["sm_90"], "because": "why"}
REQUEST = {
    "state": "present", "stacks": [], "default": "", "components": "minimal", "extras": [], "packages": [], "gpus": [], "driver": "",
    "index_url": "", "find_links": [], "offline": False, "ca_file": "", "pip_wheels": "/nowhere",
}  # fmt: skip


@pytest.fixture
def part(monkeypatch, tmp_path):
    """Imports a part of the program by its name; its places lie below tmp_path."""
    monkeypatch.syspath_prepend(str(ROLE / "files"))
    for name in [name for name in sys.modules if name.startswith("aienv_cuda")]:
        monkeypatch.delitem(sys.modules, name)
    toolkits = importlib.import_module("aienv_cuda.toolkits")
    for name in ("DIRECTORY", "DEFAULT", "RECORD"):
        monkeypatch.setattr(toolkits, name, tmp_path / name.lower())
    yield lambda name: importlib.import_module(f"aienv_cuda.{name}")
    for name in [name for name in sys.modules if name.startswith("aienv_cuda")]:
        monkeypatch.delitem(sys.modules, name)


def request(*versions: str, **more) -> dict:
    stacks = [{**WHEELS, "version": version, "packages": [f"cuda-toolkit=={version}.*"]} for version in versions]
    return {**REQUEST, "stacks": stacks, **more}


def test_the_parts_are_named_in_the_order_of_who_needs_whom():
    parts = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__cuda_parts"]
    assert sorted(parts) == sorted(path.stem for path in (ROLE / "files/aienv_cuda").glob("*.py"))
    for number, name in enumerate(parts):
        text = (ROLE / f"files/aienv_cuda/{name}.py").read_text()
        assert [late for late in parts[number:] if f"aienv_cuda.{late} import" in text] == []


def test_wheels_are_asked_for_by_the_metapackage_s_extras(part):
    toolkits = part("toolkits")
    old, new = toolkits.wanted(request("13.0", "13.2", components="toolkit", extras=["nccl"]))
    assert old.requirements[1] == new.requirements[1] == "nvidia-nccl-cu13"
    assert "nvdisasm" in new.requirements[0]
    assert "nvdisasm" not in old.requirements[0]
    assert new.requirements[0].endswith("]==13.2.*")
    assert new.megabytes == 3500 + 600


def test_the_default_comes_first(part):
    wanted = part("toolkits").wanted(request("13.0", "13.2", default="13.2"))
    assert [toolkit.version for toolkit in wanted] == ["13.2", "13.0"]
    assert part("toolkits").wanted(request("13.0", "13.2"))[0].version == "13.0"


def test_packages_of_nvidia_s_repository_carry_the_version(part):
    cuda = {
        "source": "nvidia",
        "version": "12.6",
        "architectures": ["sm_70"],
        "packages": ["cuda-toolkit-12-6"],
        "because": "",
    }
    (toolkit,) = part("toolkits").wanted({**REQUEST, "stacks": [cuda], "extras": ["cudnn"]})
    assert toolkit.packages == ["cuda-minimal-build-12-6", "libcudnn9-dev-cuda-12"]
    assert str(toolkit.nvcc) == "/usr/local/cuda-12.6/bin/nvcc"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (request("13.0", "13.0"), "names one twice"),
        (request("13.0", default="12.0"), "cuda_default is 12.0, and the toolkits are 13.0"),
        (request("13.0", offline=True), "names no place with wheels"),
        ({**REQUEST, "stacks": [{**WHEELS, "version": "12.4", "source": "none"}]}, "why"),
        ({**REQUEST, "stacks": [{**WHEELS, "version": "12.4", "source": "distribution"}], "extras": ["nccl"]}, "cuda_nccl come with"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(part, wrong, says):
    assert any(says in sentence for sentence in part("toolkits").refusals(wrong))


def test_what_is_right_is_not_refused(part):
    assert part("toolkits").refusals(request("13.0", "13.2", default="13.2")) == []
    assert part("toolkits").refusals({**REQUEST, "state": "absent", "default": "13.2"}) == []


def unpacked(tmp_path: Path, compiler: bool = True) -> Path:
    """Wheels as pip unpacks them: one part of the toolkit, one library beside, their metadata."""
    site = tmp_path / "site"
    files = [
        "nvidia/cu13/lib/libcudart.so.13",
        "nvidia/nccl/lib/libnccl.so.2",
        "nvidia/nccl/include/nccl.h",
        "a.dist-info/License.txt",
    ]
    for name in [*files, "nvidia/__init__.py", *(["nvidia/cu13/bin/nvcc"] if compiler else [])]:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name)
    return site


def test_wheels_become_a_toolkit_of_the_usual_layout(part, tmp_path):
    home = tmp_path / "home"
    part("wheels").assemble(unpacked(tmp_path), home, ["x"])
    assert (home / "bin/nvcc").exists()
    assert (home / "include/nccl.h").exists()
    assert (home / "lib64/libnccl.so").exists()
    assert (home / "lib/libcudart.so").readlink() == Path("libcudart.so.13")
    assert (home / "dist-info/a.dist-info/License.txt").exists()


def test_wheels_without_a_compiler_are_refused(part, tmp_path):
    with pytest.raises(part("host").Refused, match="x holds no bin/nvcc"):
        part("wheels").assemble(unpacked(tmp_path, compiler=False), tmp_path / "home", ["x"])


def test_a_toolkit_is_made_anew_when_files_or_wishes_changed(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("toolkits"), "DIRECTORY", tmp_path)
    (toolkit,) = part("toolkits").wanted(request("13.2"))
    wheels = part("wheels")
    assert wheels.reason(toolkit) == "it is not there"
    wheels.assemble(unpacked(tmp_path), toolkit.home, toolkit.requirements)
    assert wheels.reason(toolkit) == ""
    (toolkit.home / "bin/nvcc").write_text("other")
    assert wheels.reason(toolkit) == "1 of its files are missing or changed, bin/nvcc is one"
    (more,) = part("toolkits").wanted(request("13.2", components="full"))
    assert wheels.reason(more).startswith("it was made of cuda-toolkit[nvcc,")


def test_somebody_else_s_directory_is_not_replaced(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("toolkits"), "DIRECTORY", tmp_path)
    (tmp_path / "13.2").mkdir()
    (tmp_path / "13.2/mine").write_text("")
    (toolkit,) = part("toolkits").wanted(request("13.2"))
    with pytest.raises(part("host").Refused, match="holds files that this role has not put there"):
        part("wheels").reason(toolkit)


def test_what_a_killed_run_has_left_is_taken_away(part, tmp_path, monkeypatch):
    monkeypatch.setattr(part("toolkits"), "DIRECTORY", tmp_path)
    for name in (".13.2.half", ".13.2.old", ".proof.x", "13.2"):
        (tmp_path / name).mkdir()
    assert [path.name for path in part("wheels").leftovers()] == [".13.2.half", ".13.2.old", ".proof.x"]


def ended(code: int, *lines: dict) -> subprocess.CompletedProcess:
    return subprocess.CompletedProcess([], code, "\n".join(json.dumps(line) for line in lines), "")


def first(error: int, name: str = "cudaError", says: str = "what CUDA says") -> dict:
    return {"runtime": 13020, "driver": 0, "error": error, "name": name, "says": says}


GPU = {"device": 0, "gpu": "NVIDIA L4", "capability": "8.9", "wrong": 0, "error": 0, "name": "cudaSuccess"}
ON_GPU = {"driver": "580.95.05", "gpus": ["10de:27b8"]}


@pytest.mark.parametrize(
    ("done", "machine", "proved", "not_proved", "problem"),
    [
        (ended(35, first(35)), {}, "the toolkit works, and a driver is absent", "no NVIDIA driver is installed", ""),
        (ended(1, first(35)), {}, "", "", "(35) on driver unknown"),
        (ended(35, first(35)), ON_GPU, "", "", "(35) on driver 580.95.05: the driver is older than this toolkit takes"),
        (ended(100, first(100)), {"driver": "580.95.05"}, "", "there is a driver, but no GPU", ""),
        (ended(100, first(100)), ON_GPU, "", "", "open or proprietary"),
        (ended(255, first(802)), ON_GPU, "", "", "nvidia-fabricmanager"),
        (ended(255, first(777)), ON_GPU, "", "", "what CUDA says"),
        (ended(0, first(0), GPU), ON_GPU, "gives the CPU's result on GPU 0 (NVIDIA L4, compute capability 8.9)", "", ""),
        (ended(1, first(0), {**GPU, "wrong": 3}), ON_GPU, "", "", "3 results of the kernel on GPU 0"),
        (ended(209, first(0), {**GPU, "error": 209}), ON_GPU, "", "", "holds no code for this GPU"),
        (ended(0, first(0)), ON_GPU, "", "", "CUDA sees 0 of 1 GPUs"),
        (subprocess.CompletedProcess([], -11, "", ""), {}, "", "", "ends with -11"),
    ],
)  # fmt: skip
def test_what_the_program_says_is_judged(part, done, machine, proved, not_proved, problem):
    proof = part("proof").Proof()
    part("proof").judge(proof, "CUDA 13.2", done, {**REQUEST, **machine})
    for sentences, piece in (
        (proof.proved, proved),
        ([lack["why"] for lack in proof.not_proved], not_proved),
        (proof.problems, problem),
    ):
        assert len(sentences) == bool(piece)
        assert all(piece in sentence for sentence in sentences)
