"""A build on trial: the module compiled for a kernel in a tree of its own, before anything on the host depends on it.

DKMS does it, with its trees elsewhere, so it is the very build that an installation would run. What came out is kept by content, so that
the same source for the same kernel is compiled once: the installation takes it over, and so does whoever goes back to it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
from pathlib import Path

from aienv_nvidia import kernels, system
from aienv_nvidia.system import run

#: Kept results; each is 30 to 60 MB.
KEPT = 6
FIRST_ERROR = re.compile(
    r"(?m)^.*\b(?:fatal )?error: .*$|^.*Unknown symbol.*$|^ERROR: modpost: .*$|^.*No space left on device.*$"
)
OF_THE_SOURCE = re.compile(r"\.[ch]:\d+:\d+: error: ")
CONFIGURATION = re.compile(r'(?m)^PACKAGE_(NAME|VERSION)\s*=\s*"?([^"\n]+?)"?\s*$')


class Source:
    """A module's source as DKMS has it: a directory <name>-<version> with dkms.conf in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        words = dict(CONFIGURATION.findall((directory / "dkms.conf").read_text(errors="replace")))
        self.name = words.get("NAME", "nvidia")
        # NVIDIA's runfile leaves a placeholder, which its installer fills in.
        self.version = words.get("VERSION", "").replace("__VERSION_STRING", "") or directory.name.rsplit("-", 1)[-1]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def digest(self) -> str:
        found = hashlib.sha256()
        for path in sorted(self.directory.rglob("*")):
            if path.is_file():
                found.update(f"{path.relative_to(self.directory)}\0".encode() + path.read_bytes())
        return found.hexdigest()


def sources(tree: Path) -> list:
    """NVIDIA's modules below a /usr/src, the newest first."""
    found = [Source(path.parent) for path in tree.glob("*nvidia*/dkms.conf")]
    return sorted(found, key=lambda source: system.numbers(source.version), reverse=True)


def attempt(source: Source, release: str, signing: str = "") -> dict:
    """Build for one kernel: {release, ok, reason, archive}. `signing` names the key, where a signature matters."""
    if not kernels.has_headers(release):
        return failed(release, f"the headers of this kernel are missing (linux-headers-{release})")
    key = hashlib.sha256(f"{source.digest()}\0{release}\0{compiler(release)}\0{signing}".encode()).hexdigest()[:32]
    name = f"{system.CACHE}/builds/{source.name}-{source.version}-{release}-{key}"
    archive = system.at(f"{name}.tar")
    known = system.read(f"{name}.failed")
    if OF_THE_SOURCE.search(known):
        return failed(release, known)
    if not is_whole(archive):
        reason = build(source, release, archive)
        if reason:
            # A complaint about the source comes again; one about the disk need not.
            if OF_THE_SOURCE.search(reason):
                system.write(f"{name}.failed", reason)
            return failed(release, reason)
    archive.touch()
    return {"release": release, "ok": True, "reason": "", "archive": str(archive)}


def is_whole(archive: Path) -> bool:
    """Whether a kept result is what was kept. One that a full disk or a crash has damaged is built anew, not installed."""
    noted = archive.with_suffix(".sha256")
    return archive.exists() and noted.exists() and noted.read_text(errors="replace") == system.digest(archive)


def failed(release: str, reason: str) -> dict:
    return {"release": release, "ok": False, "reason": reason, "archive": ""}


def compiler(release: str) -> str:
    """What besides the source decides how a module comes out: compiler and the symbols of the kernel."""
    symbols = system.at(f"lib/modules/{release}/build/Module.symvers")
    exported = hashlib.sha256(symbols.read_bytes()).hexdigest() if symbols.exists() else ""
    return run("gcc", "-dumpfullversion").stdout.strip() + exported


def build(source: Source, release: str, archive: Path) -> str:
    """Run DKMS; the reason why it failed, or nothing, with the result in the archive."""
    tree = system.at(f"{system.STATE}/trial")
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "source").mkdir(parents=True)
    try:
        shutil.copytree(source.directory, tree / "source" / f"{source.name}-{source.version}", symlinks=True)
        trees = ("--dkmstree", tree, "--sourcetree", tree / "source", "-m", source.name, "-v", source.version)
        run("dkms", "add", *trees)
        done = run("dkms", "build", *trees, "-k", release)
        result = tree / source.name / source.version / release
        if done.returncode or not result.is_dir():
            return reason_of(done, tree / source.name / source.version / "build" / "make.log")
        archive.parent.mkdir(parents=True, exist_ok=True)
        half = archive.with_suffix(".half")
        with tarfile.open(half, "w") as packed:
            packed.add(result, arcname=release)
        archive.with_suffix(".sha256").write_text(system.digest(half))
        half.replace(archive)
        prune(archive.parent)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    return ""


def reason_of(done: object, log: Path) -> str:
    """The compiler's first complaint, where DKMS only says that there was one."""
    if done.returncode == 77:
        return "the driver's own configuration excludes this kernel (BUILD_EXCLUSIVE in its dkms.conf)"
    said = log.read_text(errors="replace") if log.exists() else ""
    found = FIRST_ERROR.search(said)
    if found:
        return re.sub(r"^/\S+/(?=[^/\s]+/[^/\s]+:\d)", "", found.group().strip())
    return system.complaint(done)


def prune(directory: Path) -> None:
    kept = sorted(
        [*directory.glob("*.tar"), *directory.glob("*.failed")], key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in [*kept[KEPT:], *directory.glob("*.half")]:
        path.unlink()
        path.with_suffix(".sha256").unlink(missing_ok=True)


def take_over(source: Source, result: dict) -> None:
    """Give a result to the host's DKMS and install it, as if it had been built there."""
    release = result["release"]
    place = system.at(f"var/lib/dkms/{source.name}/{source.version}")
    if not (place / "source").exists():
        system.must("Registering the module with DKMS", "dkms", "add", "-m", source.name, "-v", source.version)
    if not (place / release).is_dir():
        with tarfile.open(result["archive"]) as packed:
            packed.extractall(place)  # noqa: S202 - our own archive, below a directory of root's
    what = f"Installing the module for kernel {release}"
    system.must(what, "dkms", "install", "--force", "-m", source.name, "-v", source.version, "-k", release)
