"""The role `idle_stop`: traces through the decision that the host makes, and what its program reads, refuses and asks."""

from __future__ import annotations

import fcntl
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from tests.programs import module_of
from tests.unit.roles.idle_traces import SILENCE, TRACES, Trace, trace_of

ROLE = Path(__file__).resolve().parents[3] / "roles/idle_stop"
PROGRAM = ROLE / "files/program"
NAMES = ("ask", "decision", "provider", "people", "hold", "measure", "lease", "watch", "report")


@pytest.fixture
def program(monkeypatch):
    """The program's modules, as they are imported on a host."""
    monkeypatch.syspath_prepend(str(PROGRAM))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    modules = {name: __import__(name) for name in NAMES}
    yield type("Program", (), modules)
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def rules(program):
    """The role's own defaults, looked at once a minute."""
    return program.decision.Rules(
        idle_seconds=3600, grace_seconds=600, sample_seconds=60, gpu_percent=5, gpu_memory_mib=0, cpu_cores=0.3, network_kib=100,
        logins="active",
    )  # fmt: skip


def replay(program, rules, samples):
    """The verdict of each sample, as the service makes it."""
    memory, verdicts = program.decision.begin(samples[0]), []
    for sample in samples:
        memory, verdict = program.decision.decide(memory, sample, rules)
        verdicts.append(verdict)
    return verdicts


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_a_trace_ends_as_it_should(program, rules, trace: Trace):
    verdicts = replay(program, replace(rules, **trace.rules), trace.samples)
    stops = [minute for minute, verdict in enumerate(verdicts) if verdict.state == "stop"]
    assert (stops[0] if stops else None) == trace.stops_at, [verdict.state for verdict in verdicts][-5:]
    if trace.says:
        assert any(trace.says in reason for verdict in verdicts for reason in verdict.reasons)


def test_a_trace_that_ends_has_warned_exactly_so_long_before(program, rules):
    verdicts = replay(program, rules, trace_of(SILENCE, 90))
    events = [(minute, verdict.event) for minute, verdict in enumerate(verdicts) if verdict.event]
    assert events == [(60, "warn")]
    assert [verdict.state for verdict in verdicts[60:71]] == ["warned"] * 10 + ["stop"]
    assert verdicts[60].stops_at == verdicts[70].stops_at


def test_work_during_the_warning_calls_it_off_and_says_so(program, rules):
    samples = (
        trace_of(SILENCE, 66)
        + trace_of({"gpus": [{"utilisation": 60, "memory_mib": 9000}]}, 2, start=66)
        + trace_of(SILENCE, 80, start=68)
    )
    verdicts = replay(program, rules, samples)
    assert [verdict.event for verdict in verdicts if verdict.event] == ["warn", "relief", "warn"]
    assert verdicts[66].state == "awake"
    # The hour begins anew with the last work.
    assert next(minute for minute, verdict in enumerate(verdicts) if verdict.state == "stop") == 67 + 60 + 10


def test_a_hold_that_ends_leaves_people_their_whole_warning(program, rules):
    samples = trace_of(SILENCE, 65) + trace_of({"holds": ["aienv-backup-main-backup.service is running"]}, 30, start=65)
    verdicts = replay(program, rules, samples + trace_of(SILENCE, 20, start=95))
    assert {verdict.state for verdict in verdicts[65:95]} == {"held"}
    assert [minute for minute, verdict in enumerate(verdicts) if verdict.event == "warn"] == [60, 95]
    assert verdicts[105].state == "stop"


def test_a_time_that_nobody_watched_is_no_idleness(program, rules):
    """A machine that was suspended, or a service that was down, begins anew."""
    samples = trace_of(SILENCE, 30) + trace_of(SILENCE, 80, start=300)
    verdicts = replay(program, rules, samples)
    assert verdicts[30].state == "quiet"
    assert next(minute for minute, verdict in enumerate(verdicts) if verdict.state == "stop") == 30 + 70


def test_a_clock_that_is_set_stops_nothing(program, rules):
    samples = trace_of(SILENCE, 30) + [{**one, "wall": one["wall"] + 7200} for one in trace_of(SILENCE, 75, start=30)]
    assert next(i for i, one in enumerate(replay(program, rules, samples)) if one.state == "stop") == 100


