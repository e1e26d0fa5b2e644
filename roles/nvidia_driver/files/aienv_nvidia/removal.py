"""Taking the driver away: its packages, the holds, and everything that the role put on the host."""

from __future__ import annotations

import shutil
from pathlib import Path

from aienv_nvidia import apt, hold, repository, runfile, settings, system

#: Of Debian's driver, though of sources of their own.
BESIDE = (
    "nvidia-persistenced",
    "nvidia-modprobe",
    "nvidia-kernel-common",
    "nvidia-support",
    "nvidia-installer-cleanup",
)
#: By these a driver is known: its modules, libcuda, and what pins a branch.
ROOTS = ("libcuda1", "libnvidia-compute-", "nvidia-driver-pinning-")
FILES = (repository.SOURCE, repository.KEY, apt.PINS, settings.MODPROBE, settings.LOAD, settings.PROGRAM)


def plan(there: dict) -> list:
    names = packages(there)
    steps = [f"remove {', '.join(names)}"] if names else []
    steps += ["remove the driver that a runfile installed"] if runfile.installed() else []
    steps += [f"remove /{path}" for path in FILES if system.at(path).exists()]
    return steps + [f"release kernel {release}" for release in hold.held()]


def packages(there: dict) -> list:
    """Everything of a driver, by the sources of its roots."""
    roots = [name for name in there if apt.MODULE_PACKAGE.fullmatch(name) or name.startswith(ROOTS)]
    theirs = {there[name]["source"] for name in roots}
    beside = [name for name in BESIDE if name in there] if roots else []
    return sorted({*(name for name, about in there.items() if about["source"] in theirs), *beside})


def remove(lock_timeout: int) -> list:
    """What was done, in words."""
    said = apt.wait_for_lock(lock_timeout) + apt.mend() + runfile.uninstall()
    gone = packages(apt.packages())
    apt.purge(gone)
    said += [f"removed {', '.join(gone)}"] if gone else []
    for release in list(hold.held()):
        said += hold.unhold(release)
    said += settings.remove()
    for path in (repository.SOURCE, repository.KEY, apt.PINS):
        system.at(path).unlink(missing_ok=True)
    for place in (system.STATE, system.CACHE, "usr/local/lib/aienv-nvidia"):
        empty(system.at(place))
    return said


def empty(place: Path) -> None:
    """Its content only: it may be a file system of its own."""
    for path in place.glob("*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
