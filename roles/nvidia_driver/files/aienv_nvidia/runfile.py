"""NVIDIA's installer: fetched, held against its checksum, its module built on trial, then run without a question."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from pathlib import Path

from aienv_nvidia import system, trial
from aienv_nvidia.system import Refused, run

UNINSTALLER = "usr/bin/nvidia-uninstall"
PATIENCE = 60


def path_of(driver: dict) -> Path:
    return system.at(f"{system.CACHE}/{driver['runfile_url'].rsplit('/', 1)[-1]}")


def fetch(driver: dict) -> Path:
    """The installer with the right checksum; one that is there from an earlier run is not fetched again."""
    place, expected = path_of(driver), driver["runfile_sha256"].lower()
    if place.exists() and system.digest(place) == expected:
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}.half")
    try:
        with urllib.request.urlopen(driver["runfile_url"], timeout=PATIENCE) as answer, half.open("wb") as target:  # noqa: S310
            shutil.copyfileobj(answer, target, system.CHUNK)
    except (OSError, urllib.error.URLError, ValueError) as error:
        half.unlink(missing_ok=True)
        raise Refused(
            f"the runfile {driver['runfile_url']} could not be read: {getattr(error, 'reason', error)}; nothing was installed"
        ) from error
    found = system.digest(half)
    if found != expected:
        half.unlink()
        raise Refused(
            f"the runfile {driver['runfile_url']} has the SHA-256 {found}, and nvidia_driver_runfile_sha256 is {expected}; nothing was installed"
        )
    half.replace(place)
    return place


def source(driver: dict) -> trial.Source:
    """The module's source inside the installer, laid out as DKMS wants it."""
    tree = system.at(f"{system.STATE}/runfile")
    shutil.rmtree(tree, ignore_errors=True)
    tree.parent.mkdir(parents=True, exist_ok=True)
    system.must("Unpacking the runfile", "sh", fetch(driver), "--extract-only", "--target", tree)
    kind = tree / ("kernel-open" if is_open(driver) else "kernel")
    if not (kind / "dkms.conf").exists():
        raise Refused(
            f"the runfile {driver['runfile_url']} has no {kind.name} modules; nvidia_driver_flavour may be wrong"
        )
    place = tree / f"nvidia-{driver['version']}"
    kind.rename(place)
    settings = place / "dkms.conf"
    settings.write_text(settings.read_text().replace("__VERSION_STRING", driver["version"]))
    return trial.Source(place)


def is_open(driver: dict) -> bool:
    return driver["flavour"] == "open" or "open" in driver["runfile_arguments"]


def install(driver: dict) -> None:
    """With DKMS, so that the next kernel gets its module too."""
    kind = (
        []
        if "-M" in driver["runfile_arguments"]
        else ["--kernel-module-type", "open" if is_open(driver) else "proprietary"]
    )
    words = (
        "--silent",
        "--ui=none",
        "--dkms",
        "--no-x-check",
        "--no-nouveau-check",
        "--skip-module-load",
        *kind,
        *driver["runfile_arguments"],
    )
    system.must("Running NVIDIA's installer", "sh", fetch(driver), *words)


def uninstall() -> list:
    if not system.at(UNINSTALLER).exists():
        return []
    system.must("Removing the driver that a runfile installed", system.at(UNINSTALLER), "--silent", "--ui=none")
    return ["removed the driver that a runfile had installed"]


def installed() -> bool:
    return system.at(UNINSTALLER).exists()


def dkms_is_there() -> bool:
    return run("dkms", "--version").returncode == 0
