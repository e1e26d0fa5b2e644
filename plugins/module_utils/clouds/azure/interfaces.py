# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network interface with another firewall, as a PUT takes it: everything that can be written, as it was. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .launch import address_name
from .options import last_name

# What a PUT may say, of https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces/create-or-update (read 2026-11);
# the rest Azure fills in.
INTERFACE = (
    "auxiliaryMode",
    "auxiliarySku",
    "disableTcpStateTracking",
    "dnsSettings",
    "enableAcceleratedNetworking",
    "enableIPForwarding",
    "workloadType",
)
ADDRESS = (
    "applicationGatewayBackendAddressPools",
    "gatewayLoadBalancer",
    "loadBalancerBackendAddressPools",
    "loadBalancerInboundNatRules",
    "primary",
    "privateIPAddress",
    "privateIPAddressVersion",
    "privateIPAllocationMethod",
    "virtualNetworkTaps",
)
DNS = ("dnsServers", "internalDnsNameLabel")


def with_firewall(nic: Mapping[str, Any], nsg_id: str | None, asg_ids: Sequence[str], our_asgs: str) -> dict[str, Any]:
    """`our_asgs` is how the ids of the group's application security groups begin: those give way, others stay."""
    properties = nic.get("properties", {})
    body: dict[str, Any] = {"location": nic["location"]}
    for word in ("tags", "extendedLocation"):
        if nic.get(word):
            body[word] = nic[word]
    inner = {word: properties[word] for word in INTERFACE if properties.get(word) is not None}
    if "dnsSettings" in inner:
        inner["dnsSettings"] = {word: inner["dnsSettings"][word] for word in DNS if inner["dnsSettings"].get(word)}
    if nsg_id:
        inner["networkSecurityGroup"] = {"id": nsg_id}
    vm = last_name((properties.get("virtualMachine") or {}).get("id", ""))
    own_address = address_name(vm)
    inner["ipConfigurations"] = [
        _address(one, asg_ids, our_asgs, own_address) for one in properties.get("ipConfigurations") or ()
    ]
    return {**body, "properties": inner}


def _address(raw: Mapping[str, Any], asg_ids: Sequence[str], our_asgs: str, own_address: str) -> dict[str, Any]:
    properties = raw.get("properties", {})
    inner = {word: properties[word] for word in ADDRESS if properties.get(word) is not None}
    if properties.get("privateIPAllocationMethod") != "Static":
        inner.pop("privateIPAddress", None)  # Azure keeps the one it has
    if properties.get("subnet"):
        inner["subnet"] = {"id": properties["subnet"]["id"]}
    there = [one["id"] for one in properties.get("applicationSecurityGroups") or ()]
    kept = [one for one in there if not one.lower().startswith(f"{our_asgs.lower()}/")]
    if kept or asg_ids:
        inner["applicationSecurityGroups"] = [{"id": one} for one in (*kept, *asg_ids)]
    public = properties.get("publicIPAddress")
    if public:
        # Without the word an address that was made with its VM would outlive it from then on.
        made_along = last_name(public["id"]).startswith(own_address)
        rule = (public.get("properties") or {}).get("deleteOption") or ("Delete" if made_along else None)
        inner["publicIPAddress"] = {"id": public["id"]} | ({"properties": {"deleteOption": rule}} if rule else {})
    return {"name": raw["name"], "properties": inner}
