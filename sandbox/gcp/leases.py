"""Who has which address: internal ones per subnetwork, external ones of the whole cloud."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.gcp.errors import invalid
from sandbox.gcp.failures import Failed
from sandbox.gcp.refs import LINK, Ref

EXTERNAL = "external"
EXTERNAL_RANGE = ipaddress.ip_network("34.68.0.0/15")


def check_address(field: str, text: str) -> None:
    """Refuse what is no IPv4 address. Raises GcpError."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError as error:
        raise invalid(field, text, "Must be a valid IPv4 address.") from error


class Leases:
    """The taken addresses by space: a subnetwork's path, or EXTERNAL."""

    def __init__(self) -> None:
        self._taken: dict[str, set[int]] = {}
        self._lowest: dict[str, int] = {}

    def clear(self) -> None:
        self._taken.clear()
        self._lowest.clear()

    def change(self, ref: Ref, old: dict[str, Any] | None, new: dict[str, Any] | None) -> None:
        """Follow a resource from one body to the next."""
        if ref.collection not in ("instances", "addresses"):
            return
        before, after = _held(ref, old), _held(ref, new)
        for space, number in before - after:
            self._taken.get(space, set()).discard(number)
            self._lowest[space] = min(number, self._lowest.get(space, number))
        for space, number in after - before:
            self._taken.setdefault(space, set()).add(number)

    def taken(self, space: str, address: str) -> bool:
        return int(ipaddress.ip_address(address)) in self._taken.get(space, set())

    def internal(self, subnetwork: str, cidr: str, held: set[str]) -> str:
        """The lowest free address of a subnetwork; the first two and the last two are the network's own. Raises Failed."""
        block = ipaddress.ip_network(cidr)
        first, last = int(block.network_address) + 2, int(block.broadcast_address) - 2
        return self._lease(subnetwork, first, last, held)

    def external(self, held: set[str]) -> str:
        first, last = int(EXTERNAL_RANGE.network_address) + 2, int(EXTERNAL_RANGE.broadcast_address)
        return self._lease(EXTERNAL, first, last, held)

    def _lease(self, space: str, first: int, last: int, held: set[str]) -> str:
        taken = self._taken.setdefault(space, set())
        number = max(first, self._lowest.get(space, first))
        while number in taken or str(ipaddress.ip_address(number)) in held:
            number += 1
        if number > last:
            raise Failed("IP_SPACE_EXHAUSTED", f"IP space of '{space}' is exhausted.", 400)
        self._lowest[space] = number
        return str(ipaddress.ip_address(number))


def _held(ref: Ref, body: dict[str, Any] | None) -> set[tuple[str, int]]:
    if not body:
        return set()
    if ref.collection == "addresses":
        space = EXTERNAL if body["addressType"] == "EXTERNAL" else body.get("subnetwork", "")
        return {(space.removeprefix(LINK), int(ipaddress.ip_address(body["address"])))}
    held = set()
    for nic in body.get("networkInterfaces", ()):
        if "networkIP" in nic:
            held.add((nic["subnetwork"].removeprefix(LINK), int(ipaddress.ip_address(nic["networkIP"]))))
        for access in nic.get("accessConfigs", ()):
            if "natIP" in access:
                held.add((EXTERNAL, int(ipaddress.ip_address(access["natIP"]))))
    return held
