"""Networks on the emulated EC2: made part by part, completed from any half, taken down in reverse."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.networks import carve
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.aws.account import AwsAccount

ZONES = ["us-east-1a", "us-east-1b"]


@pytest.mark.parametrize(
    ("cidr", "zones", "used", "carved"),
    [
        ("10.20.0.0/16", ["a", "b"], [], [("a", "10.20.0.0/20"), ("b", "10.20.16.0/20")]),
        ("10.20.0.0/16", ["b"], ["10.20.0.0/20"], [("b", "10.20.16.0/20")]),
        ("10.20.0.0/16", ["b"], ["10.20.16.0/20"], [("b", "10.20.0.0/20")]),
        ("10.20.0.0/16", ["b"], ["10.20.0.0/18"], [("b", "10.20.64.0/20")]),
        ("10.20.0.0/16", ["b"], ["10.20.0.0/28"], [("b", "10.20.16.0/20")]),
        ("192.168.7.0/24", ["a", "b"], [], [("a", "192.168.7.0/28"), ("b", "192.168.7.16/28")]),
        ("10.20.0.0/16", [], [], []),
    ],
)
def test_carve(cidr: str, zones: list[str], used: list[str], carved: list[tuple[str, str]]) -> None:
    assert carve(cidr, zones, used) == carved


def only(found: list[Any]) -> Any:
    assert len(found) == 1
    return found[0]


def parts(account: AwsAccount) -> dict[str, Any]:
    """What lies in our VPC, as EC2 shows it to anybody."""
    ec2 = account.ec2()
    own = [{"Name": "tag:aienv-network", "Values": ["lan"]}]
    vpcs = ec2.describe_vpcs(Filters=own)["Vpcs"]
    ids = [{"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs] or ["vpc-none"]}]
    return {
        "vpcs": vpcs,
        "subnets": ec2.describe_subnets(Filters=ids)["Subnets"],
        "gateways": ec2.describe_internet_gateways(Filters=own)["InternetGateways"],
        "routes": [r for t in ec2.describe_route_tables(Filters=ids)["RouteTables"] for r in t["Routes"]],
    }


def refusing(*operations: str, **when: int) -> dict[str, Any]:
    """From a certain call on (`after`, `times`) these operations are refused."""
    return {"kind": "error", "code": "UnauthorizedOperation", "status": 403, "operations": list(operations), **when}


def breaks(account: AwsAccount, **words: Any) -> bool:
    """Run; whether the refusal struck. Then there are no faults any more."""
    code = None
    try:
        account.network(name="lan", **words)
    except CloudError as error:
        code = error.code
    struck = bool(account.server.struck()[0])
    account.server.faults()
    assert code == ("not_authorized" if struck else None)
    return struck


def gives_names(account: AwsAccount) -> bool:
    vpc = only(parts(account)["vpcs"])["VpcId"]
    answer = account.ec2().describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    return bool(answer["EnableDnsHostnames"]["Value"])


def default_route(account: AwsAccount) -> Any:
    return only([r for r in parts(account)["routes"] if r.get("DestinationCidrBlock") == "0.0.0.0/0"])


def test_all_parts_exist_and_bear_the_owner_tag(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES, labels={"team": "red"})
    made = parts(account)
    for part in [*made["vpcs"], *made["subnets"], *made["gateways"]]:
        tags = {tag["Key"]: tag["Value"] for tag in part["Tags"]}
        assert (tags["aienv-network"], tags["Name"], tags["team"]) == ("lan", "lan", "red")
    assert [s["CidrBlock"] for s in made["subnets"]] == ["10.20.0.0/20", "10.20.16.0/20"]
    assert default_route(account)["GatewayId"] == only(made["gateways"])["InternetGatewayId"]
    assert gives_names(account)


def test_nothing_is_left_behind(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    assert account.network(name="lan", state="absent").changed
    assert parts(account) == {"vpcs": [], "subnets": [], "gateways": [], "routes": []}


@pytest.mark.parametrize("step", range(1, 10))
def test_a_run_that_breaks_off_anywhere_is_completed_by_the_next(account: AwsAccount, step: int) -> None:
    """Not even the taking back works, as after a lost network: what exists must be found and completed."""
    account.server.faults(refusing("Create*", "Modify*", "Attach*", "Delete*", "Detach*", after=step - 1))
    broke = breaks(account, zones=ZONES)
    assert broke is (step <= 8)
    assert account.network(name="lan", zones=ZONES).changed is broke
    made = parts(account)
    assert (len(made["vpcs"]), len(made["subnets"]), len(made["gateways"])) == (1, 2, 1)
    assert default_route(account)["GatewayId"] == only(made["gateways"])["InternetGatewayId"]
    assert gives_names(account)
    assert not account.network(name="lan", zones=ZONES).changed


@pytest.mark.parametrize("step", range(1, 9))
def test_a_failure_is_taken_back(account: AwsAccount, step: int) -> None:
    account.server.faults(refusing("Create*", "Modify*", "Attach*", after=step - 1, times=1))
    with pytest.raises(CloudError) as caught:
        account.network(name="lan", zones=ZONES)
    assert caught.value.code == "not_authorized"
    assert parts(account)["vpcs"] == []
    assert parts(account)["gateways"] == []


@pytest.mark.parametrize("step", range(1, 8))
def test_a_half_deleted_network_is_deleted_by_the_next_run(account: AwsAccount, step: int) -> None:
    account.network(name="lan", zones=ZONES)
    account.server.faults(refusing("Delete*", "Detach*", after=step - 1))
    assert breaks(account, state="absent") is (step <= 6)
    account.network(name="lan", state="absent")
    assert parts(account) == {"vpcs": [], "subnets": [], "gateways": [], "routes": []}


def test_a_zone_more_gets_a_subnet(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    result = account.network(name="lan", zones=[*ZONES, "us-east-1c"])
    assert "subnet in us-east-1c" in result.actions[0]
    assert [s.cidr for s in result.states[0].subnets] == ["10.20.0.0/20", "10.20.16.0/20", "10.20.32.0/20"]


def test_a_subnet_deleted_by_hand_comes_back(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    account.ec2().delete_subnet(SubnetId=parts(account)["subnets"][0]["SubnetId"])
    assert account.network(name="lan").changed
    assert len(parts(account)["subnets"]) == 2
    assert not account.network(name="lan").changed


def test_a_route_deleted_by_hand_comes_back(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    table = account.ec2().describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [only(parts(account)["vpcs"])["VpcId"]]}]
    )["RouteTables"][0]["RouteTableId"]
    account.ec2().delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    assert account.network(name="lan").changed
    assert default_route(account)["GatewayId"].startswith("igw-")


def test_a_gateway_deleted_by_hand_comes_back_and_the_route_leads_to_it(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    made = parts(account)
    old = only(made["gateways"])["InternetGatewayId"]
    account.ec2().detach_internet_gateway(InternetGatewayId=old, VpcId=only(made["vpcs"])["VpcId"])
    account.ec2().delete_internet_gateway(InternetGatewayId=old)
    assert account.network(name="lan").changed
    new = only(parts(account)["gateways"])["InternetGatewayId"]
    assert new != old
    assert default_route(account)["GatewayId"] == new
    assert not account.network(name="lan").changed


def test_a_gateway_that_was_only_detached_is_used_again(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    made = parts(account)
    old = only(made["gateways"])["InternetGatewayId"]
    account.ec2().detach_internet_gateway(InternetGatewayId=old, VpcId=only(made["vpcs"])["VpcId"])
    account.network(name="lan")
    assert only(parts(account)["gateways"])["InternetGatewayId"] == old
    assert only(only(parts(account)["gateways"])["Attachments"])["VpcId"] == only(made["vpcs"])["VpcId"]


def test_one_with_a_vm_in_it_is_not_deleted_and_keeps_its_way_out(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    account.vms(network="lan")
    with pytest.raises(CloudError, match="'lan' is still in use: delete its VMs and firewalls first") as caught:
        account.network(name="lan", state="absent")
    assert caught.value.code == "in_use"
    assert default_route(account)["GatewayId"].startswith("igw-")


def test_a_foreign_vpc_is_never_seen(account: AwsAccount) -> None:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "lan"}]}]
    theirs = account.ec2().create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    assert account.network(name="lan", zones=ZONES).states[0].id != theirs
    account.network(name="lan", state="absent")
    assert account.ec2().describe_vpcs(VpcIds=[theirs])["Vpcs"]


def test_two_that_claim_the_name_can_only_be_deleted(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "aienv-network", "Value": "lan"}]}]
    account.ec2().create_vpc(CidrBlock="10.99.0.0/16", TagSpecifications=tags)
    with pytest.raises(CloudError, match="2 resources claim") as caught:
        account.network(name="lan", zones=ZONES)
    assert caught.value.code == "ambiguous"
    assert len(parts(account)["vpcs"]) == 2
    account.network(name="lan", state="absent")
    assert parts(account)["vpcs"] == []


def test_a_subnet_of_somebody_else_is_neither_counted_nor_deleted(account: AwsAccount) -> None:
    network = only(account.network(name="lan", zones=ZONES[:1]).states)
    theirs = account.ec2().create_subnet(VpcId=network.id, CidrBlock="10.20.240.0/20", AvailabilityZone=ZONES[1])
    theirs = theirs["Subnet"]["SubnetId"]
    grown = only(account.network(name="lan", zones=ZONES).states)
    assert {subnet.zone for subnet in grown.subnets} == set(ZONES)
    assert theirs not in {subnet.id for subnet in grown.subnets}
    with pytest.raises(CloudError, match=theirs) as caught:
        account.network(name="lan", state="absent")
    assert caught.value.code == "in_use"
    assert len(parts(account)["subnets"]) == len(ZONES) + 1


def test_a_network_that_is_used_keeps_all_its_parts(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    account.vms(network="lan", zones=ZONES[1:2])
    before = parts(account)
    with pytest.raises(CloudError, match="delete its VMs") as caught:
        account.network(name="lan", state="absent")
    assert caught.value.code == "in_use"
    assert parts(account) == before


def test_an_unset_zone_list_means_the_zones_recorded_at_making(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    assert not account.network(name="lan").changed


def test_the_calls_of_a_run_without_change(account: AwsAccount) -> None:
    account.network(name="lan", zones=ZONES)
    account.server.clear_calls()
    assert not account.network(name="lan").changed
    assert account.counted() == {
        "DescribeInternetGateways": 1,
        "DescribeRouteTables": 1,
        "DescribeSubnets": 1,
        "DescribeVpcs": 1,
    }
