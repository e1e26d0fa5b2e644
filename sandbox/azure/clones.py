"""Many VMs at once, for tests of lists: copies of one that is there, with interface, address and disk of their own."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from sandbox.azure import ids, nics
from sandbox.azure.addresses import POOL
from sandbox.azure.state import State
from sandbox.azure.store import Resource


def clone(state: State, vm_id: str, names: list[str]) -> int:
    """Make a copy of a VM under each of the names; returns how many resources that were. Raises KeyError.

    Private addresses go on from the VM's own, without regard to the size of its subnet.
    """
    vm = state.store.get(vm_id)
    if vm is None:
        raise KeyError(vm_id)
    bundle = _bundle(state, vm)
    text = json.dumps([[one.id, one.body, one.hidden] for one in bundle])
    for number, name in enumerate(names, start=1):
        for resource in _renamed(text, bundle, name, number):
            state.store.put(resource)
            if resource.kind == nics.NAME:
                nics.connect(state.links, resource)
    return len(bundle) * len(names)


def _bundle(state: State, vm: Resource) -> list[Resource]:
    """The VM and everything that is its own."""
    listed = [one["id"] for one in vm.properties["networkProfile"]["networkInterfaces"]]
    interfaces = [one for one in map(state.store.get, listed) if one is not None]
    inner = [one["properties"] for nic in interfaces for one in nic.properties["ipConfigurations"]]
    public = [state.store.get(one.get("publicIPAddress", {}).get("id")) for one in inner]
    disk = state.store.get(vm.properties["storageProfile"]["osDisk"]["managedDisk"]["id"])
    return [vm, *interfaces, *(one for one in (*public, disk) if one is not None)]


def _renamed(text: str, bundle: list[Resource], name: str, number: int) -> list[Resource]:
    for one in bundle:
        fresh = name if one is bundle[0] else f"{one.at.name}-{number}"
        text = text.replace(
            json.dumps(one.id)[:-1], json.dumps(f"{ids.parent(one.id)}/{one.kind.rpartition('/')[2]}/{fresh}")[:-1]
        )
        text = text.replace(f'"name": {json.dumps(one.at.name)}', f'"name": {json.dumps(fresh)}')
    found = [Resource(resource_id, body, hidden) for resource_id, body, hidden in json.loads(text)]
    for one in found:
        _make_own(one.properties, number)
    return found


def _make_own(properties: dict[str, Any], number: int) -> None:
    """What no two resources share."""
    for name in ("vmId", "resourceGuid", "uniqueId"):
        if name in properties:
            properties[name] = ids.fresh()
    if "ipAddress" in properties:
        properties["ipAddress"] = str(ipaddress.ip_address(POOL + number))
    for one in properties.get("ipConfigurations", ()):
        inner = one["properties"]
        inner["privateIPAddress"] = str(ipaddress.ip_address(inner["privateIPAddress"]) + number)
