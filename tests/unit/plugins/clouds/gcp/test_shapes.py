"""The table of machine types, and the choice by need."""

from __future__ import annotations

import re

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.shapes import (
    SHAPES,
    bare,
    default_disk,
    machine_type_of,
    markets,
    ordinary,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.shape import Need, fitting, known_shape

# Every GPU has a shape on GCP, or a reason here.
ABSENT = {
    "t4g": "a cut of the T4 for AWS's ARM machines",
    "v100-32gb": "Google's V100 has 16 GB",
    "a10": "Google went from the T4 to the L4",
    "a10g": "NVIDIA's cut of the A10 for AWS",
    "l40s": "Google has the L4 and the RTX PRO 6000 instead",
    "h100-nvl": "the PCIe pair is Azure's; Google has the SXM H100",
    "b300": "Google had the B200 and the GB200 by 2026-11",
    "rtx-pro-4500": "Google has the RTX PRO 6000",
}


def test_every_gpu_has_a_shape_or_a_reason() -> None:
    sold = {shape.gpu_model for shape in SHAPES.values()}
    assert set(GPUS) - sold == set(ABSENT)


def test_every_shape_s_gpu_is_known_and_its_memory_is_the_card_s() -> None:
    for shape in SHAPES.values():
        if shape.gpu_model:
            assert shape.gpu_memory_gb == GPUS[shape.gpu_model].memory_gb
            assert shape.gpu_count >= 1


def test_the_table_is_plausible() -> None:
    assert len(SHAPES) > 300
    for name, shape in SHAPES.items():
        assert name == shape.machine_type
        assert re.fullmatch(r"[a-z0-9]+-[a-z]+(-\d+g?)?(\+(\d+x)?[a-z0-9]+)?", name)
        assert shape.vcpus >= 1
        assert shape.memory_gb > 0
        assert shape.architecture in ("x86_64", "arm64")
        assert default_disk(name) in ("pd-balanced", "hyperdisk-balanced")


# From Google's pages on machine families (https://cloud.google.com/compute/docs/machine-resource, read 2026-11).
@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpu", "count", "gpu_memory", "architecture"),
    [
        ("e2-medium", 2, 4, None, 0, 0, "x86_64"),
        ("n1-standard-4", 4, 15, None, 0, 0, "x86_64"),
        ("n1-highmem-8", 8, 52, None, 0, 0, "x86_64"),
        ("n2-highmem-128", 128, 864, None, 0, 0, "x86_64"),
        ("c3d-highcpu-360", 360, 708, None, 0, 0, "x86_64"),
        ("c4-standard-2", 2, 7, None, 0, 0, "x86_64"),
        ("c4-standard-96", 96, 360, None, 0, 0, "x86_64"),
        ("c4-highmem-288", 288, 2232, None, 0, 0, "x86_64"),
        ("c4a-highmem-72", 72, 576, None, 0, 0, "arm64"),
        ("t2a-standard-48", 48, 192, None, 0, 0, "arm64"),
        ("m3-ultramem-128", 128, 3904, None, 0, 0, "x86_64"),
        ("n1-standard-4+t4", 4, 15, "t4", 1, 16, "x86_64"),
        ("n1-highmem-96+4xt4", 96, 624, "t4", 4, 16, "x86_64"),
        ("n1-standard-8+v100", 8, 30, "v100", 1, 16, "x86_64"),
        ("g2-standard-4", 4, 16, "l4", 1, 24, "x86_64"),
        ("g2-standard-96", 96, 384, "l4", 8, 24, "x86_64"),
        ("g4-standard-384", 384, 1440, "rtx-pro-6000", 8, 96, "x86_64"),
        ("a2-megagpu-16g", 96, 1360, "a100", 16, 40, "x86_64"),
        ("a2-ultragpu-1g", 12, 170, "a100-80gb", 1, 80, "x86_64"),
        ("a3-highgpu-1g", 26, 234, "h100", 1, 80, "x86_64"),
        ("a3-megagpu-8g", 208, 1872, "h100", 8, 80, "x86_64"),
        ("a3-ultragpu-8g", 224, 2952, "h200", 8, 141, "x86_64"),
        ("a4-highgpu-8g", 224, 3968, "b200", 8, 180, "x86_64"),
        ("a4x-highgpu-4g", 140, 884, "gb200", 4, 186, "arm64"),
    ],
)
def test_known_machine_types(
    name: str, vcpus: int, memory: float, gpu: str | None, count: int, gpu_memory: float, architecture: str
) -> None:
    shape = SHAPES[name]
    assert (shape.vcpus, shape.memory_gb, shape.gpu_model, shape.gpu_count, shape.gpu_memory_gb, shape.architecture) == (
        vcpus, memory, gpu, count, gpu_memory, architecture,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["n1-standard-64+t4", "n1-standard-16+v100", "n1-standard-4+3xt4", "e2-standard-4+t4"])
