"""Observe and mend the Pythons of a host: uv, interpreters and virtual environments.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`.
The request names the mode (observe, install, lock, configure) and what there should be; the answer is one JSON
object on standard output. Needs nothing beyond Python 3.10 and never imports from what it manages.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from functools import cached_property
from pathlib import Path

DISTRIBUTION = "/usr/bin/python3"
# What a program needs of the surroundings; everything else, VIRTUAL_ENV and PYTHONPATH above all, stays out.
INHERITED = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "LANG")
# Seconds: a framework of several GB over a slow line. Nothing here is quicker for being cut off.
PATIENCE = 3600

# Where a mark lies while packages are being installed, so that an interrupted run is not taken for a whole one.
UNFINISHED = Path("/var/lib/aienv/python")
LOCK_HEADER = "# Locked by the role aienv.cloud.python. It changes with what is asked for, and with python_update_locks.\n# asked: "

PROBE = """
import json, sys
print(json.dumps({"version": "%d.%d" % sys.version_info[:2], "isolated": sys.prefix != sys.base_prefix}))
"""


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


class Host:
    """The host's Pythons, as they are and as the request wants them."""

    def __init__(self, request: dict) -> None:
        self.request = {**request, "venvs": [complete(venv, request["version"]) for venv in request["venvs"]]}
        self.home = Path(request["uv_directory"]) / request["uv_version"]
        self.uv = self.home / "uv"
        self.link = Path(request["uv_link"])
        self.managed = Path(request["managed_directory"])

    def run(self, argv: list, owner: str = "", text: str = "") -> subprocess.CompletedProcess:
        """One program as its owner, in the owner's home, with the request's mirrors and certificates."""
        person = pwd.getpwnam(owner) if owner else pwd.getpwuid(os.geteuid())
        env = {name: os.environ[name] for name in INHERITED if name in os.environ}
        env.update(self.request["environment"])
        env.update(PATH="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", HOME=person.pw_dir, USER=person.pw_name)
        env.update(UV_PYTHON_INSTALL_DIR=str(self.managed), UV_NO_PROGRESS="1", NO_COLOR="1")
        identity: dict = {}
        if os.geteuid() != person.pw_uid:
            identity = {"user": person.pw_uid, "group": person.pw_gid}
            identity["extra_groups"] = os.getgrouplist(person.pw_name, person.pw_gid)
        return subprocess.run(  # noqa: S603 - lists of our own making, no shell
            [str(word) for word in argv],
            input=text, env=env, cwd="/", capture_output=True, text=True, check=False, timeout=PATIENCE, **identity,
        )  # fmt: skip

    def must(self, what: str, argv: list, owner: str = "", text: str = "", whom: str = "") -> str:
        """Like run, but a failure is refused with what was tried, the program's own last words and who was asked."""
        done = self.run(argv, owner, text)
        if done.returncode:
            raise Refused(f"{what} failed: {last_words(done)}{whom}")
        return done.stdout + done.stderr

    def interpreter(self, version: str) -> str:
        """Path of the interpreter for '' (the distribution's) or '3.12'; '' where the host has none."""
        if not version:
            return DISTRIBUTION if os.access(DISTRIBUTION, os.X_OK) else ""
        candidates = [
            Path("/usr/bin") / f"python{version}",
            *self.managed.glob(f"cpython-{version}.*/bin/python{version}"),
        ]
        usable = [path for path in candidates if os.access(path, os.X_OK)]
        return str(usable[0]) if usable else ""

    def uv_present(self) -> bool:
        done = self.run([self.uv, "--version"]) if self.uv.exists() else None
        return bool(done) and done.stdout.split()[1:2] == [self.request["uv_version"]]

    def versions(self) -> list:
        """Every version that is asked for, by python_version or by an environment."""
        wanted = [self.request["version"], *(venv["version"] for venv in self.request["venvs"])]
        return sorted(set(wanted))

    def observe(self) -> dict:
        missing = [version for version in self.versions() if not self.interpreter(version)]
        present = self.uv_present()
        venvs = [self.observe_venv(venv, present) for venv in self.request["venvs"]]
        return {
            "uid": os.geteuid(),
            "uv_present": present,
            "missing_versions": missing,
            "interpreters": {version: self.interpreter(version) for version in self.versions()},
            "can_fetch": bool(self.pip_wheel()),
            "venvs": venvs,
            "shortage": self.shortage(venvs),
            "behind": [path for path, digest in self.request["files"].items() if digest != digest_of(Path(path))],
            "settled": present and not missing and all(venv["settled"] for venv in venvs),
        }

    def observe_venv(self, venv: dict, uv_present: bool) -> dict:
        """What keeps one environment from being as declared: nothing, packages, a lock, or all of it."""
        path = Path(venv["path"])
        seen = {"path": venv["path"], "refused": self.refuse(venv), "replace": [], "packages": [], "lock": ""}
        seen["digest"] = hashlib.sha256(venv["lines"].encode()).hexdigest()
        seen["exists"] = (path / "pyvenv.cfg").is_file()
        if not seen["refused"]:
            seen["lock"] = self.lock_reason(venv)
        if seen["exists"] and not seen["refused"]:
            seen["replace"] = self.differences(venv)
            if uv_present and not (seen["replace"] or seen["lock"]):
                seen["packages"] = self.package_differences(venv) or self.conflicts(venv)
        wanting = any(seen[reason] for reason in ("refused", "replace", "packages", "lock"))
        seen["settled"] = seen["exists"] and not wanting
        return seen

    def shortage(self, states: list) -> str:
        """The sentence about disks too small for what is not there yet, or ''.

        An environment's files lie in uv's cache, too: once where both are on one disk (as hard links), twice where not.
        """
        needed: dict = {}
        for venv, state in zip(self.request["venvs"], states, strict=True):
            if state["exists"] or state["refused"]:
                continue
            cache = Path(pwd.getpwnam(venv["owner"]).pw_dir, ".cache/uv")
            places = {place.stat().st_dev: place for place in (existing(cache), existing(Path(venv["path"])))}
            for device, place in places.items():
                total, paths, _place = needed.get(device, (0, [], place))
                needed[device] = (total + venv["space_mb"], [*paths, venv["path"]], place)
        short = []
        for total, paths, place in needed.values():
            free = shutil.disk_usage(place).free // 1_000_000
            if free < total:
                short.append(
                    f"{', '.join(paths)} will take about {total} MB on the disk of {place}, where {free} MB are free"
                )
        return "; ".join(short)

    def refuse(self, venv: dict) -> str:
        """The sentence why this environment cannot be made at all, or ''."""
        path, owner = Path(venv["path"]), venv["owner"]
        try:
            pwd.getpwnam(owner)
        except KeyError:
            return f"{path}: there is no user {owner!r} on the host"
        if path.exists() and not path.is_dir():
            return f"{path} is a file; a virtual environment needs a directory"
        if path.is_dir() and any(path.iterdir()) and not (path / "pyvenv.cfg").is_file():
            return f"{path} holds files but is no virtual environment; choose another path"
        others = [other for other in self.request["venvs"] if venv["lock"] and other["lock"] == venv["lock"]]
        if any(self.asked(other) != self.asked(venv) for other in others):
            return f"{path}: its lock {venv['lock']} is that of other packages, too; give each its own"
        return ""

    def differences(self, venv: dict) -> list:
        """Reasons for which the environment has to be made anew."""
        path = Path(venv["path"])
        done = (
            self.run([path / "bin" / "python", "-c", PROBE], venv["owner"]) if (path / "bin/python").exists() else None
        )
        if done is None or done.returncode:
            return ["its interpreter does not run"]
        probe, reasons = json.loads(done.stdout), []
        wanted = venv["version"] or self.distribution_version
        if probe["version"] != wanted:
            reasons.append(f"it has Python {probe['version']}, {wanted} is asked for")
        if not probe["isolated"]:
            reasons.append("it is the system's own interpreter")
        shares = bool(re.search(r"(?mi)^include-system-site-packages *= *true", (path / "pyvenv.cfg").read_text()))
        if shares != venv["system_site_packages"]:
            reasons.append("it sees the system's packages" if shares else "it does not see the system's packages")
        owner = pwd.getpwuid(path.stat().st_uid).pw_name
        if owner != venv["owner"]:
            reasons.append(f"it belongs to {owner}, not to {venv['owner']}")
        return reasons

    @cached_property
    def distribution_version(self) -> str:
        return self.version_of(DISTRIBUTION)

    def version_of(self, interpreter: str) -> str:
        return json.loads(self.must(f"Asking {interpreter} for its version", [interpreter, "-c", PROBE]))["version"]

    def package_differences(self, venv: dict) -> list:
        """Lines like '+ numpy==2.1.0': what uv would install or remove. An unresolvable set is a line too."""
        if not venv["lines"]:
            return []
        if self.mark(venv).exists():
            return ["an earlier run was interrupted while it installed packages"]
        done = self.run(self.pip(venv, "--dry-run"), venv["owner"], venv["lines"])
        if done.returncode:
            return [last_words(done)]
        return re.findall(r"(?m)^ *([-+~] \S+)", done.stderr)

    def conflicts(self, venv: dict) -> list:
        """What `uv pip check` complains of: packages that do not go together."""
        done = self.run([self.uv, "pip", "check", "--python", f"{venv['path']}/bin/python"], venv["owner"])
        return [last_words(done)] if done.returncode else []

    def pip(self, venv: dict, *options: str) -> list:
        """uv's command to bring an environment to its lines, which it reads from standard input."""
        verb, source = ("sync", ["-"]) if venv["exact"] else ("install", ["--requirements", "-"])
        python = f"{venv['path']}/bin/python"
        return [self.uv, "pip", verb, "--python", python, *self.sources(venv), *options, *source]

    def sources(self, venv: dict) -> list:
        """Where this environment's packages may come from besides the index, and whether that is asked at all."""
        places = [*self.request["find_links"], *venv["find_links"]]
        index = ["--no-index"] if self.request["no_index"] else []
        return [*index, *(word for place in places for word in ("--find-links", place))]

    def whom(self, venv: dict) -> str:
        """The end of a sentence about a failed download: who was asked, and by which option that is said."""
        index = self.request["environment"].get("UV_DEFAULT_INDEX")
        asked = [
            "no index (python_no_index)"
            if self.request["no_index"]
            else f"{index} (python_index_url)"
            if index
            else "PyPI"
        ]
        asked += [f"{place} (python_find_links)" for place in self.request["find_links"]]
        return f". Asked: {', '.join([*asked, *venv['find_links']])}"

    def mark(self, venv: dict) -> Path:
        return UNFINISHED / f"{hashlib.sha256(venv['path'].encode()).hexdigest()[:16]}.unfinished"

    def asked(self, venv: dict) -> str:
        """What a lock is the answer to, on one line of it."""
        version = venv["version"] or self.distribution_version
        return f"{json.dumps(sorted(venv['packages']))} for Python {version} on {platform.machine()}"

    def lock_reason(self, venv: dict) -> str:
        """Why the environment's lock has to be written, or ''."""
        if not venv["lock"]:
            return ""
        if not venv["lock_text"]:
            return f"its lock {venv['lock']} is not there yet"
        if f"{LOCK_HEADER}{self.asked(venv)}\n" not in venv["lock_text"]:
            return f"its lock {venv['lock']} is for other packages or another Python"
        return f"an update of its lock {venv['lock']} is asked for" if self.request["update_locks"] else ""

    def locks(self) -> dict:
        """The text of every lock that has to be written, by its name. What an old one pins stays pinned, unless an update is asked for."""
        return {venv["lock"]: self.resolve(venv) for venv in self.request["venvs"] if self.lock_reason(venv)}

    def resolve(self, venv: dict) -> str:
        person = pwd.getpwnam(venv["owner"])
        upgrade = ["--upgrade"] if self.request["update_locks"] else []
        with tempfile.TemporaryDirectory() as work:
            lock = Path(work, "lock.txt")
            lock.write_text(venv["lock_text"])
            for place in (lock, lock.parent):
                os.chown(place, person.pw_uid, person.pw_gid)
            self.must(
                f"Resolving {' '.join(venv['packages'])} for {venv['path']}",
                [self.uv, "pip", "compile", "--quiet", "--python", self.interpreter(venv["version"]), "--generate-hashes",
                 "--no-header", "--output-file", lock, *self.sources(venv), *upgrade, "-"],
                venv["owner"], "\n".join(venv["packages"]), self.whom(venv),
            )  # fmt: skip
            return f"{LOCK_HEADER}{self.asked(venv)}\n{lock.read_text()}"

    def install(self) -> list:
        """uv, then the interpreters that the distribution does not have."""
        done = []
        if not self.uv_present():
            self.fetch_uv()
            done.append(f"installed uv {self.request['uv_version']}")
        for version in self.versions():
            if not self.interpreter(version):
                self.must(
                    f"Getting Python {version} through uv", [self.uv, "python", "install", "--managed-python", version]
                )
                done.append(f"installed Python {version}")
        return done

    def fetch_uv(self) -> None:
        """Unpack uv from its PyPI wheel, whose SHA-256 pip holds against the pinned ones."""
        self.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.home) as work:
            pins = " ".join(f"--hash=sha256:{pin}" for pin in self.request["uv_sha256"])
            Path(work, "uv.txt").write_text(f"uv=={self.request['uv_version']} {pins}\n")
            self.must(
                f"Downloading uv {self.request['uv_version']} from the package index",
                [DISTRIBUTION, f"{self.pip_wheel()}/pip", "--disable-pip-version-check", "--no-cache-dir", "download", "--quiet",
                 "--no-deps", "--only-binary", ":all:", "--dest", work, "--requirement", f"{work}/uv.txt"],
            )  # fmt: skip
            wheel = next(Path(work).glob("uv-*.whl"))
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if "/scripts/" in name and not name.endswith("/"):
                        self.unpack(archive, name)
        if not self.link.exists() or str(self.link.resolve()).startswith(self.request["uv_directory"] + "/"):
            point(self.link, self.uv)

    def pip_wheel(self) -> str:
        """pip as the distribution's own wheel: it runs from there, nothing has to be installed for it."""
        return next((str(path) for path in Path(self.request["pip_wheels"]).glob("pip-*.whl")), "")

    def unpack(self, archive: zipfile.ZipFile, name: str) -> None:
        """Write one program beside its place and rename: an interrupted run leaves no half of it."""
        half = self.home / (Path(name).name + ".half")
        with archive.open(name) as source, half.open("wb") as target:
            shutil.copyfileobj(source, target)
        half.chmod(0o755)
        half.rename(self.home / Path(name).name)

    def configure(self) -> list:
        done = []
        for venv in self.request["venvs"]:
            seen = self.observe_venv(venv, uv_present=True)
            if seen["refused"]:
                raise Refused(seen["refused"])
            if not seen["exists"] or seen["replace"]:
                self.make(venv)
                done.append(f"made {venv['path']}")
            if seen["lock"]:
                raise Refused(f"{venv['path']}: {seen['lock']}")
            if venv["lines"] and not seen["settled"]:
                done += self.fill(venv)
        return done

    def fill(self, venv: dict) -> list:
        """Install the packages. After an interrupted run all of them anew, because a half one may look whole."""
        mark = self.mark(venv)
        anew = ["--reinstall"] if mark.exists() else []
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
        what = f"Installing packages into {venv['path']}"
        said = self.must(what, self.pip(venv, *anew), venv["owner"], venv["lines"], self.whom(venv))
        mark.unlink()
        changes = ", ".join(re.findall(r"(?m)^ *[-+~] (\S+)", said))
        return [f"installed into {venv['path']}: {changes or 'nothing new'}"]

    def make(self, venv: dict) -> None:
        """An empty environment at the path, owned by its owner from the first file on."""
        path, person = Path(venv["path"]), pwd.getpwnam(venv["owner"])
        if path.is_dir():
            shutil.rmtree(path)
        path.mkdir(parents=True)
        os.chown(path, person.pw_uid, person.pw_gid)
        sharing = ["--system-site-packages"] if venv["system_site_packages"] else []
        # Without --allow-existing uv would refuse the directory that only root could make.
        command = [self.uv, "venv", "--quiet", "--allow-existing", "--no-project", "--no-python-downloads"]
        interpreter = self.interpreter(venv["version"])
        self.must(f"Making {path}", [*command, "--python", interpreter, *sharing, path], venv["owner"])

    def problems(self, seen: dict) -> list:
        """Everything that is not as declared, one sentence each."""
        found = [] if seen["uv_present"] else [f"uv {self.request['uv_version']} is not at {self.uv}"]
        found += [f"there is no Python {version}" for version in seen["missing_versions"]]
        for state in seen["venvs"]:
            reasons = [
                reason for reason in (state["refused"], *state["replace"], state["lock"], *state["packages"]) if reason
            ]
            if not state["exists"]:
                reasons = ["it does not exist"]
            found += [f"{state['path']}: {reason}" for reason in reasons]
        return found


