"""Projects: which there are, what a new one comes with, its metadata and its global quotas."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import launch_rules, operations, public_images
from sandbox.gcp.call import Call
from sandbox.gcp.errors import mismatch, not_found
from sandbox.gcp.machine_types import number
from sandbox.gcp.networks import make as make_network
from sandbox.gcp.networks import network_body
from sandbox.gcp.refs import LINK, Ref, fingerprint, new_id, stamp
from sandbox.gcp.state import State
from sandbox.gcp.tokens import PROJECT

# The rules that a new project's default network has (docs.cloud.google.com/firewall/docs/firewalls#more_rules_default_vpc).
RULES: tuple[tuple[str, str, list[dict[str, Any]], list[str]], ...] = (
    (
        "default-allow-internal",
        "Allow internal traffic on the default network",
        [
            {"IPProtocol": "tcp", "ports": ["0-65535"]},
            {"IPProtocol": "udp", "ports": ["0-65535"]},
            {"IPProtocol": "icmp"},
        ],
        ["10.128.0.0/9"],
    ),
    ("default-allow-ssh", "Allow SSH from anywhere", [{"IPProtocol": "tcp", "ports": ["22"]}], ["0.0.0.0/0"]),
    ("default-allow-rdp", "Allow RDP from anywhere", [{"IPProtocol": "tcp", "ports": ["3389"]}], ["0.0.0.0/0"]),
    ("default-allow-icmp", "Allow ICMP from anywhere", [{"IPProtocol": "icmp"}], ["0.0.0.0/0"]),
)


def exists(project: str) -> bool:
    """The sandbox has its own project, and every other whose name begins like it."""
    return project == PROJECT or project.startswith("sandbox-")


def ensure(state: State, project: str) -> None:
    """Have a project, with its default network at first sight. Raises GcpError for one that does not exist."""
    place = Ref(project, "global", "projects", project)
    if state.store.find(place):
        return
    if not exists(project):
        raise not_found(f"projects/{project}")
    now = state.now()
    body = {
        "kind": "compute#project",
        "id": number(project),
        "creationTimestamp": stamp(now),
        "name": project,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": fingerprint([])},
        "defaultServiceAccount": "100000000001-compute@developer.gserviceaccount.com",
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
        "cloudArmorTier": "CA_STANDARD",
        "selfLink": f"{LINK}projects/{project}",
    }
    state.put(place, body, {})
    network = Ref(project, "global", "networks", "default")
    wish = {"description": "Default network for the project"}
    make_network(state, network, {"body": network_body(network, wish, now)})
    for name, description, allowed, ranges in RULES:
        rule = Ref(project, "global", "firewalls", name)
        state.put(rule, _rule(rule, network, description, allowed, ranges, now), {})


def _rule(
    ref: Ref, network: Ref, description: str, allowed: list[dict[str, Any]], ranges: list[str], now: float
) -> dict[str, Any]:
    return {
        "kind": "compute#firewall",
        "id": new_id(),
        "creationTimestamp": stamp(now),
        "name": ref.name,
        "description": description,
        "network": network.link,
        "priority": 65534,
        "sourceRanges": ranges,
        "allowed": allowed,
        "direction": "INGRESS",
        "logConfig": {"enable": False},
        "disabled": False,
        "selfLink": ref.link,
    }


def get(call: Call) -> dict[str, Any]:
    """The project with its global quotas as they stand."""
    record = call.state.store.find(_place(call))
    if record is None:
        raise not_found(f"projects/{call.project}")
    return {**record.body, "quotas": call.state.usage.of_project(call.project)}


def set_metadata(call: Call) -> dict[str, Any]:
    """Replace the metadata that all instances share, under its fingerprint."""
    place = _place(call)
    record = call.state.store.find(place)
    if record is None or public_images.is_public(call.project):
        raise not_found(f"projects/{call.project}")
    launch_rules.check_metadata(call.body, "metadata")
    known = record.body["commonInstanceMetadata"]
    if call.body.get("fingerprint") != known["fingerprint"]:
        raise mismatch("Supplied fingerprint does not match current metadata fingerprint.")
    items = call.body.get("items", [])
    shown = {"kind": "compute#metadata", "fingerprint": fingerprint(items), **({"items": items} if items else {})}
    changes = {"commonInstanceMetadata": shown}
    body = operations.begin(
        call, place, "compute.projects.setCommonInstanceMetadata", does="merge", args={"changes": changes}
    )
    return {**body, "targetLink": f"{LINK}projects/{call.project}"}


def _place(call: Call) -> Ref:
    return Ref(call.project, "global", "projects", call.project)


HANDLERS = {"projects.get": get, "projects.setCommonInstanceMetadata": set_metadata}
