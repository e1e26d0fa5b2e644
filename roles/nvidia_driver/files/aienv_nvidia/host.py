"""The driver of one host: what is there, what would be done, and doing it in the order in which an interruption costs least."""

from __future__ import annotations

import shutil
from pathlib import Path

from aienv_nvidia import apt, disk, hold, kernels, removal, repository, runfile, settings, system, trial
from aienv_nvidia.system import Refused, upstream

#: What a build of modules needs besides the kernels' headers.
TOOLS = ("dkms", "gcc", "make", "kmod", "gpg")


class Host:
    """The request has the resolver's `driver` (null to remove), the facts that matter, and the role's options."""

    def __init__(self, request: dict) -> None:
        self.request = request
        self.driver = request["driver"] or {}
        self.packaged = self.driver.get("source") in ("nvidia", "distribution")
        self.said: list = []

    # --- looking ----------------------------------------------------------------------------------------------------

    def observe(self) -> dict:
        """Nothing is changed. `plan` are the steps to what is declared, in words; `refusals` what is in the way of them."""
        there = apt.packages()
        plan = self.plan(there) if self.driver else removal.plan(there)
        return {
            "plan": plan,
            "refusals": self.refusals(plan),
            "version": self.version(),
            "held": hold.held(),
            **self.reboot(),
        }

    def refusals(self, plan: list) -> list:
        found = []
        if self.packaged and runfile.installed():
            found.append(
                "A runfile has installed a driver here, and packages would write over its files. Run the role with nvidia_driver_state: absent first."
            )
        heavy = any(step.startswith(("install", "build")) for step in plan)
        return found + [f"{text[0].upper()}{text[1:]}." for text in disk.lacking()] if heavy else found

    def plan(self, there: dict) -> list:
        steps = []
        if apt.broken(there) or apt.is_ours(apt.NO_BUILD):
            steps.append(
                f"mend what an earlier run left half done: {', '.join(apt.broken(there)) or 'a switched-off DKMS'}"
            )
        if self.packaged:
            steps += repository.differs(self.driver["repository"], self.request["architecture"])
            steps += self.plan_of_packages(there)
        elif self.driver["source"] == "runfile" and self.version() != self.driver["version"]:
            steps.append(f"install driver {self.driver['version']} from {self.driver['runfile_url']}")
        steps += [f"build the module for kernel {release}" for release in self.unserved()]
        steps += [f"write /{path}" for path in settings.differing(self.request["code"])]
        return steps + [f"enable {unit}" for unit in settings.disabled(self.request)]

    def plan_of_packages(self, there: dict) -> list:
        wanted = [*self.driver["packages_first"], *self.driver["packages"]]
        missing = [name for name in wanted if name not in there]
        steps = [f"install {', '.join(missing)}"] if missing else []
        pinned = {name: upstream(there[name]["version"]) for name in self.driver["pins"] if name in there}
        strangers = [name for name, version in pinned.items() if not version.startswith(f"{self.driver['branch']}.")]
        if strangers:
            steps.append(f"install branch {self.driver['branch']} of {', '.join(strangers)}")
        elif len(set(pinned.values())) > 1:
            steps.append(
                f"bring to one version: {', '.join(f'{name} {version}' for name, version in sorted(pinned.items()))}"
            )
        others = self.others(there)
        return steps + ([f"remove the other driver's {', '.join(others)}"] if others else [])

    def others(self, there: dict, planned: tuple = ()) -> list:
        """Packages of another driver: those with kernel modules that are not wanted, and what came with them.

        `planned` are the names that apt would install now: the same package of another branch is an upgrade.
        """
        wanted = {*self.driver.get("packages", ()), *self.driver.get("packages_first", ()), *planned}
        mine = {there[name]["source"] for name in wanted if name in there and not apt.APART.fullmatch(name)}
        modules = [
            name
            for name, about in there.items()
            if apt.MODULE_PACKAGE.fullmatch(name) and name not in wanted and not self.came_with(name, about["version"])
        ]
        theirs = {there[name]["source"] for name in modules} - mine
        more = [
            name
            for name in there
            if there[name]["source"] in theirs and name not in wanted and not apt.APART.fullmatch(name)
        ]
        return sorted({*modules, *more})

    def came_with(self, name: str, version: str) -> bool:
        """Whether a package that the resolver does not list belongs to its driver: meta packages bring their modules under other names."""
        if self.driver.get("source") != "nvidia" and not name.startswith(
            ("linux-modules-nvidia-", "nvidia-kernel-source-")
        ):
            return False
        if name.startswith("linux-modules-nvidia-"):
            # Canonical's built modules have the kernel's version; branch and flavour are in the name, as in that of their metapackage.
            return apt.variant(name) in {apt.variant(wanted) for wanted in self.driver["packages"]} - {""}
        right = ("open" in name) == (self.driver.get("flavour") == "open")
        return right and upstream(version).startswith(f"{self.driver['branch']}.")

    def unserved(self) -> list:
        """Kernels without the declared module that are not held for just that reason."""
        if self.driver.get("build") not in ("dkms", "runfile"):
            return []
        return [release for release in kernels.to_serve() if not self.serves(release) and release not in hold.held()]

    def serves(self, release: str) -> dict:
        version = self.version() if self.packaged else self.driver.get("version", "")
        return kernels.proven(release, version, self.driver.get("flavour", ""))

    def version(self) -> str:
        """The installed driver's version: of a pinned package, else of the newest kernel's module."""
        there = apt.packages() if self.packaged else {}
        pinned = [upstream(there[name]["version"]) for name in self.driver.get("pins", ()) if name in there]
        found = [kernels.proven(release)["version"] for release in kernels.installed() if kernels.proven(release)]
        return (pinned or found or [""])[0]

    def reboot(self) -> dict:
        reason = settings.reboot_reason(self.version(), self.request["has_gpu"]) if self.driver else ""
        gone = not self.driver and settings.loaded_version() and not self.version()
        if gone and not kernels.is_container():
            reason = f"the running kernel still has driver {settings.loaded_version()} loaded"
        in_vain = settings.was_in_vain(reason, self.version())
        reason, vain = ("", reason) if in_vain else (reason, "")
        return {"reboot_needed": bool(reason), "reboot_reason": reason, "rebooted_in_vain_for": vain}

    def note_reboot(self) -> dict:
        """For the role right before it reboots, and after an installation: then whoever reboots, it counts."""
        reason = self.reboot()["reboot_reason"]
        if reason:
            settings.note_reboot(reason, self.version())
        return {"said": self.said}

    # --- doing ------------------------------------------------------------------------------------------------------

    def install(self) -> dict:
        """Repository, tools, trial, and only then the driver itself: until the trial is over nothing that works is touched."""
        self.said += apt.wait_for_lock(self.request["lock_timeout"])
        self.said += apt.mend()
        if self.driver["source"] != "none":
            self.provide_tools()
            self.prove_and_install()
        self.said += settings.write(self.request["code"])
        settings.load()
        self.said += settings.enable(self.request)
        self.note_reboot()
        return {"said": self.said, "version": self.version(), "held": hold.held(), **self.reboot()}

    def provide_tools(self) -> None:
        self.provide_lists()
        if self.driver["build"] in ("dkms", "runfile"):
            headers = [f"linux-headers-{release}" for release in kernels.to_serve() if not kernels.has_headers(release)]
            offered = [name for name in headers if apt.versions(name)]
            apt.install("Installing compiler and headers", [*TOOLS, *self.driver["headers"], *offered])

    def provide_lists(self) -> None:
        """An entry that cannot be read is taken back: it would break every other use of apt on the host."""
        before = {path: system.read(path) for path in repository.ENTRIES}
        if self.packaged:
            if self.driver["repository"].get("format") == "apt":
                apt.provide("Installing what reads keys", ["gpg"])
            repository.apply(self.driver["repository"], self.request["architecture"])
        try:
            apt.update()
        except Refused:
            for path, text in before.items():
                system.put_back(path, text)
            raise

    def other_pins(self) -> list:
        """NVIDIA's packages that hold another branch: with two of them apt would hold both."""
        return [
            name
            for name in apt.packages()
            if name.startswith("nvidia-driver-pinning-") and name not in self.driver["packages_first"]
        ]

    def prove_and_install(self) -> None:
        before, pinning = system.read(apt.PINS), self.other_pins()
        try:
            self.pin(pinning)
            source, results = self.prove()
        except Refused:
            system.put_back(apt.PINS, before)
            if pinning:
                apt.install("Pinning the former branch again", pinning, self.driver["packages_first"])
            raise
        if self.packaged:
            self.transaction(list(self.driver["packages"]))
        else:
            runfile.install(self.driver)
        for result in results:
            if result["ok"] and not kernels.proven(result["release"], source.version, self.driver["flavour"]):
                trial.take_over(source, result)
            if result["ok"]:
                self.said += hold.unhold(result["release"])

    def pin(self, pinning: list) -> None:
        """The one version that all parts of the driver have. NVIDIA's own repository pins a branch by a package instead."""
        if self.driver["pins"]:
            system.write(apt.PINS, apt.pin_text(apt.common_version(self.driver["pins"])))
        else:
            system.at(apt.PINS).unlink(missing_ok=True)
        if self.driver["packages_first"]:
            apt.install("Pinning the branch", self.driver["packages_first"], pinning)

    def prove(self) -> tuple:
        """The module's source and what became of it for each kernel; nothing to prove where modules come built and signed."""
        if self.driver["build"] == "precompiled":
            return None, []
        source = self.source(list(self.driver["packages"]))
        results = [trial.attempt(source, release, self.signing()) for release in kernels.to_serve()]
        self.judge(source, results)
        return source, results

    def source(self, names: list) -> trial.Source:
        """The module's source, out of the packages or the runfile that would be installed, unpacked aside."""
        if not self.packaged:
            return runfile.source(self.driver)
        there = apt.packages()
        wanted = {name: version for name, version in apt.planned(names).items() if apt.MODULE_PACKAGE.fullmatch(name)}
        wanted = wanted or {
            name: there[name]["version"]
            for name in there
            if apt.MODULE_PACKAGE.fullmatch(name) and name not in self.others(there)
        }
        tree = system.at(f"{system.STATE}/package")
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        for name, version in wanted.items():
            self.unpack(name, version, tree)
        found = trial.sources(tree / "usr/src")
        if not found:
            raise Refused(
                f"none of {', '.join(wanted) or 'the packages'} holds the source of a kernel module; nothing was installed"
            )
        return found[0]

    def unpack(self, name: str, version: str, tree: Path) -> None:
        """Through apt's own cache, so that the installation does not download it again."""
        apt.get(
            f"Downloading {name}",
            "--download-only",
            "--reinstall",
            "--no-install-recommends",
            "--allow-downgrades",
            "install",
            f"{name}={version}",
        )
        kept = sorted(system.at("var/cache/apt/archives").glob(f"{name}_{version.replace(':', '%3a')}_*.deb"))
        if not kept:
            raise Refused(f"apt keeps no downloaded packages here, so {name} cannot be tried before it is installed")
        system.must(f"Unpacking {name}", "dpkg-deb", "-x", kept[-1], tree)

    def signing(self) -> str:
        """The key that signs modules counts for a result only where the firmware asks for signatures."""
        return system.read("var/lib/dkms/mok.pub") if self.request["secure_boot"] else ""

    def judge(self, source: trial.Source, results: list) -> None:
        """Hold each kernel that has no module. Refuse where no kernel that counts has one: then nothing else was changed."""
        bad = [result for result in results if not result["ok"]]
        lost = [result["release"] for result in bad if not kernels.proven(result["release"])]
        for result in bad:
            held = ""
            if result["release"] in lost:
                hold.hold(result["release"], result["reason"])
                held = ", which is held"
            self.said.append(
                f"The module of {source} does not build for kernel {result['release']}{held}: {result['reason']}"
            )
        mine = [result for result in results if result["release"] == kernels.running()] or results
        if not results:
            raise Refused("there is no kernel installed that a module could be built for; nothing was installed")
        if not any(result["ok"] for result in mine):
            raise Refused(
                "; ".join(
                    f"the module of {source} does not build for kernel {result['release']}: {result['reason']}"
                    for result in mine
                )
                + ". The driver was not installed and what was there before is untouched"
                + (f"; {', '.join(lost)} is held" if lost else "")
            )

    def transaction(self, names: list) -> None:
        """In: the driver. Out: another one. Modules are not built in between, because that was done."""
        with apt.no_builds():
            there, planned = apt.packages(), tuple(apt.planned(names))
            apt.install("Installing the driver's packages", names, self.others(there, planned))
        self.said.append(f"installed {', '.join(names)}")

    def remove(self) -> dict:
        self.said += removal.remove(self.request["lock_timeout"])
        return {"said": self.said, "version": "", "held": {}, **self.reboot()}
