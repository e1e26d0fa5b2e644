"""The kernels that the machine may boot into, and which of them have a module."""

from __future__ import annotations

import re
from pathlib import Path

from aienv_nvidia import system
from aienv_nvidia.system import numbers, run

#: Where DKMS, Ubuntu's signed modules, EL's kmods and the runfile put it.
PLACES = ("updates", "extra", "weak-updates", "kernel/nvidia-*", "kernel/drivers/video", "kernel/drivers/char/drm")
#: Debian calls it nvidia-current-open or nvidia-tesla-535. The others of a driver are its parts.
NAME = re.compile(r"nvidia(-[\w-]+)?(?<!-drm)(?<!-modeset)(?<!-uvm)(?<!-peermem)\.ko(\.\w+)?")


def running() -> str:
    return system.read("proc/sys/kernel/osrelease").strip()


def is_container() -> bool:
    """There the running kernel is another machine's."""
    marks = ("run/systemd/container", ".dockerenv", "run/.containerenv")
    return any(system.at(mark).exists() for mark in marks) or "container=" in system.read("proc/1/environ")


def installed() -> list:
    """Releases with modules and an image to boot, the newest first."""
    found = []
    for modules in system.at("lib/modules").glob("*"):
        images = (f"boot/vmlinuz-{modules.name}", f"boot/vmlinux-{modules.name}", f"lib/modules/{modules.name}/vmlinuz")
        if any(system.at(image).exists() for image in images):
            found.append(modules.name)
    return sorted(found, key=numbers, reverse=True)


def to_serve() -> list:
    """The kernels that need the module: the running and the newest one; where the running one is another machine's, all."""
    releases = installed()
    return list(dict.fromkeys([releases[0], running()])) if running() in releases else releases


def has_headers(release: str) -> bool:
    return system.at(f"lib/modules/{release}/build/include").exists()


def modules(release: str) -> list:
    """The driver's main modules for a kernel, as files."""
    found = []
    for place in PLACES:
        for directory in sorted(system.at(f"lib/modules/{release}").glob(place)):
            found += [path for path in sorted(directory.rglob("nvidia*.ko*")) if NAME.fullmatch(path.name)]
    return found


def about(module: Path) -> dict:
    """modinfo's version, vermagic (the kernel's release alone), licence and signer."""
    said = run("modinfo", module).stdout
    words = dict(re.findall(r"(?m)^(version|vermagic|license|signer):\s*(.*?)\s*$", said))
    words["vermagic"] = words.get("vermagic", "").split(" ")[0]
    return words


def proven(release: str, version: str = "", flavour: str = "") -> dict:
    """The module that serves a kernel as {path, version, signer}; {} without one. Of that version and flavour if they are said."""
    for module in modules(release):
        words = about(module)
        is_open = "GPL" in words.get("license", "")
        if words["vermagic"] != release or (version and words.get("version") != version):
            continue
        if flavour in ("open", "proprietary") and is_open != (flavour == "open"):
            continue
        return {"path": str(module), "version": words.get("version", ""), "signer": words.get("signer", "")}
    return {}
