"""keep-awake: how people say that the machine shall stay."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

from ask import Refused
from decision import clock

UNITS = {"m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """90m, 4h, 1d12h, in seconds."""
    if not re.fullmatch(r"(\d+[mhd])+", text):
        raise Refused(f"{text!r} is no time; write it as 90m, 4h or 1d12h, or off to give the lease back")
    return float(sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([mhd])", text)))


def own(settings: dict) -> Path:
    # Behind sudo it is still that person's lease.
    return Path(settings["leases"]) / f"{os.environ.get('SUDO_UID') or os.getuid()}.json"


def take(settings: dict, text: str, why: str) -> str:
    """Keep the machine awake from now on for a time; a lease that is there already is replaced."""
    wanted, most = seconds(text), settings["lease_hours"] * 3600
    if not 0 < wanted <= most:
        raise Refused(
            f"{text} is refused: a lease may last {settings['lease_hours']:g} hours at most (idle_stop_lease_hours)"
        )
    until, path = time.time() + wanted, own(settings)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(json.dumps({"until": until, "why": why}) + "\n")
        half.chmod(0o644)
        half.replace(path)
    except OSError as error:
        raise Refused(f"the lease could not be written: {error}") from error
    return f"The machine stays awake until {clock(until)}. Give the lease back with: keep-awake off"


def give_back(settings: dict) -> str:
    try:
        own(settings).unlink()
    except FileNotFoundError:
        return "There was no lease of yours."
    except OSError as error:
        raise Refused(f"the lease could not be removed: {error}") from error
    return "Your lease is given back."
