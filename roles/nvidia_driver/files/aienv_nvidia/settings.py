"""What makes the driver work after the installation: nouveau off, initramfs, persistence, fabric manager, the program of proof."""

from __future__ import annotations

import json
import re

from aienv_nvidia import kernels, system
from aienv_nvidia.system import run

MODPROBE = "etc/modprobe.d/aienv-nvidia.conf"
LOAD = "etc/modules-load.d/aienv-nvidia.conf"
DRACUT = "etc/dracut.conf.d/aienv-nvidia.conf"
NOUVEAU = """# Written by the role aienv.cloud.nvidia_driver: two drivers cannot have one GPU.
blacklist nouveau
blacklist nova_core
options nouveau modeset=0
"""
UVM = "# Written by the role aienv.cloud.nvidia_driver: CUDA needs it, and without X nobody else loads it at boot.\nnvidia-uvm\n"
LIBRARY = "usr/local/lib/aienv-nvidia/aienv_nvidia"
PROGRAM = "usr/local/sbin/aienv-nvidia-proof"
WRAPPER = """#!/usr/bin/python3
# Written by the role aienv.cloud.nvidia_driver.
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, "/usr/local/lib/aienv-nvidia")
from aienv_nvidia.proof import main

sys.exit(main(sys.argv[1:]))
"""
#: Where an initramfs is told of changed settings: Debian and Ubuntu, EL.
INITRAMFS = {"update-initramfs": ("-u", "-k", "all"), "dracut": ("--force", "--regenerate-all")}
PERSISTENCE = "nvidia-persistenced.service"
#: For what a reboot was needed last, and in which boot that was.
REBOOTED = f"{system.STATE}/rebooted.json"
FABRIC_MANAGER = "nvidia-fabricmanager.service"


def files(code: dict) -> dict:
    """path -> (text, mode) of what the role itself puts on the host."""
    program = {f"{LIBRARY}/{name}.py": (text, 0o644) for name, text in code.items()}
    return {MODPROBE: (NOUVEAU, 0o644), LOAD: (UVM, 0o644), **program, PROGRAM: (WRAPPER, 0o755)}


def differing(code: dict) -> list:
    return [path for path, (text, _mode) in files(code).items() if system.read(path) != text]


def write(code: dict) -> list:
    changed = [path for path, (text, mode) in files(code).items() if system.write(path, text, mode)]
    if MODPROBE in changed:
        rebuild_initramfs()
    return [f"wrote /{path}" for path in changed if not path.startswith(LIBRARY)]


def rebuild_initramfs() -> None:
    """nouveau would load from an old one before anything of the root file system is seen."""
    for program, arguments in INITRAMFS.items():
        if run("sh", "-c", f"command -v {program}").returncode == 0:
            system.must("Rebuilding the initramfs", program, *arguments)


def units(request: dict) -> list:
    """The services that should be enabled: only on hardware that has use for them."""
    found = [PERSISTENCE] if request["persistence"] and exists(PERSISTENCE) else []
    fabric = (request["driver"] or {}).get("fabric_manager") and request["has_gpu"]
    return found + ([FABRIC_MANAGER] if fabric and exists(FABRIC_MANAGER) else [])


def exists(unit: str) -> bool:
    return any(
        system.at(f"{place}/{unit}").exists()
        for place in ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
    )


def disabled(request: dict) -> list:
    return [
        unit
        for unit in units(request)
        if run("systemctl", "is-enabled", unit).stdout.strip() not in ("enabled", "static", "alias")
    ]


def enable(request: dict) -> list:
    """At boot; and now where the module is loaded, because without it they can only fail."""
    done = []
    for unit in disabled(request):
        system.must(f"Enabling {unit}", "systemctl", "enable", unit)
        done.append(f"enabled {unit}")
    if loaded_version():
        for unit in units(request):
            run("systemctl", "restart" if unit == FABRIC_MANAGER and done else "start", unit)
    return done


def loaded_version() -> str:
    """The driver's version that the running kernel has loaded; nothing if none."""
    found = re.search(r"Kernel Module.*?\s(\d+\.\d+(\.\d+)?)\s", system.read("proc/driver/nvidia/version") + " ")
    return found.group(1) if found else ""


def load() -> None:
    """Without a reboot where that is possible. Whether it worked shows in /proc."""
    if not kernels.is_container() and not loaded_version() and not nouveau():
        run("modprobe", "nvidia")


def nouveau() -> bool:
    return bool(re.search(r"(?m)^(nouveau|nova_core) ", system.read("proc/modules")))


def reboot_reason(version: str, has_gpu: bool) -> str:
    """Why only a reboot helps, as a sentence; nothing if it need not be."""
    if kernels.is_container() or not version:
        return ""
    loaded = loaded_version()
    if loaded and loaded != version:
        return f"the running kernel has driver {loaded} loaded, and {version} is installed"
    if has_gpu and nouveau():
        return "nouveau has the GPU until the next boot"
    if has_gpu and not kernels.proven(kernels.running()) and kernels.installed():
        return f"the running kernel {kernels.running()} has no module, {', '.join(r for r in kernels.installed() if kernels.proven(r))} has"
    return "" if loaded or not has_gpu else "the module is installed and could not be loaded into the running kernel"


def note_reboot(reason: str, version: str) -> None:
    system.write(REBOOTED, json.dumps({"boot": boot(), "for": wish(reason, version)}) + "\n")


def was_in_vain(reason: str, version: str) -> bool:
    """Whether a reboot for this very reason has been: another one would not help either."""
    text = system.read(REBOOTED) if reason else ""
    noted = json.loads(text) if text else {}
    return noted.get("for") == wish(reason, version) and noted["boot"] != boot()


def wish(reason: str, version: str) -> list:
    """Another driver or another kernel deserve a reboot of their own."""
    return [reason, version, kernels.running()]


def boot() -> str:
    return system.read("proc/sys/kernel/random/boot_id").strip()


def words_of_the_kernel() -> str:
    """Why the module does not load, as modprobe and the kernel say it; nothing where it loads now."""
    done = run("modprobe", "nvidia")
    if not done.returncode:
        return ""
    said = re.findall(
        r"(?mi)^(?:\[[^\]]*\] )?(.*(?:NVRM|nvidia|lockdown|unavailable key|module verification).*)$",
        run("dmesg").stdout,
    )
    return "; ".join(dict.fromkeys([system.complaint(done), *(line.strip() for line in said[-3:])]))


def remove() -> list:
    """The role's own files; those in the boot chain before the initramfs is made anew."""
    gone = [path for path in (MODPROBE, LOAD, DRACUT, PROGRAM) if system.at(path).exists()]
    for path in gone:
        system.at(path).unlink()
    if MODPROBE in gone:
        rebuild_initramfs()
    return [f"removed /{path}" for path in gone]
