"""Docker's daemon.json and Podman's description of the GPUs, as nvidia-ctk would have them, held against what is there."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from aienv_container.host import Refused, Request, content, last_words, must, run, write

DAEMON = Path("/etc/docker/daemon.json")
GPUS = Path("/etc/cdi/nvidia.yaml")
RUNTIME = "nvidia"
#: Keys of daemon.json that are nvidia-ctk's business. Everything else has to come out of it as it went in.
OURS = ("runtimes", "default-runtime")
SECONDS = 30


def steps(request: Request) -> list:
    """What is to do, in words. Raises Refused where daemon.json cannot be read."""
    if request["engine"] == "docker":
        now = daemon()
        if shutil.which("nvidia-ctk") is None:
            return [f"add the runtime {RUNTIME} to {DAEMON}"]
        wanted = wished(request, now)
        return [f"bring {DAEMON} from {_ours(now)} to {_ours(wanted)}"] if wanted != now else []
    described = described_gpus() if shutil.which("nvidia-ctk") else ""
    return [f"describe the GPUs in {GPUS}"] if described and described != content(GPUS) else []


def daemon() -> dict:
    """What stands in daemon.json; nothing where there is none."""
    text = content(DAEMON)
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise Refused(f"{DAEMON} is no JSON ({error}), and is not touched; mend it first") from error
    if not isinstance(found, dict):
        raise Refused(f"{DAEMON} is no JSON object, and is not touched; mend it first")
    return found


def wished(request: Request, now: dict) -> dict:
    """daemon.json as nvidia-ctk would write it, of which only its own keys are taken: the rest stays as it is."""
    options = ["--set-as-default"] if request["default_runtime"] else []
    said = must(
        "nvidia-ctk",
        ["nvidia-ctk", "runtime", "configure", "--dry-run", "--runtime=docker", f"--config={DAEMON}", *options],
    )
    try:
        theirs = json.loads(said[said.index("{") : said.rindex("}") + 1])
    except ValueError as error:
        raise Refused(f"nvidia-ctk says no JSON: {said.strip()[-200:]}") from error
    wanted = {**now, "runtimes": {**now.get("runtimes", {}), RUNTIME: theirs["runtimes"][RUNTIME]}}
    if request["default_runtime"]:
        wanted["default-runtime"] = RUNTIME
    elif wanted.get("default-runtime") == RUNTIME:
        del wanted["default-runtime"]
    return wanted


def _ours(config: dict) -> str:
    return json.dumps({name: config[name] for name in OURS if name in config}, sort_keys=True)


def apply(request: Request) -> None:
    """Bring the engine to what is declared."""
    if request["engine"] == "docker":
        now = daemon()
        change(now, wished(request, now))
    else:
        described = described_gpus()
        if described and described != content(GPUS):
            write(GPUS, described)


def change(now: dict, wanted: dict) -> None:
    """Write daemon.json, have Docker read it, and take it back where Docker does not. Running containers go on."""
    if wanted == now:
        return
    before = content(DAEMON)
    write(DAEMON, json.dumps(wanted, indent=4) + "\n")
    tested = run(["dockerd", "--validate", f"--config-file={DAEMON}"])
    if tested.returncode and "unknown flag" not in tested.stderr:
        _take_back(before)
        raise Refused(f"Docker does not take the new {DAEMON}, which is again as it was: {last_words(tested)}")
    if run(["systemctl", "is-active", "--quiet", "docker"]).returncode == 0:
        must("Having Docker read daemon.json", ["systemctl", "reload", "docker"])


def _take_back(before: str) -> None:
    if before:
        write(DAEMON, before)
    else:
        DAEMON.unlink()


def remove() -> None:
    """What was brought into daemon.json, and the description of the GPUs."""
    now = daemon()
    left = {name: value for name, value in now.items() if not (name == "default-runtime" and value == RUNTIME)}
    runtimes = {name: value for name, value in now.get("runtimes", {}).items() if name != RUNTIME}
    if runtimes:
        left["runtimes"] = runtimes
    else:
        left.pop("runtimes", None)
    change(now, left)
    GPUS.unlink(missing_ok=True)


def leftovers() -> list:
    return ([f"remove the runtime {RUNTIME} from {DAEMON}"] if RUNTIME in daemon().get("runtimes", {}) else []) + (
        [f"remove {GPUS}"] if GPUS.exists() else []
    )


def described_gpus() -> str:
    """The description that nvidia-ctk makes of the GPUs; '' where it sees none, as without a driver."""
    done = run(["nvidia-ctk", "cdi", "generate"])
    return done.stdout if done.returncode == 0 and "nvidia.com/gpu" in done.stdout else ""


def runtimes() -> list:
    """The runtimes that the running Docker knows. It reads its configuration in its own time, so it is given some."""
    end = time.monotonic() + SECONDS
    while True:
        done = run(["docker", "info", "--format", "{{json .Runtimes}}"])
        names = sorted(json.loads(done.stdout)) if done.returncode == 0 and done.stdout.startswith("{") else []
        if RUNTIME in names or time.monotonic() > end:
            return names
        time.sleep(1)
