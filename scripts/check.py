#!/usr/bin/env python3
"""Runs the parts of `make test` side by side and sums them up.

    check.py            all parts
    check.py unit lint  these parts (and what they need)
    check.py --list     the names

A part is a command with a log of its own in build/logs. Parts that keep a core
busy weigh 2, parts that mostly wait (for containers, for SSH) weigh 1; together
they may weigh twice the number of cores.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "logs"
RUN = str(ROOT / "scripts" / "run.sh")
TAIL_LINES = 60
LIMIT_SECONDS = 45 * 60
# The scenarios that take longest, in that order: begun last, they would be waited for alone.
LONGEST = (
    "nvidia_driver_archive",
    "ssh_hardening",
    "idle_stop",
    "foreign",
    "os_updates",
    "framework",
    "backup",
    "nvidia_driver",
    "cuda",
)
BUSY, WAITING = 2, 1

# What pytest says last: "3 failed, 40 passed, 1 skipped in 2.31s".
COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped)\b")
CLOSING = re.compile(r"^=*\s*((?:\d+ \w+(?:, )?)+) in [\d.]+s.*?=*$", re.M)


@dataclass(frozen=True)
class Part:
    """One gate: what to run, how much of the machine it takes, what must be done before."""

    name: str
    command: tuple[str, ...]
    weight: int
    needs: tuple[str, ...] = ()


@dataclass
class Running:
    """A part that was started, and how it went."""

    part: Part
    started: float
    process: subprocess.Popen[bytes]
    ended: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.part.name}.log"

    @property
    def seconds(self) -> float:
        return self.ended - self.started

    @property
    def ok(self) -> bool:
        return self.process.returncode == 0


def parts() -> list[Part]:
    """All parts, the longest first: on few cores that is the shortest schedule."""
    run = (RUN,)
    pytest = (RUN, "pytest", "--color=no")
    return [
        Part("images", (*run, "python", "-m", "sandbox", "images"), WAITING),
        Part("unit", (*pytest, "-n", "2", "tests/unit"), BUSY),
        Part("sanity", (*run, "scripts/sanity.sh"), BUSY),
        Part("sandbox", (*pytest, "tests/sandbox"), WAITING, ("images",)),
        Part("newest", (*run, "scripts/newest.sh"), WAITING, ("images",)),
        *(molecule_parts()),
        Part("integration", (*pytest, "-n", "2", "tests/integration"), BUSY, ("images",)),
        Part("ansible-lint", (*run, "scripts/lint.sh", "ansible"), BUSY),
        Part("lint", (*run, "scripts/lint.sh", "code"), BUSY),
    ]


def molecule_parts() -> list[Part]:
    """One part per scenario, so that they overlap."""
    found = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
    scenarios = sorted(found, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))
    return [
        Part(f"molecule-{name}", (RUN, "molecule", "test", "--scenario-name", name), WAITING, ("images",))
        for name in scenarios
    ]


def select(names: list[str]) -> list[Part]:
    """The named parts and whatever they need; all when none is named."""
    table = {part.name: part for part in parts()}
    unknown = [name for name in names if name not in table]
    if unknown:
        sys.exit(f"no such part: {', '.join(unknown)}; there are: {', '.join(table)}")
    wanted = set(names) or set(table)
    for name in list(wanted):
        wanted.update(table[name].needs)
    return [part for part in table.values() if part.name in wanted]


def start(part: Part) -> Running:
    """Starts it in a session of its own, so that it can be ended with its children."""
    with (LOGS / f"{part.name}.log").open("wb") as log:
        process = subprocess.Popen(
            part.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "ANSIBLE_FORCE_COLOR": "0", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        )
    print(f"  …     {part.name}", flush=True)
    return Running(part, time.monotonic(), process)


def end(running: Running, how: signal.Signals = signal.SIGTERM) -> None:
    """Ends a part and its children; those who clean up get ten seconds."""
    os.killpg(running.process.pid, how)
    try:
        running.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()


def finished(running: Running) -> bool:
    """Has it ended? Takes its time and its counts; ends it when it is overdue."""
    if running.process.poll() is None:
        if time.monotonic() - running.started < LIMIT_SECONDS:
            return False
        end(running)
        with running.log.open("a") as log:
            log.write(f"\nended by check.py after {LIMIT_SECONDS} s\n")
    running.ended = time.monotonic()
    running.counts = counts(running.log.read_text(errors="replace"))
    report(running)
    return True


def counts(text: str) -> dict[str, int]:
    """The sum of pytest's closing lines in a log, e.g. {'passed': 40, 'failed': 3}."""
    total: dict[str, int] = {}
    for line in CLOSING.findall(text):
        for number, word in COUNTS.findall(line):
            key = "failed" if word.startswith("error") else word
            total[key] = total.get(key, 0) + int(number)
    return total


