"""Networks, subnets, security groups, interfaces, addresses: their rules and their answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.azure.arm import GROUP, address_path, firewall_path, network_path, nic_path

STATIC = {"location": "eastus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}


def rule(name: str = "ssh", **changes: Any) -> dict[str, Any]:
    given = {
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "22",
        "sourceAddressPrefix": "10.0.0.0/8",
        "destinationAddressPrefix": "*",
        "access": "Allow",
        "priority": 100,
        "direction": "Inbound",
    }
    return {"name": name, "properties": {name: value for name, value in (given | changes).items() if value is not None}}


def firewall(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"location": "eastus", "properties": {"securityRules": list(rules)}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            network_path("n"),
            {"location": "eastus", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/16"]}}},
        ),
        (firewall_path("f"), firewall(rule())),
        (address_path("a"), STATIC),
    ],
)
def test_a_put_is_updating_first_and_a_deletion_goes_on_by_location(arm, path, body):
    answer = arm.raw("PUT", path, body)
    assert (answer.status, answer.state) == (201, "Updating")
    assert arm.ended(answer) == {"status": "Succeeded"}
    made = arm.get(path)
    assert made["properties"]["provisioningState"] == "Succeeded"
    assert made["etag"].startswith('W/"')
    assert made["etag"] != answer.body["etag"]
    assert arm.raw("PUT", path, body).status == 200
    gone = arm.raw("DELETE", path)
    assert (gone.status, gone.body) == (202, None)
    assert arm.ended(gone) == {"status": "Succeeded"}
    assert arm.raw("GET", gone.headers["Location"]).status == 204
    assert arm.raw("DELETE", path).status == 204


NETWORKS = [
    ({"addressSpace": {"addressPrefixes": ["10.0.0.1/16"]}}, "InvalidCIDRNotation"),
    ({"addressSpace": {"addressPrefixes": ["ten"]}}, "InvalidAddressPrefixFormat"),
    (
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [{"name": "s", "properties": {"addressPrefix": "10.1.0.0/24"}}]},
        "NetcfgSubnetRangeOutsideVnet",
    ),
    (
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [{"name": "s", "properties": {"addressPrefix": "10.0.0.0/30"}}]},
        "NetcfgInvalidSubnet",
    ),
    (
        {
            "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
            "subnets": [
                {"name": "s", "properties": {"addressPrefix": "10.0.0.0/24"}},
                {"name": "t", "properties": {"addressPrefix": "10.0.0.128/25"}},
            ],
        },
        "NetcfgSubnetRangesOverlap",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("properties", "code"), NETWORKS, ids=[code for _, code in NETWORKS])
def test_a_network_that_cannot_be(arm, properties, code):
    assert arm.refused("PUT", network_path("n"), {"location": "eastus", "properties": properties}) == (400, code)


RULES = [
    ([rule(priority=50)], "SecurityRuleInvalidPriority"),
    ([rule(), rule("two")], "SecurityRuleConflict"),
    ([rule(destinationPortRange="70000")], "SecurityRuleInvalidPortRange"),
    ([rule(destinationPortRange="30-20")], "SecurityRuleInvalidPortRange"),
    ([rule(sourceAddressPrefix="10.0.0.0/33")], "SecurityRuleInvalidAddressPrefix"),
    ([rule(sourceAddressPrefixes=["10.0.0.0/8"])], "SecurityRuleParameterConflict"),
    ([rule(destinationPortRange=None)], "SecurityRuleParametersMissing"),
]


@pytest.mark.parametrize(("rules", "code"), RULES, ids=[code for _, code in RULES])
def test_a_rule_that_cannot_be(arm, rules, code):
    assert arm.refused("PUT", firewall_path("f"), firewall(*rules)) == (400, code)


def test_rules_alone_and_within_their_group(arm):
    arm("PUT", firewall_path("f"), firewall(rule()))
    arm("PUT", f"{firewall_path('f')}/securityRules/web", rule("web", priority=200, destinationPortRange="443"))
    shown = arm.get(firewall_path("f"))["properties"]
    assert [one["name"] for one in shown["securityRules"]] == ["ssh", "web"]
    assert [one["properties"]["priority"] for one in shown["defaultSecurityRules"]] == [65000, 65001, 65500] * 2
    arm("DELETE", f"{firewall_path('f')}/securityRules/ssh")
    assert arm.names(f"{firewall_path('f')}/securityRules") == ["web"]
    assert arm.refused("GET", f"{firewall_path('f')}/securityRules/ssh") == (404, "NotFound")


def test_what_is_in_use_stays(arm):
    arm("PUT", firewall_path("f"), firewall(rule()))
    arm("PUT", address_path("ip"), STATIC)
    arm.nic(networkSecurityGroup={"id": firewall_path("f")}, ip={"publicIPAddress": {"id": address_path("ip")}})
    assert arm.get(firewall_path("f"))["properties"]["networkInterfaces"] == [{"id": nic_path("nic")}]
    configuration = f"{nic_path('nic')}/ipConfigurations/primary"
    subnet = f"{network_path('net')}/subnets/sub"
    assert arm.get(subnet)["properties"]["ipConfigurations"] == [{"id": configuration}]
    assert arm.get(address_path("ip"))["properties"]["ipConfiguration"] == {"id": configuration}
    refused = {
        path: arm.refused("DELETE", path)
        for path in (firewall_path("f"), address_path("ip"), subnet, network_path("net"))
    }
    assert refused == {
        firewall_path("f"): (400, "InUseNetworkSecurityGroupCannotBeDeleted"),
        address_path("ip"): (400, "PublicIPAddressCannotBeDeleted"),
        subnet: (400, "InUseSubnetCannotBeDeleted"),
        network_path("net"): (400, "InUseSubnetCannotBeDeleted"),
    }
    smaller = {
        "location": "eastus",
        "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": []},
    }
    assert arm.refused("PUT", network_path("net"), smaller) == (400, "InUseSubnetCannotBeDeleted")
    arm("DELETE", nic_path("nic"))
    for path in refused:
        arm("DELETE", path)


def test_the_interface_of_a_vm_stays(arm):
    arm.vm()
    assert arm.refused("DELETE", nic_path("vm-nic")) == (400, "NicInUse")


def test_private_addresses_begin_at_the_fifth_and_are_handed_out_once(arm):
    arm.nic("a")
    arm.nic("b")
    arm("DELETE", nic_path("a"))
    arm.nic("c")
    found = {name: arm.get(nic_path(name))["properties"]["ipConfigurations"][0]["properties"] for name in ("b", "c")}
    assert {one["privateIPAddress"] for one in found.values()} == {"10.0.0.4", "10.0.0.5"}
    wanted = [
        ("10.0.0.5", "PrivateIPAddressIsAllocated"),
        ("10.0.0.2", "PrivateIPAddressInReservedRange"),
        ("10.9.0.9", "PrivateIPAddressNotInSubnet"),
    ]
    for address, code in wanted:
        inner = {
            "subnet": {"id": f"{network_path('net')}/subnets/sub"},
            "privateIPAddress": address,
            "privateIPAllocationMethod": "Static",
        }
        body = {"location": "eastus", "properties": {"ipConfigurations": [{"name": "a", "properties": inner}]}}
        assert arm.refused("PUT", nic_path("d"), body) == (400, code)


def test_a_full_subnet(arm):
    arm.network("net", subnet="10.0.0.0/29")
    for name in "abc":
        arm.nic(name)
    body = {
        "location": "eastus",
        "properties": {
            "ipConfigurations": [{"name": "a", "properties": {"subnet": {"id": f"{network_path('net')}/subnets/sub"}}}]
        },
    }
    assert arm.refused("PUT", nic_path("d"), body) == (400, "SubnetIsFull")


REFERENCES = [
    {"networkSecurityGroup": {"id": firewall_path("none")}},
    {"ip": {"publicIPAddress": {"id": address_path("none")}}},
    {"ip": {"subnet": {"id": f"{network_path('net')}/subnets/none"}}},
]


@pytest.mark.parametrize("changes", REFERENCES, ids=str)
def test_what_an_interface_names_must_be_there(arm, changes):
    inner = {"subnet": {"id": f"{network_path('net')}/subnets/sub"}, **changes.get("ip", {})}
    rest = {name: value for name, value in changes.items() if name != "ip"}
    body = {"location": "eastus", "properties": {"ipConfigurations": [{"name": "a", "properties": inner}], **rest}}
    assert arm.refused("PUT", nic_path("n"), body) == (400, "InvalidResourceReference")


def test_an_address_belongs_to_one_interface(arm):
    arm("PUT", address_path("ip"), STATIC)
    arm.nic("a", ip={"publicIPAddress": {"id": address_path("ip")}})
    inner = {"subnet": {"id": f"{network_path('net')}/subnets/sub"}, "publicIPAddress": {"id": address_path("ip")}}
    body = {"location": "eastus", "properties": {"ipConfigurations": [{"name": "a", "properties": inner}]}}
    assert arm.refused("PUT", nic_path("b"), body) == (400, "PublicIPAddressInUse")


def test_a_new_basic_address_is_refused_to_us(arm, foreign):
    body = {"location": "eastus", "properties": {"publicIPAllocationMethod": "Dynamic"}}
    assert arm.refused("PUT", address_path("ip"), body) == (400, "IPv4BasicSkuPublicIpCountLimitReached")
    assert foreign.raw("PUT", address_path("ip"), body).status == 201


def test_application_security_groups(arm):
    path = f"{GROUP}/providers/Microsoft.Network/applicationSecurityGroups/asg"
    arm("PUT", path, {"location": "eastus"})
    arm(
        "PUT",
        firewall_path("f"),
        firewall(rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": path}])),
    )
    arm.nic("a", ip={"applicationSecurityGroups": [{"id": path}]})
    assert arm.refused("DELETE", path)[0] == 400
    arm.network("other", prefix="10.5.0.0/16", subnet="10.5.0.0/24")
    inner = {"subnet": {"id": f"{network_path('other')}/subnets/sub"}, "applicationSecurityGroups": [{"id": path}]}
    body = {"location": "eastus", "properties": {"ipConfigurations": [{"name": "a", "properties": inner}]}}
    assert arm.refused("PUT", nic_path("b"), body)[0] == 400
    arm("DELETE", nic_path("a"))
    arm("DELETE", firewall_path("f"))
    arm("DELETE", path)
