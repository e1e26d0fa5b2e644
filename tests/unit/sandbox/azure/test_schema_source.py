"""The schema that the server ships is what its tool makes of Azure's published files."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
FILES = ROOT.parent / "shared/specs/azure/openapi"
SHIPPED = ROOT / "sandbox/azure/schema.json"


def test_the_schema_is_what_the_tool_makes():
    if not FILES.is_dir():
        pytest.skip(f"Azure's OpenAPI files are not at {FILES}: sandbox/azure/schema.json is taken as it is")
    tool = runpy.run_path(str(ROOT / "tools/derive_azure_schema.py"))
    assert tool["render"](tool["derive"](FILES)) == SHIPPED.read_text(), "run tools/derive_azure_schema.py"


def test_the_schema_is_small_and_says_whose_it_is():
    text = SHIPPED.read_text()
    assert len(text) < 300_000
    assert "11b8a4eb604a7c89acc908f191dba71a2dd82d58" in text
    assert "MIT" in (SHIPPED.parent / "schema.LICENSE").read_text()
