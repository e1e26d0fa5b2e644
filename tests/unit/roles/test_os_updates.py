"""The program of the role os_updates without a package manager: texts, rules and decisions. Molecule proves the rest."""

from __future__ import annotations

import datetime
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).resolve().parents[3] / "roles/os_updates"
VARS = yaml.safe_load((ROLE / "vars/main.yml").read_text())
DEBIAN = {"distro_id": "Debian", "distro_codename": "bookworm"}
SECURITY = "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"

# apt-cache policy on Debian 12, 2026-11-27, shortened.
POLICY = """Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://security.debian.org/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
     origin security.debian.org
 500 http://deb.debian.org/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin deb.debian.org
Pinned packages:
"""
TABLE = """{name}:
  Installed: {here}
  Candidate: {candidate}
  Version table:
{rows}
"""


def table(name, here, candidate, *rows):
    """What apt-cache policy says of a package; a row is (version, priority, source)."""
    lines = []
    for version, priority, source in rows:
        lines += [f" {'***' if version == here else '   '} {version} {priority}", f"        {priority} {source}"]
    return TABLE.format(name=name, here=here, candidate=candidate, rows="\n".join(lines))


FROM_SECURITY = "http://security.debian.org/debian-security bookworm-security/main amd64 Packages"
FROM_MAIN = "http://deb.debian.org/debian bookworm/main amd64 Packages"
STATUS = "/var/lib/dpkg/status"


@pytest.fixture(scope="module")
def part():
    """Imports a part of the program by its name."""
    sys.path.insert(0, str(ROLE / "files"))
    yield lambda name: importlib.import_module(f"aienv_updates.{name}")
    sys.path.remove(str(ROLE / "files"))


@pytest.fixture
def settings(part, tmp_path):
    values = {
        "together": VARS["__os_updates_together"], "origins": [SECURITY], "exclude": [], "reboot": "window",
        "window": {"days": [], "start": "03:00", "minutes": 180}, "reboot_when_used": True, "reboot_command": "true",
        "proof": str(tmp_path / "proof"), "leases": str(tmp_path), "lock_seconds": 0, "textfile_directory": str(tmp_path),
    }  # fmt: skip
    return part("settings").Settings(values, tmp_path / "state")


def test_all_modules_are_installed():
    assert sorted(VARS["__os_updates_modules"]) == sorted(
        path.stem for path in (ROLE / "files/aienv_updates").glob("*.py")
    )


@pytest.mark.parametrize("name", [
    "linux-image-amd64", "linux-image-6.1.0-50-amd64", "linux-headers-6.12.117+deb13-amd64", "linux-modules-nvidia-580-server-open-aws",
    "linux-aws", "linux-generic", "kernel", "kernel-core", "kernel-modules-extra", "nvidia-kernel-dkms", "nvidia-open", "libnvidia-ml1",
    "nvidia-driver-580-server-open", "libcuda1", "cuda-drivers", "nvidia-fabricmanager-580", "nvlsm", "libnvidia-compute-580",
    "libegl-nvidia0", "kmod-nvidia-open-dkms", "firmware-nvidia-gsp", "nvidia-driver-cuda", "nvidia-settings",
])  # fmt: skip
def test_what_moves_together(part, settings, name):
    assert part("together").members(settings, [name]) == [name]


@pytest.mark.parametrize("name", [
    "nvidia-container-toolkit", "libnvidia-container1", "nvidia-cuda-toolkit", "cuda-toolkit-12-6", "libcudnn9-cuda-12", "linux-libc-dev",
    "linux-base", "kernel-tools", "libc6", "nvidia-cuda-dev", "kmod",
])  # fmt: skip
def test_what_moves_by_itself(part, settings, name):
    assert part("together").members(settings, [name]) == []


def test_unattended_upgrades_is_told_the_same_patterns():
    template = (ROLE / "templates/unattended-upgrades.j2").read_text()
    assert "for pattern in __os_updates_together + os_updates_exclude" in template
    assert [pattern for pattern in VARS["__os_updates_together"] if '"' in pattern or not re.compile(pattern)] == []


