"""What a person does on Azure, for the tests that all clouds share: Resource Manager's REST API.

https://learn.microsoft.com/rest/api/compute, .../rest/api/virtualnetwork (read 2026-11)
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import requests

from sandbox.clouds import CLOUDS
from tests.sandbox.hands.rest import Rest, until
from tests.sandbox.world import Box, make_key

GROUP = "boxes"
VERSIONS = {"Microsoft.Compute": "2024-07-01", "Microsoft.Network": "2024-05-01"}
GROUP_VERSION = "2021-04-01"


class Azure:
    """A resource group with a network, and a security group without rules."""

    stopped = "stopped"
    user = "ada"

    def __init__(self, endpoint: str, state: Path, cidr: str, folder: Path) -> None:
        self.state, self.cidr, self.key = state, cidr, make_key(folder)
        told = CLOUDS["azure"].variables(endpoint, "eastus", state)
        trust = CLOUDS["azure"].trust(state)
        form = {
            "grant_type": "client_credentials", "scope": f"{endpoint}/.default",
            "client_id": told["AZURE_CLIENT_ID"], "client_secret": told["AZURE_CLIENT_SECRET"],
        }  # fmt: skip
        where = f"{told['AZURE_AUTHORITY_HOST']}/{told['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        token = requests.post(where, form, verify=str(trust), timeout=60).json()["access_token"]
        self._api = Rest(endpoint, token, trust)
        self._group = f"/subscriptions/{told['AZURE_SUBSCRIPTION_ID']}/resourcegroups/{GROUP}"
        self._api("PUT", self._group, {"location": "eastus"}, **{"api-version": GROUP_VERSION})
        self._make("Microsoft.Network/networkSecurityGroups/box", {})
        subnet = {"name": "box", "properties": {"addressPrefix": cidr}}
        space = {"addressSpace": {"addressPrefixes": [cidr]}, "subnets": [subnet]}
        self._make("Microsoft.Network/virtualNetworks/box", space)

    def _id(self, path: str) -> str:
        return f"{self._group}/providers/{path}"

    def _call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        version = VERSIONS[path.partition("/")[0]]
        return self._api(method, self._id(path), body, **{"api-version": version}, **query)

    def _make(self, path: str, properties: dict[str, Any], **top: Any) -> dict[str, Any]:
        """Put a resource and wait until it is there."""
        self._call("PUT", path, {"location": "eastus", "properties": properties, **top})

        def ready() -> dict[str, Any] | None:
            found: dict[str, Any] = self._call("GET", path)
            return found if found["properties"]["provisioningState"] == "Succeeded" else None

        return dict(until(ready))

    def launch(self, user_data: str) -> Box:
        subnet = f"{self._id('Microsoft.Network/virtualNetworks/box')}/subnets/box"
        nic = self._make(
            "Microsoft.Network/networkInterfaces/box",
            {
                "ipConfigurations": [{"name": "box", "properties": {"subnet": {"id": subnet}}}],
                "networkSecurityGroup": {"id": self._id("Microsoft.Network/networkSecurityGroups/box")},
            },
        )
        self._make("Microsoft.Compute/virtualMachines/box", self._machine(nic["id"], user_data))
        address = nic["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"]
        return Box(self, "box", address, self.user)

    def _machine(self, nic: str, user_data: str) -> dict[str, Any]:
        public = self.key.with_suffix(".pub").read_text().strip()
        keys = [{"path": f"/home/{self.user}/.ssh/authorized_keys", "keyData": public}]
        image = {"publisher": "Debian", "offer": "debian-13", "sku": "13-gen2", "version": "latest"}
        return {
            "hardwareProfile": {"vmSize": "Standard_NC4as_T4_v3"},
            "storageProfile": {"imageReference": image, "osDisk": {"createOption": "FromImage"}},
            "osProfile": {
                "computerName": "box",
                "adminUsername": self.user,
                "customData": base64.b64encode(user_data.encode()).decode(),
                "linuxConfiguration": {"disablePasswordAuthentication": True, "ssh": {"publicKeys": keys}},
            },
            "networkProfile": {"networkInterfaces": [{"id": nic}]},
        }

    def open_ssh(self) -> None:
        rule = {
            "protocol": "Tcp", "sourceAddressPrefix": self.cidr, "sourcePortRange": "*", "direction": "Inbound",
            "destinationAddressPrefix": "*", "destinationPortRange": "22", "access": "Allow", "priority": 100,
        }  # fmt: skip
        self._call("PUT", "Microsoft.Network/networkSecurityGroups/box/securityRules/ssh", {"properties": rule})

    def close_ssh(self) -> None:
        self._call("DELETE", "Microsoft.Network/networkSecurityGroups/box/securityRules/ssh")

    def state_of(self, machine: str) -> str:
        """The last word of the code of its power state: PowerState/running."""
        view = self._call("GET", f"Microsoft.Compute/virtualMachines/{machine}/instanceView")
        (power,) = [one["code"] for one in view["statuses"] if one["code"].startswith("PowerState/")]
        return str(power).partition("/")[2]

    def stop(self, box: Box) -> None:
        self._call("POST", f"Microsoft.Compute/virtualMachines/{box.id}/powerOff")

    def start(self, box: Box) -> None:
        self._call("POST", f"Microsoft.Compute/virtualMachines/{box.id}/start")

    def delete(self, box: Box) -> None:
        self._call("DELETE", f"Microsoft.Compute/virtualMachines/{box.id}")
