"""Snapshots of disks."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.labels import set_labels
from sandbox.gcp.lists import found, get_of, list_of


def delete(call: Call) -> dict[str, Any]:
    record = found(call, "snapshots", call.path["snapshot"])
    return operations.begin(call, record.ref, "delete", does="drop")


HANDLERS = {
    "snapshots.get": get_of("snapshots", "snapshot"),
    "snapshots.list": list_of("snapshots"),
    "snapshots.delete": delete,
    "snapshots.setLabels": set_labels("snapshots", "resource"),
}