@pytest.mark.parametrize(
    ("pattern", "from_security", "from_main"),
    [
        (SECURITY, True, False),
        ("o=Debian,a=oldstable", False, True),
        ("site=*.debian.org", True, True),
        ("origin=Ubuntu", False, False),
        ("label=Debian*", True, True),
        ("nonsense=Debian", False, False),
    ],
)
def test_origins_mean_what_unattended_upgrades_means(part, pattern, from_security, from_main):
    known = part("origins").sources(POLICY)
    assert part("origins").is_allowed(known[FROM_SECURITY], [pattern], DEBIAN) is from_security
    assert part("origins").is_allowed(known[FROM_MAIN], [pattern], DEBIAN) is from_main


@pytest.mark.parametrize(
    ("rows", "allowed", "chosen"),
    [
        ([("3", 500, FROM_MAIN), ("2", 500, FROM_SECURITY), ("1", 100, STATUS)], [SECURITY], {"linux": "2"}),
        ([("3", 500, FROM_MAIN), ("2", 500, FROM_SECURITY), ("1", 100, STATUS)], [], {"linux": "3"}),
        ([("2", 500, FROM_MAIN), ("1", 100, STATUS)], [SECURITY], {}),
        # An older version of the allowed origin is no update.
        ([("1", 500, STATUS), ("0", 500, FROM_SECURITY)], [SECURITY], {}),
        # Pinned away by somebody: never taken.
        ([("2", -1, FROM_SECURITY), ("1", 100, STATUS)], [SECURITY], {}),
    ],
)
def test_which_version_is_taken(part, rows, allowed, chosen):
    rank = max(rows, key=lambda row: row[1])[0] if all(row[1] >= 0 for row in rows) else "1"
    text = table("linux", "1", rank, *rows)
    assert part("origins").newer(text, part("origins").sources(POLICY), allowed, DEBIAN) == chosen


def test_a_pin_to_a_branch_is_kept(part):
    rows = [("595", 500, FROM_MAIN), ("580.2", 1001, FROM_MAIN), ("580.1", 1001, STATUS)]
    text = table("libcuda1", "580.1", "580.2", *rows)
    assert part("origins").newer(text, part("origins").sources(POLICY), [], DEBIAN) == {"libcuda1": "580.2"}


PINNED_DRIVER = [
    ("nvidia-open-kernel-dkms", ["535.300.01-1"]),
    ("libcuda1", ["535.309.01-1~deb12u1", "535.300.01-1"]),
    ("libnvidia-ml1", ["535.309.01-1~deb12u1", "535.300.01-1"]),
]


def pinned(*parts, others=(), source=FROM_SECURITY):
    """What apt says under nvidia_driver's pin: the installed version has 1001, its branch 995, everything else 500."""
    rows = [(name, [("595.1-1", 500, source), *((version, 995, source) for version in newer)]) for name, newer in parts]
    tables = [
        table(name, "535.261.03-1", "535.261.03-1", *above, ("535.261.03-1", 1001, STATUS)) for name, above in rows
    ]
    return "".join([*tables, *others])


def test_a_pinned_driver_goes_to_the_newest_version_that_all_its_parts_have(part):
    origins = part("origins")
    known = origins.sources(POLICY)
    chosen = dict.fromkeys([name for name, _newer in PINNED_DRIVER], "535.300.01-1")
    beside = [
        table("linux-image-amd64", "1", "2", ("2", 500, FROM_SECURITY), ("1", 100, STATUS)),
        # Somebody's own pin to a version: nothing of the driver's, and not to be moved.
        table("nvidia-settings", "470.1-1", "470.1-1", ("535.2-1", 500, FROM_SECURITY), ("470.1-1", 1001, STATUS)),
    ]
    text = pinned(*PINNED_DRIVER, others=beside)
    assert origins.newer(text, known, [SECURITY], DEBIAN) == {**chosen, "linux-image-amd64": "2"}


def test_a_pinned_driver_stays_where_a_part_has_nothing_newer_and_keeps_no_kernel(part):
    """Debian 12 on 2026-11-27: newer libraries, no newer open module."""
    origins = part("origins")
    known = origins.sources(POLICY)
    kernel = table("linux-image-amd64", "1", "2", ("2", 500, FROM_SECURITY), ("1", 100, STATUS))
    late = [("nvidia-open-kernel-dkms", []), *PINNED_DRIVER[1:]]
    assert origins.newer(pinned(*late, others=[kernel]), known, [], DEBIAN) == {"linux-image-amd64": "2"}
    assert origins.newer(pinned(*PINNED_DRIVER, source=FROM_MAIN), known, [SECURITY], DEBIAN) == {}


