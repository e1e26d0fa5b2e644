"""Who is there: logins, Jupyter kernels, and the leases by which people keep the machine awake."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pwd
import re
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import ask
from ask import Blind, Refused

#: What sshd calls the process of a connection: `sshd: ada@pts/0`, `sshd: ada` without a session (ssh -N), and since OpenSSH 9.8
#: `sshd-session: ada@notty`. Its parent has [priv] behind it.
SSHD = re.compile(r"sshd(?:-session)?: ([^@\[\]\s]+)(?:@(\S+))?$")
GRAPHICAL = ("x11", "wayland", "mir")
#: Where Jupyter notes its servers, below a home: jupyter_core.paths, jupyter_runtime_dir().
RUNTIME = ".local/share/jupyter/runtime"
SERVERS = ("jpserver-*.json", "nbserver-*.json")
MOST_BYTES = 65536


def commands(root: Path = Path("/")) -> Iterator:
    """Process id and words of every command line."""
    for place in (root / "proc").iterdir():
        if place.name.isdigit():
            with contextlib.suppress(OSError):
                text = (place / "cmdline").read_bytes().decode(errors="replace")
                yield int(place.name), [word for word in text.split("\0") if word]


def sessions(root: Path = Path("/")) -> list:
    """Everybody who is logged in: logind's sessions, and sshd's connections, whose terminals logind does not know everywhere."""
    listed = ask.program("loginctl", "list-sessions", "--no-legend", "--no-pager").splitlines()
    told = [session_facts(line.split()[0]) for line in listed if line.split()]
    found = [read_session(facts, root) for facts in told if is_login(facts)]
    for _pid, words in commands(root):
        match = SSHD.match(" ".join(words).strip())
        lines = (match[2] or "notty").split(",") if match else []
        names = [(line, "ssh" if line == "notty" else line) for line in lines]
        found += [{"user": match[1], "line": name, "active_at": used_at(line, root)} for line, name in names]
    return found


def is_login(facts: dict) -> bool:
    """Not a service manager, and not "closing": logged out while something of it runs on (tmux, nohup), which is seen as work."""
    a_person = facts.get("Class", "").startswith("user") and bool(facts.get("Name"))
    return a_person and facts.get("State") != "closing" and facts.get("Service") != "sshd"


def session_facts(number: str) -> dict:
    names = ("Name", "TTY", "Class", "State", "Type", "Service", "IdleHint", "IdleSinceHint")
    try:
        said = ask.program("loginctl", "show-session", number, *(f"--property={name}" for name in names))
    except Blind:
        return {}  # it ended in between
    return dict(line.partition("=")[::2] for line in said.splitlines())


def read_session(facts: dict, root: Path) -> dict:
    """A terminal by its last input; a desktop by its own word for idle; anything else has no time."""
    line, active_at = facts.get("TTY") or facts.get("Service") or "session", None
    if facts.get("Type") in GRAPHICAL:
        if facts.get("IdleHint") == "yes" and facts.get("IdleSinceHint", "").isdigit():
            active_at = int(facts["IdleSinceHint"]) / 1e6
    elif facts.get("TTY"):
        active_at = used_at(facts["TTY"], root)
    return {"user": facts["Name"], "line": line, "active_at": active_at}


def used_at(line: str, root: Path) -> float | None:
    """When somebody typed on a terminal last: what w(1) goes by, too."""
    try:
        return (root / "dev" / line).stat().st_atime
    except OSError:
        return None


def tell(text: str, root: Path = Path("/")) -> None:
    """Write to every terminal. wall(1) reaches those that utmp or logind know: on Debian 13 none of sshd's, nowhere tmux and VS Code."""
    for place in [*(root / "dev/pts").glob("[0-9]*"), root / "dev/console"]:
        with contextlib.suppress(OSError):
            terminal = os.open(place, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            try:
                os.write(terminal, f"\r\n\a{text}\r\n".encode())
            finally:
                os.close(terminal)


def kernels(settings: dict, root: Path = Path("/")) -> list:
    """All kernels and terminals of all Jupyter servers that run here. Raises Blind for a server that cannot be asked."""
    found = []
    for path in server_files(settings, root):
        server = read_server(path, root)
        if server:
            found += ask_server(server)
    return found


def server_files(settings: dict, root: Path) -> list:
    homes = {
        root / entry.pw_dir.lstrip("/") / RUNTIME
        for entry in pwd.getpwall()
        if entry.pw_dir not in ("/", "/nonexistent")
    }
    places = [*sorted(homes), *(Path(name) for name in settings["jupyter_directories"])]
    return [path for place in places for pattern in SERVERS for path in sorted(place.glob(pattern))]


def read_server(path: Path, root: Path) -> dict | None:
    """What a server wrote of itself; None for one that has ended. Anybody can write such files: only plain, small ones count."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        text = file.read(MOST_BYTES) if stat.S_ISREG(about.st_mode) else b"{}"
    try:
        told = json.loads(text)
        pid, port = int(told["pid"]), int(told["port"])
        runs = (root / "proc" / str(pid)).stat().st_uid == about.st_uid
    except (ValueError, KeyError, TypeError, OSError):
        return None
    return {**told, "pid": pid, "port": port, "owner": name_of(about.st_uid)} if runs else None


def ask_server(server: dict) -> list:
    """Its kernels, and the terminals in its browser windows. Only an address of this very machine is asked."""
    scheme = "https" if server.get("secure") else "http"
    base = f"{scheme}://{own_address(str(server.get('hostname', '')))}:{server['port']}{server.get('base_url') or '/'}"
    headers = {"Authorization": f"token {server.get('token', '')}"}
    who = f"the Jupyter server of {server['owner']} on port {server['port']}"
    # Its certificate is its own, and we know by the process whom we ask.
    trust = ssl._create_unverified_context() if scheme == "https" else None  # noqa: S323
    found = []
    for kind in ("kernels", "terminals"):
        try:
            told = json.loads(ask.web(f"{base}api/{kind}", headers, trust=trust))
            found += [read_kernel(one, server["owner"]) for one in told]
        except Refused as refused:
            if kind == "kernels":
                raise Blind(f"{who} does not let itself be asked: {refused}") from refused
        except (Blind, ValueError, KeyError, TypeError) as error:
            raise Blind(f"{who} cannot be asked: {error}") from error
    return found


def read_kernel(told: dict, owner: str) -> dict:
    moment = datetime.datetime.fromisoformat(told["last_activity"].replace("Z", "+00:00"))
    # "starting" is no idleness either; terminals have no state.
    return {
        "owner": owner,
        "busy": told.get("execution_state", "idle") not in ("idle", "dead"),
        "active_at": moment.timestamp(),
    }


def own_address(name: str) -> str:
    """The address to ask: the server's own where it is one of this machine's, else the loopback."""
    try:
        address = socket.gethostbyname(name) if name not in ("", "localhost", "0.0.0.0", "::", "*") else "127.0.0.1"  # noqa: S104
        with socket.socket() as probe:
            probe.bind((address, 0))
    except OSError:
        return "127.0.0.1"
    return address


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def leases(settings: dict) -> list:
    """The leases that hold, by the file's owner: whoever can write here can keep the machine awake, for so long at most."""
    found = []
    for path in sorted(Path(settings["leases"]).glob("*.json")):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            text = file.read(MOST_BYTES) if stat.S_ISREG(about.st_mode) else b""
        try:
            told = json.loads(text)
            until, why = float(told["until"]), str(told.get("why", ""))[:200]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        most = about.st_mtime + settings["lease_hours"] * 3600
        found.append({"who": name_of(about.st_uid), "until": min(until, most), "why": why})
    return found
