"""playbooks/snapshot.yml for a fleet on each cloud, in the words of the role provision, as cron runs it."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.integration.runner import BY_HAND, run
from tests.integration.test_faults import PLAYBOOK, written
from tests.servers import ROOT, Server

PLAY = str(Path(sys.executable).with_name("ansible-playbook"))
PLACE = {"aws": {}, "gcp": {}, "azure": {"provision_region": "eastus", "provision_resource_group": "lab"}}


def snapshot(cloud: str, server: Server, *options: str, **words: object) -> tuple[int, str]:
    """How many tasks changed something, and what was said."""
    said = {"provision_cloud": cloud, "provision_name": "lab", "provision_snapshots": words, **PLACE[cloud]}
    output = run(
        [PLAY, "-i", "localhost,", "-e", json.dumps(said), *options, str(ROOT / "playbooks/snapshot.yml")], server
    )
    (changed,) = re.findall(r"^localhost +: .*changed=(\d+)", output, re.M)
    return int(changed), output


@pytest.mark.parametrize("cloud", PLACE)
def test_the_playbook(cloud: str, server: Server, tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yml"
    fleet.write_text(written(PLAYBOOK.replace("COUNT", "2"), cloud))
    run([PLAY, "-i", "localhost,", str(fleet)], server)
    hands = [*BY_HAND, cloud, "snapshots"]
    changed, output = snapshot(cloud, server, "--check", keep_last=1)
    assert (changed, json.loads(run(hands, server))) == (1, [])
    assert "take snapshots of lab-1" in output
    assert snapshot(cloud, server, keep_last=1)[0] == 1
    first = json.loads(run(hands, server))
    assert len(first) == 2
    changed, output = snapshot(cloud, server, keep_last=1)
    assert (changed, "2 snapshots of the fleet lab" in output) == (0, True)
    assert snapshot(cloud, server, token="before-upgrade", keep_last=1)[0] == 1
    second = json.loads(run(hands, server))
    assert (len(second), set(first) & set(second)) == (2, set())
    assert snapshot(cloud, server, state="absent")[0] == 1
    assert json.loads(run(hands, server)) == []
