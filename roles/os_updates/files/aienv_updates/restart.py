"""Whether the host needs a restart, whether it may have one now, and giving it one."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import time
from pathlib import Path

from aienv_updates import kernels
from aienv_updates.patience import backup
from aienv_updates.settings import Failed, Settings, last_words, run, say

#: For what the host was restarted last, and during which boot: {"reasons", "boot"}.
TRIED = "restart.json"
FUTILE = "the last restart did not help"
#: Processes that cannot be started anew while the host runs.
FOR_GOOD = {"init.scope", "dbus.service", "dbus-broker.service"}
REPLACED = re.compile(r"^\S+ ..x. \S+ \S+ \S+ +(/\S*lib\S*\.so\S*) \(deleted\)$", re.MULTILINE)
LIBRARY = re.compile(r"libnvidia-ml\.so\.(\d+\.\d+(?:\.\d+)?)$")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def reasons(settings: Settings, root: str = "/") -> list[str]:
    """Why the host needs a restart, a sentence each; [] where it does not."""
    asked = Path(root, "run/reboot-required")
    packages = Path(root, "run/reboot-required.pkgs")
    names = sorted(set(packages.read_text().split())) if packages.exists() else []
    found = [f"packages asked for it{': ' if names else ''}{', '.join(names)}"] if asked.exists() else []
    found += [why for why in (newer_kernel(settings, root), other_driver(root)) if why]
    stuck = sorted(FOR_GOOD & set(stale_units(root)))
    return found + [f"{name} uses libraries that were replaced" for name in stuck]


def newer_kernel(settings: Settings, root: str = "/") -> str:
    held = settings.read(kernels.HELD, {})
    able = [release for release in kernels.installed(root) if release not in held]
    here = kernels.running()
    if able and kernels.order(able[0]) > kernels.order(here):
        return f"the kernel {able[0]} is installed, {here} runs"
    own = kernels.image(here, root)
    booted = time.time() - float(Path("/proc/uptime").read_text().split()[0])
    if own.exists() and own.stat().st_ctime > booted:
        return f"the kernel {here} was replaced since it was started"
    return ""


def other_driver(root: str = "/") -> str:
    """Where the loaded NVIDIA module and the libraries differ, no program can use the GPU."""
    module = Path(root, "sys/module/nvidia/version")
    names = [path.name for path in Path(root, "usr").glob("lib*/**/libnvidia-ml.so.*") if LIBRARY.match(path.name)]
    found = sorted({LIBRARY.match(name).group(1) for name in names})  # type: ignore[union-attr]
    if not module.exists() or not found or module.read_text().strip() in found:
        return ""
    return f"the NVIDIA module {module.read_text().strip()} is loaded, the libraries are {', '.join(found)}"


def stale_units(root: str = "/") -> list[str]:
    """Units with processes that still use the old one of a replaced library: updated, but not yet safe."""
    found = set()
    for process in Path(root, "proc").glob("[0-9]*"):
        try:
            if REPLACED.search((process / "maps").read_text(errors="replace")):
                found.add(unit(process))
        except OSError:
            continue  # it ended meanwhile, or it is somebody else's and we are not root
    return sorted(found)


def unit(process: Path) -> str:
    """The systemd unit of a process; its name where it has none."""
    groups = (process / "cgroup").read_text().splitlines()
    path = next((line.split(":", 2)[2] for line in groups if ":name=systemd:" in line or line.startswith("0::")), "")
    units = [part for part in path.split("/") if part.endswith((".service", ".scope"))]
    return units[-1] if units else (process / "comm").read_text().strip()


def in_window(window: dict, now: datetime.datetime) -> bool:
    """Whether a restart may happen now, by the host's own clock and time zone. A window may go past midnight."""
    hour, minute = (int(part) for part in window["start"].split(":"))
    for days_ago in (0, 1):
        opened = now.replace(hour=hour, minute=minute, second=0, microsecond=0) - datetime.timedelta(days=days_ago)
        length = datetime.timedelta(minutes=window["minutes"])
        if (not window["days"] or DAYS[opened.weekday()] in window["days"]) and opened <= now < opened + length:
            return True
    return False


