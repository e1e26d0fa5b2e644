"""gpu_facts on trees that look like real machines: what is seen, and that the resolver takes it as it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.aienv.cloud.plugins.filter.gpu_stack import gpu_stack
from ansible_collections.aienv.cloud.plugins.modules import gpu_facts

DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
AZURE = {"sys_vendor": "Microsoft Corporation", "chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}
VGA, CONTROLLER, BRIDGE = "030000", "030200", "068000"


class Tree:
    """A machine's files below a directory of the test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file("etc/os-release", DEBIAN_12)
        self.file("proc/sys/kernel/osrelease", "6.1.0-50-amd64\n")
        self.file("proc/sys/kernel/arch", "x86_64\n")
        self.file("usr/bin/python3.11", "")
        (root / "usr/bin/python3").symlink_to("python3.11")

    def file(self, path: str, content: str | bytes) -> Path:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    def device(self, device: str, count: int = 1, kind: str = CONTROLLER, vendor: str = "10de", bus: int = 0) -> None:
        for number in range(count):
            slot = f"sys/bus/pci/devices/0000:{bus + number:02x}:00.0"
            self.file(f"{slot}/vendor", f"0x{vendor}\n")
            self.file(f"{slot}/device", f"0x{device}\n")
            self.file(f"{slot}/class", f"0x{kind}\n")

    def kernel(self, release: str, version: str = "", headers: bool = True, image: bytes = b"") -> None:
        self.file(f"lib/modules/{release}/modules.order", "")
        self.file(f"boot/vmlinuz-{release}", image or bz_image(f"{release} (debian-kernel@) #1 SMP Debian {version}-1"))
        if headers:
            self.file(f"usr/src/linux-headers-{release}/Makefile", "")

    def facts(self) -> dict:
        return gpu_facts.Machine(str(self.root)).facts()


def bz_image(said: str) -> bytes:
    """The part of an x86 kernel image that names its version (the kernel's Documentation/arch/x86/boot.rst)."""
    header = bytearray(0x400)
    header[0x202:0x206] = b"HdrS"
    header[0x20E:0x210] = (0x300 - 0x200).to_bytes(2, "little")
    return bytes(header[:0x300]) + said.encode() + b"\0" + bytes(64)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


MACHINES = {
    "v100": (("1db1", 1), {}, "580 proprietary nvidia"),
    "t4": (("1eb8", 1), {}, "580 open nvidia"),
    "a10 on Azure": (("2236", 1), AZURE, "570 grid runfile"),
    "a100 x8": (("20b2", 8), {}, "580 open nvidia"),
    "h100": (("2331", 1), {}, "580 open nvidia"),
    "l40s": (("26b9", 4), {}, "580 open nvidia"),
    "b200": (("2901", 8), {}, "580 open nvidia"),
    "rtx pro 6000": (("2bb5", 1), {}, "580 open nvidia"),
}


@pytest.mark.parametrize("name", MACHINES)
def test_the_resolver_takes_what_was_seen(tree: Tree, name: str) -> None:
    (device, count), dmi, expected = MACHINES[name]
    tree.device(device, count)
    tree.kernel("6.1.0-50-amd64", "6.1.176")
    for word, value in dmi.items():
        tree.file(f"sys/class/dmi/id/{word}", value + "\n")
    seen = tree.facts()
    assert seen["pci_ids"] == [f"10de:{device}"] * count
    driver = gpu_stack(
        seen["pci_ids"], os=seen["os"], architecture=seen["architecture"], cloud=seen["cloud"] or "none",
        kernel=[kernel["version"] for kernel in seen["kernels"]], secure_boot=seen["secure_boot"],
    )["driver"]  # fmt: skip
    assert f"{driver['branch']} {driver['flavour']} {driver['source']}" == expected


def test_switches_are_no_gpus_and_other_vendors_are_not_looked_at(tree: Tree) -> None:
    tree.device("20b2", 8)
    tree.device("1af1", 6, kind=BRIDGE, bus=0x10)
    tree.device("10fa", 1, kind="040300", bus=0x20)  # the sound of a card
    tree.device("1111", 1, kind=VGA, vendor="1234", bus=0x30)
    seen = tree.facts()
    assert (len(seen["pci_ids"]), seen["nvswitches"]) == (8, 6)


def test_switches_that_only_the_driver_lists_count_too(tree: Tree) -> None:
    for number in range(2):
        (tree.root / f"proc/driver/nvidia-nvswitch/devices/0000:0{number}:00.0").mkdir(parents=True)
    assert tree.facts()["nvswitches"] == 2


