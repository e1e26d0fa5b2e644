"""What the emulated Azure says: the watcher's only view of the cloud, through Azure Resource Manager's REST API."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.clouds import CLOUDS
from sandbox.loopback import ask, get_json
from sandbox.machines.azure_rules import Place, group_of
from sandbox.machines.cloud import Look
from sandbox.machines.firewall import Group
from sandbox.machines.gpu import Board, Gpu, list_gpus
from sandbox.machines.machine import Machine

COMPUTE, NETWORK, SKUS = "2024-07-01", "2024-05-01", "2021-07-01"

POWER = {
    "starting": "pending",
    "running": "running",
    "stopping": "stopping",
    "deallocating": "stopping",
    "stopped": "stopped",
    "deallocated": "stopped",
}

#: GPUs by what stands in a size's name, with the names that sandbox.machines.gpu knows and MiB.
BOARDS = (
    (re.compile(r"_T4_"), "T4", 16384),
    (re.compile(r"_A10_"), "A10", 24576),
    (re.compile(r"ND96asr_v4"), "A100", 40960),
    (re.compile(r"_A100_"), "A100", 81920),
    (re.compile(r"_NC.*_H100_"), "H100 NVL", 96256),
    (re.compile(r"_H100_"), "H100", 81920),
    (re.compile(r"_H200_"), "H200", 144384),
    (re.compile(r"_RTXPRO6000"), "RTX PRO Server 6000", 98304),
    (re.compile(r"_GB200_"), "B200", 183040),
)


class Azure:
    """One subscription of the emulated Azure, all its regions."""

    errors = (OSError,)

    def __init__(self, endpoint: str, subscription: str, trust: Path) -> None:
        self._endpoint, self._trust = endpoint, trust
        self._root = f"/subscriptions/{subscription}"
        self._raw: dict[str, dict[str, Any]] = {}
        self._cidrs: dict[str, str] = {}
        self._gpus: dict[str, int] = {}

    def look(self) -> Look:
        """List everything that the watcher acts on: five lists, one when there is no VM."""
        vms = list(self._list("Microsoft.Compute/virtualMachines", COMPUTE))
        if not vms:
            self._raw = {}
            return Look({}, {})
        states = self._list("Microsoft.Compute/virtualMachines", COMPUTE, "&statusOnly=true")
        views = {raw["id"].lower(): raw["properties"] for raw in states}
        nics = [
            raw
            for raw in self._list("Microsoft.Network/networkInterfaces", NETWORK)
            if "virtualMachine" in raw["properties"]
        ]
        groups = {raw["id"].lower(): raw for raw in self._list("Microsoft.Network/networkSecurityGroups", NETWORK)}
        networks = list(self._list("Microsoft.Network/virtualNetworks", NETWORK))
        by_vm = {
            raw["properties"]["virtualMachine"]["id"].lower(): raw for raw in nics if raw["properties"].get("primary")
        }
        machines, firewalls, self._raw = {}, {}, {}
        for raw in vms:
            nic, view = by_vm.get(raw["id"].lower()), views.get(raw["id"].lower())
            machine = read_machine(raw, view, nic) if nic and view else None
            if nic and machine:
                machines[machine.id], self._raw[machine.id] = machine, raw
                firewalls[machine.id] = read_group(machine, nic, nics, groups, networks)
        self._cidrs = {
            subnet["id"].lower(): prefix_of(subnet) for one in networks for subnet in one["properties"]["subnets"]
        }
        return Look(machines, firewalls, self._reboots())

    def is_gone(self, machine_id: str) -> bool:
        """Whether no VM has that vmId any more."""
        vms = self._list("Microsoft.Compute/virtualMachines", COMPUTE)
        return all(raw["properties"]["vmId"] != machine_id for raw in vms)

    def user_data(self, machine: Machine) -> bytes:
        """The custom data: Azure gives it to the machine alone, so no call of ARM's shows it."""
        found = get_json(self._endpoint, f"/_sandbox/custom-data/{machine.id}", self._trust)
        return base64.b64decode(found["customData"] or "")

    def logins(self, machine: Machine) -> Mapping[str, list[str]]:
        """The administrator with the keys of its profile."""
        profile = self._raw[machine.id]["properties"]["osProfile"]
        keys = profile.get("linuxConfiguration", {}).get("ssh", {}).get("publicKeys", [])
        return {profile["adminUsername"]: [key["keyData"] for key in keys]}

    def image_name(self, machine: Machine) -> str:
        """The offer of its image; Debian's are named debian-12, debian-13."""
        return str(self._raw[machine.id]["properties"]["storageProfile"]["imageReference"].get("offer", ""))

    def gpus(self, machine: Machine) -> list[Gpu]:
        """As many GPUs as the size's SKU says, of the model that its name says."""
        if not self._gpus:
            skus = self._list("Microsoft.Compute/skus", SKUS)
            self._gpus = {raw["name"]: int(_capability(raw, "GPUs")) for raw in skus}
        count = self._gpus.get(machine.machine_type, 0)
        boards = [
            Board(name, memory, count) for form, name, memory in BOARDS if count and form.search(machine.machine_type)
        ]
        return list_gpus(boards[:1], machine.id)

    def subnet_cidr(self, subnet: str) -> str:
        return self._cidrs[subnet.lower()]

    def switch_off(self, machine: Machine) -> None:
        """A VM that switched itself off is stopped, not deallocated: it stays in its place and is paid for."""
        place = self._raw[machine.id]["id"]
        status, body = self._ask("POST", f"{place}/powerOff?api-version={COMPUTE}")
        if status not in (200, 202, 409):
            raise OSError(f"powerOff of {machine.name} answers {status}: {body}")

    def _reboots(self) -> dict[str, datetime]:
        asked: dict[str, float] = get_json(self._endpoint, "/_sandbox/reboots", self._trust)
        return {name: datetime.fromtimestamp(at, UTC) for name, at in asked.items()}

    def _list(self, kind: str, version: str, more: str = "") -> Iterator[dict[str, Any]]:
        path = f"{self._root}/providers/{kind}?api-version={version}{more}"
        while path:
            status, body = self._ask("GET", path)
            if status != 200:
                raise OSError(f"GET {path} answers {status}: {body}")
            yield from body["value"]
            link = urlsplit(body.get("nextLink", ""))
            path = f"{link.path}?{link.query}" if link.path else ""

    def _ask(self, method: str, path: str) -> tuple[int, Any]:
        return ask(self._endpoint, method, path, trust=self._trust)


