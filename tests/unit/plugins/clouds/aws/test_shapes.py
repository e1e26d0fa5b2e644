"""The table of machine types, and the choice by need."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.shapes import SHAPES
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.gpu import GPUS
from ansible_collections.aienv.cloud.plugins.module_utils.model.shape import Need, fitting, known_shape

# Every GPU has a shape on AWS, or a reason here.
ABSENT = {
    "a10": "AWS sells the A10G, NVIDIA's cut of it for AWS; the plain A10 is Azure's and Oracle's",
    "h100-nvl": "the PCIe pair is Azure's NCads_H100_v5; AWS has the SXM H100",
    "v100": "p3 is left out: it needs proprietary drivers of an ended branch and is in no current list of AWS",
    "gb200": "p6e-gb200 is sold as UltraServers by capacity block and missing in DescribeInstanceTypes",
}


def test_every_gpu_has_a_shape_or_a_reason() -> None:
    sold = {shape.gpu_model for shape in SHAPES.values()}
    assert set(GPUS) - sold == set(ABSENT)


def test_every_shape_s_gpu_is_known_and_its_memory_is_the_card_s() -> None:
    for shape in SHAPES.values():
        if shape.gpu_model:
            card = GPUS[shape.gpu_model].memory_gb
            assert shape.gpu_memory_gb == (card if shape.gpu_count >= 1 else card * shape.gpu_count)
            assert shape.gpu_count > 0


def test_the_table_is_plausible() -> None:
    assert len(SHAPES) > 1000
    for name, shape in SHAPES.items():
        assert name == shape.machine_type
        assert shape.vcpus >= 1
        assert shape.memory_gb > 0
        assert shape.network_cards >= 1
        assert 0 <= shape.efa <= shape.network_cards
        assert shape.architecture in ("x86_64", "arm64")


# From AWS's pages on accelerated instances (https://aws.amazon.com/ec2/instance-types/, read 2026-11).
@pytest.mark.parametrize(
    ("name", "vcpus", "memory", "gpu", "count", "gpu_memory", "architecture"),
    [
        ("g4dn.xlarge", 4, 16, "t4", 1, 16, "x86_64"),
        ("g4dn.12xlarge", 48, 192, "t4", 4, 16, "x86_64"),
        ("g5.48xlarge", 192, 768, "a10g", 8, 24, "x86_64"),
        ("g5g.xlarge", 4, 8, "t4g", 1, 16, "arm64"),
        ("g6.xlarge", 4, 16, "l4", 1, 24, "x86_64"),
        ("g6f.large", 2, 8, "l4", 0.125, 3, "x86_64"),
        ("gr6.4xlarge", 16, 128, "l4", 1, 24, "x86_64"),
        ("g6e.12xlarge", 48, 384, "l40s", 4, 48, "x86_64"),
        ("p4d.24xlarge", 96, 1152, "a100", 8, 40, "x86_64"),
        ("p4de.24xlarge", 96, 1152, "a100-80gb", 8, 80, "x86_64"),
        ("p5.48xlarge", 192, 2048, "h100", 8, 80, "x86_64"),
        ("p5.4xlarge", 16, 256, "h100", 1, 80, "x86_64"),
        ("p5en.48xlarge", 192, 2048, "h200", 8, 141, "x86_64"),
        ("p6-b200.48xlarge", 192, 2048, "b200", 8, 180, "x86_64"),
        ("p6-b300.48xlarge", 192, 4096, "b300", 8, 269, "x86_64"),
        ("t3.micro", 2, 1, None, 0, 0, "x86_64"),
        ("m7g.large", 2, 8, None, 0, 0, "arm64"),
    ],
)
def test_known_machines(
    name: str, vcpus: int, memory: float, gpu: str | None, count: float, gpu_memory: float, architecture: str
) -> None:
    shape = SHAPES[name]
    assert (shape.vcpus, shape.memory_gb, shape.gpu_model, shape.gpu_count) == (vcpus, memory, gpu, count)
    assert (shape.gpu_memory_gb, shape.architecture) == (gpu_memory, architecture)


def test_need_is_answered_smallest_first() -> None:
    names = [shape.machine_type for shape in fitting(SHAPES.values(), Need("l4"))]
    assert names[0] == "g6.xlarge"
    assert "g6.12xlarge" not in names  # four GPUs
    assert "g6f.large" not in names  # an eighth of one
    vcpus = [SHAPES[name].vcpus for name in names]
    assert vcpus == sorted(vcpus)


def test_need_of_several_gpus_and_more_memory() -> None:
    assert {SHAPES[s.machine_type].gpu_count for s in fitting(SHAPES.values(), Need("l4", 4))} == {4}
    big = fitting(SHAPES.values(), Need("l4", min_memory_gb=100, min_vcpus=16))
    assert all(s.memory_gb >= 100 and s.vcpus >= 16 for s in big)


def test_need_without_a_gpu_gives_none() -> None:
    assert {shape.gpu_model for shape in fitting(SHAPES.values(), Need(min_vcpus=2, min_memory_gb=4))} == {None}


def test_an_impossible_need_says_what_there_is() -> None:
    with pytest.raises(
        InvalidOption, match=r"gpu_model.*no machine type fits 3 x l4; .*g6\.12xlarge \(4 GPU, 48 vCPUs, 192 GB\)"
    ):
        fitting(SHAPES.values(), Need("l4", 3))
    with pytest.raises(InvalidOption, match=r"gpu_model.*GPU models here: .*h100.*l4"):
        fitting(SHAPES.values(), Need("h100-nvl"))
    with pytest.raises(InvalidOption, match=r"2 x l4, at least 900 vCPUs, at least 7\.5 GB"):
        fitting(SHAPES.values(), Need("l4", 2, 900, 7.5))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("g6.xlarg", "g6.xlarge, g6.2xlarge"),  # the family
        ("g6x.xlarge", "g6.xlarge"),  # near names
        ("whatever", "p5.48xlarge"),  # the GPU machines
    ],
)
def test_an_unknown_machine_type_lists_its_family(name: str, said: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        known_shape(SHAPES, name)
    assert said in str(caught.value)
    assert name in str(caught.value)
