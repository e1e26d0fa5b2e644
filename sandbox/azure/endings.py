"""What long-running operations come to when their time has come."""

from __future__ import annotations

from typing import Any

from sandbox.azure import (
    addresses,
    application_groups,
    disks,
    network,
    nics,
    placement,
    security_groups,
    virtual_networks,
    vm_rules,
    vms,
)
from sandbox.azure.operations import Operation, stamp
from sandbox.azure.state import State
from sandbox.azure.store import Resource

KINDS = {
    kind.name.lower(): kind
    for kind in (
        addresses.KIND,
        application_groups.KIND,
        disks.KIND,
        disks.SNAPSHOTS,
        nics.KIND,
        placement.GROUPS,
        placement.PROXIMITIES,
        security_groups.KIND,
        virtual_networks.KIND,
        vms.KIND,
    )
}


def settle(state: State) -> None:
    """End every operation that is due."""
    for operation in state.operations.due():
        operation.ended = stamp()
        target = state.store.get(operation.target)
        if target is not None:
            _end(state, operation, target)


def _end(state: State, operation: Operation, target: Resource) -> None:
    match operation.then:
        case "succeed":
            _succeed(state, operation, target)
        case "fail":
            _fail(state, operation, target)
        case "gone":
            remove(state, target)
        case "group gone":
            _remove_group(state, target)


def _succeed(state: State, operation: Operation, target: Resource) -> None:
    if target.kind.startswith("Microsoft.Network/"):
        network.mark(target, "Succeeded")
        if target.kind == addresses.NAME:
            addresses.assign(state, target)
    elif target.kind in (disks.NAME, disks.SNAPSHOT):
        disks.finish(state, target)
        operation.output = dict(target.body)
    else:
        target.properties["provisioningState"] = "Succeeded"
        if target.kind == vm_rules.NAME:
            target.hidden.pop("failure", None)
            target.hidden |= {**operation.facts, "since": stamp()}
    state.store.put(target)


def _fail(state: State, operation: Operation, target: Resource) -> None:
    """The VM stays, in state Failed, with everything that belongs to it. One that never ran has no power state."""
    target.properties["provisioningState"] = "Failed"
    target.hidden |= {"failure": operation.error, "power": operation.facts.get("power", ""), "since": stamp()}
    state.store.put(target)


def remove(state: State, target: Resource) -> None:
    """Take a resource away, and let go of what it held."""
    kind = KINDS.get(target.kind.lower())
    if kind is not None:
        kind.before_gone(state, target)
    state.store.remove(target.id)


def _remove_group(state: State, group: Resource) -> None:
    """Users before what they use: VMs, then interfaces, then the rest."""
    members = list(state.store.members(group.at.subscription, group.at.name))
    order: dict[str, Any] = {vm_rules.NAME: 0, nics.NAME: 1}
    for one in sorted(members, key=lambda member: order.get(member.kind, 2)):
        if state.store.get(one.id) is not None:
            remove(state, one)
    state.store.remove(group.id)
