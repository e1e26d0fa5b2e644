"""The program that the role `backup` installs, without restic: what it reads, says, refuses and moves."""

from __future__ import annotations

import bz2
import errno
import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader, lookup_loader
from ansible.template import Templar, trust_as_template

from tests.programs import module_of

ROLE = Path(__file__).resolve().parents[3] / "roles/backup"
PROGRAM = ROLE / "files/program"
NAMES = ("repository", "report", "jobs", "restore")


@pytest.fixture
def program(monkeypatch, tmp_path):
    """The program's modules, as they are imported on a host; their state lies below tmp_path."""
    monkeypatch.syspath_prepend(str(PROGRAM))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    modules = {name: __import__(name) for name in NAMES}
    modules["repository"].STATE = tmp_path / "state"
    yield type("Program", (), modules)
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def settings(program, tmp_path):
    values = {
        "name": "main", "host": "vm", "location": "rest:https://store/vm", "restic": "restic", "sftp": {}, "secrets": ["RESTIC_PASSWORD"],
        "limit_upload": 500, "limit_download": 0, "retention": {"keep_daily": 7, "keep_within": "30d"},
        "textfile_directory": str(tmp_path), "paths": ["/etc"],
    }  # fmt: skip
    directory = tmp_path / "settings"
    directory.mkdir(mode=0o700)
    (directory / "config.json").write_text(json.dumps(values))
    (directory / "environment").write_text("RESTIC_PASSWORD='it'\"'\"'s a $secret'\nAWS_DEFAULT_REGION=us-east-1\n")
    (directory / "environment").chmod(0o600)
    (tmp_path / "state/main").mkdir(parents=True)
    return program.repository.load(directory)


def test_environment_is_read_as_a_shell_would(settings):
    assert settings.environment == {"RESTIC_PASSWORD": "it's a $secret", "AWS_DEFAULT_REGION": "us-east-1"}


def test_settings_that_others_can_read_are_refused(program, settings):
    (settings.directory / "environment").chmod(0o640)
    with pytest.raises(program.repository.Failed, match="can be read by others"):
        program.repository.load(settings.directory)


def test_no_secret_is_on_the_command_line(program, settings):
    assert program.repository.command(settings, "snapshots") == ["restic", "--limit-upload", "500", "snapshots"]


def test_secrets_are_blotted_out(program, settings):
    said = "rest:https://user:pass@store it's a $secret"
    assert program.repository.redact(settings, said) == "rest:https://***@store ***"


@pytest.mark.parametrize(
    ("complaint", "means"),
    [
        ("Fatal: wrong password or no key found", "the password does not open the repository"),
        ("Resolving password failed: exit status 1", "backup_password_command gives no password"),
        ("Fatal: unable to open config file: stat /x/config: no such file or directory\nIs there a repository", "there is no repository"),
        ("dial tcp: lookup store: no such host\nIs there a repository at the following location?", "the target cannot be reached"),
        ("unexpected HTTP response (401): 401 Unauthorized\nIs there a repository", "the target does not accept the credentials, or they do not allow this"),
        ("write /r/data/00/x: no space left on device", "there is no space left"),
        ("unable to create lock in backend: repository is already locked by PID 1", "another machine or process holds the repository's lock"),
        ("Fatal: repository contains errors", "the repository is damaged"),
        ("x509: certificate signed by unknown authority", "the target's certificate is not trusted; backup_ca_bundle names the authority"),
        ("something new", ""),
    ],
)  # fmt: skip
def test_complaints_have_a_meaning(program, complaint, means):
    assert program.repository.meaning(complaint) == means


def test_packs_are_named_as_both_versions_of_restic_say_it(program):
    old = "Pack ID does not match, want " + "4c" * 32 + ", got " + "39" * 32
    new = "pack " + "52" * 32 + " contains 2 errors: [blob …]"
    assert program.jobs.damaged(f"{old}\n{new}\n{new}") == "; damaged packs: 4c4c4c4c, 52525252"
    assert program.jobs.damaged("Fatal: repository contains errors") == ""


