"""Interfaces and VMs: attached, taken away, and made along with a VM from its networkInterfaceConfigurations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.azure import addresses, ids, network, nics
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError, invalid_parameter
from sandbox.azure.sizes import Size
from sandbox.azure.store import Resource

#: The one version of the network provider by which the compute provider makes interfaces.
VERSIONS = ("2020-11-01", "2022-11-01")


def check_configurations(profile: dict[str, Any], size: Size) -> None:
    """Raises ArmError where a VM cannot get such interfaces."""
    listed = profile.get("networkInterfaceConfigurations", [])
    if not listed:
        return
    if profile.get("networkApiVersion") not in VERSIONS:
        raise invalid_parameter(
            "networkProfile.networkApiVersion",
            "networkApiVersion must be set when networkInterfaceConfigurations are given.",
        )
    for one in listed:
        given = one.get("properties", {})
        if given.get("enableAcceleratedNetworking") and not size.accelerated:
            text = f"The VM size '{size.name}' does not support accelerated networking, which is enabled on network interface {one['name']}."
            raise ArmError("VMSizeIsNotPermittedToEnableAcceleratedNetworking", text)
        for inner in given.get("ipConfigurations", ()):
            if "id" not in inner.get("properties", {}).get("subnet", {}):
                raise invalid_parameter(
                    "networkInterfaceConfigurations.ipConfigurations.subnet",
                    "Required parameter 'subnet' is missing (null).",
                )


def make_interfaces(call: Call, profile: dict[str, Any], zones: list[str] | None) -> dict[str, Any]:
    """The profile with what was made in place of the configurations. Raises ArmError, and leaves nothing then."""
    configurations = profile.get("networkInterfaceConfigurations")
    if not configurations:
        return profile
    made: list[Resource] = []
    try:
        listed = [_make(call, one, made, zones, only=len(configurations) == 1) for one in configurations]
    except ArmError:
        for resource in reversed(made):
            call.state.store.remove(resource.id)
        raise
    return {"networkInterfaces": [*profile.get("networkInterfaces", ()), *listed]}


def _make(
    call: Call, one: dict[str, Any], made: list[Resource], zones: list[str] | None, *, only: bool
) -> dict[str, Any]:
    given = one.get("properties", {})
    inner = [
        {"name": raw["name"], "properties": _ip_configuration(call, raw.get("properties", {}), made, zones)}
        for raw in given["ipConfigurations"]
    ]
    kept = (
        "enableAcceleratedNetworking",
        "enableIPForwarding",
        "disableTcpStateTracking",
        "networkSecurityGroup",
        "dnsSettings",
        "auxiliaryMode",
        "auxiliarySku",
    )
    body = {
        "location": call.body["location"],
        "properties": {**{name: given[name] for name in kept if name in given}, "ipConfigurations": inner},
    }
    nic_id = call.resource_id(nics.NAME, f"{one['name']}-{ids.fresh()[:8]}")
    nic = nics.build(replace(call, body=body), nic_id, None)
    made.append(call.state.store.put(network.mark(nic, "Succeeded")))
    option = {"deleteOption": given["deleteOption"]} if "deleteOption" in given else {}
    return {"id": nic.id, "properties": {"primary": given.get("primary", only), **option}}


def _ip_configuration(
    call: Call, given: dict[str, Any], made: list[Resource], zones: list[str] | None
) -> dict[str, Any]:
    kept = ("subnet", "primary", "privateIPAddressVersion", "applicationSecurityGroups", *nics.POOLS)
    found = {name: given[name] for name in kept if name in given}
    raw = given.get("publicIPAddressConfiguration")
    if raw is None:
        return found
    # The address is made in the zone of its VM, or for all zones where the VM is in none.
    body: dict[str, Any] = {
        "location": call.body["location"],
        "properties": dict(raw.get("properties", {})),
        "sku": raw.get("sku", {}),
    }
    if zones and body["sku"].get("name") == "Standard":
        body["zones"] = zones
    option = body["properties"].pop("deleteOption", None)
    public_id = call.resource_id(addresses.NAME, f"{raw['name']}-{ids.fresh()[:8]}")
    public = addresses.build(replace(call, body=body), public_id, None)
    addresses.assign(call.state, public)
    made.append(call.state.store.put(network.mark(public, "Succeeded")))
    found["publicIPAddress"] = {"id": public.id, **({"properties": {"deleteOption": option}} if option else {})}
    return found


def attach(state: Any, nic: Resource, vm: Resource | None, *, primary: bool = True) -> None:
    """Give an interface to a VM, or take it away."""
    for name in ("virtualMachine", "primary", "macAddress"):
        nic.properties.pop(name, None)
    if vm is not None:
        number = ids.digest(nic.properties["resourceGuid"], 6).upper()
        mac = "-".join(("00", "0D", "3A", number[:2], number[2:4], number[4:]))
        nic.properties.update(virtualMachine={"id": vm.id}, primary=primary, macAddress=mac)
    state.store.put(nic)


def attach_all(state: Any, vm: Resource) -> None:
    """Give a VM the interfaces that its profile lists; the only one is the primary one."""
    listed = vm.properties["networkProfile"]["networkInterfaces"]
    for one in listed:
        nic = state.store.get(one["id"])
        if nic is not None:
            attach(state, nic, vm, primary=len(listed) == 1 or bool(one.get("properties", {}).get("primary")))


def release(state: Any, listed: dict[str, Any]) -> None:
    """Let go of an interface of a VM that goes: it goes too, with its public addresses, or stays, as it is said."""
    nic = state.store.get(listed["id"])
    if nic is None:
        return
    if listed.get("properties", {}).get("deleteOption") != "Delete":
        attach(state, nic, None)
        return
    for one in nic.properties["ipConfigurations"]:
        named = one["properties"].get("publicIPAddress", {})
        public = state.store.get(named.get("id"))
        said = named.get("properties", {}).get("deleteOption") or (
            public.properties.get("deleteOption") if public else None
        )
        if public is not None and said == "Delete":
            addresses.before_gone(state, public)
            state.store.remove(public.id)
    nics.before_gone(state, nic)
    state.store.remove(nic.id)
