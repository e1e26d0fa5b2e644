"""Recorded sessions of another project, asked of our server again: same statuses, errors, operations and members.

The recorder calls its files traffic with the real Compute Engine. Much of it reads like a simulator's instead: links come back
as short as they were sent, a firewall has no source ranges, an image has five members, a disk without size grows to one. Where
a recording contradicts the discovery document or what real answers in public bug reports show, our server follows those, and
the difference stands in TOLERATED with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import Api

FILE = Path(__file__).parents[3] / "data" / "gcp" / "recorded.jsonl"
STEPS = [json.loads(line) for line in FILE.read_text().splitlines()[1:]]
SESSIONS = sorted({step["session"] for step in STEPS})

# What every recorded operation has when its call is answered; and in a zone or region the link of that.
OPERATION = {
    "id", "insertTime", "kind", "name", "operationType", "progress", "selfLink", "startTime", "status", "targetId",
    "targetLink", "user",
}  # fmt: skip

SHORT = "comes back as it was sent; the document and real answers (fog/fog-google#485) have the whole URL"
MOCKED = "the recording's image is made up: five members, a build of 2023"
#: (kind of resource, path of the member): why ours differs.
TOLERATED = {
    ("instance", "machineType"): SHORT,
    ("instance", "disks[].source"): SHORT,
    ("instance", "networkInterfaces[].network"): SHORT,
    ("disk", "type"): f"{SHORT}; another recorded disk has it whole",
    ("disk", "sourceImage"): MOCKED,
    ("image", "name"): MOCKED,
    ("image", "selfLink"): MOCKED,
    ("image", "sourceDisk"): SHORT,
    (
        "image",
        "labels",
    ): "a recorded read between setLabels and its end still shows the old ones; the replay waits for the end",
    ("firewall", "network"): SHORT,
    ("address", "subnetwork"): SHORT,
}

#: The tolerances that a replay needed.
used: set[tuple[str, str]] = set()


@pytest.mark.parametrize("session", SESSIONS)
def test_a_recorded_session(session: str, foreign: Api):
    steps = [step for step in STEPS if step["session"] == session]
    differences = [f"{step['call']}: {each}" for step in steps for each in replay(foreign, step)]
    assert differences == []


def replay(api: Api, step: dict[str, Any]) -> Iterator[str]:
    """Make one recorded call; yield every difference that is not tolerated."""
    verb, _, path = step["call"].partition(" ")
    sent = step.get("sent")
    if sent and "labelFingerprint" in sent:
        # The recorder blanked it.
        known = api("GET", f"/compute/v1/{path.rpartition('/')[0]}")
        sent = {**sent, "labelFingerprint": known["labelFingerprint"]}
    status, answer, headers = api.raw(verb, f"/compute/v1/{path}", sent)
    if status != step["status"]:
        yield f"{status} {answer}, recorded {step['status']}"
        return
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert headers["Server"] == "ESF"
    if "error" in step:
        yield from compare_errors(step["error"], answer)
    elif "operation" in step:
        yield from compare_operations(step, answer)
        ended = api("POST", f"/compute/v1/{answer['selfLink'].partition('/compute/v1/')[2]}/wait")
        if (ended["status"], ended["progress"], "endTime" in ended, "error" in ended) != ("DONE", 100, True, False):
            yield f"ended as {ended}"
    else:
        kind = step["got"]["kind"].removeprefix("compute#")
        yield from compare(step["got"], answer, kind, "")


def compare_errors(recorded: str, answer: dict[str, Any]) -> Iterator[str]:
    line = {"domain": "global", "message": recorded, "reason": "notFound"}
    if answer != {"error": {"code": 404, "message": recorded, "errors": [line]}}:
        yield f"{answer}, recorded {recorded}"


def compare_operations(step: dict[str, Any], answer: dict[str, Any]) -> Iterator[str]:
    place = {"zones": {"zone"}, "regions": {"region"}}.get(step["call"].split("/")[2], set())
    if OPERATION | place != set(answer):
        yield f"members {sorted(answer)}"
    # Some recorded setLabels and resize are DONE at once and without a type: ours run like all others.
    kind = step["operation"].get("operationType")
    if kind and kind != answer["operationType"]:
        yield f"{answer['operationType']}, recorded {kind}"
    if (answer["status"], answer["progress"]) != ("RUNNING", 0):
        yield f"answered {answer['status']}"


def compare(recorded: Any, ours: Any, kind: str, place: str) -> Iterator[str]:
    """Every recorded member must be there, with its value unless the recorder blanked it. Ours may have more."""
    if recorded is None:
        return
    if (kind, place) in TOLERATED:
        if recorded != ours:
            used.add((kind, place))
        return
    if isinstance(recorded, dict) and isinstance(ours, dict):
        for name, value in recorded.items():
            inner = f"{place}.{name}".lstrip(".")
            if name not in ours:
                yield f"{inner} is missing"
            else:
                yield from compare(value, ours[name], kind, inner)
    elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        for value, own in zip(recorded, ours, strict=True):
            yield from compare(value, own, kind, f"{place}[]")
    elif recorded != ours:
        yield f"{place} is {ours!r}, recorded {recorded!r}"


def test_everything_that_is_tolerated_occurs(foreign: Api):
    """A tolerance that nothing needs any more is to go."""
    used.clear()
    for session in SESSIONS:
        foreign.gcp.state.reset()
        for step in STEPS:
            if step["session"] == session:
                list(replay(foreign, step))
    assert used == set(TOLERATED)
