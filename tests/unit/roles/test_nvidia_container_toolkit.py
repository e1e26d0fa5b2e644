"""The program that the role `nvidia_container_toolkit` runs on a host, without engine and toolkit: texts, and what is kept of daemon.json."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
ROLE = ROLES / "nvidia_container_toolkit"
REQUEST = {
    "state": "present",
    "engine": "docker",
    "default_runtime": False,
    "version": "",
    "url": "https://mirror.example.org:8443/nvidia",
    "fingerprint": "C9",
    "ca_file": "",
}
THEIRS = {
    "runtimes": {"nvidia": {"path": "nvidia-container-runtime", "args": []}},
    "default-runtime": "nvidia",
    "more": "of theirs",
}


@pytest.fixture
def part(monkeypatch, tmp_path):
    """Imports a part of the program; the role brings the part `host` from the role cuda, as vars/main.yml says."""
    monkeypatch.syspath_prepend(str(ROLE / "files"))
    for name in [name for name in sys.modules if name.startswith("aienv_container")]:
        monkeypatch.delitem(sys.modules, name)
    host = types.ModuleType("aienv_container.host")
    exec((ROLES / "cuda/files/aienv_cuda/host.py").read_text(), host.__dict__)
    monkeypatch.setitem(sys.modules, "aienv_container.host", host)
    engine = importlib.import_module("aienv_container.engine")
    monkeypatch.setattr(engine, "DAEMON", tmp_path / "daemon.json")
    yield lambda name: host if name == "host" else importlib.import_module(f"aienv_container.{name}")
    for name in [name for name in sys.modules if name.startswith("aienv_container")]:
        monkeypatch.delitem(sys.modules, name)


def test_every_part_of_the_program_is_there():
    parts = yaml.safe_load((ROLE / "vars/main.yml").read_text())["__nvidia_container_toolkit_parts"]
    assert [name for name, _ in parts] == ["host", "repository", "engine", "main"]
    assert all((ROLE / path.removeprefix("{{ role_path }}/")).is_file() for _, path in parts)


def test_nothing_but_the_toolkit_comes_from_the_repository(part, monkeypatch):
    repository = part("repository")
    monkeypatch.setattr(repository, "must", lambda *_: "arm64\n")
    texts = repository.texts({**REQUEST, "version": "1.20.1"})
    assert "URIs: https://mirror.example.org:8443/nvidia/stable/deb/arm64\nSuites: /\n" in texts[repository.SOURCE]
    rules = [block.splitlines() for block in texts[repository.PIN].split("\n\n")[1:]]
    assert rules[0] == ["Package: *", "Pin: origin mirror.example.org", "Pin-Priority: -1"]
    assert [rule[2] for rule in rules[1:]] == ["Pin-Priority: 1001", "Pin-Priority: 600"]
    assert rules[1][1] == "Pin: version 1.20.1-*"


@pytest.mark.parametrize("changed", ["SOURCE", "KEY"])
def test_another_address_or_key_is_held_against_the_fingerprint_before_any_change(part, tmp_path, monkeypatch, changed):
    repository, main = part("repository"), part("main")
    monkeypatch.setattr(repository, "must", lambda *_: "arm64\n")
    monkeypatch.setattr(repository, "fingerprints", lambda text: [text])
    monkeypatch.setattr(repository, "key", lambda request: asked.append(request["url"]))
    monkeypatch.setattr(main, "wanted_packages", lambda _: [])
    monkeypatch.setattr(main.os, "geteuid", lambda: 0)
    monkeypatch.setattr(main.shutil, "which", lambda name: name if name == "gpg" else None)
    asked: list = []
    for name in ("KEY", "SOURCE", "PIN"):
        monkeypatch.setattr(repository, name, tmp_path / name)
    for path, text in {**repository.texts(REQUEST), repository.KEY: "C9"}.items():
        path.write_text(text)
    assert main.observe(REQUEST)["add"] == []
    assert asked == []
    getattr(repository, changed).write_text("other")
    assert len(main.observe(REQUEST)["add"]) == 1
    assert asked == [REQUEST["url"]]


def test_what_others_have_set_comes_out_as_it_went_in(part, monkeypatch):
    engine = part("engine")
    monkeypatch.setattr(engine, "must", lambda *_: f"level=info\n{json.dumps(THEIRS)}\n")
    now = {"log-opts": {"max-size": "10m"}, "runtimes": {"mine": {"path": "runc"}}}
    wanted = engine.wished(REQUEST, now)
    assert wanted == {**now, "runtimes": {"mine": {"path": "runc"}, "nvidia": THEIRS["runtimes"]["nvidia"]}}
    as_default = engine.wished({**REQUEST, "default_runtime": True}, now)
    assert as_default == {**wanted, "default-runtime": "nvidia"}
    assert engine.wished(REQUEST, as_default) == wanted
    assert engine.wished(REQUEST, {"default-runtime": "mine"})["default-runtime"] == "mine"


def test_only_the_packages_that_came_with_the_role_are_recorded_and_known_until_they_are_gone(
    part, tmp_path, monkeypatch
):
    main = part("main")
    there = {"docker.io", "libnvidia-container1"}
    monkeypatch.setattr(main, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(main, "FILES", (tmp_path / "pin",))
    monkeypatch.setattr(main.repository, "add", lambda _: None)
    monkeypatch.setattr(main.engine, "remove", lambda: None)
    monkeypatch.setattr(main.engine, "leftovers", list)
    monkeypatch.setattr(main, "wanted_packages", lambda _: ["nvidia-container-toolkit=1.20.1-*", *sorted(there)])
    monkeypatch.setattr(main, "missing_packages", lambda names: [name for name in names if name not in there])
    (tmp_path / "pin").touch()
    main.add(REQUEST)
    main.remove(REQUEST)
    assert main.left() == [f"remove {main.RECORD}", "uninstall nvidia-container-toolkit"]


def test_what_else_is_unused_on_the_host_stays(part):
    tasks = yaml.safe_load((ROLE / "tasks/configure.yml").read_text())
    (removal,) = [task["ansible.builtin.apt"] for task in tasks if "ansible.builtin.apt" in task]
    assert removal["name"] == "{{ __nvidia_container_toolkit_seen.installed }}"
    assert "autoremove" not in removal
    variables = yaml.safe_load((ROLE / "vars/main.yml").read_text())
    assert variables["__nvidia_container_toolkit_record"] == str(part("main").RECORD)
    assert tasks[-1]["ansible.builtin.file"]["path"] == "{{ __nvidia_container_toolkit_record }}"


@pytest.mark.parametrize("text", ["{", "[]"])
def test_settings_that_are_none_are_not_touched(part, text):
    engine = part("engine")
    engine.DAEMON.write_text(text)
    with pytest.raises(part("host").Refused, match="is not touched"):
        engine.steps(REQUEST)
    assert engine.DAEMON.read_text() == text


def test_settings_that_docker_does_not_take_are_taken_back(part, monkeypatch):
    engine = part("engine")
    engine.DAEMON.write_text('{"a": 1}')
    monkeypatch.setattr(
        engine, "run", lambda argv, **_: subprocess.CompletedProcess(argv, 1, "", "unable to configure: a")
    )
    with pytest.raises(part("host").Refused, match="unable to configure: a"):
        engine.change({"a": 1}, {"a": 1, "runtimes": {}})
    assert engine.DAEMON.read_text() == '{"a": 1}'