def test_a_clock_in_the_future_makes_no_eternal_work(program, rules):
    """Somebody typed at a time that the clock takes for tomorrow."""
    session = {"user": "ada", "line": "pts/0", "active_at": trace_of(SILENCE, 1)[0]["wall"] + 86400}
    verdicts = replay(program, rules, trace_of({"sessions": [session]}, 3))
    assert verdicts[-1].since <= trace_of(SILENCE, 3)[-1]["wall"]


def test_a_process_that_takes_over_goes_on_where_the_last_one_was(program, rules, tmp_path):
    samples = trace_of(SILENCE, 70)
    memory = program.decision.begin(samples[0])
    for sample in samples[:50]:
        memory, _verdict = program.decision.decide(memory, sample, rules)
    program.watch.publish(tmp_path, {"memory": program.watch.asdict(memory)})
    assert program.watch.recall(tmp_path) == memory
    (tmp_path / "state.json").write_text("{half")
    assert program.watch.recall(tmp_path) is None


BOOT = 1_000_000.0


@pytest.mark.parametrize(
    ("expires_at", "ttl_hours", "expected"),
    [
        ("", 0, None),
        ("", 2, BOOT + 7200),
        ("1970-01-12T18:00:00Z", 0, 1_015_200.0),
        ("1970-01-12T18:00:00+00:00", 2, 1_015_200.0),
        # Over before the boot: somebody wanted the machine back.
        ("1970-01-12T12:00:00Z", 0, None),
        ("1970-01-12T12:00:00Z", 3, BOOT + 10800),
    ],
)
def test_when_the_time_to_live_is_over(program, expires_at, ttl_hours, expected):
    assert program.decision.deadline(expires_at, ttl_hours, BOOT) == expected


# Sensors


@pytest.mark.parametrize(
    ("said", "cards"),
    [
        ("97, 40210\n0, 12", [(97, 40210), (0, 12)]),
        # MIG, as an A100 answers; a driver that was built without.
        ("[N/A], 2048", [(None, 2048)]),
        ("[Not Supported], 3", [(None, 3)]),
    ],
)
def test_what_nvidia_smi_says(program, said, cards):
    assert [(one["utilisation"], one["memory_mib"]) for one in program.measure.read_cards(said)] == cards


@pytest.mark.parametrize(
    "said",
    [
        "",
        "ERR!, 12",
        "97",
        "Unable to determine the device handle for GPU0000:00:1E.0: Unknown Error",
        "0, [Unknown Error]",
    ],
)
def test_what_nvidia_smi_says_when_something_is_broken(program, said):
    with pytest.raises(program.ask.Blind):
        program.measure.read_cards(said)


@pytest.fixture
def settings(tmp_path):
    (tmp_path / "leases").mkdir()
    return {
        "rules": {"idle_seconds": 3600, "grace_seconds": 600, "sample_seconds": 20, "gpu_percent": 5, "gpu_memory_mib": 0,
                  "cpu_cores": 0.3, "network_kib": 100},
        "gpu": True, "logins": "ignore", "jupyter": False, "jupyter_directories": [], "processes": [], "units": [], "locks": [], "lease_hours": 48,
        "expires_at": "", "ttl_hours": 0, "cloud": "none", "market": "", "local_disks": "keep", "action": "poweroff", "command": "", "identity": "",
        "endpoint_url": "", "metadata_url": "http://127.0.0.1:9", "ca_bundle": "", "notify_command": "",
        "state": str(tmp_path), "leases": str(tmp_path / "leases"),
    }  # fmt: skip


