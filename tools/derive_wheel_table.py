"""Derive plugins/module_utils/model/stack/wheel_table.py from the package index, and report what differs.

    .venv/bin/python tools/derive_wheel_table.py            # report; exit status 1 if something differs
    .venv/bin/python tools/derive_wheel_table.py --write    # and write the table anew

Only metadata are read: the index's file lists (PEP 691), for which Pythons and architectures a release has wheels, and of each
release the METADATA inside one wheel, by HTTP range requests: what it requires of CUDA's runtime. Where that is a range, the same
requirement installs another CUDA next month. About a minute.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import functools
import http.client
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "plugins/module_utils/model/stack/wheel_table.py"
INDEX = "pypi.org"
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
WHEEL = re.compile(
    r"^\w+-(?P<version>[\d.]+)(-\d+)?-cp3(?P<python>\d+)-cp3\d+-manylinux\w*?(?P<machine>x86_64|aarch64)(\.\w+)*\.whl$"
)
# What says which CUDA a wheel brings: from 13.0 on the toolkit as a whole or the runtime without a suffix, before that with one.
RUNTIMES = ("cuda-toolkit", "nvidia-cuda-runtime", "nvidia-cuda-runtime-cu12", "nvidia-cuda-runtime-cu11")


@dataclass(frozen=True)
class Line:
    """One kind of wheel: the project whose files say for what it is published, and the extra that brings CUDA."""

    framework: str
    build: str
    project: str
    extra: str
    first: tuple[int, ...]
    architectures: tuple[str, ...] = ("x86_64", "arm64")


LINES = (
    Line("torch", "pypi", "torch", "", (2, 1)),
    # TensorFlow's wheel for arm64 has no GPU support, though its extra and-cuda resolves there.
    Line("tensorflow", "and-cuda", "tensorflow", "and-cuda", (2, 15), ("x86_64",)),
    Line("tensorflow", "cpu", "tensorflow-cpu", "", (2, 15), ("x86_64",)),
    Line("tensorflow", "cpu", "tensorflow", "", (2, 15), ("arm64",)),
    Line("jax", "cuda13", "jax-cuda13-plugin", "with-cuda", (0, 7)),
    Line("jax", "cuda12", "jax-cuda12-plugin", "with-cuda", (0, 7)),
    Line("jax", "cpu", "jaxlib", "", (0, 7)),
)
HEADER = '''# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frameworks' wheels on PyPI. Written by tools/derive_wheel_table.py from the index on {date}; do not edit by hand.

A line is: framework version build architecture CUDA Pythons. CUDA is the runtime that the wheel brings; two numbers are the
lowest and the newest that its requirements allow, so it drifts; - is none.
"""

from __future__ import annotations

TABLE = """
'''


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def releases(index: dict) -> dict[str, dict[str, list[int]]]:
    """Of the index's answer for one project: {version: {architecture: Pythons (minor numbers of 3.x)}}, finals only."""
    found: dict[str, dict[str, set[int]]] = {}
    for file in index["files"]:
        wheel = WHEEL.match(file["filename"])
        if wheel and not file.get("yanked"):
            architecture = "arm64" if wheel["machine"] == "aarch64" else "x86_64"
            pythons = found.setdefault(wheel["version"], {}).setdefault(architecture, set())
            pythons.add(int(wheel["python"]))
    return {version: {a: sorted(p) for a, p in by.items()} for version, by in found.items()}


