"""Spot instances and their requests."""

from __future__ import annotations


def spot(**options):
    return {"InstanceMarketOptions": {"MarketType": "spot", "SpotOptions": options}}


def test_a_spot_instance_has_a_request_with_its_price(ec2, launch, show):
    tags = [{"ResourceType": "spot-instances-request", "Tags": [{"Key": "fleet", "Value": "a"}]}]
    launch(2, TagSpecifications=tags, **spot(MaxPrice="1.25"))
    seen = show()
    assert {i["InstanceLifecycle"] for i in seen} == {"spot"}
    wanted = [i["SpotInstanceRequestId"] for i in seen]
    requests = ec2.describe_spot_instance_requests(SpotInstanceRequestIds=wanted)["SpotInstanceRequests"]
    assert {r["InstanceId"] for r in requests} == {i["InstanceId"] for i in seen}
    assert all(float(r["SpotPrice"]) == 1.25 and r["State"] == "active" for r in requests)
    tagged = ec2.describe_spot_instance_requests(Filters=[{"Name": "tag:fleet", "Values": ["a"]}])
    assert len(tagged["SpotInstanceRequests"]) == 2


def test_on_demand_instances_have_none(ec2, launch, show):
    launch()
    assert "InstanceLifecycle" not in show()[0]
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == []


def test_termination_closes_a_one_time_request_and_cancelling_leaves_the_instance(ec2, launch, show):
    first, _ = launch(2, **spot())
    ids = [i["SpotInstanceRequestId"] for i in show()]
    ec2.terminate_instances(InstanceIds=[first["InstanceId"]])
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[ids[1]])
    states = [r["State"] for r in ec2.describe_spot_instance_requests()["SpotInstanceRequests"]]
    assert states == ["closed", "cancelled"]
    assert [i["State"]["Name"] for i in show()] == ["terminated", "running"]


def test_only_persistent_spot_instances_can_be_stopped(ec2, launch, refused):
    (once,) = launch(1, **spot())
    (lasting,) = launch(1, **spot(SpotInstanceType="persistent", InstanceInterruptionBehavior="stop"))
    with refused("UnsupportedOperation"):
        ec2.stop_instances(InstanceIds=[once["InstanceId"]])
    ec2.stop_instances(InstanceIds=[lasting["InstanceId"]])


def test_unknown_requests(ec2, refused):
    with refused("InvalidSpotInstanceRequestID.NotFound"):
        ec2.describe_spot_instance_requests(SpotInstanceRequestIds=["sir-12345678"])
