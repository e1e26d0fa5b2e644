"""RunInstances: counts, place, machine, interfaces."""

from __future__ import annotations


def states(instances):
    return [i["State"]["Name"] for i in instances]


def test_max_count_is_what_is_made_and_indexes_count_from_zero(launch):
    made = launch(MinCount=1, MaxCount=5)
    assert [i["AmiLaunchIndex"] for i in made] == [0, 1, 2, 3, 4]
    assert states(made) == ["pending"] * 5


def test_between_min_and_max_capacity_decides(aws, launch, show):
    aws.faults({"kind": "capacity", "machine_types": ["g6.*"], "available": 3})
    assert len(launch(MinCount=2, MaxCount=5)) == 3
    assert len(show()) == 3


def test_min_above_max_is_refused(launch, show, refused):
    with refused("InvalidParameterCombination"):
        launch(MinCount=3, MaxCount=2)
    with refused("InvalidParameterValue"):
        launch(MinCount=0, MaxCount=2)
    assert show() == []


def test_strictness(launch, refused):
    with refused("InvalidInstanceType.NotFound"):
        launch(InstanceType="g99.huge")
    with refused("InvalidAMIID.NotFound"):
        launch(ImageId="ami-0123456789abcdef0")
    with refused("InvalidAMIID.Malformed"):
        launch(ImageId="debian")
    with refused("InvalidKeyPair.NotFound"):
        launch(KeyName="nobody")


def test_a_key_pair_that_exists_is_accepted_and_none_is_needed(ec2, launch):
    ec2.create_key_pair(KeyName="mine", KeyType="ed25519")
    assert launch(KeyName="mine")[0]["KeyName"] == "mine"
    assert "KeyName" not in launch()[0]


def test_dry_run_makes_nothing(launch, show, refused):
    with refused("DryRunOperation", status=412):
        launch(DryRun=True)
    assert show() == []


def test_the_architecture_of_type_and_image_must_match(launch, refused):
    with refused("InvalidParameterValue") as seen:
        launch(InstanceType="g5g.xlarge")
    assert "architecture 'arm64'" in seen.message


def test_without_a_subnet_the_address_is_in_the_subnet_that_is_reported(ec2, launch):
    import ipaddress

    (made,) = launch()
    (subnet,) = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"]
    assert ipaddress.ip_address(made["PrivateIpAddress"]) in ipaddress.ip_network(subnet["CidrBlock"])


def test_the_zone_picks_the_default_subnet(launch):
    (made,) = launch(Placement={"AvailabilityZone": "us-east-1c"})
    assert made["Placement"]["AvailabilityZone"] == "us-east-1c"


def test_a_bad_zone_is_refused(launch, refused):
    with refused("InvalidParameterValue"):
        launch(Placement={"AvailabilityZone": "us-east-1z"})


def test_a_full_subnet_is_refused(ec2, launch, network, refused, show):
    place = {"SubnetId": network["subnet"], "SecurityGroupIds": [network["group"]]}
    assert len({i["PrivateIpAddress"] for i in launch(10, **place)}) == 10
    with refused("InsufficientFreeAddressesInSubnet"):
        launch(2, **place)
    assert len(launch(MinCount=1, MaxCount=4, **place)) == 1  # the eleventh and last address of a /28
    assert len(show()) == 11


def test_addresses_come_back_with_termination(ec2, launch, network):
    made = launch(11, SubnetId=network["subnet"])
    ec2.terminate_instances(InstanceIds=[i["InstanceId"] for i in made])
    again = launch(11, SubnetId=network["subnet"])
    assert {i["PrivateIpAddress"] for i in again} == {i["PrivateIpAddress"] for i in made}


def test_a_fixed_address_is_taken_once(launch, network, refused):
    (made,) = launch(SubnetId=network["subnet"], PrivateIpAddress="10.9.0.9")
    assert made["PrivateIpAddress"] == "10.9.0.9"
    with refused("InvalidIPAddress.InUse"):
        launch(SubnetId=network["subnet"], PrivateIpAddress="10.9.0.9")
    with refused("InvalidParameterValue"):
        launch(SubnetId=network["subnet"], PrivateIpAddress="10.8.0.9")


def test_groups_must_exist_and_be_of_the_network(launch, network, refused):
    with refused("InvalidGroup.NotFound"):
        launch(SecurityGroupIds=["sg-0123456789abcdef0"])
    with refused("InvalidParameter"):
        launch(SecurityGroupIds=[network["group"]])
    (made,) = launch(SubnetId=network["subnet"], SecurityGroupIds=[network["group"]])
    assert [g["GroupId"] for g in made["SecurityGroups"]] == [network["group"]]


def test_interfaces_keep_type_card_groups_and_tags(ec2, launch, network, show):
    nics = [
        {"DeviceIndex": 0, "NetworkCardIndex": 0, "InterfaceType": "efa"},
        {"DeviceIndex": 1, "NetworkCardIndex": 1, "InterfaceType": "efa-only"},
    ]
    for nic in nics:
        nic |= {"SubnetId": network["subnet"], "Groups": [network["group"]]}
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "fleet", "Value": "a"}]}]
    launch(InstanceType="p5.48xlarge", NetworkInterfaces=nics, TagSpecifications=tags)
    (made,) = show()
    seen = {n["Attachment"]["DeviceIndex"]: n for n in made["NetworkInterfaces"]}
    assert [seen[0]["InterfaceType"], seen[1]["InterfaceType"]] == ["efa", "efa-only"]
    assert seen[1]["Attachment"]["NetworkCardIndex"] == 1
    assert seen[0]["PrivateIpAddress"] != seen[1]["PrivateIpAddress"]
    assert [g["GroupId"] for g in made["SecurityGroups"]] == [network["group"]]
    tagged = ec2.describe_network_interfaces(Filters=[{"Name": "tag:fleet", "Values": ["a"]}])
    assert len(tagged["NetworkInterfaces"]) == 2


def test_several_interfaces_exclude_a_public_address(launch, network, refused):
    nics = [{"DeviceIndex": n, "NetworkCardIndex": n, "SubnetId": network["subnet"]} for n in (0, 1)]
    nics[0]["AssociatePublicIpAddress"] = True
    with refused("InvalidParameterCombination"):
        launch(InstanceType="p5.48xlarge", NetworkInterfaces=nics)


def test_efa_and_cards_need_a_type_that_has_them(launch, network, refused):
    nic = {"DeviceIndex": 0, "SubnetId": network["subnet"]}
    with refused("Unsupported"):
        launch(InstanceType="g6.xlarge", NetworkInterfaces=[{**nic, "InterfaceType": "efa"}])
    with refused("InvalidParameterValue"):
        launch(InstanceType="g6.xlarge", NetworkInterfaces=[nic, {**nic, "DeviceIndex": 1, "NetworkCardIndex": 1}])


def test_a_public_address_is_asked_for_by_interface(launch, network, show):
    launch(NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": network["subnet"], "AssociatePublicIpAddress": True}])
    launch(NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": network["subnet"], "AssociatePublicIpAddress": False}])
    assert ["PublicIpAddress" in i for i in show()] == [True, False]


def test_metadata_options_and_protection_are_echoed(ec2, launch, show, refused):
    (made,) = launch(
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2}, DisableApiTermination=True
    )
    (seen,) = show()
    assert seen["MetadataOptions"]["HttpTokens"] == "required"
    assert seen["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
