"""Placement groups: moto has none."""

from __future__ import annotations

from typing import Any

from sandbox.aws import ids
from sandbox.aws.call import Call
from sandbox.aws.filters import Record, select
from sandbox.aws.instances import index
from sandbox.aws.wire import ApiError

STRATEGIES = ("cluster", "spread", "partition")
_FILTERS = {
    "group-arn": lambda g: g["GroupArn"],
    "group-name": lambda g: g["GroupName"],
    "spread-level": lambda g: g.get("SpreadLevel"),
    "state": lambda g: g["State"],
    "strategy": lambda g: g["Strategy"],
}


def create(call: Call) -> dict[str, Any]:
    """CreatePlacementGroup."""
    name = call.params.get("GroupName")
    strategy = call.params.get("Strategy", "cluster")
    if not name:
        raise ApiError("MissingParameter", "The request must contain the parameter groupName")
    if strategy not in STRATEGIES:
        message = f"The placement group strategy '{strategy}' is unknown"
        raise ApiError("InvalidParameterValue", message)
    if name in call.store.placement_groups:
        raise ApiError("InvalidPlacementGroup.Duplicate", f"The Placement Group '{name}' already exists.")
    if strategy != "partition" and call.params.get("PartitionCount"):
        message = "PartitionCount is only supported for the partition strategy"
        raise ApiError("InvalidParameterCombination", message)
    call.stop_if_dry_run()
    group = Record(
        GroupName=name,
        GroupId=ids.new("pg"),
        GroupArn=f"arn:aws:ec2:{call.region}:{call.account}:placement-group/{name}",
        State="available",
        Strategy=strategy,
        Tags=ids.tags(call, "placement-group"),
    )
    if strategy == "partition":
        group["PartitionCount"] = call.params.get("PartitionCount", 2)
    if strategy == "spread":
        group["SpreadLevel"] = call.params.get("SpreadLevel", "rack")
    call.store.placement_groups[name] = group
    return {"PlacementGroup": group}


def describe(call: Call) -> dict[str, Any]:
    """DescribePlacementGroups."""
    groups = call.store.placement_groups
    names = call.params.get("GroupNames", [])
    for name in names:
        find(call, name)
    wanted_ids = call.params.get("GroupIds", [])
    chosen = [
        group
        for group in groups.values()
        if (not names or group["GroupName"] in names) and (not wanted_ids or group["GroupId"] in wanted_ids)
    ]
    passed = select(chosen, call.filters(), _FILTERS)
    return {"PlacementGroups": passed}


def delete(call: Call) -> dict[str, Any]:
    """DeletePlacementGroup: not while instances are in it."""
    name = call.params.get("GroupName", "")
    find(call, name)
    if any(i.placement.group_name == name and i.state != "terminated" for i in index(call).values()):
        raise ApiError("InvalidPlacementGroup.InUse", f"The placement group '{name}' is in use and may not be deleted.")
    call.stop_if_dry_run()
    del call.store.placement_groups[name]
    return {}


def find(call: Call, name: str) -> Record:
    """The group of that name; refused as EC2 does when there is none."""
    group = call.store.placement_groups.get(name)
    if group is None:
        raise ApiError("InvalidPlacementGroup.Unknown", f"The Placement Group '{name}' is unknown.")
    return group


HANDLERS = {
    "CreatePlacementGroup": create,
    "DescribePlacementGroups": describe,
    "DeletePlacementGroup": delete,
}
