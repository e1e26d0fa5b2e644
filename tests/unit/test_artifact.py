"""The artifact that ansible-galaxy builds holds what users run, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

# What an installed collection may have at its top. A new folder in the repository
# belongs either here or into build_ignore of galaxy.yml.
EXPECTED = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "changelogs",
    "docs",
    "inventories",
    "meta",
    "playbooks",
    "plugins",
    "requirements",
    "requirements.txt",
    "roles",
}
REQUIRED = {
    "CHANGELOG.md",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs/changelog.yaml",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "plugins/modules/aws_vm.py",
    "requirements.txt",
    "requirements/aws.txt",
}


def build(source: Path, into: Path) -> set[str]:
    galaxy = Path(sys.executable).parent / "ansible-galaxy"
    subprocess.run(
        [galaxy, "collection", "build", source, "--output-path", into],
        check=True,
        capture_output=True,
        cwd=into,
    )
    (artifact,) = into.glob("*.tar.gz")
    with tarfile.open(artifact) as tar:
        return {member.name for member in tar if member.isfile() or member.issym()}


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return build(ROOT, tmp_path_factory.mktemp("artifact"))


def test_holds_nothing_but_what_users_run(artifact: set[str]) -> None:
    assert {name.split("/")[0] for name in artifact} - EXPECTED == set()


def test_holds_everything_that_users_run(artifact: set[str]) -> None:
    assert REQUIRED - artifact == set()


def test_has_no_trace_of_tests_caches_or_the_sandbox(artifact: set[str]) -> None:
    words = {"sandbox", "tests", "molecule", "__pycache__", "fragments", ".git"}
    assert [name for name in artifact if words & set(name.split("/"))] == []


def test_is_small(artifact: set[str]) -> None:
    """Something large or numerous that slips in shows here, whatever its name."""
    size = sum((ROOT / name).stat().st_size for name in artifact if (ROOT / name).is_file())
    assert len(artifact) < 600
    assert size < 3_000_000


def test_a_new_folder_of_the_repository_would_be_found(tmp_path: Path) -> None:
    source, into = tmp_path / "source", tmp_path / "into"
    (source / "scratch").mkdir(parents=True)
    into.mkdir()
    (source / "scratch" / "notes.txt").write_text("x")
    (source / ".hidden").write_text("x")
    for name in ("galaxy.yml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    found = {name.split("/")[0] for name in build(source, into)}
    assert found - EXPECTED == {"scratch"}


def test_the_version_is_one() -> None:
    """galaxy.yml, the changelog and the newest heading say the same."""
    version = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    releases = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    assert version in releases
    assert f"## v{version}" in (ROOT / "CHANGELOG.md").read_text().replace("\\", "")
