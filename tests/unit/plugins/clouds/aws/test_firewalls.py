"""Rules and permissions: EC2 groups sources under a permission, we have one rule per source."""

from __future__ import annotations

import ipaddress
import random
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.firewalls import (
    from_api,
    rules_of,
    to_permissions,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import Rule
from tests.unit.plugins.clouds.aws.account import AwsAccount
from tests.unit.plugins.clouds.contract import DNS, PING, SELF, SSH, WEB

IDS = {"gate": "sg-1", "inner": "sg-2"}
NAMES = {group_id: name for name, group_id in IDS.items()}


def group_id(name: str) -> str:
    return name if name.startswith("sg-") else IDS[name]


def random_rule(dice: random.Random) -> Rule:
    protocol = dice.choice(["tcp", "udp", "icmp", "icmpv6", "all", "50"])
    low = dice.randint(0, 65535)
    ports = (low, dice.randint(low, 65535)) if protocol in ("tcp", "udp") else (-1, -1)
    source = dice.choice(
        [
            str(ipaddress.ip_network((dice.getrandbits(32), dice.randint(0, 32)), strict=False)),
            str(ipaddress.ip_network((dice.getrandbits(128), dice.randint(0, 128)), strict=False)),
            "gate",
            "inner",
            "sg-0123456789abcdef0",
            "pl-0123456789abcdef0",
        ]
    )
    return Rule(protocol, *ports, source, dice.choice(["", "office", "a b"]))


def test_an_answer_that_was_lost_leaves_one_firewall_with_its_rules(account: AwsAccount) -> None:
    account.server.faults({"kind": "lost_answer", "operations": ["CreateSecurityGroup"], "times": 1})
    rules = [{"service": "ssh", "sources": ["10.0.0.0/8"]}]
    made = account.firewall(name="lost", rules=rules)
    assert [rule.first_port for state in made.states for rule in state.rules] == [22]
    assert not account.firewall(name="lost", rules=rules).changed


def test_rules_to_permissions_and_back_are_the_same_rules() -> None:
    dice = random.Random(11)
    for _ in range(300):
        rules = {random_rule(dice) for _ in range(dice.randint(0, 12))}
        assert set(rules_of(to_permissions(rules, group_id), NAMES)) == rules


def test_rules_of_the_same_ports_share_a_permission() -> None:
    rules = [
        Rule("tcp", 22, 22, "10.0.0.0/8", "office"),
        Rule("tcp", 22, 22, "2001:db8::/32"),
        Rule("tcp", 22, 22, "inner"),
        Rule("all", -1, -1, "gate"),
        Rule("icmp", -1, -1, "10.0.0.0/8"),
    ]
    assert to_permissions(rules, group_id) == [
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]},
        {
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
            "UserIdGroupPairs": [{"GroupId": "sg-2"}],
        },
    ]


# As EC2 answers: numbers or names of protocols, ports missing where there are none, ids and owners of groups.
EC2 = [
    {"IpProtocol": "-1", "IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "1"}]},
    {"IpProtocol": "58", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "::/0"}], "IpRanges": []},
    {"IpProtocol": "icmpv6", "FromPort": -1, "ToPort": -1, "Ipv6Ranges": [{"CidrIpv6": "fd00::/8"}]},
    {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
    {"IpProtocol": "50", "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
    {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "PrefixListIds": [{"PrefixListId": "pl-1"}]},
    {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "UserIdGroupPairs": [{"GroupId": "sg-9", "Description": "x"}]},
]


def test_permissions_as_ec2_shows_them() -> None:
    assert list(rules_of(EC2, NAMES)) == [
        Rule("all", -1, -1, "gate"),
        Rule("icmpv6", -1, -1, "::/0"),
        Rule("icmpv6", -1, -1, "fd00::/8"),
        Rule("icmp", 8, -1, "0.0.0.0/0"),
        Rule("50", -1, -1, "192.0.2.0/24"),
        Rule("tcp", 0, 65535, "pl-1"),
        Rule("udp", 53, 53, "sg-9", "x"),
    ]


def test_a_group() -> None:
    raw = {
        "GroupId": "sg-1",
        "GroupName": "gate",
        "Description": "Firewall gate",
        "IpPermissions": EC2[:1],
        "Tags": [
            {"Key": "aienv-firewall", "Value": "gate"},
            {"Key": "aienv-network", "Value": "default"},
            {"Key": "Name", "Value": "gate"},
            {"Key": "team", "Value": "red"},
        ],
    }
    state = from_api(raw, "us-east-1", IDS)
    assert (state.owned, state.network, state.labels, state.key) == (True, None, {"team": "red"}, None)
    assert state.rules == {Rule("all", -1, -1, "gate")}
    assert not from_api({**raw, "Tags": raw["Tags"][1:]}, "us-east-1", IDS).owned


# against the emulated EC2


def permissions(account: AwsAccount, name: str = "gate") -> Any:
    found = account.ec2().describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
    return found["SecurityGroups"][0]


def test_a_rule_added_by_hand_is_removed_and_one_removed_by_hand_comes_back(account: AwsAccount) -> None:
    account.firewall(name="gate", rules=[SSH, WEB])
    group = permissions(account)
    by_hand = {"IpProtocol": "tcp", "FromPort": 23, "ToPort": 23, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.ec2().authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[by_hand])
    ssh = next(p for p in group["IpPermissions"] if p["FromPort"] == 22)
    account.ec2().revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[ssh])
    result = account.firewall(name="gate", rules=[SSH, WEB])
    assert result.changed
    assert "23" in result.actions[0]
    assert not account.firewall(name="gate", rules=[SSH, WEB]).changed
    assert {p["FromPort"] for p in permissions(account)["IpPermissions"]} == {22, 443, 8000}


