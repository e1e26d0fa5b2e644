"""Derive plugins/module_utils/model/stack_wheel_table.py from the package index, and report what differs.

    .venv/bin/python tools/derive_wheel_table.py            # report; exit status 1 if something differs
    .venv/bin/python tools/derive_wheel_table.py --write    # and write the table anew

Two sources, both metadata: the index's file list (PEP 691) says for which Pythons and architectures a release has
wheels, and `uv pip compile` says which CUDA runtime a release brings, once with the newest versions that its
requirements allow and once with the lowest. Where the two differ, the same requirement installs something else next month.
Nothing is downloaded but metadata. About 200 resolutions, 5 minutes with an empty cache.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import http.client
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "plugins/module_utils/model/stack_wheel_table.py"
INDEX = "pypi.org"
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
WHEEL = re.compile(
    r"^\w+-(?P<version>[\d.]+)(-\d+)?-cp3(?P<python>\d+)-cp3\d+-manylinux\w*?(?P<machine>x86_64|aarch64)"
)
RUNTIME = re.compile(r"^nvidia-cuda-runtime(?:-cu\d+)?==(\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """One kind of wheel: the project whose files say for what it is published, and how it is asked for."""

    framework: str
    build: str
    project: str
    requirement: str
    first: tuple[int, ...]
    architectures: tuple[str, ...] = ("x86_64", "arm64")


LINES = (
    Line("torch", "pypi", "torch", "torch=={}", (2, 1)),
    # TensorFlow's wheel for arm64 has no GPU support, though its extra and-cuda resolves there.
    Line("tensorflow", "and-cuda", "tensorflow", "tensorflow[and-cuda]=={}", (2, 15), ("x86_64",)),
    Line("tensorflow", "cpu", "tensorflow-cpu", "tensorflow-cpu=={}", (2, 15), ("x86_64",)),
    Line("tensorflow", "cpu", "tensorflow", "tensorflow=={}", (2, 15), ("arm64",)),
    Line("jax", "cuda13", "jax-cuda13-plugin", "jax[cuda13]=={}", (0, 7)),
    Line("jax", "cuda12", "jax-cuda12-plugin", "jax[cuda12]=={}", (0, 7)),
    Line("jax", "cpu", "jaxlib", "jax=={}", (0, 7)),
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


def cuda_in(compiled: str) -> str:
    """The CUDA runtime among resolved requirements, as major.minor; empty for none."""
    runtime = RUNTIME.search(compiled)
    return runtime[1] if runtime else ""


def cuda_range(lowest: str, newest: str) -> str:
    """`13.2` where the metadata pin it, `12.5-12.9` where they do not, `-` for none."""
    low, new = cuda_in(lowest), cuda_in(newest)
    return (new or "-") if low == new else f"{low}-{new}"


def fetch(project: str) -> dict:
    connection = http.client.HTTPSConnection(INDEX, timeout=60)
    connection.request("GET", f"/simple/{project}/", headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    answer = connection.getresponse()
    if answer.status != http.HTTPStatus.OK:
        raise ConnectionError(f"{INDEX} answered {answer.status} for {project}")
    return json.load(answer)


def resolve(requirement: str, architecture: str, python: int, resolution: str) -> str:
    """What uv would install there, one requirement a line. Raises CalledProcessError with uv's explanation."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    done = subprocess.run(
        [
            *(uv, "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--only-binary", ":all:"),
            *("--resolution", resolution, "--python-version", f"3.{python}"),
            *("--python-platform", PLATFORMS[architecture]),
        ],
        input=requirement,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def row(line: Line, version: str, architecture: str, pythons: list[int]) -> str:
    python = min(max(pythons), 12) if min(pythons) <= 12 else min(pythons)
    requirement = line.requirement.format(version)
    cuda = "-"
    if line.build != "cpu":
        lowest, newest = (resolve(requirement, architecture, python, how) for how in ("lowest", "highest"))
        cuda = cuda_range(lowest, newest)
    return f"{line.framework} {version} {line.build} {architecture} {cuda} 3.{pythons[0]}-3.{pythons[-1]}"


def wanted() -> Iterator[tuple[Line, str, str, list[int]]]:
    for line in LINES:
        found = releases(fetch(line.project))
        for version in sorted(found, key=number, reverse=True):
            for architecture in line.architectures:
                if number(version) >= line.first and architecture in found[version]:
                    yield line, version, architecture, found[version][architecture]


def derive() -> list[str]:
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        asked = list(wanted())
        found = []
        for one in pool.map(lambda question: row(*question), asked):
            found.append(one)
            print(f"{len(found)}/{len(asked)} {one}", file=sys.stderr)
        return found


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
