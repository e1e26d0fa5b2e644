"""The questions that the role asks of a host, and their answers: one JSON object each."""

from __future__ import annotations

import json
import os
import sys

from aienv_cuda import packages, plan, proof, toolkits
from aienv_cuda.host import Refused, Request
from aienv_nvidia import repository, system

Answer = dict


def observe(request: Request) -> Answer:
    """What is missing, what would be done, and why that must not be."""
    said = toolkits.refusals(request)
    if said:
        raise Refused(" ".join(said))
    if os.geteuid() != 0:
        raise Refused("The role cuda needs root on the host; set become to true in the play.")
    short = plan.space(request)
    if short:
        raise Refused(f"CUDA is not installed: {short}. cuda_components says how much of it is wanted.")
    return {"plan": plan.steps(request), "packages": packages.steps(request)}


def install(request: Request) -> Answer:
    return {"done": packages.install(request)}


def apply(request: Request) -> Answer:
    return {"done": plan.take_away() if request["state"] == "absent" else plan.apply(request)}


def verify(request: Request) -> Answer:
    """The proof; what is left to do is a problem of it."""
    found = proof.Proof() if request["state"] == "absent" else proof.prove(request)
    found.problems += [f"not as declared: {step}" for step in plan.steps(request)]
    return {"proved": found.proved, "not_proved": found.not_proved, "problems": found.problems}


MODES = {"observe": observe, "install": install, "apply": apply, "verify": verify}


def main(request: Request) -> None:
    repository.ROLE, repository.SOURCE, repository.KEY = "cuda", repository.CUDA_SOURCE, repository.CUDA_KEY
    try:
        answer = {"error": "", **MODES[request["mode"]](request)}
    except (Refused, system.Refused) as refused:
        answer = {"error": str(refused)}
    sys.stdout.write(json.dumps(answer) + "\n")
