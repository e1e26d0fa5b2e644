"""What is proven on the host, and what cannot be without a GPU: sentences for people, and problems where something is not as declared."""

from __future__ import annotations

import ctypes
import re

from aienv_nvidia import apt, hold, host, kernels, settings, system
from aienv_nvidia.system import run, upstream

CUDA_ERRORS = {100: "no device", 802: "system not yet initialized: the fabric manager does not run", 999: "unknown"}


def verify(one: host.Host) -> dict:
    """{problems, proved, not_proved: [{what, why}], version}."""
    found: dict = {"problems": [], "proved": [], "not_proved": [], "version": one.version()}
    plan = one.observe()["plan"]
    if plan:
        found["problems"].append(f"still to be done: {'; '.join(plan)}")
    of_packages(one, found)
    of_kernels(one, found)
    if one.request["has_gpu"] and not kernels.is_container():
        of_hardware(one, found)
    else:
        why = (
            "this is a container, which has the kernel of its host"
            if kernels.is_container()
            else "the machine has no NVIDIA GPU"
        )
        found["not_proved"].append(
            {"what": "that the module loads, nvidia-smi answers and cuInit succeeds", "why": why}
        )
    return found


def of_packages(one: host.Host, found: dict) -> None:
    there = apt.packages()
    versions = {name: upstream(there[name]["version"]) for name in one.driver.get("pins", ()) if name in there}
    if len(set(versions.values())) == 1:
        found["proved"].append(f"Module, libraries and tools are all {one.version()}: {', '.join(sorted(versions))}.")
    audit = run("dpkg", "--audit").stdout.strip()
    if audit:
        found["problems"].append(f"dpkg is not clean: {audit.splitlines()[0]}")


def of_kernels(one: host.Host, found: dict) -> None:
    """The module's file and its vermagic, for the running and the newest kernel."""
    for release in kernels.to_serve():
        module = kernels.proven(release, "", one.driver.get("flavour", ""))
        if module:
            signer = f", signed by {module['signer']}" if module["signer"] else ""
            found["proved"].append(
                f"Kernel {release} has {module['path']} {module['version']}, whose vermagic is that kernel's{signer}."
            )
        elif release in hold.held():
            found["not_proved"].append(
                {"what": f"a module for kernel {release}, which is held", "why": hold.held()[release]["reason"]}
            )
        else:
            found["problems"].append(
                f"kernel {release} has no {one.driver.get('flavour', '')} NVIDIA module of its own".replace("  ", " ")
            )


def of_hardware(one: host.Host, found: dict) -> None:
    seen = one.reboot()
    reason, vain = seen["reboot_reason"], seen["rebooted_in_vain_for"]
    if reason:
        found["not_proved"].append({"what": "that the driver runs", "why": f"a reboot is needed: {reason}"})
        return
    words = settings.words_of_the_kernel() if vain else ""
    if vain and settings.loaded_version() != one.version():
        found["problems"].append(f"{vain}, and a reboot has not changed that: {words or 'modprobe says nothing'}")
        return
    if settings.loaded_version() == one.version():
        found["proved"].append(f"The running kernel has driver {one.version()} loaded.")
    of_smi(one, found)
    code = cu_init()
    if code == 0:
        found["proved"].append("cuInit succeeds.")
    else:
        found["problems"].append(f"cuInit gives {code} ({CUDA_ERRORS.get(code, 'see cuda.h')})")
    if one.driver.get("fabric_manager"):
        of_fabric(one, found)


def of_smi(one: host.Host, found: dict) -> None:
    done = run("nvidia-smi", "--query-gpu=driver_version,name", "--format=csv,noheader")
    lines = [line.split(", ") for line in done.stdout.splitlines()]
    if done.returncode or not lines:
        found["problems"].append(f"nvidia-smi fails: {system.complaint(done)}")
    elif {line[0] for line in lines} != {one.version()}:
        found["problems"].append(f"nvidia-smi says driver {lines[0][0]}, and {one.version()} is installed")
    elif len(lines) != one.request["gpus"]:
        found["problems"].append(f"nvidia-smi lists {len(lines)} GPUs, and the PCI bus has {one.request['gpus']}")
    else:
        found["proved"].append(f"nvidia-smi lists {len(lines)} GPU(s) with driver {one.version()}: {lines[0][1]}.")


def cu_init() -> int:
    """The driver API's own answer; 100 where the library is missing counts as no device."""
    try:
        return ctypes.CDLL("libcuda.so.1").cuInit(0)
    except OSError:
        return 100


def of_fabric(one: host.Host, found: dict) -> None:
    version = re.search(r"\d+\.\d+(\.\d+)?", run("nv-fabricmanager", "--version").stdout)
    active = run("systemctl", "is-active", settings.FABRIC_MANAGER).stdout.strip()
    if not version or version.group() != one.version():
        found["problems"].append(
            f"the fabric manager is {version.group() if version else 'missing'}, and the driver {one.version()}"
        )
    elif active != "active":
        found["problems"].append(
            f"the fabric manager is {active or 'not active'}; journalctl -u {settings.FABRIC_MANAGER} says why"
        )
    else:
        found["proved"].append(f"The fabric manager runs in the driver's version {version.group()}.")
