#!/usr/bin/python
# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine's software stack depends on, read from /sys, /proc, /boot and /lib/modules.

Runs on the managed host, so it is one file, for that host's Python (3.9 and newer), and asks no package manager.
"""

from __future__ import annotations

DOCUMENTATION = r"""
module: gpu_facts
short_description: Look at a machine's GPUs, kernels, Secure Boot and NVIDIA driver
version_added: 0.2.0
author: aienv.cloud contributors (@aienv)
description:
  - Reads what the filter P(aienv.cloud.gpu_stack#filter) has to know of a machine, and what is installed there already.
  - Runs on the managed host. Nothing has to be installed for it, not even C(lspci). It changes nothing.
extends_documentation_fragment:
  - aienv.cloud.attributes
  - aienv.cloud.attributes.info
options:
  root:
    description:
      - Directory below which C(sys), C(proc), C(etc), C(boot), C(lib) and C(usr) are read.
      - Only for an image that is mounted elsewhere, and for tests.
    type: path
    default: /
notes:
  - On a system with Ansible's own facts switched off (C(gather_facts) is false) this module alone is enough for the roles of this collection.
"""

EXAMPLES = r"""
- name: Look at the machine
  aienv.cloud.gpu_facts:

- name: Resolve its stack
  ansible.builtin.set_fact:
    stack: >-
      {{ gpu.pci_ids | aienv.cloud.gpu_stack(os=gpu.os, architecture=gpu.architecture, secure_boot=gpu.secure_boot | default(false, true),
                                             cloud=gpu.cloud | default('none', true), framework='torch') }}
  vars:
    gpu: "{{ ansible_facts.aienv_gpu }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts, below one name.
  returned: always
  type: dict
  contains:
    aienv_gpu:
      description: What was seen.
      returned: always
      type: dict
      contains:
        pci_ids:
          description: NVIDIA's GPUs, one entry for each card.
          type: list
          elements: str
          sample: ["10de:2330"]
        nvswitches:
          description: How many NVSwitches there are.
          type: int
        os:
          description: The release, in the words of P(aienv.cloud.gpu_stack#filter).
          type: str
          sample: debian-12
        architecture:
          description: V(x86_64) or V(arm64), or the kernel's own word for another.
          type: str
        python:
          description: The version of the distribution's own Python.
          type: str
          sample: "3.11"
        kernel:
          description: The running kernel.
          type: str
          sample: 6.1.0-50-cloud-amd64
        kernels:
          description:
            - The installed kernels, into which the machine may boot, the newest first; release as C(uname -r) writes it, the upstream
              version behind it, and whether its headers are there.
          type: list
          elements: dict
          sample: [{release: 6.1.0-50-cloud-amd64, version: 6.1.176, headers: true}]
        secure_boot:
          description: Whether the firmware checks signatures; null if that cannot be seen.
          type: bool
        secure_boot_key:
          description: Whether the key with which DKMS signs modules is among those that the machine's owner enrolled.
          type: bool
        container:
          description: Whether this is a container, whose running kernel is not its own.
          type: bool
        cloud:
          description: V(aws), V(gcp) or V(azure) by what the firmware says; null elsewhere.
          type: str
        driver:
          description: The NVIDIA driver that is installed; null without one.
          type: dict
          contains:
            version:
              description: The version of the kernel module, of the loaded one if there is one; else that of the libraries.
              type: str
            flavour:
              description: V(open) or V(proprietary); null if only libraries are there.
              type: str
            loaded:
              description: Whether the module is loaded.
              type: bool
            library:
              description: The version of C(libcuda); null if it is missing.
              type: str
            fabric_manager:
              description: The version of the fabric manager; null if it is missing.
              type: str
        cuda:
          description: Versions of CUDA toolkits below C(/usr/local) and C(/opt/aienv/cuda).
          type: list
          elements: str
"""

import re
import subprocess
import sys
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

NVIDIA = "0x10de"
#: The first four digits of a PCI class: VGA and 3D controllers are GPUs, NVIDIA's "other bridges" are NVSwitches.
GPU_CLASSES = ("0x0300", "0x0302")
BRIDGE_CLASS = "0x0680"
ARCHITECTURES = {"aarch64": "arm64", "amd64": "x86_64"}
DISTRIBUTIONS = {"almalinux": "alma"}
#: These name their release by its first number alone.
BY_MAJOR = ("debian", "rhel", "rocky", "alma")
#: UEFI's variable: four bytes of attributes, then the value. The number is the specification's name for global variables.
SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
#: The keys that the owner enrolled (MOK), as shim hands them on; and the certificate with which DKMS signs, Ubuntu's and everybody else's.
ENROLLED = "sys/firmware/efi/efivars/MokListRT-605dab50-e046-4300-abb6-3dd810dd8b23"
CERTIFICATES = ("var/lib/shim-signed/mok/MOK.der", "var/lib/dkms/mok.pub")
#: Every VM of Azure has this chassis, and no other machine of Microsoft (cloud-init looks for the same).
AZURE_CHASSIS = "7783-7084-3265-9085-8269-3286-77"
#: Where DKMS, Ubuntu's signed modules, EL's kmods and the runfile put the module; Debian calls it nvidia-current or nvidia-tesla-535.
MODULE_PLACES = (
    "updates",
    "extra",
    "weak-updates",
    "kernel/nvidia-*",
    "kernel/drivers/video",
    "kernel/drivers/char/drm",
)
MODULE_NAME = re.compile(r"nvidia(-[\w-]+)?(?<!-drm)(?<!-modeset)(?<!-uvm)(?<!-peermem)\.ko(\.\w+)?$")
PATIENCE = 20


class Machine:
    """One machine, read from below `root`."""

    def __init__(self, root: str) -> None:
        self.root = Path(root)

    def facts(self) -> dict:
        container = self.is_container()
        return {
            "pci_ids": [device for _slot, kind, device in self.pci() if kind in GPU_CLASSES],
            "nvswitches": self.nvswitches(),
            "os": self.os(),
            "architecture": self.architecture(),
            "python": self.python(),
            "kernel": self.kernel(),
            "kernels": self.kernels(),
            "secure_boot": self.secure_boot(container),
            "secure_boot_key": self.secure_boot_key(),
            "container": container,
            "cloud": self.cloud(),
            "driver": self.driver(),
            "cuda": self.cuda(),
        }

    def text(self, path: str) -> str:
        """What a file says; nothing where it is missing or cannot be read."""
        try:
            return (self.root / path).read_text(errors="replace").strip("\0\n ")
        except OSError:
            return ""

    def bytes(self, path: str) -> bytes:
        try:
            return (self.root / path).read_bytes()
        except OSError:
            return b""

    def exists(self, path: str) -> bool:
        return (self.root / path).exists()

    def list(self, pattern: str) -> list:
        return sorted(self.root.glob(pattern))

    def pci(self) -> list:
        """NVIDIA's devices as (slot, first half of the class, vendor:device), in the order of the slots."""
        found = []
        for device in self.list("sys/bus/pci/devices/*"):
            place = f"sys/bus/pci/devices/{device.name}/"
            if self.text(place + "vendor") == NVIDIA:
                found.append((device.name, self.text(place + "class")[:6], "10de:" + self.text(place + "device")[2:]))
        return found

    def nvswitches(self) -> int:
        """By their bridges, and by what the driver lists: from B200 on the switches are no devices of NVIDIA's on the bus."""
        bridges = [slot for slot, kind, _device in self.pci() if kind == BRIDGE_CLASS]
        return max(len(bridges), len(self.list("proc/driver/nvidia-nvswitch/devices/*")))

    def os(self) -> str:
        words = dict(re.findall(r'(?m)^(ID|VERSION_ID)="?([^"\n]*)"?$', self.text("etc/os-release")))
        name = DISTRIBUTIONS.get(words.get("ID", ""), words.get("ID", "linux"))
        release = words.get("VERSION_ID", "")
        return f"{name}-{release.split('.')[0] if name in BY_MAJOR else release}"

    def architecture(self) -> str:
        machine = self.text("proc/sys/kernel/arch") or os_machine()
        return ARCHITECTURES.get(machine, machine)

    def python(self) -> str:
        link = self.root / "usr/bin/python3"
        named = re.search(r"python(3\.\d+)$", str(link.resolve())) if link.exists() else None
        return named.group(1) if named else f"{sys.version_info[0]}.{sys.version_info[1]}"

    def kernel(self) -> str:
        return self.text("proc/sys/kernel/osrelease")

    def kernels(self) -> list:
        """Those with modules and an image to boot, the newest first."""
        found = []
        for modules in self.list("lib/modules/*"):
            images = [self.root / place for place in image_places(modules.name)]
            present = [image for image in images if image.exists()]
            if present:
                version = image_version(present[0]) or self.headers_version(modules.name) or leading(modules.name)
                found.append({"release": modules.name, "version": version, "headers": bool(self.headers(modules.name))})
        return sorted(found, key=lambda one: (numbers(one["version"]), numbers(one["release"])), reverse=True)

    def headers(self, release: str) -> str:
        """The directory of a kernel's headers below the root; nothing where they are missing."""
        places = ["usr/src/linux-headers-" + release, "usr/src/kernels/" + release, f"lib/modules/{release}/build"]
        return next((place for place in places if self.exists(place + "/Makefile")), "")

    def headers_version(self, release: str) -> str:
        place = self.headers(release)
        text = self.text(place + "/include/generated/uapi/linux/version.h") if place else ""
        parts = [re.search(rf"LINUX_VERSION_{part} (\d+)", text) for part in ("MAJOR", "PATCHLEVEL", "SUBLEVEL")]
        return ".".join(part.group(1) for part in parts if part) if all(parts) else ""

    def secure_boot(self, container: bool) -> bool | None:
        value = self.bytes(SECURE_BOOT)
        if not value:
            # Without EFI there is no such thing; a container hides the firmware.
            return None if container or self.exists("sys/firmware/efi") else False
        return value[4:5] == b"\1"

    def secure_boot_key(self) -> bool:
        """Both are DER, so the enrolled list holds the certificate byte for byte."""
        enrolled = self.bytes(ENROLLED)
        certificates = [self.bytes(path) for path in CERTIFICATES]
        return any(certificate and certificate in enrolled for certificate in certificates)

    def is_container(self) -> bool:
        marks = ("run/systemd/container", ".dockerenv", "run/.containerenv")
        return any(self.exists(mark) for mark in marks) or "container=" in self.text("proc/1/environ")

    def cloud(self) -> str | None:
        dmi = "sys/class/dmi/id/"
        if self.text(dmi + "chassis_asset_tag") == AZURE_CHASSIS:
            return "azure"
        if self.text(dmi + "product_name") == "Google Compute Engine":
            return "gcp"
        return "aws" if self.is_aws() else None

    def is_aws(self) -> bool:
        """Nitro names its maker; Xen (p3) has Amazon's build of it, or an "ec2" that begins the UUID: cloud-init, DataSourceEc2."""
        names = ("sys_vendor", "bios_vendor", "bios_version", "product_uuid", "product_serial")
        maker, bios, version, machine, serial = (self.text("sys/class/dmi/id/" + name).lower() for name in names)
        # One UUID in 4096 begins so by chance; Amazon's stands in both places.
        uuid = self.text("sys/hypervisor/uuid").lower() or (machine if machine == serial else "")
        return "amazon ec2" in (maker, bios) or version.endswith(".amazon") or uuid.startswith("ec2")

    def driver(self) -> dict | None:
        loaded = self.text("proc/driver/nvidia/version")
        library = self.library()
        version, flavour = of_loaded(loaded) if loaded else self.of_file()
        if not version and not library:
            return None
        return {
            "version": version or library,
            "flavour": flavour or None,
            "loaded": bool(loaded),
            "library": library or None,
            "fabric_manager": self.fabric_manager(),
        }

    def of_file(self) -> tuple:
        """Version and flavour of the module on disk: the running kernel's, else the newest kernel's."""
        releases = [self.kernel(), *(kernel["release"] for kernel in self.kernels())]
        for release in releases:
            for place in MODULE_PLACES:
                for directory in self.list(f"lib/modules/{release}/{place}"):
                    for path in sorted(directory.rglob("nvidia*.ko*")):
                        if MODULE_NAME.match(path.name):
                            return of_module(path)
        return "", ""

    def library(self) -> str:
        places = ("usr/lib/*-linux-gnu", "usr/lib/*-linux-gnu/nvidia/*", "usr/lib64", "usr/lib")
        names = [path.name for place in places for path in self.list(place + "/libcuda.so.[1-9][0-9]*.*")]
        return max((name[len("libcuda.so.") :] for name in names), key=numbers, default="")

    def fabric_manager(self) -> str | None:
        program = self.root / "usr/bin/nv-fabricmanager"
        said = run(str(program), "--version") if program.exists() else ""
        version = re.search(r"\d+\.\d+(\.\d+)?", said)
        return version.group() if version else None

    def cuda(self) -> list:
        places = [*self.list("usr/local/cuda-*"), *self.list("opt/aienv/cuda/*")]
        versions = {path.name.replace("cuda-", "") for path in places if path.is_dir()}
        return sorted((one for one in versions if re.match(r"\d+\.\d+$", one)), key=numbers, reverse=True)


def os_machine() -> str:
    return run("uname", "-m").strip()


def numbers(version: str) -> tuple:
    """A version's numbers, to compare."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def leading(release: str) -> str:
    return re.match(r"[\d.]*", release).group().strip(".")


def image_places(release: str) -> list:
    return ["boot/vmlinuz-" + release, "boot/vmlinux-" + release, f"lib/modules/{release}/vmlinuz"]


def image_version(path: Path) -> str:
    """The upstream version inside an x86 kernel image: Debian's 6.1.0-50-amd64 is 6.1.176. Linux, x86 boot protocol, offset 0x20e."""
    try:
        with path.open("rb") as image:
            header = image.read(0x210)
            if header[0x202:0x206] != b"HdrS":
                return ""
            image.seek(int.from_bytes(header[0x20E:0x210], "little") + 0x200)
            said = image.read(256).split(b"\0")[0].decode(errors="replace")
    except OSError:
        return ""
    named = re.search(r"(?:Debian|Ubuntu) (\d+(?:\.\d+)+)", said)
    return named.group(1) if named else leading(said)


def of_loaded(text: str) -> tuple:
    """Version and flavour by /proc/driver/nvidia/version."""
    version = re.search(r"Kernel Module.*?\s(\d+\.\d+(\.\d+)?)\s", text + " ")
    return (version.group(1) if version else ""), ("open" if "Open Kernel Module" in text else "proprietary")


def of_module(path: Path) -> tuple:
    """Version and flavour of a module's file: only the open one has a free licence."""
    said = run("modinfo", str(path))
    version = re.search(r"(?m)^version:\s*(\S+)", said)
    return (
        (version.group(1), "open" if re.search(r"(?m)^license:.*GPL", said) else "proprietary") if version else ("", "")
    )


def run(*argv: str) -> str:
    """What a program says; nothing where it is missing or hangs."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False, timeout=PATIENCE)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main() -> None:
    module = AnsibleModule(argument_spec={"root": {"type": "path", "default": "/"}}, supports_check_mode=True)
    module.exit_json(changed=False, ansible_facts={"aienv_gpu": Machine(module.params["root"]).facts()})


if __name__ == "__main__":
    main()