def test_a_machine_without_anything(tree: Tree) -> None:
    assert tree.facts() == {
        "pci_ids": [], "nvswitches": 0, "os": "debian-12", "architecture": "x86_64", "python": "3.11",
        "kernel": "6.1.0-50-amd64", "kernels": [], "secure_boot": False, "secure_boot_key": False, "container": False, "cloud": None,
        "driver": None, "cuda": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ('ID=ubuntu\nVERSION_ID="24.04"\n', "ubuntu-24.04"),
        ('ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.6"\n', "alma-9"),
        ('ID="rhel"\nVERSION_ID="10.1"\n', "rhel-10"),
        ("ID=fedora\nVERSION_ID=43\n", "fedora-43"),
    ],
)
def test_the_release_is_the_resolvers_word(tree: Tree, release: str, expected: str) -> None:
    tree.file("etc/os-release", release)
    assert tree.facts()["os"] == expected


def test_kernels_come_newest_first_with_the_version_behind_debians_name(tree: Tree) -> None:
    tree.kernel("6.1.0-9-amd64", "6.1.27")
    tree.kernel("6.1.0-50-cloud-amd64", "6.1.176", headers=False)
    tree.kernel("6.12.118+deb13-amd64", "6.12.118")
    tree.file("lib/modules/6.1.0-7-amd64/kernel/left.ko", "")  # removed, but something stayed
    seen = tree.facts()["kernels"]
    assert [(kernel["release"], kernel["version"], kernel["headers"]) for kernel in seen] == [
        ("6.12.118+deb13-amd64", "6.12.118", True),
        ("6.1.0-50-cloud-amd64", "6.1.176", False),
        ("6.1.0-9-amd64", "6.1.27", True),
    ]


def test_an_image_that_names_no_version_leaves_it_to_the_headers(tree: Tree) -> None:
    release = "6.1.0-50-arm64"
    tree.kernel(release, image=b"MZ" + bytes(0x300))
    tree.file(
        f"usr/src/linux-headers-{release}/include/generated/uapi/linux/version.h",
        "#define LINUX_VERSION_MAJOR 6\n#define LINUX_VERSION_PATCHLEVEL 1\n#define LINUX_VERSION_SUBLEVEL 176\n",
    )
    assert tree.facts()["kernels"][0]["version"] == "6.1.176"


def test_an_image_of_enterprise_linux_lies_beside_its_modules(tree: Tree) -> None:
    release = "5.14.0-611.el9.x86_64"
    tree.file(f"lib/modules/{release}/vmlinuz", bz_image(f"{release} (mockbuild@x) #1 SMP"))
    tree.file(f"usr/src/kernels/{release}/Makefile", "")
    assert tree.facts()["kernels"] == [{"release": release, "version": "5.14.0", "headers": True}]


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0, False)])
def test_secure_boot(tree: Tree, value: int, expected: bool) -> None:
    tree.file(gpu_facts.SECURE_BOOT, bytes([6, 0, 0, 0, value]))
    assert tree.facts()["secure_boot"] is expected


def test_secure_boot_that_cannot_be_seen_is_not_called_off(tree: Tree) -> None:
    (tree.root / "sys/firmware/efi").mkdir(parents=True)
    assert tree.facts()["secure_boot"] is None


@pytest.mark.parametrize(("enrolled", "expected"), [(b"list CERT list", True), (b"list OTHER", False)])
def test_the_key_of_dkms_is_enrolled_or_not(tree: Tree, enrolled: bytes, expected: bool) -> None:
    tree.file("var/lib/dkms/mok.pub", b"CERT")
    tree.file(gpu_facts.ENROLLED, enrolled)
    assert tree.facts()["secure_boot_key"] is expected


def test_a_container_hides_its_firmware(tree: Tree) -> None:
    tree.file("proc/1/environ", "PATH=/bin\0container=docker\0")
    seen = tree.facts()
    assert seen["container"] is True
    assert seen["secure_boot"] is None


@pytest.mark.parametrize(
    ("dmi", "expected"),
    [
        ({"sys_vendor": "Amazon EC2"}, "aws"),
        ({"sys_vendor": "Xen", "bios_vendor": "Amazon EC2"}, "aws"),
        ({"sys_vendor": "Xen", "bios_version": "4.11.amazon"}, "aws"),
        ({"sys_vendor": "Xen", "product_uuid": "EC2E1916-9099-7CAF", "product_serial": "ec2e1916-9099-7caf"}, "aws"),
        ({"sys_vendor": "Xen", "bios_version": "4.11", "../../../hypervisor/uuid": "ec2e1916-9099-7caf"}, "aws"),
        ({"sys_vendor": "Xen", "bios_version": "4.11"}, None),
        ({"sys_vendor": "QEMU", "product_uuid": "ec2e1916-9099-7caf", "product_serial": "7"}, None),  # one in 4096
        ({"sys_vendor": "Google", "product_name": "Google Compute Engine"}, "gcp"),
        (AZURE, "azure"),
        ({"sys_vendor": "Microsoft Corporation", "chassis_asset_tag": "1234"}, None),  # Hyper-V at home
        ({"sys_vendor": "QEMU"}, None),
    ],
)
def test_the_cloud_is_what_the_firmware_says(tree: Tree, dmi: dict, expected: str | None) -> None:
    for word, value in dmi.items():
        tree.file(f"sys/class/dmi/id/{word}", value + "\n")
    assert tree.facts()["cloud"] == expected


OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.178.04  Release Build  (dvs@)\nGCC version:  gcc\n"
CLOSED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.261.03  Mon Jul 14\nGCC version:  gcc version 12\n"


@pytest.mark.parametrize(
    ("said", "version", "flavour"), [(OPEN, "580.178.04", "open"), (CLOSED, "535.261.03", "proprietary")]
)
def test_a_loaded_driver(tree: Tree, said: str, version: str, flavour: str) -> None:
    tree.file("proc/driver/nvidia/version", said)
    tree.file(f"usr/lib/x86_64-linux-gnu/libcuda.so.{version}", "")
    tree.file("usr/bin/nv-fabricmanager", f"#!/bin/sh\necho Fabric Manager version is : {version}\n").chmod(0o755)
    assert tree.facts()["driver"] == {
        "version": version, "flavour": flavour, "loaded": True, "library": version, "fabric_manager": version,
    }  # fmt: skip


def modinfo(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """A modinfo that prints what the test wrote into the module's file."""
    tree.file("bin/modinfo", '#!/bin/sh\ncat "$1"\n').chmod(0o755)
    monkeypatch.setenv("PATH", f"{tree.root}/bin", prepend=":")


@pytest.mark.parametrize(
    ("name", "licence", "flavour"),
    [
        ("updates/dkms/nvidia-current.ko.xz", "NVIDIA", "proprietary"),
        ("updates/dkms/nvidia-current-open.ko", "Dual MIT/GPL", "open"),
        ("kernel/nvidia-580srv-open/nvidia.ko", "Dual MIT/GPL", "open"),
        ("extra/nvidia.ko.xz", "NVIDIA", "proprietary"),
        ("updates/dkms/nvidia-tesla-535.ko.xz", "NVIDIA", "proprietary"),
    ],
)
def test_a_driver_that_is_not_loaded(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, name: str, licence: str, flavour: str
) -> None:
    modinfo(tree, monkeypatch)
    tree.kernel("6.1.0-50-amd64", "6.1.176")
    place = (tree.root / "lib/modules/6.1.0-50-amd64" / name).parent
    for part in ("nvidia-drm.ko", "nvidia-tesla-535-drm.ko.xz", "nvidia-current-open-uvm.ko"):
        tree.file(f"{place.relative_to(tree.root)}/{part}", "version:        1\nlicense:        GPL\n")
    tree.file(f"lib/modules/6.1.0-50-amd64/{name}", f"license:        {licence}\nversion:        535.261.03\n")
    assert tree.facts()["driver"] == {
        "version": "535.261.03", "flavour": flavour, "loaded": False, "library": None, "fabric_manager": None,
    }  # fmt: skip


def test_libraries_alone_are_a_driver_without_a_module(tree: Tree) -> None:
    tree.file("usr/lib/x86_64-linux-gnu/nvidia/current/libcuda.so.535.261.03", "")
    tree.file("usr/lib/x86_64-linux-gnu/libcuda.so.1", "")
    assert tree.facts()["driver"] == {
        "version": "535.261.03", "flavour": None, "loaded": False, "library": "535.261.03", "fabric_manager": None,
    }  # fmt: skip


def test_toolkits_newest_first(tree: Tree) -> None:
    for path in ("usr/local/cuda-12.9", "usr/local/cuda-13", "opt/aienv/cuda/13.0", "opt/aienv/cuda/default"):
        (tree.root / path).mkdir(parents=True)
    assert tree.facts()["cuda"] == ["13.0", "12.9"]


def test_as_ansible_runs_it(tree: Tree) -> None:
    """The file alone, as a module, with its arguments on standard input."""
    tree.device("27b8")
    arguments = {"ANSIBLE_MODULE_ARGS": {"root": str(tree.root), "_ansible_check_mode": True}}
    program = f"from ansible.module_utils.testing import patch_module_args\nimport runpy\nwith patch_module_args({arguments['ANSIBLE_MODULE_ARGS']!r}):\n    runpy.run_path({gpu_facts.__file__!r}, run_name='__main__')\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    assert answer["changed"] is False
    assert answer["ansible_facts"]["aienv_gpu"]["pci_ids"] == ["10de:27b8"]
