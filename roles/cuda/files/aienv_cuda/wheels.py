"""A toolkit made of NVIDIA's wheels, laid out as NVIDIA's packages lay it out below /usr/local/cuda-X.Y."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from aienv_cuda.host import Refused, Request, content, must, remove, size_of, write
from aienv_cuda.toolkits import DIRECTORY, Toolkit

MANIFEST = "aienv-toolkit.json"


def reason(toolkit: Toolkit) -> str:
    """Why it has to be installed (again), or ''. Raises Refused where somebody else's files are at its place."""
    text = content(toolkit.home / MANIFEST)
    if not text:
        if toolkit.home.exists() and any(toolkit.home.iterdir()):
            raise Refused(f"{toolkit.home} holds files that this role has not put there; move them away")
        return "it is not there"
    manifest = json.loads(text)
    if manifest["requirements"] != toolkit.requirements:
        return f"it was made of {' '.join(manifest['requirements'])}"
    damaged = [name for name, size in manifest["files"].items() if size_of(toolkit.home / name) != size]
    return f"{len(damaged)} of its files are missing or changed, {damaged[0]} is one" if damaged else ""


def install(toolkit: Toolkit, request: Request) -> None:
    """Beside its place, then renamed: what is there stays until the new one is whole."""
    half = DIRECTORY / f".{toolkit.version}.half"
    half.mkdir(parents=True)
    try:
        _download(toolkit, request, half / "site")
        assemble(half / "site", half / "home", toolkit.requirements)
        old = DIRECTORY / f".{toolkit.version}.old"
        if toolkit.home.exists():
            toolkit.home.rename(old)
        (half / "home").rename(toolkit.home)
        remove(old)
    finally:
        remove(half)


def leftovers() -> list:
    """What an interrupted run has left."""
    return sorted(path for name in (".*.half", ".*.old", ".proof.*") for path in DIRECTORY.glob(name))


def _download(toolkit: Toolkit, request: Request, site: Path) -> None:
    """The wheels, unpacked by the distribution's own pip, which runs from its wheel: nothing has to be installed for it."""
    pip = next(iter(sorted(Path(request["pip_wheels"]).glob("pip-*.whl"))), None)
    program = [f"{pip}/pip"] if pip else ["-m", "pip"]
    options = ["--no-index"] if request["offline"] else []
    options += ["--index-url", request["index_url"]] if request["index_url"] else []
    options += [word for place in request["find_links"] for word in ("--find-links", place)]
    options += ["--cert", request["ca_file"]] if request["ca_file"] else []
    places = [*([] if request["offline"] else [request["index_url"] or "the package index"]), *request["find_links"]]
    must(
        f"Getting {' '.join(toolkit.requirements)} from {' and '.join(places)}",
        [sys.executable, *program, "--disable-pip-version-check", "install", "--quiet", "--no-input", "--no-cache-dir", "--no-compile",
         "--retries", "2", "--root-user-action", "ignore", "--only-binary", ":all:", "--target", site, *options, *toolkit.requirements],
        TMPDIR=str(site.parent),
    )  # fmt: skip


def assemble(site: Path, home: Path, requirements: list) -> None:
    """Unpacked wheels, site/nvidia/<part>/{bin,lib,include}, as one toolkit. Raises Refused where they hold no compiler."""
    home.mkdir()
    for part in sorted((site / "nvidia").iterdir()):
        if part.is_dir():
            _merge(part, home)
    notes = home / "dist-info"  # with the licences
    notes.mkdir()
    for info in site.glob("*.dist-info"):
        info.rename(notes / info.name)
    if not (home / "bin/nvcc").exists():
        raise Refused(f"{' '.join(requirements)} holds no bin/nvcc")
    for library in sorted((home / "lib").glob("lib*.so.*")):
        plain = library.with_name(library.name.split(".so.")[0] + ".so")
        if not plain.exists():
            plain.symlink_to(library.name)
    (home / "lib64").symlink_to("lib")
    files = {str(path.relative_to(home)): path.stat().st_size for path in home.rglob("*") if path.is_file()}
    write(home / MANIFEST, json.dumps({"requirements": requirements, "files": files}) + "\n")


def _merge(source: Path, target: Path) -> None:
    """Move everything below source to the same place below target."""
    for entry in sorted(source.iterdir()):
        there = target / entry.name
        if entry.is_dir() and there.is_dir():
            _merge(entry, there)
        elif entry.name not in ("__init__.py", "__pycache__"):
            entry.rename(there)
