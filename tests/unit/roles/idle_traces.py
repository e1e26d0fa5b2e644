"""Days of machines, a sample a minute, for the decision of the role `idle_stop`.

The GPUs' numbers follow what `nvidia-smi --query-gpu=utilization.gpu,memory.used` shows of such work: a training that is near
100 % with gaps of minutes while it loads data, evaluates or writes a checkpoint; a served model that holds its memory
and does nothing between requests.
"""

from __future__ import annotations

from dataclasses import dataclass, field

WALL, BOOT = 1_795_759_200.0, 5_000.0
SILENCE: dict = {
    "cpu_cores": 0.03,
    "network_kib": 1.5,
    "gpus": [{"utilisation": 0, "memory_mib": 4}],
    "leases": [],
    "holds": [],
    "sessions": [],
}


@dataclass(frozen=True)
class Trace:
    """`samples` of a minute each; `stops_at` is the minute in which the machine is stopped, None for never."""

    name: str
    samples: list
    stops_at: int | None
    rules: dict = field(default_factory=dict)
    #: A part of a sentence that is among the reasons.
    says: str = ""


def trace_of(seen: dict, minutes: int, start: int = 0) -> list:
    """The same for so many minutes."""
    return [
        {**SILENCE, **seen, "wall": WALL + 60 * minute, "boot": BOOT + 60 * minute}
        for minute in range(start, start + minutes)
    ]


def gpu(percents: list, memory: int = 40_000, **also: object) -> list:
    """One card through the minutes."""
    found = []
    for minute, percent in enumerate(percents):
        found += trace_of({"gpus": [{"utilisation": percent, "memory_mib": memory}], **also}, 1, start=minute)
    return found


def cores(values: list, **also: object) -> list:
    return [
        one for minute, value in enumerate(values) for one in trace_of({"cpu_cores": value, **also}, 1, start=minute)
    ]


def network(values: list) -> list:
    return [one for minute, value in enumerate(values) for one in trace_of({"network_kib": value}, 1, start=minute)]


def typed(at: int, line: str = "pts/0") -> dict:
    return {"user": "ada", "line": line, "active_at": WALL + 60 * at}


def kernel(busy: bool, at: int) -> dict:
    return {"owner": "ada", "busy": busy, "active_at": WALL + 60 * at}


#: Epochs of 45 minutes, then 12 in which data is loaded and validated by a CPU that mostly waits for the disk.
EPOCHS = ([97, 99, 98, 96, 99] * 9 + [0] * 12) * 6
OPEN_TUNNEL = {"user": "ada", "line": "ssh", "active_at": None}
EIGHT_CARDS = [{"utilisation": 0, "memory_mib": 500}] * 7 + [{"utilisation": 88, "memory_mib": 70_000}]
MIG_HELD, MIG_FREE = [{"utilisation": None, "memory_mib": 18_000}], [{"utilisation": None, "memory_mib": 45}]
LEASE = {"who": "ada", "until": WALL + 4 * 3600, "why": "the paper"}
BLIND = {"gpus": "nvidia-smi did not answer within 20 s"}

