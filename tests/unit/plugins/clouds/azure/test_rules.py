"""Between our rules and Azure's: pure, both ways, and what people make by hand."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.rules import DENIAL, observed, rules_of, to_rules
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import Rule

SSH = Rule("tcp", 22, 22, "203.0.113.0/24", "office")
WEB = Rule("tcp", 8000, 8100, "2001:db8::/32")
ALL = Rule("all", -1, -1, "gate")
PING6 = Rule("icmpv6", -1, -1, "2001:db8::/32")


def by_hand(**properties: Any) -> dict[str, Any]:
    usual = {"direction": "Inbound", "access": "Allow", "protocol": "Tcp", "priority": 100, "sourcePortRange": "*"}
    usual |= {"destinationAddressPrefix": "*", "destinationPortRange": "22", "sourceAddressPrefix": "10.0.0.0/8"}
    return {"name": "by-hand", "properties": {**usual, **properties}}


def asg(name: str) -> str:
    return f"/asgs/{name}"


def test_there_and_back() -> None:
    wanted = {SSH, WEB, ALL, PING6, Rule("udp", 53, 53, "10.0.0.0/8"), Rule("icmp", -1, -1, "10.0.0.0/8")}
    made = to_rules(wanted, (), True, asg)
    assert observed(made) == wanted
    assert [one["properties"]["priority"] for one in made] == [*range(1000, 1006), 4096]
    assert made == to_rules(sorted(wanted, reverse=True), (), True, asg)


def test_what_stays_keeps_its_priority_and_what_is_new_takes_a_free_one() -> None:
    before = to_rules([SSH, WEB], (), True, asg)
    after = to_rules([ALL, WEB], before, True, asg)
    kept = {one["name"]: one["properties"]["priority"] for one in before}
    assert {one["properties"]["priority"] for one in after} == {kept[before[1]["name"]], 1002, 4096}


def test_the_rules_of_others_stay_without_exact_and_outgoing_ones_always() -> None:
    telnet = by_hand(destinationPortRange="23")
    out = by_hand(direction="Outbound", access="Deny")
    assert [one["name"] for one in to_rules([SSH], [telnet, out], True, asg)][1:] == [DENIAL, "by-hand"]
    assert len(to_rules([SSH], [telnet, out], False, asg)) == 4
    same = by_hand(sourceAddressPrefix="203.0.113.0/24")
    assert to_rules([SSH], [same], False, asg) == to_rules([SSH], (), True, asg)


def test_the_network_itself_is_shut_out_and_it_shows_when_it_is_not() -> None:
    made = to_rules([SSH], (), True, asg)
    denial = made[-1]["properties"]
    assert (made[-1]["name"], denial["access"], denial["sourceAddressPrefix"]) == (DENIAL, "Deny", "VirtualNetwork")
    assert Rule("all", -1, -1, "VirtualNetwork") in observed(made[:-1])
    assert to_rules([SSH], made, True, asg) == made
    there = [by_hand(priority=4096)]
    assert [one["properties"]["priority"] for one in to_rules([], there, False, asg)] == [4095, 4096]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"access": "Allow", "sourceAddressPrefix": "*"}, {("all", -1, -1, "*")}),
        ({"access": "Allow"}, set()),
        ({"sourceAddressPrefix": "10.0.0.4"}, {("deny all", -1, -1, "10.0.0.4/32")}),
        ({"destinationPortRange": "22"}, {("deny all", 22, 22, "VirtualNetwork")}),
        ({"direction": "Outbound"}, set()),
    ],
    ids=["opens the world", "opens the network", "one address", "one port", "the other way"],
)
def test_a_denial_that_was_changed_is_none_and_is_made_anew(change: dict[str, Any], shown: set[Any]) -> None:
    made = to_rules([SSH], (), True, asg)
    turned = [*made[:-1], {"name": DENIAL, "properties": {**made[-1]["properties"], **change}}]
    found = {rule.identity for rule in observed(turned)}
    assert found == {SSH.identity, ("all", -1, -1, "VirtualNetwork"), *shown}
    assert to_rules([SSH], turned, True, asg) == made


def test_a_denial_with_another_place_and_text_is_still_one() -> None:
    made = to_rules([SSH], (), True, asg)
    moved = {**made[-1]["properties"], "priority": 4000, "description": "theirs", "provisioningState": "Succeeded"}
    assert observed([*made[:-1], {"name": DENIAL, "properties": moved}]) == {SSH}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, {("tcp", 22, 22, "10.0.0.0/8")}),
        ({"sourceAddressPrefix": "203.0.113.7"}, {("tcp", 22, 22, "203.0.113.7/32")}),
        ({"sourceAddressPrefix": "Internet"}, {("tcp", 22, 22, "Internet")}),
        ({"sourceAddressPrefix": "*"}, {("tcp", 22, 22, "*")}),
        ({"access": "Deny"}, {("deny tcp", 22, 22, "10.0.0.0/8")}),
        ({"destinationAddressPrefix": "10.0.0.4"}, {("tcp to some", 22, 22, "10.0.0.0/8")}),
        ({"destinationPortRange": "*"}, {("tcp", 0, 65535, "10.0.0.0/8")}),
        ({"protocol": "*", "destinationPortRange": "*"}, {("all", -1, -1, "10.0.0.0/8")}),
        (
            {
                "destinationPortRange": None,
                "destinationPortRanges": ["80", "443"],
                "sourceAddressPrefix": None,
                "sourceAddressPrefixes": ["10.0.0.0/8", "192.168.0.0/16"],
            },
            {("tcp", port, port, source) for port in (80, 443) for source in ("10.0.0.0/8", "192.168.0.0/16")},
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_what_people_make_by_hand(properties: dict[str, Any], expected: set[Any]) -> None:
    assert {rule.identity for rule in rules_of([by_hand(**properties)])} == expected


def test_a_full_group() -> None:
    there = [by_hand(priority=number) | {"name": f"n{number}"} for number in range(100, 4097)]
    with pytest.raises(CloudError, match="no room"):
        to_rules([SSH], there, False, asg)
