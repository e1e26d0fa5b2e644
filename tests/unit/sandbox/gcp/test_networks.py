"""Networks, subnetworks and firewall rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import REGION, ZONE, instance

LINK = "https://www.googleapis.com/compute/v1/projects/sandbox-project/"
NETWORK = "projects/sandbox-project/global/networks/own"


@pytest.fixture
def own(api) -> dict[str, Any]:
    """A custom-mode network with one subnetwork."""
    api.done("POST", "global/networks", {"name": "own", "autoCreateSubnetworks": False, "description": "ours"})
    api.done(
        "POST", f"{REGION}/subnetworks", {"name": "own", "network": "global/networks/own", "ipCidrRange": "10.9.0.0/24"}
    )
    return dict(api("GET", "global/networks/own"))


def test_a_project_begins_with_a_default_network(api):
    default = api("GET", "global/networks/default")
    assert (default["autoCreateSubnetworks"], len(default["subnetworks"])) == (True, 5)
    assert api("GET", f"{REGION}/subnetworks/default")["ipCidrRange"] == "10.128.0.0/20"
    rules = {rule["name"]: rule for rule in api("GET", "global/firewalls")["items"]}
    assert set(rules) == {f"default-allow-{word}" for word in ("internal", "ssh", "rdp", "icmp")}
    assert rules["default-allow-ssh"]["priority"] == 65534


def test_a_network_and_its_subnetwork(api, own):
    assert own["subnetworks"] == [f"{LINK}{REGION}/subnetworks/own"]
    assert own["routingConfig"] == {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"}
    subnetwork = api("GET", f"{REGION}/subnetworks/own")
    assert (subnetwork["gatewayAddress"], subnetwork["network"]) == ("10.9.0.1", LINK + "global/networks/own")
    assert [each["name"] for each in api("GET", "aggregated/subnetworks")["items"][REGION]["subnetworks"]] == [
        "default",
        "own",
    ]
    api.done("DELETE", f"{REGION}/subnetworks/own")
    assert "subnetworks" not in api("GET", "global/networks/own")
    api.done("DELETE", "global/networks/own")
    assert api.refused("GET", "global/networks/own")["status"] == 404


def test_a_network_with_a_subnetwork_is_in_use_which_the_operation_finds_out(api, own):
    operation = api.ended("DELETE", "global/networks/own")
    assert (operation["httpErrorStatusCode"], operation["httpErrorMessage"]) == (400, "BAD REQUEST")
    assert operation["error"]["errors"][0] == {
        "code": "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
        "message": f"The network resource '{NETWORK}' is already being used by "
        f"'projects/sandbox-project/{REGION}/subnetworks/own'",
    }


def test_a_network_with_a_rule_is_in_use(api, own):
    api.done("POST", "global/firewalls", rule(network="global/networks/own"))
    api.done("DELETE", f"{REGION}/subnetworks/own")
    message = api.ended("DELETE", "global/networks/own")["error"]["errors"][0]["message"]
    assert message.endswith("is already being used by 'projects/sandbox-project/global/firewalls/f'")


def test_a_subnetwork_with_an_instance_is_in_use_at_once(api, own):
    api.done("POST", f"{ZONE}/instances", instance(networkInterfaces=[{"subnetwork": f"{REGION}/subnetworks/own"}]))
    refusal = api.refused("DELETE", f"{REGION}/subnetworks/own")
    assert (refusal["status"], refusal["reason"]) == (400, "resourceInUseByAnotherResource")
    assert refusal["message"].endswith(f"is already being used by 'projects/sandbox-project/{ZONE}/instances/vm'")


@pytest.mark.parametrize(
    ("cidr", "message"),
    [
        ("10.9.0.0/30", "prefix length must be between /4 and /29"),
        ("10.9.0.1/24", "Must be a CIDR address range"),
        ("nonsense", "Must be a CIDR address range"),
        (
            "10.9.0.128/25",
            "Invalid IPCidrRange: 10.9.0.128/25 conflicts with existing subnetwork 'own' in region 'us-central1'.",
        ),
    ],
)
def test_ranges_that_are_refused(api, own, cidr: str, message: str):
    body = {"name": "two", "network": "global/networks/own", "ipCidrRange": cidr}
    assert message in api.refused("POST", f"{REGION}/subnetworks", body)["message"]


def test_networks_that_are_refused(api, own):
    assert api.refused("POST", "global/networks", {"name": "own"})["reason"] == "alreadyExists"
    assert "Required field 'resource.name'" in api.refused("POST", "global/networks", {})["message"]
    assert "MTU must be" in api.refused("POST", "global/networks", {"name": "n", "mtu": 9000})["message"]
    body = {"name": "s", "network": "global/networks/default", "ipCidrRange": "10.1.0.0/24"}
    assert "auto subnet mode network" in api.refused("POST", f"{REGION}/subnetworks", body)["message"]


def test_a_network_and_a_subnetwork_are_patched(api, own):
    api.done("PATCH", "global/networks/own", {"description": "new", "routingConfig": {"routingMode": "GLOBAL"}})
    assert api("GET", "global/networks/own")["routingConfig"]["routingMode"] == "GLOBAL"
    path = f"{REGION}/subnetworks/own"
    assert api.refused("PATCH", path, {"privateIpGoogleAccess": True, "fingerprint": "AAAA"})["status"] == 412
    known = api("GET", path)["fingerprint"]
    api.done("PATCH", path, {"privateIpGoogleAccess": True, "fingerprint": known})
    assert api("GET", path)["privateIpGoogleAccess"] is True


def rule(**changes: Any) -> dict[str, Any]:
    body = {
        "name": "f",
        "network": "global/networks/default",
        "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}],
        "targetTags": ["web"],
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


def test_a_rule_with_its_defaults(api):
    api.done("POST", "global/firewalls", rule(targetTags=None))
    made = api("GET", "global/firewalls/f")
    assert made["network"] == LINK + "global/networks/default"
    assert (made["direction"], made["priority"], made["disabled"]) == ("INGRESS", 1000, False)
    assert (made["sourceRanges"], made["logConfig"]) == (["0.0.0.0/0"], {"enable": False})


def test_a_rule_is_patched_updated_and_deleted(api):
    api.done("POST", "global/firewalls", rule(description="old"))
    api.done("PATCH", "global/firewalls/f", {"allowed": [{"IPProtocol": "udp"}]})
    patched = api("GET", "global/firewalls/f")
    assert (patched["allowed"], patched["description"]) == ([{"IPProtocol": "udp"}], "old")
    api.done("PUT", "global/firewalls/f", rule(sourceTags=["a"]))
    updated = api("GET", "global/firewalls/f")
    assert "description" not in updated
    assert "sourceRanges" not in updated
    assert updated["id"] == patched["id"]
    api.done("DELETE", "global/firewalls/f")
    assert api.refused("DELETE", "global/firewalls/f")["status"] == 404


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Bad"}, "Must be a match of regex"),
        ({"name": None}, "Required field 'resource.name'"),
        ({"network": "global/networks/no"}, "The referenced network resource cannot be found."),
        ({"priority": 70000}, "Must be between 0 and 65535, inclusive."),
        ({"allowed": None}, "exactly one of 'allowed' and 'denied'"),
        ({"denied": [{"IPProtocol": "tcp"}]}, "exactly one of 'allowed' and 'denied'"),
        ({"allowed": [{"IPProtocol": "gopher"}]}, "Must be a valid protocol name or number."),
        ({"allowed": [{"ports": ["22"]}]}, "Required field 'resource.allowed[0].IPProtocol'"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["70000"]}]}, "Must be a valid port or port range"),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["90-80"]}]}, "Must be a valid port or port range"),
        ({"allowed": [{"IPProtocol": "icmp", "ports": ["1"]}]}, "Ports cannot be specified for protocol icmp."),
        ({"sourceRanges": ["10.0.0.1/8"]}, "has host bits"),
        ({"sourceRanges": ["somewhere"]}, "Must be a valid CIDR"),
        ({"direction": "EGRESS", "sourceRanges": ["10.0.0.0/8"]}, "may not be used with direction EGRESS"),
        ({"direction": "SIDEWAYS"}, "TYPE_ENUM"),
        ({"targetTags": ["Web"]}, "Must be a match of regex"),
        ({"sourceTags": [f"t{n}" for n in range(71)]}, "exceeds the limit of 70"),
        ({"sourceServiceAccounts": ["a@b.c"]}, "Tags and service accounts cannot be used together"),
        ({"description": "x" * 2049}, "at most 2048 characters"),
    ],
)
def test_rules_that_are_refused(api, changes: dict[str, Any], message: str):
    assert message in api.refused("POST", "global/firewalls", rule(**changes))["message"]


def test_what_cannot_change(api, own):
    api.done("POST", "global/firewalls", rule())
    body = {"network": "global/networks/own"}
    assert "network cannot be changed" in api.refused("PATCH", "global/firewalls/f", body)["message"]
    assert (
        "direction cannot be changed" in api.refused("PATCH", "global/firewalls/f", {"direction": "EGRESS"})["message"]
    )


def test_single_addresses_and_ipv6_are_ranges(api):
    api.done("POST", "global/firewalls", rule(sourceRanges=["192.0.2.7", "2001:db8::/32"]))
    assert api("GET", "global/firewalls/f")["sourceRanges"] == ["192.0.2.7/32", "2001:db8::/32"]
