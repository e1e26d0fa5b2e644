"""The least-privilege policy in docs/ names exactly the calls to EC2 and Data Lifecycle Manager that the code makes."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OPERATION = re.compile(
    r"\"((?:describe|create|delete|modify|run|start|stop|reboot|terminate|import|authorize|revoke|update|replace|attach|detach)_[a-z_]+)\""
)
# Of Data Lifecycle Manager.
LIFECYCLE = re.compile(r"\"([a-z]+_lifecycle_polic(?:y|ies))\"")


def operations_in_code() -> set[str]:
    """Operations are written as snake_case strings and handed to the session; nothing else in the adapter looks so."""
    text = "".join(path.read_text() for path in (ROOT / "plugins/module_utils/clouds/aws").glob("*.py"))
    return set(OPERATION.findall(text)) | set(LIFECYCLE.findall(text))


def operations_in_policy(service: str) -> set[str]:
    policy = json.loads((ROOT / "docs/aws-policy.json").read_text())
    actions = [
        a
        for statement in policy["Statement"]
        for a in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    ]
    own = [a.removeprefix(f"{service}:") for a in actions if a.startswith(f"{service}:")]
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", a).lower() for a in own}


def test_the_policy_allows_what_the_code_calls_and_no_more() -> None:
    lifecycle = {operation for operation in operations_in_code() if "_lifecycle_polic" in operation}
    assert operations_in_policy("ec2") == operations_in_code() - lifecycle
    assert operations_in_policy("dlm") == lifecycle | {"tag_resource"}  # a policy is made with its tag


def test_schedules_of_others_cannot_be_ended() -> None:
    policy = json.loads((ROOT / "docs/aws-policy.json").read_text())
    ending = [s for s in policy["Statement"] if "dlm:DeleteLifecyclePolicy" in s["Action"]]
    assert [s["Condition"] for s in ending] == [{"Null": {"aws:ResourceTag/aienv-snapshot": "false"}}]


def test_what_belongs_to_nobody_of_us_cannot_be_ended() -> None:
    policy = json.loads((ROOT / "docs/aws-policy.json").read_text())
    ending = [s for s in policy["Statement"] if "ec2:TerminateInstances" in s["Action"]]
    assert [s["Condition"] for s in ending] == [{"Null": {"aws:ResourceTag/aienv-fleet": "false"}}]


def test_snapshots_are_taken_of_our_vms_and_of_any_disk_on_them() -> None:
    policy = json.loads((ROOT / "docs/aws-policy.json").read_text())
    taking = [s for s in policy["Statement"] if s["Action"] == "ec2:CreateSnapshots"]
    of_vms = [s for s in taking if "Condition" in s]
    assert [(s["Resource"], s["Condition"]) for s in of_vms] == [
        ("arn:aws:ec2:*:*:instance/*", {"Null": {"aws:ResourceTag/aienv-fleet": "false"}})
    ]
    assert [s["Resource"] for s in taking if s not in of_vms] == [
        ["arn:aws:ec2:*::snapshot/*", "arn:aws:ec2:*:*:volume/*"]
    ]


def test_what_we_did_not_take_cannot_be_deleted() -> None:
    policy = json.loads((ROOT / "docs/aws-policy.json").read_text())
    ending = [s for s in policy["Statement"] if "ec2:DeleteSnapshot" in s["Action"]]
    assert [s["Condition"] for s in ending] == [{"Null": {"aws:ResourceTag/aienv-snapshot": "false"}}]
