"""The program of the role `python`: locks that hold, what an interrupted run leaves, disks, mirrors. With the real uv and no network."""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import platform
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from tests.programs import module_of

PROGRAM = Path(__file__).resolve().parents[3] / "roles/python/files/state.py"
UV = Path(sys.executable).with_name("uv")


@pytest.fixture
def program(monkeypatch, tmp_path):
    module = module_of(PROGRAM)
    monkeypatch.setattr(module, "DISTRIBUTION", sys._base_executable)
    monkeypatch.setattr(module, "UNFINISHED", tmp_path / "unfinished")
    monkeypatch.setattr(module.Host, "interpreter", lambda self, version: sys._base_executable)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "INHERITED", (*module.INHERITED, "UV_CACHE_DIR"))
    return module


def publish(index: Path, name: str, version: str, requires: str = "") -> Path:
    """A wheel with one module, as an index would have it."""
    index.mkdir(exist_ok=True)
    wheel = index / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = [f"{path},sha256={digest(text)},{len(text)}" for path, text in files.items()]
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": "\n".join([*lines, f"{info}/RECORD,,", ""])}.items():
            archive.writestr(path, text)
    return wheel


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
def ask(program, tmp_path, capsys):
    """One run of the program: its answer to a mode, with changes to an otherwise whole request."""
    home = tmp_path / "uv/1"
    home.mkdir(parents=True)
    (home / "uv").symlink_to(UV)
    version = (
        program.Host.run.__globals__["subprocess"]
        .run([UV, "--version"], capture_output=True, text=True)
        .stdout.split()[1]
    )
    home.rename(home.with_name(version))

    def run(mode: str, venv: dict, **changes: object) -> dict:
        request = {
            "mode": mode, "version": "", "environment": {}, "uv_version": version, "uv_directory": str(tmp_path / "uv"),
            "uv_link": str(tmp_path / "uv-link"), "uv_sha256": [], "pip_wheels": str(tmp_path), "managed_directory": str(tmp_path / "pythons"),
            "find_links": [str(tmp_path / "index")], "no_index": True, "update_locks": False, "files": {},
            "venvs": [{"path": str(tmp_path / "venv"), "owner": getpass.getuser(), **venv}], **changes,
        }  # fmt: skip
        program.main(json.dumps(request))
        return json.loads(capsys.readouterr().out)

    return run


def installed(tmp_path: Path) -> set[str]:
    return {
        path.name.removesuffix(".dist-info") for path in tmp_path.glob("venv/lib/python3*/site-packages/*.dist-info")
    }


def test_a_lock_holds_what_it_has_until_asked(ask, tmp_path):
    index = tmp_path / "index"
    publish(index, "needed", "1.0")
    publish(index, "wanted", "1.0", requires="needed")
    venv = {"packages": ["wanted"], "lock": "w.lock", "lock_text": ""}
    first = ask("lock", venv)
    venv["lock_text"] = first["locks"]["w.lock"]
    assert {"wanted==1.0", "needed==1.0"} <= {line.split()[0] for line in venv["lock_text"].splitlines() if line}
    assert ask("configure", venv)["actions"]
    assert installed(tmp_path) == {"wanted-1.0", "needed-1.0"}

    # A month later.
    publish(index, "needed", "2.0")
    publish(index, "wanted", "2.0", requires="needed")
    again = ask("observe", venv)
    assert (again["settled"], again["problems"]) == (True, [])
    assert ask("configure", venv)["actions"] == []
    # Another package asked for moves nothing either.
    publish(index, "more", "1.0")
    more = {**venv, "packages": ["wanted", "more"]}
    assert "for other packages" in ask("observe", more)["venvs"][0]["lock"]
    text = ask("lock", more)["locks"]["w.lock"]
    assert "needed==1.0" in text
    assert "more==1.0" in text
    # Asked.
    newer = ask("lock", venv, update_locks=True)
    assert newer["actions"] == ["locked w.lock"]
    assert "needed==2.0" in newer["locks"]["w.lock"]
    venv["lock_text"] = newer["locks"]["w.lock"]
    ask("configure", venv)
    assert installed(tmp_path) == {"wanted-2.0", "needed-2.0"}