def test_retention_becomes_words_for_forget(program, settings, monkeypatch):
    said = []
    monkeypatch.setattr(program.jobs, "must", lambda _settings, _what, *words: said.append(words))
    program.jobs.forget(settings, "--host", "vm")
    program.jobs.forget(settings)
    policy = ("--group-by", "host,tags", "--keep-daily", "7", "--keep-within", "30d")
    assert said[0] == ("forget", "--host", "vm", "--tag", "aienv,main", *policy)
    assert said[1] == ("forget", "--tag", "aienv", *policy)


def test_report_keeps_the_last_success_over_a_failure(program, settings):
    program.report.write(settings, "backup", {"ok": True, "last_success": 100, "last_run": 100})
    program.report.write(settings, "backup", {"ok": False, "last_run": 200, "error": "no"})
    state = program.report.read(settings)["jobs"]["backup"]
    assert (state["last_success"], state["last_run"], state["ok"]) == (100, 200, False)
    metrics = Path(settings.values["textfile_directory"], "aienv_backup_main.prom").read_text()
    assert 'aienv_backup_ok{name="main",job="backup"} 0\n' in metrics
    assert 'aienv_backup_last_success_timestamp_seconds{name="main",job="backup"} 100\n' in metrics


@pytest.fixture
def full_disk(program, settings, monkeypatch):
    """A host whose repository is in order and whose disk has no room for the canary."""
    settings.values.update(pre_commands=[], post_commands=[f"echo after >> {settings.state}/commands"])
    for name in ("connect", "restic", "remember"):
        monkeypatch.setattr(program.jobs, name, lambda *_: "")

    def write_bytes(_path, _content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_bytes)


@pytest.mark.usefixtures("full_disk")
def test_a_full_disk_is_a_sentence_in_the_report_and_commands_after_still_run(program, settings):
    with pytest.raises(program.repository.Failed, match="on this host: No space left on device"):
        program.jobs.run(settings, "backup")
    state = program.report.read(settings)["jobs"]["backup"]
    assert (state["ok"], state["running"], state["error"]) == (False, False, "on this host: No space left on device")
    assert (settings.state / "commands").read_text() == "after\n"


@pytest.mark.usefixtures("full_disk")
def test_a_report_that_cannot_be_written_hides_nothing(program, settings, monkeypatch, capsys):
    def replace(path, _text):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(program.report, "replace", replace)
    with pytest.raises(program.repository.Failed, match="on this host: No space left on device"):
        program.jobs.run(settings, "backup")
    assert "the report could not be written" in capsys.readouterr().err
    settings.values["notify_command"] = f"echo $AIENV_BACKUP_ERROR > {settings.state}/told"
    program.jobs.notify(settings, "backup")
    assert (settings.state / "told").read_text() == "it was killed before its end\n"


def tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def contents(root):
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(("overwrite", "a"), [(False, "mine"), (True, "old")])
def test_moving_into_place_merges(program, tmp_path, overwrite, a):
    source = tree(tmp_path / "restored", {"home/a": "old", "home/b": "old", "srv/deep/c": "old"})
    goal = tree(tmp_path / "target", {"home/a": "mine", "home/d": "mine"})
    for child in sorted(source.iterdir()):
        program.restore.move(child, goal / child.name, overwrite=overwrite)
    assert contents(goal) == {"home/a": a, "home/b": "old", "home/d": "mine", "srv/deep/c": "old"}


def test_a_directory_in_a_file_s_place_stays(program, tmp_path):
    source, goal = tree(tmp_path / "restored", {"a": "old"}), tree(tmp_path / "target", {"a/b": "mine"})
    with pytest.raises(program.repository.Failed, match="is a directory here"):
        program.restore.move(source / "a", goal / "a", overwrite=True)
    assert contents(goal) == {"a/b": "mine"}