def in_use(settings: Settings) -> str:
    """Who uses the machine, in words; '' where nobody does or nobody is to be spared."""
    if settings.values["reboot_when_used"]:
        return ""
    sessions = [line.split() for line in run("loginctl", "list-sessions", "--no-legend").stdout.splitlines()]
    # Nor a greeter, nor a manager of a user's own units: they have no seat, and no leader that anybody sits at.
    people = sorted({words[2] for words in sessions if len(words) > 2 and is_person(words[0])})
    asked = run("nvidia-smi", "--query-compute-apps=pid", "--format=csv,noheader")
    # Its complaints are on standard output too: that no device was found, or that module and library differ.
    computing = [] if asked.returncode else [word for word in asked.stdout.splitlines() if word.strip().isdigit()]
    if people:
        return f"{', '.join(people)} is logged in"
    if computing:
        return f"{len(computing)} programs compute on the GPU"
    return "somebody asked to keep it awake (keep-awake)" if any(map(is_open, leases(settings))) else ""


def leases(settings: Settings) -> list[Path]:
    return sorted(Path(settings.values["leases"]).glob("*.json"))


def is_open(lease: Path) -> bool:
    """Whether a lease of the role idle_stop, {"until": seconds}, is not over."""
    try:
        return float(json.loads(lease.read_text())["until"]) > time.time()
    except (OSError, ValueError, KeyError, TypeError):
        return False


def is_person(session: str) -> bool:
    said = run("loginctl", "show-session", session, "-p", "Class", "-p", "State").stdout.split()
    return "Class=user" in said and "State=closing" not in said


def forbidden(settings: Settings, now: datetime.datetime | None = None) -> str:
    """Why the host may not be restarted now; '' where it may."""
    values = settings.values
    local = now or datetime.datetime.now()  # noqa: DTZ005 - the window is in the host's own time, as systemd's is
    if values["reboot"] == "never":
        return "os_updates_reboot is never"
    if values["reboot"] == "window" and not in_window(values["window"], local):
        return "it waits for the window"
    return in_use(settings) or backup()


def consider(settings: Settings, held: dict[str, str]) -> dict:
    """Restart the host where it needs to and may. {"reasons", "blocked_by", "scheduled"}."""
    why = reasons(settings)
    against = futile(settings, why) or forbidden(settings)
    able = [release for release in kernels.installed() if release not in held]
    if held and not able:
        against = "no installed kernel is proven"
    if not why or against:
        return {"reasons": why, "blocked_by": against if why else "", "scheduled": False}
    restart(settings, why)
    return {"reasons": why, "blocked_by": "", "scheduled": True}


def boot() -> str:
    """The name of this boot. The kernel's own is the same for all starts of a system container, systemd's time is not."""
    started = run("systemctl", "show", "--property=UserspaceTimestampMonotonic").stdout.strip()
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {started}"


def look_back(settings: Settings) -> None:
    """Before updates give reasons anew: forget those that the last restart did end."""
    tried = settings.read(TRIED, {})
    if tried and tried["boot"] != boot():
        still = reasons(settings)
        settings.write(TRIED, {**tried, "reasons": [why for why in tried["reasons"] if why in still]})


def futile(settings: Settings, why: list[str]) -> str:
    """Whether the host was restarted already for all of this: the boot loader may keep an older kernel. In words, or ''."""
    tried = settings.read(TRIED, {})
    again = why and tried and tried["boot"] != boot() and set(why) <= set(tried["reasons"])
    return FUTILE if again else ""


def insist(found: dict) -> None:
    """A restart that did not help is for a person to look at; another one each night would not help either."""
    if found.get("blocked_by") == FUTILE:
        raise Failed(f"{FUTILE}: {'; '.join(found['reasons'])}")


def restart(settings: Settings, why: list[str]) -> None:
    settings.write(TRIED, {"reasons": why, "boot": boot()})
    say(f"restarting, because {'; '.join(why)}")
    line = settings.values["reboot_command"]
    done: subprocess.CompletedProcess = run("/bin/sh", "-c", line)
    if done.returncode:
        raise Failed(f"os_updates_reboot_command ({line}) ended with {done.returncode}: {last_words(done)}")
