"""The kernels of the host: which are installed, which one runs, and for which the NVIDIA module is proven."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from aienv_updates.settings import Settings, last_words, run

HELD = "kernels.json"


def running() -> str:
    return os.uname().release


def order(release: str) -> list[tuple[int, str]]:
    """Sorts `6.1.0-9` before `6.1.0-51`, and numbers after words, as a boot loader does."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|[a-z]+", release)]


def image(release: str, root: str = "/") -> Path:
    """Where the kernel lies: Debian keeps it in /boot, RHEL 9 and newer beside its modules as well."""
    beside = Path(root, "lib/modules", release, "vmlinuz")
    return beside if beside.exists() else Path(root, "boot", f"vmlinuz-{release}")


def installed(root: str = "/") -> list[str]:
    """Releases that could be booted, the newest first."""
    found = {path.name.partition("-")[2] for path in Path(root, "boot").glob("vmlinuz-*")}
    found |= {path.parent.name for path in Path(root, "lib/modules").glob("*/vmlinuz")}
    return sorted((name for name in found if name[:1].isdigit()), key=order, reverse=True)


def has_proof(settings: Settings) -> bool:
    return os.access(settings.values["proof"], os.X_OK)


def unproven(settings: Settings, release: str) -> str:
    """Why the NVIDIA module would not load on this kernel; '' where it would."""
    if has_proof(settings):
        done = run(settings.values["proof"], "check", "--kernel", release)
        return last_words(done) if done.returncode else ""
    done = run("modinfo", "-k", release, "-F", "version", "nvidia")
    return f"{release}: no module: {last_words(done)}" if done.returncode else ""


def marked(settings: Settings) -> set[str]:
    """Packages that are on hold for a held kernel's sake."""
    return {name for held in settings.read(HELD, {}).values() for name in held["packages"]}


def release(settings: Settings) -> None:
    """Let boot loaders have all the kernels again."""
    for held in settings.read(HELD, {}):
        run(settings.values["proof"], "unhold", held)
    settings.forget(HELD)


def judge(packages: Any, settings: Settings) -> dict[str, str]:
    """Hold installed kernels that are newer than the running one and not proven; release those that are by now.

    Returns release -> reason of those that are held. Only where nvidia_driver has left its program: it knows how to
    keep a boot loader from a kernel.
    """
    if not has_proof(settings):
        return {}
    before = settings.read(HELD, {})
    already = packages.held()
    newer = [release for release in installed() if order(release) > order(running())] or installed()[:1]
    found = {release: why for release in newer if (why := unproven(settings, release))}
    for release in sorted(set(found) - set(before)):
        run(settings.values["proof"], "hold", release)
    for release in sorted(set(before) - set(found)):
        run(settings.values["proof"], "unhold", release)
    # What the program marked for it is no wish of somebody else's.
    mine = marked(settings) | (packages.held() - already)
    news = {release: {"reason": why, "packages": sorted(mine & packages.held())} for release, why in found.items()}
    settings.write(HELD, news)
    return found
