"""Network interfaces of a new instance: which subnetwork, which addresses."""

from __future__ import annotations

import copy
import ipaddress
from dataclasses import dataclass
from typing import Any

from sandbox.gcp.call import Call
from sandbox.gcp.errors import GcpError, bad_request, in_use, invalid, not_found
from sandbox.gcp.leases import EXTERNAL, check_address
from sandbox.gcp.refs import Ref, fingerprint, parse
from sandbox.gcp.state import State

ACCESS = "external-nat"
NAT = "resource.networkInterfaces[0].accessConfigs[0]"


@dataclass
class Draft:
    """One interface: its wish, where it lies, and the range that its address comes from."""

    wish: dict[str, Any]
    number: int
    network: str
    subnetwork: str
    cidr: str

    def body(self) -> dict[str, Any]:
        """The interface as an instance shows it, but for the addresses."""
        wish = copy.deepcopy(self.wish)
        body = {
            "kind": "compute#networkInterface",
            **wish,
            "name": f"nic{self.number}",
            "network": self.network,
            "subnetwork": self.subnetwork,
            "stackType": wish.get("stackType", "IPV4_ONLY"),
        }
        for access in body.get("accessConfigs", ()):
            access |= {
                "kind": "compute#accessConfig",
                "type": access.get("type", "ONE_TO_ONE_NAT"),
                "name": access.get("name", ACCESS),
                "networkTier": access.get("networkTier", "PREMIUM"),
            }
        return {**body, "fingerprint": fingerprint(body)}


def prepare(call: Call, wishes: list[dict[str, Any]], zone: str, field: str) -> list[Draft]:
    """Check the interfaces. Raises GcpError."""
    if not wishes:
        raise invalid(f"{field}.networkInterfaces", "", "At least one network interface is required.")
    drafts = [
        _one(call, wish, number, zone, f"{field}.networkInterfaces[{number}]") for number, wish in enumerate(wishes)
    ]
    if len({draft.network for draft in drafts}) < len(drafts):
        raise bad_request("Networks must be distinct for NICs attached to a VM.")
    return drafts


def _one(call: Call, wish: dict[str, Any], number: int, zone: str, field: str) -> Draft:
    region = f"regions/{zone.rpartition('-')[0]}"
    if len(wish.get("accessConfigs", ())) > 1:
        raise bad_request("At most one access config currently supported.")
    network = None
    if "network" in wish or "subnetwork" not in wish:
        network = _network(call, wish.get("network", "global/networks/default"), f"{field}.network")
    if "subnetwork" in wish:
        text = wish["subnetwork"]
        ref = parse(text, f"{field}.subnetwork", "subnetworks", call.project, region, bare=not call.strict)
        if ref.scope != region:
            raise invalid(
                f"{field}.subnetwork", text, f"Subnetwork must be in region '{region.removeprefix('regions/')}'."
            )
    else:
        ref = _automatic(call, network, region, field)
    known = call.state.store.find(ref)
    if known is None:
        raise invalid(
            f"{field}.subnetwork", wish.get("subnetwork", ""), "The referenced subnetwork resource cannot be found."
        )
    if network and known.body["network"] != network.link:
        raise bad_request("Subnetwork must be in the network that the interface names.")
    kept = {key: value for key, value in wish.items() if key not in ("network", "subnetwork")}
    return Draft(kept, number, known.body["network"], ref.link, known.body["ipCidrRange"])


def _network(call: Call, text: str, field: str) -> Ref:
    ref = parse(text, field, "networks", call.project, "global", bare=not call.strict)
    if call.state.store.find(ref) is None:
        raise invalid(field, text, "The referenced network resource cannot be found.")
    return ref


def _automatic(call: Call, network: Ref | None, region: str, field: str) -> Ref:
    """The region's subnetwork of an auto-mode network."""
    known = call.state.store.find(network) if network else None
    if network is None or known is None or not known.body["autoCreateSubnetworks"]:
        raise invalid(field, "", "Subnetwork should be specified for custom subnetmode network")
    return Ref(network.project, region, "subnetworks", network.name)


def give_addresses(state: State, project: str, body: dict[str, Any]) -> None:
    """Fill in the addresses of a new instance. Raises GcpError where one is taken or none is left."""
    held: set[str] = set()
    for nic in body["networkInterfaces"]:
        space = Ref.of(nic["subnetwork"])
        subnetwork = state.store.find(space)
        if subnetwork is None:
            raise not_found(space.path)
        wanted = _reserved(state, project, "resource.networkInterfaces[0].networkIP", nic.get("networkIP"))
        if wanted and state.leases.taken(space.path, wanted) and not _is_reserved(state, project, wanted):
            raise GcpError("invalid", f"IP '{wanted}' is already being used by another resource.")
        if wanted and ipaddress.ip_address(wanted) not in ipaddress.ip_network(subnetwork.body["ipCidrRange"]):
            raise bad_request(f"Requested internal IP address {wanted} is outside the subnetwork's range.")
        nic["networkIP"] = wanted or state.leases.internal(space.path, subnetwork.body["ipCidrRange"], held)
        held.add(nic["networkIP"])
        for access in nic.get("accessConfigs", ()):
            static = _reserved(state, project, f"{NAT}.natIP", access.get("natIP"))
            if static and not _is_reserved(state, project, static):
                if state.leases.taken(EXTERNAL, static):
                    raise GcpError("invalid", f"External IP address '{static}' is already in-use.")
                raise invalid(
                    f"{NAT}.natIP",
                    static,
                    "The specified external IP address was not found.",
                )
            access["natIP"] = static or state.leases.external(held)
            held.add(access["natIP"])


def without_ephemeral(state: State, project: str, nics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The interfaces of an instance that stops: reserved external addresses stay with it, others go."""
    kept = {
        each.body["address"] for shelf in state.store.table(project, "addresses").values() for each in shelf.values()
    }
    shown = copy.deepcopy(nics)
    for nic in shown:
        for access in nic.get("accessConfigs", ()):
            if access.get("natIP") not in kept:
                access.pop("natIP", None)
    return shown


def with_ephemeral(state: State, nics: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The interfaces of an instance that starts: with an external address again, another one maybe."""
    held: set[str] = set()
    shown = copy.deepcopy(nics)
    for nic in shown:
        for access in nic.get("accessConfigs", ()):
            if "natIP" not in access:
                access["natIP"] = state.leases.external(held)
                held.add(access["natIP"])
    return shown


def _reserved(state: State, project: str, field: str, text: str | None) -> str | None:
    """An address as wished: itself, or by the link of a reserved one (recordings). Raises GcpError."""
    if not text:
        return None
    if "/" not in text:
        check_address(field, text)
        return text
    ref = parse(text, field, "addresses", project, "")
    record = state.store.find(ref)
    if record is None:
        raise not_found(ref.path)
    return str(record.body["address"])


def _is_reserved(state: State, project: str, address: str) -> bool:
    """Whether an address is a reserved one that nobody uses yet."""
    for shelf in state.store.table(project, "addresses").values():
        for each in shelf.values():
            if each.body["address"] == address:
                if each.body.get("users"):
                    raise in_use("address", each.ref.path, Ref.of(each.body["users"][0]).path)
                return True
    return False
