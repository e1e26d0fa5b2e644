"""Pages as EC2 makes them: by items, with the limits of each action, and tokens that mean something."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.filters import select
from sandbox.aws.wire import ApiError, View, operation_model

# Second names that the documentation of DescribeSubnets and DescribeVpcs mentions in passing.
ALIASES = frozenset(
    {"availabilityZone", "availabilityZoneId", "cidr", "cidrBlock", "cidr-block", "defaultForAz", "isDefault"}
)


@dataclass(frozen=True)
class Paged:
    """How one action pages: its list, the parameter that names single items, MaxResults' range."""

    items: str
    ids: str
    low: int
    high: int
    # Whether naming items and MaxResults exclude each other (botocore's documentation of MaxResults).
    exclusive: bool = False
    # The size of a page nobody asked for; None gives everything.
    usual: int | None = None


# Ranges: the API reference of each action.
ACTIONS = {
    "DescribeInstances": Paged("Reservations", "InstanceIds", 5, 1000, exclusive=True, usual=1000),
    "DescribeInstanceStatus": Paged("InstanceStatuses", "InstanceIds", 5, 1000, exclusive=True),
    "DescribeVolumes": Paged("Volumes", "VolumeIds", 5, 1000, exclusive=True),
    "DescribeSnapshots": Paged("Snapshots", "SnapshotIds", 5, 1000, exclusive=True),
    "DescribeImages": Paged("Images", "ImageIds", 1, 1000),
    "DescribeInstanceTypes": Paged("InstanceTypes", "InstanceTypes", 5, 100, usual=100),
    "DescribeInstanceTypeOfferings": Paged("InstanceTypeOfferings", "", 5, 1000),
    "DescribeSecurityGroups": Paged("SecurityGroups", "GroupIds", 5, 1000),
    "DescribeSecurityGroupRules": Paged("SecurityGroupRules", "SecurityGroupRuleIds", 5, 1000),
    "DescribeSubnets": Paged("Subnets", "SubnetIds", 5, 1000),
    "DescribeVpcs": Paged("Vpcs", "VpcIds", 5, 1000),
    "DescribeInternetGateways": Paged("InternetGateways", "InternetGatewayIds", 5, 1000),
    "DescribeRouteTables": Paged("RouteTables", "RouteTableIds", 5, 100),
    "DescribeNetworkInterfaces": Paged("NetworkInterfaces", "NetworkInterfaceIds", 5, 1000),
    "DescribeSpotInstanceRequests": Paged("SpotInstanceRequests", "SpotInstanceRequestIds", 5, 1000),
    "DescribeSpotPriceHistory": Paged("SpotPriceHistory", "", 1, 1000, usual=1000),
    "DescribeCapacityReservations": Paged("CapacityReservations", "CapacityReservationIds", 1, 1000),
    "DescribeCapacityBlockOfferings": Paged("CapacityBlockOfferings", "", 1, 1000),
    "DescribeTags": Paged("Tags", "", 5, 1000),
}


def check(call: Call) -> None:
    """Refuse a MaxResults or NextToken that EC2 would refuse."""
    paged = ACTIONS[call.action]
    size = call.params.get("MaxResults")
    if size is None:
        return
    if paged.exclusive and call.params.get(paged.ids):
        raise ApiError(
            "InvalidParameterCombination",
            f"The parameter {_wire(paged.ids)} cannot be used with the parameter maxResults",
        )
    if not paged.low <= size <= paged.high:
        side = f"greater than {paged.low}" if size < paged.low else f"less than {paged.high}"
        raise ApiError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value {side}.",
        )


def cut(call: Call, items: Sequence[Any], key: Callable[[Any], str]) -> tuple[list[Any], str | None]:
    """The page of `items` that the call asks for, and the token of the next one.

    Without MaxResults some actions still page.
    A token remembers the last item and its place: items that come and go between two pages
    neither repeat others nor hide them.
    """
    paged = ACTIONS[call.action]
    start = _start(call, items, key)
    size = call.params.get("MaxResults") or paged.usual or len(items) or 1
    page = list(items[start : start + size])
    end = start + len(page)
    if end >= len(items):
        return page, None
    return page, _token(call.action, end, key(page[-1]))


def describe(call: Call) -> dict[str, Any]:
    """Let moto list everything, then answer one page of it.

    Tags are filtered and answered from moto's table of tags: moto itself searches all tags of all
    resources once for every item.
    """
    check(call)
    check_filters(call)
    paged = ACTIONS[call.action]
    wanted = call.filters()
    of_tags = {name: values for name, values in wanted.items() if is_tag(name)}
    rest = [{"Name": name, "Values": values} for name, values in wanted.items() if name not in of_tags]
    result = call.moto({**call.params, "Filters": rest, "Filter": rest})
    items = [tagged(call, item) for item in result[paged.items]]
    if of_tags and call.action != "DescribeTags":
        items = select(items, of_tags, {})
    page, token = cut(call, items, identity)
    return {**result, paged.items: page, "NextToken": token}


@cache
def known_filters(action: str) -> frozenset[str]:
    """The filter names that botocore's documentation of an action lists."""
    shape = operation_model(action).input_shape
    filters = shape and (shape.members.get("Filters") or shape.members.get("Filter"))
    words = filters.documentation if filters else ""
    return ALIASES | frozenset(re.findall(r"<li>\s*<p>\s*<code>([^<]+)</code>", words))


def check_filters(call: Call) -> None:
    """Refuse a filter that EC2 does not know, also where there is nothing to filter."""
    for name in call.filters():
        if not is_tag(name) and name not in known_filters(call.action):
            raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")


def is_tag(name: str) -> bool:
    """Whether a filter looks at tags."""
    return name.startswith("tag:") or name in ("tag-key", "tag-value")


def tagged(call: Call, item: Any) -> Any:
    """One of moto's resources with its tags at hand; anything else as it is."""
    if not hasattr(item, "get_tags") or not hasattr(item, "id"):
        return item
    mine = call.backend.tags.get(item.id, {})
    tags = [{"Key": key, "Value": value} for key, value in mine.items()]
    return View(item, tags=tags, tag_list=tags, tag_set=tags)


def identity(item: Any) -> str:
    """What tells an item of a list from the others."""
    if isinstance(item, dict):
        return json.dumps(item, sort_keys=True, default=str)
    return str(getattr(item, "id", None) or id(item))


def _start(call: Call, items: Sequence[Any], key: Callable[[Any], str]) -> int:
    token = call.params.get("NextToken")
    if not token:
        return 0
    try:
        action, place, last = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        action = place = last = None
    if action != call.action:
        raise ApiError("InvalidNextToken", "The specified NextToken is not valid")
    return next((n + 1 for n, item in enumerate(items) if key(item) == last), place)


def _token(action: str, place: int, last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([action, place, last]).encode()).decode()


def _wire(name: str) -> str:
    """EC2's messages use its own set names: InstanceIds is instancesSet."""
    return {"InstanceIds": "instancesSet", "VolumeIds": "volumeSet", "SnapshotIds": "snapshotSet"}[name]


HANDLERS = dict.fromkeys(ACTIONS, describe)
