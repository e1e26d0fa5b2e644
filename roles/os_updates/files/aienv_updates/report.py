"""How the last runs went and how the host stands: for Ansible's facts, for Prometheus, for people."""

from __future__ import annotations

import os
import time
from pathlib import Path

from aienv_updates import kernels, restart, together
from aienv_updates.settings import Settings

REPORT = "report.json"


def read(settings: Settings) -> dict:
    return settings.read(REPORT, {"jobs": {}})


def write(settings: Settings, job: str, news: dict) -> None:
    """Add to what is known of the job; what is not said again (the last success) stays."""
    known = read(settings)
    known["jobs"][job] = {**known["jobs"].get(job, {}), **news}
    settings.write(REPORT, known)
    directory = Path(settings.values["textfile_directory"])
    if directory.is_dir():
        half = directory / ".aienv_updates.half"
        half.write_text(metrics(known, restart.reasons(settings)))
        half.chmod(0o644)
        half.rename(directory / "aienv_updates.prom")


def status(settings: Settings) -> dict:
    """The report, and how the host stands at this moment: a restart that has happened is not asked for again."""
    held = settings.read(together.HOLDS, {})
    why = restart.reasons(settings)
    return {
        **read(settings),
        "needs_reboot": bool(why),
        "reboot_reasons": why,
        "stale_services": restart.stale_units(),
        "holds": dict.fromkeys(held.get("packages", []), held.get("reason", "")),
        "held_kernels": {name: entry["reason"] for name, entry in settings.read(kernels.HELD, {}).items()},
        "complete": os.geteuid() == 0,
        "at": int(time.time()),
    }


def metrics(known: dict, why: list[str]) -> str:
    lines = ["# TYPE aienv_updates_needs_reboot gauge", f"aienv_updates_needs_reboot {int(bool(why))}"]
    for name, key in (("ok", "ok"), ("last_success_timestamp_seconds", "last_success")):
        lines.append(f"# TYPE aienv_updates_{name} gauge")
        for job, news in sorted(known["jobs"].items()):
            lines += [f'aienv_updates_{name}{{job="{job}"}} {int(news[key])}'] if key in news else []
    return "\n".join(lines) + "\n"
