"""What can be proved of the toolkits on this host, what cannot, and what is wrong."""

from __future__ import annotations

import ctypes
import json
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from aienv_cuda import packages
from aienv_cuda.host import Done, Request, last_words, run
from aienv_cuda.toolkits import DIRECTORY, Toolkit, wanted
from aienv_nvidia import system

# Packages of drivers that only NVIDIA's repository has under these names.
NVIDIA_S = ("cuda-drivers", "nvidia-open")
NO_DRIVER, NO_DEVICE = 35, 100  # cudaErrorInsufficientDriver, cudaErrorNoDevice

# What to look at, by the error that a program ends with where there are GPU and driver. Numbers of cudaError_t and CUresult.
MEANING = {
    3: "the driver does not answer; is its kernel module loaded?",
    35: "the driver is older than this toolkit takes",
    100: "the driver sees no GPU; is its kernel module of the right kind for it (open or proprietary)?",
    209: "the program holds no code for this GPU",
    222: "the driver cannot compile the PTX of a toolkit this new",
    802: "GPUs behind NVSwitch need nvidia-fabricmanager of the driver's very version; is it running?",
    803: "the driver's kernel module and its libraries have different versions; reboot",
    804: "a forward compatibility package (cuda-compat) is installed for a GPU that cannot use it",
    999: "the driver does not say why; look at dmesg for NVRM",
}


@dataclass
class Proof:
    """Sentences; `not_proved` has what and why."""

    proved: list = field(default_factory=list)
    not_proved: list = field(default_factory=list)
    problems: list = field(default_factory=list)

    def lacks(self, what: str, why: str, wrong: object) -> None:
        """Where GPU and driver are there, what does not work is wrong; without, it is what could not be proved."""
        if wrong:
            self.problems.append(f"{what}: {why}")
        else:
            self.not_proved.append({"what": what, "why": why})


def prove(request: Request) -> Proof:
    """All of it."""
    proof = Proof()
    for toolkit in wanted(request):
        _compiler(proof, toolkit, request)
    _default(proof, request)
    _driver(proof, request)
    _no_other_driver(proof)
    return proof


def _complete(request: Request) -> bool:
    """Whether there are GPUs and a driver, so that everything has to work."""
    return bool(request["driver"] and request["gpus"])


def _compiler(proof: Proof, toolkit: Toolkit, request: Request) -> None:
    """Compile the kernel for every chip and run it."""
    said = run([toolkit.nvcc, "--version"]) if toolkit.nvcc.exists() else None
    release = re.search(r"release (\d+\.\d+), V([\d.]+)", said.stdout) if said else None
    if not release or release.group(1) != toolkit.version:
        found = last_words(said) if said else "it is not there"
        proof.problems.append(f"{toolkit.nvcc} is not CUDA {toolkit.version}: {found}")
        return
    chips = ", ".join(toolkit.architectures)
    # Not below /tmp, which may forbid to run programs.
    with tempfile.TemporaryDirectory(dir=DIRECTORY, prefix=".proof.") as work:
        source, program = Path(work, "proof.cu"), Path(work, "proof")
        source.write_text(request["kernel"])
        codes = [f"-gencode=arch={chip.replace('sm', 'compute')},code={chip}" for chip in toolkit.architectures]
        built = run([toolkit.nvcc, "--threads", "0", *codes, "-o", program, source])
        if built.returncode:
            proof.problems.append(f"nvcc {release.group(2)} does not compile for {chips}: {last_words(built)}")
            return
        proof.proved.append(f"CUDA {toolkit.version}: nvcc {release.group(2)} compiles a kernel for {chips}.")
        judge(proof, f"CUDA {toolkit.version}", run([program]), request)


def judge(proof: Proof, name: str, done: Done, request: Request) -> None:
    """What the compiled program printed, and how it ended."""
    try:
        first, *devices = [json.loads(line) for line in done.stdout.splitlines()]
    except ValueError:
        proof.problems.append(f"{name}: the compiled program ends with {done.returncode}: {last_words(done)}")
        return
    driver, gpus = request["driver"], request["gpus"]
    what = f"{name}, a kernel on a GPU"
    ended = f"{name}: the compiled program ends with {first['name']} ({first['error']})"
    if (first["error"], done.returncode, driver) == (NO_DRIVER, NO_DRIVER, ""):
        proof.proved.append(f"{ended}: the toolkit works, and a driver is absent.")
        proof.lacks(what, "no NVIDIA driver is installed", wrong=False)
    elif first["error"] == NO_DEVICE and not gpus:
        proof.lacks(what, "there is a driver, but no GPU", wrong=False)
    elif first["error"]:
        proof.problems.append(f"{ended} on driver {driver or 'unknown'}: {MEANING.get(first['error'], first['says'])}")
    elif len(devices) < len(gpus):
        proof.problems.append(f"{name}: CUDA sees {len(devices)} of {len(gpus)} GPUs")
    for device in devices:
        _device(proof, name, device)


def _device(proof: Proof, name: str, device: dict) -> None:
    where = f"GPU {device['device']} ({device['gpu']}, compute capability {device['capability']})"
    if device["error"]:
        why = MEANING.get(device["error"], "NVIDIA's documentation of cudaError_t says more")
        proof.problems.append(f"{name}: the kernel fails on {where} with {device['name']} ({device['error']}): {why}")
    elif device["wrong"]:
        proof.problems.append(f"{name}: {device['wrong']} results of the kernel on {where} are not the CPU's")
    else:
        proof.proved.append(f"{name}: the kernel gives the CPU's result on {where}.")


def _default(proof: Proof, request: Request) -> None:
    """A login shell finds the default's compiler."""
    done = run(["/bin/sh", "-lc", "nvcc --version"])
    said = re.search(r"release (\d+\.\d+)", done.stdout)
    version = wanted(request)[0].version
    if said and said.group(1) == version:
        proof.proved.append(f"A login shell finds nvcc {version}, the default.")
    else:
        proof.problems.append(
            f"a login shell finds nvcc {said.group(1) if said else '(none)'}, and the default is {version}"
        )


def _driver(proof: Proof, request: Request) -> None:
    """cuInit, the first thing that any CUDA program does."""
    try:
        answer = ctypes.CDLL("libcuda.so.1").cuInit(0)
    except OSError:
        proof.lacks("cuInit", "the host has no libcuda.so.1, which the driver brings", _complete(request))
        return
    if answer:
        why = MEANING.get(answer, "NVIDIA's documentation of CUresult says more")
        proof.lacks("cuInit", f"it ends with error {answer}: {why}", _complete(request))
    else:
        proof.proved.append(f"cuInit succeeds with driver {request['driver'] or 'unknown'}.")


def _no_other_driver(proof: Proof) -> None:
    """Where the role has set NVIDIA's repository up for its toolkits, apt must not see a driver there."""
    if not system.at(packages.PINS).exists():
        return
    said = run(["apt-cache", "policy", *NVIDIA_S]).stdout
    offered = [
        name for name, version in re.findall(r"(?m)^(\S+):\n.*\n +Candidate: (\S+)", said) if version != "(none)"
    ]
    if offered:
        proof.problems.append(
            f"apt would install {' and '.join(offered)} from NVIDIA's repository over this machine's driver, whatever /{packages.PINS} says"
        )
    else:
        proof.proved.append("apt takes toolkits from NVIDIA's repository, and no driver.")
