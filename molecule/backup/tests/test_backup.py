"""What a backup has to stand: loss, murder, damage, full disks, wrong passwords; on a machine that converge.yml set up.

Run by verify.yml, one process for each machine: pytest --hosts=docker://MACHINE
"""

from __future__ import annotations

import json
import time

import pytest

TARGETS = ["main", "append", "cloud", "ssh"]
WORK = "/srv/work"
#: Every file with its mode, owner, size, link target and checksum.
INVENTORY = (
    "cd / && find srv/work -path '*/.cache' -prune -o -name 'checkpoint-*' -prune -o -printf '%p %M %u %g %l %T@\\n' | sort;"
    " find srv/work -type f -not -path '*/.cache/*' -not -path '*/checkpoint-*' -exec sha256sum {} + | sort"
)
UNREACHABLE = "RESTIC_REPOSITORY=rest:http://127.0.0.1:9/x"


def start(host, name, job="backup"):
    """Start a job's unit; (exit status, report or sentence)."""
    done = host.run(f"aienv-backup {name} start {job}")
    return done.rc, json.loads(done.stdout) if done.rc == 0 else done.stderr.strip()


def snapshots(host, name):
    return [one["id"] for one in json.loads(host.check_output(f"aienv-backup {name} snapshots"))]


def is_red(host, name, job="backup"):
    return host.run(f"systemctl is-failed --quiet aienv-backup-{name}-{job}.service").rc == 0


def report(host, name="main"):
    return json.loads(host.check_output(f"aienv-backup {name} status"))["jobs"]


@pytest.fixture
def environment(host):
    """A function that appends a line to a backup's environment file; the file is as before afterwards."""
    path = "/etc/aienv-backup/{}/environment"
    changed = []

    def append(name, line):
        changed.append(name)
        host.check_output(f"cp -p {path.format(name)} /root/{name}.environment && echo '{line}' >> {path.format(name)}")

    yield append
    for name in changed:
        host.check_output(f"cp -p /root/{name}.environment {path.format(name)}")


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_deleted_comes_back_byte_by_byte(host, name):
    before = host.check_output(INVENTORY)
    code, answer = start(host, name)
    assert code == 0, answer
    assert answer["ok"] is True
    assert answer["bytes_processed"] > 300_000
    host.check_output(f"mv {WORK} /srv/lost")
    done = host.run(f"aienv-backup {name} restore --target / --path {WORK}")
    assert done.rc == 0, done.stderr
    assert host.check_output(INVENTORY) == before
    # Excluded: caches and checkpoints.
    assert not host.file(f"{WORK}/.cache").exists
    assert not host.file(f"{WORK}/checkpoint-100").exists
    host.check_output(f"rm -r {WORK} && mv /srv/lost {WORK}")


@pytest.mark.parametrize(
    ("name", "job"), [*((name, "drill") for name in TARGETS), ("main", "check"), ("append", "check")]
)
def test_drill_and_check_pass(host, name, job):
    code, answer = start(host, name, job)
    assert code == 0, answer
    assert not is_red(host, name, job)


def test_nothing_secret_is_readable_or_on_a_command_line(host):
    assert host.file("/etc/aienv-backup").mode == 0o700
    readable = host.check_output("find /etc/aienv-backup -perm /077").split()
    assert readable == []
    words = host.check_output("grep -rhE 'ExecStart|Environment' /etc/systemd/system/ | grep aienv-backup")
    assert "PASSWORD" not in words
    assert "secret" not in words


def test_report_is_a_local_fact_and_a_metric(host):
    fact = json.loads(host.file("/etc/ansible/facts.d/aienv_backup_main.fact").content_string)
    assert fact["jobs"]["backup"]["ok"] is True
    assert fact["jobs"]["backup"]["last_success"] > time.time() - 3600
    metrics = host.file("/var/lib/prometheus/node-exporter/aienv_backup_main.prom").content_string
    assert 'aienv_backup_ok{name="main",job="backup"} 1\n' in metrics
    assert 'aienv_backup_last_success_timestamp_seconds{name="main",job="backup"} 17' in metrics
    assert 'aienv_backup_repository_bytes{name="main",job="check"}' in metrics


