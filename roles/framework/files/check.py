"""Judge one framework by its four words: devices, named, error_on and together (check_<framework>.py, whose text is in the request).

Runs in the framework's environment as a program on standard input, followed by `main(<request as JSON>)`.
"""

import json
import sys
from types import ModuleType


def load(name: str, text: str) -> ModuleType:
    """The framework's words as a module; importing the framework is a part of it."""
    module = ModuleType(f"check_{name}")
    exec(compile(text, f"check_{name}.py", "exec"), module.__dict__)  # noqa: S102 - shipped with this file
    return module


def judge(request: dict, framework: ModuleType) -> dict:
    """The proof of one environment: proved and not_proved, and failed, all in sentences."""
    name, seen = f"{request['name']} {request['version']} in {request['path']}", framework.devices()
    says: dict = {"proved": [], "not_proved": [], "failed": []}
    for device in [*seen, "cpu"]:
        error = framework.error_on(device)
        right = error < framework.TOLERANCE
        where = framework.named(device) if device in seen else "the CPU"
        sentence = f"{name} multiplies matrices on {where} {'as' if right else 'NOT as'} in float64 (error {error:.0e})"
        says["proved" if right else "failed"].append(sentence)
    if len(seen) != 1:
        what, wrong = framework.together(len(seen) or 2, bool(seen))
        says["failed" if wrong else "proved"].append(
            f"{name} does {what}" + (f", which failed: {wrong}" if wrong else "")
        )
    for what, why, fails in gaps(request, len(seen)):
        if fails:
            says["failed"].append(f"{name}: {what}: {why}")
        else:
            says["not_proved"].append({"what": f"{name}: {what}", "why": why})
    return says


def gaps(request: dict, seen: int) -> list:
    """What is missing for a whole proof, as (what, why, whether that is a failure)."""
    cards = request["cards"]
    if request["device"] == "cpu":
        return [("computing on a GPU", "this build is for the CPU", False)]
    if not request["driver"]:
        return [("computing on a GPU", "no NVIDIA driver is loaded", False)]
    if seen == 0:
        return [("computing on a GPU", f"the driver has {cards} GPUs, and the framework sees none of them", True)]
    found = []
    if seen < cards:
        why = f"the driver has {cards} GPUs, the framework sees {seen}"
        found.append(("computing on every GPU", why, not request["split"]))
    if seen == 1:
        found.append(("an all-reduce over NCCL", "there is one GPU only", False))
    return found


def main(text: str) -> None:
    request = json.loads(text)
    sys.stdout.write("\n" + json.dumps(judge(request, load(request["name"], request["check"]))) + "\n")
