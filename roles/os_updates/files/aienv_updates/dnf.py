"""dnf and rpm, by the same verbs as apt.py. Written from their documentation; not yet run on a real RHEL."""

from __future__ import annotations

import re
from typing import Any

from aienv_updates.patience import wait
from aienv_updates.settings import Failed, Settings, last_words, must, run, say

AUTOMATIC = "/etc/dnf/aienv-automatic.conf"
#: `dnf -q check-update` prints `name.architecture  version  repository`, and obsoletes after an empty line.
NEWER = re.compile(r"^(\S+)\.(?:\w+)\s+(\S+)\s+(\S+)$", re.MULTILINE)
NOTHING, SOMETHING = 0, 100


class Dnf:
    """The system's packages. dnf has no lists to read beforehand, so a look needs none of its own either."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def wait(self) -> str:
        return wait(self.busy, self.settings.values["lock_seconds"], "os_updates_lock_seconds")

    def busy(self) -> str:
        found = run("pgrep", "-x", "-a", "dnf|dnf-automatic|rpm|yum").stdout.split("\n")[0]
        return (
            f"{found.split()[1]} (process {found.split()[0]}) works on the packages" if len(found.split()) > 1 else ""
        )

    def mend(self) -> list[str]:
        """rpm has no half-configured packages; a transaction that was cut off shows as duplicates."""
        if not run("dnf", "-q", "repoquery", "--duplicates", "--installed").stdout.strip():
            return []
        must("Mending an interrupted installation", "dnf", "-y", "remove", "--duplicates")
        return ["removed duplicates that an interrupted installation left"]

    def is_whole(self) -> bool:
        return not run("dnf", "-q", "repoquery", "--duplicates", "--installed").stdout.strip()

    def refresh(self) -> None:
        must("Reading the repositories", "dnf", "-q", "makecache")

    def versions(self) -> dict[str, str]:
        """Installed package -> version; of kernels, which stand beside each other, the newest."""
        listed = run("rpm", "-qa", "--qf", "%{INSTALLTIME} %{NAME} %{VERSION}-%{RELEASE}\n").stdout
        return {name: version for _order, name, version in sorted(line.split() for line in listed.splitlines())}

    def held(self) -> set[str]:
        listed = run("dnf", "-q", "versionlock", "list").stdout
        return {re.sub(r"-(\d+:)?\d[^-]*-[^-]*$", "", line.strip()) for line in listed.splitlines() if line.strip()}

    def hold(self, names: list[str]) -> None:
        if names:
            must("Locking versions", "dnf", "-q", "versionlock", "add", *names)

    def unhold(self, names: list[str]) -> None:
        if names:
            must("Unlocking versions", "dnf", "-q", "versionlock", "delete", *names)

    def newer(self, names: list[str], anywhere: bool = False) -> dict[str, str]:
        """name -> version; without `anywhere` those that an advisory on security asks for."""
        if not names:
            return {}
        words = ("--disableplugin=versionlock", "-q", "check-update", *(() if anywhere else ("--security",)))
        done = run("dnf", *words, *names)
        if done.returncode not in (NOTHING, SOMETHING):
            raise Failed(f"asking for updates failed: {last_words(done)}")
        listed = done.stdout.split("Obsoleting Packages")[0]
        return {name: version.split(":")[-1] for name, version, _repository in NEWER.findall(listed)}

    def upgrades(self) -> list[str]:
        return sorted(self.newer(["*"], anywhere=True))

    def group_plan(self, wanted: dict[str, str]) -> list[dict]:
        """As apt's, but of the packages that were named; what else comes along dnf decides in the transaction."""
        here = self.versions()
        return [{"name": name, "old": here.get(name, ""), "new": version} for name, version in wanted.items()]

    def install(self, wanted: dict[str, str]) -> str:
        done = run("dnf", "-y", "--disableplugin=versionlock", "upgrade", *(f"{n}-{v}" for n, v in wanted.items()))
        return last_words(done) if done.returncode else ""

    def security(self) -> None:
        done = run("dnf-automatic", AUTOMATIC, "--installupdates")
        say(done.stdout.strip())
        if done.returncode:
            raise Failed(f"dnf-automatic ended with {done.returncode}: {last_words(done)}")

    def everything(self, apart: list[str]) -> None:
        must("The full upgrade", "dnf", "-y", "upgrade", *(f"--exclude={name}" for name in apart))

    def keep(self, steps: list[dict]) -> None:
        """Remember where dnf's history stands: its undo is the way back, from repositories that keep old versions."""
        self.settings.write("history.json", {"last": self.last_transaction(), "packages": [s["name"] for s in steps]})

    def last_transaction(self) -> str:
        lines: list[Any] = run("dnf", "-q", "history", "list", "last").stdout.split("\n")
        numbers = [line.split()[0] for line in lines if line.split() and line.split()[0].isdigit()]
        return numbers[0] if numbers else ""

    def go_back(self, steps: list[dict]) -> None:
        before = self.settings.read("history.json", {}).get("last", "")
        if self.last_transaction() != before:
            must(
                "Putting kernel and driver back", "dnf", "-y", "--disableplugin=versionlock", "history", "undo", "last"
            )
        here = self.versions()
        wrong = [step["name"] for step in steps if step["old"] and here.get(step["name"]) != step["old"]]
        if wrong:
            raise Failed(f"these packages could not be put back as they were: {', '.join(wrong)}")