def test_runs_come_after_what_people_do(host):
    words = host.check_output(
        "systemctl show aienv-backup-main-backup -p Nice -p IOSchedulingClass -p ProtectSystem"
    ).split()
    assert {"Nice=10", "IOSchedulingClass=3", "ProtectSystem=strict"} <= set(words)


def test_restore_overwrites_nothing_unasked(host):
    host.check_output(
        f"echo mine > {WORK}/model.bin.new && cp {WORK}/model.bin.new /root/mine && cp -p {WORK}/model.bin /root/model"
    )
    host.check_output(f"cp /root/mine {WORK}/model.bin && rm {WORK}/sub/link")
    refused = host.run(f"aienv-backup main restore --target / --path {WORK}")
    assert refused.rc == 1
    assert "exist already below /" in refused.stderr
    dry = json.loads(
        host.check_output(f"aienv-backup main restore --target / --path {WORK} --existing overwrite --dry-run")
    )
    assert dry["files"] == 3
    assert dry["existing"] == 2
    assert not host.file(f"{WORK}/sub/link").exists
    kept = host.run(f"aienv-backup main restore --target / --path {WORK} --existing keep")
    assert kept.rc == 0, kept.stderr
    assert host.file(f"{WORK}/sub/link").linked_to == f"{WORK}/model.bin"
    assert host.file(f"{WORK}/model.bin").content_string == "mine\n"
    host.check_output(f"aienv-backup main restore --target / --path {WORK}/model.bin --existing overwrite")
    assert host.run(f"cmp {WORK}/model.bin /root/model").rc == 0
    host.check_output(f"rm {WORK}/model.bin.new")


def test_restore_elsewhere_and_of_what_is_not_there(host):
    odd = f"{WORK}/sub/a name with [brackets] and ünïcode"
    host.check_output(f"aienv-backup main restore --target /root/elsewhere --path '{odd}'")
    assert host.check_output("find /root/elsewhere -type f") == f"/root/elsewhere{odd}"
    nothing = host.run("aienv-backup main restore --target /root/elsewhere --path /srv/never")
    assert "has nothing at /srv/never" in nothing.stderr
    nobody = host.run("aienv-backup main restore --target /root/elsewhere --snapshot deadbeef")
    assert "has no snapshot 'deadbeef'" in nobody.stderr


@pytest.mark.parametrize("when", ["pre", "post"])
def test_a_failing_command_is_a_failure(host, when):
    before = snapshots(host, "main")
    host.check_output(f"touch /srv/{when}-fails; rm -f /srv/dump/*")
    code, sentence = start(host, "main")
    host.check_output(f"rm /srv/{when}-fails")
    assert code == 1
    assert f"the {when}-command 'test ! -e /srv/{when}-fails' ended with 1" in sentence
    assert is_red(host, "main")
    # No snapshot of a dump that was not made; the commands after run in any case.
    assert len(snapshots(host, "main")) == len(before) + (when == "post")
    assert host.file("/srv/dump/after").exists
    assert host.file("/srv/dump/before").exists == (when == "post")
    assert sentence in host.file("/srv/dump/notified").content_string


def test_a_missing_path_is_a_failure_though_the_rest_is_backed_up(host):
    host.check_output(f"mv {WORK} /srv/lost")
    code, sentence = start(host, "main")
    host.check_output(f"mv /srv/lost {WORK}")
    assert code == 1
    assert "is incomplete: /srv/work is missing" in sentence


def test_a_killed_backup_leaves_a_repository_that_works(host):
    before = snapshots(host, "main")
    host.check_output(f"head -c 4000000 /dev/urandom > {WORK}/new.bin; : > /srv/dump/notified")
    # As soon as the first byte of it lies in the repository; all of it takes four seconds (backup_limit_upload).
    pack = "find /backup/main/data -type f -newer /srv/work/new.bin | grep -q ."
    unit = "aienv-backup-main-backup"
    kill = f"for i in $(seq 200); do {pack} && break; sleep 0.05; done; systemctl kill --signal=KILL {unit}"
    host.check_output(f"systemctl start --no-block {unit}; {kill}")
    host.check_output(
        "for i in $(seq 150); do grep -q 'backup it was killed' /srv/dump/notified && break; sleep 0.2; done"
    )
    assert is_red(host, "main")
    assert report(host)["backup"]["error"] == "it was killed before its end"
    assert (
        'aienv_backup_ok{name="main",job="backup"} 0\n'
        in host.file("/var/lib/prometheus/node-exporter/aienv_backup_main.prom").content_string
    )
    assert snapshots(host, "main") == before
    code, answer = start(host, "main")
    assert code == 0, answer
    assert snapshots(host, "main")[:-1] == before
    code, answer = start(host, "main", "check")
    assert code == 0, answer
    host.check_output(f"rm {WORK}/new.bin")


