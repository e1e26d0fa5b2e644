"""The cloud-init way of the role `backup`: what the user data holds, and what is not put into it."""

from __future__ import annotations

import email
import gzip
import json
import os
import subprocess
import sys
from email.message import Message
from pathlib import Path

import pytest
import yaml

from tests.servers import ROOT
from tests.unit.roles import test_backup

# Ansible's plugins, loaded once.
plugins = test_backup.plugins

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - ansible.builtin.include_role: {name: aienv.cloud.backup, tasks_from: cloud_init}
"""
S3 = {
    "backup_target": "s3",
    "backup_s3_bucket": "my-backups",
    "backup_s3_prefix": "vms/{{ backup_host }}",
    "backup_s3_region": "eu-central-1",
    "backup_password_command": "/usr/local/bin/password",
}
#: What EC2 takes, compressed (plugins/module_utils/clouds/aws/options.py), and what of it is the user's.
MOST, ROOM = 16384, 2048


def play(folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Make user data into the folder's file `user_data`."""
    (folder / "play.yml").write_text(PLAY)
    values = {"backup_user_data_file": str(folder / "user_data"), **options}
    line = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-e", json.dumps(values)]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections")}
    return subprocess.run(
        [*line, str(folder / "play.yml")], capture_output=True, text=True, check=False, env=env, cwd=ROOT
    )


def parts(text: str) -> list[Message]:
    return [part for part in email.message_from_string(text).walk() if not part.is_multipart()]


def config(text: str) -> dict:
    assert text.startswith("#cloud-config\n")
    loaded: dict = yaml.safe_load(text)
    return loaded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user_data")
    done = play(folder, **S3)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "user_data"


def test_it_holds_the_files_of_the_role_and_runs_one_script(made: Path) -> None:
    wanted = config(made.read_text())
    files = {file["path"]: file for file in wanted["write_files"]}
    program = ROOT / "roles/backup/files/program"
    assert wanted["packages"] == ["restic", "ca-certificates"]
    assert wanted["runcmd"] == [["sh", "/run/aienv-backup-main.sh"]]
    for module in program.glob("*.py"):
        assert files.pop(f"/usr/local/lib/aienv-backup/{module.name}")["content"] == module.read_text()
    assert files["/run/aienv-backup-main.sh"]["permissions"] == "0600"
    script = files.pop("/run/aienv-backup-main.sh")["content"]
    private = {name for name, file in files.items() if file["permissions"] == "0600"}
    assert private == {f"/etc/aienv-backup/main/{name}" for name in ("config.json", "environment", "excludes")}
    assert files["/usr/local/sbin/aienv-backup"]["permissions"] == "0755"
    units = {Path(name).name for name in files if name.startswith("/etc/systemd/system/")}
    jobs = [f"aienv-backup-main-{job}.{kind}" for job in ("backup", "check", "drill") for kind in ("service", "timer")]
    assert units == {*jobs, "aienv-backup-main-notify@.service"}
    assert "systemctl enable --now --quiet aienv-backup-main-backup.timer aienv-backup-main-check.timer" in script
    assert "fetch" not in script


def test_each_machine_puts_its_own_name_in(made: Path) -> None:
    files = {file["path"]: file["content"] for file in config(made.read_text())["write_files"]}
    assert json.loads(files["/etc/aienv-backup/main/config.json"])["host"] == "__hostname__"
    assert (
        "RESTIC_REPOSITORY=s3:https://s3.amazonaws.com/my-backups/vms/__hostname__\n"
        in files["/etc/aienv-backup/main/environment"]
    )
    assert "localhost" not in made.read_text()


def test_it_holds_no_secret_and_others_cannot_read_it(made: Path) -> None:
    assert "RESTIC_PASSWORD=" not in made.read_text()
    assert made.stat().st_mode & 0o777 == 0o600


def test_it_leaves_room_on_the_cloud_that_takes_least(made: Path) -> None:
    assert len(gzip.compress(made.read_bytes(), mtime=0)) < MOST - ROOM


def test_the_same_words_make_the_same_user_data(made: Path) -> None:
    before = made.read_bytes()
    done = play(made.parent, **S3)
    assert "changed=0" in done.stdout
    assert made.read_bytes() == before


