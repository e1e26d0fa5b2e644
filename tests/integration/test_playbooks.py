"""One playbook per resource, each through the same order: bad arguments, check mode, create, again, change, drift,
shrink, absent, again. The expectations stand in the playbooks; a cloud is a file of variables in clouds/."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.runner import HERE, play
from tests.servers import AwsServer

# The longest first, so that two workers end at about the same time.
PLAYBOOKS = sorted((HERE / "playbooks").glob("*.yml"), key=lambda path: -path.stat().st_size)


def test_there_is_one_per_resource() -> None:
    assert {path.stem for path in PLAYBOOKS} == {"network", "firewall", "vm", "vm_info"}


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=[path.stem for path in PLAYBOOKS])
def test_playbook(aws: AwsServer, playbook: Path) -> None:
    recap = play(playbook, aws)
    assert recap["failed"] == recap["unreachable"] == recap["skipped"] == recap["ignored"] == 0
    assert recap["ok"] >= 7
    left = [i for r in aws.client().describe_instances()["Reservations"] for i in r["Instances"]]
    assert {i["State"]["Name"] for i in left} <= {"terminated"}
