"""The questions that the role asks of a host, and their answers: one JSON object each."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from aienv_container import engine, repository
from aienv_container.host import Refused, Request, content, missing_packages, run, write

RECORD = Path("/var/lib/aienv/nvidia_container_toolkit.json")
AUTHORITIES = Path("/etc/aienv-container-toolkit-ca.pem")
FILES = (repository.SOURCE, repository.KEY, repository.PIN, AUTHORITIES)


def installed() -> list:
    """The packages that were installed for this role alone."""
    text = content(RECORD)
    return json.loads(text)["packages"] if text else []


def wanted_packages(request: Request) -> list:
    """What apt is asked for: the engine only where its program is missing, the toolkit also where it has another version."""
    found = [] if shutil.which(request["engine"]) else missing_packages(request["engine_packages"][request["engine"]])
    said = run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", repository.PACKAGES[0]]
    ).stdout
    there = said.split()[1] if said.startswith("installed ") else ""
    if not there or (request["version"] and not there.startswith(f"{request['version']}-")):
        pinned = f"={request['version']}-*" if request["version"] else ""
        found += [f"{name}{pinned}" for name in repository.PACKAGES]
    return found


def observe(request: Request) -> dict:
    """What would be done, and why that must not be."""
    if os.geteuid() != 0:
        raise Refused("The role nvidia_container_toolkit needs root on the host; set become to true in the play.")
    if request["state"] == "absent":
        return {"add": [], "packages": [], "plan": left(), "installed": installed()}
    packages = wanted_packages(request)
    steps = repository.steps(request) if shutil.which("gpg") else [f"add {request['url']}"]
    if any(step.startswith(("trust", f"write {repository.SOURCE}")) for step in steps):
        repository.key(request)  # a new key, or another address: refused now rather than later
    add = [*steps, *(f"install {name}" for name in packages)]
    return {"add": add, "packages": packages, "plan": engine.steps(request), "installed": installed()}


def left() -> list:
    files = [path for path in (*FILES, RECORD) if path.exists()]
    return engine.leftovers() + [f"remove {path}" for path in files] + [f"uninstall {name}" for name in installed()]


def add(request: Request) -> dict:
    repository.add(request)
    names = {name.split("=")[0] for name in wanted_packages(request)}
    write(RECORD, json.dumps({"packages": sorted({*installed(), *missing_packages(sorted(names))})}) + "\n")
    return {}


def apply(request: Request) -> dict:
    engine.apply(request)
    return {}


def remove(_request: Request) -> dict:
    """Take all away but the packages, which the role removes next, and the record that names them, which goes last."""
    engine.remove()
    for path in FILES:
        path.unlink(missing_ok=True)
    return {}


def verify(request: Request) -> dict:
    """What is proved, what could not be, and what is wrong."""
    proof: dict = {"proved": [], "not_proved": []}
    seen = observe(request)
    problems = [f"not as declared: {step}" for step in seen["add"] + seen["plan"]]
    if request["state"] == "absent" or problems:
        return {"proof": proof, "problems": problems}
    said = run(["nvidia-ctk", "--version"])
    if said.returncode:
        return {"proof": proof, "problems": ["nvidia-ctk does not run"]}
    proof["proved"].append(f"{said.stdout.splitlines()[0]}, from a repository with the key {request['fingerprint']}.")
    problems += _docker(proof) if request["engine"] == "docker" else _podman(proof)
    if not Path("/dev/nvidiactl").exists():
        proof["not_proved"].append({"what": "a GPU in a container", "why": "no NVIDIA driver is loaded"})
    return {"proof": proof, "problems": problems}


def _docker(proof: dict) -> list:
    names = engine.runtimes()
    if engine.RUNTIME in names:
        proof["proved"].append(f"The running Docker knows the runtimes {', '.join(names)}.")
        return []
    return [
        f"the running Docker does not know the runtime {engine.RUNTIME}; it knows {', '.join(names) or 'none: is it running?'}"
    ]


def _podman(proof: dict) -> list:
    if not engine.GPUS.exists():
        proof["not_proved"].append({"what": f"the GPUs' description {engine.GPUS}", "why": "nvidia-ctk sees no GPU"})
    else:
        proof["proved"].append(f"{engine.GPUS} is what nvidia-ctk says of the GPUs today.")
    return []


MODES = {"observe": observe, "add": add, "apply": apply, "remove": remove, "verify": verify}


def chosen(engine_name: str) -> str:
    """The engine: as wished, else the one that is there, else Docker."""
    return engine_name or next((name for name in ("docker", "podman") if shutil.which(name)), "docker")


def main(request: Request) -> None:
    request = {**request, "engine": chosen(request["engine"])}
    try:
        answer = {"error": "", **MODES[request["mode"]](request)}
    except Refused as refused:
        answer = {"error": str(refused)}
    sys.stdout.write(json.dumps(answer) + "\n")
