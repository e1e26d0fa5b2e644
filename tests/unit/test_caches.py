"""What tests download and keep: outside of the checkout, and worthless where it is damaged."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.programs import module_of

ROOT = Path(__file__).resolve().parents[2]
PIP = """#!/bin/sh
# pip download … --dest DIRECTORY …: one wheel, and a line in the log.
echo "$@" >>"$LOG"
while [ "$1" != --dest ]; do shift; done
echo whole >"$2/a-1-py3-none-any.whl"
exit "${FAILS:-0}"
"""


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Runs wheels.sh with a pip that keeps count. Returns how often it was asked."""
    program = tmp_path / "bin/python"
    program.parent.mkdir()
    program.write_text(PIP)
    program.chmod(0o755)
    log = tmp_path / "log"
    place = tmp_path / "wheels"

    def run(*arguments: str, **more: str) -> int:
        env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "LOG": str(log), **more}
        script = ROOT / "molecule/shared/files/wheels.sh"
        done = subprocess.run(["bash", script, place, *arguments], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == int(more.get("FAILS", "0")), done.stderr
        return len(log.read_text().splitlines())

    run.place = place
    return run


def test_wheels_are_downloaded_once(wheels):
    assert wheels("a==1") == 1
    assert wheels("a==1") == 1
    assert wheels("a==2") == 2


@pytest.mark.parametrize("damage", ["", "whale\n", None])
def test_a_damaged_wheel_is_downloaded_anew(wheels, damage):
    wheels("a==1")
    wheel = wheels.place / "a-1-py3-none-any.whl"
    if damage is None:
        wheel.unlink()
    else:
        wheel.write_text(damage)
    assert wheels("a==1") == 2
    assert wheel.read_text() == "whole\n"


def test_an_interrupted_download_counts_for_nothing(wheels):
    wheels("a==1", FAILS="3")
    assert list(wheels.place.iterdir()) == []
    assert wheels("a==1") == 2


def test_damaged_checksums_are_no_excuse(wheels):
    wheels("a==1")
    (sums,) = wheels.place.glob("*.sha256")
    for text in ("", "nonsense\n"):
        sums.write_text(text)
        wheels("a==1")
        assert (wheels.place / "a-1-py3-none-any.whl").exists()
        assert sums.read_text().endswith(".whl\n")


@pytest.fixture(scope="module")
def uv_cache():
    return module_of(ROOT / "molecule/framework/files/uv_cache.py")


@pytest.mark.parametrize("damage", [None, "changed", "missing"])
def test_a_damaged_cache_of_uv_s_is_emptied_and_a_whole_one_kept(uv_cache, tmp_path, damage, capsys):
    wheel = tmp_path / "archive-v0/abc"
    (wheel / "a-1.dist-info").mkdir(parents=True)
    code = wheel / "a.py"
    code.write_text("pass\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"pass\n").digest()).rstrip(b"=").decode()
    (wheel / "a-1.dist-info/RECORD").write_text(f"a.py,sha256={digest},5\na-1.dist-info/RECORD,,\n")
    (tmp_path / "CACHEDIR.TAG").write_text("")
    if damage == "changed":
        code.write_text("past\n")
    elif damage == "missing":
        code.unlink()
    uv_cache.main(tmp_path)
    assert (tmp_path / "CACHEDIR.TAG").exists() == code.exists() == (damage is None)
    assert ("a.py" in capsys.readouterr().out) == bool(damage)


@pytest.mark.parametrize(
    ("said", "place"),
    [({}, "/home/me/.cache/aienv-cloud"), ({"XDG_CACHE_HOME": "/x"}, "/x/aienv-cloud"), ({"AIENV_CACHE": "/y"}, "/y")],
)
def test_caches_lie_where_the_user_s_others_do(said, place):
    env = {"PATH": os.environ["PATH"], "HOME": "/home/me", **said}
    script = f". '{ROOT}/scripts/env.sh'; echo $AIENV_CACHE"
    assert (
        subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, check=True).stdout
        == f"{place}\n"
    )


def test_no_scenario_keeps_downloads_in_the_checkout():
    texts = {path: path.read_text() for path in ROOT.glob("molecule/**/*") if path.is_file()}
    assert [str(path) for path, text in texts.items() if "/build/" in text and "PROJECT_DIRECTORY" in text] == []
