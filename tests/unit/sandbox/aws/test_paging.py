"""Pages of instances and of everything else."""

from __future__ import annotations

import pytest

TOKEN = "NextToken"


def pages(operation, items, size):
    """All pages by hand, as lists."""
    found, token = [], {}
    while True:
        answer = operation(MaxResults=size, **token)
        found.append(answer[items])
        if not answer.get(TOKEN):
            return found
        token = {TOKEN: answer[TOKEN]}


def instances(page):
    return [i["InstanceId"] for r in page for i in r["Instances"]]


def test_instances_are_paged_by_instances_and_not_by_reservations(ec2, launch):
    made = [i["InstanceId"] for i in (*launch(7), *launch(4))]
    seen = [instances(page) for page in pages(ec2.describe_instances, "Reservations", 5)]
    assert [len(page) for page in seen] == [5, 5, 1]
    assert [i for page in seen for i in page] == made


def test_reservations_keep_their_ids_over_pages(ec2, launch):
    launch(7)
    found = pages(ec2.describe_instances, "Reservations", 5)
    assert len({r["ReservationId"] for page in found for r in page}) == 1


def test_filters_and_pages_go_together(ec2, launch):
    made = launch(12)
    ec2.stop_instances(InstanceIds=[i["InstanceId"] for i in made[:6]])
    wanted = [{"Name": "instance-state-name", "Values": ["stopped"]}]
    first = ec2.describe_instances(MaxResults=5, Filters=wanted)
    second = ec2.describe_instances(MaxResults=5, Filters=wanted, NextToken=first[TOKEN])
    assert [len(instances(p["Reservations"])) for p in (first, second)] == [5, 1]
    assert not second.get(TOKEN)


@pytest.mark.parametrize("size", [4, 1001])
def test_instance_pages_are_of_5_to_1000(ec2, refused, size):
    with refused("InvalidParameterValue"):
        ec2.describe_instances(MaxResults=size)


def test_max_results_excludes_ids(ec2, launch, refused):
    (made,) = launch()
    with refused("InvalidParameterCombination"):
        ec2.describe_instances(InstanceIds=[made["InstanceId"]], MaxResults=5)
    with refused("InvalidParameterCombination"):
        ec2.describe_instance_status(InstanceIds=[made["InstanceId"]], MaxResults=5)


def test_a_token_that_is_none_is_refused(ec2, refused):
    with refused("InvalidNextToken"):
        ec2.describe_instances(MaxResults=5, NextToken="bogus")
    volumes = "WyJEZXNjcmliZVZvbHVtZXMiLCA1LCAidm9sLTEiXQ=="
    with refused("InvalidNextToken"):
        ec2.describe_instances(MaxResults=5, NextToken=volumes)


def test_a_page_boundary_survives_new_and_gone_items(ec2, network):
    for number in range(8):
        ec2.create_security_group(GroupName=f"g{number}", Description="x", VpcId=network["vpc"])
    wanted = [{"Name": "group-name", "Values": ["g?"]}]
    first = ec2.describe_security_groups(MaxResults=5, Filters=wanted)
    ec2.delete_security_group(GroupId=first["SecurityGroups"][0]["GroupId"])
    second = ec2.describe_security_groups(MaxResults=5, Filters=wanted, NextToken=first[TOKEN])
    assert [g["GroupName"] for g in second["SecurityGroups"]] == ["g5", "g6", "g7"]


def test_volumes_snapshots_and_statuses_are_paged(ec2, launch):
    launch(6)
    assert [len(p) for p in pages(ec2.describe_volumes, "Volumes", 5)] == [5, 1]
    assert [len(p) for p in pages(ec2.describe_instance_status, "InstanceStatuses", 5)] == [5, 1]
    found = pages(ec2.describe_snapshots, "Snapshots", 7)
    assert len(found) > 1
    assert all(len(page) == 7 for page in found[:-1])


def test_images_types_subnets_and_networks_are_paged(ec2):
    images = pages(ec2.describe_images, "Images", 9)
    assert len(images) > 1
    assert len({i["ImageId"] for p in images for i in p}) == sum(len(p) for p in images)
    assert [len(p) for p in pages(ec2.describe_subnets, "Subnets", 5)] == [5, 1]
    for number in range(5):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    assert [len(p) for p in pages(ec2.describe_vpcs, "Vpcs", 5)] == [5, 1]


def test_types_come_a_hundred_a_page_also_unasked(ec2):
    first = ec2.describe_instance_types()
    assert len(first["InstanceTypes"]) == 100
    assert first[TOKEN]
    some = ec2.describe_instance_types(InstanceTypes=["g6.xlarge", "p5.48xlarge"])
    assert {t["InstanceType"] for t in some["InstanceTypes"]} == {"g6.xlarge", "p5.48xlarge"}