def plant(root: Path, files: dict) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def fake_program(folder: Path, name: str, script: str, monkeypatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


CARD = {"sys/bus/pci/devices/0000:00:1e.0/vendor": "0x10de\n", "sys/bus/pci/devices/0000:00:1e.0/class": "0x030200\n"}
NETWORK_CARD = {
    "sys/bus/pci/devices/0000:00:1e.0/vendor": "0x10de\n",
    "sys/bus/pci/devices/0000:00:1e.0/class": "0x020000\n",
}


@pytest.mark.parametrize(
    ("pci", "script", "expected"),
    [
        (CARD, "echo '12, 300'", [{"utilisation": 12, "memory_mib": 300}]),
        # As in a machine whose firmware shows no PCI bus.
        ({}, "echo '12, 300'", [{"utilisation": 12, "memory_mib": 300}]),
        ({}, "echo 'No devices were found'; exit 6", []),
        ({}, "echo 'No devices were found' >&2; exit 6", []),
        # A damaged infoROM is no reason to be blind for ever; neither is what a library says on the side.
        (
            CARD,
            "echo '12, 300'; echo 'WARNING: infoROM is corrupted at gpu 0000:00:1E.0'; exit 14",
            [{"utilisation": 12, "memory_mib": 300}],
        ),
        (CARD, "echo 'libdcgm: no version information' >&2; echo '12, 300'", [{"utilisation": 12, "memory_mib": 300}]),
        (CARD, "echo 'WARNING: infoROM is corrupted at gpu 0000:00:1E.0'; exit 14", "lists no card"),
        (CARD, "echo 'Segmentation fault' >&2; exit 139", "Segmentation fault"),
        (CARD, "true", "lists no card"),
        (NETWORK_CARD, "echo 'No devices were found'; exit 6", []),
        (CARD, "echo 'No devices were found'; exit 6", "No devices were found"),
        (
            CARD,
            "echo 'NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.'; exit 9",
            "could not communicate",
        ),
        ({}, "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18", "version mismatch"),
        (CARD, "exec sleep 1000", "did not answer within"),
    ],
)
def test_a_gpu_that_cannot_be_read_is_no_idle_gpu(program, settings, tmp_path, monkeypatch, pci, script, expected):
    fake_program(tmp_path / "bin", "nvidia-smi", script, monkeypatch)
    monkeypatch.setattr(
        program.measure, "program", lambda *argv, **more: program.ask.program(*argv, **{"seconds": 1, **more})
    )
    meter = program.measure.Meter(
        {**settings, "root": str(plant(tmp_path / "root", pci) if pci else tmp_path / "root")}
    )
    if isinstance(expected, list):
        assert meter.gpus() == expected
    else:
        with pytest.raises(program.ask.Blind, match=expected):
            meter.gpus()


def test_a_gpu_without_its_driver_is_no_idle_gpu(program, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(program.measure.shutil, "which", lambda name: None)
    root = str(plant(tmp_path / "root", CARD))
    with pytest.raises(program.ask.Blind, match="no nvidia-smi"):
        program.measure.Meter({**settings, "root": root}).gpus()
    assert program.measure.Meter({**settings, "root": str(tmp_path / "none")}).gpus() == []


def test_a_program_that_cannot_be_killed_is_not_started_again(program):
    class Undead:
        def poll(self):
            return None

    program.ask._stuck["nvidia-smi"] = Undead()
    with pytest.raises(program.ask.Blind, match="hangs since an earlier call"):
        program.ask.program("nvidia-smi")


def test_load_is_counted_in_cores_and_without_waiting(program, settings, tmp_path, monkeypatch):
    """One of 96 cores is one core; a thousand seconds of waiting for the disk are none."""
    root = plant(tmp_path / "root", {"proc/stat": "cpu  1000 0 0 9999 0 0 0 0 0 0\ncpu0 0\n"})
    meter, now = program.measure.Meter({**settings, "root": str(root)}), iter([100.0, 110.0])
    monkeypatch.setattr(program.measure.time, "clock_gettime", lambda which: next(now))
    monkeypatch.setattr(program.measure.os, "sysconf", lambda name: 100)
    assert meter.cpu_cores() is None
    plant(root, {"proc/stat": "cpu  1900 50 50 9999 100000 0 0 0 0 0\ncpu0 0\n"})
    assert meter.cpu_cores() == pytest.approx(1.0)


def test_traffic_is_that_of_the_machine_s_own_interfaces(program, settings, tmp_path, monkeypatch):
    line = "  {}: {} 0 0 0 0 0 0 0 {} 0 0 0 0 0 0 0"
    heads = "Inter-|   Receive\n face |bytes\n"

    def counters(own, inner):
        names = {"lo": inner, "docker0": inner, "vethab12": inner, "br-0f": inner, "ens5": own}
        return heads + "\n".join(line.format(name, count, count) for name, count in names.items())

    root = plant(tmp_path / "root", {"proc/net/dev": counters(0, 0)})
    meter, now = program.measure.Meter({**settings, "root": str(root)}), iter([100.0, 110.0])
    monkeypatch.setattr(program.measure.time, "clock_gettime", lambda which: next(now))
    meter.network_kib()
    plant(root, {"proc/net/dev": counters(1024 * 1024, 1024 * 1024)})
    assert meter.network_kib() == pytest.approx(204.8)


def test_named_processes_are_found_in_their_command_lines(program, settings, tmp_path):
    root = plant(
        tmp_path / "root",
        {
            "proc/7/cmdline": "python\0/home/ada/train.py\0--epochs\x00100\0",
            "proc/8/cmdline": "sleep\09\0",
            "proc/net/dev": "",
        },
    )
    meter = program.measure.Meter({**settings, "root": str(root), "processes": [r"train\.py", "torchrun"]})
    assert meter.processes() == ["python /home/ada/train.py --epochs 100 (7)"]


# Holds


def test_a_lock_is_seen_and_not_taken(program, tmp_path):
    path = tmp_path / "lock-frontend"
    path.write_text("")
    assert program.hold.locker(str(path)) == 0
    assert program.hold.locker(str(tmp_path / "missing")) == 0
    holder = f"import fcntl, time; f = open({str(path)!r}, 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert program.hold.locker(str(path)) == process.pid
        process.kill()
    with path.open("r+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def disk_tree(root: Path, model: str, *, layered: bool = False) -> Path:
    """A host with a disk of that model, mounted at /scratch, directly or through a RAID of its partition."""
    disk = root / "sys/devices/pci/nvme1n1"
    plant(
        disk,
        {"device/model": f"{model}   \n", "dev": "259:1\n", "nvme1n1p1/partition": "1\n", "nvme1n1p1/dev": "259:2\n"},
    )
    block = root / "sys/dev/block"
    block.mkdir(parents=True)
    (block / "259:1").symlink_to(disk)
    (root / "sys/block").mkdir()
    (root / "sys/block/nvme1n1").symlink_to(disk)
    (block / "259:2").symlink_to(disk / "nvme1n1p1")
    if layered:
        md = root / "sys/devices/virtual/md0"
        plant(md, {"dev": "9:0\n"})
        (md / "slaves").mkdir()
        (md / "slaves/nvme1n1p1").symlink_to(disk / "nvme1n1p1")
        (block / "9:0").symlink_to(md)
    device = "9:0" if layered else "259:1"
    plant(
        root,
        {
            "proc/self/mountinfo": f"30 1 {device} / /scratch rw - ext4 /dev/x rw\n31 1 0:25 / /run rw - tmpfs tmpfs rw\n"
        },
    )
    (root / "scratch/lost+found").mkdir(parents=True)
    return root


@pytest.mark.parametrize("layered", [False, True], ids=["disk", "raid"])
@pytest.mark.parametrize(
    ("model", "local"),
    [
        ("Amazon EC2 NVMe Instance Storage", True),
        ("nvme_card", True),
        ("nvme_card0", True),
        ("nvme_card15", True),
        ("EphemeralDisk", True),
        ("Microsoft NVMe Direct Disk", True),
        ("Microsoft NVMe Direct Disk v2", True),
        ("Amazon Elastic Block Store", False),
        ("nvme_card-pd", False),
        ("MSFT NVMe Accelerator v1.0", False),
    ],
)
def test_a_disk_that_a_stop_would_empty_keeps_the_machine(program, settings, tmp_path, model, local, layered):
    holds = program.hold.Holds({**settings, "root": str(disk_tree(tmp_path / "root", model, layered=layered))})
    assert holds.disks() == []
    (tmp_path / "root/scratch/checkpoint.pt").write_text("weights")
    assert bool(holds.disks()) == local
    holds.settings["local_disks"] = "lose"
    assert holds.disks() == []


@pytest.mark.parametrize(
    ("mounted", "model", "says"),
    [
        # btrfs has an anonymous number, whatever it lies on.
        ("btrfs /dev/nvme1n1p1", "nvme_card0", ["/scratch lies on a disk that a stop empties, and holds files"]),
        ("btrfs /dev/nvme1n1p1", "nvme_card-pd", []),
        ("btrfs /dev/of-the-host", "nvme_card0", []),
        ("tmpfs tmpfs", "nvme_card0", []),
        ("tmpfs ", "nvme_card0", []),
        (
            "zfs tank/scratch",
            "nvme_card0",
            ["/scratch is of ZFS, which may lie on the disk here that a stop empties, and holds files"],
        ),
        ("zfs tank/scratch", "nvme_card-pd", []),
    ],
)
def test_file_systems_without_a_disk_s_number_are_seen_too(program, settings, tmp_path, mounted, model, says):
    root = disk_tree(tmp_path / "root", model)
    # A device with a number that needs no privilege: /dev/null is 1:3.
    plant(root, {"proc/self/mountinfo": f"30 1 0:44 / /scratch rw - {mounted} rw\n", "dev/shm/x": ""})
    (root / "dev/nvme1n1p1").symlink_to("/dev/null")
    (root / "sys/dev/block/1:3").symlink_to(root / "sys/devices/pci/nvme1n1/nvme1n1p1")
    holds = program.hold.Holds({**settings, "root": str(root)})
    assert holds.disks() == []
    (root / "scratch/checkpoint.pt").write_text("weights")
    assert holds.disks() == says


# Jupyter


class Jupyter(http.server.BaseHTTPRequestHandler):
    """Answers as jupyter_server 2 does."""

    token = "s3cr3t"
    kernels: tuple = ()

    def do_GET(self):
        known = self.headers.get("Authorization") == f"token {self.token}"
        body = (
            json.dumps(self.kernels if self.path.endswith("kernels") else []) if known else '{"message": "Forbidden"}'
        )
        self.send_response(200 if known else 403)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *words):
        pass


@pytest.fixture
def jupyter(tmp_path, settings):
    """A server, and the file that it leaves of itself; a function that changes what stands there."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Jupyter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings["jupyter_directories"] = [str(tmp_path / "runtime")]
    (tmp_path / "runtime").mkdir()

    def note(**changes):
        told = {
            "pid": os.getpid(),
            "port": server.server_address[1],
            "hostname": "localhost",
            "base_url": "/",
            "token": "s3cr3t",
            "secure": False,
        }
        (tmp_path / f"runtime/jpserver-{os.getpid()}.json").write_text(json.dumps({**told, **changes}))

    yield note
    server.shutdown()
    server.server_close()


def test_kernels_are_asked_of_the_servers_that_run(program, settings, jupyter):
    Jupyter.kernels = (
        {
            "id": "1",
            "name": "python3",
            "last_activity": "2026-11-27T06:00:00.000000Z",
            "execution_state": "idle",
            "connections": 1,
        },
        {
            "id": "2",
            "name": "python3",
            "last_activity": "2026-11-27T05:00:00.000000Z",
            "execution_state": "busy",
            "connections": 0,
        },
    )
    jupyter()
    found = program.people.kernels(settings)
    assert [(one["busy"], one["active_at"]) for one in found] == [(False, 1795759200.0), (True, 1795755600.0)]


def test_a_server_that_has_ended_counts_for_nothing(program, settings, jupyter):
    jupyter(pid=2**22 + 1)
    assert program.people.kernels(settings) == []


def test_a_server_that_does_not_let_itself_be_asked_is_said(program, settings, jupyter):
    jupyter(token="")
    with pytest.raises(
        program.ask.Blind, match=r"the Jupyter server of .* on port \d+ does not let itself be asked: .*403"
    ):
        program.people.kernels(settings)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nx",
    ],
    ids=["another protocol", "an end in the middle", "an odd refusal"],
)
def test_what_answers_something_else_on_a_port_of_jupyter_s_is_said(program, settings, jupyter, answer):
    """A server has ended without its file, its process number and its port are somebody else's."""
    settings["jupyter"] = True
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak():
            connection, _address = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        threading.Thread(target=speak, daemon=True).start()
        jupyter(port=listener.getsockname()[1])
        with pytest.raises(program.ask.Blind, match=r"the Jupyter server of .* on port"):
            program.people.kernels(settings)


def test_no_file_of_a_user_s_ends_the_service(program, settings, tmp_path):
    """Whatever goes wrong with one sense, the sample is whole, and says which was blind."""
    settings |= {"gpu": False, "jupyter": True, "jupyter_directories": [str(tmp_path)]}
    (tmp_path / "jpserver-1.json").write_text("[" * 60000)
    sample = program.measure.Meter(settings).sample()
    assert sample["blind"]["kernels"].startswith("kernels could not be read: RecursionError")
    assert sample["leases"] == []


def test_nobody_sends_root_to_another_machine(program, settings, jupyter):
    """What a user wrote into such a file is asked on this machine or not at all."""
    assert program.people.own_address("203.0.113.7") == "127.0.0.1"
    assert program.people.own_address("localhost") == "127.0.0.1"


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("/etc/hostname"),
        os.mkfifo,
        lambda path: path.write_text("{half"),
        lambda path: path.write_text("[1]"),
    ],
)
def test_odd_files_in_the_runtime_directory_are_passed_over(program, settings, tmp_path, make):
    settings["jupyter_directories"] = [str(tmp_path)]
    make(tmp_path / "jpserver-1.json")
    assert program.people.kernels(settings) == []


