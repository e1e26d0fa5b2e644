"""Networks: custom mode or auto mode, with what keeps them from being deleted."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, required
from sandbox.gcp.failures import used_by
from sandbox.gcp.labels import check_description
from sandbox.gcp.lists import found, get_of, list_of
from sandbox.gcp.operations import task
from sandbox.gcp.refs import LINK, PREFIX, Ref, new_id, stamp
from sandbox.gcp.regions import regions
from sandbox.gcp.state import State
from sandbox.gcp.subnetworks import link_subnetworks, subnetwork_body, subnetworks_of

# What a network with internal IPv6 gets; the service draws one at random.
ULA = "fd20:eb5:88a:0:0:0:0:0/48"


def network_body(target: Ref, wish: dict[str, Any], now: float) -> dict[str, Any]:
    """A network with its defaults."""
    number = new_id()
    routing = wish.get("routingConfig", {})
    if wish.get("networkProfile"):
        wish = {**wish, "networkProfile": LINK + PREFIX.sub("", wish["networkProfile"])}
    if not wish.get("enableUlaInternalIpv6"):
        wish = {name: value for name, value in wish.items() if name != "enableUlaInternalIpv6"}
    return {
        "kind": "compute#network",
        "id": number,
        "creationTimestamp": stamp(now),
        **wish,
        "name": target.name,
        "autoCreateSubnetworks": wish.get("autoCreateSubnetworks", True),
        "mtu": wish.get("mtu", 1460),
        "networkFirewallPolicyEnforcementOrder": wish.get(
            "networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL"
        ),
        "routingConfig": {"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY", **routing},
        "selfLink": target.link,
        "selfLinkWithId": f"{LINK}projects/{target.project}/global/networks/{number}",
    }


def insert(call: Call) -> dict[str, Any]:
    """Make a network; one of auto mode gets a subnetwork in every region."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("networks", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    if "IPv4Range" in wish:
        raise bad_request("Legacy networks are no longer supported.")
    check_description(wish.get("description", ""), "resource.description")
    if not 1300 <= wish.get("mtu", 1460) <= 8896:
        raise bad_request("Invalid value for field 'resource.mtu': MTU must be between 1300 and 8896.")
    call.state.promised.add(target.path)
    return operations.begin(
        call, target, "insert", does="network", args={"body": network_body(target, wish, call.state.now())}
    )


@task("network")
def make(state: State, target: Ref, args: dict[str, Any]) -> None:
    """Make the network, and its subnetworks in auto mode."""
    state.put(target, args["body"], {})
    if not args["body"]["autoCreateSubnetworks"]:
        return
    for region in regions().values():
        place = Ref(target.project, f"regions/{region.name}", "subnetworks", target.name)
        state.put(place, subnetwork_body(place, target, {"ipCidrRange": region.auto_range}, state.now()), {})
    link_subnetworks(state, target)


def patch(call: Call) -> dict[str, Any]:
    """Change routing, MTU or description."""
    record = found(call, "networks", call.path["network"])
    known = ("routingConfig", "mtu", "description", "networkFirewallPolicyEnforcementOrder", "enableUlaInternalIpv6")
    changes = {name: call.body[name] for name in known if name in call.body}
    if "routingConfig" in changes:
        changes["routingConfig"] = {**record.body["routingConfig"], **changes["routingConfig"]}
    if changes.get("enableUlaInternalIpv6"):
        changes["internalIpv6Range"] = record.body.get("internalIpv6Range", ULA)
    return operations.begin(call, record.ref, "updateNetwork", does="merge", args={"changes": changes})


def delete(call: Call) -> dict[str, Any]:
    """Delete a network. What uses it is found by the operation, as in reality."""
    record = found(call, "networks", call.path["network"])
    return operations.begin(call, record.ref, "delete", does="network.delete")


@task("network.delete")
def remove(state: State, target: Ref, args: dict[str, Any]) -> None:  # noqa: ARG001  (a task's arguments)
    """Remove the network with its automatic subnetworks, unless something uses it."""
    record = state.store.find(target)
    if record is None:
        return
    own = subnetworks_of(state, target)
    automatic = record.body["autoCreateSubnetworks"]
    users = [] if automatic else own
    for user in [*users, *_rules(state, target), *_machines(state, target)]:
        raise used_by("network", target.path, user.ref.path)
    for each in own:
        state.drop(each.ref)
    state.drop(target)


def _rules(state: State, network: Ref) -> list[Any]:
    rules = state.store.shelf(network.project, "global", "firewalls").values()
    return [rule for rule in rules if rule.body["network"] == network.link]


def _machines(state: State, network: Ref) -> list[Any]:
    shelves = state.store.table(network.project, "instances").values()
    return [
        each
        for shelf in shelves
        for each in shelf.values()
        if any(nic["network"] == network.link for nic in each.body["networkInterfaces"])
    ]


HANDLERS = {
    "networks.get": get_of("networks", "network"),
    "networks.list": list_of("networks"),
    "networks.insert": insert,
    "networks.patch": patch,
    "networks.delete": delete,
}