def test_a_directory_moves_onto_another_file_system(program, tmp_path, monkeypatch):
    source = tree(tmp_path / "restored", {"data/deep/a": "old", "data/b": "old"})
    (source / "data/link").symlink_to("b")
    os.mkfifo(source / "data/pipe")
    (source / "data/deep").chmod(0o2750)
    (source / "data/b").chmod(0o4755)
    for path in ("data/b", "data/deep", "data"):
        os.utime(source / path, (1000, 1000))
    owned = []

    def replace(one, other):
        raise OSError(errno.EXDEV, "Invalid cross-device link", str(one), None, str(other))

    monkeypatch.setattr(program.restore.os, "replace", replace)
    monkeypatch.setattr(program.restore.os, "chown", lambda path, *_owner, **_how: owned.append(path.name))
    goal = tmp_path / "target"
    goal.mkdir()
    program.restore.move(source / "data", goal / "data", overwrite=False)
    assert contents(goal) == {"data/b": "old", "data/deep/a": "old", "data/link": "old"}
    assert (goal / "data/link").is_symlink()
    assert (goal / "data/pipe").is_fifo()
    assert sorted(owned) == ["a", "b", "data", "deep", "link", "pipe"]
    assert [oct((goal / path).stat().st_mode & 0o7777) for path in ("data/deep", "data/b")] == ["0o2750", "0o4755"]
    assert [(goal / path).stat().st_mtime for path in ("data", "data/deep", "data/b")] == [1000, 1000, 1000]


def test_a_path_is_no_pattern(program):
    assert program.restore.escaped("/srv/a [1]*") == "/srv/a \\[1\\]\\*"


@cache
def role_variables():
    loader, variables = DataLoader(), {}
    for name in ("defaults/main", "vars/main", "vars/Debian", "vars/refusals"):
        variables |= loader.load_from_file(str(ROLE / f"{name}.yml"), trusted_as_template=True)
    return variables


@pytest.fixture(scope="module", autouse=True)
def plugins():
    """Lookups and filters by their full names, as ansible-playbook finds them. Done twice it would complain."""
    if lookup_loader.get("ansible.builtin.vars") is None:
        init_plugin_loader()


def declared(**options):
    """The role's variables as a play with these options would have them: defaults, vars, and what the host is."""
    host = {"distribution": "Debian", "distribution_version": "13.2", "distribution_major_version": "13"}
    basis = {"inventory_hostname": "vm", "ansible_facts": host, "backup_target": "local", "backup_local_path": "/mnt/b"}
    # One for all cases: what Jinja has compiled is kept.
    templar = one_templar()
    templar.available_variables = {**role_variables(), **basis, "backup_password": "long enough", **options}
    return templar


@cache
def one_templar():
    return Templar()


def refusals(**options):
    return declared(**options).template(trust_as_template("{{ __backup_refusals | map('trim') | select | list }}"))


