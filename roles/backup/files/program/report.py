"""What became of the jobs: a JSON report, which is also Ansible's local fact, and metrics for node-exporter."""

from __future__ import annotations

import json
import os
from pathlib import Path

from repository import Settings

#: Key of a job's report -> metric, its type and its help. Times are seconds since 1970, sizes bytes.
METRICS = {
    "last_run": ("last_run_timestamp_seconds", "When the job ended last."),
    "last_success": ("last_success_timestamp_seconds", "When the job ended well last."),
    "duration_seconds": ("duration_seconds", "How long the last run took."),
    "ok": ("ok", "1 where the last run ended well."),
    "bytes_processed": ("processed_bytes", "Size of what the last backup read."),
    "bytes_added": ("added_bytes", "What the last backup added to the repository, before compression."),
    "repository_bytes": ("repository_bytes", "Size of the repository at the last check."),
}


def read(settings: Settings) -> dict:
    """{"name", "host", "location", "jobs": {job: {"ok", "error", "last_run", "last_success", ...}}}."""
    path = settings.state / "report.json"
    jobs = json.loads(path.read_text()).get("jobs", {}) if path.exists() else {}
    values = settings.values
    return {"name": values["name"], "host": values["host"], "location": values["location"], "jobs": jobs}


def write(settings: Settings, job: str, news: dict) -> None:
    """Merge news of one job into the report, and say it to node-exporter where that is there."""
    report = read(settings)
    report["jobs"][job] = {**report["jobs"].get(job, {}), **news}
    replace(settings.state / "report.json", json.dumps(report, indent=2, sort_keys=True) + "\n")
    folder = Path(settings.values["textfile_directory"])
    if settings.values["textfile_directory"] and folder.is_dir():
        replace(folder / f"aienv_backup_{settings.name}.prom", metrics(report))


def metrics(report: dict) -> str:
    """The report in node-exporter's text format."""
    lines = []
    for key, (metric, help_text) in METRICS.items():
        samples = [
            f'aienv_backup_{metric}{{name="{report["name"]}",job="{job}"}} {float(state[key]):.15g}'
            for job, state in sorted(report["jobs"].items())
            if state.get(key) is not None
        ]
        if samples:
            lines += [f"# HELP aienv_backup_{metric} {help_text}", f"# TYPE aienv_backup_{metric} gauge", *samples]
    return "\n".join(lines) + "\n"


def replace(path: Path, text: str) -> None:
    """Write beside and rename: nobody reads half of it. Readable by all, it holds no secret."""
    half = path.with_name(f".{path.name}.half")
    half.write_text(text)
    half.chmod(0o644)
    os.replace(half, path)  # noqa: PTH105 - says that it replaces
