"""Azure's answers as observed VMs, on what the REST reference shows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import tags
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.states import (
    Around,
    around,
    from_api,
    power_of,
    reason_of,
    state_of,
    with_disk,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import vm_result

ROOT = "/subscriptions/s/resourceGroups/LAB/providers"
VM: dict[str, Any] = {
    "id": f"{ROOT}/Microsoft.Compute/virtualMachines/train-3",
    "name": "train-3",
    "location": "eastus",
    "zones": ["2"],
    "tags": {"aienv-fleet": "train", "aienv-image": "debian-12", "team": "red", "aienv-ttl-hours": "4"},
    "properties": {
        "vmId": "guid",
        "hardwareProfile": {"vmSize": "Standard_NC4as_T4_v3"},
        "provisioningState": "Succeeded",
        "storageProfile": {
            "imageReference": {"publisher": "Debian", "offer": "debian-12", "sku": "12-gen2", "version": "latest"},
            "osDisk": {"diskSizeGB": 64, "managedDisk": {"id": "/disk", "storageAccountType": "Premium_LRS"}},
        },
        "timeCreated": "2026-11-23T09:00:00.1234567+00:00",
    },
}
STATUS = {
    "id": VM["id"].replace("resourceGroups", "resourcegroups"),
    "properties": {
        "instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]}
    },
}
NIC = {
    "id": f"{ROOT}/Microsoft.Network/networkInterfaces/train-3-nic-12ab",
    "properties": {
        "virtualMachine": {"id": VM["id"].upper()},
        "primary": True,
        "networkSecurityGroup": {"id": f"{ROOT}/Microsoft.Network/networkSecurityGroups/gate"},
        "ipConfigurations": [
            {"properties": {"primary": True, "privateIPAddress": "10.20.0.4", "publicIPAddress": {"id": "/IP/a"}}}
        ],
    },
}


def test_a_vm_is_joined_with_its_surroundings_whatever_the_case_of_the_ids() -> None:
    vm = from_api(VM, around([STATUS], [NIC], [{"id": "/ip/A", "properties": {"ipAddress": "203.0.113.7"}}]))
    assert (vm.id, vm.name, vm.fleet, vm.index, vm.key) == ("guid", "train-3", "train", 3, 3)
    assert (vm.state, vm.zone, vm.region, vm.machine_type) == ("running", "2", "eastus", "Standard_NC4as_T4_v3")
    assert (vm.public_ip_address, vm.private_ip, vm.public_ip) == ("203.0.113.7", "10.20.0.4", True)
    assert (vm.firewalls, vm.labels, vm.ttl_hours) == (("gate",), {"team": "red"}, 4)
    assert vm.image == ("debian-12", "Debian:debian-12:12-gen2:latest")
    assert (vm.created_at, vm.disk_gb) == ("2026-11-23T09:00:00Z", UNKNOWN)
    assert vm.shape is not None


def test_a_vm_alone_says_no_more_than_it_knows() -> None:
    vm = from_api(VM, Around())
    assert (vm.state, vm.public_ip, vm.private_ip, vm.firewalls) == ("pending", UNKNOWN, None, ())


def test_the_disk_is_asked_where_the_vm_is_silent() -> None:
    vm = from_api(VM, Around())
    assert (with_disk(vm, VM, None).disk_gb, with_disk(vm, VM, None).disk_type) == (64, "Premium_LRS")
    silent = {"properties": {"storageProfile": {"osDisk": {}}}}
    assert with_disk(vm, silent, None).disk_gb is UNKNOWN
    disk = {"properties": {"diskSizeGB": 80}, "sku": {"name": "Standard_LRS"}}
    assert (with_disk(vm, silent, disk).disk_gb, with_disk(vm, VM, disk).disk_type) == (80, "Standard_LRS")
    assert with_disk(vm, VM, None).disk_encrypted is True


@pytest.mark.parametrize(
    ("provisioning", "power", "expected"),
    [
        ("Creating", "", "pending"),
        ("Creating", "running", "pending"),
        ("Succeeded", "running", "running"),
        ("Updating", "running", "running"),
        ("Succeeded", "starting", "pending"),
        ("Succeeded", "stopped", "stopped"),
        ("Succeeded", "deallocating", "stopping"),
        ("Succeeded", "deallocated", "stopped"),
        ("Failed", "running", "running"),
        ("Failed", "", "stopped"),
        ("Succeeded", "", "pending"),
        ("Deleting", "running", "deleting"),
    ],
)
def test_states(provisioning: str, power: str, expected: str) -> None:
    assert state_of(provisioning, power) == expected


@pytest.mark.parametrize(
    ("power", "billed"),
    [("starting", True), ("running", True), ("stopping", True), ("stopped", True), ("deallocating", False), ("deallocated", False)],
)  # fmt: skip
def test_what_is_shut_down_and_not_deallocated_is_billed(power: str, billed: bool) -> None:
    """https://learn.microsoft.com/azure/virtual-machines/states-billing"""
    status = {**STATUS, "properties": {"instanceView": {"statuses": [{"code": f"PowerState/{power}"}]}}}
    vm = from_api(VM, around([status], [], []))
    assert (vm.billed, vm_result(vm)["billed"]) == (billed, billed)
    assert not dataclasses.replace(vm, state="deleting", power="deallocated").billed


def test_a_failed_operation_tells_why() -> None:
    failed = {"code": "ProvisioningState/failed/AllocationFailed", "message": "No room."}
    assert reason_of({"statuses": [failed]}) == "No room. (AllocationFailed)"
    assert power_of({"statuses": [failed]}) == ""
    assert power_of({"statuses": [{"code": "PowerState/Deallocated"}]}) == "deallocated"


@pytest.mark.parametrize(
    ("name", "fleet"), [("train", "train"), ("train-0", "train"), ("train-x", ""), ("copy", ""), ("train-01", "")]
)
def test_a_copy_bears_the_tags_but_not_the_name(name: str, fleet: str) -> None:
    assert mark.fleet_of(name, {"aienv-fleet": "train"}) == fleet


def test_tags_that_differ_in_capital_letters_are_one() -> None:
    assert tags.merged({"Team": "red", "x": "1"}, {"team": "blue", "none": None}) == {"x": "1", "team": "blue"}
