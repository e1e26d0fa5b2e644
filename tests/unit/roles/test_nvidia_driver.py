"""The program of the role nvidia_driver on trees and package lists of the test's own: what it sees, plans, says and refuses."""

from __future__ import annotations

import fcntl
import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[3] / "roles/nvidia_driver/files"
PARTS = (
    "system",
    "kernels",
    "trial",
    "hold",
    "proof",
    "apt",
    "disk",
    "repository",
    "settings",
    "runfile",
    "removal",
    "host",
    "verify",
    "main",
)
OLD, NEW = "6.1.0-50-amd64", "6.1.0-56-amd64"


class Machine:
    """A tree for a host, and programs that answer as the test says."""

    def __init__(self, root: Path, program: types.SimpleNamespace) -> None:
        self.root, self.program = root, program
        self.answers: dict = {}
        self.calls: list = []
        self.file("proc/sys/kernel/osrelease", OLD)

    def file(self, path: str, content: str = "") -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
        return place

    def kernel(self, release: str, headers: bool = True) -> None:
        self.file(f"boot/vmlinuz-{release}")
        self.file(f"lib/modules/{release}/modules.order")
        if headers:
            self.file(f"lib/modules/{release}/build/include/x")

    def module(self, release: str, version: str, licence: str = "Dual MIT/GPL", vermagic: str = "") -> None:
        said = f"version:        {version}\nlicense:        {licence}\nvermagic:       {vermagic or release} SMP preempt mod_unload\n"
        self.file(f"lib/modules/{release}/updates/dkms/nvidia-current-open.ko.xz", said)

    def packages(self, **versions: str) -> None:
        lines = [
            f"{name.replace('_', '-')}\t{version}\tsource-{name}\tinstalled\tinstall\n"
            for name, version in versions.items()
        ]
        self.answers["dpkg-query"] = "".join(lines)

    def run(self, *argv: object, text: str = "", cwd: str = "/") -> subprocess.CompletedProcess:
        words = [str(word) for word in argv]
        self.calls.append(" ".join(words))
        if words[0] == "modinfo":
            return subprocess.CompletedProcess(words, 0, Path(words[1]).read_text(), "")
        answer = self.answers.get(" ".join(words[:2]), self.answers.get(words[0], ""))
        answer = answer(words) if callable(answer) else answer
        code, said = answer if isinstance(answer, tuple) else (0, answer)
        return subprocess.CompletedProcess(words, code, said, said if code else "")


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    monkeypatch.syspath_prepend(str(FILES))
    for name in [name for name in sys.modules if name.split(".")[0] == "aienv_nvidia"]:
        monkeypatch.delitem(sys.modules, name)
    modules = {name: importlib.import_module(f"aienv_nvidia.{name}") for name in PARTS}
    yield types.SimpleNamespace(**modules)
    for name in [name for name in sys.modules if name.split(".")[0] == "aienv_nvidia"]:
        sys.modules.pop(name)