SFTP = {
    "backup_target": "sftp",
    "backup_sftp_host": "h",
    "backup_sftp_user": "u",
    "backup_sftp_path": "/r",
    "backup_sftp_private_key": "k",
}
PINNED = {"backup_restic_version": "0.18.1", "backup_restic_sha256": "a" * 64}
AZURE = {"backup_target": "azure", "backup_azure_account": "a", "backup_azure_container": "c"}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"backup_state": "absent", "backup_target": "", "backup_password": ""},
        {"backup_password": "", "backup_password_command": "pass show backup"},
        {"backup_append_only": True, "backup_retention": {}},
        {"backup_append_only": True, "backup_retention": {"keep_within": "90d", "keep_within_monthly": "1y6m"}},
        {"backup_target": "s3", "backup_s3_bucket": "b"},
        {"backup_target": "gcs", "backup_gcs_bucket": "b"},
        {"backup_target": "rest", "backup_rest_url": "https://h:8000/vm"},
        {**SFTP, "backup_sftp_host_keys": ["ssh-ed25519 AAAAC3"]},
        {**AZURE, "backup_azure_key": "k", **PINNED},
        {**AZURE, **PINNED},
        {"backup_paths": [], "backup_retention": {"keep_within": "90d"}},
    ],
)  # fmt: skip
def test_what_can_work_is_accepted(options):
    assert refusals(**options) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"backup_target": ""}, "backup_target says where to back up to"),
        ({"backup_password": ""}, "backup_password is missing"),
        ({"backup_password_command": "pass show backup"}, "two ways to one password"),
        ({"backup_password": "", "backup_password_command": "a\nb"}, "have to be one line each"),
        ({"backup_name": "../etc"}, "may hold small letters"),
        ({"backup_state": "absent", "backup_name": "a b"}, "may hold small letters"),
        (SFTP, "The target sftp needs backup_sftp_host_keys."),
        ({**SFTP, "backup_sftp_host_keys": ["h ssh-ed25519 AAAAC3"]}, "has to hold public keys"),
        ({"backup_target": "s3"}, "The target s3 needs backup_s3_bucket."),
        ({"backup_target": "s3", "backup_s3_bucket": "b", "backup_s3_access_key_id": "id"}, "belong together"),
        ({"backup_target": "rest", "backup_rest_url": "https://u:p@h/"}, "hold no credentials"),
        ({"backup_target": "rest", "backup_rest_url": "https://h/", "backup_rest_user": "u"}, "belong together"),
        ({**AZURE, **PINNED, "backup_restic_version": "0.15.2"}, "needs backup_azure_key or backup_azure_sas"),
        ({**AZURE, "backup_azure_key": "k"}, "The restic of Debian 13.2 has no Azure in it"),
        ({"backup_local_path": "backup"}, "Paths have to be absolute: backup."),
        ({"backup_local_path": "/var/lib/aienv-backup/main"}, "where this role keeps its own files"),
        ({"backup_local_path": "/"}, "is the root of the file system"),
        ({"backup_append_only": True}, "a retention that counts is refused (keep_daily, keep_weekly, keep_monthly)"),
        ({"backup_retention": {"keep_within": "2w"}}, "times are written as 1y5m7d2h (2w)"),
        ({"backup_retention": {"keep_last": 0}}, "numbers have to be more than 0"),
        ({"backup_password": "two\nlines"}, "have to be one line each"),
        ({"backup_environment": {"HTTPS_PROXY": "a\nb"}}, "have to be one line each"),
        ({"backup_check_parts": 0}, "have to be 1 or more"),
        ({"backup_nice": 20}, "backup_nice 0 to 19"),
        ({"backup_exclude_larger_than": "20 GB"}, "is a size as 20G"),
        ({"backup_paths": [], "backup_check_schedule": ""}, "there is nothing to do"),
        ({"backup_restic_version": "0.18.1"}, "needs backup_restic_sha256"),
        ({"backup_ca_bundle": "/nowhere.pem"}, "is no file on the controller"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_one_sentence(options, sentence):
    said = refusals(**options)
    assert len(said) == 1
    assert sentence in said[0]


def test_retention_of_the_default_is_refused_where_the_repository_only_grows_but_nothing_else():
    said = refusals(backup_append_only=True, backup_target="", backup_password="")
    assert len(said) == 3


def test_options_of_the_command_line_mean_what_they_say():
    """They are strings: `-e backup_one_file_system=false`."""
    said = {"backup_one_file_system": "false", "backup_exclude_checkpoints": "false", "backup_append_only": "false"}
    said |= {"backup_check_parts": "10", "backup_lock_seconds": "0", "backup_nice": "9", "backup_limit_upload": "500"}
    assert refusals(**said) == []
    template = (
        "{{ [__backup_settings.one_file_system, __backup_settings.check_parts, __backup_settings.limit_upload] }}"
    )
    assert declared(**said).template(trust_as_template(template)) == [False, 10, 500]
    (why,) = refusals(**said | {"backup_nice": "20"})
    assert "backup_nice 0 to 19" in why


def test_environment_holds_the_credentials_of_its_target_alone():
    login = {
        "backup_target": "rest",
        "backup_rest_url": "https://h:8000/vm",
        "backup_rest_user": "a b",
        "backup_rest_password": "p/@:",
    }
    environment = declared(**login, backup_s3_secret_access_key="other").template(
        trust_as_template("{{ __backup_environment }}")
    )
    assert environment == {
        "RESTIC_PASSWORD": "long enough",
        "RESTIC_REPOSITORY": "rest:https://a%20b:p%2F%40%3A@h:8000/vm",
    }


@pytest.mark.parametrize(
    ("options", "location"),
    [
        ({"backup_target": "s3", "backup_s3_bucket": "b", "backup_s3_prefix": "/x/"}, "s3:https://s3.amazonaws.com/b/x"),
        ({"backup_target": "gcs", "backup_gcs_bucket": "b", "backup_gcs_prefix": "x"}, "gs:b:/x"),
        ({**AZURE, "backup_azure_prefix": "x"}, "azure:c:/x"),
        (SFTP, "sftp:u@h:/r"),
    ],
)  # fmt: skip
def test_locations_are_in_restic_s_words(options, location):
    assert declared(**options).template(trust_as_template("{{ __backup_location }}")) == location


@pytest.fixture
def host(tmp_path):
    """A function that makes the object which sets a host up, with a release of restic in a file."""
    module = module_of(ROLE / "files/host.py")
    packed = tmp_path / "restic.bz2"
    packed.write_bytes(bz2.compress(b"#!/bin/sh\n"))

    def make(sha256="", url=""):
        restic = {"path": str(tmp_path / "opt/restic"), "url": url or packed.as_uri()}
        restic["sha256"] = sha256 or hashlib.sha256(packed.read_bytes()).hexdigest()
        return module.Host({"restic": restic, "config": "/x", "state": "/x", "program": "/x"})

    make.Refused = module.Refused
    make.place = tmp_path / "opt/restic"
    return make


def test_a_pinned_restic_is_unpacked(host):
    host().install()
    assert host.place.read_bytes() == b"#!/bin/sh\n"
    assert host.place.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [({"sha256": "0" * 64}, "another SHA-256"), ({"url": "file:///nowhere/restic.bz2"}, "could not be downloaded")],
)
def test_a_pinned_restic_that_is_not_what_was_pinned_is_refused(host, wrong, sentence):
    with pytest.raises(host.Refused, match=sentence):
        host(**wrong).install()
    assert not host.place.exists()


