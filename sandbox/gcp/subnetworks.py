"""Subnetworks: their ranges, and what keeps them from being deleted."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, in_use, invalid, mismatch, required
from sandbox.gcp.labels import check_description
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.operations import task
from sandbox.gcp.refs import LINK, Ref, fingerprint, new_id, stamp
from sandbox.gcp.state import State

SMALLEST = 29


def subnetwork_body(target: Ref, network: Ref, wish: dict[str, Any], now: float) -> dict[str, Any]:
    """A subnetwork with its defaults; the gateway is the first address."""
    block = ipaddress.ip_network(wish["ipCidrRange"])
    body = {
        "kind": "compute#subnetwork",
        "id": new_id(),
        "creationTimestamp": stamp(now),
        **wish,
        "name": target.name,
        "network": network.link,
        "region": f"{LINK}projects/{target.project}/{target.scope}",
        "gatewayAddress": str(block.network_address + 1),
        "privateIpGoogleAccess": wish.get("privateIpGoogleAccess", False),
        "privateIpv6GoogleAccess": wish.get("privateIpv6GoogleAccess", "DISABLE_GOOGLE_ACCESS"),
        "purpose": wish.get("purpose", "PRIVATE"),
        "stackType": wish.get("stackType", "IPV4_ONLY"),
        "state": "READY",
        "selfLink": target.link,
    }
    return {**body, "fingerprint": fingerprint(body)}


def insert(call: Call) -> dict[str, Any]:
    """Make a subnetwork in a custom-mode network."""
    wish = call.body
    for name in ("name", "network", "ipCidrRange"):
        if not wish.get(name):
            raise required(f"resource.{name}")
    target = call.ref("subnetworks", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    check_description(wish.get("description", ""), "resource.description")
    network = call.link(wish["network"], "resource.network", "networks", "global")
    known = call.state.store.find(network)
    if known is None:
        raise invalid("resource.network", wish["network"], "The referenced network resource cannot be found.")
    if known.body["autoCreateSubnetworks"]:
        raise bad_request(f"Cannot create a subnetwork in an auto subnet mode network: '{network.path}'.")
    _check_range(call.state, network, wish["ipCidrRange"])
    body = subnetwork_body(target, network, wish, call.state.now())
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="subnetwork", args={"body": body})


def _check_range(state: State, network: Ref, text: str) -> None:
    field = "resource.ipCidrRange"
    try:
        block = ipaddress.ip_network(text)
    except ValueError as error:
        raise invalid(field, text, "Must be a CIDR address range that is contained in valid ranges.") from error
    if block.version != 4 or not 4 <= block.prefixlen <= SMALLEST:
        raise invalid(field, text, f"Primary range prefix length must be between /4 and /{SMALLEST}.")
    for shelf in state.store.table(network.project, "subnetworks").values():
        for other in shelf.values():
            same = other.body["network"] == network.link
            if same and block.overlaps(ipaddress.ip_network(other.body["ipCidrRange"])):
                raise bad_request(
                    f"Invalid IPCidrRange: {text} conflicts with existing subnetwork '{other.ref.name}' "
                    f"in region '{other.ref.region}'."
                )


@task("subnetwork")
def make(state: State, target: Ref, args: dict[str, Any]) -> None:
    """Make the subnetwork and tell its network."""
    state.put(target, args["body"], {})
    link_subnetworks(state, Ref.of(args["body"]["network"]))


def patch(call: Call) -> dict[str, Any]:
    """Change a description, private access or logging, under the fingerprint."""
    record = found(call, "subnetworks", call.path["subnetwork"])
    if call.body.get("fingerprint") != record.body["fingerprint"]:
        raise mismatch("Invalid fingerprint.")
    known = ("description", "privateIpGoogleAccess", "logConfig", "stackType")
    changes = {name: call.body[name] for name in known if name in call.body}
    changes["fingerprint"] = fingerprint({**record.body, **changes})
    return operations.begin(call, record.ref, "patch", does="merge", args={"changes": changes})


def set_private_access(call: Call) -> dict[str, Any]:
    record = found(call, "subnetworks", call.path["subnetwork"])
    changes: dict[str, Any] = {"privateIpGoogleAccess": call.body.get("privateIpGoogleAccess", False)}
    changes["fingerprint"] = fingerprint({**record.body, **changes})
    return operations.begin(call, record.ref, "setPrivateIpGoogleAccess", does="merge", args={"changes": changes})


def delete(call: Call) -> dict[str, Any]:
    """Delete a subnetwork that nothing uses."""
    record = found(call, "subnetworks", call.path["subnetwork"])
    user = _user(call.state, record.ref)
    if user:
        raise in_use("subnetwork", record.ref.path, user)
    return operations.begin(call, record.ref, "delete", does="subnetwork.delete")


@task("subnetwork.delete")
def remove(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """Remove the subnetwork and tell its network."""
    record = state.store.find(target)
    state.drop(target)
    if record:
        link_subnetworks(state, Ref.of(record.body["network"]))


def _user(state: State, target: Ref) -> str:
    """The path of something that uses the subnetwork; empty if nothing does."""
    for shelf in state.store.table(target.project, "instances").values():
        for each in shelf.values():
            if any(nic["subnetwork"] == target.link for nic in each.body["networkInterfaces"]):
                return each.ref.path
    for each in state.store.shelf(target.project, target.scope, "addresses").values():
        if each.body.get("subnetwork") == target.link:
            return each.ref.path
    return ""


def link_subnetworks(state: State, network: Ref) -> None:
    """Write the network's list of subnetworks anew."""
    record = state.store.find(network)
    if record is None:
        return
    links = [each.body["selfLink"] for each in subnetworks_of(state, network)]
    body = {name: value for name, value in record.body.items() if name != "subnetworks"}
    state.put(network, {**body, "subnetworks": links} if links else body)


def subnetworks_of(state: State, network: Ref) -> list[Any]:
    table = state.store.table(network.project, "subnetworks")
    return [each for place in sorted(table) for each in table[place].values() if each.body["network"] == network.link]


HANDLERS = {
    "subnetworks.get": get_of("subnetworks", "subnetwork"),
    "subnetworks.list": list_of("subnetworks"),
    "subnetworks.aggregatedList": aggregated_list_of("subnetworks"),
    "subnetworks.insert": insert,
    "subnetworks.patch": patch,
    "subnetworks.setPrivateIpGoogleAccess": set_private_access,
    "subnetworks.delete": delete,
}
