"""Placement groups."""

from __future__ import annotations


def names(ec2, **request):
    return [g["GroupName"] for g in ec2.describe_placement_groups(**request)["PlacementGroups"]]


def test_create_describe_delete(ec2, refused):
    tags = [{"ResourceType": "placement-group", "Tags": [{"Key": "aienv-fleet", "Value": "train"}]}]
    made = ec2.create_placement_group(GroupName="near", Strategy="cluster", TagSpecifications=tags)
    assert made["PlacementGroup"]["State"] == "available"
    ec2.create_placement_group(GroupName="apart", Strategy="spread")
    assert names(ec2) == ["near", "apart"]
    assert names(ec2, Filters=[{"Name": "strategy", "Values": ["cluster"]}]) == ["near"]
    assert names(ec2, Filters=[{"Name": "tag:aienv-fleet", "Values": ["train"]}]) == ["near"]
    assert names(ec2, GroupNames=["apart"]) == ["apart"]
    ec2.delete_placement_group(GroupName="near")
    assert names(ec2) == ["apart"]
    with refused("InvalidPlacementGroup.Unknown"):
        ec2.delete_placement_group(GroupName="near")
    with refused("InvalidPlacementGroup.Unknown"):
        names(ec2, GroupNames=["near"])


def test_what_cannot_be_made(ec2, refused):
    ec2.create_placement_group(GroupName="near", Strategy="cluster")
    with refused("InvalidPlacementGroup.Duplicate"):
        ec2.create_placement_group(GroupName="near", Strategy="cluster")
    with refused("InvalidParameterValue"):
        ec2.create_placement_group(GroupName="odd", Strategy="heap")
    with refused("DryRunOperation"):
        ec2.create_placement_group(GroupName="dry", Strategy="cluster", DryRun=True)
    assert names(ec2) == ["near"]


def test_a_launch_into_a_group_is_remembered_and_holds_the_group(ec2, launch, show, refused):
    with refused("InvalidPlacementGroup.Unknown"):
        launch(Placement={"GroupName": "near"})
    ec2.create_placement_group(GroupName="near", Strategy="cluster")
    (made,) = launch(Placement={"GroupName": "near"})
    assert show()[0]["Placement"]["GroupName"] == "near"
    with refused("InvalidPlacementGroup.InUse"):
        ec2.delete_placement_group(GroupName="near")
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ec2.delete_placement_group(GroupName="near")


def test_tags_can_be_changed_later(ec2):
    group = ec2.create_placement_group(GroupName="near", Strategy="cluster")["PlacementGroup"]["GroupId"]
    ec2.create_tags(Resources=[group], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    ec2.delete_tags(Resources=[group], Tags=[{"Key": "a"}])
    (seen,) = ec2.describe_placement_groups()["PlacementGroups"]
    assert seen["Tags"] == [{"Key": "b", "Value": "2"}]
