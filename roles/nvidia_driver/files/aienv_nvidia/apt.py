"""apt and dpkg: who holds the lock, what is installed, one version for all that belongs together, and what an interruption left."""

from __future__ import annotations

import contextlib
import fcntl
import re
import struct
import time

from aienv_nvidia import system
from aienv_nvidia.system import Refused, run, upstream

LOCKS = ("var/lib/dpkg/lock-frontend", "var/lib/dpkg/lock", "var/lib/apt/lists/lock")
PINS = "etc/apt/preferences.d/aienv-nvidia.pref"
#: While it exists, Debian's and Ubuntu's packages register modules with DKMS but build none: that was done before, on trial.
NO_BUILD = "etc/dkms/no-autoinstall"
MARK = "# aienv-nvidia: installing; removed when done\n"
#: The kernel modules of a driver, by package name, whoever made the package.
MODULE_PACKAGE = re.compile(
    r"nvidia-(?:[\w.-]*-)?(?:kernel-)?(?:open-)?dkms(?:-[\w.-]+)?$|nvidia-kernel-(?:open|source)[\w.-]*$|linux-modules-nvidia-.*"
)
#: Everything of a driver that must have one version, as apt's preferences match names.
FAMILY = "*nvidia* libcuda1 libnv* libxnvctrl0 firmware-nvidia* cuda-drivers*"
#: apt's priority of the branch's other versions; aienv_updates/origins.py of os_updates knows it.
KIN = 995
#: Tools around the driver that keep versions of their own.
APART = re.compile(
    r"nvidia-(persistenced|modprobe|settings|support|kernel-common|installer-cleanup|container.*|driver-pinning.*)|libnvidia-container.*|glx-.*"
)
STATUS = "${Package}\t${Version}\t${source:Package}\t${db:Status-Status}\t${db:Status-Want}\n"


def wait_for_lock(patience: int, option: str = " (nvidia_driver_lock_timeout)") -> list:
    """Wait until nobody else installs. The sentences about it; Refused where it takes longer. `option` says who can change that."""
    began, who = time.monotonic(), ""
    while True:
        now = holder()
        if not now:
            break
        who = now
        if time.monotonic() - began > patience:
            raise Refused(f"{who} has held the lock of apt for {patience} seconds{option}; nothing was installed")
        time.sleep(2)
    waited = round(time.monotonic() - began)
    return [f"waited {waited} s for {who}, which had locked apt"] if who else []


