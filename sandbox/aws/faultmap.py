"""The faults of a launch, quota and capacity, as EC2's wire errors."""

from __future__ import annotations

from typing import Any

from sandbox.aws.wire import ApiError
from sandbox.faults import Faults

MARKETS = {"spot": "spot", "capacity-block": "reserved"}


def launchable(faults: Faults, wanted: int, least: int, facts: dict[str, Any]) -> int:
    """How many of `wanted` VMs can be made. Raises ApiError where that is less than `least`."""
    reserved, spot = facts["market"] == "reserved", facts["market"] == "spot"
    allowed = faults.room("quota", wanted, **facts)
    if allowed < least:
        if spot:
            raise ApiError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
        raise ApiError(
            "VcpuLimitExceeded",
            "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the "
            "instance bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )
    here = faults.room("capacity", wanted, **facts)
    if here < least:
        code = "InsufficientReservedInstanceCapacity" if reserved else "InsufficientInstanceCapacity"
        raise ApiError(
            code,
            f"We currently do not have sufficient {facts['machine_type']} capacity in the "
            f"Availability Zone you requested ({facts['zone']}). Our system will be working on "
            "provisioning additional capacity. You can currently get capacity by not specifying an "
            "Availability Zone in your request or choosing another one.",
            status=500,
        )
    return min(allowed, here)
