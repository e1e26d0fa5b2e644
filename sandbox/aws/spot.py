"""Spot requests of RunInstances: moto starts the instance and keeps no request."""

from __future__ import annotations

from typing import Any

from sandbox.aws import ids, paging
from sandbox.aws.call import Call
from sandbox.aws.filters import Record, select
from sandbox.aws.wire import ApiError

_FILTERS = {
    "instance-id": lambda r: r.get("InstanceId"),
    "launch.instance-type": lambda r: r["LaunchSpecification"]["InstanceType"],
    "launched-availability-zone": lambda r: r["LaunchedAvailabilityZone"],
    "spot-instance-request-id": lambda r: r["SpotInstanceRequestId"],
    "spot-price": lambda r: r.get("SpotPrice"),
    "state": lambda r: r["State"],
    "status-code": lambda r: r["Status"]["Code"],
    "type": lambda r: r["Type"],
}


def record(call: Call, instance: Any, options: dict[str, Any]) -> None:
    """Keep the request that this instance fulfils, and put its id on the instance."""
    made = Record(
        SpotInstanceRequestId=ids.new("sir", 8),
        InstanceId=instance.id,
        State="active",
        Status={
            "Code": "fulfilled",
            "Message": "Your spot request is fulfilled.",
            "UpdateTime": ids.now(),
        },
        Type=options.get("SpotInstanceType", "one-time"),
        SpotPrice=options.get("MaxPrice"),
        InstanceInterruptionBehavior=options.get("InstanceInterruptionBehavior", "terminate"),
        CreateTime=ids.now(),
        LaunchedAvailabilityZone=instance.placement.zone,
        ProductDescription="Linux/UNIX",
        LaunchSpecification={
            "InstanceType": instance.instance_type,
            "ImageId": instance.image_id,
            "SubnetId": instance.subnet_id,
        },
        Tags=ids.tags(call, "spot-instances-request"),
    )
    if options.get("ValidUntil"):
        made["ValidUntil"] = ids.aware(options["ValidUntil"])
    call.store.spot_requests[made["SpotInstanceRequestId"]] = made
    instance.spot_instance_request_id = made["SpotInstanceRequestId"]
    instance.spot_persistent = made["Type"] == "persistent"


def close(call: Call, instance: Any) -> None:
    """The user terminated the instance: a one-time request closes with it."""
    made = call.store.spot_requests.get(getattr(instance, "spot_instance_request_id", None) or "")
    if made:
        made["State"] = "closed" if made["Type"] == "one-time" else "open"
        made["Status"] = {
            "Code": "instance-terminated-by-user",
            "Message": "Spot Instance terminated due to user-initiated termination.",
            "UpdateTime": ids.now(),
        }


def describe(call: Call) -> dict[str, Any]:
    """DescribeSpotInstanceRequests: the requests of RunInstances, then moto's own."""
    paging.check(call)
    wanted = call.params.get("SpotInstanceRequestIds", [])
    mine = [r for r in call.store.spot_requests.values() if not wanted or r["SpotInstanceRequestId"] in wanted]
    found: list[Any] = select(mine, call.filters(), _FILTERS)
    left = [i for i in wanted if i not in call.store.spot_requests]
    known = call.backend.spot_instance_requests
    if any(i not in known for i in left):
        raise ApiError(
            "InvalidSpotInstanceRequestID.NotFound", f"The spot instance request ID '{left[0]}' does not exist"
        )
    if known and (left or not wanted):
        asked = {**call.params, "SpotInstanceRequestIds": left}
        found += call.moto(asked)["SpotInstanceRequests"]
    page, token = paging.cut(call, found, paging.identity)
    return {"SpotInstanceRequests": page, "NextToken": token}


def cancel(call: Call) -> dict[str, Any]:
    """CancelSpotInstanceRequests: the instances stay."""
    wanted = call.params.get("SpotInstanceRequestIds", [])
    mine = [i for i in wanted if i in call.store.spot_requests]
    left = [i for i in wanted if i not in mine]
    call.stop_if_dry_run()
    done: list[Any] = []
    if left:
        done += call.moto({**call.params, "SpotInstanceRequestIds": left})["CancelledSpotInstanceRequests"]
    for request_id in mine:
        call.store.spot_requests[request_id]["State"] = "cancelled"
        done.append({"SpotInstanceRequestId": request_id, "State": "cancelled"})
    return {"CancelledSpotInstanceRequests": done}


HANDLERS = {"DescribeSpotInstanceRequests": describe, "CancelSpotInstanceRequests": cancel}
