"""What a machine type's GPUs look like from inside: the data behind the fake ``nvidia-smi`` and ``lspci``.

PCI ids and names: the PCI ID database as Debian ships it (package pci.ids 0.0~2026.10.24-1; Debian 13's own is older and
lacks the newest boards). Compute capability: developer.nvidia.com/cuda-gpus. Memory and count are the cloud's own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

#: The one file that the fake programs read.
DATA = "/usr/local/share/aienv-sandbox/gpus.json"

#: Newest long-term branch in November 2026; it drives every GPU below.
DRIVER = "580.178.04"
CUDA = "13.0"

_GUEST = Path(__file__).parent / "guest"
_PROGRAMS = {"/usr/local/bin/nvidia-smi": "nvidia-smi", "/usr/local/bin/lspci": "lspci"}


@dataclass(frozen=True)
class Model:
    """One GPU model: its name to nvidia-smi, its PCI device and its compute capability."""

    product: str
    device: str
    device_name: str
    compute_cap: str


@dataclass(frozen=True)
class Board:
    """What a machine type has: ``count`` GPUs of a model, by EC2's name of it (T4, A100, RTX PRO Server 6000)."""

    name: str
    memory_mib: int
    count: int


@dataclass(frozen=True)
class Gpu:
    """One GPU of a machine."""

    name: str
    memory_mib: int
    uuid: str
    bus_id: str
    compute_cap: str
    driver_version: str
    pci_id: str
    pci_name: str


#: By (EC2's name, memory in GiB where one name stands for two boards, else 0).
MODELS: dict[tuple[str, int], Model] = {
    ("T4", 0): Model("Tesla T4", "1eb8", "TU104GL [Tesla T4]", "7.5"),
    ("T4g", 0): Model("NVIDIA T4G", "1eb4", "TU104GL [T4G]", "7.5"),
    ("V100", 16): Model("Tesla V100-SXM2-16GB", "1db1", "GV100GL [Tesla V100 SXM2 16GB]", "7.0"),
    ("V100", 32): Model("Tesla V100-SXM2-32GB", "1db5", "GV100GL [Tesla V100 SXM2 32GB]", "7.0"),
    ("A10", 0): Model("NVIDIA A10", "2236", "GA102GL [A10]", "8.6"),
    ("A10G", 0): Model("NVIDIA A10G", "2237", "GA102GL [A10G]", "8.6"),
    ("A100", 40): Model("NVIDIA A100-SXM4-40GB", "20b0", "GA100 [A100 SXM4 40GB]", "8.0"),
    ("A100", 80): Model("NVIDIA A100-SXM4-80GB", "20b2", "GA100 [A100 SXM4 80GB]", "8.0"),
    ("L4", 0): Model("NVIDIA L4", "27b8", "AD104GL [L4]", "8.9"),
    ("L40S", 0): Model("NVIDIA L40S", "26b9", "AD102GL [L40S]", "8.9"),
    ("H100", 0): Model("NVIDIA H100 80GB HBM3", "2330", "GH100 [H100 SXM5 80GB]", "9.0"),
    ("H100 NVL", 0): Model("NVIDIA H100 NVL", "2321", "GH100 [H100L 94GB]", "9.0"),
    ("H200", 0): Model("NVIDIA H200", "2335", "GH100 [H200 SXM 141GB]", "9.0"),
    ("B200", 0): Model("NVIDIA B200", "2901", "GB100 [B200]", "10.0"),
    ("B300", 0): Model("NVIDIA B300 SXM6 AC", "3182", "GB110 [B300 SXM6 AC]", "10.3"),
    ("RTX PRO 4500", 0): Model(
        "NVIDIA RTX PRO 4500 Blackwell Server Edition", "2c3a", "GB203GL [RTX PRO 4500 Blackwell Server Edition]", "12.0"
    ),
    ("RTX PRO Server 6000", 0): Model(
        "NVIDIA RTX PRO 6000 Blackwell Server Edition", "2bb5", "GB202GL [RTX PRO 6000 Blackwell Server Edition]", "12.0"
    ),
}  # fmt: skip


def find_model(name: str, memory_mib: int) -> Model | None:
    """The model of a board, None for one that we do not know."""
    return MODELS.get((name, 0)) or MODELS.get((name, round(memory_mib / 1024)))


def list_gpus(boards: Iterable[Board], machine_id: str) -> list[Gpu]:
    """The GPUs of a machine, from what its type has; boards that we do not know are left out."""
    found: list[Gpu] = []
    for board in boards:
        model = find_model(board.name, board.memory_mib)
        if model is not None:
            found.extend(_make(model, board.memory_mib, machine_id, n, board.count) for n in range(board.count))
    return found


def _make(model: Model, memory: int, machine_id: str, index: int, count: int) -> Gpu:
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"aienv-sandbox/{machine_id}/{index}")
    return Gpu(
        name=model.product,
        memory_mib=memory,
        uuid=f"GPU-{identity}",
        # As on EC2: the last GPU sits in slot 1e, the others before it.
        bus_id=f"00000000:00:{0x1E - count + 1 + index:02X}.0",
        compute_cap=model.compute_cap,
        driver_version=DRIVER,
        pci_id=f"10de:{model.device}",
        pci_name=f"NVIDIA Corporation {model.device_name}",
    )


def files(gpus: Iterable[Gpu]) -> dict[str, tuple[bytes, int]]:
    """The data file and the fake programs, as {path: (content, mode)}."""
    data = {"cuda_version": CUDA, "driver_version": DRIVER, "gpus": [asdict(gpu) for gpu in gpus]}
    programs = {path: ((_GUEST / name).read_bytes(), 0o755) for path, name in _PROGRAMS.items()}
    return {DATA: (json.dumps(data, indent=1).encode() + b"\n", 0o644), **programs}