# Leases


def test_a_lease_is_taken_shown_and_given_back(program, settings):
    said = program.lease.take(settings, "4h", "the paper")
    assert said.startswith("The machine stays awake until ")
    (one,) = program.people.leases(settings)
    assert one["until"] == pytest.approx(time.time() + 4 * 3600, abs=5)
    assert one["why"] == "the paper"
    assert program.lease.give_back(settings) == "Your lease is given back."
    assert program.people.leases(settings) == []
    assert program.lease.give_back(settings) == "There was no lease of yours."


@pytest.mark.parametrize(("text", "expected"), [("90m", 5400), ("4h", 14400), ("1d12h", 129600)])
def test_times_of_leases(program, text, expected):
    assert program.lease.seconds(text) == expected


@pytest.mark.parametrize("text", ["4", "h", "4 hours", "-1h", "1.5h", "0h", "49h", "3d"])
def test_leases_that_are_refused_leave_nothing(program, settings, text):
    with pytest.raises(program.ask.Refused):
        program.lease.take(settings, text, "")
    assert list(Path(settings["leases"]).iterdir()) == []


def test_no_lease_lasts_longer_than_the_role_allows_whatever_stands_in_it(program, settings):
    (Path(settings["leases"]) / "0.json").write_text(json.dumps({"until": time.time() + 1e9, "why": ""}))
    (Path(settings["leases"]) / "1.json").write_text("{half")
    (Path(settings["leases"]) / "2.json").symlink_to("/etc/passwd")
    (one,) = program.people.leases(settings)
    assert one["until"] <= time.time() + 48 * 3600


