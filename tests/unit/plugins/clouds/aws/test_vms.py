"""Fleets on the emulated EC2: what is looked up, what is counted, what is shown to other people."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws import vms
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import fingerprint
from tests.unit.plugins.builders import OTHER_KEY, PUBLIC_KEY
from tests.unit.plugins.clouds.aws.account import AwsAccount
from tests.unit.plugins.clouds.contract import SSH


def instances(account: AwsAccount, fleet: str = "fleet") -> list[dict[str, Any]]:
    """The living ones, as EC2 shows them to anybody."""
    own = [{"Name": "tag:aienv-fleet", "Values": [fleet]}]
    found = account.ec2().describe_instances(Filters=own)["Reservations"]
    alive = [i for r in found for i in r["Instances"] if i["State"]["Name"] != "terminated"]
    return sorted(alive, key=lambda i: i["AmiLaunchIndex"])


def only(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]


def tags(instance: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}


# what other people see


def test_an_instance_as_others_see_it(account: AwsAccount) -> None:
    account.network(name="lan", zones=["us-east-1b"])
    account.firewall(name="gate", network="lan", rules=[SSH])
    account.vms(
        network="lan",
        firewalls=["gate"],
        ssh_public_key=PUBLIC_KEY,
        user_data="#cloud-config\n",
        labels={"team": "red"},
    )
    seen = only(instances(account))
    assert seen["InstanceType"] == "g6.xlarge"
    assert seen["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert seen["KeyName"] == "aienv-" + fingerprint(PUBLIC_KEY)
    assert [group["GroupName"] for group in seen["SecurityGroups"]] == ["gate"]
    assert seen["MetadataOptions"]["HttpTokens"] == "required"
    assert seen["PrivateIpAddress"].startswith("10.20.")
    own = tags(seen)
    assert (own["Name"], own["aienv-fleet"], own["aienv-image"], own["team"]) == ("fleet", "fleet", "debian-12", "red")
    assert (own["aienv-network"], own["aienv-ssh-user"]) == ("lan", "admin")
    volume = seen["BlockDeviceMappings"][0]["Ebs"]
    assert volume["DeleteOnTermination"] is True
    disk = only(account.ec2().describe_volumes(VolumeIds=[volume["VolumeId"]])["Volumes"])
    assert (disk["Encrypted"], disk["VolumeType"]) == (True, "gp3")
    assert {"Key": "aienv-fleet", "Value": "fleet"} in disk["Tags"]
    data = account.ec2().describe_instance_attribute(InstanceId=seen["InstanceId"], Attribute="userData")
    import base64

    assert base64.b64decode(data["UserData"]["Value"]).decode() == "#cloud-config\n"


def test_user_data_unset_is_no_user_data(account: AwsAccount) -> None:
    account.vms()
    seen = only(instances(account))
    data = account.ec2().describe_instance_attribute(InstanceId=seen["InstanceId"], Attribute="userData")
    assert not data.get("UserData", {}).get("Value")


@pytest.mark.parametrize(
    ("image", "machine_type", "name", "user"),
    [
        ("debian-12", "g6.xlarge", "debian-12-amd64", "admin"),
        ("debian-13", "g6.xlarge", "debian-13-amd64", "admin"),
        ("debian-12", "g5g.xlarge", "debian-12-arm64", "admin"),
        ("ubuntu-22.04", "g6.xlarge", "ubuntu-jammy-22.04-amd64", "ubuntu"),
        ("ubuntu-24.04", "g6.xlarge", "ubuntu-noble-24.04-amd64", "ubuntu"),
        ("ubuntu-26.04", "g6.xlarge", "ubuntu-resolute-26.04-amd64", "ubuntu"),
        ("deep-learning", "g6.xlarge", "Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)", "ubuntu"),
        ("deep-learning", "g5g.xlarge", "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04)", "ubuntu"),
    ],
)
def test_a_friendly_image_is_the_newest_of_its_publisher(
    account: AwsAccount, image: str, machine_type: str, name: str, user: str
) -> None:
    vm = only(list(account.vms(image=image, machine_type=machine_type).states))
    ec2 = account.ec2()
    found = only(ec2.describe_images(ImageIds=[vm.image[1]])["Images"])
    assert name in found["Name"]
    assert vm.ssh_user == user
    undated = found["Name"].rstrip("0123456789.-") + "*"
    older = ec2.describe_images(Owners=[found["OwnerId"]], Filters=[{"Name": "name", "Values": [undated]}])["Images"]
    assert len(older) > 1
    assert found["CreationDate"] == max(i["CreationDate"] for i in older)


def test_an_image_by_id(account: AwsAccount) -> None:
    vm = only(list(account.vms().states))
    assert not account.vms(image=vm.image[1]).changed
    with pytest.raises(CloudError) as caught:
        account.vms(name="other", image="ami-0123456789abcdef0")
    assert caught.value.code == "not_found"


def test_an_image_for_another_processor_is_refused_before_anything_is_made(account: AwsAccount) -> None:
    arm = only(list(account.vms(machine_type="g5g.xlarge").states)).image[1]
    with pytest.raises(InvalidOption, match="arm64"):
        account.vms(name="other", image=arm)
    assert instances(account, "other") == []


def test_a_key_is_registered_once_and_found_by_its_fingerprint(account: AwsAccount) -> None:
    account.vms(name="one", ssh_public_key=PUBLIC_KEY)
    account.vms(name="two", ssh_public_key=PUBLIC_KEY.replace("ada@example.net", "another comment"))
    account.vms(name="three", ssh_public_key=OTHER_KEY)
    names = {pair["KeyName"] for pair in account.ec2().describe_key_pairs()["KeyPairs"]}
    assert names == {"aienv-" + fingerprint(PUBLIC_KEY), "aienv-" + fingerprint(OTHER_KEY)}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ({"network": "nowhere"}, "not_found", "no network 'nowhere' in us-east-1; make it with aws_network"),
        ({"firewalls": ["gate", "nobody"]}, "not_found", "firewalls gate, nobody do not exist"),
        ({"zones": ["us-east-1z"]}, "invalid", "us-east-1a, us-east-1b"),
        ({"market": "reserved", "reservation_id": "cr-0123456789abcdef0"}, "not_found", "cr-0123456789abcdef0"),
    ],
    ids=["network", "firewall", "zone", "reservation"],
)
def test_words_that_the_account_does_not_know(account: AwsAccount, words: dict[str, Any], code: str, said: str) -> None:
    with pytest.raises(CloudError) as caught:
        account.vms(**words)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "RunInstances" not in account.counted()


def test_without_a_default_network_the_sentence_tells_what_to_make(account: AwsAccount) -> None:
    ec2 = account.ec2()
    for subnet in ec2.describe_subnets()["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    with pytest.raises(CloudError, match="has no default VPC; make a network with aws_network"):
        account.vms()


def test_reserved_capacity_is_used_and_known_again(account: AwsAccount) -> None:
    made = account.ec2().create_capacity_reservation(
        InstanceType="g6.xlarge",
        InstancePlatform="Linux/UNIX",
        AvailabilityZone="us-east-1c",
        InstanceCount=2,
        InstanceMatchCriteria="targeted",
    )["CapacityReservation"]
    words = {"market": "reserved", "reservation_id": made["CapacityReservationId"], "zones": ["us-east-1c"], "count": 2}
    assert {vm.market for vm in account.vms(**words).states} == {"reserved"}
    assert not account.vms(**words).changed
    with pytest.raises(CloudError) as caught:
        account.vms(**{**words, "count": 3})
    assert caught.value.code == "no_capacity"


def test_an_on_demand_vm_in_an_open_reservation_is_still_on_demand(account: AwsAccount) -> None:
    account.ec2().create_capacity_reservation(
        InstanceType="g6.xlarge",
        InstancePlatform="Linux/UNIX",
        AvailabilityZone="us-east-1a",
        InstanceCount=1,
        InstanceMatchCriteria="open",
    )
    account.vms()
    assert not account.vms().changed


def test_a_placement_group_and_efa_are_known_again(account: AwsAccount) -> None:
    account.ec2().create_placement_group(GroupName="near", Strategy="cluster")
    words = {"machine_type": "g6e.8xlarge", "efa": True, "placement_group": "near"}
    vm = only(list(account.vms(**words).states))
    assert (vm.efa, vm.placement_group) == (True, "near")
    assert not account.vms(**words).changed


def test_several_network_cards(account: AwsAccount) -> None:
    words = {"machine_type": "p5.48xlarge", "efa": True}
    vm = only(list(account.vms(**words).states))
    assert vm.efa
    assert len(only(instances(account))["NetworkInterfaces"]) == 33
    assert not account.vms(**words).changed


# drift and identity


def test_a_newer_image_is_no_second_vm(account: AwsAccount) -> None:
    old = only(list(account.vms(image="debian-12").states))
    with pytest.raises(CloudError) as caught:
        account.vms(image="debian-13")
    assert caught.value.code == "refused"
    assert [i["InstanceId"] for i in instances(account)] == [old.id]
    new = only(list(account.vms(image="debian-13", allow_replace=True).states))
    assert new.id != old.id
    assert [i["InstanceId"] for i in instances(account)] == [new.id]


def test_a_renamed_vm_is_still_the_same_member(account: AwsAccount) -> None:
    vm = only(list(account.vms().states))
    account.ec2().create_tags(Resources=[vm.id], Tags=[{"Key": "Name", "Value": "call me Ishmael"}])
    result = account.vms()
    assert not result.changed
    assert [found.name for found in result.states] == ["fleet"]


def test_a_vm_with_the_same_name_tag_that_is_not_ours_is_not_touched(account: AwsAccount) -> None:
    ec2 = account.ec2()
    image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    named = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "fleet"}]}]
    theirs = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1, TagSpecifications=named)[
        "Instances"
    ][0]["InstanceId"]
    assert account.vms().changed
    account.vms(state="stopped")
    account.vms(state="absent")
    state = ec2.describe_instances(InstanceIds=[theirs])["Reservations"][0]["Instances"][0]["State"]["Name"]
    assert state == "running"


def test_two_that_claim_one_number_are_an_error_and_nothing_happens(account: AwsAccount) -> None:
    account.vms(count=2)
    first, second = instances(account)
    account.ec2().create_tags(Resources=[second["InstanceId"]], Tags=[{"Key": "aienv-base-index", "Value": "-1"}])
    account.ec2().create_tags(Resources=[second["InstanceId"]], Tags=[{"Key": "aienv-base-index", "Value": "0"}])
    account.ec2().create_tags(Resources=[first["InstanceId"]], Tags=[{"Key": "aienv-base-index", "Value": "1"}])
    account.server.clear_calls()
    with pytest.raises(CloudError) as caught:
        account.vms(count=2)
    assert caught.value.code == "ambiguous"
    assert {first["InstanceId"], second["InstanceId"]} <= set(str(caught.value).replace(",", " ").split())
    assert set(account.counted()) == {"DescribeInstances", "DescribeVolumes"}
    assert account.vms(state="absent").changed  # the way out of it
    assert {i["State"]["Name"] for i in instances(account)} <= {"terminated"}


def test_only_the_disk_it_boots_from_is_the_disk(account: AwsAccount) -> None:
    vm = only(list(account.vms(disk_gb=20).states))
    ec2 = account.ec2()
    own = [{"ResourceType": "volume", "Tags": [{"Key": "aienv-fleet", "Value": "fleet"}]}]
    data = ec2.create_volume(AvailabilityZone=vm.zone, Size=500, Encrypted=False, TagSpecifications=own)["VolumeId"]
    ec2.attach_volume(VolumeId=data, InstanceId=vm.id, Device="/dev/sdf")
    assert not account.vms(disk_gb=20).changed


def test_firewalls_are_changed_in_place(account: AwsAccount) -> None:
    for name in ("one", "two", "three"):
        account.firewall(name=name, rules=[])
    account.vms(count=2, firewalls=["one", "two"])
    assert not account.vms(count=2, firewalls=["two", "one"]).changed
    assert account.vms(count=2, firewalls=["two", "three"]).changed
    for instance in instances(account):
        assert {group["GroupName"] for group in instance["SecurityGroups"]} == {"two", "three"}


def test_a_terminated_id_that_ec2_has_forgotten_does_not_save_the_others(
    account: AwsAccount, naps: list[float]
) -> None:
    result = account.vms(count=2)
    store = account.vm_store(account.vm_options())
    forgotten = dataclasses.replace(result.states[0], id="i-0123456789abcdef0")
    assert store.delete([forgotten, *result.states]).error is None
    assert instances(account) == []


def test_the_info_module_finds_one_fleet_or_all(account: AwsAccount) -> None:
    account.vms(name="one", count=2)
    account.vms(name="two")
    account.vms(name="gone")
    account.vms(name="gone", state="absent")
    assert [vm.name for vm in find(account)] == ["one-0", "one-1", "two"]
    assert [vm.name for vm in find(account, name="one")] == ["one-0", "one-1"]
    assert find(account, name="nobody") == []


def find(account: AwsAccount, name: str | None = None) -> list[Any]:
    from types import SimpleNamespace

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vms, "connect", lambda options: account.session)
        return list(vms.find(SimpleNamespace(name=name)))  # type: ignore[arg-type]


# how many calls


def polls(calls: dict[str, int]) -> int:
    return calls.pop("DescribeInstances")


def test_fifty_vms_take_six_calls_and_one_per_poll(account: AwsAccount) -> None:
    account.network(name="lan", zones=["us-east-1a"])
    account.firewall(name="gate", network="lan", rules=[SSH])
    account.server.faults({"kind": "slow_boot", "seconds": 0.5})
    account.counted()
    words = {"count": 50, "network": "lan", "firewalls": ["gate"], "ssh_public_key": PUBLIC_KEY}
    result = account.vms(**words)
    assert len(result.states) == 50
    calls = account.counted()
    assert polls(calls) == 1 + len(account.clock.naps) + 1  # the first look, and one per poll
    assert calls == {
        "DescribeImages": 1,
        "DescribeSecurityGroups": 1,
        "DescribeSubnets": 1,
        "ImportKeyPair": 1,
        "RunInstances": 1,
    }
    assert not account.vms(**words).changed
    assert account.counted() == {"DescribeInstances": 1, "DescribeVolumes": 1}

    account.vms(state="stopped")
    calls = account.counted()
    assert polls(calls) == 2 + len(account.clock.naps)
    assert calls == {"StopInstances": 1}
    account.vms(state="started", image=None, machine_type=None)
    calls = account.counted()
    assert polls(calls) == 2 + len(account.clock.naps)
    assert calls == {"StartInstances": 1}
    account.vms(state="restarted")
    calls = account.counted()
    assert polls(calls) == 2 + len(account.clock.naps)
    assert calls == {"RebootInstances": 1}
    account.vms(count=50, labels={"team": "red"}, network="lan")
    calls = account.counted()
    assert polls(calls) == 2
    assert calls == {"CreateTags": 1, "DescribeVolumes": 1}
    account.vms(state="absent")
    calls = account.counted()
    assert polls(calls) == 2 + len(account.clock.naps)
    assert calls == {"TerminateInstances": 1}


def test_each_gap_is_one_launch(account: AwsAccount) -> None:
    account.vms(count=10)
    ids = [instances(account)[index]["InstanceId"] for index in (2, 3, 7)]
    account.ec2().terminate_instances(InstanceIds=ids)
    account.counted()
    account.vms(count=12)
    calls = account.counted()
    assert calls["RunInstances"] == 3  # 2-3, 7, 10-11
    assert [vm.index for vm in account.vms(count=12).states] == list(range(12))


def test_a_thousand_vms_without_change_take_two_calls(account: AwsAccount) -> None:
    """The slow one: moto needs some seconds to write a thousand instances."""
    words = {"count": 1000, "wait": False}
    account.network(name="lan", cidr="10.64.0.0/16", zones=["us-east-1a"])
    account.vms(**words, network="lan")
    account.counted()
    result = account.vms(count=1000, network="lan")
    assert (len(result.states), result.changed) == (1000, False)
    assert account.counted() == {"DescribeInstances": 1, "DescribeVolumes": 1}
