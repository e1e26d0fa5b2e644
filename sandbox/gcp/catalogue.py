"""Shelves of what nobody made: zones, regions, types of machines and disks, public images. Made at first use."""

from __future__ import annotations

from functools import cache
from typing import Any

from sandbox.gcp import machine_types, public_images, regions
from sandbox.gcp.refs import Ref
from sandbox.gcp.state import State
from sandbox.gcp.store import Record, Shelf

PER_ZONE = {
    "machineTypes": machine_types.machine_type_bodies,
    "acceleratorTypes": machine_types.accelerator_type_bodies,
    "diskTypes": machine_types.disk_type_bodies,
}


def shelf(state: State, project: str, scope: str, collection: str) -> Shelf:
    """A shelf of the store, or of the catalogue."""
    if collection in PER_ZONE or collection == "zones" or public_images.is_public(project):
        return _fixed(project, scope, collection)
    if collection == "regions":
        quotas = {name: state.usage.of_region(project, name) for name in regions.regions()}
        return _filled(project, "", collection, regions.region_bodies(project, quotas))
    return state.store.shelf(project, scope, collection)


@cache
def _fixed(project: str, scope: str, collection: str) -> Shelf:
    zone = scope.removeprefix("zones/")
    if collection in PER_ZONE:
        bodies = PER_ZONE[collection](project, zone) if zone in regions.zones() else []
    elif collection == "zones":
        bodies = regions.zone_bodies(project)
    else:
        bodies = public_images.public_bodies(project) if collection == "images" else []
    return _filled(project, scope, collection, bodies)


def _filled(project: str, scope: str, collection: str, bodies: list[dict[str, Any]]) -> Shelf:
    full = Shelf()
    for body in bodies:
        full[body["name"]] = Record(Ref(project, scope, collection, body["name"]), body)
    return full
