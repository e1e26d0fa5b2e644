"""Capacity reservations and capacity blocks: moto has neither.

A launch is checked against the reservation it names (type, zone, state, free places), and a plain
launch falls into an open reservation that fits, as on AWS.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sandbox.aws import ids, paging, tokens
from sandbox.aws.call import Call
from sandbox.aws.filters import Record, select
from sandbox.aws.wire import ApiError

_FILTERS = {
    "availability-zone": lambda r: r["AvailabilityZone"],
    "end-date-type": lambda r: r["EndDateType"],
    "instance-match-criteria": lambda r: r["InstanceMatchCriteria"],
    "instance-platform": lambda r: r["InstancePlatform"],
    "instance-type": lambda r: r["InstanceType"],
    "owner-id": lambda r: r["OwnerId"],
    "state": lambda r: r["State"],
    "tenancy": lambda r: r["Tenancy"],
}


def create(call: Call) -> dict[str, Any]:
    """CreateCapacityReservation. The same ClientToken gives the same reservation."""
    earlier = tokens.recall(call)
    if earlier is not None:
        return {"CapacityReservation": earlier}
    for name in ("InstanceType", "InstancePlatform", "AvailabilityZone", "InstanceCount"):
        if not call.params.get(name):
            wire_name = name[0].lower() + name[1:]
            raise ApiError("MissingParameter", f"The request must contain the parameter {wire_name}")
    zone = call.params["AvailabilityZone"]
    check_offered(call, call.params["InstanceType"], zone)
    ends = call.params.get("EndDate")
    call.stop_if_dry_run()
    made = _record(call, call.params["InstanceType"], zone, call.params["InstanceCount"])
    made["InstanceMatchCriteria"] = call.params.get("InstanceMatchCriteria", "open")
    made["EndDateType"] = call.params.get("EndDateType", "limited" if ends else "unlimited")
    if ends:
        made["EndDate"] = ids.aware(ends)
    tokens.keep(call, call.params, made)
    return {"CapacityReservation": made}


def _record(call: Call, instance_type: str, zone: str, count: int) -> Record:
    reservation_id = ids.new("cr")
    made = Record(
        CapacityReservationId=reservation_id,
        OwnerId=call.account,
        CapacityReservationArn=f"arn:aws:ec2:{call.region}:{call.account}:capacity-reservation/{reservation_id}",
        InstanceType=instance_type,
        InstancePlatform=call.params.get("InstancePlatform", "Linux/UNIX"),
        AvailabilityZone=zone,
        Tenancy=call.params.get("Tenancy", "default"),
        TotalInstanceCount=count,
        AvailableInstanceCount=count,
        EbsOptimized=call.params.get("EbsOptimized", False),
        EphemeralStorage=False,
        State="active",
        StartDate=ids.now(),
        CreateDate=ids.now(),
        EndDateType="unlimited",
        InstanceMatchCriteria="targeted",
        ReservationType="default",
        Tags=ids.tags(call, "capacity-reservation"),
    )
    call.store.capacity[reservation_id] = made
    return made


def check_offered(call: Call, instance_type: str, zone: str | None) -> None:
    """The type exists and the zone, if named, has it."""
    responder_params = {
        "LocationType": "availability-zone",
        "Filters": [{"Name": "instance-type", "Values": [instance_type]}],
    }
    offers = call.moto(responder_params, "DescribeInstanceTypeOfferings")["InstanceTypeOfferings"]
    zones = {offer["Location"] for offer in offers}
    if not zones:
        raise ApiError("InvalidInstanceType", f"The instance type '{instance_type}' does not exist")
    if zone is not None and zone not in zones:
        raise ApiError(
            "Unsupported",
            f"Your requested instance type ({instance_type}) is not supported in your requested Availability "
            f"Zone ({zone}). Please retry your request by not specifying an Availability Zone or choosing "
            f"{', '.join(sorted(zones))}.",
        )


def describe(call: Call) -> dict[str, Any]:
    """DescribeCapacityReservations."""
    paging.check(call)
    wanted = call.params.get("CapacityReservationIds", [])
    chosen = [find(call, i) for i in wanted] if wanted else [_aged(r) for r in call.store.capacity.values()]
    passed = select(chosen, call.filters(), _FILTERS)
    page, token = paging.cut(call, passed, lambda r: str(r["CapacityReservationId"]))
    return {"CapacityReservations": page, "NextToken": token}


def cancel(call: Call) -> dict[str, Any]:
    """CancelCapacityReservation; a capacity block is paid for and stays."""
    found = find(call, call.params.get("CapacityReservationId", ""))
    if found["ReservationType"] == "capacity-block":
        message = "You cannot cancel a Capacity Block."
        raise ApiError("OperationNotPermitted", message)
    if found["State"] != "active":
        raise ApiError("InvalidCapacityReservationState", "The Capacity Reservation is not in the active state.")
    call.stop_if_dry_run()
    found.update(State="cancelled", AvailableInstanceCount=0)
    return {"Return": True}


def find(call: Call, reservation_id: str) -> Record:
    """The reservation of that id, in its state of now."""
    record = call.store.capacity.get(reservation_id)
    if record is None:
        raise ApiError(
            "InvalidCapacityReservationId.NotFound",
            f"The capacity reservation ID '{reservation_id}' does not exist",
        )
    return _aged(record)


def _aged(record: Record) -> Record:
    now = ids.now()
    if record["State"] == "scheduled" and record["StartDate"] <= now:
        record["State"] = "active"
    if record["State"] == "active" and record.get("EndDate") and record["EndDate"] <= now:
        record.update(State="expired", AvailableInstanceCount=0)
    return record


def offerings(call: Call) -> dict[str, Any]:
    """DescribeCapacityBlockOfferings: one offer per zone that has the type."""
    instance_type, hours = call.params.get("InstanceType", ""), call.params.get("CapacityDurationHours", 24)
    check_offered(call, instance_type, None)
    if hours % 24:
        raise ApiError("InvalidParameterValue", "CapacityDurationHours must be a multiple of 24")
    starts = call.params.get("StartDateRange")
    begin = ids.aware(starts) if starts else ids.now()
    params = {
        "LocationType": "availability-zone",
        "Filters": [{"Name": "instance-type", "Values": [instance_type]}],
    }
    found = []
    for offer in call.moto(params, "DescribeInstanceTypeOfferings")["InstanceTypeOfferings"]:
        made = {
            "CapacityBlockOfferingId": ids.new("cbr"),
            "InstanceType": instance_type,
            "AvailabilityZone": offer["Location"],
            "InstanceCount": call.params.get("InstanceCount", 1),
            "StartDate": begin,
            "EndDate": begin + timedelta(hours=hours),
            "CapacityBlockDurationHours": hours,
            "UpfrontFee": "100.00",
            "CurrencyCode": "USD",
            "Tenancy": "default",
        }
        call.store.block_offers[made["CapacityBlockOfferingId"]] = made
        found.append(made)
    return {"CapacityBlockOfferings": found}


def purchase(call: Call) -> dict[str, Any]:
    """PurchaseCapacityBlock: the offer becomes a reservation that starts and ends by itself."""
    offer = call.store.block_offers.get(call.params.get("CapacityBlockOfferingId", ""))
    if offer is None:
        raise ApiError("InvalidCapacityBlockOfferingId.NotFound", "The Capacity Block offering does not exist")
    call.stop_if_dry_run()
    made = _record(call, offer["InstanceType"], offer["AvailabilityZone"], offer["InstanceCount"])
    made.update(
        ReservationType="capacity-block",
        CapacityBlockId=ids.new("cb"),
        StartDate=offer["StartDate"],
        EndDate=offer["EndDate"],
        EndDateType="limited",
        State="scheduled",
    )
    return {"CapacityReservation": _aged(made)}


def target(call: Call, params: dict[str, Any], zone: str, least: int) -> Record | None:
    """The reservation that a launch goes into, checked; None for a launch outside any."""
    specification = params.get("CapacityReservationSpecification", {})
    named = specification.get("CapacityReservationTarget", {}).get("CapacityReservationId")
    block = params.get("InstanceMarketOptions", {}).get("MarketType") == "capacity-block"
    instance_type = params.get("InstanceType", "m1.small")
    if named:
        return _named(find(call, named), block, instance_type, zone, least)
    if block:
        message = "A Capacity Block launch must target a Capacity Reservation by its ID."
        raise ApiError("MissingParameter", message)
    if specification.get("CapacityReservationPreference") == "none" or params.get("InstanceMarketOptions"):
        return None
    fitting = (
        r
        for r in map(_aged, call.store.capacity.values())
        if r["InstanceMatchCriteria"] == "open" and _compatible(r, instance_type, zone)
        and r["AvailableInstanceCount"] >= least
    )  # fmt: skip
    return next(fitting, None)


def _named(record: Record, block: bool, instance_type: str, zone: str, least: int) -> Record:
    if (record["ReservationType"] == "capacity-block") != block:
        message = "The Capacity Reservation's type does not match the market type of the request."
        raise ApiError("InvalidParameterCombination", message)
    if record["State"] != "active":
        raise ApiError(
            "InvalidCapacityReservationState",
            f"The Capacity Reservation '{record['CapacityReservationId']}' is in the state {record['State']}.",
        )
    if not _compatible(record, instance_type, zone) or record["AvailableInstanceCount"] < least:
        raise ApiError(
            "ReservationCapacityExceeded",
            "The requested reservation does not have sufficient compatible and available capacity for this request.",
        )
    return record


def _compatible(record: Any, instance_type: str, zone: str) -> bool:
    same = record["InstanceType"] == instance_type and record["AvailabilityZone"] == zone
    return bool(record["State"] == "active" and same)


def give_back(call: Call, instance: Any) -> None:
    """A terminated instance frees its place."""
    record = call.store.capacity.get(getattr(instance, "capacity_reservation_id", None) or "")
    if record and record["State"] == "active":
        record["AvailableInstanceCount"] += 1


HANDLERS = {
    "CreateCapacityReservation": create,
    "DescribeCapacityReservations": describe,
    "CancelCapacityReservation": cancel,
    "DescribeCapacityBlockOfferings": offerings,
    "PurchaseCapacityBlock": purchase,
}
