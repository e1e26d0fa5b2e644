"""ClientToken: one token, one launch."""

from __future__ import annotations


def ids(instances):
    return [i["InstanceId"] for i in instances]


def test_the_same_token_gives_the_same_instances(launch, show):
    first = launch(3, ClientToken="fleet-0")
    assert ids(launch(3, ClientToken="fleet-0")) == ids(first)
    assert len(show()) == 3


def test_other_parameters_under_a_token_are_refused(launch, refused, show):
    launch(1, ClientToken="fleet-0")
    with refused("IdempotentParameterMismatch"):
        launch(2, ClientToken="fleet-0")
    assert len(show()) == 1


def test_a_token_outlives_its_instances(ec2, launch, refused, show):
    first = launch(2, ClientToken="fleet-0")
    ec2.terminate_instances(InstanceIds=ids(first))
    with refused("IdempotentInstanceTerminated"):
        launch(2, ClientToken="fleet-0")
    assert len(show()) == 2


def test_the_repeated_answer_shows_the_states_of_now(ec2, launch):
    first = launch(1, ClientToken="fleet-0")
    assert first[0]["State"]["Name"] == "pending"
    ec2.stop_instances(InstanceIds=ids(first))
    assert launch(1, ClientToken="fleet-0")[0]["State"]["Name"] == "stopped"


def test_other_tokens_and_regions_are_other_launches(aws, ami, launch, show):
    launch(1, ClientToken="a")
    launch(1, ClientToken="b")
    assert len(show()) == 2
    west = aws.client(region="eu-west-1")
    west.run_instances(ImageId=ami, InstanceType="t3.micro", MinCount=1, MaxCount=1, ClientToken="a")
    assert len(west.describe_instances()["Reservations"]) == 1


def test_a_token_of_65_characters_is_refused(launch, refused):
    with refused("InvalidParameterValue"):
        launch(ClientToken="x" * 65)


def test_the_token_is_echoed(launch, show):
    launch(ClientToken="fleet-0")
    launch(ClientToken="fleet-1")
    assert [i["ClientToken"] for i in show()] == ["fleet-0", "fleet-1"]


def test_a_refused_launch_leaves_its_token_unused(aws, launch, refused):
    aws.faults({"kind": "capacity", "times": 1})
    with refused("InsufficientInstanceCapacity", status=500):
        launch(ClientToken="fleet-0")
    assert len(launch(ClientToken="fleet-0")) == 1
