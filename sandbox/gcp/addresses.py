"""Reserved addresses, external and internal."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import GcpError, already_exists, in_use, invalid, required
from sandbox.gcp.labels import check_labels, labelled, set_labels
from sandbox.gcp.leases import EXTERNAL, check_address
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.refs import Ref, new_id, stamp


def insert(call: Call) -> dict[str, Any]:
    """Reserve an address: the one asked for, or a free one."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("addresses", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    check_labels(wish.get("labels", {}), "resource.labels")
    kind = "INTERNAL" if wish.get("addressType") == "INTERNAL" else "EXTERNAL"
    if wish.get("address"):
        check_address("resource.address", wish["address"])
    body = {
        "kind": "compute#address",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        **wish,
        "description": wish.get("description", ""),
        "address": _external(call, wish) if kind == "EXTERNAL" else "",
        "addressType": kind,
        "networkTier": wish.get("networkTier", "PREMIUM"),
        "region": call.place,
        "status": "RESERVED",
        "selfLink": target.link,
        **labelled(wish.get("labels", {})),
    }
    if kind == "INTERNAL":
        body |= _internal(call, wish)
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def _external(call: Call, wish: dict[str, Any]) -> str:
    if wish.get("subnetwork"):
        raise invalid(
            "resource.subnetwork", wish["subnetwork"], "Subnetwork cannot be specified for an external address."
        )
    return wish.get("address") or call.state.leases.external(set())


def _internal(call: Call, wish: dict[str, Any]) -> dict[str, Any]:
    text = wish.get("subnetwork", f"{call.scope}/subnetworks/default")
    ref = call.link(text, "resource.subnetwork", "subnetworks")
    subnetwork = call.state.store.find(ref)
    if subnetwork is None:
        raise invalid("resource.subnetwork", text, "The referenced subnetwork resource cannot be found.")
    cidr = subnetwork.body["ipCidrRange"]
    address = wish.get("address") or call.state.leases.internal(ref.path, cidr, set())
    if ipaddress.ip_address(address) not in ipaddress.ip_network(cidr):
        raise invalid("resource.address", address, f"Must be in the range of the subnetwork, {cidr}.")
    if call.state.leases.taken(ref.path, address):
        raise GcpError("invalid", f"IP '{address}' is already being used by another resource.")
    return {"address": address, "subnetwork": ref.link, "purpose": wish.get("purpose", "GCE_ENDPOINT")}


def delete(call: Call) -> dict[str, Any]:
    """Give an address back that no instance uses."""
    record = found(call, "addresses", call.path["address"])
    user = _user(call, record.ref, record.body)
    if user:
        raise in_use("address", record.ref.path, user)
    return operations.begin(call, record.ref, "delete", does="drop")


def _user(call: Call, ref: Ref, body: dict[str, Any]) -> str:
    for shelf in call.state.store.table(ref.project, "instances").values():
        for each in shelf.values():
            for nic in each.body["networkInterfaces"]:
                held = [nic.get("networkIP"), *(access.get("natIP") for access in nic.get("accessConfigs", ()))]
                space = EXTERNAL if body["addressType"] == "EXTERNAL" else nic["subnetwork"]
                if body["address"] in held and space in (EXTERNAL, body.get("subnetwork")):
                    return each.ref.path
    return ""


HANDLERS = {
    "addresses.get": get_of("addresses", "address"),
    "addresses.list": list_of("addresses"),
    "addresses.aggregatedList": aggregated_list_of("addresses"),
    "addresses.insert": insert,
    "addresses.delete": delete,
    "addresses.setLabels": set_labels("addresses", "resource"),
}
