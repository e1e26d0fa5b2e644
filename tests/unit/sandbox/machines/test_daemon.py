"""Docker's daemon is started only where none answers, and only our own is stopped. Both programs are stand-ins here."""

from __future__ import annotations

import os

import pytest

from sandbox import daemon
from sandbox.daemon import ensure_daemon, stop_daemon
from sandbox.errors import SandboxError
from sandbox.state import State

DOCKER = """#!/bin/sh
[ -e {folder}/up ] || {{ echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' >&2; exit 1; }}
[ "$1" = ps ] && cat {folder}/containers
exit 0
"""
DOCKERD = """#!/bin/sh
trap 'rm -f {folder}/up; exit 0' TERM
touch {folder}/up
while :; do sleep 0.1; done
"""


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """A computer with Docker installed, no daemon running, and us as root."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "containers").write_text("")
    for name, text in (("docker", DOCKER), ("dockerd", DOCKERD)):
        (folder / name).write_text(text.format(folder=folder))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return folder


@pytest.fixture
def state(tmp_path):
    (tmp_path / "state").mkdir()
    return State(tmp_path / "state")


def test_a_daemon_is_started_said_and_stopped(computer, state):
    said = []
    ours = ensure_daemon(state, None, said.append)
    assert ours is not None
    assert "starting dockerd" in said[0]
    assert ensure_daemon(state, ours, said.append) == ours
    stop_daemon(ours, said.append)
    assert not ours.is_alive()
    assert not (computer / "up").exists()


def test_a_daemon_that_ran_before_is_not_ours(computer, state):
    (computer / "up").touch()
    assert ensure_daemon(state, None, print) is None


def test_ours_stays_while_somebody_elses_containers_run(computer, state):
    said = []
    ours = ensure_daemon(state, None, said.append)
    (computer / "containers").write_text("abc\n")
    stop_daemon(ours, said.append)
    assert ours.is_alive()
    assert "it stays" in said[-1]
    (computer / "containers").write_text("")
    stop_daemon(ours, said.append)
    assert not ours.is_alive()


def test_a_daemon_that_dies_shows_its_last_words(computer, state):
    (computer / "dockerd").write_text("#!/bin/sh\necho 'no space left on device'\nexit 1\n")
    with pytest.raises(SandboxError, match="no space left on device"):
        ensure_daemon(state, None, lambda _: None)


def test_without_root_the_person_is_told_how_to_start_it(computer, state, monkeypatch):
    monkeypatch.setattr(daemon.os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match=r"sudo systemctl start docker.*--no-machines"):
        ensure_daemon(state, None, print)
