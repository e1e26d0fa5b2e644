"""What the role declared, where the program keeps what it knows, and how it runs other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

CONFIG = Path("/etc/aienv-updates")
STATE = Path("/var/lib/aienv-updates")
#: Seconds between two looks at something that is waited for.
PAUSE = 2.0
LAST_WORDS = 400


class Failed(Exception):
    """A sentence for a person; the run ends with it."""


class Settings:
    """The role's variables as `values`, and the directory `state`."""

    def __init__(self, values: dict, state: Path = STATE) -> None:
        self.values = values
        self.state = state

    def read(self, name: str, default: dict) -> dict:
        """What the program wrote under this name, or `default` where it never did or was cut off."""
        try:
            return json.loads((self.state / name).read_text())
        except (OSError, ValueError):
            return dict(default)

    def write(self, name: str, content: dict) -> None:
        """Beside, then renamed: whoever reads sees the old or the new, and so does the next run after a crash."""
        self.state.mkdir(parents=True, exist_ok=True)
        half = self.state / f".{name}.half"
        half.write_text(json.dumps(content, indent=2) + "\n")
        half.chmod(0o644)
        half.rename(self.state / name)

    def forget(self, name: str) -> None:
        (self.state / name).unlink(missing_ok=True)


def load(directory: Path) -> Settings:
    path = directory / "config.json"
    if not path.exists():
        raise Failed(f"there are no settings in {directory}; the role os_updates writes them")
    return Settings(json.loads(path.read_text()))


def run(*argv: str, **surroundings: str) -> subprocess.CompletedProcess:
    """Run a program to its end, in the language C and without any question to a person."""
    env = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive", **surroundings}
    try:
        return subprocess.run(  # noqa: S603 - lists of our own making
            argv, env=env, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(argv, 127, "", f"{argv[0]} is not installed")


def must(what: str, *argv: str, **surroundings: str) -> str:
    """Standard output, or Failed with `what` and the program's own last words."""
    done = run(*argv, **surroundings)
    if done.returncode:
        raise Failed(f"{what} failed: {last_words(done)}")
    return done.stdout


def last_words(done: subprocess.CompletedProcess) -> str:
    """What a program complained of: its lines of errors where it marks them, else its last line."""
    lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("E: ", "dpkg: error", "Error"))] or lines[-1:]
    return " ".join(errors)[:LAST_WORDS] or f"it ended with {done.returncode}"


def say(sentence: str) -> None:
    """To the journal, or to whoever runs this by hand."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()
