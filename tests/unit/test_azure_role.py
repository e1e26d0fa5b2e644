"""The documented least-privilege role of Azure is neither more nor less than what the adapter's calls need."""

from __future__ import annotations

import json
import re
from pathlib import Path

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.operations import OPERATIONS, POLLS

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / "plugins/module_utils/clouds/azure"
NAMED = re.compile(r"\"([A-Z]\w+_[A-Z][a-z]\w+)\"")


def operations_in_code() -> set[str]:
    """Operations are written under their OpenAPI names, and looked up in the one table; nothing else looks so."""
    text = "".join(path.read_text() for path in ADAPTER.glob("*.py") if path.name != "operations.py")
    return set(NAMED.findall(text))


def test_the_table_has_every_operation_and_no_other() -> None:
    assert operations_in_code() == set(OPERATIONS)


def test_the_role_allows_what_the_operations_need_and_no_more() -> None:
    role = json.loads((ROOT / "docs/azure-role.json").read_text())
    assert role["Actions"] == sorted({*POLLS, *(action for one in OPERATIONS.values() for action in one.actions)})
    assert role["NotActions"] == role["DataActions"] == []
    assert not [action for action in role["Actions"] if "*" in action]