def test_what_people_install_beside_a_lock_stays(ask, tmp_path):
    publish(tmp_path / "index", "wanted", "1.0")
    publish(tmp_path / "index", "theirs", "1.0")
    venv = {"packages": ["wanted"], "lock": "w.lock", "lock_text": ""}
    venv["lock_text"] = ask("lock", venv)["locks"]["w.lock"]
    ask("configure", venv)
    ask("configure", {"packages": ["theirs"]})
    assert ask("observe", venv)["settled"]
    assert installed(tmp_path) == {"wanted-1.0", "theirs-1.0"}


def test_a_wheel_that_is_not_the_locked_one_is_refused(ask, tmp_path):
    wheel = publish(tmp_path / "index", "wanted", "1.0")
    venv = {"packages": ["wanted"], "lock": "w.lock", "lock_text": ""}
    venv["lock_text"] = ask("lock", venv)["locks"]["w.lock"]
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("smuggled.py", "")
    # The next machine, which has the right one in no cache.
    shutil.rmtree(tmp_path / "cache")
    error = ask("configure", venv)["error"]
    assert "Hash mismatch" in error
    assert "wanted" in error
    assert installed(tmp_path) == set()


def test_an_interrupted_run_is_mended(ask, tmp_path, program):
    publish(tmp_path / "index", "wanted", "1.0")
    venv = {"packages": ["wanted"]}
    ask("configure", venv)
    (module,) = tmp_path.glob("venv/lib/python3*/site-packages/wanted.py")
    # As if the run had died in the middle: the metadata are there, a file is not, and the mark still stands.
    module.unlink()
    mark = next(
        iter([program.UNFINISHED / f"{hashlib.sha256(str(tmp_path / 'venv').encode()).hexdigest()[:16]}.unfinished"])
    )
    mark.touch()
    seen = ask("observe", venv)
    assert seen["problems"] == [f"{tmp_path}/venv: an earlier run was interrupted while it installed packages"]
    ask("configure", venv)
    assert module.exists()
    assert ask("observe", venv)["settled"]


def test_a_run_that_fails_leaves_its_mark(ask, program):
    assert "failed" in ask("configure", {"packages": ["nowhere"]})["error"]
    assert len(list(program.UNFINISHED.iterdir())) == 1


def test_a_disk_too_small_is_told_before_anything(ask, tmp_path):
    seen = ask("observe", {"packages": ["wanted"], "space_mb": 10**9})
    assert f"{tmp_path}/venv will take about 1000000000 MB on the disk of {tmp_path}, where " in seen["shortage"]
    assert ask("observe", {"packages": ["wanted"], "space_mb": 1})["shortage"] == ""


def test_space_is_asked_for_all_environments_of_a_disk_together(ask, tmp_path, program, monkeypatch):
    monkeypatch.setattr(program.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 1_500_000_000}))
    venvs = [{"path": str(tmp_path / name), "owner": getpass.getuser(), "space_mb": 1000} for name in ("a", "b")]
    assert "/a, " in ask("observe", {}, venvs=venvs)["shortage"]
    assert ask("observe", {}, venvs=venvs[:1])["shortage"] == ""


def test_a_failed_download_names_who_was_asked_and_by_which_option(ask):
    down = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    error = ask("configure", {"packages": ["wanted"]}, no_index=False, environment=down)["error"]
    assert "http://127.0.0.1:9/simple (python_index_url)" in error
    error = ask("configure", {"packages": ["wanted"], "find_links": ["/nowhere"]})["error"]
    assert "no index (python_no_index)" in error
    assert "/nowhere" in error


def test_two_sets_of_packages_cannot_share_a_lock(ask, tmp_path):
    venvs = [
        {"path": str(tmp_path / name), "owner": getpass.getuser(), "packages": [name], "lock": "one.lock"}
        for name in ("a", "b")
    ]
    assert "its lock one.lock is that of other packages" in ask("observe", {}, venvs=venvs)["venvs"][0]["refused"]


def test_a_lock_is_for_one_python_and_architecture(ask, tmp_path):
    publish(tmp_path / "index", "wanted", "1.0")
    text = ask("lock", {"packages": ["wanted"], "lock": "w.lock", "lock_text": ""})["locks"]["w.lock"]
    assert f"for Python 3.{sys.version_info.minor} on {platform.machine()}" in text
    assert "--hash=sha256:" in text


def test_files_of_the_host_are_compared_by_content(ask, tmp_path):
    (tmp_path / "ca.pem").write_text("one")
    right = hashlib.sha256(b"one").hexdigest()
    assert ask("observe", {}, files={str(tmp_path / "ca.pem"): right, str(tmp_path / "none"): right})["behind"] == [
        str(tmp_path / "none")
    ]