@pytest.fixture
def pin(part, tmp_path, monkeypatch):
    """The pin that the role nvidia_driver itself writes, for a version."""
    monkeypatch.syspath_prepend(str(ROLE.parent / "nvidia_driver/files"))
    monkeypatch.setattr(part("together"), "PIN", tmp_path / "aienv-nvidia.pref")
    apt = importlib.import_module("aienv_nvidia.apt")
    yield apt
    for name in [name for name in sys.modules if name.split(".")[0] == "aienv_nvidia"]:
        sys.modules.pop(name)


MOVED = [{"name": name, "old": "535.261.03-1", "new": "535.309.01-1"} for name in ("libcuda1", "nvidia-kernel-dkms")]


@pytest.mark.parametrize("proof", ["", "6.1.0-51: no module"])
def test_the_pin_goes_with_the_driver_and_only_with_a_proven_one(part, settings, monkeypatch, pin, proof):
    together = part("together")
    packages = type("Packages", (), {"install": lambda _, __: "", "keep": lambda *_: 0, "go_back": lambda *_: 0})()
    monkeypatch.setattr(together, "unproven", lambda *_: proof)
    together.PIN.write_text(pin.pin_text("535.261.03"))
    here = {move["name"]: move["old"] for move in MOVED}
    assert together.transact(packages, settings, here, {}, MOVED) == proof
    assert together.PIN.read_text() == pin.pin_text("535.261.03" if proof else "535.309.01")
    assert f"Pin-Priority: {part('origins').KIN}\n" in together.PIN.read_text()
    assert not together.PIN.with_suffix(".half").exists()


def test_a_move_that_was_cut_off_before_the_pin_takes_it_along(part, settings, monkeypatch, pin):
    together = part("together")
    there = {move["name"]: move["new"] for move in MOVED}
    packages = type("Packages", (), {"versions": lambda _: there, "is_whole": lambda _: True})()
    monkeypatch.setattr(together, "unproven", lambda *_: "")
    together.PIN.write_text(pin.pin_text("535.261.03"))
    settings.write(together.MOVE, {"steps": MOVED, "wanted": there, "kernels": [], "began": 0})
    together.finish(packages, settings)
    assert together.PIN.read_text() == pin.pin_text("535.309.01")


HERE = {"libcuda1": "580.1-1", "nvidia-kernel-dkms": "580.1-1", "nvidia-fabricmanager": "580.1-1", "nvidia-settings": "580.0-3"}  # fmt: skip


def step(name, new, old="580.1-1"):
    return {"name": name, "old": old, "new": new}


def test_a_driver_is_torn_where_a_part_stays_behind(part):
    steps = [step("libcuda1", "580.2-1"), step("nvidia-kernel-dkms", "580.2-1")]
    assert "nothing newer yet for nvidia-fabricmanager" in part("together").torn(HERE, steps)
    assert part("together").torn(HERE, [*steps, step("nvidia-fabricmanager", "580.2-1")]) == ""


def test_versions_of_their_own_tear_nothing(part):
    assert part("together").torn(HERE, [step("nvidia-settings", "590.0-1", "580.0-3")]) == ""
    assert part("together").torn({"linux-image-amd64": "6.1.1"}, [step("linux-image-amd64", "6.1.2", "6.1.1")]) == ""


def test_a_torn_driver_does_not_keep_the_kernel(part):
    torn = {**HERE, "libcuda1": "580.2-1"}
    assert part("together").torn(torn, [step("linux-image-amd64", "6.1.2", "6.1.1")]) == ""


DKMS = "Error! Bad return status for module build on kernel: 6.1.0-51 (x86_64) E: Sub-process /usr/bin/dpkg returned an error code (1)"


@pytest.mark.parametrize(
    ("apt", "proof", "reason"),
    [
        ("", "", ""),
        ("", "6.1.0-51: no module: error: pci_resize", "6.1.0-51: no module: error: pci_resize"),
        (DKMS, "6.1.0-51: no module: error: pci_resize", "6.1.0-51: no module: error: pci_resize"),
        (DKMS, "", DKMS),
        # A disk that is full leaves no module either; that is not why.
        ("E: No space left on device", "6.1.0-51: no module", "E: No space left on device"),
    ],
)
def test_a_reason_is_the_compiler_s_line_where_a_module_did_not_build(part, settings, monkeypatch, apt, proof, reason):
    packages, back = type("Packages", (), {"install": lambda _, __: apt})(), []
    packages.keep, packages.go_back = back.append, back.append
    monkeypatch.setattr(part("together"), "unproven", lambda *_: proof)
    steps = [step("linux-image-amd64", "6.1.2", "6.1.1")]
    assert part("together").transact(packages, settings, HERE, {"linux-image-amd64": "6.1.2"}, steps) == reason
    assert back == [steps] * (2 if reason else 1)


