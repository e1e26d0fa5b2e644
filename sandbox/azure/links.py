"""Who uses what: derived from the resources, so it is neither stored nor part of any body until somebody looks.

A subnet or a security group with 10,000 users would otherwise be written anew for each of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from sandbox.azure.store import Resource, Store


class Links:
    """For each used id the ids of its users, in the order in which they came, and the addresses taken in each subnet."""

    def __init__(self) -> None:
        self._users: dict[str, dict[str, str]] = {}
        self._uses: dict[str, list[str]] = {}
        #: {subnet: {address: the id of the IP configuration}}, keys in small letters.
        self.addresses: dict[str, dict[str, str]] = {}
        #: {subnet: below this number every address is taken}, so that the search for a free one does not begin anew.
        self.lowest: dict[str, int] = {}
        self.public: set[str] = set()

    def clear(self) -> None:
        self._users.clear()
        self._uses.clear()
        self.addresses.clear()
        self.lowest.clear()
        self.public.clear()

    def set(self, user: str, targets: Iterable[str]) -> None:
        """Say what a resource (or a part of one) uses now, in place of what it used before."""
        key = user.lower()
        for target in self._uses.pop(key, ()):
            self._users.get(target, {}).pop(key, None)
        kept = [target.lower() for target in targets]
        for target in kept:
            self._users.setdefault(target, {})[key] = user
        if kept:
            self._uses[key] = kept

    def users(self, target: str, inside: str = "") -> list[str]:
        """The users of an id; `inside` says which kind, as a piece of their ids."""
        return [user for user in self._users.get(target.lower(), {}).values() if inside.lower() in user.lower()]

    def take_address(self, subnet: str, address: str, user: str) -> None:
        self.addresses.setdefault(subnet.lower(), {})[address] = user

    def free_address(self, subnet: str, address: str) -> None:
        key = subnet.lower()
        self.addresses.get(key, {}).pop(address, None)
        self.lowest[key] = min(self.lowest.get(key, 0), int(ipaddress.ip_address(address)))


def rebuild(links: Links, store: Store, subscriptions: Iterable[str]) -> None:
    """Derive everything from the resources of a journal."""
    from sandbox.azure import nics, placement, security_groups, virtual_networks

    links.clear()
    for subscription in subscriptions:
        for nic in store.list(nics.NAME, subscription):
            nics.connect(links, nic)
        for network in store.list(virtual_networks.NAME, subscription):
            virtual_networks.connect(links, network)
        for group in store.list(security_groups.NAME, subscription):
            security_groups.connect(links, group)
        for vm in store.list("Microsoft.Compute/virtualMachines", subscription):
            placement.connect(links, vm)
        links.public |= {
            address
            for address in map(_address, store.list("Microsoft.Network/publicIPAddresses", subscription))
            if address
        }


def _address(resource: Resource) -> str:
    return str(resource.properties.get("ipAddress", ""))
