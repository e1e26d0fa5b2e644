"""aienv-updates VERB: what the timer and playbooks run, and what people ask by hand.

run       security updates now, as the timer does it, with its rules for a restart
full      all updates, from every source; does not restart the host
start     one of these two as its unit, with the end of it
status    how the last runs went, what is held and why, whether a restart is needed and why (JSON)
forecast  what a run would upgrade, without changing anything
release   let go of everything that is held
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from aienv_updates import jobs, report
from aienv_updates.settings import CONFIG, Failed, Settings, load


def parser() -> argparse.ArgumentParser:
    form = argparse.RawDescriptionHelpFormatter
    outer = argparse.ArgumentParser(prog="aienv-updates", description=__doc__, formatter_class=form)
    outer.add_argument("--directory", type=Path, default=CONFIG, help=argparse.SUPPRESS)
    verbs = outer.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in (*jobs.JOBS, "status", "release"):
        verbs.add_parser(verb)
    verbs.add_parser("start").add_argument("job", choices=jobs.JOBS)
    verbs.add_parser("forecast").add_argument("--full", action="store_true")
    return outer


def answer(settings: Settings, wanted: argparse.Namespace) -> dict:
    """Do what the verb says; what is to be printed as JSON."""
    if wanted.verb in jobs.JOBS:
        jobs.work(settings, wanted.verb)
        return report.read(settings)["jobs"][wanted.verb]
    if wanted.verb == "start":
        return jobs.start(settings, wanted.job)
    if wanted.verb == "forecast":
        return jobs.forecast(settings, wanted.full)
    if wanted.verb == "release":
        jobs.release(settings)
    return report.status(settings)


def main() -> int:
    wanted = parser().parse_args()
    try:
        if os.geteuid() and wanted.verb != "status":
            raise Failed("this needs root")
        said = answer(load(wanted.directory), wanted)
    except Failed as failed:
        # systemd reads the number as the journal's priority: error.
        sys.stderr.write(f"{'<3>' * ('JOURNAL_STREAM' in os.environ)}{failed}\n")
        return 1
    sys.stdout.write(json.dumps(said, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
