"""Which method of the discovery document is answered by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.gcp import (
    addresses,
    bulk,
    changes,
    disks,
    firewalls,
    images,
    instance_changes,
    instances,
    launch,
    networks,
    operations,
    projects,
    reservations,
    resource_policies,
    snapshots,
    subnetworks,
)
from sandbox.gcp.call import Call
from sandbox.gcp.lists import aggregated_list_of, get_of, list_of

Handler = Callable[[Call], Any]

# Collections that can only be looked at: name, parameter of get, whether there is an aggregated list.
CATALOGUE = (
    ("zones", "zone", False),
    ("regions", "region", False),
    ("machineTypes", "machineType", True),
    ("acceleratorTypes", "acceleratorType", True),
    ("diskTypes", "diskType", True),
)
# Called without the lock: they wait.
WAITING = ("zoneOperations.wait", "regionOperations.wait", "globalOperations.wait")


def _handlers() -> dict[str, Handler]:
    found: dict[str, Handler] = {"instances.insert": launch.insert}
    for module in (
        addresses,
        bulk,
        disks,
        firewalls,
        images,
        instance_changes,
        instances,
        networks,
        projects,
        reservations,
        resource_policies,
        snapshots,
        subnetworks,
    ):
        found.update(module.HANDLERS)
    for collection, parameter, aggregated in CATALOGUE:
        found[f"{collection}.get"] = get_of(collection, parameter)
        found[f"{collection}.list"] = list_of(collection)
        if aggregated:
            found[f"{collection}.aggregatedList"] = aggregated_list_of(collection)
    for scope in ("zone", "region", "global"):
        found[f"{scope}Operations.get"] = operations.get
        found[f"{scope}Operations.wait"] = operations.wait
        found[f"{scope}Operations.delete"] = operations.delete
        found[f"{scope}Operations.list"] = list_of("operations")
    found["globalOperations.aggregatedList"] = aggregated_list_of("operations")
    return found


HANDLERS = _handlers()
# Registered by being imported.
TASKS = (changes.put, changes.merge, changes.drop)
