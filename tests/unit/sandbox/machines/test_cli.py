"""The command line without Docker: every mistake gets a sentence that names the option and the remedy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from sandbox import docker, images
from sandbox.cli import main
from sandbox.clouds import CLOUDS
from sandbox.errors import SandboxError
from sandbox.images import RELEASES, find_releases, hash_context, read_ca_bundle
from sandbox.processes import ROOT, Process, start
from sandbox.state import HOME, Record, State


@pytest.fixture
def no_docker(monkeypatch, tmp_path):
    """A computer without Docker."""
    monkeypatch.setenv("PATH", str(tmp_path))


def complaint(capsys, *arguments):
    assert main([*arguments]) == 1
    text = capsys.readouterr().err
    assert text.startswith("sandbox: ")
    return text


def test_missing_docker_is_named_with_both_remedies(no_docker, capsys, tmp_path):
    text = complaint(capsys, "up", "--state", str(tmp_path / "s"))
    assert "docker is not installed" in text
    assert "apt install docker.io" in text
    assert "--no-machines" in text


def test_a_socket_one_may_not_use_is_told_apart_from_a_missing_daemon(monkeypatch, capsys, tmp_path):
    fake = tmp_path / "docker"
    fake.write_text("#!/bin/sh\necho 'permission denied while trying to connect to the docker API' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    text = complaint(capsys, "up", "--state", str(tmp_path / "s"))
    assert "usermod -aG docker" in text


def test_a_busy_port_is_named(capsys, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        text = complaint(capsys, "up", "--no-machines", "--state", str(tmp_path), "--port", port)
    assert f"--port {port}: Address already in use; choose another one." in text


@pytest.mark.parametrize("port", ["0", "70000"])
def test_an_impossible_port(capsys, tmp_path, port):
    assert f"--port {port}" in complaint(capsys, "up", "--no-machines", "--state", str(tmp_path), "--port", port)


@pytest.mark.parametrize(("cloud", "region"), [("aws", "us-central1"), ("gcp", "us-east-1"), ("azure", "east us")])
def test_a_region_of_another_cloud(capsys, tmp_path, cloud, region):
    asked = ("up", "--cloud", cloud, "--no-machines", "--state", str(tmp_path))
    assert f"not the name of a region of {cloud}" in complaint(capsys, *asked, "--region", region)
    # It would end in a file that shells source.
    assert "not the name of a region" in complaint(capsys, *asked, "--region", "x; rm -rf ~")


def test_a_state_directory_that_cannot_be(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert "--state" in complaint(capsys, "up", "--no-machines", "--state", str(tmp_path / "file" / "s"))


def test_an_unknown_image_lists_those_there_are(capsys):
    text = complaint(capsys, "images", "debian-11")
    assert "debian-11; there are debian-12, debian-13" in text


def test_a_ca_bundle_without_a_certificate(capsys, tmp_path):
    (tmp_path / "ca").write_text("hello")
    assert "holds no PEM certificate" in complaint(capsys, "images", "--ca-bundle", str(tmp_path / "ca"))
    assert "cannot read" in complaint(capsys, "images", "--ca-bundle", str(tmp_path / "none"))


def test_only_the_option_or_its_own_variable_names_a_ca_bundle(monkeypatch, tmp_path):
    """SSL_CERT_FILE and the like are for this computer's programs; a machine's trust is the person's choice."""
    bundle = tmp_path / "ca"
    bundle.write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    seen = []
    monkeypatch.setattr("sandbox.cli.ensure_images", lambda names, ca, say: seen.append(ca))
    monkeypatch.delenv("AIENV_CA_BUNDLE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    main(["images"])
    monkeypatch.setenv("AIENV_CA_BUNDLE", str(bundle))
    main(["images"])
    assert seen == [b"", bundle.read_bytes()]


def test_the_api_alone_comes_up_twice_and_goes_without_a_trace(no_docker, capsys, tmp_path, free_port):
    state = tmp_path / "s"
    arguments = ["up", "--no-machines", "--state", str(state), "--port", str(free_port)]
    assert main(arguments) == 0
    first = json.loads((state / "sandbox.json").read_text())
    assert main(arguments) == 0
    assert json.loads((state / "sandbox.json").read_text()) == first
    assert f"AWS_ENDPOINT_URL=http://127.0.0.1:{free_port}\n" in (state / "env").read_text()
    assert main(["status", "--state", str(state)]) == 0
    assert "--port 1234: this sandbox" in complaint(capsys, *arguments[:-1], "1234")
    assert "--cloud gcp: this sandbox" in complaint(capsys, *arguments, "--cloud", "gcp", "--region", "us-east1")
    assert main(["down", "--state", str(state)]) == 0
    assert not state.exists()
    assert not Process(**first["server"]).is_alive()
    assert main(["down", "--state", str(state)]) == 0
    assert main(["status", "--state", str(state)]) == 3


def test_up_after_a_crash_takes_no_stranger_for_the_server(no_docker, tmp_path, free_port):
    """A recorded pid may belong to somebody else by now: the start time tells, and nobody else is ended."""
    state = State(tmp_path / "s")
    state.path.mkdir()
    stranger = start(["/bin/sleep", "60"], tmp_path / "log")
    try:
        state.write(Record("aws", "us-east-1", free_port, server=Process(stranger.pid, stranger.started - 1)))
        assert main(["up", "--no-machines", "--state", str(state), "--port", str(free_port)]) == 0
        assert state.read().server.pid != stranger.pid
        assert main(["down", "--state", str(state)]) == 0
        assert stranger.is_alive()
    finally:
        stranger.stop()
    assert not stranger.is_alive()


def test_half_a_record_is_no_record(tmp_path):
    (tmp_path / "sandbox.json").write_text('{"region": "us-ea')
    assert State(tmp_path).read() is None
    (tmp_path / "sandbox.json").write_text('{"cloud": "nimbus", "region": "here", "port": 4566}')
    assert State(tmp_path).read() is None


def test_without_a_name_it_is_every_cloud_that_there_is(no_docker, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for cloud in ("azure", "gcp"):
        State(HOME / cloud).path.mkdir(parents=True)
        State(HOME / cloud).write(Record(cloud, CLOUDS[cloud].region, 4599))
    assert main(["status", "--json"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert [(one["cloud"], one["endpoint"]) for one in shown] == [
        ("gcp", "http://127.0.0.1:4599"),
        ("azure", "https://127.0.0.1:4599"),
    ]
    assert main(["down", "--cloud", "gcp"]) == 0
    assert [path.name for path in HOME.iterdir()] == ["azure"]
    assert main(["down"]) == 0
    assert list(tmp_path.iterdir()) == []


def test_down_removes_what_is_ours_and_nothing_else(no_docker, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "sandbox.json").write_text("{}")
    assert main(["down", "--state", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_environment_file_is_sourced_by_a_plain_shell(tmp_path):
    state = State(tmp_path)
    state.write(Record("aws", "eu-central-1", 4599))
    done = subprocess.run(
        ["/bin/sh", "-euc", '. "$0"; echo "$AWS_ENDPOINT_URL $AWS_DEFAULT_REGION ${AWS_PROFILE-none}"', tmp_path / "env"],
        env={"AWS_PROFILE": "work"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "http://127.0.0.1:4599 eu-central-1 none\n"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_environment_file_points_every_cloud_at_loopback_alone(tmp_path, cloud):
    state = State(tmp_path / "a folder's name")
    state.path.mkdir()
    state.write(Record(cloud, CLOUDS[cloud].region, 4599))
    script = '. "$0"; env'
    theirs = dict.fromkeys(CLOUDS[cloud].unset, "the person's own")
    done = subprocess.run(
        ["/bin/sh", "-euc", script, state.path / "env"],
        env={**theirs, "PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert not set(theirs) & set(told)
    expected = CLOUDS[cloud].variables(CLOUDS[cloud].endpoint(4599), CLOUDS[cloud].region, state.path)
    assert expected.items() <= told.items()
    assert CLOUDS[cloud].endpoint(4599) in "".join(expected.values())


def test_the_sandboxs_own_authority_never_becomes_the_machines(tmp_path):
    """`make` gives machines what REQUESTS_CA_BUNDLE names, unless AIENV_CA_BUNDLE is set."""
    state = State(tmp_path)
    state.write(Record("azure", "eastus", 4599))
    script = '. "$0"; . "$0"; echo "$AIENV_CA_BUNDLE $REQUESTS_CA_BUNDLE"'
    done = subprocess.run(
        ["/bin/sh", "-euc", script, tmp_path / "env"],
        env={"REQUESTS_CA_BUNDLE": "/company.pem"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"/company.pem {tmp_path}/azure/ca.pem\n"


def test_a_process_that_ignores_a_polite_end_is_ended_all_the_same(tmp_path):
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
    )
    process = start([sys.executable, "-c", script], tmp_path / "log")
    while "on" not in (tmp_path / "log").read_text():
        assert process.is_alive()
    process.stop(grace=0.2)
    assert not process.is_alive()


def test_the_image_hash_follows_every_file_and_the_bundle(monkeypatch, tmp_path):
    twelve, thirteen = RELEASES["debian-12"], RELEASES["debian-13"]
    (tmp_path / "files").mkdir()
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    script = tmp_path / "files" / "a"
    script.write_text("1")
    monkeypatch.setattr(images, "CONTEXT", tmp_path)
    seen = {hash_context(twelve, b""), hash_context(twelve, b"ca"), hash_context(thirteen, b"")}
    assert len(seen) == 3
    assert hash_context(twelve, b"") in seen
    script.write_text("2")
    seen.add(hash_context(twelve, b""))
    script.chmod(0o755)
    seen.add(hash_context(twelve, b""))
    script.rename(script.with_name("b"))
    seen.add(hash_context(twelve, b""))
    assert len(seen) == 6


def test_an_image_of_today_is_not_built_again(monkeypatch):
    release = RELEASES["debian-12"]
    labels = {images.HASH_LABEL: hash_context(release, b"")}
    monkeypatch.setattr(images, "inspect", lambda kind, name: [{"Config": {"Labels": labels}}])
    monkeypatch.setattr(images, "docker", lambda *_, **__: pytest.fail("docker was asked to build"))
    said = []
    images.ensure_images(["debian-12"], b"", said.append)
    assert said == ["aienv-sandbox/debian-12: up to date"]


def test_a_release_that_is_not_there():
    assert [release.name for release in find_releases([])] == ["debian-12", "debian-13"]
    with pytest.raises(SandboxError, match="there is no image"):
        find_releases(["windows"])


def test_no_bundle_is_no_bundle():
    assert read_ca_bundle(None) == read_ca_bundle("") == b""


def test_the_image_holds_no_secret_and_no_identity():
    """Neither host keys nor a machine id nor an authorized key may be among the files."""
    names = [path.name for path in images.CONTEXT.rglob("*") if path.is_file()]
    assert not [name for name in names if name.startswith("ssh_host") or name in ("machine-id", "authorized_keys")]
    assert (ROOT / "sandbox" / "__main__.py").is_file()


def test_docker_that_does_not_answer_in_time_is_an_error(monkeypatch, tmp_path):
    fake = tmp_path / "docker"
    fake.write_text("#!/bin/sh\nexec sleep 5\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(docker.DockerError, match="no answer within 0 s"):
        docker.docker("ps", timeout=0.1)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