def test_only_a_job_whose_last_run_went_well_is_proved(host, monkeypatch):
    one = host()
    one.request |= {
        "name": "main",
        "command": "/x",
        "timers": [f"aienv-backup-main-{job}.timer" for job in ("backup", "check", "drill")],
    }
    jobs = {
        "backup": {"ok": True, "error": "", "last_success": 1764239400},
        # Once it went well, but not the last time.
        "check": {"ok": False, "error": "damaged packs: 4c4c4c4c", "last_success": 1764239400},
    }
    said = json.dumps({"location": "rest:https://store/vm", "jobs": jobs})
    monkeypatch.setitem(type(one).proof.__globals__, "run", lambda *_words: type("Done", (), {"stdout": said}))
    proof = one.proof()
    assert proof["proved"] == [
        "The backup main: settings, program and units are as declared, and timers are set for backup, check, drill.",
        "The repository rest:https://store/vm opens with the password that the host has.",
        "A backup was made at 2025-11-27 10:30 UTC.",
    ]
    assert proof["not_proved"] == [
        {"what": "The job check of the backup main", "why": "damaged packs: 4c4c4c4c"},
        {"what": "The job drill of the backup main", "why": "it has not run to its end yet"},
    ]


def test_without_root_that_is_the_answer_whatever_is_closed(host, monkeypatch):
    """The settings on the host are root's alone, and the task that looks has no_log: an error there would say nothing."""

    def closed(*words):
        raise PermissionError(13, "Permission denied")

    one = host()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(one, "different_files", closed)
    one.request |= {"calendars": [], "timers": []}
    assert one.observe() == {"uid": 1000}
    assert one.verify() == ["The role backup needs root on the host; set become to true in the play"]
