"""Keep one JupyterLab as a service on loopback, with a token that only its user can read.

Runs on the host as a program on standard input, followed by `main(<request as JSON>)`. The mode is observe (what would be done,
what is wrong) or configure (do it, then the same). The answer is one JSON object on standard output: actions and problems, both in
sentences. Needs nothing beyond Python 3.10. The token is made here and never leaves the host.
"""

from __future__ import annotations

import json
import os
import pwd
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

UNIT = Path("/etc/systemd/system/aienv-jupyter.service")
NET = Path("/proc/net")
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTEN = "0A"
# Seconds until it answers: a first start compiles some hundred files.
PATIENCE = 90


def systemctl(*words: str) -> str:
    done = subprocess.run(  # noqa: S603 - words of our own
        ["/usr/bin/systemctl", *words], capture_output=True, text=True, check=False, timeout=120
    )
    return (done.stdout or done.stderr).strip()


class Service:
    """The unit, its token and what answers at its port."""

    def __init__(self, request: dict) -> None:
        self.content, self.port = request["unit"], int(request["port"])
        self.token = Path(request["token"])
        self.person = pwd.getpwnam(request["owner"])

    def actions(self) -> list:
        """What is to be done, in words."""
        wanted = []
        if self.token_problem():
            wanted.append(f"make a token in {self.token}")
        if not UNIT.is_file() or UNIT.read_text() != self.content:
            wanted.append(f"write {UNIT}")
        if systemctl("is-enabled", UNIT.name) != "enabled" or systemctl("is-active", UNIT.name) != "active":
            wanted.append(f"enable and start {UNIT.name}")
        return wanted

    def token_problem(self) -> str:
        """Why the token is none, or ''."""
        try:
            state = self.token.lstat()
        except FileNotFoundError:
            return f"{self.token} is missing"
        right = state.st_uid == self.person.pw_uid and state.st_mode & 0o77 == 0 and state.st_size >= 32
        return (
            ""
            if right
            else f"{self.token} has to belong to {self.person.pw_name}, to be read by nobody else, and not to be short"
        )

    def configure(self) -> list:
        done = self.actions()
        if self.token_problem():
            self.make_token()
        if not UNIT.is_file() or UNIT.read_text() != self.content:
            half = UNIT.with_suffix(".half")
            half.write_text(self.content)
            half.rename(UNIT)
            systemctl("daemon-reload")
        if done:
            systemctl("enable", UNIT.name)
            systemctl("restart", UNIT.name)
            self.wait()
        return done

    def make_token(self) -> None:
        """A new file, its owner's from the first byte on."""
        self.token.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.token.unlink(missing_ok=True)
        handle = os.open(self.token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            os.fchown(handle, self.person.pw_uid, self.person.pw_gid)
            file.write(secrets.token_hex(24))

    def wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.status("") == 0:
            time.sleep(0.5)

    def status(self, token: str) -> int:
        """What the API answers, with or without the token; 0 where nobody does."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/api/status")
        if token:
            request.add_header("Authorization", f"token {token}")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def addresses(self) -> set:
        """The addresses, as the kernel writes them, at which somebody listens on the port."""
        found = set()
        for name in ("tcp", "tcp6"):
            table = NET / name
            for line in table.read_text().splitlines()[1:] if table.exists() else []:
                address, port = line.split()[1].split(":")
                if int(port, 16) == self.port and line.split()[3] == LISTEN:
                    found.add(address)
        return found

    def problems(self) -> list:
        found = [self.token_problem()] if self.token_problem() else []
        state = systemctl("is-active", UNIT.name)
        if state != "active":
            return [*found, f"{UNIT.name} is {state}; journalctl -u {UNIT.name} says why"]
        if not self.addresses():
            return [*found, f"nobody listens on port {self.port}; journalctl -u {UNIT.name} says why"]
        if self.addresses() - LOOPBACK:
            found.append(f"port {self.port} is open to more than loopback")
        if self.status("") != 403:
            found.append(f"Jupyter answers {self.status('')} without a token, 403 is expected")
        if not self.token_problem() and self.status(self.token.read_text()) != 200:
            found.append(f"Jupyter answers {self.status(self.token.read_text())} to its token, 200 is expected")
        return found


def main(text: str) -> None:
    request = json.loads(text)
    service = Service(request)
    configure = request["mode"] == "configure"
    actions = service.configure() if configure else service.actions()
    problems = service.problems() if configure or not actions else actions
    sys.stdout.write(json.dumps({"actions": actions, "problems": problems}) + "\n")
