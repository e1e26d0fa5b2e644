"""Firewall rules: checked as the service checks them, with its defaults filled in."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, invalid, required
from sandbox.gcp.labels import check_description
from sandbox.gcp.lists import found, get_of, list_of
from sandbox.gcp.refs import NAME, Ref, new_id, stamp

PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all")
WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")
MOST_TAGS = 70
SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
RANGES = 5000


def insert(call: Call) -> dict[str, Any]:
    """Make a rule."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("firewalls", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    body = {
        **_checked(call, wish),
        "kind": "compute#firewall",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        "name": target.name,
        "selfLink": target.link,
    }
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def patch(call: Call) -> dict[str, Any]:
    """Change what the body names."""
    record = found(call, "firewalls", call.path["firewall"])
    return _change(call, record.ref, {**record.body, **call.body}, "compute.firewalls.patch")


def update(call: Call) -> dict[str, Any]:
    """Replace the rule by the body."""
    record = found(call, "firewalls", call.path["firewall"])
    return _change(call, record.ref, call.body, "update")


def _change(call: Call, target: Ref, wish: dict[str, Any], kind: str) -> dict[str, Any]:
    known = call.state.store.find(target)
    if known is None:
        raise already_exists(target.path)
    if wish.get("name", target.name) != target.name:
        raise invalid("resource.name", wish["name"], "The name of a firewall cannot be changed.")
    if wish.get("direction", "INGRESS") != known.body["direction"]:
        raise bad_request("Firewall direction cannot be changed.")
    checked = _checked(call, wish)
    if checked["network"] != known.body["network"]:
        raise bad_request("Firewall network cannot be changed.")
    kept = {name: known.body[name] for name in ("kind", "id", "creationTimestamp", "name", "selfLink")}
    return operations.begin(call, target, kind, does="put", args={"body": {**checked, **kept}})


def delete(call: Call) -> dict[str, Any]:
    record = found(call, "firewalls", call.path["firewall"])
    return operations.begin(call, record.ref, "delete", does="drop")


def _checked(call: Call, wish: dict[str, Any]) -> dict[str, Any]:
    """The rule with its defaults. Raises GcpError."""
    body = {name: value for name, value in wish.items() if value != []}
    check_description(body.get("description", ""), "resource.description")
    body.setdefault("network", "global/networks/default")
    network = call.link(body["network"], "resource.network", "networks")
    if call.state.store.find(network) is None:
        raise invalid("resource.network", body["network"], "The referenced network resource cannot be found.")
    body["network"] = network.link
    body.setdefault("direction", "INGRESS")
    body.setdefault("priority", 1000)
    body.setdefault("disabled", False)
    body.setdefault("logConfig", {"enable": False})
    if not 0 <= body["priority"] <= 65535:
        raise invalid("resource.priority", body["priority"], "Must be between 0 and 65535, inclusive.")
    _check_actions(body)
    _check_ends(body)
    return body


def _check_actions(body: dict[str, Any]) -> None:
    allowed, denied = body.get("allowed"), body.get("denied")
    if bool(allowed) == bool(denied):
        raise bad_request("Firewall must specify exactly one of 'allowed' and 'denied'.")
    word = "allowed" if allowed else "denied"
    for number, rule in enumerate(body[word]):
        where = f"resource.{word}[{number}]"
        protocol = rule.get("IPProtocol", "").lower()
        if not protocol:
            raise required(f"{where}.IPProtocol")
        if protocol not in PROTOCOLS and not (protocol.isdigit() and int(protocol) <= 255):
            raise invalid(f"{where}.IPProtocol", rule["IPProtocol"], "Must be a valid protocol name or number.")
        rule["IPProtocol"] = protocol
        if rule.get("ports") and protocol not in WITH_PORTS:
            raise invalid(
                f"{where}.ports", ",".join(rule["ports"]), f"Ports cannot be specified for protocol {protocol}."
            )
        for index, port in enumerate(rule.get("ports", ())):
            _check_port(f"{where}.ports[{index}]", port)
        if rule.get("ports") == []:
            del rule["ports"]


def _check_port(field: str, text: str) -> None:
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not low <= high <= 65535:
        raise invalid(field, text, "Must be a valid port or port range: 80 or 8000-8080.")


def _check_ends(body: dict[str, Any]) -> None:
    """Where packets come from and go to; without a word it is everywhere."""
    ingress = body["direction"] == "INGRESS"
    sources = [name for name in SOURCES if body.get(name)]
    if sources and not ingress:
        raise invalid(
            f"resource.{sources[0]}", body[sources[0]][0], f"{sources[0]} may not be used with direction EGRESS."
        )
    for name in ("sourceRanges", "destinationRanges"):
        if len(body.get(name, ())) > RANGES:
            raise invalid(f"resource.{name}", "", f"The number of ranges exceeds the limit of {RANGES}.")
        for number, text in enumerate(body.get(name, ())):
            body[name][number] = _range(f"resource.{name}[{number}]", text)
    _check_tags(body)
    if ingress and not sources:
        body["sourceRanges"] = ["0.0.0.0/0"]
    if not ingress and not body.get("destinationRanges"):
        body["destinationRanges"] = ["0.0.0.0/0"]


def _check_tags(body: dict[str, Any]) -> None:
    tags = body.get("sourceTags") or body.get("targetTags")
    if tags and (body.get("sourceServiceAccounts") or body.get("targetServiceAccounts")):
        raise bad_request("Tags and service accounts cannot be used together in one firewall rule.")
    for name in ("sourceTags", "targetTags"):
        if len(body.get(name, ())) > MOST_TAGS:
            raise invalid(f"resource.{name}", "", f"The number of tags exceeds the limit of {MOST_TAGS}.")
        for number, tag in enumerate(body.get(name, ())):
            if not re.fullmatch(NAME, tag):
                raise invalid(f"resource.{name}[{number}]", tag, f"Must be a match of regex '{NAME}'")


def _range(field: str, text: str) -> str:
    """A CIDR as the service keeps it: without host bits; a single address gets its length."""
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError as error:
        raise invalid(field, text, "Must be a valid CIDR: x.x.x.x/x or an IPv6 range.") from error
    if interface.ip != interface.network.network_address:
        raise invalid(field, text, f"Invalid CIDR: the address has host bits; the range is {interface.network}.")
    return text if "/" in text else str(interface.network)


HANDLERS = {
    "firewalls.get": get_of("firewalls", "firewall"),
    "firewalls.list": list_of("firewalls"),
    "firewalls.insert": insert,
    "firewalls.patch": patch,
    "firewalls.update": update,
    "firewalls.delete": delete,
}
