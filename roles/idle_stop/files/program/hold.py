"""What forbids a stop whatever nobody does: a backup, an update, an inhibitor, a disk that a stop would empty."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import time
from pathlib import Path

import provider
from ask import Blind, program

#: Seconds for which the slow questions keep their answers.
KEEP = 60
#: Words of systemd for a unit that does something.
WORKING = "active,activating,reloading,deactivating,refreshing"
LOGIN = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "BlockInhibited")
#: What the disks that live in the host itself call themselves: AWS's instance store, GCP's Local SSD (nvme_card or, numbered,
#: nvme_card0; nvme_card-pd is the persistent one; by SCSI "EphemeralDisk"), Azure's local NVMe ("Microsoft NVMe Direct Disk v2"
#: since its NVMe generation). Azure's SCSI resource disk is found by its link.
LOCAL_MODEL = re.compile(r"Amazon EC2 NVMe Instance Storage|nvme_card\d*|EphemeralDisk|Microsoft NVMe Direct Disk.*")
AZURE_RESOURCE = "dev/disk/azure/resource"
#: What is on such a disk before anybody used it.
EMPTY = {"lost+found", "DATALOSS_WARNING_README.txt", "swapfile"}


class Holds:
    """Everything that is in the way of a stop, in sentences."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.root = Path(settings.get("root", "/"))
        self.slow: tuple[float, list] = (float("-inf"), [])

    def look(self) -> list:
        now = time.monotonic()
        if now - self.slow[0] > KEEP:
            self.slow = (now, [*self.disks(), *provider.refusals(self.settings)])
        return [*self.units(), *self.locks(), *self.inhibitors(), *self.slow[1]]

    def units(self) -> list:
        patterns = [*self.settings["units"]]
        said = program(
            "systemctl", "list-units", "--plain", "--no-legend", "--no-pager", f"--state={WORKING}", *patterns
        )
        lines = [line.split() for line in said.splitlines() if line.split()]
        # One that has done its work and only "remains" does nothing any more.
        return [f"{words[0]} is running" for words in lines if words[3] != "exited"]

    def locks(self) -> list:
        return [
            f"packages are being installed ({path} is locked by process {pid})"
            for path in self.settings["locks"]
            if (pid := locker(path))
        ]

    def inhibitors(self) -> list:
        said = program("busctl", "get-property", *LOGIN)
        forbidden = "shutdown" in said.partition(" ")[2].strip('"').split(":")
        return ["a program forbids a shutdown (systemd-inhibit --list says which)"] if forbidden else []

    def disks(self) -> list:
        """Mounted disks whose contents a stop would lose, with something on them."""
        if self.settings["local_disks"] == "lose":
            return []
        found = []
        for place, device, kind in mounts(self.root):
            if kind == "zfs":
                if has_local(self.root) and content(self.root / place.lstrip("/")):
                    found.append(
                        f"{place} is of ZFS, which may lie on the disk here that a stop empties, and holds files"
                    )
            elif any(is_local(disk, self.root) for disk in bases(device, self.root)) and content(
                self.root / place.lstrip("/")
            ):
                found.append(f"{place} lies on a disk that a stop empties, and holds files")
        return found


def locker(path: str) -> int:
    """The process that holds a POSIX lock on a file, asked without taking it; 0 for nobody."""
    try:
        with Path(path).open("rb") as file:
            question = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, _whence, _start, _length, pid = struct.unpack("hhqqi4x", fcntl.fcntl(file, fcntl.F_GETLK, question))
    except FileNotFoundError:
        return 0
    # -1 is a process that cannot be seen from here.
    return 0 if kind == fcntl.F_UNLCK else pid


def mounts(root: Path) -> list:
    """(Where, major:minor, type) of all that is mounted from disks: proc(5), mountinfo."""
    found = []
    for line in (root / "proc/self/mountinfo").read_text().splitlines():
        about, _dash, rest = line.partition(" - ")
        _id, _parent, device, _root, place = about.split()[:5]
        kind, source = rest.split(" ")[:2]
        # btrfs has a number of its own, which is no disk's; the disk is its source.
        if device.startswith("0:"):
            device = number(root / source.lstrip("/")) if source.startswith("/dev/") else ""
        if device or kind == "zfs":
            found.append((place.replace("\\040", " "), device, kind))
    return found


def number(node: Path) -> str:
    """major:minor of a device; "" where it is not here, as the host's are not in a container."""
    try:
        device = node.stat().st_rdev
    except FileNotFoundError:
        return ""
    return f"{os.major(device)}:{os.minor(device)}"


def bases(device: str, root: Path) -> list:
    """The whole disks below a device: through partitions, RAID, LVM and encryption."""
    place = (root / "sys/dev/block" / device).resolve()
    if (place / "partition").exists():
        place = place.parent
    slaves = list((place / "slaves").glob("*")) if place.exists() else []
    below = [(one.resolve() / "dev").read_text().strip() for one in slaves]
    return [disk for one in below for disk in bases(one, root)] if below else [place]


def is_local(disk: Path, root: Path) -> bool:
    model = disk / "device/model"
    name = model.read_text().strip() if model.exists() else ""
    resource = root / AZURE_RESOURCE
    return bool(LOCAL_MODEL.fullmatch(name)) or (resource.exists() and resource.resolve().name == disk.name)


def has_local(root: Path) -> bool:
    return any(is_local(disk.resolve(), root) for disk in (root / "sys/block").glob("*"))


def content(place: Path) -> bool:
    try:
        return any(entry.name not in EMPTY for entry in place.iterdir())
    except OSError as error:
        raise Blind(f"{place} cannot be read: {error.strerror}") from error
