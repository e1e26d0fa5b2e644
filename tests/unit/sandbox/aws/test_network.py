"""Networks and security groups: what is in use stays, and texts are checked."""

from __future__ import annotations

import pytest


def test_a_group_in_use_is_not_deleted(ec2, launch, network, refused):
    (made,) = launch(SubnetId=network["subnet"], SecurityGroupIds=[network["group"]])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ec2.delete_security_group(GroupId=network["group"])


def test_a_group_that_another_names_is_not_deleted(ec2, network, refused):
    other = ec2.create_security_group(GroupName="db", Description="db", VpcId=network["vpc"])["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    rule["UserIdGroupPairs"] = [{"GroupId": network["group"]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[rule])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
    ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=network["group"])


def test_a_group_may_name_itself_and_the_default_one_stays(ec2, network, refused):
    rule = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": network["group"]}]}
    ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])
    ec2.delete_security_group(GroupId=network["group"])
    wanted = [{"Name": "vpc-id", "Values": [network["vpc"]]}]
    (default,) = ec2.describe_security_groups(Filters=wanted)["SecurityGroups"]
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default["GroupId"])


def test_a_changed_group_frees_the_old_one(ec2, launch, network):
    (made,) = launch(SubnetId=network["subnet"], SecurityGroupIds=[network["group"]])
    new = ec2.create_security_group(GroupName="new", Description="new", VpcId=network["vpc"])["GroupId"]
    ec2.modify_instance_attribute(InstanceId=made["InstanceId"], Groups=[new])
    seen = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]
    assert [g["GroupId"] for g in seen["SecurityGroups"]] == [new]
    assert [g["GroupId"] for g in seen["NetworkInterfaces"][0]["Groups"]] == [new]
    ec2.delete_security_group(GroupId=network["group"])


def test_networks_go_in_reverse_order_only(ec2, launch, network, refused):
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    nic = {"DeviceIndex": 0, "SubnetId": network["subnet"], "AssociatePublicIpAddress": True}
    (made,) = launch(NetworkInterfaces=[nic])
    for attempt in (
        lambda: ec2.delete_subnet(SubnetId=network["subnet"]),
        lambda: ec2.delete_vpc(VpcId=network["vpc"]),
        lambda: ec2.delete_internet_gateway(InternetGatewayId=gateway),
        lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"]),
    ):
        with refused("DependencyViolation"):
            attempt()
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])
    ec2.delete_subnet(SubnetId=network["subnet"])
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=network["vpc"])
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=network["vpc"])
    ec2.delete_security_group(GroupId=network["group"])
    ec2.delete_vpc(VpcId=network["vpc"])


def test_a_route_table_of_its_own_holds_a_network(ec2, refused):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    with refused("DependencyViolation"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def test_cidrs_are_brought_into_canonical_form(ec2, network):
    assert ec2.create_vpc(CidrBlock="100.68.0.18/18")["Vpc"]["CidrBlock"] == "100.68.0.0/18"
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.77/24"}]}
    ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])
    (group,) = ec2.describe_security_groups(GroupIds=[network["group"]])["SecurityGroups"]
    assert group["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "192.0.2.0/24"}]


def test_the_canonical_form_of_a_known_rule_is_a_duplicate(ec2, network, refused):
    def allow(cidr):
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": cidr}]}
        ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])

    allow("192.0.2.0/24")
    with refused("InvalidPermission.Duplicate"):
        allow("192.0.2.1/24")


@pytest.mark.parametrize("cidr", ["10.0.0.0", "10.0.0.0/33", "devbox", "::/0"])
def test_bad_cidrs_are_refused(ec2, network, refused, cidr):
    with refused("InvalidParameterValue"):
        ec2.create_vpc(CidrBlock=cidr)
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": cidr}]}
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])


def test_descriptions_have_a_set_of_letters(ec2, network, refused):
    def allow(text):
        entry = {"CidrIp": "192.0.2.0/24", "Description": text}
        rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [entry]}
        ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])

    for text in ("caf\u00e9", "it's", "x" * 256):
        with refused("InvalidParameterValue"):
            allow(text)
    allow("office (Berlin), a-z_:/#@[]+=&;{}!$*")
    with refused("InvalidParameterValue"):
        ec2.create_security_group(GroupName="x", Description="b\u00fcro", VpcId=network["vpc"])


@pytest.mark.parametrize(("low", "high"), [(22, 21), (0, 65536), (-1, 22)])
def test_bad_ports_are_refused(ec2, network, refused, low, high):
    rule = {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
    with refused("InvalidParameterValue"):
        ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])


def test_descriptions_of_rules_read_back(ec2, network):
    other = ec2.create_security_group(GroupName="db", Description="db", VpcId=network["vpc"])["GroupId"]
    rule = {
        "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "office"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32", "Description": "office6"}],
        "UserIdGroupPairs": [{"GroupId": other, "Description": "friends"}],
    }  # fmt: skip
    ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule])
    wanted = [{"Name": "group-id", "Values": [network["group"]]}]
    rules = ec2.describe_security_group_rules(Filters=wanted)["SecurityGroupRules"]
    assert {r.get("Description") for r in rules if not r["IsEgress"]} == {"office", "office6", "friends"}
    (group,) = ec2.describe_security_groups(GroupIds=[network["group"]])["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert permission["UserIdGroupPairs"][0]["Description"] == "friends"


def test_a_batch_of_rules_is_made_or_removed_as_a_whole(ec2, network, refused):
    def rule(port, text=None):
        pair = {"GroupId": network["group"], **({"Description": text} if text else {})}
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": [pair]}

    def ports():
        (group,) = ec2.describe_security_groups(GroupIds=[network["group"]])["SecurityGroups"]
        return sorted(p["FromPort"] for p in group["IpPermissions"])

    ec2.authorize_security_group_ingress(GroupId=network["group"], IpPermissions=[rule(22, "ssh"), rule(80)])
    with refused("InvalidPermission.Duplicate"):
        ec2.authorize_security_group_ingress(
            GroupId=network["group"], IpPermissions=[rule(443), rule(22, "other words")]
        )
    assert ports() == [22, 80]
    with refused("InvalidPermission.NotFound"):
        ec2.revoke_security_group_ingress(GroupId=network["group"], IpPermissions=[rule(80), rule(443)])
    assert ports() == [22, 80]
    ec2.revoke_security_group_ingress(GroupId=network["group"], IpPermissions=[rule(22)])
    assert ports() == [80]