def described(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {word}" for word, number in sorted(numbers.items()))


def report(running: Running) -> None:
    """One line; for a failure also the end of its log."""
    word = "ok  " if running.ok else "FAIL"
    print(f"  {word}  {running.part.name:<24} {running.seconds:6.0f} s  {described(running.counts)}", flush=True)
    if not running.ok:
        lines = running.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        print("\n".join(f"      | {line}" for line in lines))
        print(f"      | (all of it: {running.log.relative_to(ROOT)})", flush=True)


def next_part(waiting: list[Part], active: list[Running], done: dict[str, bool], capacity: int) -> Part | None:
    """The first part whose needs are met and for which there is room."""
    load = sum(running.part.weight for running in active)
    for part in waiting:
        ready = all(done.get(need) for need in part.needs)
        if ready and (not active or load + part.weight <= capacity):
            return part
    return None


def run_all(chosen: list[Part], capacity: int) -> tuple[list[Running], list[Part]]:
    """Runs them; answers what ran and what could not, because its need had failed."""
    waiting, active, ran = list(chosen), [], []
    done: dict[str, bool] = {}
    try:
        while waiting or active:
            for running in [one for one in active if finished(one)]:
                active.remove(running)
                ran.append(running)
                done[running.part.name] = running.ok
            while part := next_part(waiting, active, done, capacity):
                waiting.remove(part)
                active.append(start(part))
            if not active:
                break
            time.sleep(0.2)
    except BaseException:
        for running in active:
            end(running)
        raise
    return ran, waiting


def summarise(ran: list[Running], skipped: list[Part], seconds: float) -> bool:
    """Prints the table and the closing count; true when all is well."""
    print(f"\n  {'part':<24} {'seconds':>8}  result")
    for running in ran:
        result = "ok" if running.ok else "FAILED"
        print(f"  {running.part.name:<24} {running.seconds:8.0f}  {result}  {described(running.counts)}")
    for part in skipped:
        print(f"  {part.name:<24} {'-':>8}  NOT RUN, it needs {', '.join(part.needs)}")
    print(f"  {'wall time':<24} {seconds:8.0f}\n")

    total = {"passed": 0, "failed": 0, "skipped": 0}
    for running in ran:
        # A part without counts of its own is one test; a failed part never counts as none.
        numbers = dict(running.counts) or {"passed" if running.ok else "failed": 1}
        if not running.ok and not numbers.get("failed"):
            numbers["failed"] = 1
        for word, number in numbers.items():
            total[word] = total.get(word, 0) + number
    total["failed"] += len(skipped)
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped", flush=True)
    return total["failed"] == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="part")
    parser.add_argument("--list", action="store_true", help="print the names of the parts")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    if args.list:
        print("\n".join(part.name for part in parts()))
        return 0
    chosen = select(args.names)
    LOGS.mkdir(parents=True, exist_ok=True)
    print(f"{len(chosen)} parts on {args.cores} cores, logs in {LOGS.relative_to(ROOT)}/", flush=True)
    # A termination ends the parts as an interrupt does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    ran, skipped = run_all(chosen, capacity=2 * args.cores)
    return 0 if summarise(ran, skipped, time.monotonic() - began) else 1


if __name__ == "__main__":
    sys.exit(main())
