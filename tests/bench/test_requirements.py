"""What a cloud's requirements weigh in an empty virtual environment, and how long the imports of one module take.

azure.azcollection 3.21 needs 1,682 MB and 167 packages (measured 2026-11-23 in the same way: `du -sm` of site-packages).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AZCOLLECTION_MB = 1682
MOST_MB = {"aws": 120, "gcp": 60, "azure": AZCOLLECTION_MB / 10}
IMPORTS = {
    "aws": "import boto3",
    "gcp": "import google.auth, google.auth.transport.requests",
    "azure": "import azure.core.pipeline.policies, azure.identity, azure.mgmt.core.policies",
}
MOST_SECONDS = 1.5


def megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def cpu_seconds() -> float:
    """Of the programs that were run and have ended; what else the machine does counts little in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("cloud", IMPORTS)
def test_requirements_are_light(cloud: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    uv = Path(sys.executable).with_name("uv")
    wanted = ROOT / f"requirements/{cloud}.txt"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", wanted], check=True)
    (packages,) = (tmp_path / "venv/lib").glob("python3*/site-packages")
    weight = megabytes(packages)
    subprocess.run([python, "-c", IMPORTS[cloud]], check=True)  # once, so that the bytecode is there
    begin = cpu_seconds()
    subprocess.run([python, "-c", IMPORTS[cloud]], check=True)
    seconds = cpu_seconds() - begin
    count = len(list(packages.glob("*.dist-info")))
    with capsys.disabled():
        sys.stdout.write(f"\n{cloud}: {weight:.0f} MB in {count} packages, imports {seconds:.2f} CPU-s ")
    assert weight <= MOST_MB[cloud]
    assert seconds <= MOST_SECONDS
