"""Room, asked for before anything is downloaded: a disk that fills up in the middle leaves packages half installed."""

from __future__ import annotations

import os

from aienv_nvidia import system

#: MiB that each place needs. Measured with driver 535 on Debian: 700 MB of packages and headers, 600 MB of a build and its result, and
#: 60 MB of a new initramfs for each kernel; with a margin, because NVIDIA's newer branches are larger.
NEEDED = {"var": 2500, "usr": 1500, "boot": 150, "lib/modules": 200}


def lacking() -> list:
    """A sentence for each file system that has not enough. Places on one file system add up."""
    needs: dict = {}
    for place, mib in NEEDED.items():
        path = system.at(place)
        if path.exists():
            device = path.stat().st_dev
            places, total = needs.get(device, ([], 0))
            needs[device] = ([*places, place], total + mib)
    return [sentence(places, mib) for places, mib in needs.values() if free(places[0]) < mib]


def free(place: str) -> int:
    """MiB that root may still write there."""
    seen = os.statvfs(system.at(place))
    return seen.f_bavail * seen.f_frsize // (1 << 20)


def sentence(places: list, mib: int) -> str:
    names = ", ".join(f"/{place}" for place in places)
    return f"the file system of {names} has {free(places[0])} MiB free, and building and installing the driver needs {mib} MiB there"
