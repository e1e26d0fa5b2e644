"""What the network provider's resources have in common: etags, states of parts, GUIDs, references."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.azure import ids
from sandbox.azure.call import Call
from sandbox.azure.errors import reference_missing
from sandbox.azure.store import Resource, Store

#: Members that hold parts with a state and an etag of their own.
PARTS = ("subnets", "securityRules", "defaultSecurityRules", "ipConfigurations")

#: Members that older api-versions lack: the version from which on they are shown, at the latest (from recordings).
SINCE = {
    "auxiliarySku": "2022-11-01",
    "disableTcpStateTracking": "2022-11-01",
    "ddosSettings": "2022-11-01",
    "ipamPoolPrefixAllocations": "2024-01-01",
    "privateEndpointVNetPolicies": "2024-01-01",
}


def for_version(value: Any, version: str) -> Any:
    """An answer without what its api-version did not have yet."""
    if version >= max(SINCE.values()):
        return value
    if isinstance(value, dict):
        return {name: for_version(one, version) for name, one in value.items() if SINCE.get(name, "") <= version}
    return [for_version(one, version) for one in value] if isinstance(value, list) else value


def show(call: Call, resource: Resource) -> bytes:
    """A resource as the call's api-version has it."""
    if call.version >= max(SINCE.values()):
        return resource.shown()
    return json.dumps(for_version(resource.body, call.version)).encode()


def etag() -> str:
    return f'W/"{ids.fresh()}"'


def parts(resource: Resource) -> Iterator[dict[str, Any]]:
    """The parts of a resource that have a state and an etag."""
    for member in PARTS:
        for part in resource.properties.get(member, ()):
            if "properties" in part:
                yield part


def mark(resource: Resource, state: str) -> Resource:
    """Put a resource and its parts into a state, with a new etag for all."""
    tag = etag()
    resource.body["etag"] = tag
    resource.properties["provisioningState"] = state
    for part in parts(resource):
        part["etag"] = tag
        part["properties"]["provisioningState"] = state
    return resource


def settled(part: dict[str, Any]) -> dict[str, Any]:
    """The properties of a part without its state: what a client can have changed."""
    return {name: value for name, value in part["properties"].items() if name != "provisioningState"}


def guid(old: Resource | None) -> str:
    """The resourceGuid, which stays."""
    return str(old.properties["resourceGuid"]) if old else ids.fresh()


def part(owner_id: str, member: str, raw: dict[str, Any], kind: str) -> dict[str, Any]:
    """A part of a resource with its id and type; its properties are copied."""
    return {
        "name": raw["name"],
        "id": f"{owner_id}/{member}/{raw['name']}",
        "type": kind,
        "properties": {"provisioningState": "Updating", **raw.get("properties", {})},
    }


def reference(call: Call, raw: dict[str, Any] | None, owner_id: str) -> Resource | None:
    """The resource that `{"id": …}` names. Raises ArmError where it is not there."""
    if not raw or "id" not in raw:
        return None
    found = call.state.store.get(raw["id"])
    if found is None:
        raise reference_missing(raw["id"], owner_id)
    return found


def link(resource: Resource, member: str, resource_id: str, *, there: bool) -> None:
    """Note in `member`, a list of ids, that a resource uses this one, or no longer does."""
    listed = [one for one in resource.properties.get(member, ()) if not ids.same(one["id"], resource_id)]
    if there:
        listed.append({"id": resource_id})
    resource.properties.pop(member, None)
    if listed:
        resource.properties[member] = listed


def find_part(store: Store, part_id: str | None, member: str) -> tuple[Resource, dict[str, Any]] | None:
    """The part of a resource behind an id such as `…/virtualNetworks/v/subnets/s`, and its owner."""
    if not part_id:
        return None
    owner = store.get(ids.parent(part_id))
    if owner is None:
        return None
    for one in owner.properties.get(member, ()):
        if ids.same(one["id"], part_id):
            return owner, one
    return None
