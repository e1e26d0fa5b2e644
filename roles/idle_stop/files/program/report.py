"""What a person reads: why the machine is awake, since when it is idle, when it will stop."""

from __future__ import annotations

import json
import time
from pathlib import Path

import decision
import watch
from ask import Refused

ACTIONS = {
    "poweroff": "a shutdown",
    "deallocate": "Azure is asked to deallocate the VM",
    "command": "idle_stop_command is run",
}


def read(state: Path) -> dict:
    """The service's last word, with `age` in seconds. Raises Refused where it has none."""
    path = state / "state.json"
    try:
        told = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Refused(
            "the service aienv-idle-stop has not looked yet, or does not run: systemctl status aienv-idle-stop"
        ) from error
    told["age"] = time.time() - path.stat().st_mtime
    return told


def text(told: dict) -> str:
    settings, verdict = told["settings"], decision.Verdict(**told["verdict"])
    rules = settings["rules"]
    lines = [watch.sentence(verdict, settings)]
    if told["age"] > 3 * rules["sample_seconds"] + 60:
        lines.append(
            f"That was {told['age'] / 60:.0f} minutes ago: the service does not look any more, and stops nothing."
        )
    if told["failure"]:
        lines.append(told["failure"])
    lines.append(f"Last work:   {decision.clock(verdict.since)} ({told['memory']['last']})")
    if verdict.stops_at:
        lines.append(f"Would stop:  {decision.clock(verdict.stops_at)}, if nothing happens until then")
    if verdict.reasons:
        lines += ["Seen now:    " + verdict.reasons[0], *("             " + reason for reason in verdict.reasons[1:])]
    for lease in told["sample"].get("leases", ()):
        if lease["until"] > time.time():
            lines.append(f"Lease:       {decision.lease_text(lease)}")
    lines.append(
        f"Rule:        {rules['idle_seconds'] / 60:g} idle minutes, then {rules['grace_seconds'] / 60:g} of warning, then {ACTIONS[settings['action']]}"
    )
    return "\n".join(lines)


def action(settings: dict) -> str:
    words = {
        "poweroff": "a shutdown",
        "deallocate": "Azure is asked to deallocate the VM",
        "command": settings["command"],
    }
    return words[settings["action"]]