def test_the_users_own_comes_first_and_is_kept_as_it_is(tmp_path: Path) -> None:
    own = '#cloud-config\npackages: [htop]\nwrite_files: [{path: /x, content: "größe 😀"}]\n'
    done = play(tmp_path, **S3, backup_user_data_with=own)
    assert done.returncode == 0, done.stdout + done.stderr
    first, second = parts((tmp_path / "user_data").read_text())
    assert first.get_payload(decode=True).decode() == own
    # cloud-init finds out itself what text/plain is.
    assert (first.get_content_type(), second.get_content_type()) == ("text/plain", "text/cloud-config")
    assert config(second.get_payload())["merge_how"][0] == {"name": "list", "settings": ["append"]}


def test_an_archive_of_the_users_stays_one(tmp_path: Path) -> None:
    own = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n--b--\n'
    done = play(tmp_path, **S3, backup_user_data_with=own)
    assert done.returncode == 0, done.stdout + done.stderr
    kinds = [part.get_content_type() for part in parts((tmp_path / "user_data").read_text())]
    assert kinds == ["text/x-shellscript", "text/cloud-config"]


def test_secrets_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    secret = {"backup_password": "s3cr3t", "backup_password_command": "", "backup_s3_access_key_id": "A"}
    done = play(tmp_path, **{**S3, **secret, "backup_s3_secret_access_key": "s3cr3t"})
    assert done.returncode != 0
    said = " ".join(done.stdout.split()) + done.stderr
    assert "User data is no place for secrets (backup_password, backup_s3_secret_access_key)" in said
    assert "s3cr3t" not in said
    assert not (tmp_path / "user_data").exists()


def test_secrets_that_are_accepted_are_written_but_not_shown(tmp_path: Path) -> None:
    secret = {"backup_password": "s3cr3t", "backup_password_command": "", "backup_user_data_secrets": True}
    pinned = {"backup_restic_version": "0.18.1", "backup_restic_sha256": "A" * 64}
    done = play(tmp_path, **{**S3, **secret, **pinned})
    assert done.returncode == 0, done.stdout + done.stderr
    text = (tmp_path / "user_data").read_text()
    assert "RESTIC_PASSWORD=s3cr3t\\n" in text
    assert "s3cr3t" not in done.stdout + done.stderr
    files = {file["path"]: file["content"] for file in config(text)["write_files"]}
    script = files["/run/aienv-backup-main.sh"]
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
    assert f'fetch "$url" {"a" * 64} /opt/aienv/restic/0.18.1/restic' in script
    assert "/v0.18.1/restic_0.18.1_linux_$architecture.bz2" in script


def test_options_are_validated_as_those_of_the_role(tmp_path: Path) -> None:
    done = play(tmp_path, **{**S3, "backup_target": "tape"})
    assert "value of backup_target must be one of" in done.stdout + done.stderr


def refusals(**options: object) -> list[str]:
    """What speaks against user data alone."""
    words = {**S3, "backup_password": "", "inventory_hostname": "localhost", **options}
    wanted = test_backup.trust_as_template("{{ __backup_refuse_user_data | map('trim') | select | list }}")
    said: list[str] = test_backup.declared(**words).template(wanted)
    return said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"backup_state": "absent"}, "it cannot remove one"),
        ({"backup_s3_prefix": "vms/localhost"}, "holds localhost, the name of the host that makes the user data"),
        ({"backup_target": "local", "backup_local_path": "/mnt/localhost/x"}, "holds localhost"),
        ({"backup_user_data_with": "packages: [htop]"}, "begins like nothing that cloud-init knows"),
        ({"backup_environment": {"HTTPS_PROXY": "http://p"}}, "no place for secrets (backup_environment)"),
    ],
)
def test_what_cannot_be_user_data_is_refused_with_one_sentence(options: dict, sentence: str) -> None:
    said = refusals(**options)
    assert len(said) == 1
    assert sentence in said[0]


@pytest.mark.parametrize(
    "options",
    [
        {"backup_s3_prefix": "vms"},
        {"backup_target": "rest", "backup_rest_url": "http://localhost:8000/vms"},
        {"backup_environment": {"A": "b"}, "backup_user_data_secrets": True},
        {"backup_user_data_with": "## template: jinja\n#cloud-config\n"},
        {"backup_user_data_with": "MIME-Version: 1.0\n"},
    ],
)
def test_what_can_be_user_data_is_accepted(options: dict) -> None:
    assert refusals(**options) == []
