"""Every GPU on every system with every framework: it resolves to what is true of the hardware, or the advice does.

The facts are said here once more, by hand and from the vendors' statements, not read from the tables of the resolver.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.request import Request
from ansible_collections.aienv.cloud.plugins.module_utils.model.stack.resolve import Refusal, Stack, resolve

SYSTEMS = {
    "debian-12": "3.11", "debian-13": "3.13", "ubuntu-22.04": "3.10", "ubuntu-24.04": "3.12", "ubuntu-26.04": "3.14",
    "rhel-9": "3.9", "rocky-9": "3.9", "alma-9": "3.9", "rhel-10": "3.12", "rocky-10": "3.12", "alma-10": "3.12",
}  # fmt: skip
BEFORE_TURING = {"v100", "v100-32gb", "p4", "p100", "p40", "m60"}
BLACKWELL = {"b200", "gb200", "b300", "gb300", "rtx-pro-4500", "rtx-pro-6000"}
ARM_ONLY = {"t4g", "gb200", "gb300"}
SWITCHED = {"a100", "a100-80gb", "h100", "h200", "b200", "b300"}
LEAST = {
    "h100": (525, 85),
    "h200": (550, 90),
    "b200": (570, 133),
    "gb200": (570, 133),
    "b300": (580, 82),
    "rtx-pro-6000": (575, 51),
}
KEYS = {
    "debian-12": "EB693B3035CD5710E231E123A4B469963BF863CC",
    "debian-13": "02182E60104FCDC26EAE1B8597A5D4CB8793F200",
    "rocky-9": "610C7B14E068A878070DA4E99CD0A493D42D0685",
}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".")[:3])


def ask(**want: Any) -> Stack | Refusal:
    try:
        return resolve(Request(**want).verified())
    except Refusal as refusal:
        return refusal


def lies(stack: Stack) -> list[str]:
    """What in a stack for GPUs is not true."""
    said = {**about_driver(stack), **about_packages(stack), **about_cuda(stack), **about_framework(stack)}
    said["a Python that the distribution has"] = (
        stack.python.source == "uv" or SYSTEMS[stack.os] == stack.python.version
    )
    return [claim for claim, holds in said.items() if not holds]


def about_driver(stack: Stack) -> dict[str, bool]:
    driver, gpus = stack.driver, set(stack.gpus)
    assert driver is not None
    switched = len(stack.gpus) >= 8 and gpus <= SWITCHED
    return {
        "proprietary modules for Volta and older": driver.flavour in ("proprietary", "grid")
        or not gpus & BEFORE_TURING,
        "580 at most for Volta and older": int(driver.branch) <= 580 or not gpus & BEFORE_TURING,
        "open modules for Blackwell": driver.flavour != "proprietary" or not gpus & BLACKWELL,
        "a driver that knows the GPUs": all(numbers(driver.version)[:2] >= LEAST.get(gpu, (450, 80)) for gpu in gpus),
        "a version from its floor on": numbers(driver.version) >= numbers(driver.version_floor),
        "fabric manager exactly behind NVSwitch": driver.fabric_manager == switched,
        "nvlsm exactly behind Blackwell's NVSwitch": driver.nvlsm == (switched and bool(gpus & {"b200", "b300"})),
    }


def about_packages(stack: Stack) -> dict[str, bool]:
    driver = stack.driver
    assert driver is not None
    nvidia, own = driver.source == "nvidia", driver.source == "distribution"
    repository = driver.repository
    known = KEYS.get(stack.os, repository.key_fingerprint)
    manager = any("fabricmanager" in package for package in driver.packages)
    return {
        "fabric manager's package": manager == driver.fabric_manager,
        "the repository's key": not nvidia or repository.key_fingerprint == known,
        "a repository that something vouches for": not nvidia
        or bool(repository.key_fingerprint or repository.keyring_sha256),
        "ubuntu2604 has 595 and newer": not (nvidia and stack.os == "ubuntu-26.04") or int(driver.branch) >= 595,
        "debian13 on arm64 has 595 and newer": not (
            nvidia and stack.os == "debian-13" and stack.architecture == "arm64"
        )
        or int(driver.branch) >= 595,
        "Debian 13's 550 does not compile": not (own and stack.os == "debian-13") or driver.branch != "550",
        "EL has no driver of its own": not own or stack.os.startswith(("debian", "ubuntu")),
        "something to install": bool(driver.packages) == (nvidia or own),
        "pins of packages that are installed": set(driver.pins) <= set(driver.packages),
        "a pinned branch from an archive": bool(driver.pins) == own
        and set(driver.pins.values()) <= {f"{driver.branch}.*"},
        "headers exactly for what is built": (driver.build in ("dkms", "runfile")) == bool(driver.headers),
    }


def about_cuda(stack: Stack) -> dict[str, bool]:
    assert stack.cuda is not None
    assert stack.driver is not None
    toolkit, gpus = numbers(stack.cuda.version), set(stack.gpus)
    return {
        "CUDA 13 has no Volta": toolkit < (13, 0) or not gpus & BEFORE_TURING,
        "12.8 is the first for Blackwell": toolkit >= (12, 8) or not gpus & BLACKWELL,
        "12.9 is the first for 10.3": toolkit >= (12, 9) or not gpus & {"b300", "gb300"},
        "there is no 12.7": toolkit != (12, 7),
        "CUDA 13 needs driver 580": toolkit < (13, 0) or numbers(stack.driver.version) >= (580, 65),
    }


def about_framework(stack: Stack) -> dict[str, bool]:
    framework, gpus, driver = stack.framework, set(stack.gpus), stack.driver
    if framework is None:
        return {}
    assert driver is not None
    cuda, release, python = numbers(framework.cuda), numbers(framework.version), numbers(stack.python.version)
    torch, tensorflow, jax = (framework.name == name for name in ("torch", "tensorflow", "jax"))
    return {
        "CUDA 13 in the wheel needs Turing": cuda < (13, 0) or not gpus & BEFORE_TURING,
        "CUDA 13 in the wheel needs driver 580": cuda < (13, 0) or numbers(driver.version) >= (580, 65),
        "CUDA 12.8 in the wheel for Blackwell": cuda >= (12, 8) or not gpus & BLACKWELL,
        "no TensorFlow for Blackwell": not tensorflow or not gpus & BLACKWELL,
        "no TensorFlow with CUDA for arm64": not tensorflow or stack.architecture == "x86_64",
        "no TensorFlow for Python 3.14": not tensorflow or python <= (3, 13),
        "cu126 ended with torch 2.14": not torch or not gpus & BEFORE_TURING or release < (2, 15),
        "torch for arm64 begins with 8.0": not torch or "t4g" not in gpus,
        "torch 2.15 begins with Python 3.11": not torch or release < (2, 15) or python >= (3, 11),
        "jax 0.11 begins with Python 3.12": not jax or release < (0, 11) or python >= (3, 12),
        "the build's mark goes with its index": ("+cu" in framework.requirement)
        == ("download.pytorch.org" in framework.index_url),
        "only torch pins its CUDA": torch != framework.constraints_needed,
    }


COMBINATIONS = list(itertools.product(SYSTEMS, ("x86_64", "arm64"), (None, "torch", "tensorflow", "jax")))


@pytest.mark.parametrize("gpu", GPUS)
def test_every_machine_resolves_truly_or_is_refused_with_advice_that_does(gpu: str) -> None:
    counted = {"stack": 0, "refusal": 0}
    for (os, architecture, framework), count in itertools.product(COMBINATIONS, (1, 8) if gpu in SWITCHED else (1,)):
        want = {"gpus": (gpu,) * count, "os": os, "architecture": architecture, "framework": framework}
        answer = ask(**want)
        if isinstance(answer, Refusal):
            assert ", and " in answer.clash
            assert answer.instead, (want, str(answer))
            want.update(answer.instead)
            answer = ask(**want)
            counted["refusal"] += 1
        else:
            counted["stack"] += 1
        assert isinstance(answer, Stack), want
        assert lies(answer) == [], want
        assert (gpu in ARM_ONLY) <= (answer.architecture == "arm64")
    assert counted["stack"] > 20


# Each value may be wished for any GPU: some fit, some are refused, and every advice must be followable.
WISHES: dict[str, tuple[Any, ...]] = {
    "framework_version": ("2.1", "2.8", "2.11", "2.15.0", "9.9"),
    "framework_build": ("pypi", "cu126", "cu130"),
    "cuda_version": ("11.8", "12.7", "13.0"),
    "python_version": ("3.9", "3.14"),
    "driver_source": ("nvidia", "distribution", "runfile", "none"),
    "driver_branch": ("535", "550", "620", "700"),
    "driver_flavour": ("open", "proprietary", "grid"),
    "secure_boot": (True,),
    "kernel": (("6.12.117+deb13-amd64",), ("7.3.4",)),
}
MACHINES = (
    (("v100",), "debian-12", "none"),
    (("t4",), "debian-13", "gcp"),
    (("a10",), "ubuntu-22.04", "azure"),
    (("a100-80gb",) * 8, "ubuntu-24.04", "gcp"),
    (("l40s",), "rocky-9", "aws"),
    (("b300",) * 8, "ubuntu-26.04", "aws"),
    (("rtx-pro-6000",), "alma-10", "azure"),
    (("v100", "b200"), "debian-13", "none"),
)


@pytest.mark.parametrize(
    ("gpus", "os", "cloud"), MACHINES, ids=lambda value: value[0] if isinstance(value, tuple) else value
)
def test_any_one_or_two_wishes_are_met_or_the_advice_can_be_followed(
    gpus: tuple[str, ...], os: str, cloud: str
) -> None:
    said = [(name, value) for name, values in WISHES.items() for value in values]
    pairs = [pair for pair in itertools.combinations(said, 2) if pair[0][0] != pair[1][0]]
    for wishes in [*((one,) for one in said), *pairs]:
        want = {"gpus": gpus, "os": os, "cloud": cloud, "framework": "torch", **dict(wishes)}
        answer = ask(**want)
        if isinstance(answer, Refusal):
            assert answer.instead, (want, str(answer))
            want.update(answer.instead)
            if "framework" in answer.instead:  # another framework has other versions and builds
                want = {
                    name: value for name, value in want.items() if name not in ("framework_version", "framework_build")
                }
            assert isinstance(ask(**want), Stack), (want, str(answer))
        else:
            assert_as_wished(answer, dict(wishes))


def assert_as_wished(stack: Stack, wishes: dict[str, Any]) -> None:
    assert stack.driver is not None
    assert stack.cuda is not None
    assert stack.framework is not None
    met = {
        "framework_version": stack.framework.version,
        "framework_build": stack.framework.build,
        "cuda_version": stack.cuda.version,
        "python_version": stack.python.version,
        "driver_source": stack.driver.source,
        "driver_branch": stack.driver.branch,
        "driver_flavour": stack.driver.flavour,
    }
    for name, value in wishes.items():
        if name in met:
            assert f"{met[name]}.".startswith(f"{value}."), (name, wishes)


def test_the_same_request_gives_the_same_stack() -> None:
    request = Request(gpus=("l4",), os="debian-12", framework="torch").verified()
    assert resolve(request) == resolve(dataclasses.replace(request))
