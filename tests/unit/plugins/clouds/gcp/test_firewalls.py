"""Firewalls on the emulated Compute Engine: what others see, whose rules are whose, how many calls."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.firewalls import rules_of, to_bodies
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import Rule
from tests.unit.plugins.clouds.contract import DNS, PING, PING6, SELF, SSH, WEB
from tests.unit.plugins.clouds.gcp.account import GcpAccount
from tests.unit.plugins.clouds.gcp.discovery import complaints

WORLD = "0.0.0.0/0"


def seen(account: GcpAccount, tag: str = "aienv-gate") -> list[dict[str, Any]]:
    """The rules for the tag, as anybody sees them, the denial last."""
    every = account.ask("GET", "global/firewalls").get("items", [])
    return sorted((r for r in every if tag in r.get("targetTags", ())), key=lambda r: (r["priority"], r["name"]))


def by_hand(account: GcpAccount, name: str, **words: Any) -> None:
    usual = {
        "name": name,
        "network": "global/networks/default",
        "allowed": [{"IPProtocol": "tcp", "ports": ["23"]}],
        "sourceRanges": ["198.51.100.0/24"],
        "targetTags": ["aienv-gate"],
    }
    account.ask("POST", "global/firewalls", {**usual, **words})


# what other people see


def test_a_firewall_as_others_see_it(account: GcpAccount) -> None:
    account.network(name="lan")
    account.firewall(name="gate", network="lan", rules=[SSH, WEB, SELF])
    rules = seen(account)
    assert all(rule["network"].endswith("/networks/lan") for rule in rules)
    assert all(rule["targetTags"] == ["aienv-gate"] and rule["direction"] == "INGRESS" for rule in rules)
    *openings, anchor = rules
    assert (anchor["denied"], anchor["priority"], anchor["sourceRanges"]) == ([{"IPProtocol": "all"}], 65534, [WORLD])
    by_source = {tuple(r.get("sourceRanges") or r["sourceTags"]): r["allowed"] for r in openings}
    web = [{"IPProtocol": "tcp", "ports": ["443", "8000-8100"]}]
    assert by_source == {
        ("203.0.113.0/24",): [{"IPProtocol": "tcp", "ports": ["22"]}],
        ("198.51.100.7/32",): web,
        ("2001:db8::/32",): web,
        ("aienv-gate",): [{"IPProtocol": "all"}],
    }
    assert {rule["priority"] for rule in openings} == {1000}


def test_the_denial_beats_the_default_network_s_open_door(account: GcpAccount) -> None:
    """default-allow-ssh lets the world in at 65534; at the same priority Google takes the denial first."""
    account.firewall(name="gate", rules=[])
    (anchor,) = seen(account)
    door = account.ask("GET", "global/firewalls/default-allow-ssh")
    assert door["sourceRanges"] == [WORLD]
    assert anchor["priority"] <= door["priority"]
    assert anchor["denied"]


@pytest.mark.parametrize("rules", [[], [SSH], [SSH, WEB, PING, PING6, SELF, DNS]], ids=["none", "ssh", "all"])
def test_google_knows_every_word(rules: list[Any]) -> None:
    from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.firewalls import anchor_body
    from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.options import GcpFirewallOptions
    from tests.unit.plugins.builders import parsed

    options = parsed(GcpFirewallOptions, name="gate", rules=rules).verified()
    bodies = [anchor_body("gate", "lan", options, "my-project"), *to_bodies("gate", "lan", options.rules, "my-project")]
    for body in bodies:
        assert complaints("firewalls.insert", body, {"project": "my-project", "requestId": "x"}) == []
        assert len(body["name"]) <= 63


def test_names_fit_for_the_longest_firewall(account: GcpAccount) -> None:
    name = "g" * 46
    account.firewall(name=name, rules=[SSH, SELF | {"sources": [name]}])
    assert not account.firewall(name=name, rules=[SSH, SELF | {"sources": [name]}]).changed


def test_requests_and_answers_are_each_others_inverse() -> None:
    rules = {
        Rule("tcp", 22, 22, "203.0.113.0/24", "office"),
        Rule("tcp", 80, 90, "203.0.113.0/24"),
        Rule("tcp", 22, 22, "2001:db8::/32", "office 6"),
        Rule("udp", 53, 53, "10.0.0.0/8", "dns {}: a,b"),
        Rule("icmp", -1, -1, "10.0.0.0/8"),
        Rule("icmpv6", -1, -1, "2001:db8::/32"),
        Rule("all", -1, -1, "inner", "each other"),
    }
    bodies = list(to_bodies("gate", "lan", rules, "p"))
    assert {rule for body in bodies for rule in rules_of(body)} == rules
    assert len({body["name"] for body in bodies}) == len(bodies) == 4


def test_what_others_open_is_seen() -> None:
    raw = {
        "allowed": [{"IPProtocol": "tcp"}, {"IPProtocol": "47"}],
        "sourceRanges": ["10.0.0.0/8"],
        "sourceTags": ["web"],
    }
    assert set(rules_of(raw)) == {
        Rule("tcp", 0, 65535, "10.0.0.0/8"),
        Rule("tcp", 0, 65535, "web"),
        Rule("47", -1, -1, "10.0.0.0/8"),
        Rule("47", -1, -1, "web"),
    }
    assert set(rules_of({**raw, "disabled": True})) == set()


# whose is what


def test_a_rule_by_hand_for_our_tag_is_removed_and_all_others_stay(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    by_hand(account, "telnet")
    by_hand(account, "shared", targetTags=["aienv-gate", "web"])
    by_hand(account, "theirs", targetTags=["web"])
    by_hand(account, "everybody", targetTags=[])
    result = account.firewall(name="gate", rules=[SSH])
    assert result.changed
    assert {rule.first_port for rule in result.states[0].rules} == {22}
    every = {rule["name"]: rule for rule in account.ask("GET", "global/firewalls")["items"]}
    assert "telnet" not in every
    assert every["shared"]["targetTags"] == ["web"]
    assert {"theirs", "everybody", "default-allow-ssh"} <= set(every)
    assert not account.firewall(name="gate", rules=[SSH]).changed


def test_without_purge_a_rule_by_hand_stays(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    by_hand(account, "telnet")
    assert not account.firewall(name="gate", rules=[SSH], purge=False).changed
    assert account.firewall(name="gate", rules=[DNS], purge=False).changed
    assert {rule.first_port for rule in account.firewall(name="gate").states[0].rules} == {22, 23, 53}


def test_a_disabled_rule_is_enabled_again(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    opening = seen(account)[0]
    account.ask("PATCH", f"global/firewalls/{opening['name']}", {"disabled": True})
    assert account.firewall(name="gate", rules=[SSH]).changed
    assert not seen(account)[0].get("disabled")
    assert not account.firewall(name="gate", rules=[SSH]).changed


def test_a_firewall_without_its_denial_is_made_whole(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.ask("DELETE", f"global/firewalls/{seen(account)[-1]['name']}")
    assert account.firewall(name="gate", rules=[SSH]).changed
    assert [bool(rule.get("denied")) for rule in seen(account)] == [False, True]
    assert not account.firewall(name="gate", rules=[SSH]).changed


def test_a_part_of_a_firewall_can_be_deleted(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.ask("DELETE", f"global/firewalls/{seen(account)[-1]['name']}")
    assert account.firewall(name="gate", state="absent").changed
    assert seen(account) == []


def test_a_rule_of_the_name_that_is_not_ours_is_an_error(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[])
    name = seen(account)[0]["name"]
    account.firewall(name="gate", state="absent")
    by_hand(account, name, targetTags=["web"])
    with pytest.raises(CloudError, match="was not made by this collection; it is not touched") as caught:
        account.firewall(name="gate", rules=[SSH])
    assert caught.value.code == "ambiguous"


def test_the_same_name_in_two_networks_is_two_firewalls(account: GcpAccount) -> None:
    for network in ("lan", "lab"):
        account.network(name=network, cidr="10.20.0.0/16")
        account.firewall(name="gate", network=network, rules=[SSH])
    account.firewall(name="gate", network="lan", state="absent")
    assert not account.firewall(name="gate", network="lab", rules=[SSH]).changed
    assert {rule["network"].rsplit("/", 1)[-1] for rule in seen(account)} == {"lab"}


def test_a_network_by_its_path_is_the_same_one(account: GcpAccount) -> None:
    account.network(name="lan")
    path = "projects/sandbox-project/global/networks/lan"
    account.firewall(name="gate", network=path, rules=[SSH])
    assert not account.firewall(name="gate", network="lan", rules=[SSH]).changed
    account.vms(network=path, firewalls=["gate"])
    assert not account.vms(network="lan", firewalls=["gate"]).changed


def test_a_network_that_does_not_exist(account: GcpAccount) -> None:
    with pytest.raises(
        CloudError, match="no network 'nowhere' in the project sandbox-project; make it with gcp_network"
    ):
        account.firewall(name="gate", network="nowhere", rules=[SSH])


@pytest.mark.parametrize("user", ["vm", "firewall"])
def test_a_firewall_that_is_used_is_not_deleted(account: GcpAccount, user: str) -> None:
    account.firewall(name="gate", rules=[SSH])
    if user == "vm":
        account.vms(firewalls=["gate"])
    else:
        account.firewall(name="inner", rules=[{"protocol": "all", "sources": ["gate"]}])
    with pytest.raises(CloudError) as caught:
        account.firewall(name="gate", state="absent")
    assert caught.value.code == "in_use"
    assert ("fleet" if user == "vm" else "inner") in str(caught.value)
    assert len(seen(account)) == 2


def test_too_many_words_for_a_description() -> None:
    rules = [Rule("tcp", port, port, "10.0.0.0/8", "x" * 250) for port in range(10)]
    with pytest.raises(InvalidOption, match="2048"):
        list(to_bodies("gate", "lan", rules, "p"))


# how many calls


def test_one_list_and_one_call_per_difference(account: GcpAccount) -> None:
    account.counted()
    account.firewall(name="gate", rules=[SSH, WEB])
    calls = account.counted()
    calls.pop("operations.wait")
    assert calls == {"firewalls.insert": 4, "firewalls.list": 2}  # the denial, ssh, web in IPv4 and IPv6
    account.firewall(name="gate", rules=[SSH, WEB])
    assert account.counted() == {"firewalls.list": 1}
    account.firewall(name="gate", rules=[{**SSH, "description": "other"}, WEB])
    calls = account.counted()
    calls.pop("operations.wait", 0)
    assert calls == {"firewalls.list": 2, "firewalls.patch": 1}
    account.firewall(name="gate", rules=[SSH])
    calls = account.counted()
    calls.pop("operations.wait", 0)
    assert calls == {"firewalls.list": 2, "firewalls.patch": 1, "firewalls.delete": 2}


def test_new_openings_come_before_old_ones_go(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.server.clear_calls()
    account.firewall(name="gate", rules=[DNS])
    log = [entry["action"] for entry in account.server.calls()["log"]]
    changes = [action for action in log if action in ("firewalls.insert", "firewalls.delete")]
    assert changes == ["firewalls.insert", "firewalls.delete"]


def test_absent_leaves_what_somebody_else_made_for_the_tag(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[])
    theirs = {"name": "theirs", "allowed": [{"IPProtocol": "tcp", "ports": ["8080"]}], "sourceRanges": ["10.0.0.0/8"]}
    account.ask("POST", "global/firewalls", {**theirs, "targetTags": ["aienv-gate"]})
    account.firewall(name="gate", state="absent")
    assert [rule["name"] for rule in account.ask("GET", "global/firewalls")["items"] if "targetTags" in rule] == [
        "theirs"
    ]
    assert not account.firewall(name="gate", state="absent").changed


@pytest.mark.parametrize(
    "drift",
    [{"disabled": True}, {"priority": 65535}, {"sourceRanges": ["10.0.0.0/8"]}, {"denied": [{"IPProtocol": "udp"}]}],
    ids=str,
)
@pytest.mark.parametrize("rules", [[], [SSH]], ids=["closed", "open"])
def test_a_denial_that_was_changed_is_made_whole(account: GcpAccount, rules: list[Any], drift: dict[str, Any]) -> None:
    account.firewall(name="gate", rules=rules)
    (anchor,) = (rule for rule in account.ask("GET", "global/firewalls")["items"] if rule.get("denied"))
    account.ask("PATCH", f"global/firewalls/{anchor['name']}", drift)
    assert account.firewall(name="gate", rules=rules).changed
    after = account.ask("GET", f"global/firewalls/{anchor['name']}")
    assert {key: after.get(key) for key in drift} == {key: anchor.get(key) for key in drift}
    assert not account.firewall(name="gate", rules=rules).changed


def test_an_opening_behind_the_denial_is_none(account: GcpAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    (opening,) = (
        r
        for r in account.ask("GET", "global/firewalls")["items"]
        if r["name"].startswith("aienv-gate") and r.get("allowed")
    )
    account.ask("PATCH", f"global/firewalls/{opening['name']}", {"priority": 65535})
    assert account.firewall(name="gate", rules=[SSH]).changed
    assert account.ask("GET", f"global/firewalls/{opening['name']}")["priority"] == 1000
