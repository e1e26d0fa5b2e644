"""The image list and the public parameters that name the newest of each."""

from __future__ import annotations

import pytest

from sandbox.aws import images

PATHS = {
    "/aws/service/debian/release/12/latest/amd64": ("debian-12-amd64-20261102", images.DEBIAN),
    "/aws/service/debian/release/13/latest/arm64": ("debian-13-arm64-20261116", images.DEBIAN),
    "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id": (
        "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20261105", images.CANONICAL),
    "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id": (
        "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20261110", images.CANONICAL),
    "/aws/service/canonical/ubuntu/server/resolute/stable/current/amd64/hvm/ebs-gp3/ami-id": (
        "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-20261112", images.CANONICAL),
    "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id": (
        "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20261107", images.AMAZON_DEEP_LEARNING),
}  # fmt: skip


@pytest.fixture(scope="module")
def ssm(server):
    return server.client("ssm")


@pytest.mark.parametrize("path", PATHS)
def test_a_parameter_names_the_newest_image(ec2, ssm, path):
    name, owner = PATHS[path]
    value = ssm.get_parameter(Name=path)["Parameter"]["Value"]
    (image,) = ec2.describe_images(ImageIds=[value])["Images"]
    assert image["Name"].startswith(name)
    assert image["OwnerId"] == owner


def test_several_parameters_at_once_also_moto_s(ssm):
    amazon = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    names = [*list(PATHS)[:2], amazon, "/aws/service/debian/release/11/latest/amd64", "/nothing"]
    answer = ssm.get_parameters(Names=names)
    assert {p["Name"] for p in answer["Parameters"]} == {*list(PATHS)[:2], amazon}
    assert set(answer["InvalidParameters"]) == set(names[3:])


@pytest.mark.parametrize(
    "path",
    [
        "/aws/service/debian/release/11/latest/amd64",
        "/aws/service/debian/release/12/latest/x86_64",
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
    ],
)
def test_parameters_that_are_none(ssm, refused, path):
    with refused("ParameterNotFound"):
        ssm.get_parameter(Name=path)


def test_own_parameters_are_moto_s_business(aws, ssm):
    ssm.put_parameter(Name="/mine", Value="1", Type="String")
    assert ssm.get_parameter(Name="/mine")["Parameter"]["Value"] == "1"


def test_every_family_has_two_releases_for_both_architectures(ec2):
    for family in ("debian-12", "debian-13", "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04", "deep-learning"):
        for architecture in ("x86_64", "arm64"):
            found = [i for i in images.IMAGES if (i.family, i.architecture) == (family, architecture)]
            assert len({i.created for i in found}) == 2, (family, architecture)
            assert images.newest(family, architecture).created == max(i.created for i in found)
    assert len(ec2.describe_images()["Images"]) == len(images.IMAGES)


def test_owner_and_name_find_images_and_their_disks(ec2):
    wanted = [{"Name": "name", "Values": ["debian-12-*"]}, {"Name": "architecture", "Values": ["arm64"]}]
    found = ec2.describe_images(Owners=[images.DEBIAN], Filters=wanted)["Images"]
    assert len(found) == 2
    assert found[0]["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 8
    assert found[0]["RootDeviceName"] == "/dev/xvda"


def test_unknown_images(ec2, refused, ami):
    with refused("InvalidAMIID.NotFound"):
        ec2.describe_images(ImageIds=[ami, "ami-0123456789abcdef0"])
