"""One playbook per resource, each through the same order: bad arguments, check mode, create, again, change, drift,
shrink, absent, again. The expectations stand in the playbooks; a cloud is a file of variables in clouds/."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.runner import BY_HAND, HERE, play, run
from tests.servers import Server

# The longest first, so that two workers end at about the same time.
PLAYBOOKS = sorted((HERE / "playbooks").glob("*.yml"), key=lambda path: -path.stat().st_size)
CLOUDS = sorted(path.stem for path in (HERE / "clouds").glob("*.yml"))


def test_there_is_one_per_resource() -> None:
    assert {path.stem for path in PLAYBOOKS} == {"network", "firewall", "vm", "vm_info", "vm_offers", "snapshot"}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
@pytest.mark.parametrize("cloud", CLOUDS)
def test_playbook(cloud: str, server: Server, playbook: Path) -> None:
    recap = play(playbook, server)
    assert recap["failed"] == recap["unreachable"] == recap["skipped"] == recap["ignored"] == 0
    assert recap["ok"] >= 7
    assert json.loads(run([*BY_HAND, cloud, "see"], server)) == []
