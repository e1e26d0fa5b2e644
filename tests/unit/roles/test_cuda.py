"""The program that the role `cuda` runs on a host, without a toolkit: what it asks for, assembles, judges and refuses."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles/cuda"
DRIVER_ROLE = ROLE.parent / "nvidia_driver"
WHEELS = {"source": "pypi", "architectures": ["sm_90"], "because": "why", "repository": {"format": ""}}
REQUEST = {
    "state": "present", "stacks": [], "default": "", "components": "minimal", "extras": [], "packages": [], "gpus": [], "driver": "", "architecture": "x86_64", "to_come": False,
    "index_url": "", "find_links": [], "offline": False, "ca_file": "", "pip_wheels": "/nowhere",
}  # fmt: skip
NVIDIA = {
    "format": "apt", "url": "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/", "suites": ["/"], "components": [],
    "key_url": "https://x/3bf863cc.pub", "key_fingerprint": "EB693B3035CD5710E231E123A4B469963BF863CC", "keyring_url": "", "keyring_sha256": "",
}  # fmt: skip
ARCHIVE = {"format": "archive", "url": "", "suites": ["bookworm"], "components": ["contrib", "non-free"]}


@pytest.fixture
def part(monkeypatch, tmp_path):
    """Imports a part of the program by its name; its places lie below tmp_path."""
    monkeypatch.syspath_prepend(str(DRIVER_ROLE / "files"))
    monkeypatch.syspath_prepend(str(ROLE / "files"))
    for name in [name for name in sys.modules if name.startswith(("aienv_cuda", "aienv_nvidia"))]:
        monkeypatch.delitem(sys.modules, name)
    toolkits = importlib.import_module("aienv_cuda.toolkits")
    for name in ("DIRECTORY", "DEFAULT", "RECORD"):
        monkeypatch.setattr(toolkits, name, tmp_path / name.lower())
    yield lambda name: importlib.import_module(name if "." in name else f"aienv_cuda.{name}")
    for name in [name for name in sys.modules if name.startswith(("aienv_cuda", "aienv_nvidia"))]:
        monkeypatch.delitem(sys.modules, name)


def request(*versions: str, **more) -> dict:
    stacks = [{**WHEELS, "version": version, "packages": [f"cuda-toolkit=={version}.*"]} for version in versions]
    return {**REQUEST, "stacks": stacks, **more}


def test_the_parts_are_named_in_the_order_of_who_needs_whom():
    words = yaml.safe_load((ROLE / "vars/main.yml").read_text())
    parts, shared = words["__cuda_parts"], words["__cuda_shared_parts"]
    assert sorted(parts) == sorted(path.stem for path in (ROLE / "files/aienv_cuda").glob("*.py"))
    for place, package, names in ((ROLE, "aienv_cuda", parts), (DRIVER_ROLE, "aienv_nvidia", shared)):
        for number, name in enumerate(names):
            text = (place / f"files/{package}/{name}.py").read_text()
            imported = re.findall(rf"from {package}(?:\.(\w+))? import (.*)", text)
            needed = {name for module, rest in imported for name in ([module] if module else rest.split(", "))}
            assert needed <= set(names[:number]), name


def test_the_program_starts_with_the_packages_that_it_shares(capsys):
    scope: dict = {}
    exec((ROLE.parent / "ssh_hardening/files/start.py").read_text(), scope)
    main = "from lent_x.words import HELLO\ndef main(request): print(HELLO, request['to'])\n"
    message = {
        "package": "guest_x",
        "parts": [["main", main]],
        "shared": [["lent_x", [["words", "HELLO = 'hello'"]]]],
        "request": {"to": "you"},
    }
    scope["start"](json.dumps(message))
    assert capsys.readouterr().out == "hello you\n"


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
        "repository": NVIDIA,
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


# --- where packages come from ---------------------------------------------------------------------------------------------


@pytest.fixture
def packages(part, tmp_path, monkeypatch):
    """The part `packages` on a tree of its own, as the program sets it up; apt and gpg answer as `answers` says."""
    system, repository = part("aienv_nvidia.system"), part("aienv_nvidia.repository")
    one = part("packages")
    one.root, one.there, one.answers, one.calls = tmp_path / "root", {"gpg", "ca-certificates"}, {}, []

    def run(*argv, text="", cwd="/"):
        words = [str(word) for word in argv]
        one.calls.append(" ".join(words))
        if words[0] == "dpkg-query":  # asked in two ways, for all and for some
            line = "{0}\t1\t{0}\tinstalled\tinstall\n" if "-W" in words else "{0} installed\n"
            return subprocess.CompletedProcess(words, 0, "".join(map(line.format, sorted(one.there))), "")
        code, said = one.answers.get(words[0] if "update" not in words else "update", (0, ""))
        return subprocess.CompletedProcess(words, code, said, said if code else "")

    monkeypatch.setattr(system, "ROOT", one.root)
    for module in (system, repository, part("aienv_nvidia.apt")):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(part("host"), "run", lambda argv, **_more: run(*argv))
    monkeypatch.setattr(repository, "download", lambda _url: b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    for name, value in (("ROLE", "cuda"), ("SOURCE", repository.CUDA_SOURCE), ("KEY", repository.CUDA_KEY)):
        monkeypatch.setattr(repository, name, value)
    return one


def place(packages, path: str, text: str) -> Path:
    there = packages.root / path
    there.parent.mkdir(parents=True, exist_ok=True)
    there.write_text(text)
    return there


def from_apt(repository: dict, source: str = "nvidia", **more) -> dict:
    stack = {
        "source": source,
        "version": "12.6",
        "architectures": [],
        "because": "",
        "packages": ["nvidia-cuda-toolkit"],
    }
    return {**REQUEST, "stacks": [{**stack, "repository": repository}], **more}


def its_key_is(packages, fingerprint: str) -> None:
    packages.answers["gpg"] = (0, f"pub:u:4096:1:X:1:::-:::scESC::::::23::0:\nfpr:::::::::{fingerprint}:\n")


def ours(packages) -> set:
    return {name for name in packages.OURS if (packages.root / name).exists()}


def test_nvidia_s_repository_is_set_up_with_its_drivers_kept_out(packages):
    wish = from_apt(NVIDIA)
    its_key_is(packages, NVIDIA["key_fingerprint"])
    assert packages.steps(wish)[:3] == [
        "write /etc/apt/sources.list.d/aienv-cuda.sources",
        "write /etc/apt/preferences.d/aienv-cuda.pref",
        f"trust NVIDIA's key {NVIDIA['key_fingerprint']}",
    ]
    packages.install(wish)
    entry, _key, pins = ((packages.root / name).read_text() for name in packages.OURS[:3])
    assert (
        f"URIs: {NVIDIA['url']}\nSuites: /\nArchitectures: amd64\nSigned-By: /etc/apt/keyrings/aienv-cuda.asc\n"
        in entry
    )
    assert "aienv.cloud.cuda" in entry
    assert 'Pin: origin "developer.download.nvidia.com"\nPin-Priority: -1\n' in pins
    update, install = [call for call in packages.calls if call.startswith("apt-get")]
    assert "update" in update
    assert install.endswith("install cuda-minimal-build-12-6")
    packages.there = {"cuda-minimal-build-12-6"}
    assert packages.steps(wish) == []


def test_a_mirror_that_has_the_archive_too_is_pinned_by_its_label(packages):
    place(packages, "etc/apt/sources.list", "deb http://mirror/debian bookworm main\n")
    its_key_is(packages, NVIDIA["key_fingerprint"])
    assert "Pin: release l=NVIDIA CUDA\n" in packages.pin_text({**NVIDIA, "url": "http://mirror/cuda/"})
    assert 'Pin: origin "other"\n' in packages.pin_text({**NVIDIA, "url": "http://other:8080/cuda/"})


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("etc/apt/sources.list.d/mine.list", f"deb [signed-by=/x.gpg] {NVIDIA['url'].rstrip('/')} /\n"),
        ("etc/apt/sources.list.d/aienv-nvidia.sources", f"Types: deb\nURIs: {NVIDIA['url']}\nSuites: /\n"),
        ("etc/apt/sources.list.d/aienv-nvidia.sources", "Types: deb\nURIs: http://mirror/of/nvidia/\nSuites: /\n"),
    ],
)
def test_where_somebody_has_nvidia_s_repository_nothing_is_written_and_ours_goes(packages, path, entry):
    """Two entries for one address under two keys are refused by apt, with everything else."""
    wish = from_apt(NVIDIA)
    its_key_is(packages, NVIDIA["key_fingerprint"])
    theirs = place(packages, path, entry)
    assert packages.steps(wish) == ["install cuda-minimal-build-12-6"]
    theirs.unlink()
    packages.install(wish)
    assert ours(packages) == set(packages.OURS[:3])
    place(packages, path, entry)
    assert [step for step in packages.steps(wish) if step.startswith("remove")] == [
        f"remove /{name}" for name in packages.OURS[:3]
    ]
    packages.install(wish)
    assert ours(packages) == set()
    assert theirs.read_text() == entry


def test_what_the_driver_s_role_is_going_to_set_up_is_not_forecast_twice(packages):
    assert packages.steps(from_apt(NVIDIA, to_come=True)) == ["install cuda-minimal-build-12-6"]


def test_the_archive_s_own_entry_of_the_driver_s_role_is_no_repository_of_nvidia_s(packages):
    place(
        packages,
        "etc/apt/sources.list.d/aienv-nvidia.sources",
        "Types: deb\nURIs: http://d/\nSuites: bookworm\nComponents: contrib\n",
    )
    assert packages.own(from_apt(NVIDIA)) == [NVIDIA]


def test_the_distribution_s_toolkit_gets_the_components_that_lack(packages):
    place(packages, "etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib\n")
    wish = from_apt(ARCHIVE, "distribution")
    (text,) = packages.files(wish).values()
    assert "URIs: http://mirror/debian\nSuites: bookworm\nComponents: non-free\n" in text
    packages.install(wish)
    assert ours(packages) == {packages.OURS[0]}
    place(packages, "etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    assert packages.steps(wish)[0] == "remove /etc/apt/sources.list.d/aienv-cuda.sources"


def test_another_key_is_refused_and_changes_nothing(packages, part):
    its_key_is(packages, "AAAA693B3035CD5710E231E123A4B469963BF863")
    with pytest.raises(
        part("aienv_nvidia.system").Refused, match=r"has the key AAAA693B.*expected is EB693B.*nothing was installed"
    ):
        packages.install(from_apt(NVIDIA))
    assert ours(packages) == set()
    assert packages.installed() == []


def test_another_fingerprint_is_another_key(packages):
    its_key_is(packages, NVIDIA["key_fingerprint"])
    packages.install(from_apt(NVIDIA))
    other = from_apt({**NVIDIA, "key_fingerprint": "A" * 40})
    assert packages.steps(other)[0] == "write /etc/apt/sources.list.d/aienv-cuda.sources"


def test_a_repository_that_cannot_be_read_is_taken_back(packages, part):
    its_key_is(packages, NVIDIA["key_fingerprint"])
    packages.answers["update"] = (100, "E: Failed to fetch http://mirror/InRelease")
    with pytest.raises(
        part("aienv_nvidia.system").Refused,
        match=r"Failed to fetch http://mirror/InRelease; apt's entries are as before",
    ):
        packages.install(from_apt(NVIDIA))
    assert ours(packages) == set()


def test_an_authority_of_the_network_s_own_holds_for_the_mirror_alone(packages, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "")
    its_key_is(packages, NVIDIA["key_fingerprint"])
    packages.install(from_apt({**NVIDIA, "url": "https://mirror.example/cuda/"}, ca_file="/etc/aienv-cuda-ca.pem"))
    trust = (packages.root / packages.TRUST).read_text()
    assert 'Acquire::https::mirror.example::CAInfo "/etc/aienv-cuda-ca.pem";' in trust


def test_what_was_installed_for_this_role_goes_with_what_only_it_needed(packages):
    packages.note(["g++", "gone-by-hand"])
    packages.there = {"g++", "vim"}
    packages.remove()
    assert packages.calls[-1].endswith("--purge --auto-remove remove g++")


@pytest.mark.parametrize(("candidate", "fine"), [("(none)", True), ("620.70.06-1", False)])
def test_a_driver_that_apt_would_take_from_nvidia_s_repository_is_a_problem(
    packages, part, monkeypatch, candidate, fine
):
    proof = part("proof")
    said = f"cuda-drivers:\n  Installed: (none)\n  Candidate: {candidate}\n  Version table:\n     620.70.06-1 -1\n"
    monkeypatch.setattr(proof, "run", lambda argv: subprocess.CompletedProcess(argv, 0, said, ""))
    seen = proof.Proof()
    proof._no_other_driver(seen)
    assert (seen.proved, seen.problems) == ([], [])
    place(packages, packages.PINS, "")
    proof._no_other_driver(seen)
    assert bool(seen.proved) == fine
    assert ["cuda-drivers" in problem for problem in seen.problems] == [] if fine else [True]
