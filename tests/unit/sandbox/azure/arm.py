"""Calls to a server in this process as clients make them, and bodies that are all right."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from sandbox.azure.front import Azure
from sandbox.clouds import AZURE_IDS

SUBSCRIPTION = AZURE_IDS["AZURE_SUBSCRIPTION_ID"]
TENANT = AZURE_IDS["AZURE_TENANT_ID"]
ROOT = f"/subscriptions/{SUBSCRIPTION}"
GROUP = f"{ROOT}/resourceGroups/rg"
BASE = "https://127.0.0.1:4568"
OURS = "aienv.cloud/0.1.0 azsdk-python"
FOREIGN = "AZURECLI/2.91.0 azsdk-python"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGzmNXxB6EqLH0M0bD5Y1Fn4BDpHM5tA1z2vXJ5sWq3k test"
VERSIONS = {"Microsoft.Compute": "2024-07-01", "Microsoft.Network": "2024-05-01"}


@dataclass
class Answered:
    """An answer: status, headers, JSON."""

    status: int
    headers: Any
    body: Any

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def state(self) -> str:
        return str(self.body["properties"]["provisioningState"])


@dataclass
class Arm:
    """Calls with a token. `agent` is our collection's unless it is told otherwise."""

    azure: Azure
    agent: str = OURS
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client = Client(self.azure)
        if not self.token:
            form = {
                "grant_type": "client_credentials",
                "client_id": AZURE_IDS["AZURE_CLIENT_ID"],
                "client_secret": AZURE_IDS["AZURE_CLIENT_SECRET"],
                "scope": f"{BASE}/.default",
            }
            answer = self._client.post(f"/{TENANT}/oauth2/v2.0/token", data=form, base_url=BASE)
            self.token = json.loads(answer.data)["access_token"]

    def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
    ) -> Answered:
        """One call. `path` may be a whole URL of the server's own; without api-version the provider's usual one is sent."""
        where = urlsplit(path)
        if "api-version" not in where.query and "api-version" not in query:
            query["api-version"] = next((v for name, v in VERSIONS.items() if name in where.path), "2021-04-01")
        told = {"Authorization": f"Bearer {self.token}", "User-Agent": self.agent, **self.headers, **(headers or {})}
        text = "&".join(part for part in (where.query, "&".join(f"{k}={v}" for k, v in query.items())) if part)
        answer = self._client.open(where.path, method=method, json=body, query_string=text, headers=told, base_url=BASE)
        return Answered(answer.status_code, answer.headers, json.loads(answer.data) if answer.data else None)

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The JSON of a call that must succeed; a long-running one is followed to its good end."""
        answer = self.raw(method, path, body, **query)
        assert answer.status < 300, answer.body
        ended = self.ended(answer)
        assert ended is None or ended["status"] == "Succeeded", ended
        return answer.body

    def ended(self, answer: Answered) -> Any:
        """What an operation came to, by its Azure-AsyncOperation; None for an answer without one."""
        place = answer.headers.get("Azure-AsyncOperation")
        return self.raw("GET", place).body if place else None

    def refused(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, str]:
        """Status and code of a call that must fail."""
        answer = self.raw(method, path, body, **query)
        assert answer.status >= 400, answer.body
        assert answer.body["error"]["message"]
        return answer.status, answer.code

    def get(self, path: str, **query: str) -> Any:
        return self("GET", path, **query)

    def names(self, path: str, **query: str) -> list[str]:
        """The names in a list, all pages."""
        page = self.get(path, **query)
        found = [one["name"] for one in page["value"]]
        while "nextLink" in page:
            page = self.get(page["nextLink"])
            found += [one["name"] for one in page["value"]]
        return found

    def faults(self, *rules: dict[str, Any]) -> None:
        self.azure.state.faults.set({"rules": list(rules)})

    # what tests begin with

    def group(self, location: str = "eastus") -> None:
        self("PUT", GROUP, {"location": location})

    def network(self, name: str = "net", prefix: str = "10.0.0.0/16", subnet: str = "10.0.0.0/24") -> str:
        """A network with a subnet; returns the subnet's id."""
        body = {
            "location": "eastus",
            "properties": {
                "addressSpace": {"addressPrefixes": [prefix]},
                "subnets": [{"name": "sub", "properties": {"addressPrefix": subnet}}],
            },
        }
        self("PUT", network_path(name), body)
        return f"{network_path(name)}/subnets/sub"

    def nic(self, name: str = "nic", **properties: Any) -> str:
        """An interface in the subnet of `network()`; returns its id."""
        inner = {"subnet": {"id": f"{network_path('net')}/subnets/sub"}, **properties.pop("ip", {})}
        body = {
            "location": "eastus",
            "properties": {"ipConfigurations": [{"name": "primary", "properties": inner}], **properties},
        }
        self("PUT", nic_path(name), body)
        return nic_path(name)

    def vm(self, name: str = "vm", **changes: Any) -> Any:
        """A running VM with an interface that goes with it."""
        self("PUT", vm_path(name), vm_body(self.nic(f"{name}-nic"), **changes))
        return self.get(vm_path(name))

    def power(self, name: str = "vm") -> list[str]:
        view = self.get(f"{vm_path(name)}/instanceView")
        return [status["code"] for status in view["statuses"]]


def vm_path(name: str) -> str:
    """A path in the group `rg`, as all these are."""
    return f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}"


def disk_path(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Compute/disks/{name}"


def network_path(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Network/virtualNetworks/{name}"


def nic_path(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Network/networkInterfaces/{name}"


def address_path(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/{name}"


def firewall_path(name: str) -> str:
    return f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/{name}"


def vm_body(nic_id: str, **changes: Any) -> dict[str, Any]:
    """A VM that is all right. A change is a member of properties, or of the body for zones, tags, location, identity."""
    body: dict[str, Any] = {
        "location": "eastus",
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "imageReference": {"publisher": "Debian", "offer": "debian-12", "sku": "12-gen2", "version": "latest"},
                "osDisk": {"createOption": "FromImage", "deleteOption": "Delete"},
            },
            "osProfile": {
                "computerName": "box",
                "adminUsername": "azureuser",
                "linuxConfiguration": {
                    "disablePasswordAuthentication": True,
                    "ssh": {"publicKeys": [{"path": "/home/azureuser/.ssh/authorized_keys", "keyData": KEY}]},
                },
            },
            "networkProfile": {
                "networkInterfaces": [{"id": nic_id, "properties": {"primary": True, "deleteOption": "Delete"}}]
            },
        },
    }
    for name, value in changes.items():
        place = body if name in ("zones", "tags", "location", "identity") else body["properties"]
        place[name] = merged(place.get(name), value)
    return body


def merged(before: Any, change: Any) -> Any:
    """Objects are merged, everything else is replaced."""
    if isinstance(before, dict) and isinstance(change, dict):
        return {**before, **{name: merged(before.get(name), value) for name, value in change.items()}}
    return copy.deepcopy(change)
