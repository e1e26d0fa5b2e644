"""aienv-backup NAME VERB: what the units of a backup run, and what people use by hand.

`aienv-backup main start backup`, `… status`, `… snapshots`, `… restore --target /tmp/r --path /home`,
`… restic stats` (any command of restic, with its repository and credentials).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import jobs
import report
import restore
from repository import CONFIG, Failed, Settings, command, connect, load, remember, sentences, snapshots, surroundings


def parser() -> argparse.ArgumentParser:
    outer = argparse.ArgumentParser(prog="aienv-backup", description="One backup of this host.")
    outer.add_argument("--directory", type=Path, help=argparse.SUPPRESS)
    outer.add_argument("name", help="which backup: the role's backup_name")
    verbs = outer.add_subparsers(dest="verb", required=True)
    for verb in ("run", "start", "notify"):
        verbs.add_parser(verb).add_argument("job", choices=list(jobs.JOBS))
    for verb in ("connect", "reach", "status", "snapshots"):
        verbs.add_parser(verb)
    restore.options(verbs.add_parser("restore"))
    verbs.add_parser("restic").add_argument("words", nargs=argparse.REMAINDER)
    return outer


def answer(settings: Settings, wanted: argparse.Namespace) -> dict | list | None:
    """Do what the verb says; what is to be printed as JSON."""
    if wanted.verb == "run":
        jobs.run(settings, wanted.job)
    elif wanted.verb == "start":
        jobs.start(settings, wanted.job)
        return report.read(settings)["jobs"][wanted.job]
    elif wanted.verb == "notify":
        jobs.notify(settings, wanted.job)
    elif wanted.verb == "connect":
        remember(settings, connect(settings, make=True))
    elif wanted.verb == "reach":
        connect(settings)
    elif wanted.verb == "restore":
        return restore.run(settings, wanted)
    elif wanted.verb == "restic":
        line = command(settings, *wanted.words)
        os.execvpe(line[0], line, surroundings(settings))  # noqa: S606 - becomes restic
    return (
        report.read(settings)
        if wanted.verb == "status"
        else snapshots(settings)
        if wanted.verb == "snapshots"
        else None
    )


def main() -> int:
    wanted = parser().parse_args()
    try:
        if os.geteuid():
            raise Failed("this needs root")
        directory = wanted.directory or CONFIG / wanted.name
        if not (directory / "config.json").exists():
            raise Failed(f"there is no backup {wanted.name!r} on this host")
        with sentences():
            said = answer(load(directory), wanted)
    except Failed as failed:
        # systemd reads the number as the journal's priority: error.
        sys.stderr.write(f"{'<3>' * ('JOURNAL_STREAM' in os.environ)}{failed}\n")
        return 1
    if said is not None:
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
