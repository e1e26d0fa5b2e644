"""What the role framework takes to lock and install PyTorch, TensorFlow and JAX for the CPU, beside plain `pip install` of the same.

Both begin with nothing (an empty cache, no environment) and take turns in one run. The role's part is its own program as it runs on
a host; pip gets the very versions of the role's locks, so it has nothing to resolve, which is in its favour. Then what the bytecode
costs that the role does not compile: the first import of each framework against the second, and uv with --compile-bytecode.
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "roles/python/files/state.py"
UV = Path(sys.executable).with_name("uv")
WHEELS = ROOT / "build/framework/wheels"
TORCH = "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl"
FRAMEWORKS = {"tensorflow": "tensorflow-cpu==2.21.0", "jax": "jax==0.10.2", "torch": "torch==2.13.0+cpu"}
AT_MOST = 0.2


def run(*command: object, **environment: str) -> float:
    """The seconds that a program takes."""
    begin = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return time.monotonic() - begin


class Role:
    """The role's program, with a home and a cache of its own."""

    def __init__(self, home: Path, wanted: dict[str, str], links: list[str]) -> None:
        self.home, self.wanted, self.links = home, wanted, links
        self.locks = dict.fromkeys(wanted, "")
        version = subprocess.run([UV, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        place = home / "uv" / version
        place.mkdir(parents=True)
        (place / "uv").symlink_to(UV)
        self.request = {
            "version": "", "environment": {"UV_CACHE_DIR": str(home / "cache"), **certificates()}, "uv_version": version, "uv_sha256": [],
            "uv_directory": str(home / "uv"), "uv_link": str(home / "link"), "pip_wheels": str(home), "files": {},
            "managed_directory": str(home / "pythons"), "find_links": links, "no_index": False, "update_locks": False,
        }  # fmt: skip

    def venv(self, name: str) -> Path:
        return self.home / "venvs" / name

    def ask(self, mode: str) -> dict:
        venvs = [
            {"path": str(self.venv(name)), "owner": getpass.getuser(), "packages": [wanted], "lock": name, "lock_text": self.locks[name]}
            for name, wanted in self.wanted.items()
        ]  # fmt: skip
        text = json.dumps({**self.request, "mode": mode, "venvs": venvs})
        program = PROGRAM.read_text().replace('"/usr/bin/python3"', repr(sys._base_executable))
        program = program.replace("/var/lib/aienv/python", str(self.home / "marks"))
        done = subprocess.run(
            [sys._base_executable, "-"], input=f"{program}\nmain({text!r})", capture_output=True, text=True, check=True
        )
        answer = json.loads(done.stdout)
        assert answer["error"] == ""
        return answer

    def install(self) -> float:
        begin = time.monotonic()
        if not all(self.locks.values()):
            self.locks.update(self.ask("lock")["locks"])
        self.ask("configure")
        return time.monotonic() - begin


def certificates() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SSL_CERT_FILE", "UV_DEFAULT_INDEX") if name in os.environ}


def plain_pip(home: Path, locks: dict[str, str], links: list[str]) -> float:
    begin = time.monotonic()
    for name, text in locks.items():
        run(sys._base_executable, "-m", "venv", home / name)
        (home / f"{name}.txt").write_text(text)
        places = [word for place in links for word in ("--find-links", place)]
        run(home / name / "bin/pip", "install", "--quiet", "--no-cache-dir", *places, "-r", home / f"{name}.txt")
    return time.monotonic() - begin


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the wheel of PyTorch is for Python 3.11")
def test_framework_is_five_times_quicker_than_pip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted, links = dict(FRAMEWORKS), [str(WHEELS)]
    if not (WHEELS / TORCH).exists():  # `scripts/run.sh molecule prepare -s framework` downloads it
        del wanted["torch"]
        links = []
    role = Role(tmp_path / "role", wanted, links)
    cold = role.install()
    (tmp_path / "pip").mkdir()
    pip = plain_pip(tmp_path / "pip", role.locks, links)

    imports = {}
    for name in wanted:
        python = role.venv(name) / "bin/python"
        imports[name] = [run(python, "-c", f"import {name}") for _ in range(3)]
    compiled = {}
    for name in wanted:
        compiled[name] = run(UV, "pip", "install", "--quiet", "--python", role.venv(name) / "bin/python", "--reinstall", "--compile-bytecode",
                             *[w for place in links for w in ("--find-links", place)], "-r", locked(tmp_path, name, role), UV_CACHE_DIR=str(tmp_path / "role/cache"))  # fmt: skip
    shutil.rmtree(tmp_path / "role/venvs")
    warm = role.install()

    with capsys.disabled():
        sys.stdout.write(
            f"\n{', '.join(wanted)}: pip {pip:.1f} s, framework cold {cold:.1f} s ({cold / pip:.2f}), warm {warm:.1f} s ({warm / pip:.2f})\n"
        )
        for name, times in imports.items():
            sys.stdout.write(
                f"  {name}: first import {times[0]:.1f} s, later {min(times[1:]):.1f} s; compiling all of it while installing {compiled[name]:.1f} s\n"
            )
    assert cold <= AT_MOST * pip


def locked(tmp_path: Path, name: str, role: Role) -> Path:
    path = tmp_path / f"{name}.lock"
    path.write_text(role.locks[name])
    return path
