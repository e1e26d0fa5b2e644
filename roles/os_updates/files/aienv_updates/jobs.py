"""What the units do: the nightly run, and the full upgrade on demand."""

from __future__ import annotations

import fcntl
import re
import shutil
import signal
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

from aienv_updates import kernels, patience, report, restart, together
from aienv_updates.apt import Apt
from aienv_updates.dnf import Dnf
from aienv_updates.settings import Failed, Settings, last_words, run

LOCK = "lock"
JOBS = ("run", "full")


def packages_of(settings: Settings, lists: Path | None = None) -> Any:
    return Dnf(settings) if settings.values["family"] == "RedHat" else Apt(settings, lists)


def work(settings: Settings, job: str) -> None:
    """Do one job, one at a time, and report how it went; a failure is raised after it was reported."""
    settings.state.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, stopped)
    with (settings.state / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began, news = time.time(), {"ok": False, "error": "it ended without a word"}
        report.write(settings, job, {"running": True, "started": int(began)})
        try:
            news = {**update(settings, job == "full"), "ok": True, "error": ""}
            restart.insist(news["restart"])
        except Failed as failed:
            news = {**news, "ok": False, "error": str(failed)}
            raise
        finally:
            now = int(time.time())
            times = {"running": False, "last_run": now, "duration_seconds": round(now - began, 1)}
            report.write(settings, job, {**news, **times, **({"last_success": now} if news["ok"] else {})})


def stopped(_signal: int, _frame: FrameType | None) -> None:
    raise Failed("it was stopped before its end")


def update(settings: Settings, full: bool) -> dict:
    """Wait for others, mend, update, judge the kernels, restart where that is due."""
    restart.look_back(settings)
    packages = packages_of(settings)
    waited = [patience.wait(patience.backup, settings.values["backup_seconds"], "os_updates_backup_seconds")]
    waited.append(packages.wait())
    before = packages.versions()
    # First, for what it puts back could perhaps not be mended.
    together.finish(packages, settings)
    mended = packages.mend()
    packages.refresh()
    waited.append(packages.wait())
    if full:
        packages.everything(together.members(settings, packages.versions()))
    else:
        packages.security()
    waited.append(packages.wait())
    moved = together.move(packages, settings, full, waits_for(settings, full))
    held = kernels.judge(packages, settings)
    return {
        "waited_for": list(dict.fromkeys(filter(None, waited))),
        "mended": mended,
        "upgraded": difference(before, packages.versions()),
        "held_back": moved["held"],
        # After a full upgrade whoever asked for it restarts the host, and waits for it.
        "restart": {} if full else restart.consider(settings, held),
    }


def waits_for(settings: Settings, full: bool) -> str:
    """Why the host will not be restarted after this job, '' where it will."""
    if not full:
        return restart.forbidden(settings)
    # Whoever asks for a full upgrade and for a restart now does not want to be asked who else is there.
    return "" if settings.values["reboot"] == "now" else "a full upgrade restarts with os_updates_reboot: now only"


def difference(before: dict[str, str], now: dict[str, str]) -> list[dict]:
    """[{name, old, new}] of all packages that differ; '' where there is none."""
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return [{"name": name, "old": before.get(name, ""), "new": now.get(name, "")} for name in names]


def start(settings: Settings, job: str) -> dict:
    """Start the job's unit, which outlives a connection that breaks, wait for its end, and return its report."""
    done = run("systemctl", "start", f"aienv-updates-{job}.service")
    news = report.read(settings)["jobs"].get(job, {})
    if done.returncode:
        raise Failed(news.get("error") or f"aienv-updates-{job}.service failed: {last_words(done)}")
    return news


def release(settings: Settings) -> None:
    """Let go of all packages and kernels that this program holds; those that others hold stay."""
    together.release(packages_of(settings), settings)
    kernels.release(settings)


def forecast(settings: Settings, full: bool) -> dict:
    """What a job would upgrade now, by package lists of its own: on the host nothing changes.

    {"upgrades": names, "together": names, "held_back": reason}
    """
    place = Path(tempfile.mkdtemp(prefix="aienv-updates."))
    place.chmod(0o755)
    try:
        packages = packages_of(settings, place)
        packages.refresh()
        names = packages.upgrades()
        group = together.members(settings, names)
        apart = [] if full else settings.values["exclude"]
        others = sorted(name for name in {*names} - {*group} if not any(re.match(word, name) for word in apart))
        chosen = sorted(packages.newer(others, full))
        moving = sorted(packages.newer(together.members(settings, packages.versions()), full))
        known = settings.read(together.HOLDS, {})
        reason = known.get("reason", "") if sorted(known.get("tried", {})) == moving else ""
        return {"upgrades": chosen, "together": [] if reason else moving, "held_back": reason}
    finally:
        shutil.rmtree(place, ignore_errors=True)