TRACES = [
    Trace("silence", trace_of(SILENCE, 100), 70),
    Trace("no GPU", trace_of({"gpus": []}, 100), 70),
    # GPUs
    Trace("training, sleeping CPU", gpu([98, 100, 97] * 240), None, says="GPU 0 works at"),
    Trace("training with gaps between epochs", gpu(EPOCHS), None),
    Trace("training that ends", gpu([99] * 120 + [0] * 90, memory=4), 119 + 70),
    Trace("training on the last of eight cards", trace_of({"gpus": EIGHT_CARDS}, 200), None, says="GPU 7 works at"),
    Trace("one burst an hour of a served model", gpu(([60] + [0] * 58) * 4), None),
    Trace("model in memory, nobody asks", gpu([0] * 200, memory=22_000), 70),
    Trace(
        "model in memory, which is declared as work",
        gpu([0] * 200, memory=22_000),
        None,
        {"gpu_memory_mib": 1000},
        "22000 MiB of GPU 0 are held",
    ),
    Trace("a desktop's memory is less than a model's", gpu([0] * 100, memory=300), 70, {"gpu_memory_mib": 1000}),
    Trace("below the threshold", gpu([4] * 100), 70),
    Trace(
        "MIG with somebody in it", trace_of({"gpus": MIG_HELD}, 200), None, says="does not tell its utilisation (MIG)"
    ),
    Trace("MIG with nobody in it", trace_of({"gpus": MIG_FREE}, 100), 70),
    Trace("nvidia-smi hangs", trace_of({"gpus": [], "blind": BLIND}, 300), None, says="did not answer"),
    Trace("nvidia-smi hangs for a while", trace_of({"blind": BLIND}, 90) + trace_of({}, 60, start=90), 100),
    # Processors
    Trace("a nohup job on one core of 96", cores([1.0] * 300), None, says="1.0 processor cores are busy"),
    Trace("a nohup job that ends", cores([1.0] * 60 + [0.02] * 90), 59 + 3 + 70),
    Trace("half a minute of cron each ten", cores(([0.5] + [0.02] * 9) * 12), 70),
    Trace("the daemons of an idle machine", cores([0.05, 0.12, 0.04] * 40), 70),
    # Network
    Trace("a long download", network([9000] * 300), None, says="the network carries 9000 KiB/s"),
    Trace("a slow one", network([150] * 300), None),
    Trace("knocking at the SSH port", network([3, 12, 2, 8] * 25), 70),
    # Logins
    Trace(
        "somebody types now and then",
        [one for at in range(0, 300, 50) for one in trace_of({"sessions": [typed(at)]}, 50, start=at)],
        None,
    ),
    Trace("a forgotten terminal", trace_of({"sessions": [typed(0)]}, 100), 70),
    Trace(
        "a forgotten terminal, all logins count",
        trace_of({"sessions": [typed(0)]}, 200),
        None,
        {"logins": "open"},
        "ada is logged in (pts/0)",
    ),
    Trace("VS Code, or a copy", trace_of({"sessions": [OPEN_TUNNEL]}, 200), None, says="ada is logged in (ssh)"),
    Trace("logins do not count", trace_of({"sessions": [OPEN_TUNNEL, typed(99)]}, 100), 70, {"logins": "ignore"}),
    Trace("the last key was half an hour after the boot", trace_of({"sessions": [typed(30)]}, 30, start=30), None),
    # Jupyter
    Trace("a busy kernel", trace_of({"kernels": [kernel(True, 0)]}, 300), None, says="a Jupyter kernel of ada is busy"),
    Trace("an idle kernel", trace_of({"kernels": [kernel(False, 0)]}, 100), 70),
    Trace(
        "a kernel that was used after 40 minutes",
        trace_of({}, 40) + trace_of({"kernels": [kernel(False, 40)]}, 100, start=40),
        110,
    ),
    Trace(
        "a server that cannot be asked",
        trace_of({"blind": {"kernels": "the Jupyter server of ada …"}}, 200),
        None,
        says="Jupyter server",
    ),
    # Processes, leases, holds
    Trace(
        "a named process that waits",
        trace_of({"processes": ["torchrun train.py (812)"]}, 200),
        None,
        says="torchrun train.py (812)",
    ),
    Trace("a lease", trace_of({"leases": [LEASE]}, 240), None, says="ada keeps it awake until"),
    Trace("a lease that ends", trace_of({"leases": [LEASE]}, 300), 240 + 10),
    Trace(
        "a backup", trace_of({"holds": ["aienv-backup-main-backup.service is running"]}, 200), None, says="aienv-backup"
    ),
    Trace(
        "backups that cannot be asked for",
        trace_of({"blind": {"holds": "systemctl failed (1)"}}, 200),
        None,
        says="systemctl",
    ),
    # Time to live
    Trace("time is over in the middle of work", gpu([99] * 300), 180, {"deadline": WALL + 180 * 60}),
    Trace("idle long before the time is over", trace_of({}, 100), 70, {"deadline": WALL + 180 * 60}),
    Trace(
        "time is over and the GPU cannot be read", trace_of({"blind": BLIND}, 300), 180, {"deadline": WALL + 180 * 60}
    ),
    Trace(
        "time is over, somebody has a lease",
        gpu([99] * 230, leases=[LEASE]),
        None,
        {"deadline": WALL + 180 * 60},
        "ada keeps it awake",
    ),
    Trace(
        "time is over in a backup",
        gpu([99] * 200, holds=["aienv-backup-main-backup.service is running"]),
        None,
        {"deadline": WALL + 90 * 60},
    ),
    Trace(
        "time is over and backups cannot be asked for",
        gpu([99] * 200, blind={"holds": "systemctl failed"}),
        None,
        {"deadline": WALL + 90 * 60},
    ),
]
