"""Observe, change with a way back, and prove the SSH server of a host.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`; the answer is one JSON
object on standard output. What is true of the server is asked of the server (`sshd -T`), never read from a file.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path

CONFIG = Path("/etc/ssh/sshd_config")
MODULI = Path("/etc/ssh/moduli")
KEYS = {"ed25519": Path("/etc/ssh/ssh_host_ed25519_key"), "rsa": Path("/etc/ssh/ssh_host_rsa_key")}
STATE = Path("/var/lib/aienv/ssh_hardening")
UNIT = "aienv-ssh-rollback"
UNITS = Path("/etc/systemd/system")
PUBLIC_KEY = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+) AAAA[\w+/=]+")

SERVICE = """[Unit]
Description=Take back an SSH configuration that nobody confirmed
[Service]
Type=oneshot
ExecStart=/bin/sh {script}
"""
# Enabled, so that a reboot in between does not forget it: it then counts from the boot.
TIMER = """[Unit]
Description=Wait for somebody to confirm the new SSH configuration
[Timer]
OnActiveSec={seconds}
AccuracySec=1s
[Install]
WantedBy=timers.target
"""


class Refused(Exception):
    """A sentence for the person who runs the playbook."""


def run(*argv: str) -> subprocess.CompletedProcess:
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603 - lists of our own making


def must(what: str, *argv: str) -> str:
    done = run(*argv)
    if done.returncode:
        raise Refused(f"{what} failed: {(done.stderr or done.stdout).strip() or done.returncode}")
    return done.stdout


def effective(user: str = "root") -> dict:
    """What sshd would do for a login of this user: keyword in lower case -> list of values."""
    # Made by the service's start; missing where sshd only starts on demand, and sshd -T insists on it.
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    where = f"user={user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"
    values: dict = {}
    for line in must("Reading the configuration with sshd -T", "/usr/sbin/sshd", "-T", "-C", where).splitlines():
        keyword, _space, value = line.partition(" ")
        values.setdefault(keyword.lower(), []).append(value.strip())
    return values


def login_user() -> str:
    """The user whom the connection belongs to, whatever became of it since (sudo, doas, su)."""
    for name in ("SUDO_USER", "DOAS_USER"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return pwd.getpwuid(int(Path("/proc/self/loginuid").read_text())).pw_name
    except (OSError, ValueError, KeyError, OverflowError):
        return pwd.getpwuid(os.getuid()).pw_name


def key_types(user: str, values: dict) -> list:
    """Types of the public keys by which the user may log in, from the files that sshd would read."""
    person, found = pwd.getpwnam(user), set()
    for pattern in " ".join(values.get("authorizedkeysfile", [])).split():
        name = pattern.replace("%h", person.pw_dir).replace("%u", user).replace("%%", "%")
        path = Path(person.pw_dir, name)
        if path.is_file():
            lines = [line for line in path.read_text(errors="replace").splitlines() if not line.startswith("#")]
            found.update(match.group(1) for line in lines for match in [PUBLIC_KEY.search(line)] if match)
    return sorted(found)


def set_elsewhere(values: dict, *keywords: str) -> bool:
    return any(values.get(keyword, ["none"]) != ["none"] for keyword in keywords)


def rsa_bits() -> int:
    done = run("ssh-keygen", "-l", "-f", str(KEYS["rsa"]))
    return int(done.stdout.split()[0]) if done.returncode == 0 else 0


def short_moduli(bits: int) -> int:
    """How many groups for Diffie-Hellman are offered that are shorter than asked for (sizes are stored less one)."""
    rows = [line.split() for line in MODULI.read_text().splitlines() if line[:1].isdigit()] if MODULI.exists() else []
    return sum(1 for row in rows if int(row[4]) + 1 < bits)


def unit_is(verb: str, unit: str) -> bool:
    return run("systemctl", f"is-{verb}", "--quiet", unit).returncode == 0


def observe(request: dict) -> dict:
    if os.geteuid() != 0 or not os.access("/usr/sbin/sshd", os.X_OK):
        return {"uid": os.geteuid(), "installed": os.access("/usr/sbin/sshd", os.F_OK)}
    user = login_user()
    values = effective(user)
    groups = sorted({grp.getgrgid(gid).gr_name for gid in os.getgrouplist(user, pwd.getpwnam(user).pw_gid)})
    return {
        "uid": 0,
        "installed": True,
        "user": user,
        "groups": groups,
        # Of USER@HOST only the user is judged here; the login that follows the change judges the rest.
        "user_allowed": any(fnmatch(user, pattern.partition("@")[0]) for pattern in request["allow_users"]),
        "group_allowed": any(fnmatch(group, pattern) for group in groups for pattern in request["allow_groups"]),
        "key_types": key_types(user, values),
        "keys_elsewhere": set_elsewhere(values, "authorizedkeyscommand", "trustedusercakeys"),
        "promises": resolve(request),
        "files": {path: read(Path(path)) for path in request["paths"]},
        "rsa_bits": rsa_bits(),
        "ed25519": KEYS["ed25519"].exists(),
        "short_moduli": short_moduli(request["moduli_bits"]),
        "socket": unit_is("active", request["socket"]),
        "pending": (UNITS / f"{UNIT}.timer").exists(),
    }


def resolve(request: dict) -> dict:
    """The promises for this host: keyword -> values, with only what its OpenSSH knows."""
    known = effective()
    optional = {key: values for key, values in request["optional"].items() if key.lower() in known}
    promises = {key: [str(value) for value in values] for key, values in {**request["settings"], **optional}.items()}
    for name, wanted in request["algorithms"].items():
        entry = request["lists"][name]
        supported = must(f"ssh -Q {entry['query']}", "ssh", "-Q", entry["query"]).split()
        usable = [algorithm for algorithm in wanted if algorithm in supported]
        if not usable:
            raise Refused(f"this OpenSSH knows none of the {entry['keyword']} of the profile {request['profile']}")
        promises[entry["keyword"]] = [",".join(usable)]
    return promises


def read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def broken_promises(promises: dict, user: str) -> list:
    """Sentences, one for each setting that sshd does not hold for this user."""
    values, problems = effective(user), []
    for keyword, wanted in promises.items():
        held = values.get(keyword.lower(), [])
        # sshd lists all its penalties; those that are asked for have to be among them.
        some = keyword == "PerSourcePenalties" and set(wanted[0].split()) <= set(" ".join(held).split())
        if not some and sorted(held) != sorted(wanted):
            problems.append(f"for {user}, {keyword} is {held}, not {wanted}{culprits(keyword)}")
    return problems


def culprits(keyword: str) -> str:
    """Where else the keyword stands, for the sentence."""
    own = [str(CONFIG), *sorted(map(str, Path(f"{CONFIG}.d").glob("*.conf")))]
    found = [
        f"{path}:{number}"
        for path in own
        for number, line in enumerate(read(Path(path)).splitlines(), 1)
        if line.split()[:1] and line.split()[0].lower() == keyword.lower()
    ]
    return f" (it stands in {', '.join(found)})" if found else ""


def back_up(paths: list, request: dict) -> Path:
    """Copy what is there and write the program that puts it back, complete before anything is touched."""
    shutil.rmtree(STATE, ignore_errors=True)
    STATE.mkdir(parents=True, mode=0o700)
    # The mark comes first: who confirms while this runs has to be told that it is too late.
    lines = [
        "set -u",
        f"touch {STATE}/restored",
        f"systemctl disable --now --quiet {UNIT}.timer",
        f"rm -f {UNITS}/{UNIT}.timer {UNITS}/{UNIT}.service",
    ]
    for number, path in enumerate(paths):
        copy = STATE / f"{number}"
        if path.exists():
            shutil.copy2(path, copy)
            lines.append(f"cp -p {copy} {shlex.quote(str(path))}")
        else:
            lines.append(f"rm -f {shlex.quote(str(path))}")
    lines += ["systemctl daemon-reload", *reload_lines(request)]
    script = STATE / "rollback.sh"
    script.write_text("\n".join(lines) + "\n")
    return script


def reload_lines(request: dict) -> list:
    """Shell lines by which the server reads its files anew; sessions that are open stay open."""
    lines = [f"systemctl is-active --quiet {request['service']} && systemctl reload {request['service']}"]
    if request["socket_changed"]:
        # systemd refuses a socket anew while its service runs. Stopping that leaves sessions alone (KillMode=process).
        return [f"systemctl stop {request['service']}; systemctl restart {request['socket']}"]
    return lines


def apply(request: dict) -> list:
    """Change everything, hold it against sshd -T, arm the way back, reload. Until the reload nobody notices."""
    paths = [Path(path) for path in request["files"]]
    keys = [path for kind in request["make_keys"] for path in (KEYS[kind], Path(f"{KEYS[kind]}.pub"))]
    script = back_up([*paths, *keys, MODULI], request)
    try:
        actions = write(request)
        must("sshd -t", "/usr/sbin/sshd", "-t")
        problems = broken_promises(resolve(request), request["user"])
        if problems:
            raise Refused("; ".join(problems))
        arm(script, request["rollback_seconds"])
    except Exception:
        run("/bin/sh", str(script))
        raise
    for line in ["systemctl daemon-reload", *reload_lines(request)]:
        run("/bin/sh", "-c", line)
    return actions


def write(request: dict) -> list:
    actions = []
    for kind in request["make_keys"]:
        for path in (KEYS[kind], Path(f"{KEYS[kind]}.pub")):
            path.unlink(missing_ok=True)
        must(
            "Making a host key", "ssh-keygen", "-q", "-t", kind, "-b", "4096", "-N", "", "-C", "", "-f", str(KEYS[kind])
        )
        actions.append(f"made the host key {KEYS[kind]}")
    if short_moduli(request["moduli_bits"]):
        rows = [line for line in MODULI.read_text().splitlines() if keep(line, request["moduli_bits"])]
        replace(MODULI, "\n".join(rows) + "\n", 0o644)
        actions.append(f"removed short groups from {MODULI}")
    for name, text in request["files"].items():
        if read(Path(name)) != text:
            replace(Path(name), text, 0o600 if "sshd_config" in name else 0o644)
            actions.append(f"wrote {name}")
    return actions


def keep(line: str, bits: int) -> bool:
    return not line[:1].isdigit() or int(line.split()[4]) + 1 >= bits


def replace(path: Path, text: str, mode: int) -> None:
    """Write beside and rename, so that sshd never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text)
    half.chmod(mode)
    half.rename(path)


