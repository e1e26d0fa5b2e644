"""Data Lifecycle Manager as the front has it: policies kept, and held against botocore's model."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.aws import dlm as dlm_model

POLICY: dict[str, Any] = {
    "ExecutionRoleArn": "arn:aws:iam::123456789012:role/dlm",
    "Description": "a policy",
    "State": "ENABLED",
    "PolicyDetails": {
        "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
        "ResourceTypes": ["INSTANCE"],
        "TargetTags": [{"Key": "fleet", "Value": "a"}],
        "Schedules": [
            {
                "Name": "daily",
                "TagsToAdd": [{"Key": "by", "Value": "us"}],
                "CreateRule": {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["04:00"]},
                "RetainRule": {"Interval": 7, "IntervalUnit": "DAYS"},
            }
        ],
    },
}


@pytest.fixture
def dlm(aws: Any) -> Any:
    return aws.client("dlm", parameter_validation=False)


def changed(path: str, value: Any) -> dict[str, Any]:
    """The policy with one member otherwise; None takes it away."""
    policy = copy.deepcopy(POLICY)
    *way, last = path.split(".")
    at: Any = policy
    for step in way:
        at = at[int(step) if step.isdigit() else step]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return policy


def test_a_life(aws: Any, dlm: Any, refused: Callable[..., Any]) -> None:
    name = dlm.create_lifecycle_policy(**POLICY, Tags={"a": "b"})["PolicyId"]
    assert dlm.get_lifecycle_policy(PolicyId=name)["Policy"]["PolicyDetails"] == POLICY["PolicyDetails"]
    (summary,) = dlm.get_lifecycle_policies(TagsToAdd=["by=us"], ResourceTypes=["INSTANCE"])["Policies"]
    assert (summary["PolicyId"], summary["Tags"]) == (name, {"a": "b"})
    for words in ({"TagsToAdd": ["by=them"]}, {"TargetTags": ["fleet=b"]}, {"State": "DISABLED"}):
        assert dlm.get_lifecycle_policies(**words)["Policies"] == []
    dlm.update_lifecycle_policy(PolicyId=name, State="DISABLED")
    assert dlm.get_lifecycle_policies(State="DISABLED")["Policies"][0]["PolicyId"] == name
    dlm.delete_lifecycle_policy(PolicyId=name)
    with refused("ResourceNotFoundException"):
        dlm.get_lifecycle_policy(PolicyId=name)
    assert aws.calls()["actions"]["CreateLifecyclePolicy"] == 1


def test_what_no_client_of_amazon_would_send_is_seen_too() -> None:
    shape = dlm_model.model().operation_model("CreateLifecyclePolicy").input_shape
    assert list(dlm_model.violations(POLICY, shape, "")) == []
    assert list(dlm_model.violations(changed("PolicyDetails.Colour", "red"), shape, "")) == [
        "PolicyDetails.Colour is not known"
    ]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("ExecutionRoleArn", "dlm", "ExecutionRoleArn"),
        ("ExecutionRoleArn", None, "ExecutionRoleArn is missing"),
        ("Description", "a.b", "Description"),
        ("State", "ON", "ENABLED, DISABLED"),
        ("PolicyDetails.ResourceTypes", ["DISK"], "VOLUME, INSTANCE"),
        ("PolicyDetails.TargetTags", None, "TargetTags"),
        ("PolicyDetails.Schedules.0.CreateRule.Interval", 5, "1, 2, 3, 4, 6, 8, 12, 24"),
        ("PolicyDetails.Schedules.0.CreateRule.Interval", "24", "integer"),
        ("PolicyDetails.Schedules.0.CreateRule.Times", ["04:00", "16:00"], "Times"),
        ("PolicyDetails.Schedules.0.RetainRule.IntervalUnit", None, "RetainRule"),
        ("PolicyDetails.Schedules.0.RetainRule.Count", 3, "RetainRule"),
        ("PolicyDetails.Schedules.0.TagsToAdd", [{"Key": "aws:x", "Value": ""}], "reserved"),
    ],
)
def test_refused(dlm: Any, refused: Callable[..., Any], path: str, value: Any, said: str) -> None:
    with refused("InvalidRequestException") as refusal:
        dlm.create_lifecycle_policy(**changed(path, value))
    assert said in refusal.message
