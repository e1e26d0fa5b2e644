"""The tool that derives the wheel table, on metadata recorded from PyPI on 2026-11-23."""

from __future__ import annotations

import io
import zipfile

import pytest

from tools import derive_wheel_table as derive

TORCH_2_15 = """Metadata-Version: 2.4
Name: torch
Version: 2.15.0
Requires-Python: >=3.11
Requires-Dist: filelock
Requires-Dist: cuda-toolkit[cublas,cudart,cufft,cufile,cupti,cusolver,cusparse,nvjitlink,nvrtc,nvtx]==13.2.2; platform_system == "Linux"
Requires-Dist: nvidia-cudnn-cu13==9.26.0.51; platform_system == "Linux"
"""
TORCH_2_10 = """Requires-Dist: nvidia-cuda-nvrtc-cu12==12.8.93; platform_system == "Linux" and platform_machine == "x86_64"
Requires-Dist: nvidia-cuda-runtime-cu12==12.8.90; platform_system == "Linux" and platform_machine == "x86_64"
"""
TENSORFLOW_2_21 = """Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5.82; extra == "and-cuda"
Requires-Dist: nvidia-cuda-runtime-cu12<13.0,>=12.5.82; extra == "and-cuda"
"""
RUNTIMES = ["11.7.60", "12.1.105", "12.2.140", "12.5.82", "12.8.90", "12.9.79"]
INDEX = {
    "files": [
        {"filename": "torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl"},
        {
            "filename": "torch-2.15.0-cp315-cp315t-manylinux_2_28_x86_64.whl"
        },  # without the GIL: not what anybody installs
        {"filename": "torch-2.15.0-cp312-cp312-manylinux_2_28_aarch64.whl"},
        {"filename": "torch-2.15.0-cp312-cp312-win_amd64.whl"},
        {"filename": "torch-2.15.0-cp312-cp312-macosx_14_0_arm64.whl"},
        {"filename": "torch-2.10.0-3-cp314-cp314-manylinux_2_28_x86_64.whl", "yanked": False},
        {"filename": "torch-2.10.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
        {"filename": "torch-2.9.0-cp312-cp312-manylinux_2_28_x86_64.whl", "yanked": "broken"},
        {"filename": "tensorflow-2.22.0rc0-cp312-cp312-manylinux_2_27_x86_64.whl"},
        {"filename": "torch-2.15.0.tar.gz"},
    ]
}


def test_releases_by_architecture_and_python() -> None:
    assert derive.releases(INDEX) == {
        "2.15.0": {"x86_64": [11], "arm64": [12]},
        "2.10.0": {"x86_64": [10, 14]},
    }


@pytest.mark.parametrize(
    ("metadata", "extra", "architecture", "cuda"),
    [
        (TORCH_2_10, "", "x86_64", "12.8"),
        (TORCH_2_10, "", "arm64", "-"),
        (TENSORFLOW_2_21, "and-cuda", "x86_64", "12.5-12.9"),
        (TENSORFLOW_2_21, "", "x86_64", "-"),
        ("Requires-Dist: nvidia-cuda-runtime-cu12==12.2.140; extra == 'and-cuda'", "and-cuda", "x86_64", "12.2"),
    ],
)
def test_cuda_of_metadata(metadata: str, extra: str, architecture: str, cuda: str) -> None:
    assert derive.cuda_range(derive.runtime_in(metadata, extra, architecture), RUNTIMES) == cuda


def test_the_toolkit_as_a_whole_says_it_from_13_on() -> None:
    required = derive.runtime_in(TORCH_2_15, "", "arm64")
    assert derive.cuda_range(required, ["13.0.2", "13.2.2", "13.5.0"]) == "13.2"


def test_a_committed_table_reads_back_and_is_compared() -> None:
    committed = derive.HEADER.format(date="2026-11-23") + 'torch 2.15.0 pypi x86_64 13.2 3.11-3.15\nold\n"""\n'
    lines = derive.table_of(committed)
    assert lines == ["torch 2.15.0 pypi x86_64 13.2 3.11-3.15", "old"]
    assert derive.differences(lines, ["new", lines[0]]) == ["- old", "+ new"]
    assert derive.differences(lines, lines) == []


def test_the_committed_table_is_one(tmp_path) -> None:
    lines = derive.table_of(derive.TARGET.read_text())
    assert len(lines) > 150
    assert all(len(line.split()) == 6 for line in lines)


def test_metadata_are_read_from_a_wheel_piece_by_piece(monkeypatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("torch/lib/libtorch.so", b"x" * 3_000_000)
        archive.writestr("torch-2.15.0.dist-info/METADATA", TORCH_2_15)
    whole, asked = packed.getvalue(), []

    def get(url: str, headers: dict[str, str]) -> tuple[int, bytes]:
        first, last = headers["Range"].removeprefix("bytes=").split("-")
        asked.append(headers["Range"])
        return 206, whole[int(first) : int(last) + 1]

    monkeypatch.setattr(derive, "get", get)
    with zipfile.ZipFile(derive.Remote("https://index.example/torch.whl", len(whole))) as archive:
        assert archive.read("torch-2.15.0.dist-info/METADATA").decode() == TORCH_2_15
    assert len(asked) <= 2, "only the end of the file, not its 3 MB"


def test_a_server_without_ranges_is_an_error(monkeypatch) -> None:
    monkeypatch.setattr(derive, "get", lambda url, headers: (200, b"all of it"))
    with pytest.raises(ConnectionError, match="range"):
        derive.Remote("https://index.example/torch.whl", 100).read()