def test_a_full_disk_is_a_sentence_and_old_snapshots_stay(host):
    before = snapshots(host, "main")
    free = int(host.check_output("df --output=avail -B1 /backup | tail -1"))
    host.check_output(
        f"head -c {free - 200_000} /dev/zero > /backup/filler; head -c 3000000 /dev/urandom > {WORK}/new.bin"
    )
    code, sentence = start(host, "main")
    host.check_output("rm /backup/filler")
    assert code == 1
    assert "there is no space left" in sentence
    assert is_red(host, "main")
    assert snapshots(host, "main") == before
    code, answer = start(host, "main")
    assert code == 0, answer
    host.check_output(f"rm {WORK}/new.bin")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RESTIC_PASSWORD=wrong", "the password does not open the repository"),
        (UNREACHABLE, "the target cannot be reached"),
        ("RESTIC_REPOSITORY=/backup/nothing", "is gone, and none is made in its place"),
    ],
)
def test_what_cannot_work_is_a_sentence_and_changes_nothing(host, environment, line, expected):
    before = snapshots(host, "main")
    began = time.monotonic()
    environment("main", line)
    code, sentence = start(host, "main")
    assert code == 1
    assert expected in sentence
    # Where restic alone would try for a quarter of an hour.
    assert time.monotonic() - began < 40
    assert is_red(host, "main")
    assert report(host)["backup"]["error"] == sentence
    host.check_output("cp -p /root/main.environment /etc/aienv-backup/main/environment")
    assert snapshots(host, "main") == before
    assert not host.file("/backup/nothing").exists


def test_wrong_credentials_are_a_sentence_without_the_secret(host, environment):
    environment("append", "RESTIC_REPOSITORY=rest:https://somebody:sesame@keeper:8000/somebody")
    code, sentence = start(host, "append")
    assert code == 1
    assert "does not accept the credentials" in sentence
    assert "sesame" not in sentence


def test_an_append_only_repository_forgets_nothing(host):
    newest = snapshots(host, "append")[-1]
    host.run(f"aienv-backup append restic forget {newest}")
    assert newest in snapshots(host, "append")


def test_a_canary_that_changed_turns_the_drill_red(host):
    host.check_output("echo other > /var/lib/aienv-backup/main/canary.expected")
    code, sentence = start(host, "main", "drill")
    assert code == 1
    assert "is not what was backed up" in sentence
    assert is_red(host, "main", "drill")
    assert start(host, "main")[0] == 0
    assert start(host, "main", "drill")[0] == 0


def test_a_damaged_pack_is_found_within_one_round_of_checks(host):
    packs = host.check_output("cd /backup/main/data && find . -type f -size +100k").split()
    host.check_output("cp -a /backup/main/data /root/data && chmod -R u+w /backup/main/data")
    damage = "printf damage | dd of=/backup/main/data/{} bs=1 seek=2000 conv=notrunc status=none"
    host.check_output("; ".join(damage.format(pack) for pack in packs))
    answers = [start(host, "main", "check") for _part in (1, 2)]
    sentences = [answer for code, answer in answers if code]
    assert sentences
    assert all("the repository is damaged" in sentence for sentence in sentences), sentences
    # Chance says which part the packs are in; with all of them in the second it is the clearing out that stumbles first.
    assert any(pack.rsplit("/", 1)[-1][:8] in sentence for pack in packs for sentence in sentences), sentences
    assert is_red(host, "main", "check")
    # A part that failed is read again, not passed over; mended, it passes.
    host.check_output("cp -a /root/data /backup/main/")
    assert start(host, "main", "check")[0] == 0
