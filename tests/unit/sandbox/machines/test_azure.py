"""The watcher's view of the emulated Azure, read from its API, and Azure's security groups as nftables rules."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.azure import certificates
from sandbox.azure.front import Azure
from sandbox.azure.state import State
from sandbox.machines.azure_rules import Place, group_of
from sandbox.machines.cloud import connect
from sandbox.machines.firewall import ruleset
from sandbox.server.listen import Server
from tests.unit.sandbox.azure.arm import KEY, Arm, firewall_path, network_path, vm_body, vm_path
from tests.unit.sandbox.azure.test_network import firewall, rule

PLACE = Place("10.0.0.4", (), ("10.0.0.0/16",), ("10.0.0.254",), {"asg": ["10.0.0.9"]})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Azure, str, Any]]:
    """A server with TLS in a thread; its application is asked directly, too."""
    folder = tmp_path_factory.mktemp("azure")
    application = Azure(State(folder / "azure"))
    server = Server(0, application, certificates.ensure(folder / "azure"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield application, f"https://127.0.0.1:{server.port}", folder
    server.shutdown()


@pytest.fixture
def arm(running):
    running[0].state.reset()
    arm = Arm(running[0])
    arm.group()
    arm.network()
    return arm


@pytest.fixture
def cloud(running, arm):
    return connect("azure", running[1], "eastus", running[2])


def only(look):
    (machine,) = look.machines.values()
    return machine


def test_a_machine_as_the_api_tells_it(arm, cloud):
    text = base64.b64encode(b"#cloud-config\n").decode()
    image = {"publisher": "Debian", "offer": "debian-13", "sku": "13-gen2", "version": "latest"}
    vm = arm.vm(
        hardwareProfile={"vmSize": "Standard_NC64as_T4_v3"},
        osProfile={"customData": text},
        storageProfile={"imageReference": image},
    )
    machine = only(cloud.look())
    assert (machine.id, machine.name, machine.hostname) == (vm["properties"]["vmId"], "vm", "box")
    assert (machine.state, machine.address) == ("running", "10.0.0.4")
    assert cloud.user_data(machine) == b"#cloud-config\n"
    assert cloud.logins(machine) == {"azureuser": [KEY]}
    assert cloud.image_name(machine) == "debian-13"
    assert [gpu.name for gpu in cloud.gpus(machine)] == ["Tesla T4"] * 4
    assert cloud.subnet_cidr(machine.subnet) == "10.0.0.0/24"
    assert arm.azure.state.calls.as_json()["actions"].get("VirtualMachines_ListAll") is None


def test_states(arm, cloud, monkeypatch):
    arm.vm()
    arm("POST", f"{vm_path('vm')}/deallocate")
    assert only(cloud.look()).state == "stopped"
    arm("POST", f"{vm_path('vm')}/start")
    machine = only(cloud.look())
    assert machine.state == "running"
    cloud.switch_off(machine)
    assert only(cloud.look()).state == "stopped"
    assert arm.power()[1] == "PowerState/stopped"
    arm("POST", f"{vm_path('vm')}/start")
    arm("POST", f"{vm_path('vm')}/restart")
    assert set(cloud.look().reboots) == {machine.id}
    assert not cloud.is_gone(machine.id)
    arm.faults({"kind": "slow_stop", "seconds": 60})
    arm.raw("DELETE", vm_path("vm"))
    assert only(cloud.look()).state == "shutting-down"
    monkeypatch.setattr(arm.azure.state.operations, "now", lambda: 10**9)
    assert cloud.look().machines == {}
    assert cloud.is_gone(machine.id)


def test_a_vm_that_is_coming_or_never_came(arm, cloud, monkeypatch):
    arm.faults({"kind": "slow_boot", "seconds": 60, "times": 1}, {"kind": "capacity", "available": 1})
    monkeypatch.setattr(arm.azure.state.operations, "now", lambda: 0.0)
    arm.raw("PUT", vm_path("a"), vm_body(arm.nic("a")))
    arm.raw("PUT", vm_path("b"), vm_body(arm.nic("b")))
    machine = only(cloud.look())
    assert (machine.name, machine.state) == ("a", "pending")


def rules_of(look):
    return ruleset(look.groups.values(), {}).splitlines()


def test_an_interface_is_open_for_what_its_group_says(arm, cloud):
    arm("PUT", firewall_path("f"), firewall(rule(sourceAddressPrefix="203.0.113.0/24")))
    arm("PUT", vm_path("vm"), vm_body(arm.nic("n", networkSecurityGroup={"id": firewall_path("f")})))
    lines = [line.strip() for line in rules_of(cloud.look())]
    assert "ip saddr { 203.0.113.0/24 } tcp dport 22 accept" in lines
    assert "meta nfproto ipv4 drop" in lines


def test_the_subnets_group_counts_too(arm, cloud):
    arm("PUT", firewall_path("all"), firewall(rule(sourceAddressPrefix="*", destinationPortRange="*")))
    arm("PUT", firewall_path("some"), firewall(rule(sourceAddressPrefix="*", destinationPortRange="443")))
    body = {
        "name": "sub",
        "properties": {"addressPrefix": "10.0.0.0/24", "networkSecurityGroup": {"id": firewall_path("some")}},
    }
    arm("PUT", f"{network_path('net')}/subnets/sub", body)
    arm("PUT", vm_path("vm"), vm_body(arm.nic("n", networkSecurityGroup={"id": firewall_path("all")})))
    lines = [line.strip() for line in rules_of(cloud.look())]
    assert "meta nfproto ipv4 tcp dport 443 accept" in lines
    assert "meta nfproto ipv4 meta l4proto tcp accept" not in lines


def group(*rules: dict[str, Any]) -> dict[str, Any]:
    """A security group as ARM shows it, with the rules that every one has."""
    defaults = [
        ("VirtualNetwork", "VirtualNetwork", "Allow", 65000, "Inbound"),
        ("*", "*", "Deny", 65500, "Inbound"),
        ("*", "*", "Allow", 65001, "Outbound"),
    ]
    standing = [
        rule(str(priority), protocol="*", destinationPortRange="*", sourceAddressPrefix=source,
             destinationAddressPrefix=target, access=access, priority=priority, direction=direction)
        for source, target, access, priority, direction in defaults
    ]  # fmt: skip
    return {"properties": {"securityRules": list(rules), "defaultSecurityRules": standing}}


def inward(*rules: dict[str, Any], place: Place = PLACE) -> list[tuple[Any, ...]]:
    """The rules for what comes in, before those that every group has."""
    found = group_of("vm", None, group(*rules), place).ingress
    return [
        (one.protocol, one.first, one.last, one.networks, one.allow)
        for one in found
        if len(one.networks) < 4 and one.networks != ("0.0.0.0/0", "::/0")
    ]


CASES = [
    ("a port", rule(), [("tcp", 22, 22, ("10.0.0.0/8",), True)]),
    ("a deny", rule(access="Deny"), [("tcp", 22, 22, ("10.0.0.0/8",), False)]),
    (
        "several ports",
        rule(destinationPortRange=None, destinationPortRanges=["22", "80-90"]),
        [("tcp", 22, 22, ("10.0.0.0/8",), True), ("tcp", 80, 90, ("10.0.0.0/8",), True)],
    ),
    ("all protocols", rule(protocol="*", destinationPortRange="*"), [("-1", None, None, ("10.0.0.0/8",), True)]),
    ("icmp", rule(protocol="Icmp", destinationPortRange="*"), [("icmp", None, None, ("10.0.0.0/8",), True)]),
    (
        "an application security group",
        rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": "ASG"}]),
        [("tcp", 22, 22, ("10.0.0.9/32",), True)],
    ),
    ("the balancer", rule(sourceAddressPrefix="AzureLoadBalancer"), [("tcp", 22, 22, ("168.63.129.16/32",), True)]),
    ("a tag that nobody knows", rule(sourceAddressPrefix="Storage.EastUS"), []),
    ("another machine's address", rule(destinationAddressPrefix="10.0.0.5"), []),
    ("its own address", rule(destinationAddressPrefix="10.0.0.4"), [("tcp", 22, 22, ("10.0.0.0/8",), True)]),
    ("what goes out", rule(direction="Outbound"), []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_rules(given, wanted):
    assert inward(given) == wanted


def test_priority_decides_not_place():
    first, second = rule("a", priority=200), rule("b", priority=100, access="Deny")
    assert [one[4] for one in inward(first, second)] == [False, True]


def test_the_host_is_the_internet_not_the_network():
    networks = next(one.networks for one in group_of("vm", None, group(), PLACE).ingress if one.allow)
    assert "10.0.0.254/32" not in networks
    covered = sum(2 ** (32 - int(one.partition("/")[2])) for one in networks)
    assert covered == 2**16 - 1


def test_without_any_group_only_the_own_network_comes_in():
    found = group_of("vm", None, None, PLACE)
    assert all(one.allow for one in found.ingress)
    assert "0.0.0.0/0" not in found.ingress[0].networks
    assert found.egress[0].networks == ("0.0.0.0/0", "::/0")
