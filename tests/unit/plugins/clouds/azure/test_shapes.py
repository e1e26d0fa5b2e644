"""The table of machine types, and the choice by need."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.shapes import SHAPES, shape_of
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.shape import Need, fitting

# Every GPU has a shape on Azure, or a reason here.
ABSENT = {
    "t4g": "NVIDIA's card for AWS Graviton",
    "a10g": "NVIDIA's cut of the A10 for AWS; Azure has the A10",
    "l4": "not sold on Azure",
    "l40s": "not sold on Azure",
    "v100": "NCv3 was retired on 2025-09-30",
    "v100-32gb": "NDv2 is on its way out and in no current list of sizes",
    "b200": "not sold on Azure but in GB200",
    "b300": "sold as GB300, a rack-scale machine, alone",
    "rtx-pro-4500": "not sold on Azure",
}


def test_every_gpu_has_a_shape_or_a_reason() -> None:
    sold = {shape.gpu_model for shape in SHAPES.values()}
    assert set(GPUS) - sold == set(ABSENT) & set(GPUS)


# From Microsoft's pages, https://learn.microsoft.com/azure/virtual-machines/sizes/overview (read 2026-11).
@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpu", "count", "gpu_memory", "architecture"),
    [
        ("Standard_NC4as_T4_v3", 4, 28, "t4", 1, 16, "x86_64"),
        ("Standard_NC64as_T4_v3", 64, 440, "t4", 4, 16, "x86_64"),
        ("Standard_NC96ads_A100_v4", 96, 880, "a100-80gb", 4, 80, "x86_64"),
        ("Standard_NC80adis_H100_v5", 80, 640, "h100-nvl", 2, 94, "x86_64"),
        ("Standard_NV6ads_A10_v5", 6, 55, "a10", 1 / 6, 4, "x86_64"),
        ("Standard_NV12ads_A10_v5", 12, 110, "a10", 1 / 3, 8, "x86_64"),
        ("Standard_NV72ads_A10_v5", 72, 880, "a10", 2, 24, "x86_64"),
        ("Standard_ND96isr_H200_v5", 96, 1850, "h200", 8, 141, "x86_64"),
        ("Standard_NC256lds_xl_RTXPRO6000BSE_v6", 256, 512, "rtx-pro-6000", 2, 96, "x86_64"),
        ("Standard_D64ps_v5", 64, 208, None, 0, 0, "arm64"),
    ],
)
def test_known_sizes(
    name: str, vcpus: int, memory: float, gpu: str | None, count: float, gpu_memory: float, architecture: str
) -> None:
    shape = SHAPES[name]
    assert (shape.vcpus, shape.memory_gb, shape.gpu_model) == (vcpus, memory, gpu)
    assert (shape.gpu_count, shape.gpu_memory_gb, shape.architecture) == (count, gpu_memory, architecture)


@pytest.mark.parametrize("name", ["Standard_NC5as_T4_v3", "Standard_D3s_v5", "g6.xlarge", "standard_nc4as_t4_v3", "T4"])
def test_a_mistyped_size_is_refused_with_those_that_are_near(name: str) -> None:
    with pytest.raises(InvalidOption, match="Standard_"):
        shape_of(name)


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("Standard_D4s_v6", "x86_64"),
        ("Standard_D4plds_v6", "arm64"),
        ("Standard_B2ats_v2", "x86_64"),
        ("Standard_M128-32ms", "x86_64"),
        ("Standard_ND128isr_GB300_v6", "arm64"),
        ("Standard_DS1_v2", "x86_64"),
    ],
)
def test_a_size_of_another_family_is_left_to_azure(name: str, architecture: str) -> None:
    assert shape_of(name).architecture == architecture


def test_a_need_is_met_by_the_smallest() -> None:
    assert next(s.machine_type for s in fitting(SHAPES.values(), Need("t4"))) == "Standard_NC4as_T4_v3"
    assert next(s.machine_type for s in fitting(SHAPES.values(), Need("a10"))) == "Standard_NV36ads_A10_v5"


def test_the_tool_names_what_azure_says_otherwise() -> None:
    from tools.compare_azure_shapes import differences

    def sku(name: str, **can: str) -> dict[str, object]:
        return {
            "resourceType": "virtualMachines",
            "name": name,
            "capabilities": [{"name": key, "value": value} for key, value in can.items()],
        }

    assert differences([sku("Standard_NC4as_T4_v3", vCPUs="4", MemoryGB="28", GPUs="1")]) == []
    assert differences([sku("Standard_NC4as_T4_v3", vCPUs="6", MemoryGB="28", GPUs="1")]) == [
        "Standard_NC4as_T4_v3: 6 vCPUs, 28 GiB, x86_64"
    ]
    assert differences([sku("Standard_NC9as_T4_v3", vCPUs="9", MemoryGB="28")]) == ["Standard_NC9as_T4_v3: missing"]
    assert differences([sku("Standard_M8ms", vCPUs="8", MemoryGB="218")]) == []