# The cloud


@pytest.mark.parametrize(("word", "refused"), [("spot", True), ("capacity-block", True), ("on-demand", False)])
def test_an_instance_that_a_shutdown_would_end_is_not_stopped(program, settings, monkeypatch, word, refused):
    asked = []

    def web(url, headers, **more):
        asked.append((more.get("method", "GET"), url.partition("/latest")[2], headers))
        return "token" if "token" in url else word

    monkeypatch.setattr(program.ask, "web", web)
    assert bool(program.provider.refusals({**settings, "cloud": "aws"})) == refused
    assert asked == [
        ("PUT", "/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "60"}),
        ("GET", "/meta-data/instance-life-cycle", {"X-aws-ec2-metadata-token": "token"}),
    ]


def test_without_metadata_the_inventory_s_word_counts(program, settings):
    assert program.provider.refusals({**settings, "cloud": "aws", "market": "spot"})
    assert program.provider.refusals({**settings, "cloud": "aws", "market": "on_demand"}) == []


def test_an_ephemeral_system_disk_is_not_deallocated(program, settings, monkeypatch):
    about = {"storageProfile": {"osDisk": {"diffDiskSettings": {"option": "Local"}}}}
    monkeypatch.setattr(program.provider, "instance", lambda settings: about)
    assert program.provider.refusals({**settings, "cloud": "azure", "action": "deallocate"})


@pytest.mark.parametrize("answer", ["<html>", "{}", "[]"])
def test_a_token_that_is_none_is_a_reason_and_no_end_of_the_service(program, settings, monkeypatch, answer):
    about = json.dumps({"azEnvironment": "AzurePublicCloud", "resourceId": "/subscriptions/1"})
    monkeypatch.setattr(program.ask, "web", lambda url, headers, **more: answer if "token" in url else about)
    assert "gives no token" in program.provider.prove({**settings, "cloud": "azure", "action": "deallocate"})


def test_a_stop_that_fails_is_said_and_tried_again_after_another_warning(
    program, settings, monkeypatch, capsys, tmp_path
):
    samples = iter(trace_of(SILENCE, 200))
    settings = {
        **settings,
        "action": "command",
        "command": "echo no; exit 3",
        "rules": {**settings["rules"], "sample_seconds": 60},
    }
    watch = program.watch.Watch({**settings, "notify_command": f'echo "$AIENV_IDLE_STOP_EVENT" >> {tmp_path}/told'})
    monkeypatch.setattr(watch.meter, "sample", lambda: next(samples))
    told = []
    monkeypatch.setattr(program.people, "tell", told.append)
    states = [watch.turn().state for _minute in range(71 + 72)]
    assert [minute for minute, state in enumerate(states) if state == "stop"] == [70, 141]
    assert (
        "The machine could not be stopped and costs on: 'echo no; exit 3' ended with 3: no" in capsys.readouterr().err
    )
    assert (tmp_path / "told").read_text().split() == ["warn", "stop", "failure"] * 2
    assert len(told) == 2
    assert "could not be stopped" in program.report.text(program.report.read(tmp_path))


def test_what_is_told_reaches_every_terminal(program, tmp_path):
    plant(tmp_path, {"dev/pts/0": "", "dev/pts/17": "", "dev/pts/ptmx": ""})
    (tmp_path / "dev/pts/3").symlink_to("/nowhere")
    program.people.tell("The machine stops at 12:00.", tmp_path)
    said = {path.name: path.read_bytes().decode() for path in (tmp_path / "dev/pts").iterdir() if path.is_file()}
    assert said == {
        "0": "\r\n\aThe machine stops at 12:00.\r\n",
        "17": "\r\n\aThe machine stops at 12:00.\r\n",
        "ptmx": "",
    }


# What the role refuses


@pytest.fixture(scope="module")
def refusals():
    """The role's reasons against a declaration, by its own expressions."""
    loader = DataLoader()
    values: dict = {}
    for name in ("defaults/main", "vars/Debian", "vars/main"):
        values |= loader.load_from_file(str(ROLE / f"{name}.yml"), trusted_as_template=True)

    def judge(seen: dict, **declared):
        facts = {
            "__idle_stop_seen": {"cloud": "none", "action": "poweroff", "bad_patterns": [], "bad_expiry": False, **seen}
        }
        found = Templar(loader, {**values, **facts, **declared}).template(
            trust_as_template("{{ __idle_stop_refusals }}")
        )
        return " ".join(found)

    return judge


@pytest.mark.parametrize(
    ("seen", "declared", "says"),
    [
        ({}, {}, ""),
        ({"cloud": "gcp"}, {"idle_stop_market": "spot"}, ""),
        ({"cloud": "azure", "action": "deallocate"}, {"idle_stop_market": "spot"}, ""),
        ({"cloud": "aws"}, {"vm_fleet": "devbox"}, ""),
        ({"cloud": "aws"}, {}, "set idle_stop_shutdown_keeps to true where it says stop"),
        ({"cloud": "aws"}, {"vm_fleet": "devbox", "vm_market": "spot"}, "a stop would terminate it with its disk"),
        ({"cloud": "azure"}, {}, "stays allocated and is paid for"),
        (
            {"cloud": "gcp", "action": "deallocate"},
            {},
            "The action deallocate is that of Azure; this machine is on gcp.",
        ),
        ({"action": "command"}, {"idle_stop_action": "command"}, "The action command needs idle_stop_command."),
        ({}, {"idle_stop_minutes": 0}, "have to be more than 0"),
        ({}, {"idle_stop_sample_seconds": 90}, "at most 60"),
        (
            {"bad_expiry": True},
            {"idle_stop_expires_at": "tomorrow"},
            "(tomorrow) is no time of the calendar with its zone, as 2026-",
        ),
        ({}, {"vm_expires_at": "2026-12-24T18:00:00Z"}, ""),
        ({"bad_patterns": ["*.py"]}, {}, "no regular expression of Python is *.py."),
        ({}, {"idle_stop_units": ["--help"]}, "does not begin with a hyphen: --help."),
        ({}, {"idle_stop_metadata_url": "169.254.169.254"}, "begin with http:// or https://"),
    ],
)
def test_what_is_refused_before_anything_changes(refusals, seen, declared, says):
    found = refusals(seen, **declared)
    assert says in found if says else found == ""


@pytest.fixture
def host(tmp_path, monkeypatch):
    """The program that sets the host up, as root on a machine without firmware."""
    module = module_of(ROLE / "files/host.py")
    monkeypatch.setattr(module, "SYS", tmp_path / "sys")
    monkeypatch.setattr(module.os, "geteuid", lambda: 0)
    return module


@pytest.mark.parametrize(
    ("firmware", "cloud", "action"),
    [
        ({}, "none", "poweroff"),
        ({"sys_vendor": "Google"}, "gcp", "poweroff"),
        ({"sys_vendor": "Microsoft Corporation"}, "none", "poweroff"),
        ({"chassis_asset_tag": "7783-7084-3265-9085-8269-3286-77"}, "azure", "deallocate"),
        ({"sys_vendor": "Amazon EC2", "chassis_asset_tag": "Amazon EC2"}, "aws", "poweroff"),
        # p3 and what else AWS runs on Xen.
        ({"sys_vendor": "Xen", "bios_vendor": "Xen", "bios_version": "4.11.amazon"}, "aws", "poweroff"),
        ({"sys_vendor": "Xen", "../../../hypervisor/uuid": "ec2e1916-9099-7caf"}, "aws", "poweroff"),
        ({"product_uuid": "EC2E1916-9099-7CAF", "product_serial": "ec2e1916-9099-7caf"}, "aws", "poweroff"),
        ({"sys_vendor": "Xen", "bios_version": "4.11"}, "none", "poweroff"),
        # One UUID in 4096 begins so.
        ({"product_uuid": "ec2e1916-9099-7caf", "product_serial": "7"}, "none", "poweroff"),
    ],
)
def test_the_host_fills_in_cloud_and_action(host, firmware, cloud, action):
    plant(host.SYS / "class/dmi/id", firmware)
    assert host.settle({"cloud": "", "action": "auto"}) == {"cloud": cloud, "action": action}


def test_a_cloud_and_an_action_that_are_named_stand(host):
    assert host.settle({"cloud": "none", "action": "command"}) == {"cloud": "none", "action": "command"}


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("", False),
        ("2026-12-24T18:00:00Z", False),
        ("2026-12-24T18:00:00+01:00", False),
        ("2026-12-24T18:00:00", True),
        ("2026-13-40T99:99:99Z", True),
        ("2026-02-29T12:00:00Z", True),
        ("tomorrow", True),
    ],
)
def test_a_time_that_the_service_could_not_read_is_found_before_it_is_written(program, host, monkeypatch, text, bad):
    monkeypatch.setattr(host, "runs", lambda: False)
    settings = {"cloud": "none", "action": "poweroff", "processes": [], "expires_at": text}
    request = {"settings": settings, "files": {}, "folders": {}, "program": "/x", "places": []}
    assert host.Host(request).observe()["bad_expiry"] == bad
    if not bad:
        program.decision.deadline(text, 0, BOOT)


def test_without_root_that_is_the_answer_whatever_is_closed(host, monkeypatch):
    """The settings on the host are root's alone, so that looking at them would end with an error."""

    def closed(*words):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(host, "is_as", closed)
    settings = {"cloud": "none", "action": "poweroff", "processes": [], "expires_at": ""}
    request = {"settings": settings, "files": {"/x/a.py": ["", "644"]}, "folders": {}, "program": "/x", "config": "/x"}
    assert host.Host(request).observe() == {"uid": 1000}
    assert host.Host(request).verify() == ["The role idle_stop needs root on the host; set become to true in the play"]
