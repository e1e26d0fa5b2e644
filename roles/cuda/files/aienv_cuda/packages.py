"""The packages that a toolkit is or needs: where apt gets them, which are missing, and which were installed for this role alone."""

from __future__ import annotations

import json
import os
from urllib.parse import urlsplit

from aienv_cuda.host import Request, content, missing_packages, write
from aienv_cuda.toolkits import RECORD, wanted
from aienv_nvidia import apt, repository, system
from aienv_nvidia.system import Refused

PINS = repository.CUDA_PINS
TRUST = "etc/apt/apt.conf.d/80aienv-cuda"
OURS = (repository.CUDA_SOURCE, repository.CUDA_KEY, PINS, TRUST)
#: Seconds for which another program may hold the lock of apt.
PATIENCE = 300
#: Drivers in NVIDIA's repository, by name. Its container toolkit is none, and the first match counts.
NO_DRIVERS = "nvidia-container* libnvidia-container*"
DRIVERS = "*nvidia* cuda-drivers* libcuda1* libcudadebugger1* libnvcuvid1* libnvoptix1* libxnvctrl* nvlsm*"


def missing(request: Request) -> list:
    """The packages that are asked for and not there, or half there."""
    names = [*request["packages"], *(name for toolkit in wanted(request) for name in toolkit.packages)]
    return missing_packages(list(dict.fromkeys(names)))


def steps(request: Request) -> list:
    """What is to do, in words."""
    if request["state"] == "absent":
        return [f"uninstall {name}" for name in installed()]
    said = [f"write /{path}" for path, text in files(request).items() if system.read(path) != text]
    said += [
        f"trust NVIDIA's key {place['key_fingerprint'] or 'of its keyring package'}"
        for place in own(request)
        if not _has_key()
    ]
    said += [f"remove /{path}" for path in superfluous(request)]
    return said + [f"install {name}" for name in missing(request)]


# --- where they come from -----------------------------------------------------------------------------------------------


def places(request: Request, kind: str) -> list:
    """The repositories of a kind (apt, archive) that the toolkits come from."""
    found = {toolkit.version: toolkit.repository for toolkit in wanted(request)}
    return list({place.get("url"): place for place in found.values() if place.get("format") == kind}.values())


def own(request: Request) -> list:
    """NVIDIA's repository where this role has to set it up. Others may have: the role nvidia_driver, whatever its mirror, or somebody by hand."""
    if request["to_come"]:
        return []
    found = repository.entries()
    return [place for place in places(request, "apt") if not any(_has(place, entry) for entry in found)]


def _has(place: dict, entry: tuple) -> bool:
    path, uris, suites, _components = entry
    same = place["url"].rstrip("/") in [uri.rstrip("/") for uri in uris]
    drivers = path == system.at(repository.DRIVER_SOURCE) and suites == ["/"]
    return path != system.at(repository.SOURCE) and (same or drivers)


def files(request: Request) -> dict:
    """Path and text of what tells apt where the packages are and which of them stay out."""
    texts: list = []
    mine = own(request)
    for place in [*mine, *places(request, "archive")]:
        texts += repository.wanted(place, request["architecture"]).values()
    found = {repository.SOURCE: "\n".join(texts)} if texts else {}
    for place in mine:
        host = urlsplit(place["url"]).hostname
        found[PINS] = pin_text(place)
        if request["ca_file"]:
            found[TRUST] = (
                f'// Written by the role aienv.cloud.cuda.\nAcquire::https::{host}::CAInfo "{request["ca_file"]}";\n'
            )
    return found


def superfluous(request: Request) -> list:
    """What this role has written and nothing is wanted of any more, as long as some toolkit comes by apt."""
    kept = {*files(request), *([repository.KEY] if own(request) else [])}
    by_apt = places(request, "apt") or places(request, "archive")
    return [path for path in OURS if path not in kept and system.at(path).exists()] if by_apt else []


def pin_text(place: dict) -> str:
    """apt prefers the newest driver of all archives. By its host a repository is known in any case, by its label where the host has others, too."""
    host = urlsplit(place["url"]).hostname
    others = {
        urlsplit(uri).hostname
        for path, uris, _suites, _components in repository.entries()
        if path != system.at(repository.SOURCE)
        for uri in uris
    }
    whence = "release l=NVIDIA CUDA" if host in others else f'origin "{host}"'
    return (
        "# Written by the role aienv.cloud.cuda. NVIDIA's repository is here for its toolkits; the driver comes from elsewhere, and those of\n"
        "# that repository would replace it. The role nvidia_driver removes this file where it takes the driver from there.\n"
        f"Package: {NO_DRIVERS}\nPin: {whence}\nPin-Priority: 500\n\nPackage: {DRIVERS}\nPin: {whence}\nPin-Priority: -1\n"
    )


def _has_key() -> bool:
    return system.at(repository.KEY).exists()


def _tell_apt(request: Request) -> list:
    """Set the places up. A key that is refused changes nothing; an entry that cannot be read is taken back."""
    changes = {path: text for path, text in files(request).items() if system.read(path) != text}
    changes.update(dict.fromkeys(superfluous(request), ""))
    mine = own(request)
    if mine and (repository.SOURCE in changes or not _has_key()):
        apt.provide("Installing what reads keys", ["gpg", "ca-certificates"])
        if request["ca_file"]:
            os.environ["SSL_CERT_FILE"] = request["ca_file"]
        changes = {repository.KEY: repository.key_of(mine[0]), **changes}
    before = {path: system.read(path) for path in changes}
    for path, text in changes.items():
        system.put_back(path, text)
    try:
        apt.update()
    except Refused as refusal:
        for path, text in before.items():
            system.put_back(path, text)
        raise Refused(f"{refusal}; apt's entries are as before, and nothing was installed") from None
    return [f"{'wrote' if text else 'removed'} /{path}" for path, text in changes.items()]


# --- in and out ---------------------------------------------------------------------------------------------------------


def install(request: Request) -> list:
    """What is missing, in one transaction, after its places. Returns what was done."""
    with system.alone(PATIENCE):
        done = apt.wait_for_lock(PATIENCE, "") + apt.mend()
        done += _tell_apt(request)
        names = missing(request)
        if names:
            note(names)
            apt.get("Installing the packages", "--no-install-recommends", "install", *names)
            done.append(f"installed {', '.join(names)}")
    return done


def remove() -> list:
    """The packages that were installed for this role alone, with what only they needed."""
    names = [name for name in installed() if name in apt.packages()]
    if not names:
        return []
    with system.alone(PATIENCE):
        done = apt.wait_for_lock(PATIENCE, "") + apt.mend()
        apt.get("Removing the packages", "--purge", "--auto-remove", "remove", *names)
    return [*done, f"uninstalled {', '.join(names)}"]


def installed() -> list:
    """The packages that were installed for this role alone."""
    text = content(RECORD)
    return json.loads(text)["packages"] if text else []


def note(names: list) -> None:
    """Keep the names of packages that are about to be installed, so that they can go again."""
    write(RECORD, json.dumps({"packages": sorted({*installed(), *names})}) + "\n")