def arm(script: Path, seconds: int) -> None:
    replace(UNITS / f"{UNIT}.service", SERVICE.format(script=script), 0o644)
    replace(UNITS / f"{UNIT}.timer", TIMER.format(seconds=seconds), 0o644)
    must("Loading the way back", "systemctl", "daemon-reload")
    must("Arming the way back", "systemctl", "enable", "--quiet", f"{UNIT}.timer")
    # Not "start": that would do nothing to a timer of that name which has fired already.
    must("Arming the way back", "systemctl", "restart", f"{UNIT}.timer")


def confirm() -> list:
    """Disarm. Stopping comes first: from then on the timer cannot fire under our hands."""
    run("systemctl", "disable", "--now", "--quiet", f"{UNIT}.timer")
    if (STATE / "restored").exists():
        raise Refused(
            "the host took the new configuration back before it was confirmed; raise ssh_hardening_rollback_seconds"
        )
    for kind in ("timer", "service"):
        (UNITS / f"{UNIT}.{kind}").unlink(missing_ok=True)
    run("systemctl", "daemon-reload")
    shutil.rmtree(STATE, ignore_errors=True)
    return ["confirmed"]


def verify(request: dict) -> list:
    """Everything that is not as promised: by sshd -T for the connecting user and for root, and by the running server."""
    users = sorted({login_user(), "root"})
    problems = [problem for user in users for problem in broken_promises(resolve(request), user)]
    if rsa_bits() != 4096:
        problems.append(f"the RSA host key has {rsa_bits()} bits, not 4096")
    if short_moduli(request["moduli_bits"]):
        problems.append(f"{MODULI} offers groups shorter than {request['moduli_bits']} bits")
    if (UNITS / f"{UNIT}.timer").exists():
        problems.append("a change waits to be confirmed or taken back")
    return problems + probe(effective())


def probe(values: dict) -> list:
    """Knock at the running server without any credentials: it has to name public keys as the only way in."""
    problems = []
    for port in values["port"]:
        command = ["ssh", "-F", "/dev/null", "-p", port, "-o", "BatchMode=yes", "-o", "PreferredAuthentications=none"]
        command += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10"]
        said = run(*command, "aienv-probe@localhost", "true").stderr.strip().splitlines()
        if not said or not said[-1].endswith("Permission denied (publickey)."):
            problems.append(f"the server on port {port} did not ask for a public key alone: {' / '.join(said[-2:])}")
    return problems


def main(text: str) -> None:
    request = json.loads(text)
    answer: dict = {"error": "", "actions": []}
    try:
        if request["mode"] == "observe":
            answer.update(observe(request))
        elif request["mode"] == "verify":
            answer["problems"] = verify(request)
        else:
            answer["actions"] = apply(request) if request["mode"] == "apply" else confirm()
    except Refused as refused:
        answer["error"] = str(refused)
    sys.stdout.write(json.dumps(answer) + "\n")