def complete(venv: dict, version: str) -> dict:
    """A declared environment with everything filled in that it leaves to the defaults."""
    exact, text = venv.get("requirements") or "", venv.get("lock_text") or ""
    return {
        "path": venv["path"],
        "version": venv.get("version") or version,
        "owner": venv.get("owner") or "root",
        "system_site_packages": bool(venv.get("system_site_packages")),
        "packages": venv.get("packages") or [],
        "find_links": venv.get("find_links") or [],
        "space_mb": int(venv.get("space_mb") or 0),
        "lock": venv.get("lock") or "",
        "lock_text": text,
        "exact": bool(exact),
        "lines": exact or text or "\n".join(venv.get("packages") or []),
    }


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content; '' where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def existing(path: Path) -> Path:
    """The path or the nearest of its parents that exists."""
    return path if path.exists() else existing(path.parent)


def point(link: Path, target: Path) -> None:
    """Make or move a symbolic link in one step."""
    half = link.with_name(link.name + ".half")
    half.unlink(missing_ok=True)
    half.symlink_to(target)
    half.rename(link)


def last_words(done: subprocess.CompletedProcess) -> str:
    """The end of what a program said, on one line."""
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return " / ".join(lines[-6:]) or f"exit status {done.returncode}, without a word"


def main(text: str) -> None:
    request = json.loads(text)
    host, mode = Host(request), request["mode"]
    answer: dict = {"error": "", "actions": []}
    try:
        if mode == "observe":
            answer.update(host.observe())
            answer["problems"] = host.problems(answer)
        elif mode == "lock":
            answer["locks"] = host.locks()
            before = {venv["lock"]: venv["lock_text"] for venv in host.request["venvs"]}
            answer["actions"] = [f"locked {name}" for name, text in answer["locks"].items() if text != before[name]]
        else:
            answer["actions"] = {"install": host.install, "configure": host.configure}[mode]()
    except Refused as refused:
        answer["error"] = str(refused)
    sys.stdout.write(json.dumps(answer) + "\n")