def holder() -> str:
    """The program that holds a lock, as `unattended-upgr (pid 812)`; nothing where none does."""
    for name in LOCKS:
        path = system.at(name)
        if not path.exists():
            continue
        with path.open("r+") as lock:
            asked = fcntl.fcntl(lock, fcntl.F_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        kind, _whence, _start, _length, pid = struct.unpack("hhqqi4x", asked)
        if kind != fcntl.F_UNLCK:
            program = system.read(f"proc/{pid}/comm").strip() or "another program"
            return f"{program} (pid {pid})"
    return ""


def packages() -> dict:
    """Installed packages: name -> {version, source, status, want}. Those that are only configured files are left out."""
    found = {}
    for line in run("dpkg-query", "-W", "-f", STATUS).stdout.splitlines():
        name, version, source, status, want = line.split("\t")
        if status not in ("not-installed", "config-files"):
            found[name] = {"version": version, "source": source, "status": status, "want": want}
    return found


def broken(installed: dict) -> list:
    """What an interrupted installation left half done."""
    return sorted(
        name
        for name, about in installed.items()
        if about["status"] not in ("installed", "triggers-awaited", "triggers-pending")
    )


def mend() -> list:
    """Finish what was interrupted; modules of NVIDIA's are not built by it.

    One that does not compile keeps its package, or a new kernel's, half configured for ever; building is the trial's work. Modules of others are
    built first, as dpkg would do it.
    """
    installed = packages()
    half = broken(installed)
    if is_ours(NO_BUILD):
        system.at(NO_BUILD).unlink()
    if not half:
        return []
    ours = any(MODULE_PACKAGE.fullmatch(name) for name in installed)
    if not ours or has_modules_of_others():
        run("dpkg", "--configure", "-a")
    with no_builds(wanted=ours):
        run("dpkg", "--configure", "-a")
        get("Mending what an interrupted installation left", "--fix-broken", "install")
    return [f"finished what was left half done ({', '.join(half)})"]


def has_modules_of_others() -> bool:
    """Whether DKMS knows modules that are not NVIDIA's, such as ZFS, which a machine may need to boot."""
    return any(path.is_dir() and not path.name.startswith("nvidia") for path in system.at("var/lib/dkms").glob("*"))


@contextlib.contextmanager
def no_builds(wanted: bool = True) -> object:
    """DKMS builds nothing meanwhile. A switch that the user has set stays."""
    mine = wanted and not system.at(NO_BUILD).exists()
    if mine:
        system.write(NO_BUILD, MARK)
    try:
        yield
    finally:
        if mine:
            system.at(NO_BUILD).unlink(missing_ok=True)


def is_ours(path: str) -> bool:
    return system.read(path) == MARK


def get(what: str, *words: str) -> str:
    options = (
        "-q",
        "-y",
        "-o",
        "DPkg::Lock::Timeout=60",
        "-o",
        "Dpkg::Options::=--force-confold",
        "-o",
        "Acquire::Retries=2",
    )
    return system.must(what, "apt-get", *options, *words)


def variant(name: str) -> str:
    """What Ubuntu's packages of modules say of their driver: 580-server-open of linux-modules-nvidia-580-server-open-6.8.0-1021-aws."""
    found = re.match(r"(?:linux-modules-nvidia|nvidia-dkms)-(\d+(?:-server)?(?:-open)?)(?:-|$)", name)
    return found.group(1) if found else ""


def update() -> None:
    """Read the package lists anew. A mirror that does not answer is an error here, not a warning."""
    get("Reading the package lists", "update", "--error-on=any")


def provide(what: str, names: list) -> None:
    """Small packages that are needed before anything else is decided; nothing is read where they are there."""
    missing = [name for name in names if name not in packages()]
    if missing:
        update()
        get(what, "--no-install-recommends", "install", *missing)


def versions(name: str) -> list:
    """What the archive has of a package, the newest first."""
    return re.findall(r"(?m)^\s*\S+ \|\s*(\S+) \|", run("apt-cache", "madison", name).stdout)


def common_version(pins: dict) -> str:
    """The newest upstream version in which all of these exist: an archive may have a newer library than module."""
    offered = {
        name: {upstream(version) for version in versions(name) if matches(version, pattern)}
        for name, pattern in pins.items()
    }
    missing = [name for name, found in offered.items() if not found]
    if missing:
        raise Refused(
            f"the package lists have no {' and no '.join(f'{name} {pins[name]}' for name in missing)}; nothing was installed"
        )
    shared = set.intersection(*offered.values())
    if not shared:
        said = "; ".join(f"{name} {', '.join(sorted(found))}" for name, found in offered.items())
        raise Refused(
            f"the package lists have no version that all parts of the driver share: {said}; nothing was installed"
        )
    return max(shared, key=system.numbers)


def matches(version: str, pattern: str) -> bool:
    """Whether a package's version is of a branch, given as `535.*`."""
    return upstream(version).startswith(pattern.rstrip("*"))


def pin_text(version: str) -> str:
    """Of several records apt takes the first that fits. By the second os_updates knows what may follow: it moves all parts, and this pin."""
    branch = re.escape(version.split(".")[0])
    return (
        "# Written by the role aienv.cloud.nvidia_driver: module, libraries and fabric manager stay in one version, whatever is newer in an archive.\n"
        "# aienv-updates takes them to a newer one of the branch together, and changes it here.\n"
        f"Package: {FAMILY}\nPin: version /^([0-9]+:)?{re.escape(version)}[-+~]/\nPin-Priority: 1001\n\n"
        f"Package: {FAMILY}\nPin: version /^([0-9]+:)?{branch}\\./\nPin-Priority: {KIN}\n"
    )


def planned(names: list) -> dict:
    """What apt would install for these: name -> version. Refused with apt's reason where it cannot."""
    said = get(
        "Working out the packages",
        "--no-install-recommends",
        "--simulate",
        "--allow-downgrades",
        "--allow-change-held-packages",
        "install",
        *names,
    )
    return dict(re.findall(r"(?m)^Inst (\S+) (?:\[\S+\] )?\((\S+)", said))


def install(what: str, names: list, gone: list = ()) -> None:
    """One transaction: these in, those out with their configuration: a pin that stays would go on pinning."""
    words = [
        "--purge",
        "--no-install-recommends",
        "--allow-downgrades",
        "--allow-change-held-packages",
        "install",
        *names,
    ]
    get(what, *words, *(f"{name}-" for name in gone))


def purge(names: list) -> None:
    if names:
        get("Removing the driver's packages", "--allow-change-held-packages", "purge", *names)
