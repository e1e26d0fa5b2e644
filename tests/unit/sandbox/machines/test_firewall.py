"""Security groups become nftables rules: everything that no rule allows is dropped."""

from __future__ import annotations

import re

import pytest

from sandbox.machines.firewall import Group, Rule, ruleset


def rules(chain, *ingress, egress=(), members=None, groups=None):
    """The accepting lines of one chain, without those that every machine has."""
    text = ruleset(groups or [Group("sg-1", tuple(ingress), tuple(egress))], members or {})
    body = re.search(rf"chain {chain} {{(.*?)\n  }}", text, re.DOTALL).group(1)
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    always = {"udp dport 53 accept", "tcp dport 53 accept", "ct state established,related accept"}
    return [line for line in lines[2:] if line not in always and "nd-neighbor" not in line]


def test_without_groups_nothing_is_let_in_or_out():
    text = ruleset([], {})
    assert text.count("policy drop;") == 2
    assert rules("input", groups=[Group("sg-1", (), ())]) == []


def test_the_file_replaces_the_table_in_one_step_and_touches_no_other():
    lines = ruleset([], {}).splitlines()
    assert lines[:3] == [
        "table inet aienv_sandbox",
        "delete table inet aienv_sandbox",
        "table inet aienv_sandbox {",
    ]
    assert not any("flush ruleset" in line for line in lines)


def test_loopback_and_replies_pass():
    text = ruleset([], {})
    assert 'iif "lo" accept' in text
    assert text.count("ct state established,related accept") == 2


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("tcp", 22, 22, ("10.0.0.0/8",)), ["ip saddr { 10.0.0.0/8 } tcp dport 22 accept"]),
        (Rule("6", 22, 22, ("10.0.0.0/8",)), ["ip saddr { 10.0.0.0/8 } tcp dport 22 accept"]),
        (Rule("udp", 60000, 61000, ("0.0.0.0/0",)), ["meta nfproto ipv4 udp dport 60000-61000 accept"]),
        (Rule("tcp", 0, 65535, ("0.0.0.0/0",)), ["meta nfproto ipv4 meta l4proto tcp accept"]),
        (Rule("tcp", 0, 0, ("0.0.0.0/0",)), ["meta nfproto ipv4 tcp dport 0 accept"]),
        (Rule("tcp", 443, 443, ("2001:db8::/32",)), ["ip6 saddr { 2001:db8::/32 } tcp dport 443 accept"]),
        (
            Rule("tcp", 80, 80, ("0.0.0.0/0", "::/0")),
            ["meta nfproto ipv4 tcp dport 80 accept", "meta nfproto ipv6 tcp dport 80 accept"],
        ),
        (Rule("-1", None, None, ("192.0.2.7/32",)), ["ip saddr { 192.0.2.7/32 } accept"]),
        (Rule("icmp", 8, -1, ("192.0.2.0/24",)), ["ip saddr { 192.0.2.0/24 } icmp type 8 accept"]),
        (Rule("icmp", 3, 4, ("192.0.2.0/24",)), ["ip saddr { 192.0.2.0/24 } icmp type 3 icmp code 4 accept"]),
        (Rule("icmp", -1, -1, ("192.0.2.0/24",)), ["ip saddr { 192.0.2.0/24 } meta l4proto icmp accept"]),
        (Rule("icmpv6", -1, -1, ("::/0",)), ["meta nfproto ipv6 meta l4proto ipv6-icmp accept"]),
        (Rule("50", None, None, ("192.0.2.0/24",)), ["ip saddr { 192.0.2.0/24 } meta l4proto 50 accept"]),
        (Rule("nonsense", None, None, ("0.0.0.0/0",)), []),
        (Rule("tcp", 22, 22), []),
    ],
)
def test_rules(rule, expected):
    assert rules("input", rule) == expected


def test_overlapping_sources_become_one_set():
    """nftables refuses a set whose intervals overlap."""
    rule = Rule("tcp", 22, 22, ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "192.0.2.0/25", "192.0.2.128/25"))
    assert rules("input", rule) == ["ip saddr { 10.0.0.0/8, 192.0.2.0/24 } tcp dport 22 accept"]


def test_host_bits_in_a_source_are_cut():
    assert rules("input", Rule("tcp", 22, 22, ("10.1.2.3/8",))) == ["ip saddr { 10.0.0.0/8 } tcp dport 22 accept"]


def test_a_group_as_source_stands_for_the_addresses_of_its_members():
    rule = Rule("tcp", 5432, 5432, groups=("sg-app",))
    members = {"sg-app": ["10.0.0.9", "10.0.0.4"], "sg-other": ["10.0.0.5"]}
    assert rules("input", rule, members=members) == ["ip saddr { 10.0.0.4/32, 10.0.0.9/32 } tcp dport 5432 accept"]


def test_a_group_without_members_lets_nobody_in():
    assert rules("input", Rule("-1", None, None, groups=("sg-empty",)), members={"sg-empty": []}) == []


def test_rules_of_several_groups_add_up_and_repeat_once():
    ssh = Rule("tcp", 22, 22, ("10.0.0.0/8",))
    web = Rule("tcp", 80, 80, ("0.0.0.0/0",))
    groups = [Group("sg-b", (ssh, web), ()), Group("sg-a", (ssh,), ())]
    assert rules("input", groups=groups) == [
        "ip saddr { 10.0.0.0/8 } tcp dport 22 accept",
        "meta nfproto ipv4 tcp dport 80 accept",
    ]


def test_egress_is_honoured_by_destination():
    out = Rule("tcp", 443, 443, ("198.51.100.0/24",))
    assert rules("output", egress=(out,)) == ["ip daddr { 198.51.100.0/24 } tcp dport 443 accept"]
    assert rules("input", egress=(out,)) == []


def test_the_text_does_not_depend_on_the_order_of_groups():
    groups = [Group("sg-b", (Rule("tcp", 1, 1, ("10.0.0.0/8",)),), ()), Group("sg-a", (), ())]
    assert ruleset(groups, {}) == ruleset(groups[::-1], {})


def test_a_refusal_before_a_permission_wins_and_behind_it_loses():
    """GCP and Azure have rules that deny, by priority; the order of groups and rules is the order of trying."""
    no = Rule("tcp", 22, 22, ("10.0.0.0/8",), allow=False)
    yes = Rule("tcp", 22, 22, ("0.0.0.0/0",))
    drop, accept = "ip saddr { 10.0.0.0/8 } tcp dport 22 drop", "meta nfproto ipv4 tcp dport 22 accept"
    assert rules("input", groups=[Group("2000", (yes,), ()), Group("1000", (no,), ())]) == [drop, accept]
    assert rules("input", groups=[Group("nsg", (yes, no), ())]) == [accept, drop]