@pytest.mark.parametrize(
    ("days", "start", "minutes", "when", "within"),
    [
        ([], "03:00", 180, "2026-11-27 03:00", True),
        ([], "03:00", 180, "2026-11-27 05:59", True),
        ([], "03:00", 180, "2026-11-27 06:00", False),
        ([], "23:00", 120, "2026-11-27 00:30", True),
        (["Thu"], "23:00", 120, "2026-11-27 00:30", True),  # a Friday; the window opened on Thursday
        (["Fri"], "23:00", 120, "2026-11-27 00:30", False),
        (["Sat", "Sun"], "03:00", 180, "2026-11-27 04:00", False),
    ],
)
def test_the_window(part, days, start, minutes, when, within):
    window = {"days": days, "start": start, "minutes": minutes}
    assert part("restart").in_window(window, datetime.datetime.fromisoformat(when)) is within


def test_kernels_are_ordered_as_a_boot_loader_does(part, tmp_path):
    (tmp_path / "boot").mkdir()
    for release in ("6.1.0-9-amd64", "6.1.0-51-amd64", "6.12.9-amd64"):
        (tmp_path / f"boot/vmlinuz-{release}").touch()
    (tmp_path / "lib/modules/5.14.0-1.el9").mkdir(parents=True)
    (tmp_path / "lib/modules/5.14.0-1.el9/vmlinuz").touch()
    assert part("kernels").installed(str(tmp_path)) == [
        "6.12.9-amd64", "6.1.0-51-amd64", "6.1.0-9-amd64", "5.14.0-1.el9",
    ]  # fmt: skip


def test_a_restart_is_needed_for_a_newer_kernel_but_not_for_a_held_one(part, settings, tmp_path, monkeypatch):
    kernels, restart = part("kernels"), part("restart")
    monkeypatch.setattr(kernels, "running", lambda: "6.1.0-50-amd64")
    (tmp_path / "boot").mkdir()
    newer = tmp_path / "boot/vmlinuz-6.1.0-51-amd64"
    newer.touch()
    assert restart.reasons(settings, str(tmp_path)) == ["the kernel 6.1.0-51-amd64 is installed, 6.1.0-50-amd64 runs"]
    settings.write(kernels.HELD, {"6.1.0-51-amd64": {"reason": "no module", "packages": []}})
    assert restart.reasons(settings, str(tmp_path)) == []


