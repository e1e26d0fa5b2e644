"""The kernel, and on a machine with a GPU the NVIDIA driver, its libraries and fabric manager: all in step, or none.

A new kernel without the driver's module, or libraries of another version than the module, cost the GPU at the next
start. So they move in one transaction, the result is proven, and what cannot be proven is put back as it was.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from aienv_updates import kernels
from aienv_updates.origins import upstream
from aienv_updates.settings import Failed, Settings, say

#: Packages that carry the driver's version. Others of NVIDIA's (settings, persistenced) may have one of their own.
ANCHORS = re.compile(
    r"(libcuda1|libnvidia-ml1|libnvidia-compute(-\d+.*)?|nvidia-driver-cuda-libs|nvidia-(open-)?kernel-dkms|nvidia-dkms-\d+.*"
    r"|nvidia-tesla-\d+-kernel-dkms|kmod-nvidia-.*|nvidia-fabricmanager(-\d+)?|libnvidia-nscq(-\d+)?)$"
)
#: With it the role nvidia_driver keeps all of a driver in one version; the version is in its first record.
PIN = Path("/etc/apt/preferences.d/aienv-nvidia.pref")
PINNED = re.compile(r"(?m)^(Pin: version /\^\(\[0-9\]\+:\)\?)\S+(\[-\+~\]/)$")
MOVE, HOLDS = "move.json", "holds.json"
#: DKMS's words for a module that does not compile. They point to a log; the proof has the compiler's line.
UNBUILT = "module build"


def members(settings: Settings, names: Any) -> list[str]:
    """Which of these packages move together here."""
    patterns = settings.values["together"]
    return sorted(name for name in names if any(re.match(pattern, name) for pattern in patterns))


def driver_versions(versions: dict[str, str]) -> list[str]:
    """The versions of the NVIDIA driver that are installed, by the packages that carry it; more than one is torn."""
    return sorted({upstream(version) for name, version in versions.items() if ANCHORS.match(name)})


def after(versions: dict[str, str], steps: list[dict]) -> dict[str, str]:
    """What would be installed after these steps."""
    there = {**versions, **{step["name"]: step["new"] for step in steps}}
    return {name: version for name, version in there.items() if version}


def torn(versions: dict[str, str], steps: list[dict]) -> str:
    """Why the steps would leave driver and libraries in different versions; '' where they do not."""
    carry = {name for name, version in versions.items() if upstream(version) in driver_versions(versions)}
    there = after(versions, steps)
    parts = {name: there[name] for name in carry if name in there and re.search("nvidia|libcuda1|cuda-drivers", name)}
    found = sorted({upstream(version) for version in parts.values()})
    if len(found) < 2 or (len(driver_versions(versions)) > 1 and not moves_driver(versions, steps)):
        return ""
    behind = sorted(name for name, version in parts.items() if version == versions.get(name))
    return f"the NVIDIA driver would be torn into {' and '.join(found)}: there is nothing newer yet for {', '.join(behind)}"


def moves_driver(versions: dict[str, str], steps: list[dict]) -> bool:
    return any(ANCHORS.match(step["name"]) for step in steps if versions.get(step["name"]) != step["new"])


def move(packages: Any, settings: Settings, anywhere: bool, waits_for: str) -> dict:
    """Move what has to move together. {"moved": steps, "held": why not or ''}.

    `waits_for`: why this machine must not be restarted now, '' where it may. Then the driver stays, because from its
    move to the restart no program could begin to use the GPU.
    """
    finish(packages, settings)
    versions = packages.versions()
    names = members(settings, versions)
    wanted = packages.newer(names, anywhere)
    earlier = settings.read(HOLDS, {})
    ours = {*earlier.get("packages", []), *kernels.marked(settings)}
    theirs = sorted(packages.held() & set(names) - ours)
    if not wanted:
        release(packages, settings)
        return {"moved": [], "held": ""}
    if theirs:
        return {"moved": [], "held": f"somebody holds {', '.join(theirs)} (apt-mark showhold), so none of them moves"}
    if earlier.get("tried") == wanted:
        return {"moved": [], "held": earlier["reason"]}
    try:
        steps = packages.group_plan(wanted)
        reason = refusal(versions, steps)
    except Failed as failed:
        steps, reason = [], f"they cannot move together: {failed}"
    if reason:
        return held(packages, settings, wanted, reason)
    if moves_driver(versions, steps) and waits_for:
        return {"moved": [], "held": f"the NVIDIA driver moves only with a restart: {waits_for}"}
    reason = transact(packages, settings, versions, wanted, steps)
    if reason:
        return held(packages, settings, wanted, reason)
    release(packages, settings)
    return {"moved": steps, "held": ""}


def refusal(versions: dict[str, str], steps: list[dict]) -> str:
    gone = [step["name"] for step in steps if not step["new"]]
    return f"it would remove {', '.join(gone)}" if gone else torn(versions, steps)


def transact(packages: Any, settings: Settings, versions: dict, wanted: dict, steps: list[dict]) -> str:
    """Install and prove; '' or the reason for which everything was put back."""
    guarded = bool(driver_versions(versions)) or kernels.has_proof(settings)
    before = kernels.installed()
    if guarded:
        try:
            packages.keep(steps)
        except Failed as failed:
            return str(failed)
        settings.write(MOVE, {"steps": steps, "wanted": wanted, "kernels": before, "began": int(time.time())})
    said = packages.install(wanted)
    ask = guarded and (not said or UNBUILT in said)
    reason = (unproven(settings, versions, steps, before) if ask else "") or said
    if reason and not guarded:
        raise Failed(f"the kernel could not be updated: {reason}")
    if reason:
        say(f"putting back kernel and driver: {reason}")
        packages.go_back(steps)
    else:
        take_the_pin_along(after(versions, steps))
    settings.forget(MOVE)
    return reason


def take_the_pin_along(versions: dict[str, str]) -> None:
    """Else apt would go back to the former version."""
    text, driver = PIN.read_text() if PIN.exists() else "", driver_versions(versions)
    if len(driver) == 1 and PINNED.search(text):
        half = PIN.with_suffix(".half")
        half.write_text(PINNED.sub(lambda found: found[1] + re.escape(driver[0]) + found[2], text, count=1))
        half.chmod(0o644)
        half.replace(PIN)


def unproven(settings: Settings, versions: dict, steps: list[dict], before: list[str]) -> str:
    """Why the driver would not work after the steps: a module that is missing or does not build, by kernel."""
    added = [release for release in kernels.installed() if release not in before]
    others = [kernels.running()] if moves_driver(versions, steps) and kernels.running() in before else []
    return next((why for why in (kernels.unproven(settings, release) for release in added + others) if why), "")


def finish(packages: Any, settings: Settings) -> None:
    """A move that was cut off (power, SIGKILL) is judged now: kept where it is proven, else put back."""
    open_move = settings.read(MOVE, {})
    if not open_move:
        return
    say("an earlier move of kernel and driver was cut off; judging it")
    steps, versions = open_move["steps"], packages.versions()
    # Unpacked is not installed: the module may be missing only because nothing had the time to build it.
    whole = packages.is_whole() and all(versions.get(step["name"], "") == step["new"] for step in steps)
    before = {step["name"]: step["old"] for step in steps if step["old"]}
    reason = unproven(settings, before, steps, open_move["kernels"]) if whole else "it was cut off in the middle"
    if reason:
        packages.go_back(steps)
        # What was only cut off may be tried again; what failed may not.
        if whole:
            held(packages, settings, open_move["wanted"], reason)
    else:
        take_the_pin_along(versions)
    settings.forget(MOVE)


def held(packages: Any, settings: Settings, wanted: dict[str, str], reason: str) -> dict:
    """Keep these packages from everybody until there is something newer still."""
    names = sorted(wanted)
    packages.hold(names)
    news = {"packages": names, "tried": wanted, "reason": reason, "since": int(time.time())}
    settings.write(HOLDS, news)
    return {"moved": [], "held": reason}


def release(packages: Any, settings: Settings) -> None:
    """Take our own holds away; those of others stay."""
    packages.unhold(sorted(set(settings.read(HOLDS, {}).get("packages", [])) & packages.held()))
    settings.forget(HOLDS)