@pytest.fixture
def machine(program: types.SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    one = Machine(tmp_path, program)
    monkeypatch.setattr(program.system, "ROOT", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for part in vars(program).values():
        if hasattr(part, "run"):
            monkeypatch.setattr(part, "run", one.run)
    return one


DRIVER = {
    "source": "distribution", "branch": "535", "version": "535.261.03-1", "version_floor": "525.60.13", "flavour": "open", "build": "dkms",
    "packages": ["nvidia-open-kernel-dkms", "libcuda1"], "packages_first": [], "pins": {"nvidia-open-kernel-dkms": "535.*", "libcuda1": "535.*"},
    "headers": ["linux-headers-amd64"], "fabric_manager": False, "nvlsm": False, "runfile_url": "", "runfile_sha256": "", "runfile_arguments": [],
    "repository": {"format": "archive", "url": "", "suites": ["bookworm"], "components": ["contrib", "non-free"]},
}  # fmt: skip


def request(**changes: object) -> dict:
    driver = {**DRIVER, **changes.pop("driver", {})} if changes.get("driver", {}) is not None else changes.pop("driver")
    base = {
        "mode": "observe", "driver": driver, "architecture": "x86_64", "secure_boot": False, "has_gpu": True, "gpus": 1,
        "persistence": True, "lock_timeout": 1, "code": {},
    }  # fmt: skip
    return {**base, **changes}


# --- kernels ------------------------------------------------------------------------------------------------------------


def test_served_are_the_running_and_the_newest_kernel(machine: Machine) -> None:
    for release in ("6.1.0-9-amd64", OLD, NEW):
        machine.kernel(release)
    machine.file("lib/modules/6.1.0-99-amd64/left-over")
    assert machine.program.kernels.to_serve() == [NEW, OLD]


def test_a_module_with_another_vermagic_proves_nothing(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.module(OLD, "535.261.03", vermagic=NEW)
    assert machine.program.kernels.proven(OLD) == {}
    machine.module(OLD, "535.261.03")
    assert machine.program.kernels.proven(OLD)["version"] == "535.261.03"
    assert machine.program.kernels.proven(OLD, "535.309.01") == {}
    assert machine.program.kernels.proven(OLD, "", "proprietary") == {}


# --- the trial ----------------------------------------------------------------------------------------------------------


def source(machine: Machine) -> object:
    settings = 'PACKAGE_NAME="nvidia-current-open"\nPACKAGE_VERSION="535.261.03"\n'
    place = machine.file("usr/src/nvidia-current-open-535.261.03/dkms.conf", settings)
    return machine.program.trial.Source(place.parent)


def dkms_that_fails(machine: Machine, line: str) -> None:
    def answer(words: list) -> tuple:
        if words[1] == "build":
            machine.file(
                "var/lib/aienv-nvidia/trial/nvidia-current-open/535.261.03/build/make.log",
                f"CC x.o\n{line}\nmake: *** Error 2\n",
            )
            return 10, "Error! Bad return status for module build"
        return 0, ""

    machine.answers["dkms"] = answer


def dkms_that_builds(machine: Machine) -> None:
    def answer(words: list) -> tuple:
        if words[1] == "build":
            machine.file(
                f"var/lib/aienv-nvidia/trial/nvidia-current-open/535.261.03/{words[-1]}/x86_64/module/nvidia.ko",
                "built",
            )
        return 0, ""

    machine.answers["dkms"] = answer


COMPLAINT = "/var/lib/x/build/nvidia/nv-pci.c:223:9: error: too few arguments to function 'pci_resize_resource'"


def test_a_failed_build_is_told_in_the_compilers_words_and_remembered(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_fails(machine, COMPLAINT)
    expected = "nvidia/nv-pci.c:223:9: error: too few arguments to function 'pci_resize_resource'"
    result = machine.program.trial.attempt(source(machine), NEW)
    assert (result["ok"], result["reason"]) == (False, expected)
    machine.calls.clear()
    assert machine.program.trial.attempt(source(machine), NEW)["reason"] == expected
    assert not [call for call in machine.calls if call.startswith("dkms")]
    assert not (machine.root / "var/lib/aienv-nvidia/trial").exists()


def test_a_full_disk_is_no_verdict_on_the_source(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_fails(machine, "x.c: fatal error: No space left on device")
    assert "No space left" in machine.program.trial.attempt(source(machine), NEW)["reason"]
    dkms_that_builds(machine)
    assert machine.program.trial.attempt(source(machine), NEW)["ok"]


def test_the_same_source_is_built_once_for_a_kernel(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_builds(machine)
    first = machine.program.trial.attempt(source(machine), NEW)
    again = machine.program.trial.attempt(source(machine), NEW)
    assert first == again
    assert len([call for call in machine.calls if call.startswith("dkms build")]) == 1
    machine.file("usr/src/nvidia-current-open-535.261.03/nv.c", "changed")
    assert machine.program.trial.attempt(source(machine), NEW)["archive"] != first["archive"]
    assert machine.program.trial.attempt(source(machine), NEW, "another key")["archive"] != first["archive"]


def test_a_damaged_result_is_built_anew(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_builds(machine)
    one = source(machine)
    archive = Path(machine.program.trial.attempt(one, NEW)["archive"])
    whole = archive.read_bytes()
    for damaged in (b"", whole[:-2000], whole.replace(b"built", b"bui1t")):
        archive.write_bytes(damaged)
        assert machine.program.trial.attempt(one, NEW)["ok"]
        machine.program.trial.take_over(one, machine.program.trial.attempt(one, NEW))
        kept = machine.root / f"var/lib/dkms/nvidia-current-open/535.261.03/{NEW}"
        assert (kept / "x86_64/module/nvidia.ko").read_text() == "built"
        shutil.rmtree(kept)
    assert len([call for call in machine.calls if call.startswith("dkms build")]) == 4


def test_a_damaged_verdict_is_none(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_fails(machine, COMPLAINT)
    one = source(machine)
    machine.program.trial.attempt(one, NEW)
    (verdict,) = (machine.root / "var/cache/aienv-nvidia/builds").glob("*.failed")
    verdict.write_bytes(b"\0\xff")
    assert "pci_resize_resource" in machine.program.trial.attempt(one, NEW)["reason"]


def test_without_headers_nothing_is_tried(machine: Machine) -> None:
    machine.kernel(NEW, headers=False)
    assert f"linux-headers-{NEW}" in machine.program.trial.attempt(source(machine), NEW)["reason"]
    assert not [call for call in machine.calls if call.startswith("dkms")]


def test_dkms_takes_the_result_over(machine: Machine) -> None:
    machine.kernel(NEW)
    dkms_that_builds(machine)
    one = source(machine)
    machine.program.trial.take_over(one, machine.program.trial.attempt(one, NEW))
    assert (
        machine.root / f"var/lib/dkms/nvidia-current-open/535.261.03/{NEW}/x86_64/module/nvidia.ko"
    ).read_text() == "built"
    assert f"dkms install --force -m nvidia-current-open -v 535.261.03 -k {NEW}" in machine.calls


# --- proof, as a program ------------------------------------------------------------------------------------------------


def proof(machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    code = machine.program.proof.main(list(words))
    seen = capsys.readouterr()
    return code, seen.out + seen.err


def test_check_names_the_kernel_and_why(machine, monkeypatch, capsys) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    machine.module(OLD, "535.261.03")
    source(machine)
    dkms_that_fails(machine, COMPLAINT)
    code, said = proof(machine, monkeypatch, capsys, "check", "--json")
    found = {kernel["release"]: kernel for kernel in json.loads(said)["kernels"]}
    assert code == 3
    assert (found[OLD]["proven"], found[OLD]["how"]) == (True, "module")
    assert (found[NEW]["proven"], found[NEW]["how"]) == (False, "none")
    assert "pci_resize_resource" in found[NEW]["reason"]
    assert proof(machine, monkeypatch, capsys, "check", "--kernel", OLD) == (0, f"{OLD}: module 535.261.03.\n")
    dkms_that_builds(machine)
    (machine.root / "var/cache/aienv-nvidia/builds").rename(machine.root / "elsewhere")
    assert proof(machine, monkeypatch, capsys, "check")[0] == 0


def test_check_of_a_kernel_that_is_not_there(machine, monkeypatch, capsys) -> None:
    machine.kernel(OLD)
    code, said = proof(machine, monkeypatch, capsys, "check", "--kernel", "5.0")
    assert code == 1
    assert f"installed are {OLD}" in said


def test_without_a_driver_there_is_nothing_to_prove(machine, monkeypatch, capsys) -> None:
    machine.kernel(OLD)
    code, said = proof(machine, monkeypatch, capsys, "check")
    assert (code, said) == (0, "No NVIDIA driver is installed: there is nothing to prove.\n")


def test_the_driver_of_an_image_cannot_follow_a_new_kernel(machine, monkeypatch, capsys) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    machine.module(OLD, "580.178.04")
    code, said = proof(machine, monkeypatch, capsys, "check")
    assert code == 3
    assert "nothing here can build one" in said


def test_it_needs_root(machine, monkeypatch, capsys) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert machine.program.proof.main(["check"]) == 1
    assert "needs root" in capsys.readouterr().err


GRUB = """
menuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple-UUID' {
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-UUID' {
  menuentry 'Linux 56' $menuentry_id_option 'gnulinux-6.1.0-56-amd64-advanced-UUID' {
  menuentry 'Linux 50' $menuentry_id_option 'gnulinux-6.1.0-50-amd64-advanced-UUID' {
  menuentry 'Linux 50 recovery' $menuentry_id_option 'gnulinux-6.1.0-50-amd64-recovery-UUID' {
"""


def test_a_held_kernel_is_neither_upgraded_nor_booted(machine, monkeypatch, capsys) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    menu = machine.file("boot/grub/grub.cfg", GRUB.replace("UUID", "1-2"))
    depends = f"linux-image-amd64 installed linux-image-{NEW} (= 6.1.192-2)\nlinux-image-{NEW} installed kmod\nlinux-image-{OLD} installed kmod\n"
    machine.answers["dpkg-query"] = depends
    code, said = proof(machine, monkeypatch, capsys, "hold", NEW, "--reason", "it does not build")
    assert code == 0
    assert f"apt-mark hold linux-image-{NEW} linux-image-amd64" in machine.calls
    assert f"boots {OLD} by default" in said
    snippet = machine.root / machine.program.hold.GRUB
    assert 'GRUB_DEFAULT="gnulinux-advanced-1-2>gnulinux-6.1.0-50-amd64-advanced-1-2"' in snippet.read_text()
    assert menu.exists()
    assert "held already" in proof(machine, monkeypatch, capsys, "hold", NEW, "--reason", "it does not build")[1]
    assert proof(machine, monkeypatch, capsys, "unhold", NEW)[0] == 0
    assert f"apt-mark unhold linux-image-{NEW} linux-image-amd64" in machine.calls
    assert not snippet.exists()
    assert machine.program.hold.held() == {}


def test_what_the_user_held_stays_held(machine, monkeypatch, capsys) -> None:
    machine.kernel(NEW)
    machine.answers["dpkg-query"] = f"linux-image-{NEW} installed kmod\n"
    machine.answers["apt-mark showhold"] = f"linux-image-{NEW}\n"
    proof(machine, monkeypatch, capsys, "hold", NEW)
    proof(machine, monkeypatch, capsys, "unhold", NEW)
    assert [call for call in machine.calls if "apt-mark hold" in call or "apt-mark unhold" in call] == []


# --- apt ----------------------------------------------------------------------------------------------------------------


def madison(**versions: str) -> object:
    def answer(words: list) -> str:
        found = versions.get(words[2].replace("-", "_"), "").split()
        return "".join(
            f" {words[2]} | {version} | http://deb.debian.org/debian bookworm/contrib amd64 Packages\n"
            for version in found
        )

    return answer


def test_all_parts_get_the_newest_version_that_all_have(machine: Machine) -> None:
    """Debian 12 on 2026-11-27: the security archive has newer libraries, and open modules only in the older version."""
    machine.answers["apt-cache"] = madison(
        nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.309.01-0+deb12u1 535.261.03-1"
    )
    assert machine.program.apt.common_version(DRIVER["pins"]) == "535.261.03"
    text = machine.program.apt.pin_text("535.261.03")
    first, second = text.split("\n\n")
    assert "Pin: version /^([0-9]+:)?535\\.261\\.03[-+~]/\nPin-Priority: 1001" in first
    assert "Pin: version /^([0-9]+:)?535\\./\nPin-Priority: 995" in second


def test_no_version_in_common_is_refused_with_what_there_is(machine: Machine) -> None:
    machine.answers["apt-cache"] = madison(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.309.01-1")
    with pytest.raises(machine.program.system.Refused, match=r"535\.261\.03; libcuda1 535\.309\.01"):
        machine.program.apt.common_version(DRIVER["pins"])


def test_a_branch_that_the_archive_has_not_is_refused(machine: Machine) -> None:
    machine.answers["apt-cache"] = madison(libcuda1="550.163.01-2")
    with pytest.raises(
        machine.program.system.Refused, match=r"no nvidia-open-kernel-dkms 535\.\* and no libcuda1 535\.\*"
    ):
        machine.program.apt.common_version(DRIVER["pins"])


def test_who_holds_the_lock_is_named(machine: Machine) -> None:
    lock = machine.file("var/lib/dpkg/lock-frontend")
    child = subprocess.Popen(
        [sys.executable, "-c", f"import fcntl; f = open({str(lock)!r}, 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        child.stdout.readline()
        machine.file(f"proc/{child.pid}/comm", "unattended-upgr\n")
        with pytest.raises(
            machine.program.system.Refused,
            match=rf"unattended-upgr \(pid {child.pid}\) has held .*nvidia_driver_lock_timeout",
        ):
            machine.program.apt.wait_for_lock(0)
    finally:
        child.communicate(b"\n")
    assert machine.program.apt.wait_for_lock(0) == []


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-kernel-dkms", "nvidia-open-kernel-dkms", "nvidia-tesla-535-kernel-dkms", "nvidia-dkms-580-server-open", "nvidia-kernel-open-dkms",
        "linux-modules-nvidia-580-server-open-aws", "nvidia-dkms-open", "nvidia-dkms-580",
    ],
)  # fmt: skip
def test_packages_of_kernel_modules_are_known_by_name(program, name: str) -> None:
    assert program.apt.MODULE_PACKAGE.fullmatch(name)


@pytest.mark.parametrize(
    "name", ["nvidia-kernel-common", "nvidia-smi", "nvidia-open", "dkms", "libcuda1", "nvidia-kernel-support"]
)
def test_other_packages_are_not_taken_for_them(program, name: str) -> None:
    assert not program.apt.MODULE_PACKAGE.fullmatch(name)


# --- repositories -------------------------------------------------------------------------------------------------------

NVIDIA = {
    "format": "apt", "url": "https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/", "suites": ["/"], "components": [],
    "key_url": "https://x/3bf863cc.pub", "key_fingerprint": "EB693B3035CD5710E231E123A4B469963BF863CC", "keyring_url": "", "keyring_sha256": "",
}  # fmt: skip


def key_listing(fingerprint: str) -> str:
    return f"pub:u:4096:1:X:1:::-:::scESC::::::23::0:\nfpr:::::::::{fingerprint}:\n"


def test_components_that_are_there_already_are_not_added(machine: Machine) -> None:
    archive = {
        **DRIVER["repository"],
        "suites": ["bookworm"],
        "components": ["contrib", "non-free", "non-free-firmware"],
    }
    machine.file(
        "etc/apt/sources.list",
        "deb http://mirror/debian bookworm main\ndeb http://mirror/security bookworm-security main\n",
    )
    (text,) = machine.program.repository.wanted(archive, "x86_64").values()
    assert "URIs: http://mirror/debian\nSuites: bookworm\nComponents: contrib non-free non-free-firmware" in text
    assert "URIs: http://mirror/security\nSuites: bookworm-security\n" in text
    machine.file(
        "etc/apt/sources.list",
        "deb [arch=amd64] http://mirror/debian bookworm main contrib non-free non-free-firmware\n",
    )
    assert machine.program.repository.wanted(archive, "x86_64") == {}
    machine.file("etc/apt/sources.list", "# nothing\n")
    stanza = "Types: deb\nURIs: http://mirror/debian\nSuites: bookworm bookworm-updates\nComponents: main contrib\n non-free non-free-firmware\n"
    machine.file("etc/apt/sources.list.d/debian.sources", stanza)
    assert machine.program.repository.wanted(archive, "x86_64") == {}


def test_other_entries_for_nvidias_repository_go(machine: Machine) -> None:
    """Both together are two keys for one address, and apt then reads neither."""
    old = machine.file("etc/apt/sources.list.d/cuda-debian12.list", f"deb [signed-by=/x.gpg] {NVIDIA['url']} /\n")
    machine.file(
        "etc/apt/sources.list.d/toolkit.list", "deb https://nvidia.github.io/libnvidia-container/stable/deb/amd64 /\n"
    )
    assert machine.program.repository.duplicates(NVIDIA) == [old]
    said = machine.program.repository.differs(NVIDIA, "x86_64")
    assert f"remove another entry for NVIDIA's repository, {old}" in said


CUDA_FILES = (
    "etc/apt/sources.list.d/aienv-cuda.sources",
    "etc/apt/keyrings/aienv-cuda.asc",
    "etc/apt/preferences.d/aienv-cuda.pref",
)


@pytest.mark.parametrize("url", [NVIDIA["url"], "http://a.mirror/of/cuda/"])
def test_what_the_role_cuda_wrote_for_itself_goes_when_the_driver_comes_from_there(
    machine: Machine, monkeypatch, url
) -> None:
    repository = machine.program.repository
    monkeypatch.setattr(repository, "key_of", lambda _repository: "key")
    machine.answers["gpg"] = key_listing(NVIDIA["key_fingerprint"])
    files = [machine.file(name, f"Types: deb\nURIs: {url}\nSuites: /\n") for name in CUDA_FILES]
    assert len([step for step in repository.differs(NVIDIA, "x86_64") if "aienv-cuda" in step]) == len(CUDA_FILES)
    repository.apply(NVIDIA, "x86_64")
    assert not any(path.exists() for path in files)
    assert repository.differs(NVIDIA, "x86_64") == []


def test_the_role_cudas_repository_stays_beside_the_archives_driver(machine: Machine) -> None:
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    files = [machine.file(name, f"Types: deb\nURIs: {NVIDIA['url']}\nSuites: /\n") for name in CUDA_FILES]
    assert machine.program.repository.differs(DRIVER["repository"], "x86_64") == []
    machine.program.repository.apply(DRIVER["repository"], "x86_64")
    assert all(path.exists() for path in files)


def test_an_entry_of_nvidias_goes_when_the_archive_is_wanted(machine: Machine) -> None:
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    old = machine.file(machine.program.repository.SOURCE, f"Types: deb\nURIs: {NVIDIA['url']}\nSuites: /\n")
    assert machine.program.repository.differs(DRIVER["repository"], "x86_64") == [
        f"remove /{machine.program.repository.SOURCE}"
    ]
    machine.program.repository.apply(DRIVER["repository"], "x86_64")
    assert not old.exists()


def test_a_key_that_is_refused_costs_no_entry_that_was_there(machine: Machine, monkeypatch) -> None:
    old = machine.file("etc/apt/sources.list.d/cuda.list", f"deb {NVIDIA['url']} /\n")
    monkeypatch.setattr(machine.program.repository, "download", lambda _url: b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    with pytest.raises(machine.program.system.Refused):
        machine.program.repository.apply(NVIDIA, "x86_64")
    assert old.exists()


def test_nvidias_entry_is_signed_by_its_own_key_alone(machine: Machine) -> None:
    (text,) = machine.program.repository.wanted(NVIDIA, "arm64").values()
    assert (
        f"URIs: {NVIDIA['url']}\nSuites: /\nArchitectures: arm64\nSigned-By: /etc/apt/keyrings/aienv-nvidia.asc\n"
        in text
    )


def test_a_key_with_another_fingerprint_is_refused(machine: Machine, monkeypatch) -> None:
    monkeypatch.setattr(machine.program.repository, "download", lambda _url: b"-----BEGIN PGP PUBLIC KEY BLOCK-----")
    machine.answers["gpg"] = (
        "pub:u:4096:1:X:1:::-:::scESC::::::23::0:\nfpr:::::::::AAAA693B3035CD5710E231E123A4B469963BF863:\n"
    )
    with pytest.raises(
        machine.program.system.Refused, match=r"has the key AAAA693B.*expected is EB693B.*nothing was installed"
    ):
        machine.program.repository.apply(NVIDIA, "x86_64")
    assert not (machine.root / machine.program.repository.SOURCE).exists()


def test_another_key_and_a_damaged_one_are_seen(machine: Machine) -> None:
    repository = machine.program.repository
    machine.file(repository.SOURCE, repository.nvidia_text(NVIDIA, "x86_64"))
    machine.file(repository.KEY, "-----BEGIN PGP PUBLIC KEY BLOCK-----")
    unknown = {**NVIDIA, "key_fingerprint": ""}
    trust = f"trust NVIDIA's key {NVIDIA['key_fingerprint']}"
    assert repository.differs(NVIDIA, "x86_64") == [trust]
    assert not repository.is_trusted(unknown)
    machine.answers["gpg"] = key_listing("AAAA693B3035CD5710E231E123A4B469963BF863")
    assert repository.differs(NVIDIA, "x86_64") == [trust]
    assert repository.is_trusted(unknown)
    machine.answers["gpg"] = key_listing(NVIDIA["key_fingerprint"])
    assert repository.differs(NVIDIA, "x86_64") == []
    assert repository.is_trusted({**NVIDIA, "key_fingerprint": NVIDIA["key_fingerprint"].lower()})


def test_reading_keys_leaves_nothing_on_the_host(machine: Machine) -> None:
    machine.file("etc/apt/trusted.gpg.d/debian.gpg", "x")
    machine.file(machine.program.repository.KEY, "x")
    before = sorted(machine.root.rglob("*"))
    machine.program.repository.differs(NVIDIA, "x86_64")
    homes = {call.split()[2] for call in machine.calls if call.startswith("gpg --homedir")}
    assert len(homes) == 2
    assert not [home for home in homes if Path(home).exists() or "aienv-nvidia" in home]
    assert sorted(machine.root.rglob("*")) == before


def test_the_revoked_key_goes(machine: Machine) -> None:
    stale = machine.file("etc/apt/trusted.gpg.d/cuda.gpg", "x")
    machine.answers["gpg"] = (
        "pub:u:4096:1:X:1:::-:::scESC::::::23::0:\nfpr:::::::::AE09FE4BBD223A84B2CCFCE3F60F4B3D7FA2AF80:\n"
    )
    assert machine.program.repository.stale_keys() == [stale]
    machine.program.repository.drop(stale)
    assert not stale.exists()


def test_a_refused_driver_leaves_the_pins_as_they_were(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.answers["apt-cache"] = madison(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    pins = machine.root / machine.program.apt.PINS
    one = machine.program.host.Host(request())
    with pytest.raises(machine.program.system.Refused, match="holds the source of a kernel module"):
        one.prove_and_install()
    assert not pins.exists()
    machine.file(machine.program.apt.PINS, "of an earlier driver")
    with pytest.raises(machine.program.system.Refused):
        one.prove_and_install()
    assert pins.read_text() == "of an earlier driver"


def test_an_entry_that_cannot_be_read_is_taken_back(machine: Machine) -> None:
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main\n")
    machine.answers["apt-get"] = lambda words: (100, "E: Failed to fetch http://mirror/") if "update" in words else ""
    with pytest.raises(
        machine.program.system.Refused, match="Reading the package lists failed: Failed to fetch http://mirror/"
    ):
        machine.program.host.Host(request()).provide_lists()
    assert not (machine.root / machine.program.repository.SOURCE).exists()


def test_a_mirror_that_is_down_is_named(machine: Machine) -> None:
    with pytest.raises(
        machine.program.system.Refused, match=r"http://127\.0\.0\.1:9/key could not be read.*nothing was installed"
    ):
        machine.program.repository.download("http://127.0.0.1:9/key")


# --- runfile ------------------------------------------------------------------------------------------------------------


def test_a_runfile_with_another_checksum_is_refused_and_not_kept(machine: Machine) -> None:
    served = machine.file("served/x.run", "#!/bin/sh\n")
    driver = {**DRIVER, "source": "runfile", "runfile_url": served.as_uri(), "runfile_sha256": "0" * 64}
    with pytest.raises(machine.program.system.Refused, match=r"nvidia_driver_runfile_sha256 is 0000"):
        machine.program.runfile.fetch(driver)
    assert not list((machine.root / "var/cache/aienv-nvidia").glob("*"))
    right = {**driver, "runfile_sha256": hashlib.sha256(b"#!/bin/sh\n").hexdigest()}
    assert machine.program.runfile.fetch(right).read_text() == "#!/bin/sh\n"
    served.unlink()
    assert machine.program.runfile.fetch(right).exists()


@pytest.mark.parametrize(
    ("flavour", "arguments", "word"),
    [("open", [], "open"), ("proprietary", [], "proprietary"), ("grid", ["-M", "open"], "-M open")],
)
def test_the_installer_is_told_which_modules(machine: Machine, flavour: str, arguments: list, word: str) -> None:
    served = machine.file("served/x.run", "x")
    digest = hashlib.sha256(b"x").hexdigest()
    machine.program.runfile.install(
        {
            **DRIVER,
            "flavour": flavour,
            "runfile_url": served.as_uri(),
            "runfile_sha256": digest,
            "runfile_arguments": arguments,
        }
    )
    assert machine.calls[-1].endswith(word)
    assert "--dkms" in machine.calls[-1]
    assert "--skip-module-load" in machine.calls[-1]


# --- disk ---------------------------------------------------------------------------------------------------------------


def test_a_full_disk_is_said_before_anything_is_downloaded(machine: Machine, monkeypatch) -> None:
    for place in ("var", "usr", "boot", "lib/modules"):
        (machine.root / place).mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr(machine.program.disk, "free", lambda _place: 1000)
    (sentence,) = machine.program.disk.lacking()
    assert sentence.startswith("the file system of /var, /usr, /boot, /lib/modules has 1000 MiB free")
    one = machine.program.host.Host(request())
    assert one.refusals(["install libcuda1"])[0].startswith("The file system of /var")
    assert one.refusals(["enable nvidia-persistenced.service"]) == []


# --- plans --------------------------------------------------------------------------------------------------------------


def plan(machine: Machine, **changes: object) -> str:
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    return "; ".join(machine.program.host.Host(request(**changes)).observe()["plan"])


def settle(machine: Machine) -> None:
    for path, (text, _) in machine.program.settings.files({}).items():
        machine.file(path, text)


def test_a_settled_host_has_no_plan(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.module(OLD, "535.261.03")
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    settle(machine)
    assert plan(machine) == ""


def test_a_fresh_host(machine: Machine) -> None:
    machine.kernel(OLD)
    said = plan(machine)
    assert "install nvidia-open-kernel-dkms, libcuda1" in said
    assert f"build the module for kernel {OLD}" in said
    assert "write /etc/modprobe.d/aienv-nvidia.conf" in said


def test_parts_that_drifted_apart(machine: Machine) -> None:
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.309.01-0+deb12u1")
    assert "bring to one version: libcuda1 535.309.01, nvidia-open-kernel-dkms 535.261.03" in plan(machine)


def test_another_branch_and_flavour_go(machine: Machine) -> None:
    machine.packages(nvidia_kernel_dkms="550.163.01-2", libcuda1="550.163.01-2", nvidia_persistenced="550.163.01-1")
    said = plan(machine)
    assert "install branch 535 of libcuda1" in said
    assert "remove the other driver's nvidia-kernel-dkms" in said


def test_nvidias_module_of_another_branch_is_an_upgrade(machine: Machine) -> None:
    """Its packages have one name for all branches; Debian's of the same driver have others and go."""
    machine.packages(
        nvidia_kernel_open_dkms="580.178.04-1",
        nvidia_tesla_535_kernel_dkms="535.274.02-1",
        nvidia_driver_pinning_580="1",
    )
    there = machine.program.apt.packages()
    one = machine.program.host.Host(
        request(
            driver={
                "source": "nvidia",
                "branch": "595",
                "packages": ["nvidia-open"],
                "packages_first": ["nvidia-driver-pinning-595"],
                "pins": {},
            }
        )
    )
    assert one.others(there, ("nvidia-open", "nvidia-kernel-open-dkms")) == ["nvidia-tesla-535-kernel-dkms"]
    assert one.other_pins() == ["nvidia-driver-pinning-580"]
    settled = machine.program.host.Host(
        request(driver={"source": "nvidia", "branch": "580", "packages": ["nvidia-open"], "pins": {}})
    )
    assert settled.others(there) == ["nvidia-tesla-535-kernel-dkms"]


UBUNTU = {
    **DRIVER, "branch": "580", "build": "precompiled", "headers": [],
    "packages": ["linux-modules-nvidia-580-server-open-aws", "nvidia-headless-no-dkms-580-server-open", "nvidia-utils-580-server"],
    "pins": {"nvidia-headless-no-dkms-580-server-open": "580.*", "nvidia-utils-580-server": "580.*"},
}  # fmt: skip
#: Canonical's built modules: the source of both is the kernel's, and the version, too.
MODULES = ["linux-modules-nvidia-580-server-open-aws", "linux-modules-nvidia-580-server-open-6.8.0-1021-aws"]


def test_canonicals_modules_belong_to_the_driver_that_their_name_says(machine: Machine) -> None:
    def listing(*modules: str) -> str:
        rows = [(name, "6.8.0-1021.23+1", "linux-restricted-modules-aws") for name in modules]
        rows += [(name, "580.95.05-0ubuntu0.24.04.2", "nvidia-graphics-drivers-580-server") for name in UBUNTU["pins"]]
        return "".join(f"{name}\t{version}\t{source}\tinstalled\tinstall\n" for name, version, source in rows)

    settle(machine)
    machine.answers["dpkg-query"] = listing(*MODULES)
    assert plan(machine, driver=UBUNTU) == ""
    others = [
        "linux-modules-nvidia-580-server-6.8.0-1021-aws", "linux-modules-nvidia-570-server-open-6.8.0-1021-aws",
        "linux-modules-nvidia-580-open-6.8.0-1021-aws",
    ]  # fmt: skip
    machine.answers["dpkg-query"] = listing(*MODULES, *others)
    assert plan(machine, driver=UBUNTU) == f"remove the other driver's {', '.join(sorted(others))}"


def test_a_module_is_never_removed_beside_its_own_metapackage(machine: Machine) -> None:
    """Between the module's kernels nothing goes: the former kernel's stays bootable, and the new one's is what apt brings."""
    machine.packages(**{name.replace("-", "_"): "6.8.0-1021.23+1" for name in MODULES})
    new = MODULES[1].replace("1021", "1022")
    machine.answers["apt-get"] = (
        f"Inst {MODULES[0]} [6.8.0-1021.23+1] (6.8.0-1022.24 x)\nInst {new} (6.8.0-1022.24 x)\n"
    )
    machine.program.host.Host(request(driver=UBUNTU)).transaction(list(UBUNTU["packages"]))
    assert not [word for call in machine.calls for word in call.split() if word.endswith("-aws-")]


def test_what_was_interrupted_is_mended_first(machine: Machine) -> None:
    machine.answers["dpkg-query"] = "libcuda1\t535.261.03-1\tsource\thalf-configured\tinstall\n"
    machine.file(machine.program.apt.NO_BUILD, machine.program.apt.MARK)
    assert plan(machine).startswith("mend what an earlier run left half done: libcuda1")
    machine.program.apt.mend()
    assert "dpkg --configure -a" in machine.calls
    assert not (machine.root / machine.program.apt.NO_BUILD).exists()


@pytest.mark.parametrize(
    ("half", "driver", "others", "switched_off"),
    [
        ("nvidia-open-kernel-dkms", "libcuda1", (), [True]),
        ("linux-image-6.1.0-56-amd64", "nvidia-open-kernel-dkms", (), [True]),
        ("linux-image-6.1.0-56-amd64", "nvidia-open-kernel-dkms", ("zfs",), [False, True]),
        ("zfs-dkms", "linux-base", ("zfs",), [False, False]),
    ],
)
def test_a_module_that_does_not_compile_keeps_nothing_half_done(machine, half, driver, others, switched_off) -> None:
    """What Debian 13's 550 and Debian 12's open 535 leave on their newest kernels: each attempt to configure compiles, and fails, again."""
    switch = machine.root / machine.program.apt.NO_BUILD
    for name in ("nvidia-current-open", *others):
        machine.file(f"var/lib/dkms/{name}/1/source")
    seen: list = []

    def configure(_words: list) -> str:
        seen.append(switch.exists())
        return ""

    row = "{}\t1-1\tsource\t{}\tinstall\n"
    machine.answers |= {
        "dpkg-query": row.format(half, "half-configured") + row.format(driver, "installed"),
        "dpkg": configure,
    }
    assert machine.program.apt.mend() == [f"finished what was left half done ({half})"]
    assert seen == switched_off
    assert any(call.endswith("--fix-broken install") for call in machine.calls)
    assert not switch.exists()


def test_somebody_elses_switch_of_dkms_stays(machine: Machine) -> None:
    switch = machine.file(machine.program.apt.NO_BUILD, "")
    machine.answers["dpkg-query"] = ""
    machine.program.apt.mend()
    assert switch.exists()


def test_a_new_kernel_without_a_module_is_work_and_a_held_one_is_not(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    machine.module(OLD, "535.261.03")
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    settle(machine)
    assert plan(machine) == f"build the module for kernel {NEW}"
    machine.program.hold.save({NEW: {"packages": [], "reason": "it does not build"}})
    assert plan(machine) == ""


def test_packages_do_not_go_over_a_runfiles_driver(machine: Machine) -> None:
    machine.file("usr/bin/nvidia-uninstall")
    assert "nvidia_driver_state: absent first" in machine.program.host.Host(request()).refusals([])[0]


def test_removal_takes_all_of_the_driver_and_nothing_else(machine: Machine) -> None:
    machine.answers["dpkg-query"] = (
        "nvidia-kernel-dkms\t535.309.01-1\tnvidia-graphics-drivers\tinstalled\tinstall\n"
        "libcuda1\t535.309.01-1\tnvidia-graphics-drivers\tinstalled\tinstall\n"
        "nvidia-smi\t535.309.01-1\tnvidia-graphics-drivers\tinstalled\tinstall\n"
        "nvidia-persistenced\t535.1-1\tnvidia-persistenced\tinstalled\tinstall\n"
        "nvidia-container-toolkit\t1.20\tnvidia-container-toolkit\tinstalled\tinstall\n"
        "dkms\t3.0.10\tdkms\tinstalled\tinstall\n"
    )
    assert machine.program.removal.packages(machine.program.apt.packages()) == [
        "libcuda1",
        "nvidia-kernel-dkms",
        "nvidia-persistenced",
        "nvidia-smi",
    ]


# --- judging a trial ----------------------------------------------------------------------------------------------------


def results(**verdicts: bool) -> list:
    names = {"old": OLD, "new": NEW}
    return [
        {"release": names[name], "ok": ok, "reason": "" if ok else "x.c:1:1: error: no", "archive": ""}
        for name, ok in verdicts.items()
    ]


def test_the_running_kernel_builds_and_the_newest_does_not(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    one = machine.program.host.Host(request())
    one.judge("nvidia 535", results(new=False, old=True))
    assert f"does not build for kernel {NEW}, which is held: x.c:1:1: error: no" in one.said[0]
    assert list(machine.program.hold.held()) == [NEW]


def test_the_running_kernel_does_not_build(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    with pytest.raises(
        machine.program.system.Refused, match=rf"does not build for kernel {OLD}: x.c:1:1: error: no.*untouched"
    ):
        machine.program.host.Host(request()).judge("nvidia 535", results(new=True, old=False))


# --- reboot and services ------------------------------------------------------------------------------------------------


def test_reboot_only_where_nothing_else_helps(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.module(OLD, "535.261.03")
    reason = machine.program.settings.reboot_reason
    assert reason("", True) == ""
    assert reason("535.261.03", False) == ""
    machine.file("proc/modules", "nouveau 123 0 - Live\n")
    assert "nouveau" in reason("535.261.03", True)
    machine.file("proc/modules", "nvidia 123 0 - Live\n")
    machine.file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.216.03  x\n")
    assert "535.216.03 loaded, and 535.261.03 is installed" in reason("535.261.03", True)
    machine.file("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03  x\n")
    assert reason("535.261.03", True) == ""
    machine.file("run/systemd/container", "docker")
    assert reason("535.216.03", True) == ""


def loads_nothing(machine: Machine) -> object:
    """A machine whose kernel refuses the module's signature, in its first boot."""
    machine.kernel(OLD)
    machine.module(OLD, "535.261.03")
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    settle(machine)
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    machine.file("proc/sys/kernel/random/boot_id", "first\n")
    machine.answers["modprobe"] = (1, "modprobe: ERROR: could not insert 'nvidia': Key was rejected by service")
    machine.answers["dmesg"] = "[1.0] e1000: up\n[2.0] Loading of module with unavailable key is rejected\n"
    return machine.program.host.Host(request())


def test_what_a_reboot_did_not_change_is_a_problem_and_no_reason_for_another(machine: Machine) -> None:
    one = loads_nothing(machine)
    assert one.reboot()["reboot_needed"]
    assert "could not be loaded" in one.reboot()["reboot_reason"]
    one.note_reboot()
    # The same boot: the reboot did not come to pass.
    assert one.reboot()["reboot_needed"]
    machine.file("proc/sys/kernel/random/boot_id", "second\n")
    assert (one.reboot()["reboot_needed"], one.reboot()["reboot_reason"]) == (False, "")
    found = machine.program.verify.verify(one)
    assert not found["not_proved"]
    (problem,) = found["problems"]
    assert problem.startswith(
        "the module is installed and could not be loaded into the running kernel, and a reboot has"
    )
    assert "could not insert 'nvidia': Key was rejected by service" in problem
    assert problem.endswith("; Loading of module with unavailable key is rejected")


@pytest.mark.parametrize("other", ["reason", "version", "kernel"])
def test_another_reason_driver_or_kernel_is_worth_a_reboot(machine: Machine, other: str) -> None:
    one = loads_nothing(machine)
    one.note_reboot()
    machine.file("proc/sys/kernel/random/boot_id", "second\n")
    if other == "reason":
        machine.file("proc/modules", "nouveau 123 0 - Live\n")
    elif other == "version":
        machine.packages(nvidia_open_kernel_dkms="535.309.01-1", libcuda1="535.309.01-1")
    else:
        machine.kernel(NEW)
        machine.module(NEW, "535.261.03")
        machine.file("proc/sys/kernel/osrelease", NEW)
    assert one.reboot()["reboot_needed"]


def test_a_reboot_that_is_left_to_the_user_counts_after_an_installation(machine: Machine, monkeypatch) -> None:
    one = loads_nothing(machine)
    for step in ("provide_tools", "prove_and_install"):
        monkeypatch.setattr(one, step, lambda: None)
    assert one.install()["reboot_needed"]
    machine.file("proc/sys/kernel/random/boot_id", "second\n")
    assert not one.install()["reboot_needed"]
    assert len(machine.program.verify.verify(one)["problems"]) == 1


def test_a_look_notes_nothing(machine: Machine) -> None:
    found = machine.program.verify.verify(loads_nothing(machine))
    assert (found["problems"], found["not_proved"][0]["what"]) == ([], "that the driver runs")
    assert not (machine.root / machine.program.settings.REBOOTED).exists()


def played(folder: Path, play: str) -> subprocess.CompletedProcess:
    """A play on the local connection, by Ansible itself."""
    (folder / "play.yml").write_text(play)
    (folder / "hosts").write_text(f"machine ansible_connection=local ansible_python_interpreter={sys.executable}\n")
    return subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", folder / "hosts", folder / "play.yml"],
        cwd=FILES.parents[2],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_reason_is_kept_before_the_machine_reboots(tmp_path) -> None:
    """On the local connection ansible refuses to reboot: what has been done by then is what would be."""
    said = played(
        tmp_path,
        f"""\
- hosts: machine
  gather_facts: false
  tasks:
    - ansible.builtin.include_tasks: {FILES.parent}/tasks/configure.yml
      vars:
        __nvidia_driver_done: {{skipped: true}}
        __nvidia_driver_seen: {{reboot_needed: true, reboot_reason: "the module could not be loaded"}}
        __nvidia_driver_present: true
        __nvidia_driver_command: [tee, {tmp_path}/asked]
        __nvidia_driver_program: "{{{{ __nvidia_driver_mode }}}}"
        nvidia_driver_reboot: auto
""",
    )
    assert "would reboot the control node" in said.stdout, said.stdout + said.stderr
    assert (tmp_path / "asked").read_text().strip() == "note_reboot"


def test_a_running_kernel_without_a_module_needs_another(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.kernel(NEW)
    machine.module(NEW, "535.261.03")
    assert f"{OLD} has no module, {NEW} has" in machine.program.settings.reboot_reason("535.261.03", True)


def test_the_fabric_manager_only_where_there_are_switches(machine: Machine) -> None:
    for unit in ("nvidia-persistenced.service", "nvidia-fabricmanager.service"):
        machine.file(f"usr/lib/systemd/system/{unit}")
    units = machine.program.settings.units
    assert units(request()) == ["nvidia-persistenced.service"]
    assert units(request(persistence=False)) == []
    assert units(request(driver={"fabric_manager": True})) == [
        "nvidia-persistenced.service",
        "nvidia-fabricmanager.service",
    ]
    assert units(request(driver={"fabric_manager": True}, has_gpu=False)) == ["nvidia-persistenced.service"]


# --- the answer ---------------------------------------------------------------------------------------------------------


def test_a_refusal_is_an_answer(machine: Machine, monkeypatch, capsys) -> None:
    def refuse(_self: object) -> dict:
        raise machine.program.system.Refused("no")

    monkeypatch.setattr(machine.program.host.Host, "install", refuse)
    machine.program.main.main(request(mode="install"))
    assert json.loads(capsys.readouterr().out) == {"error": "no", "said": []}


@pytest.mark.parametrize("mode", ["observe", "verify", "install", "remove"])
def test_who_is_not_root_is_told_so_before_anything_is_read(machine: Machine, monkeypatch, capsys, mode) -> None:
    def closed(*_words: object) -> object:
        raise PermissionError("/var/lib/aienv-nvidia")

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name in ("run", "read", "at"):
        monkeypatch.setattr(machine.program.system, name, closed)
    machine.program.main.main(request(mode=mode))
    assert json.loads(capsys.readouterr().out)["error"].startswith("The role nvidia_driver needs root on the host")


def test_two_runs_wait_for_each_other_and_the_later_one_gives_up(machine: Machine, capsys) -> None:
    place = machine.file(machine.program.system.LOCK)
    with place.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        for mode in ("install", "remove"):
            machine.program.main.main(request(mode=mode, lock_timeout=0))
            assert "another run of the role nvidia_driver" in json.loads(capsys.readouterr().out)["error"]
        assert machine.calls == []
        machine.program.main.main(request(mode="observe", lock_timeout=0))
        assert json.loads(capsys.readouterr().out)["error"] == ""
    with machine.program.system.alone(0):
        pass


def test_verification_names_what_it_cannot_prove(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.file("etc/apt/sources.list", "deb http://mirror/debian bookworm main contrib non-free\n")
    machine.module(OLD, "535.261.03")
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    settle(machine)
    found = machine.program.verify.verify(machine.program.host.Host(request(has_gpu=False)))
    assert found["problems"] == []
    assert len(found["proved"]) == 2
    assert found["not_proved"][0]["why"] == "the machine has no NVIDIA GPU"


def test_verification_sees_a_lost_module(machine: Machine) -> None:
    machine.kernel(OLD)
    machine.packages(nvidia_open_kernel_dkms="535.261.03-1", libcuda1="535.261.03-1")
    settle(machine)
    found = machine.program.verify.verify(machine.program.host.Host(request(has_gpu=False)))
    assert any(f"kernel {OLD} has no open NVIDIA module" in problem for problem in found["problems"])


@pytest.mark.parametrize("installed", [True, False])
def test_the_machine_is_looked_at_anew_after_an_installation(tmp_path, installed):
    """Roles that follow in the play take what they find in the facts: the driver has to be among them."""
    done = '{\'stdout\': \'{"reboot_needed": false, "reboot_reason": ""}\'}' if installed else "{'skipped': true}"
    said = played(
        tmp_path,
        f"""\
- hosts: machine
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact: {{aienv_gpu: {{kernel: before}}, cacheable: true}}
    - ansible.builtin.include_tasks: {FILES.parent}/tasks/configure.yml
      vars:
        __nvidia_driver_done: {done}
        __nvidia_driver_seen: {{reboot_needed: false, reboot_reason: ""}}
        __nvidia_driver_present: false
        nvidia_driver_reboot: never
    - ansible.builtin.debug:
        msg: "seen {{{{ 'anew' if ansible_facts['aienv_gpu'].kernel != 'before' else 'before' }}}}"
""",
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert f"seen {'anew' if installed else 'before'}" in said.stdout
