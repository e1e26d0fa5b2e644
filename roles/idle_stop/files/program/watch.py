"""The service: a sample, a verdict, what people are told, and the stop."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import decision
import people
import provider
from ask import Blind, Refused
from measure import Meter

#: Seconds that a stop may take before it counts as one that did not come.
PATIENCE = 600
#: How often the journal hears of a verdict that stays the same.
REPEAT = 3600
#: What everybody may know of the settings; commands can hold secrets.
PUBLIC = ("rules", "leases", "lease_hours", "action")
PRIORITY = {"info": "<6>", "notice": "<5>", "error": "<3>"}


class Watch:
    """One loop, whose memory is a file: it may be killed at any moment, and goes on."""

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.state = Path(settings["state"])
        self.meter = Meter(settings)
        self.memory: decision.Memory | None = None
        self.said = ("", 0.0)
        self.failure = ""
        booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        deadline = decision.deadline(settings["expires_at"], settings["ttl_hours"], booted)
        self.rules = decision.Rules(**settings["rules"], logins=settings["logins"], deadline=deadline)

    def run(self) -> None:
        self.memory = recall(self.state)
        notify("READY=1")
        while True:
            self.turn()
            notify("WATCHDOG=1")
            time.sleep(self.rules.sample_seconds)

    def turn(self) -> decision.Verdict:
        """One sample and what follows from it."""
        sample = self.meter.sample()
        self.memory, verdict = decision.decide(self.memory or decision.begin(sample), sample, self.rules)
        told = {"verdict": asdict(verdict), "memory": asdict(self.memory), "sample": sample, "failure": self.failure}
        publish(self.state, {**told, "settings": {name: self.settings[name] for name in PUBLIC}})
        self.log(verdict)
        if verdict.event:
            self.tell(verdict)
        if verdict.state == "stop":
            self.stop(verdict)
        return verdict

    def log(self, verdict: decision.Verdict) -> None:
        """To the journal: what changed at once, what stays the same once an hour."""
        text, now = sentence(verdict, self.settings), time.monotonic()
        kind = f"{verdict.state} {verdict.cause}"
        if kind != self.said[0] or now - self.said[1] > REPEAT:
            say(
                "error" if verdict.state == "blind" else "notice" if verdict.state in ("warned", "stop") else "info",
                text,
            )
            self.said = (kind, now)

    def tell(self, verdict: decision.Verdict) -> None:
        """To every terminal, and to the hook. Neither is worth a failure."""
        text = sentence(verdict, self.settings)
        if verdict.event == "warn":
            text += " Use the machine, or say for how long it shall stay, as in: keep-awake 2h"
        else:
            text = f"The machine is not stopped. {text}"
        people.tell(text)
        self.hook(verdict.event, text)

    def hook(self, event: str, text: str) -> None:
        if not self.settings["notify_command"]:
            return
        about = {
            "AIENV_IDLE_STOP_EVENT": event,
            "AIENV_IDLE_STOP_TEXT": text,
            "AIENV_IDLE_STOP_HOST": socket.gethostname(),
        }
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command
                ["/bin/sh", "-c", self.settings["notify_command"]],
                env={**os.environ, **about},
                capture_output=True,
                timeout=60,
                text=True,
                check=False,
            )
            if done.returncode:
                say("error", f"idle_stop_notify_command ended with {done.returncode}: {done.stderr.strip()[:300]}")
        except subprocess.TimeoutExpired:
            say("error", "idle_stop_notify_command did not end within 60 s")

    def stop(self, verdict: decision.Verdict) -> None:
        """Stop the machine. Where that fails it is said, and tried again after another warning."""
        self.hook("stop", sentence(verdict, self.settings))
        try:
            provider.stop(self.settings)
            self.wait_for_the_end()
        except (Blind, Refused) as error:
            self.failure = f"The machine could not be stopped and costs on: {error}"
            say("error", self.failure)
            self.hook("failure", self.failure)
        self.memory = None

    def wait_for_the_end(self) -> None:
        for _second in range(PATIENCE):
            notify("WATCHDOG=1")
            time.sleep(1)
        raise Refused(f"it was asked to stop, and still runs after {PATIENCE} s")


def sentence(verdict: decision.Verdict, settings: dict) -> str:
    """A verdict as people read it."""
    since = decision.clock(verdict.since)
    why = "its time to live is over" if verdict.cause == "expired" else f"nobody has used it since {since}"
    if verdict.state == "stop":
        return f"The machine is stopped now: {why}."
    if verdict.state == "warned":
        return f"The machine stops at {decision.clock(verdict.stops_at)}: {why}."
    if verdict.state == "held":
        return f"It would be stopped, because {why}, but: {'; '.join(verdict.reasons)}."
    if verdict.state == "blind":
        return f"It is not stopped, because what happens on it cannot be seen: {'; '.join(verdict.reasons)}."
    if verdict.state == "awake":
        return f"It is in use: {'; '.join(verdict.reasons)}."
    return f"Nobody has used it since {since}; {settings['rules']['idle_seconds'] / 60:g} minutes of that stop it."


def recall(state: Path) -> decision.Memory | None:
    """What the last process remembered; None after a boot, or where it cannot be read."""
    try:
        told = json.loads((state / "state.json").read_text())["memory"]
        return decision.Memory(**{**told, "recent": tuple(tuple(one) for one in told["recent"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def publish(state: Path, told: dict) -> None:
    """For everybody to read, and for the next process."""
    half = state / ".state.json.half"
    half.write_text(json.dumps(told, indent=1) + "\n")
    half.chmod(0o644)
    half.rename(state / "state.json")


def say(level: str, text: str) -> None:
    sys.stderr.write(f"{PRIORITY[level] if 'JOURNAL_STREAM' in os.environ else ''}{text}\n")
    sys.stderr.flush()


def notify(word: str) -> None:
    """sd_notify(3), where systemd wants to hear it."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if place:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.connect("\0" + place[1:] if place.startswith("@") else place)
            out.send(word.encode())
