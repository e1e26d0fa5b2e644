"""The jobs that timers start: back up, check the repository, and the restore drill."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import report
from repository import Failed, Settings, connect, last_words, must, patiently, remember, restic, sentence, sentences

CANARY_BYTES = 64 * 1024


def run(settings: Settings, job: str) -> None:
    """Do one job and report how it went. One job of a backup at a time; a failure is raised after it was reported."""
    began = time.time()
    signal.signal(signal.SIGTERM, stopped)
    with (settings.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tell(settings, job, {"running": True, "started": int(began)})
        news: dict = {"ok": False, "error": "it ended without a word"}
        try:
            with sentences():
                remember(settings, connect(settings))
                # Takes away the locks of processes that are no more; a live one stays.
                restic(settings, "unlock")
                news = {**JOBS[job](settings), "ok": True, "error": ""}
        except Failed as failed:
            news = {"ok": False, "error": str(failed)}
            raise
        finally:
            now = int(time.time())
            times = {"last_run": now, "duration_seconds": round(time.time() - began, 1), "running": False}
            tell(settings, job, {**news, **times, **({"last_success": now} if news["ok"] else {})})


def tell(settings: Settings, job: str, news: dict) -> None:
    """Report. A disk that is too full for it must not hide why the job failed, nor end one that would go well."""
    try:
        report.write(settings, job, news)
    except OSError as error:
        sys.stderr.write(f"the report could not be written: {error}\n")


def stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Failed("it was stopped before its end")


def backup(settings: Settings) -> dict:
    """Commands before, the snapshot, commands after; and only where all of that went well, forget what is old."""
    values, news, problems = settings.values, {}, []
    try:
        with sentences():
            commands(settings, "pre", values["pre_commands"])
            news = snapshot(settings)
            problems = incomplete(settings, news)
    except Failed as failed:
        problems.append(str(failed))
    try:
        commands(settings, "post", values["post_commands"])
    except Failed as failed:
        problems.append(str(failed))
    if problems:
        raise Failed("; ".join(problems))
    if values["retention"]:
        forget(settings, "--host", values["host"])
    return news


def incomplete(settings: Settings, news: dict) -> list:
    """What a snapshot that was made does not hold. restic itself passes over a missing path without a failure."""
    lacks = [f"{path} is missing" for path in settings.values["paths"] if not Path(path).exists()]
    lacks += ["some files could not be read"] if news.pop("unreadable") else []
    return [f"the snapshot {news['snapshot']} is incomplete: {'; '.join(lacks)}"] if lacks else []


def commands(settings: Settings, when: str, lines: list) -> None:
    """Run the user's commands in order, without our secrets; the first that fails is a failure of the backup."""
    env = {**os.environ, "AIENV_BACKUP_NAME": settings.name, "AIENV_BACKUP_HOST": settings.values["host"]}
    for line in lines:
        done = subprocess.run(["/bin/sh", "-c", line], env=env, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            said = last_words(done.stderr or done.stdout)
            raise Failed(f"the {when}-command {line!r} ended with {done.returncode}{f' ({said})' if said else ''}")


def snapshot(settings: Settings) -> dict:
    """Make a snapshot with a new canary in it; {"snapshot", "bytes_processed", …} of restic's own summary."""
    values, canary = settings.values, settings.state / "canary"
    canary.write_bytes(os.urandom(CANARY_BYTES))
    words = ["backup", "--json", "--host", values["host"], "--tag", settings.tag, "--exclude-caches"]
    words += ["--exclude-file", str(settings.directory / "excludes")]
    words += ["--one-file-system"] if values["one_file_system"] else []
    words += ["--exclude-larger-than", values["exclude_larger_than"]] if values["exclude_larger_than"] else []
    paths = [path for path in values["paths"] if Path(path).exists()]
    done = patiently(settings, *words, "--", *paths, str(canary), keep=lambda line: '"summary"' in line)
    # 3: the snapshot was made, but something could not be read.
    if done.code not in (0, 3) or not done.lines:
        raise Failed(f"no snapshot was made: {sentence(done)}")
    summary = json.loads(done.lines[-1])
    shutil.copy(canary, settings.state / "canary.expected")
    (settings.state / "canary.snapshot").write_text(summary["snapshot_id"])
    return {
        "snapshot": summary["snapshot_id"][:8],
        "bytes_processed": summary["total_bytes_processed"],
        "bytes_added": summary["data_added"],
        "files": summary["total_files_processed"],
        "unreadable": done.code == 3,
    }


def forget(settings: Settings, *whose: str) -> None:
    """Apply the retention to our own snapshots. Grouped by host and tags: a changed list of paths keeps nothing for ever."""
    policy = [word for key, value in settings.values["retention"].items() for word in (f"--{key}", str(value))]
    policy = [word.replace("_", "-") if word.startswith("--") else word for word in policy]
    tag = settings.tag if whose else "aienv"
    must(settings, "Forgetting old snapshots", "forget", *whose, "--tag", tag, "--group-by", "host,tags", *policy)


def check(settings: Settings) -> dict:
    """Hold the repository's structure and the next part of its data against their checksums; then clear out."""
    values, turn = settings.values, settings.state / "check.turn"
    part = int(turn.read_text()) if turn.exists() else 1
    part = part if part <= values["check_parts"] else 1
    done = patiently(settings, "check", f"--read-data-subset={part}/{values['check_parts']}")
    if done.code:
        parts = f"{part} of {values['check_parts']}"
        raise Failed(f"checking part {parts}: {sentence(done)}{damaged(done.complaint)}")
    turn.write_text(str(part % values["check_parts"] + 1))
    if values["retention"]:
        if not values["paths"]:
            forget(settings)
        must(settings, "Removing data that no snapshot needs", "prune")
    size = json.loads("".join(must(settings, "Measuring the repository", "stats", "--mode", "raw-data", "--json")))
    return {"part": part, "parts": values["check_parts"], "repository_bytes": size["total_size"]}


def damaged(complaint: str) -> str:
    """Which packs a check found damaged, from restic's lines about each, '' where it names none."""
    packs = re.findall(r"(?m)^pack (?:id does not match, want )?([0-9a-f]{8})[0-9a-f]{56}\b", complaint, re.IGNORECASE)
    return f"; damaged packs: {', '.join(sorted(set(packs)))}" if packs else ""


def drill(settings: Settings) -> dict:
    """Restore the last snapshot's canary and compare it byte by byte with the one that went in."""
    expected, mark = settings.state / "canary.expected", settings.state / "canary.snapshot"
    if not mark.exists():
        raise Failed("there is no backup yet that could be restored")
    with tempfile.TemporaryDirectory(dir=settings.state) as place:
        canary, words = settings.state / "canary", ["--target", place, "--include", str(settings.state / "canary")]
        must(settings, "The restore", "restore", mark.read_text(), *words)
        restored = Path(place, str(canary).lstrip("/"))
        if not restored.is_file():
            raise Failed(f"the canary is not in the snapshot {mark.read_text()[:8]}")
        if restored.read_bytes() != expected.read_bytes():
            raise Failed(f"the canary restored from the snapshot {mark.read_text()[:8]} is not what was backed up")
    return {"snapshot": mark.read_text()[:8]}


JOBS: dict[str, Callable[[Settings], dict]] = {"backup": backup, "check": check, "drill": drill}


def start(settings: Settings, job: str) -> None:
    """Start the job's own unit, wait for its end and raise where it failed."""
    unit = f"aienv-backup-{settings.name}-{job}.service"
    done = subprocess.run(["systemctl", "start", unit], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        error = report.read(settings)["jobs"].get(job, {}).get("error", "")
        raise Failed(error or f"{unit} failed: {last_words(done.stderr)}")


def notify(settings: Settings, job: str) -> None:
    """After a unit failed: complete the report where the job could not (it was killed), and run the user's command."""
    state = report.read(settings)["jobs"].get(job, {})
    if state.get("running") or not state.get("error"):
        now = int(time.time())
        news = {"ok": False, "running": False, "last_run": now, "error": "it was killed before its end"}
        tell(settings, job, news)
        state = news
    line = settings.values["notify_command"]
    if line:
        env = {**os.environ, "AIENV_BACKUP_JOB": job, "AIENV_BACKUP_ERROR": state["error"]}
        env |= {"AIENV_BACKUP_NAME": settings.name, "AIENV_BACKUP_HOST": settings.values["host"]}
        done = subprocess.run(["/bin/sh", "-c", line], env=env, cwd="/", capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Failed(f"the notify-command ended with {done.returncode} ({last_words(done.stderr or done.stdout)})")
