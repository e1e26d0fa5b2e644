"""Capacity reservations and capacity blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

ZONE = "us-east-1a"


@pytest.fixture
def reserve(ec2):
    def make(count=2, **wishes):
        request = {
            "InstanceType": "g6.xlarge", "InstancePlatform": "Linux/UNIX", "AvailabilityZone": ZONE,
            "InstanceCount": count, "InstanceMatchCriteria": "targeted",
        }  # fmt: skip
        return ec2.create_capacity_reservation(**{**request, **wishes})["CapacityReservation"]

    return make


def targeting(reservation):
    target = {"CapacityReservationTarget": {"CapacityReservationId": reservation["CapacityReservationId"]}}
    return {"CapacityReservationSpecification": target, "Placement": {"AvailabilityZone": ZONE}}


def free(ec2, reservation):
    wanted = [reservation["CapacityReservationId"]]
    (seen,) = ec2.describe_capacity_reservations(CapacityReservationIds=wanted)["CapacityReservations"]
    return seen["AvailableInstanceCount"]


def test_a_targeted_launch_takes_places_and_termination_gives_them_back(ec2, launch, reserve, show):
    reservation = reserve(2)
    made = launch(2, **targeting(reservation))
    assert free(ec2, reservation) == 0
    assert {i["CapacityReservationId"] for i in show()} == {reservation["CapacityReservationId"]}
    wanted = [{"Name": "capacity-reservation-id", "Values": [reservation["CapacityReservationId"]]}]
    assert len(show(Filters=wanted)) == 2
    ec2.terminate_instances(InstanceIds=[i["InstanceId"] for i in made])
    assert free(ec2, reservation) == 2


def test_a_targeted_launch_must_fit(launch, reserve, refused, show):
    place = targeting(reserve(2))
    with refused("ReservationCapacityExceeded"):
        launch(3, **place)
    with refused("ReservationCapacityExceeded"):
        launch(1, InstanceType="g6.2xlarge", **place)
    with refused("ReservationCapacityExceeded"):
        launch(1, **{**place, "Placement": {"AvailabilityZone": "us-east-1b"}})
    with refused("InvalidCapacityReservationId.NotFound"):
        launch(1, **targeting({"CapacityReservationId": "cr-0123456789abcdef0"}))
    assert show() == []


def test_a_cancelled_reservation_takes_nobody(ec2, launch, reserve, refused):
    reservation = reserve(1)
    ec2.cancel_capacity_reservation(CapacityReservationId=reservation["CapacityReservationId"])
    with refused("InvalidCapacityReservationState"):
        launch(1, **targeting(reservation))
    with refused("InvalidCapacityReservationState"):
        ec2.cancel_capacity_reservation(CapacityReservationId=reservation["CapacityReservationId"])


def test_an_open_reservation_takes_plain_launches_that_fit(ec2, launch, reserve):
    reservation = reserve(2, InstanceMatchCriteria="open")
    launch(1, Placement={"AvailabilityZone": ZONE})
    launch(1, Placement={"AvailabilityZone": "us-east-1b"})
    none = {"CapacityReservationPreference": "none"}
    launch(1, Placement={"AvailabilityZone": ZONE}, CapacityReservationSpecification=none)
    assert free(ec2, reservation) == 1


def test_making_and_listing(ec2, reserve, refused):
    first = reserve(1, ClientToken="one")
    assert reserve(1, ClientToken="one")["CapacityReservationId"] == first["CapacityReservationId"]
    reserve(1, InstanceType="g6.2xlarge")
    wanted = [{"Name": "instance-type", "Values": ["g6.xlarge"]}]
    assert len(ec2.describe_capacity_reservations()["CapacityReservations"]) == 2
    assert len(ec2.describe_capacity_reservations(Filters=wanted)["CapacityReservations"]) == 1
    with refused("InvalidInstanceType"):
        reserve(1, InstanceType="g99.huge")
    with refused("InvalidCapacityReservationId.NotFound"):
        ec2.describe_capacity_reservations(CapacityReservationIds=["cr-0123456789abcdef0"])


def test_no_capacity_for_a_reservation_is_its_own_error(aws, launch, reserve, refused):
    place = targeting(reserve(1))
    aws.faults({"kind": "capacity", "markets": ["reserved"]})
    with refused("InsufficientReservedInstanceCapacity"):
        launch(1, **place)


@pytest.fixture
def block(ec2):
    def buy(start=None, count=1):
        when = {"StartDateRange": start} if start else {}
        offers = ec2.describe_capacity_block_offerings(
            InstanceType="p5.48xlarge", InstanceCount=count, CapacityDurationHours=24, **when
        )["CapacityBlockOfferings"]
        offer = next(o for o in offers if o["AvailabilityZone"] == ZONE)
        return ec2.purchase_capacity_block(
            CapacityBlockOfferingId=offer["CapacityBlockOfferingId"], InstancePlatform="Linux/UNIX"
        )["CapacityReservation"]

    return buy


def test_a_capacity_block_is_launched_into_by_its_market_type(ec2, launch, block, show, refused):
    reservation = block()
    assert reservation["State"] == "active"
    assert reservation["EndDate"] - reservation["StartDate"] == timedelta(hours=24)
    wishes = {"InstanceType": "p5.48xlarge", **targeting(reservation)}
    with refused("InvalidParameterCombination"):
        launch(1, **wishes)
    with refused("MissingParameter"):
        launch(1, InstanceType="p5.48xlarge", InstanceMarketOptions={"MarketType": "capacity-block"})
    launch(1, InstanceMarketOptions={"MarketType": "capacity-block"}, **wishes)
    (seen,) = show()
    assert seen["InstanceLifecycle"] == "capacity-block"
    assert seen["CapacityBlockId"] == reservation["CapacityBlockId"]
    with refused("OperationNotPermitted"):
        ec2.cancel_capacity_reservation(CapacityReservationId=reservation["CapacityReservationId"])


def test_a_block_that_has_not_begun_takes_nobody(launch, block, refused):
    reservation = block(start=datetime.now(UTC) + timedelta(days=3))
    assert reservation["State"] == "scheduled"
    wishes = {"InstanceType": "p5.48xlarge", "InstanceMarketOptions": {"MarketType": "capacity-block"}}
    with refused("InvalidCapacityReservationState"):
        launch(1, **wishes, **targeting(reservation))