def test_a_restart_is_needed_for_a_kernel_that_was_replaced(part, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(part("kernels"), "running", lambda: "6.1.0-50-amd64")
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz-6.1.0-50-amd64").touch()  # just now, so after the start
    assert part("restart").reasons(settings, str(tmp_path)) == [
        "the kernel 6.1.0-50-amd64 was replaced since it was started"
    ]


def test_a_restart_is_needed_where_module_and_libraries_differ(part, settings, tmp_path):
    (tmp_path / "sys/module/nvidia").mkdir(parents=True)
    (tmp_path / "sys/module/nvidia/version").write_text("580.95.05\n")
    place = tmp_path / "usr/lib/x86_64-linux-gnu"
    place.mkdir(parents=True)
    (place / "libnvidia-ml.so.580.95.05").touch()
    assert part("restart").reasons(settings, str(tmp_path)) == []
    (place / "libnvidia-ml.so.580.95.05").rename(place / "libnvidia-ml.so.580.105.08")
    assert part("restart").reasons(settings, str(tmp_path)) == [
        "the NVIDIA module 580.95.05 is loaded, the libraries are 580.105.08"
    ]


@pytest.mark.parametrize(
    ("group", "stale"),
    [
        ("0::/system.slice/ssh.service", ["ssh.service"]),
        ("12:pids:/x\n1:name=systemd:/user.slice/user-0.slice/session-3.scope", ["session-3.scope"]),
    ],
)
def test_programs_with_replaced_libraries_are_found_by_unit(part, tmp_path, group, stale):
    process = tmp_path / "proc/7"
    process.mkdir(parents=True)
    (process / "cgroup").write_text(group + "\n")
    (process / "maps").write_text("7f00-7f10 r-xp 00000000 fe:00 123 /usr/lib/x86_64-linux-gnu/libssl.so.3\n")
    assert part("restart").stale_units(str(tmp_path)) == []
    (process / "maps").write_text("7f00-7f10 r-xp 00000000 fe:00 123   /usr/lib/libssl.so.3 (deleted)\n")
    assert part("restart").stale_units(str(tmp_path)) == stale


@pytest.mark.parametrize(("policy", "says"), [("never", "os_updates_reboot is never"), ("window", "it waits for the window"), ("now", "")])  # fmt: skip
def test_the_policy(part, settings, monkeypatch, policy, says):
    monkeypatch.setattr(part("restart"), "backup", lambda: "")
    settings.values["reboot"] = policy
    noon = datetime.datetime.fromisoformat("2026-11-27 12:00")
    assert part("restart").forbidden(settings, noon) == says


def test_no_restart_while_a_backup_runs_whatever_was_declared(part, settings, monkeypatch):
    monkeypatch.setattr(part("restart"), "backup", lambda: "a backup runs (x)")
    settings.values["reboot"] = "now"
    assert part("restart").forbidden(settings) == "a backup runs (x)"


@pytest.fixture
def host(part, settings, monkeypatch):
    """A host that may be restarted: the reasons for it, the name of its boot, and how often it was."""
    restart = part("restart")
    host = type("Host", (), {"why": ["the kernel 52 is installed, 51 runs"], "boot": "first", "restarts": 0})()

    def run(*_argv):
        host.restarts += 1
        return subprocess.CompletedProcess([], 0, "", "")

    for name, double in {
        "reasons": lambda _: host.why, "forbidden": lambda _: "", "boot": lambda: host.boot, "run": run, "say": lambda _: None,
    }.items():  # fmt: skip
        monkeypatch.setattr(restart, name, double)
    monkeypatch.setattr(part("jobs"), "update", lambda *_: {"restart": restart.consider(settings, {}), "upgraded": []})
    return host


def test_a_restart_that_did_not_help_is_a_failure_and_no_second_restart(part, settings, host):
    jobs, restart, report = part("jobs"), part("restart"), part("report")
    jobs.work(settings, "run")
    assert (host.restarts, report.read(settings)["jobs"]["run"]["ok"]) == (1, True)
    for night in ("second", "third"):
        host.boot = night
        restart.look_back(settings)
        with pytest.raises(part("settings").Failed, match=r"the last restart did not help: the kernel 52 is installed"):
            jobs.work(settings, "run")
        news = report.read(settings)["jobs"]["run"]
        assert (host.restarts, news["ok"], news["restart"]["blocked_by"]) == (1, False, restart.FUTILE)
        assert news["upgraded"] == []
    host.why = [*host.why, "packages asked for it"]
    jobs.work(settings, "run")
    assert host.restarts == 2


def test_a_restart_that_has_yet_to_come_is_asked_for_again(part, settings, host):
    for _ in range(2):
        part("jobs").work(settings, "run")
    assert host.restarts == 2


def test_a_run_looks_back_before_its_updates_give_reasons_anew(part, settings, monkeypatch):
    jobs, order = part("jobs"), []

    def packages_of(_settings):
        order.append("packages")
        raise part("settings").Failed("enough")

    monkeypatch.setattr(jobs.restart, "look_back", lambda _: order.append("look back"))
    monkeypatch.setattr(jobs, "packages_of", packages_of)
    with pytest.raises(part("settings").Failed, match="enough"):
        jobs.update(settings, full=False)
    assert order == ["look back", "packages"]


def test_what_a_restart_ended_may_come_back(part, settings, host):
    why, restart = host.why, part("restart")
    restart.consider(settings, {})
    host.boot, host.why = "second", []
    restart.look_back(settings)
    host.why = why
    assert restart.consider(settings, {})["scheduled"] is True


@pytest.mark.parametrize(("code", "said", "why"), [
    (0, "4711\n815\n", "2 programs compute on the GPU"),
    (0, "", ""),
    (0, "No devices were found\n", ""),
    (18, "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95\n", ""),
    (127, "", ""),
])  # fmt: skip
def test_only_programs_on_the_gpu_keep_it_in_use(part, settings, monkeypatch, code, said, why):
    def run(*argv):
        return subprocess.CompletedProcess(argv, code, said if argv[0] == "nvidia-smi" else "", "")

    monkeypatch.setattr(part("restart"), "run", run)
    settings.values["reboot_when_used"] = False
    assert part("restart").in_use(settings) == why


def test_no_restart_into_nothing_that_is_proven(part, settings, monkeypatch):
    restart = part("restart")
    monkeypatch.setattr(restart, "reasons", lambda _: ["because"])
    monkeypatch.setattr(restart, "forbidden", lambda _: "")
    monkeypatch.setattr(part("kernels"), "installed", lambda: ["6.1.0-51"])
    assert restart.consider(settings, {"6.1.0-51": {}})["blocked_by"] == "no installed kernel is proven"
    assert restart.consider(settings, {})["scheduled"] is True


class CutOff:
    """Packages of which all are unpacked, but not all configured."""

    whole = False
    went_back = False

    def versions(self):
        return {"linux-image-amd64": "2"}

    def is_whole(self):
        return self.whole

    def go_back(self, steps):
        self.went_back = True

    def hold(self, names):
        self.held_now = names


@pytest.mark.parametrize(("whole", "tried_again"), [(False, True), (True, False)])
def test_a_move_that_was_only_cut_off_may_be_tried_again(part, settings, monkeypatch, whole, tried_again):
    together, packages = part("together"), CutOff()
    packages.whole = whole
    monkeypatch.setattr(together, "unproven", lambda *_: "no module")
    steps = [{"name": "linux-image-amd64", "old": "1", "new": "2"}]
    settings.write(together.MOVE, {"steps": steps, "wanted": {"linux-image-amd64": "2"}, "kernels": [], "began": 0})
    together.finish(packages, settings)
    assert packages.went_back
    assert (settings.read(together.HOLDS, {}) == {}) is tried_again
    assert settings.read(together.MOVE, {}) == {}


def test_plans_of_apt_are_read(part):
    text = (
        "Inst linux-image-amd64 [6.1.174-1] (6.1.176-1 Debian-Security:12/oldstable-security [amd64]) []\n"
        "Inst linux-image-6.1.0-51-amd64 (6.1.176-1 Debian-Security:12/oldstable-security [amd64])\n"
        "Remv nvidia-persistenced [535.1-1]\nConf linux-image-amd64 (6.1.176-1 …)\n"
    )
    assert part("apt").PLANNED.findall(text) == [
        ("Inst", "linux-image-amd64", "6.1.174-1", "6.1.176-1"),
        ("Inst", "linux-image-6.1.0-51-amd64", "", "6.1.176-1"),
        ("Remv", "nvidia-persistenced", "535.1-1", ""),
    ]


def test_a_report_that_was_cut_off_is_no_reason_to_stop(part, settings):
    settings.state.mkdir()
    (settings.state / "report.json").write_text('{"jobs"')
    part("report").write(settings, "run", {"ok": True, "last_success": 5})
    assert part("report").read(settings)["jobs"]["run"]["ok"] is True
    assert 'aienv_updates_last_success_timestamp_seconds{job="run"} 5\n' in (settings.state.parent / "aienv_updates.prom").read_text()  # fmt: skip


class Rpm:
    """Stands for dnf and rpm: answers by the first words of a call, and remembers the calls."""

    def __init__(self, **answers):
        self.answers = answers
        self.calls: list[str] = []

    def __call__(self, *argv, **_):
        line = " ".join(argv)
        self.calls.append(line)
        code, text = next((answer for words, answer in self.answers.items() if words in line), (0, ""))
        return subprocess.CompletedProcess(
            argv, code, text if not code or code == 100 else "", "" if code == 100 else text
        )


@pytest.fixture
def dnf(part, settings, monkeypatch):
    def make(**answers):
        module, rpm = part("dnf"), Rpm(**answers)
        monkeypatch.setattr(module, "run", rpm)
        monkeypatch.setattr(part("settings"), "run", rpm)
        return module.Dnf(settings), rpm

    return make


CHECKED = """
kernel-core.x86_64      5.14.0-503.el9     baseos
nvidia-driver.x86_64    3:580.105.08-1.el9 cuda
Obsoleting Packages
old.noarch              1-1                baseos
"""


def test_dnf_tells_what_is_newer(dnf):
    packages, rpm = dnf(**{"check-update": (100, CHECKED)})
    assert packages.newer(["kernel-core"]) == {"kernel-core": "5.14.0-503.el9", "nvidia-driver": "580.105.08-1.el9"}
    assert "--security" in rpm.calls[-1]
    packages.newer(["kernel-core"], anywhere=True)
    assert "--security" not in rpm.calls[-1]


def test_dnf_that_fails_is_a_sentence(part, dnf):
    packages, _ = dnf(**{"check-update": (1, "Error: cannot download repomd.xml")})
    with pytest.raises(part("settings").Failed, match=r"asking for updates failed: Error: cannot download repomd\.xml"):
        packages.newer(["kernel"])


def test_dnf_goes_back_by_its_history_only_where_there_was_a_transaction(dnf):
    packages, rpm = dnf(
        **{"history list": (0, "ID | Command\n---\n 7 | upgrade\n"), "rpm -qa": (0, "1 kernel 5.14-1\n")}
    )
    steps = [{"name": "kernel", "old": "5.14-1", "new": "5.14-2"}]
    packages.keep(steps)
    packages.go_back(steps)
    assert [call for call in rpm.calls if "undo" in call] == []
    rpm.answers["history list"] = (0, " 8 | upgrade\n")
    packages.go_back(steps)
    assert [call for call in rpm.calls if "undo" in call] == ["dnf -y --disableplugin=versionlock history undo last"]


def test_dnf_names_what_is_locked(dnf):
    packages, _ = dnf(**{"versionlock list": (0, "kernel-core-0:5.14.0-503.el9.*\nnvidia-driver-3:580.1-1.el9.*\n")})
    assert packages.held() == {"kernel-core", "nvidia-driver"}


def test_the_program_explains_itself_and_needs_root(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    words = [sys.executable, "-B", "-m", "aienv_updates"]
    surroundings = {**os.environ, "PYTHONPATH": str(ROLE / "files")}
    done = subprocess.run([*words, "--help"], env=surroundings, capture_output=True, text=True, check=True)
    assert "security updates now, as the timer does it" in done.stdout
    gone = [*words, "--directory", str(tmp_path / "none"), "status"]
    done = subprocess.run(gone, env=surroundings, capture_output=True, text=True, check=False)
    assert (done.returncode, "the role os_updates writes them" in done.stderr) == (1, True)


def test_settings_hold_what_the_program_reads():
    declared = set(VARS["__os_updates_settings"])
    code = "".join(path.read_text() for path in (ROLE / "files/aienv_updates").glob("*.py"))
    read = set(re.findall(r'values\["(\w+)"\]', code))
    assert read == declared, json.dumps(sorted(read ^ declared))


@pytest.fixture
def render():
    """What an expression of the role comes to, with its own defaults and what is said besides."""
    loader, values = DataLoader(), {"ansible_facts": {"distribution": "Debian", "os_family": "Debian"}}
    for name in ("defaults/main", "vars/main", "vars/Debian"):
        values |= loader.load_from_file(str(ROLE / f"{name}.yml"), trusted_as_template=True)
    return lambda text, **said: Templar(loader, {**values, **said}).template(trust_as_template(text))


def test_options_of_the_command_line_mean_what_they_say(render):
    """They are strings: `-e os_updates_full=false`."""
    said = {
        "os_updates_window_minutes": "120",
        "os_updates_random_delay_minutes": "15",
        "os_updates_lock_seconds": "60",
    }
    said |= {"os_updates_reboot_timeout": "600", "os_updates_reboot_when_used": "false", "os_updates_full": "false"}
    assert [why for why in render("{{ __os_updates_refusals }}", **said) if why.strip()] == []
    settings = render("{{ __os_updates_settings }}", **said)
    assert (settings["window"]["minutes"], settings["lock_seconds"], settings["reboot_when_used"]) == (120, 60, False)
    assert render("{{ __os_updates_request.words }}", **said) == []


def test_a_window_shorter_than_the_delay_is_refused(render):
    said = {"os_updates_window_minutes": "9", "os_updates_random_delay_minutes": "10"}
    (why,) = [why for why in render("{{ __os_updates_refusals }}", **said) if why.strip()]
    assert why.startswith("os_updates_random_delay_minutes (10) has to be less than os_updates_window_minutes (9)")