def runtime_in(metadata: str, extra: str, architecture: str) -> Requirement | None:
    """What a wheel's METADATA require of CUDA's runtime on Linux, None for nothing."""
    machine = {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": MACHINES[architecture]}
    for line in metadata.splitlines():
        if line.startswith("Requires-Dist: "):
            required = Requirement(line.removeprefix("Requires-Dist: "))
            applies = required.marker is None or required.marker.evaluate({**machine, "extra": extra})
            if required.name in RUNTIMES and applies:
                return required
    return None


def cuda_range(required: Requirement | None, there: Iterable[str]) -> str:
    """Of the versions there, as major.minor: `13.2` where one is allowed, `12.5-12.9` where there are more, `-` for no requirement."""
    if required is None:
        return "-"
    allowed = sorted(required.specifier.filter(there), key=number)
    low, new = (".".join(version.split(".")[:2]) for version in (allowed[0], allowed[-1]))
    return new if low == new else f"{low}-{new}"


@functools.cache
def fetch(project: str) -> dict:
    """The index's answer for a project."""
    status, body = get(f"https://{INDEX}/simple/{project}/", {"Accept": "application/vnd.pypi.simple.v1+json"})
    if status != http.HTTPStatus.OK:
        raise ConnectionError(f"{INDEX} answered {status} for {project}")
    return json.loads(body)


def get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPSConnection(address.netloc, timeout=120)
    connection.request("GET", address.path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


class Remote(io.RawIOBase):
    """A file on a server as zipfile reads it: piece by piece, in blocks, since a central directory is read in small steps."""

    BLOCK = 1 << 18

    def __init__(self, url: str, size: int) -> None:
        self.url, self.size, self.place = url, size, 0
        self.block = functools.cache(self._block)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.place = offset + (0, self.place, self.size)[whence]
        return self.place

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.place + size, self.size)
        first, last = self.place // self.BLOCK, max(end - 1, self.place) // self.BLOCK
        data = b"".join(self.block(number) for number in range(first, last + 1))
        found = data[self.place - first * self.BLOCK : end - first * self.BLOCK]
        self.place += len(found)
        return found

    def _block(self, number: int) -> bytes:
        start = number * self.BLOCK
        status, body = get(self.url, {"Range": f"bytes={start}-{min(start + self.BLOCK, self.size) - 1}"})
        if status != http.HTTPStatus.PARTIAL_CONTENT:
            raise ConnectionError(f"{self.url} answered {status} to a range request")
        return body


@functools.cache
def metadata_of(project: str, version: str, architecture: str) -> str:
    """The METADATA inside a wheel of the release for that architecture."""
    for file in fetch(project)["files"]:
        wheel = WHEEL.match(file["filename"])
        if wheel and wheel["version"] == version and wheel["machine"] == MACHINES[architecture]:
            with zipfile.ZipFile(Remote(file["url"], file["size"])) as archive:
                name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
                return archive.read(name).decode()
    raise LookupError(f"{project} {version} has no wheel for {architecture}")


def row(line: Line, version: str, architecture: str, pythons: list[int]) -> str:
    cuda = "-"
    if line.build != "cpu":
        required = runtime_in(metadata_of(line.project, version, architecture), line.extra, architecture)
        cuda = cuda_range(required, finals(fetch(required.name)["versions"]) if required else ())
    return f"{line.framework} {version} {line.build} {architecture} {cuda} 3.{pythons[0]}-3.{pythons[-1]}"


def finals(versions: Iterable[str]) -> list[str]:
    return [version for version in versions if re.fullmatch(r"[\d.]+", version)]


def wanted() -> Iterator[tuple[Line, str, str, list[int]]]:
    for line in LINES:
        found = releases(fetch(line.project))
        for version in sorted(found, key=number, reverse=True):
            for architecture in line.architectures:
                if number(version) >= line.first and architecture in found[version]:
                    yield line, version, architecture, found[version][architecture]


def derive() -> list[str]:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda asked: row(*asked), wanted()))


def table_of(source: str) -> list[str]:
    """The lines of a committed table."""
    return source.split('TABLE = """\n', 1)[1].split('"""')[0].splitlines()


def differences(committed: Iterable[str], derived: Iterable[str]) -> list[str]:
    """What the index says and the table does not, `+`, and the other way round, `-`."""
    old, new = list(committed), list(derived)
    return [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the table anew")
    write = parser.parse_args().write
    derived = derive()
    found = differences(table_of(TARGET.read_text()) if TARGET.exists() else [], derived)
    print("\n".join(found) or f"{TARGET.relative_to(ROOT)}: {len(derived)} wheels, as the index says")
    if write:
        date = datetime.datetime.now(tz=datetime.UTC).date()
        TARGET.write_text(HEADER.format(date=date) + "\n".join(derived) + '\n"""\n')
        print(f"{TARGET.relative_to(ROOT)}: written, {len(derived)} wheels")
    return 1 if found and not write else 0


if __name__ == "__main__":
    sys.exit(main())
