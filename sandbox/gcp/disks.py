"""Disks: alone, from an image or a snapshot, and the boot disks of instances."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import images, machine_table, operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, in_use, invalid, not_found, required
from sandbox.gcp.labels import check_description, check_labels, labelled, set_labels
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.refs import LINK, Ref, new_id, parse, stamp
from sandbox.gcp.state import State


def disk_type(call: Call, text: str, field: str, short: bool) -> str:
    """The name of a disk type that a request names, as a URL, or where templates want it by its name alone."""
    if short and "/" not in text:
        name = text
    else:
        name = parse(text, field, "diskTypes", call.project, call.scope, bare=not call.strict).name
    if name not in machine_table.DISK_TYPES:
        raise invalid(field, text, "The referenced diskType resource cannot be found.")
    return name


def disk_body(target: Ref, kind: str, size: int, now: float, source: dict[str, Any] | None) -> dict[str, Any]:
    """A disk with its defaults; `source` is the image that it begins with."""
    body: dict[str, Any] = {
        "kind": "compute#disk",
        "id": new_id(),
        "creationTimestamp": stamp(now),
        "name": target.name,
        "sizeGb": str(size),
        "zone": f"{LINK}projects/{target.project}/{target.scope}",
        "status": "READY",
        "type": f"{LINK}projects/{target.project}/{target.scope}/diskTypes/{kind}",
        "physicalBlockSizeBytes": "4096",
        "enableConfidentialCompute": False,
        "selfLink": target.link,
        **labelled({}),
    }
    if source:
        body |= {
            "sourceImage": source["selfLink"],
            "sourceImageId": source["id"],
            "architecture": source["architecture"],
            "guestOsFeatures": source.get("guestOsFeatures", []),
            "licenses": source.get("licenses", []),
            "licenseCodes": source.get("licenseCodes", []),
        }
    return body


def check_size(field: str, kind: str, wanted: str | None, image: dict[str, Any] | None) -> int:
    """The size of a new disk in GiB. Raises GcpError where the type or the image wants more."""
    low, high, usual = machine_table.DISK_TYPES[kind]
    least = int(image["diskSizeGb"]) if image else 0
    size = int(wanted) if wanted else least or usual
    if image and size < least:
        raise invalid(field, size, f"Requested disk size cannot be smaller than the image size ({least} GB)")
    if not (1 if kind.startswith("pd-") and kind != "pd-extreme" else low) <= size <= high:
        raise invalid(field, size, f"Disk size must be between {low} GB and {high} GB for {kind}.")
    return size


def insert(call: Call) -> dict[str, Any]:
    """Make a disk of its own."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("disks", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    check_labels(wish.get("labels", {}), "resource.labels")
    check_description(wish.get("description", ""), "resource.description")
    kind = disk_type(call, wish["type"], "resource.type", short=False) if "type" in wish else "pd-standard"
    text = wish.get("sourceImage") or call.query.get("sourceImage")
    image = None
    if text:
        image = images.resolve(
            call.state, call.link(text, "resource.sourceImage", "images", "global"), "resource.sourceImage", text
        )
    size = check_size("resource.sizeGb", kind, wish.get("sizeGb"), image)
    body = disk_body(target, kind, size, call.state.now(), image) | labelled(wish.get("labels", {}))
    for name in ("description", "resourcePolicies", "provisionedIops", "provisionedThroughput"):
        if name in wish:
            body[name] = wish[name]
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def resize(call: Call) -> dict[str, Any]:
    """Make a disk larger; smaller is refused."""
    record = found(call, "disks", call.path["disk"])
    size = int(call.body.get("sizeGb", 0))
    if size <= int(record.body["sizeGb"]):
        raise invalid(
            "sizeGb",
            size,
            f"New disk size '{size}' GiB must be larger than existing size '{record.body['sizeGb']}' GiB.",
        )
    return operations.begin(call, record.ref, "resizeDisk", does="disk.resize", args={"size": str(size)})


@operations.task("disk.resize")
def _resized(state: State, target: Ref, args: dict[str, Any]) -> None:
    """The disk has its new size, and so does the instance that shows it."""
    record = state.store.find(target)
    if record is None:
        return
    state.put(target, {**record.body, "sizeGb": args["size"]})
    for user in record.body.get("users", ()):
        instance = state.store.find(Ref.of(user))
        if instance:
            shown = [
                {**disk, "diskSizeGb": args["size"]} if disk["source"] == target.link else disk
                for disk in instance.body["disks"]
            ]
            state.put(instance.ref, {**instance.body, "disks": shown})


def delete(call: Call) -> dict[str, Any]:
    """Delete a disk that is on no instance."""
    record = found(call, "disks", call.path["disk"])
    users = record.body.get("users")
    if users:
        raise in_use("disk", record.ref.path, Ref.of(users[0]).path)
    return operations.begin(call, record.ref, "delete", does="drop")


def attach(state: State, disk: Ref, instance: Ref) -> None:
    """Write an instance into a disk's users."""
    record = state.store.find(disk)
    if record:
        state.put(disk, {**record.body, "users": [*record.body.get("users", []), instance.link]})


def release(state: State, disk: Ref, instance: Ref) -> None:
    """Take an instance out of a disk's users."""
    record = state.store.find(disk)
    if record:
        rest = [user for user in record.body.get("users", []) if user != instance.link]
        body = {name: value for name, value in record.body.items() if name != "users"}
        state.put(disk, {**body, "users": rest} if rest else body)


def existing(call: Call, text: str, field: str) -> Ref:
    """A disk that an instance wants to use as it is. Raises GcpError."""
    ref = call.link(text, field, "disks")
    record = call.state.store.find(ref)
    if record is None:
        raise not_found(ref.path)
    if record.body.get("users"):
        raise in_use("disk", ref.path, Ref.of(record.body["users"][0]).path)
    return ref


def policies(add: bool) -> Any:
    """The handlers of addResourcePolicies and removeResourcePolicies."""

    def respond(call: Call) -> dict[str, Any]:
        record = found(call, "disks", call.path["disk"])
        region = f"regions/{call.region}"
        named = [
            call.link(text, "resourcePolicies", "resourcePolicies", region)
            for text in call.body.get("resourcePolicies", [])
        ]
        for ref in named:
            if call.state.store.find(ref) is None:
                raise not_found(ref.path)
        links = [ref.link for ref in named]
        old = record.body.get("resourcePolicies", [])
        new = (
            [*old, *(link for link in links if link not in old)] if add else [link for link in old if link not in links]
        )
        if add and len(new) > 1:
            raise bad_request("A disk can have at most 1 resource policy.")
        kind = "addResourcePolicies" if add else "removeResourcePolicies"
        return operations.begin(
            call, record.ref, kind, does="merge", args={"changes": {"resourcePolicies": new or None}}
        )

    return respond


HANDLERS = {
    "disks.get": get_of("disks", "disk"),
    "disks.list": list_of("disks"),
    "disks.aggregatedList": aggregated_list_of("disks"),
    "disks.insert": insert,
    "disks.resize": resize,
    "disks.delete": delete,
    "disks.setLabels": set_labels("disks", "resource"),
    "disks.addResourcePolicies": policies(add=True),
    "disks.removeResourcePolicies": policies(add=False),
}