def connect(endpoint: str, region: str, state: Path) -> Azure:
    """The watcher's view of the sandbox's subscription. The server knows the watcher without a token."""
    cloud = CLOUDS["azure"]
    trust = cloud.trust(state)
    if trust is None:
        raise OSError("the emulated Azure is served over TLS; its ca.pem is missing")
    return Azure(endpoint, cloud.variables(endpoint, region, state)["AZURE_SUBSCRIPTION_ID"], trust)


def read_machine(raw: Mapping[str, Any], view: Mapping[str, Any], nic: Mapping[str, Any]) -> Machine | None:
    """A machine from a VM, what it is doing, and its primary interface; None for one that never ran."""
    state = state_of(raw["properties"]["provisioningState"], view.get("instanceView", {}))
    if state is None:
        return None
    address = _primary(nic)["properties"]
    return Machine(
        id=raw["properties"]["vmId"],
        name=raw["name"],
        state=state,
        machine_type=raw["properties"]["hardwareProfile"]["vmSize"],
        image_id="",
        address=address["privateIPAddress"],
        subnet=address["subnet"]["id"],
        groups=(raw["properties"]["vmId"],),
        key_name=None,
        launched=datetime.fromisoformat(_micro(raw["properties"]["timeCreated"])),
        hostname=raw["properties"]["osProfile"]["computerName"],
    )


def state_of(provisioning: str, view: Mapping[str, Any]) -> str | None:
    """EC2's word for a VM's state; None for one that failed before it ran."""
    if provisioning == "Deleting":
        return "shutting-down"
    codes = [status["code"] for status in view.get("statuses", ())]
    power = next((code.partition("/")[2] for code in codes if code.startswith("PowerState/")), None)
    return POWER.get(power or "")


def read_group(
    machine: Machine,
    nic: Mapping[str, Any],
    nics: list[dict[str, Any]],
    groups: Mapping[str, Any],
    networks: list[dict[str, Any]],
) -> Group:
    """The rules that hold for a machine: its subnet's and its interface's."""
    network, subnet = next(
        (one, part)
        for one in networks
        for part in one["properties"]["subnets"]
        if part["id"].lower() == machine.subnet.lower()
    )
    members: dict[str, list[str]] = {}
    for other in nics:
        for one in other["properties"]["ipConfigurations"]:
            for group in one["properties"].get("applicationSecurityGroups", ()):
                members.setdefault(group["id"].lower(), []).append(one["properties"]["privateIPAddress"])
    # Docker's gateway: whoever comes from the host comes from there, and is the Internet to the machine.
    gateways = [
        str(ipaddress.ip_network(prefix_of(part)).broadcast_address - 1) for part in network["properties"]["subnets"]
    ]
    place = Place(
        address=machine.address,
        groups=tuple(group["id"].lower() for group in _primary(nic)["properties"].get("applicationSecurityGroups", ())),
        space=tuple(network["properties"]["addressSpace"]["addressPrefixes"]),
        outside=tuple(gateways),
        members=members,
    )
    return group_of(machine.id, _group(subnet, groups), _group(nic, groups), place)


def _group(raw: Mapping[str, Any], groups: Mapping[str, Any]) -> Mapping[str, Any] | None:
    named = raw["properties"].get("networkSecurityGroup")
    found: Mapping[str, Any] | None = groups.get(named["id"].lower()) if named else None
    return found


def _primary(nic: Mapping[str, Any]) -> Mapping[str, Any]:
    listed: list[Mapping[str, Any]] = nic["properties"]["ipConfigurations"]
    return next((one for one in listed if one["properties"].get("primary")), listed[0])


def prefix_of(subnet: Mapping[str, Any]) -> str:
    properties = subnet["properties"]
    return str(properties.get("addressPrefix") or properties["addressPrefixes"][0])


def _capability(sku: Mapping[str, Any], name: str) -> str:
    return next((str(one["value"]) for one in sku.get("capabilities", ()) if one["name"] == name), "0")


def _micro(text: str) -> str:
    """Azure tells tenths of microseconds, which Python does not read."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)
