"""What is asked for: versions and sources as the collection's filter resolved them, in the words of each source."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from aienv_cuda.host import Request

DIRECTORY = Path("/opt/aienv/cuda")
DEFAULT = DIRECTORY / "default"
RECORD = Path("/var/lib/aienv/cuda.json")

# Extras of the package cuda-toolkit on PyPI, which pins every part to the release's own version.
MINIMAL = ("nvcc", "cudart", "crt", "nvvm", "cccl")
LIBRARIES = (
    "cublas",
    "cufft",
    "curand",
    "cusolver",
    "cusparse",
    "nvrtc",
    "nvjitlink",
    "nvfatbin",
    "nvptxcompiler",
    "culibos",
    "nvtx",
)
TOOLS = ("cupti", "cuxxfilt", "nvml", "profiler", "sanitizer", "cuobjdump", "nvdisasm")
# The last two are extras from 13.1 on.
SINCE_13_1 = ("cuobjdump", "nvdisasm")
EXTRAS = {"minimal": MINIMAL, "toolkit": (*MINIMAL, *LIBRARIES, *TOOLS), "full": ("all",)}

# Packages of NVIDIA's repository; the version follows.
REPOSITORY = {
    "minimal": ("cuda-minimal-build",),
    "toolkit": ("cuda-compiler", "cuda-libraries-dev", "cuda-command-line-tools"),
    "full": ("cuda-toolkit",),
}

# MB on the disk. Wheels were measured with CUDA 13.2: 305, 2103 and 2369, cuDNN 898, NCCL 345; while they are unpacked their archives
# take about 0.6 of that besides. NVIDIA's packages are the same files, and the profilers in addition; there the archives stay until the end.
MEGABYTES = {
    "pypi": {"minimal": 550, "toolkit": 3500, "full": 4000, "cudnn": 1500, "nccl": 600},
    "nvidia": {"minimal": 900, "toolkit": 6000, "full": 12000, "cudnn": 2500, "nccl": 700},
    "distribution": {"minimal": 7000, "toolkit": 7000, "full": 7000},
}


@dataclass(frozen=True)
class Toolkit:
    """One version of CUDA on the host. `requirements` are wheels, `packages` the package manager's, from `repository`; `place` is where the space is needed."""

    version: str
    source: str
    home: Path
    nvcc: Path
    architectures: tuple
    requirements: list = field(default_factory=list)
    packages: list = field(default_factory=list)
    megabytes: int = 0
    repository: dict = field(default_factory=dict)

    @property
    def place(self) -> Path:
        return self.home if self.source == "pypi" else Path("/usr")


def wanted(request: Request) -> list:
    """The toolkits, the default first."""
    found = [_toolkit(cuda, request) for cuda in request["stacks"]]
    default = default_version(request)
    return sorted(found, key=lambda toolkit: toolkit.version != default)


def default_version(request: Request) -> str:
    return str(request["default"] or (request["stacks"][0]["version"] if request["stacks"] else ""))


def refusals(request: Request) -> list:
    """What contradicts itself in the declaration, a sentence each. Absent is absent, whatever else stands there."""
    if request["state"] == "absent":
        return []
    versions = [cuda["version"] for cuda in request["stacks"]]
    sources = {cuda["source"] for cuda in request["stacks"]}
    said = [cuda["because"] for cuda in request["stacks"] if cuda["source"] == "none"]
    if len(versions) != len(set(versions)):
        said.append(f"cuda_versions names one twice: {', '.join(versions)}.")
    if request["default"] and request["default"] not in versions:
        said.append(f"cuda_default is {request['default']}, and the toolkits are {', '.join(versions)}.")
    if request["offline"] and not request["find_links"] and "pypi" in sources:
        said.append("cuda_offline asks no index, and cuda_find_links names no place with wheels.")
    if "distribution" in sources and request["extras"]:
        said.append(
            "cuda_cudnn and cuda_nccl come with the sources nvidia and pypi, and this toolkit is the distribution's."
        )
    return said


def _toolkit(cuda: dict, request: Request) -> Toolkit:
    version, source, extras = cuda["version"], cuda["source"], request["extras"]
    megabytes = MEGABYTES.get(source, MEGABYTES["distribution"])
    return Toolkit(
        version=version,
        source=source,
        architectures=tuple(cuda["architectures"]),
        repository=cuda["repository"],
        megabytes=megabytes[request["components"]] + sum(megabytes.get(extra, 0) for extra in extras),
        **_words(cuda, request["components"], extras),
    )


def _words(cuda: dict, components: str, extras: list) -> dict:
    if cuda["source"] == "pypi":
        return _as_wheels(cuda["version"], components, extras, cuda["packages"])
    if cuda["source"] == "nvidia":
        return _from_repository(cuda["version"], components, extras)
    return {"home": Path("/usr/lib/cuda"), "nvcc": Path("/usr/bin/nvcc"), "packages": list(cuda["packages"])}


def _as_wheels(version: str, components: str, extras: list, packages: list) -> dict:
    home, major = DIRECTORY / version, version.split(".")[0]
    parts = [part for part in EXTRAS[components] if version != "13.0" or part not in SINCE_13_1]
    requirements = [package.replace("==", f"[{','.join(parts)}]==") for package in packages]
    requirements += [f"nvidia-{extra}-cu{major}" for extra in extras]
    return {"home": home, "nvcc": home / "bin/nvcc", "requirements": requirements}


def _from_repository(version: str, components: str, extras: list) -> dict:
    home, major = Path(f"/usr/local/cuda-{version}"), version.split(".")[0]
    names = [f"{name}-{version.replace('.', '-')}" for name in REPOSITORY[components]]
    libraries = {"cudnn": [f"libcudnn9-dev-cuda-{major}"], "nccl": ["libnccl2", "libnccl-dev"]}
    return {
        "home": home,
        "nvcc": home / "bin/nvcc",
        "packages": names + [name for extra in extras for name in libraries[extra]],
    }
