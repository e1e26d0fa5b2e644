"""A kernel without a module is not booted into: its packages are held, and the boot loader takes another by default."""

from __future__ import annotations

import json
import re

from aienv_nvidia import kernels, system
from aienv_nvidia.system import Refused, run

HELD = f"{system.STATE}/held.json"
GRUB = "etc/default/grub.d/zz-aienv-nvidia-hold.cfg"
MENU = "boot/grub/grub.cfg"


def held() -> dict:
    """Held kernels as {release: {packages: those that were marked, reason}}."""
    text = system.read(HELD)
    return json.loads(text) if text else {}


def hold(release: str, reason: str = "") -> list:
    """What was done, in words; nothing where it is held already."""
    if not system.at(f"lib/modules/{release}").is_dir():
        raise Refused(f"there is no kernel {release}; installed are {', '.join(kernels.installed()) or 'none'}")
    known = held()
    if known.get(release, {}).get("reason", None) == reason:
        return []
    mine = known.get(release, {}).get("packages", [])
    fresh = [name for name in packages_of(release) if name not in marked()]
    done = []
    if fresh:
        system.must("Holding the kernel's packages", "apt-mark", "hold", *fresh)
        done.append(f"held {', '.join(fresh)}")
    known[release] = {"packages": [*mine, *fresh], "reason": reason}
    save(known)
    return done + choose()


def unhold(release: str) -> list:
    known = held()
    if release not in known:
        return []
    others = {name for other, entry in known.items() if other != release for name in entry["packages"]}
    mine = [name for name in known.pop(release)["packages"] if name not in others]
    done = []
    if mine:
        system.must("Releasing the kernel's packages", "apt-mark", "unhold", *mine)
        done.append(f"released {', '.join(mine)}")
    save(known)
    return done + choose()


def save(known: dict) -> None:
    if known:
        system.write(HELD, json.dumps(known, indent=1, sort_keys=True) + "\n")
    else:
        system.at(HELD).unlink(missing_ok=True)


def packages_of(release: str) -> list:
    """The kernel's image and headers, and the packages that would bring its successors: linux-image-amd64 and the like."""
    names = re.findall(
        r"(?m)^(\S+) \S+ (.*)$",
        run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Depends}\n", "linux-*").stdout,
    )
    own = [f"linux-image-{release}", f"linux-headers-{release}"]
    there = {name for name, _needs in names}
    bringing = [
        name
        for name, needs in names
        if re.search(rf"\b(linux-image-|linux-headers-){re.escape(release)}(\s|,|$)", needs)
    ]
    return sorted({name for name in own if name in there} | set(bringing))


def marked() -> set:
    return set(run("apt-mark", "showhold").stdout.split())


def choose() -> list:
    """The boot loader's default: the newest kernel that is not held, while one is. Without GRUB there is nothing to choose."""
    if not system.at(MENU).exists():
        return []
    free = [release for release in kernels.installed() if release not in held()]
    entry = menu_entry(free[0]) if held() and free else ""
    if entry:
        comment = "# Written by aienv-nvidia-proof: the NVIDIA module does not build for the kernels left out here.\n"
        changed = system.write(GRUB, f'{comment}GRUB_DEFAULT="{entry}"\n')
    else:
        changed = system.at(GRUB).exists()
        system.at(GRUB).unlink(missing_ok=True)
    if not changed:
        return []
    system.must("Telling the boot loader", "update-grub")
    return [f"boots {free[0]} by default" if entry else "boots the newest kernel by default"]


def menu_entry(release: str) -> str:
    """GRUB's word for a kernel: the ids of its submenu and of its entry."""
    ids = re.findall(r"(?m)^\s*(submenu|menuentry) .*\$menuentry_id_option '([^']+)'", system.read(MENU))
    submenu = next((name for kind, name in ids if kind == "submenu"), "")
    entry = next((name for kind, name in ids if kind == "menuentry" and f"-{release}-advanced-" in name), "")
    return f"{submenu}>{entry}" if submenu and entry else entry
