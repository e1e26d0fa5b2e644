"""Images: the newest of a family, those made from a disk, and what a link in a request means."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.catalogue import shelf
from sandbox.gcp.errors import GcpError, already_exists, invalid, not_found, required
from sandbox.gcp.labels import check_labels, set_labels
from sandbox.gcp.lists import found, get_of, list_of
from sandbox.gcp.refs import Ref, fingerprint, new_id, stamp
from sandbox.gcp.state import State


def newest(state: State, project: str, family: str) -> dict[str, Any]:
    """The newest image of a family that is not deprecated. Raises GcpError."""
    members = [
        record.body
        for record in shelf(state, project, "global", "images").values()
        if record.body.get("family") == family and "deprecated" not in record.body
    ]
    if not members:
        raise not_found(f"projects/{project}/global/images/family/{family}")
    return max(members, key=lambda body: body["creationTimestamp"])


def resolve(state: State, ref: Ref, field: str, text: str) -> dict[str, Any]:
    """The image that a link means, by name or by family. Raises GcpError."""
    try:
        if ref.name.startswith("family/"):
            return newest(state, ref.project, ref.name.removeprefix("family/"))
    except GcpError as error:
        raise invalid(field, text, "The referenced image resource cannot be found.") from error
    record = shelf(state, ref.project, "global", "images").get(ref.name)
    if record is None:
        raise invalid(field, text, "The referenced image resource cannot be found.")
    return record.body


def get_from_family(call: Call) -> dict[str, Any]:
    return newest(call.state, call.project, call.path["family"])


def insert(call: Call) -> dict[str, Any]:
    """Make an image from a disk."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("images", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    check_labels(wish.get("labels", {}), "resource.labels")
    if not wish.get("sourceDisk"):
        raise required("resource.sourceDisk")
    source = call.link(wish["sourceDisk"], "resource.sourceDisk", "disks")
    disk = call.state.store.find(source)
    if disk is None:
        raise invalid("resource.sourceDisk", wish["sourceDisk"], "The referenced disk resource cannot be found.")
    body = {
        **wish,
        "kind": "compute#image",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        "status": "READY",
        "sourceType": "RAW",
        "sourceDisk": source.link,
        "sourceDiskId": disk.body["id"],
        "diskSizeGb": wish.get("diskSizeGb", disk.body["sizeGb"]),
        "archiveSizeBytes": "1000000",
        "architecture": wish.get("architecture", disk.body.get("architecture", "X86_64")),
        "labelFingerprint": fingerprint(wish.get("labels", {})),
        "storageLocations": wish.get("storageLocations", ["us"]),
        "selfLink": target.link,
    }
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def patch(call: Call) -> dict[str, Any]:
    """Change family, description or deprecation; labels are left as they are (recordings)."""
    record = found(call, "images", call.path["image"])
    changes = {name: call.body[name] for name in ("family", "description", "deprecated") if name in call.body}
    return operations.begin(call, record.ref, "patch", does="merge", args={"changes": changes})


def delete(call: Call) -> dict[str, Any]:
    record = found(call, "images", call.path["image"])
    return operations.begin(call, record.ref, "delete", does="drop")


HANDLERS = {
    "images.get": get_of("images", "image"),
    "images.list": list_of("images"),
    "images.getFromFamily": get_from_family,
    "images.insert": insert,
    "images.patch": patch,
    "images.delete": delete,
    "images.setLabels": set_labels("images", "resource"),
}
