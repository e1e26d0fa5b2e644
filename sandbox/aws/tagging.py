"""Tags on the front's own records, and on instances that have to exist."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.filters import Record
from sandbox.aws.instances import pick


def _records(call: Call) -> dict[str, Record]:
    groups = {g["GroupId"]: g for g in call.store.placement_groups.values()}
    return {**groups, **call.store.capacity, **call.store.spot_requests}


def _split(call: Call) -> tuple[list[Record], list[str]]:
    """The front's records that the call names, and the ids that are moto's."""
    names = call.params.get("Resources", [])
    pick(call, [name for name in names if name.startswith("i-")])
    known = _records(call)
    mine = [known[name] for name in names if name in known]
    return mine, [name for name in names if name not in known]


def create(call: Call) -> Any:
    """CreateTags."""
    mine, rest = _split(call)
    result = call.moto({**call.params, "Resources": rest}) if rest or not mine else {}
    new = {tag["Key"]: tag.get("Value", "") for tag in call.params.get("Tags", [])}
    for record in mine:
        tags = {**{t["Key"]: t["Value"] for t in record.get("Tags", [])}, **new}
        record["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return result


def delete(call: Call) -> Any:
    """DeleteTags: without keys all tags go; a value that is given must match."""
    mine, rest = _split(call)
    result = call.moto({**call.params, "Resources": rest}) if rest or not mine else {}
    gone = call.params.get("Tags", [])
    for record in mine:
        record["Tags"] = [
            tag
            for tag in record.get("Tags", [])
            if gone and not any(g["Key"] == tag["Key"] and g.get("Value", tag["Value"]) == tag["Value"] for g in gone)
        ]
    return result


HANDLERS = {"CreateTags": create, "DeleteTags": delete}
