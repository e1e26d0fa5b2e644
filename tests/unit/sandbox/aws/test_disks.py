"""Disks of instances, and volumes."""

from __future__ import annotations

import pytest


def disk(device="/dev/xvda", **ebs):
    return {"BlockDeviceMappings": [{"DeviceName": device, "Ebs": ebs}]}


def volumes(ec2, **request):
    return ec2.describe_volumes(**request)["Volumes"]


def test_the_root_disk_is_the_images_unless_told(ec2, launch):
    launch()
    (volume,) = volumes(ec2)
    assert (volume["Size"], volume["VolumeType"], volume["Iops"], volume["Throughput"]) == (8, "gp3", 3000, 125)
    assert volume["Attachments"][0]["Device"] == "/dev/xvda"
    assert volume["Attachments"][0]["DeleteOnTermination"] is True


def test_iops_and_throughput_are_kept(ec2, launch):
    launch(**disk(VolumeSize=200, VolumeType="gp3", Iops=6000, Throughput=500, Encrypted=True))
    (volume,) = volumes(ec2)
    assert (volume["Size"], volume["Iops"], volume["Throughput"]) == (200, 6000, 500)
    assert volume["Encrypted"] is True


def test_provisioned_disks_can_be_made_at_launch(ec2, launch):
    launch(**disk("/dev/sdb", VolumeSize=100, VolumeType="io2", Iops=5000))
    kinds = {v["Attachments"][0]["Device"]: (v["VolumeType"], v["Iops"]) for v in volumes(ec2)}
    assert kinds == {"/dev/xvda": ("gp3", 3000), "/dev/sdb": ("io2", 5000)}


@pytest.mark.parametrize(
    ("ebs", "code"),
    [
        ({"VolumeSize": 7}, "InvalidBlockDeviceMapping"),
        ({"VolumeSize": 20, "VolumeType": "gp2", "Throughput": 200}, "InvalidParameterCombination"),
        ({"VolumeSize": 20, "VolumeType": "gp2", "Iops": 4000}, "InvalidParameterCombination"),
        ({"VolumeSize": 20, "VolumeType": "io2"}, "MissingParameter"),
    ],
)
def test_disks_that_cannot_be(launch, refused, ebs, code, show):
    with refused(code):
        launch(**disk(**ebs))
    assert show() == []


def test_volume_tags_are_kept_and_found(ec2, launch):
    tags = [
        {"ResourceType": kind, "Tags": [{"Key": "aienv-fleet", "Value": "train"}]} for kind in ("instance", "volume")
    ]
    launch(2, TagSpecifications=tags)
    launch(1)
    found = volumes(ec2, Filters=[{"Name": "tag:aienv-fleet", "Values": ["train"]}])
    assert len(found) == 2
    assert found[0]["Tags"] == [{"Key": "aienv-fleet", "Value": "train"}]
    assert len(volumes(ec2, Filters=[{"Name": "tag-key", "Values": ["aienv-*"]}])) == 2


def test_volumes_grow_and_do_not_shrink(ec2, launch, refused):
    launch(**disk(VolumeSize=50))
    (volume,) = volumes(ec2)
    name = volume["VolumeId"]
    with refused("InvalidParameterValue"):
        ec2.modify_volume(VolumeId=name, Size=49)
    ec2.modify_volume(VolumeId=name, Size=80, Throughput=250)
    (volume,) = volumes(ec2)
    assert (volume["Size"], volume["Throughput"]) == (80, 250)
    with refused("InvalidVolume.NotFound"):
        ec2.modify_volume(VolumeId="vol-0123456789abcdef0", Size=80)


def test_a_kept_disk_outlives_its_instance(ec2, launch):
    (made,) = launch(**disk(VolumeSize=20, DeleteOnTermination=False))
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    assert [v["State"] for v in volumes(ec2)] == ["available"]
