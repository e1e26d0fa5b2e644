"""apt and dpkg, asked and told by their own programs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from aienv_updates import origins
from aienv_updates.patience import holder, wait
from aienv_updates.settings import Failed, Settings, last_words, must, run, say

LOCKS = [
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/apt/lists/lock",
    "/var/cache/apt/archives/lock",
]
QUIET = ("-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Use-Pty=0")
#: `Inst name [old] (new Label:Version/Suite [architecture])`; without [old] the package is new.
PLANNED = re.compile(r"^(Inst|Remv) (\S+)(?: \[(\S+)\])?(?: \((\S+))?", re.MULTILINE)


class Apt:
    """The system's packages. `lists` is a directory for package lists of its own, for a look that changes nothing."""

    def __init__(self, settings: Settings, lists: Path | None = None) -> None:
        self.settings = settings
        self.back = settings.state / "back"
        self.options: tuple[str, ...] = ("-o", "DPkg::Lock::Timeout=60")
        if lists:
            for name in ("lists/partial", "cache/archives/partial"):
                (lists / name).mkdir(parents=True)
            self.options = ("-o", f"Dir::State::lists={lists}/lists", "-o", f"Dir::Cache={lists}/cache")
            self.options += ("-o", "Debug::NoLocking=true")

    def wait(self) -> str:
        return wait(lambda: holder(LOCKS), self.settings.values["lock_seconds"], "os_updates_lock_seconds")

    def mend(self) -> list[str]:
        """Finish what was interrupted in the middle; what was done, in words."""
        broken = run("dpkg", "--audit").stdout.strip()
        if not broken and not list(Path("/var/lib/dpkg/updates").glob("[0-9]*")):
            return []
        say("an earlier installation was interrupted; finishing it")
        done = run("dpkg", "--force-confdef", "--force-confold", "--configure", "-a")
        if done.returncode:
            must("Mending an interrupted installation", "apt-get", *self.options, *QUIET, "-y", "-f", "install")
        left = run("dpkg", "--audit").stdout.strip()
        if left:
            raise Failed(
                f"an earlier installation was interrupted and cannot be finished: {' '.join(left.split())[:400]}"
            )
        return ["finished an installation that was interrupted"]

    def is_whole(self) -> bool:
        """Whether no package is half installed."""
        return not run("dpkg", "--audit").stdout.strip()

    def refresh(self) -> None:
        """Read the package lists anew; a source that does not answer is a failure, not a warning."""
        must("Reading the package lists", "apt-get", *self.options, "-q", "-o", "APT::Update::Error-Mode=any", "update")

    def versions(self) -> dict[str, str]:
        """Installed package -> version."""
        listed = run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\n").stdout
        lines = [line.split() for line in listed.splitlines()]
        return {words[1]: words[2] for words in lines if len(words) == 3 and words[0][1:2] not in "nc"}

    def held(self) -> set[str]:
        return {name.split(":")[0] for name in run("apt-mark", "showhold").stdout.split()}

    def hold(self, names: list[str]) -> None:
        if names:
            must("Holding packages", "apt-mark", "hold", *names)

    def unhold(self, names: list[str]) -> None:
        if names:
            must("Releasing packages", "apt-mark", "unhold", *names)

    def newer(self, names: list[str], anywhere: bool = False) -> dict[str, str]:
        """Of these installed packages: name -> the newest version that an allowed origin (or anybody) has."""
        if not names:
            return {}
        sources = origins.sources(run("apt-cache", *self.options, "policy").stdout)
        allowed = [] if anywhere else self.settings.values["origins"]
        listed = run("apt-cache", *self.options, "policy", *names).stdout
        return origins.newer(listed, sources, allowed, origins.words_of_the_system())

    def planned(self, *words: str) -> list[dict]:
        """What `apt-get <words>` would do: [{name, old, new}]; new is '' where it is removed, old where it is new."""
        done = run("apt-get", *self.options, "-s", "-y", "--allow-change-held-packages", *words)
        if done.returncode:
            raise Failed(last_words(done))
        found = PLANNED.findall(done.stdout)
        return [{"name": name, "old": old, "new": new if verb == "Inst" else ""} for verb, name, old, new in found]

    def group_plan(self, wanted: dict[str, str]) -> list[dict]:
        return self.planned("install", *(f"{name}={version}" for name, version in wanted.items()))

    def upgrades(self) -> list[str]:
        """Installed packages for which there is something newer, from wherever."""
        return [step["name"] for step in self.planned("dist-upgrade") if step["old"] and step["new"]]

    def install(self, wanted: dict[str, str]) -> str:
        """Install these versions in one transaction; '' or why not."""
        pairs = [f"{name}={version}" for name, version in wanted.items()]
        words = ("--no-remove", "--allow-change-held-packages", "install", *pairs)
        done = run("apt-get", *self.options, *QUIET, "-y", *words)
        return last_words(done) if done.returncode else ""

    def security(self) -> None:
        """Everything from the allowed origins but the kernel and what moves with it, by unattended-upgrades itself."""
        done = run("unattended-upgrade", "-v")
        say(done.stdout.strip())
        if done.returncode:
            raise Failed(f"unattended-upgrade ended with {done.returncode}: {last_words(done)}")

    def everything(self, apart: list[str]) -> None:
        """Upgrade all packages but these."""
        preferences = self.settings.state / "preferences"
        present = Path("/etc/apt/preferences")
        theirs = present.read_text() + "\n" if present.exists() else ""
        ours = "".join(f"Package: {name}\nPin: release *\nPin-Priority: -1\n\n" for name in apart)
        preferences.write_text(theirs + ours)
        options = ("-o", f"Dir::Etc::preferences={preferences}")
        must("The full upgrade", "apt-get", *self.options, *options, *QUIET, "-y", "dist-upgrade")

    def keep(self, steps: list[dict]) -> None:
        """Pack what is about to be replaced, as it is installed: the archive may no longer have it."""
        shutil.rmtree(self.back, ignore_errors=True)
        self.back.mkdir(mode=0o700, parents=True)
        for name in [step["name"] for step in steps if step["old"]]:
            done = run("sh", "-c", 'cd "$1" && exec dpkg-repack "$2"', "sh", str(self.back), name)
            if done.returncode:
                raise Failed(f"there would be no way back: {name} cannot be packed: {last_words(done)}")

    def go_back(self, steps: list[dict]) -> None:
        """Undo the steps of a transaction, however far it came."""
        here = self.versions()
        added = [step["name"] for step in steps if not step["old"] and step["name"] in here]
        if added:
            run("dpkg", "--force-depends", "--purge", *added)
        kept = sorted(str(path) for path in self.back.glob("*.deb"))
        if kept:
            run("dpkg", "--force-confold", "--force-depends", "--install", *kept)
        run("dpkg", "--force-confold", "--configure", "-a")
        here = self.versions()
        wrong = [step["name"] for step in steps if here.get(step["name"], "") != step["old"]]
        if wrong or run("dpkg", "--audit").stdout.strip():
            raise Failed(f"these packages could not be put back as they were: {', '.join(wrong) or 'see dpkg --audit'}")