def test_an_icmp_rule_by_type_is_somebody_s_own_and_is_removed(account: AwsAccount) -> None:
    account.firewall(name="gate", rules=[PING])
    echo = {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    account.ec2().authorize_security_group_ingress(GroupId=permissions(account)["GroupId"], IpPermissions=[echo])
    assert account.firewall(name="gate", rules=[PING]).changed
    assert not account.firewall(name="gate", rules=[PING]).changed


def test_new_rules_come_before_old_ones_go(account: AwsAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.server.clear_calls()
    account.firewall(name="gate", rules=[WEB])
    log = [entry["action"] for entry in account.server.calls()["log"]]
    assert log.index("AuthorizeSecurityGroupIngress") < log.index("RevokeSecurityGroupIngress")


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_group_of_that_name_in_our_network_that_is_not_ours_is_not_touched(account: AwsAccount, state: str) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "aienv-network", "Value": "default"}]}]
    account.ec2().create_security_group(GroupName="gate", Description="theirs", TagSpecifications=tags)
    with pytest.raises(CloudError, match="not made by this collection") as caught:
        account.firewall(name="gate", rules=[SSH], state=state)
    assert caught.value.code == "ambiguous"
    assert permissions(account)["IpPermissions"] == []


def test_a_group_of_that_name_without_any_tag_is_not_touched(account: AwsAccount) -> None:
    account.ec2().create_security_group(GroupName="gate", Description="theirs")
    with pytest.raises(CloudError, match="not made by this collection") as caught:
        account.firewall(name="gate", rules=[SSH])
    assert caught.value.code == "ambiguous"
    assert permissions(account)["IpPermissions"] == []
    assert not account.firewall(name="gate", state="absent").changed


def test_the_same_name_in_two_networks_are_two_firewalls(account: AwsAccount) -> None:
    account.network(name="lan", zones=["us-east-1a"])
    one = account.firewall(name="gate", rules=[SSH]).states[0]
    two = account.firewall(name="gate", network="lan", rules=[DNS, SELF]).states[0]
    assert one.id != two.id
    assert not account.firewall(name="gate", network="lan", rules=[DNS, SELF]).changed
    assert not account.firewall(name="gate", rules=[SSH]).changed


def test_a_network_that_does_not_exist(account: AwsAccount) -> None:
    with pytest.raises(CloudError, match="no network 'lan' in us-east-1") as caught:
        account.firewall(name="gate", network="lan", rules=[])
    assert caught.value.code == "not_found"


def test_one_that_a_vm_uses_is_not_deleted_and_the_sentence_says_why(account: AwsAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.vms(firewalls=["gate"])
    with pytest.raises(CloudError, match="'gate' is still used by a VM") as caught:
        account.firewall(name="gate", state="absent")
    assert caught.value.code == "in_use"
    account.vms(state="absent")
    assert account.firewall(name="gate", state="absent").changed


def test_one_call_for_a_run_without_change(account: AwsAccount) -> None:
    rules = [SSH, WEB, PING, SELF, DNS]
    account.firewall(name="gate", rules=rules)
    account.server.clear_calls()
    assert not account.firewall(name="gate", rules=rules).changed
    assert account.counted() == {"DescribeSecurityGroups": 1}


def test_the_calls_of_making_and_changing(account: AwsAccount) -> None:
    account.firewall(name="gate", rules=[SSH, WEB])
    assert account.counted() == {
        "AuthorizeSecurityGroupIngress": 1,
        "CreateSecurityGroup": 1,
        "DescribeSecurityGroups": 2,
        "DescribeVpcs": 1,
    }
    account.firewall(name="gate", rules=[DNS])
    assert account.counted() == {
        "AuthorizeSecurityGroupIngress": 1,
        "DescribeSecurityGroups": 2,
        "RevokeSecurityGroupIngress": 1,
    }
