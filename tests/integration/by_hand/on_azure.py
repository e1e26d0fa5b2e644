"""Hands on Azure: Microsoft's generated clients alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient

GROUP = "lab"


@dataclass
class Clients:
    compute: Any
    network: Any


def client() -> Clients:
    endpoint = os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"]
    words = {
        "credential": DefaultAzureCredential(disable_instance_discovery=True),
        "subscription_id": os.environ["AZURE_SUBSCRIPTION_ID"],
        "base_url": endpoint,
        "credential_scopes": [f"{endpoint}/.default"],
        "polling_interval": 1,
    }
    return Clients(ComputeManagementClient(**words), NetworkManagementClient(**words))


def instances(clients: Clients, *fleets: str) -> list[Any]:
    """Those of the fleets, else all, by the number in their names."""
    found = [vm for vm in clients.compute.virtual_machines.list_all() if not fleets or fleet_of(vm) in fleets]
    return sorted(found, key=lambda vm: (len(vm.name), vm.name))


def fleet_of(vm: Any) -> str | None:
    return (vm.tags or {}).get("aienv-fleet")


def name(vm: Any) -> str:
    return str(vm.name)


def identity(vm: Any) -> str:
    return str(vm.vm_id)


def drift_network(clients: Clients, network: str) -> None:
    """Delete the subnet."""
    clients.network.subnets.begin_delete(GROUP, network, "default").result()


def drift_firewall(clients: Clients, firewall: str) -> None:
    """Open telnet to the world, close https."""
    telnet = {
        "properties": {
            "protocol": "Tcp",
            "sourceAddressPrefix": "0.0.0.0/0",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "23",
            "access": "Allow",
            "priority": 200,
            "direction": "Inbound",
        }
    }
    rules = clients.network.security_rules
    rules.begin_create_or_update(GROUP, firewall, "by-hand", telnet).result()
    for rule in list(rules.list(GROUP, firewall)):
        if rule.destination_port_range == "443":
            rules.begin_delete(GROUP, firewall, rule.name).result()


def drift_vm(clients: Clients, fleet: str) -> None:
    """Stop the first, relabel the second."""
    first, second, *_ = instances(clients, fleet)
    vms = clients.compute.virtual_machines
    vms.begin_deallocate(GROUP, first.name).result()
    vms.begin_update(GROUP, second.name, {"tags": {**second.tags, "team": "blue"}}).result()


def drift_snapshot(clients: Clients, fleet: str) -> None:
    """Take one of the boot disk of the first, with the tags that the disk has, as backup tools do."""
    first = instances(clients, fleet)[0]
    disk = first.storage_profile.os_disk.managed_disk.id
    body = {
        "location": first.location,
        "tags": clients.compute.disks.get(GROUP, disk.rsplit("/", 1)[-1]).tags,
        "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": disk}},
    }
    clients.compute.snapshots.begin_create_or_update(GROUP, "by-hand", body).result()


def snapshots(clients: Clients) -> list[str]:
    """All of the group."""
    return [str(s.name) for s in clients.compute.snapshots.list_by_resource_group(GROUP)]


DRIFT: dict[str, Callable[[Clients, str], None]] = {
    "network": drift_network,
    "firewall": drift_firewall,
    "vm": drift_vm,
    "snapshot": drift_snapshot,
}
