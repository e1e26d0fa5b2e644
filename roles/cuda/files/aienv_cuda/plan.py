"""What keeps the host from being as declared, and the steps that mend it."""

from __future__ import annotations

import shutil
from pathlib import Path

from aienv_cuda import packages, wheels
from aienv_cuda.host import Request, content, existing, must, point, read_link, remove, write
from aienv_cuda.toolkits import DEFAULT, DIRECTORY, RECORD, wanted
from aienv_nvidia import system

PROFILE = Path("/etc/profile.d/aienv-cuda.sh")
LINKER = Path("/etc/ld.so.conf.d/aienv-cuda.conf")
AUTHORITIES = Path("/etc/aienv-cuda-ca.pem")

PROFILE_TEXT = """\
# Written by Ansible (aienv.cloud.cuda): the default CUDA toolkit, for login shells.
export CUDA_HOME={home}
case ":$PATH:" in
    *:{bin}:*) ;;
    *) PATH={bin}:$PATH ;;
esac
"""


def steps(request: Request) -> list:
    """What is to do, in words, in the order in which it is done."""
    if request["state"] == "absent":
        return [*packages.steps(request), *(f"remove {path}" for path in _ours())]
    said = packages.steps(request)
    said += [f"remove {path}, which an interrupted run has left" for path in wheels.leftovers()]
    for toolkit in wanted(request):
        if toolkit.source == "pypi" and (why := wheels.reason(toolkit)):
            said.append(f"install CUDA {toolkit.version} into {toolkit.home}: {why}")
    said += [f"point {DEFAULT} to {target}" for target in _targets(request) if read_link(DEFAULT) != target]
    return said + [f"write {path}" for path, text in files(request).items() if content(path) != text]


def files(request: Request) -> dict:
    """Path and text of what makes the default known to shells and to the linker. Debian's own is where both look anyway."""
    toolkits = wanted(request)
    if not toolkits:
        return {}
    home = DEFAULT if toolkits[0].source != "distribution" else toolkits[0].home
    program = DEFAULT / "bin" if toolkits[0].source != "distribution" else "/usr/bin"
    linker = f"{DEFAULT}/lib64\n" if toolkits[0].source != "distribution" else ""
    return {PROFILE: PROFILE_TEXT.format(home=home, bin=program), **({LINKER: linker} if linker else {})}


def _targets(request: Request) -> list:
    return [str(toolkit.home) for toolkit in wanted(request)[:1]]


def space(request: Request) -> str:
    """The sentence why the disk is too small, or ''."""
    need: dict = {}
    lacking = set(packages.missing(request))
    for toolkit in wanted(request):
        if wheels.reason(toolkit) if toolkit.source == "pypi" else lacking & set(toolkit.packages):
            place = existing(toolkit.place)
            need.setdefault(place.stat().st_dev, [place, 0])[1] += toolkit.megabytes
    for place, megabytes in need.values():
        free = shutil.disk_usage(place).free >> 20
        if free < megabytes:
            return f"{megabytes} MB are needed on the file system of {place}, and {free} MB are free there"
    return ""


def apply(request: Request) -> list:
    """Bring the host to what is declared; the packages are there already. Returns what was done."""
    done = []
    for path in wheels.leftovers():
        remove(path)
        done.append(f"removed {path}")
    for toolkit in wanted(request):
        if toolkit.source == "pypi" and wheels.reason(toolkit):
            wheels.install(toolkit, request)
            done.append(f"installed CUDA {toolkit.version} into {toolkit.home}")
    for target in _targets(request):
        if read_link(DEFAULT) != target:
            point(DEFAULT, target)
            done.append(f"pointed {DEFAULT} to {target}")
    for path, text in files(request).items():
        if content(path) != text:
            write(path, text)
            done.append(f"wrote {path}")
    must("Telling the linker of the libraries", ["ldconfig"])
    return done


# --- what this role has brought to the host -----------------------------------------------------------------------------


def _ours() -> list:
    """Everything that is there of this role. What else lies below its directory goes only if the role made it."""
    toolkits = [path.parent for path in sorted(DIRECTORY.glob(f"*/{wheels.MANIFEST}"))]
    places = [
        *toolkits,
        *wheels.leftovers(),
        DEFAULT,
        PROFILE,
        LINKER,
        *map(system.at, packages.OURS),
        AUTHORITIES,
        RECORD,
    ]
    return [path for path in places if path.exists() or path.is_symlink()]


def take_away() -> list:
    """Everything of this role, its packages first: what is left of an interrupted run is known by the record."""
    done = packages.remove()
    ours = _ours()
    for path in ours:
        remove(path)
    if DIRECTORY.is_dir() and not any(DIRECTORY.iterdir()):
        DIRECTORY.rmdir()
    must("Telling the linker", ["ldconfig"])
    return [*done, *(f"removed {path}" for path in ours)]