def test_what_google_does_not_attach(name: str) -> None:
    assert name not in SHAPES


@pytest.mark.parametrize(
    ("need", "first"),
    [
        (Need("l4"), "g2-standard-4"),
        (Need("l4", 4), "g2-standard-48"),
        (Need("t4"), "n1-standard-4+t4"),
        (Need("t4", 4), "n1-standard-16+4xt4"),
        (Need("v100", 2), "n1-standard-8+2xv100"),
        (Need("h100", 8), "a3-highgpu-8g"),
        (Need("a100", 1, min_memory_gb=100), None),
        (Need(min_vcpus=4, min_memory_gb=16), "e2-standard-4"),
        (Need(min_vcpus=64, min_memory_gb=500), "n2-highmem-64"),
    ],
    ids=str,
)
def test_the_smallest_that_fits(need: Need, first: str | None) -> None:
    choice = [shape for shape in SHAPES.values() if ordinary(shape)]
    if first is None:
        with pytest.raises(InvalidOption, match="a2-highgpu-2g"):
            fitting(choice, need)
    else:
        assert fitting(choice, need)[0].machine_type == first


def test_a_typing_error_is_answered_with_the_nearest_names() -> None:
    with pytest.raises(InvalidOption, match="g2-standard-8"):
        known_shape(SHAPES, "g2-standrad-8")
    with pytest.raises(InvalidOption, match=r"n1-standard-4\+t4"):
        known_shape(SHAPES, "n1-standard-4+1xt4")


@pytest.mark.parametrize(
    ("name", "sold"),
    [
        ("g2-standard-4", ("on_demand", "reserved", "spot")),
        ("a3-highgpu-8g", ("on_demand", "reserved", "spot")),
        ("a3-highgpu-1g", ("spot",)),
        ("a3-ultragpu-8g", ("reserved", "spot")),
        ("a4-highgpu-8g", ("reserved", "spot")),
        ("a4x-highgpu-4g", ("reserved",)),
    ],
)
def test_markets(name: str, sold: tuple[str, ...]) -> None:
    assert markets(SHAPES[name]) == sold


@pytest.mark.parametrize("name", SHAPES)
def test_a_size_is_read_as_it_is_written(name: str) -> None:
    shape = SHAPES[name]
    raw = {"machineType": f"https://www.googleapis.com/compute/v1/projects/p/zones/z/machineTypes/{bare(name)}"}
    kind = {"t4": "nvidia-tesla-t4", "v100": "nvidia-tesla-v100", "l4": "nvidia-l4"}.get(
        shape.gpu_model or "", "nvidia-x"
    )
    if shape.gpu_model:
        raw["guestAccelerators"] = [
            {"acceleratorType": f"projects/p/zones/z/acceleratorTypes/{kind}", "acceleratorCount": int(shape.gpu_count)}
        ]  # type: ignore[assignment]
    assert machine_type_of(raw) == name
