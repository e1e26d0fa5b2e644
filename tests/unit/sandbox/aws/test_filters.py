"""The filters of DescribeInstances."""

from __future__ import annotations

import pytest

from sandbox.aws.filters import INSTANCE, matcher


def find(show, **filters):
    wanted = [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]
    return [i["InstanceId"] for i in show(Filters=wanted)]


def test_filters_that_moto_lacks(ec2, launch, show):
    (plain,) = launch(ClientToken="abc")
    (spot,) = launch(InstanceMarketOptions={"MarketType": "spot"})
    ec2.create_placement_group(GroupName="near", Strategy="cluster")
    (near,) = launch(Placement={"GroupName": "near"})
    plain, spot, near = (i["InstanceId"] for i in (plain, spot, near))
    assert find(show, client_token=["abc"]) == [plain]
    assert find(show, instance_lifecycle=["spot"]) == [spot]
    assert find(show, placement_group_name=["near"]) == [near]
    assert find(show, launch_time=["2*"]) == [plain, spot, near]
    assert find(show, launch_index=["0"]) == [plain, spot, near]


def test_reservation_interface_and_disk_filters(ec2, launch, show, network):
    launch()
    (made,) = launch(SubnetId=network["subnet"], SecurityGroupIds=[network["group"]])
    mine = [made["InstanceId"]]
    (full,) = show(InstanceIds=mine)
    nic = full["NetworkInterfaces"][0]["NetworkInterfaceId"]
    volume = full["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    wanted = {
        "network-interface.network-interface-id": nic,
        "network-interface.group-id": network["group"],
        "instance.group-id": network["group"],
        "network-interface.subnet-id": network["subnet"],
        "block-device-mapping.volume-id": volume,
        "private-ip-address": made["PrivateIpAddress"],
        "vpc-id": network["vpc"],
    }
    for name, value in wanted.items():
        assert [i["InstanceId"] for i in show(Filters=[{"Name": name, "Values": [value]}])] == mine, name


def test_tags_wildcards_and_alternatives(launch, show):
    for fleet in ("train-a", "train-b", "serve"):
        launch(TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "fleet", "Value": fleet}]}])

    def count(*values, name="tag:fleet"):
        return len(show(Filters=[{"Name": name, "Values": list(values)}]))

    assert (count("train-*"), count("train-?"), count("serve", "train-a"), count("train")) == (2, 2, 2, 0)
    assert (count("fleet", name="tag-key"), count("serve", name="tag-value")) == (3, 1)
    assert count("TRAIN-A") == 0


@pytest.mark.parametrize("name", ["no-such-filter", "Client-Token", ""])
def test_unknown_filters_are_refused(ec2, launch, refused, name):
    launch()
    with refused("InvalidParameterValue"):
        ec2.describe_instances(Filters=[{"Name": name, "Values": ["x"]}])


@pytest.mark.parametrize(
    ("operation", "name"),
    [("describe_volumes", "bogus"), ("describe_subnets", "bogus"), ("describe_security_groups", "bogus")],
)
def test_unknown_filters_of_other_lists_are_refused(ec2, refused, operation, name):
    with refused("InvalidParameterValue"):
        getattr(ec2, operation)(Filters=[{"Name": name, "Values": ["x"]}])


def test_every_filter_name_can_be_asked(launch, show):
    launch()
    for name in INSTANCE:
        show(Filters=[{"Name": name, "Values": ["*"]}])


@pytest.mark.parametrize(
    ("pattern", "value", "passes"),
    [
        ("a*c", "abbc", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        (r"a\*c", "a*c", True),
        (r"a\*c", "abc", False),
        ("a.c", "abc", False),
        ("abc", "abc", True),
        ("*", "two\nlines", True),
    ],
)
def test_patterns(pattern, value, passes):
    assert matcher((pattern,))(value) is passes
