"""The filters around the report: what a playbook hands them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.aienv.cloud.plugins.filter.proof import FilterModule
from ansible_collections.aienv.cloud.plugins.module_utils.model.proof import UNHEARD

FILTERS = FilterModule().filters()
FOLDER = Path(__file__).resolve().parents[4] / "plugins/filter"


def test_every_filter_is_documented_under_its_name() -> None:
    for name in FILTERS:
        assert yaml.safe_load((FOLDER / f"{name}.yml").read_text())["DOCUMENTATION"]["name"] == name


def test_a_playbook_s_way_through_all_of_them() -> None:
    hosts = {"a": {"verify_asked": ["cuda"], "verify_passed": [], "verify_failed": {"cuda": "no nvcc"}}, "b": {}}
    report = FILTERS["proof_report"](hosts, ["a", "b"])
    documented = yaml.safe_load((FOLDER / "proof_report.yml").read_text())["RETURN"]["_value"]["contains"]
    assert set(report) == set(documented)
    assert list(report["hosts"]) == ["a", "b"]
    assert FILTERS["proof_failures"](report) == ["a, cuda: no nvcc", "b, connection: " + UNHEARD]
    assert "FAILED" in FILTERS["proof_table"](report)[1]


@pytest.mark.parametrize("name", ["proof_table", "proof_failures"])
def test_something_else_is_refused(name: str) -> None:
    with pytest.raises(AnsibleFilterError, match="a report of"):
        FILTERS[name]({"hosts": {}})
    with pytest.raises(AnsibleFilterError, match="hostvars are expected"):
        FILTERS["proof_report"]("a", ["a"])
