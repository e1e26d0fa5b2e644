"""What a person does on GCP, for the tests that all clouds share: Compute Engine's REST API.

https://cloud.google.com/compute/docs/reference/rest/v1 (read 2026-11)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import google.auth.transport.requests
from google.oauth2 import service_account

from sandbox.clouds import CLOUDS
from tests.sandbox.hands.rest import Rest
from tests.sandbox.world import Box, make_key

ZONE = "us-central1-a"


class Gcp:
    """A project with a network, and no firewall rule at all."""

    stopped = "TERMINATED"
    user = "ada"

    def __init__(self, endpoint: str, state: Path, cidr: str, folder: Path) -> None:
        self.state, self.cidr, self.key = state, cidr, make_key(folder)
        told = CLOUDS["gcp"].variables(endpoint, "us-central1", state)
        credentials = service_account.Credentials.from_service_account_file(
            told["GOOGLE_APPLICATION_CREDENTIALS"], scopes=["https://www.googleapis.com/auth/compute"]
        )
        credentials.refresh(google.auth.transport.requests.Request())
        self._project = f"projects/{told['GOOGLE_CLOUD_PROJECT']}"
        self._api = Rest(told["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"], credentials.token)
        self._work("POST", "global/networks", {"name": "box", "autoCreateSubnetworks": False})
        subnet = {"name": "box", "ipCidrRange": cidr, "network": f"{self._project}/global/networks/box"}
        self._work("POST", "regions/us-central1/subnetworks", subnet)

    def _work(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask for something and wait until it is done."""
        operation = self._api(method, f"{self._project}/{path}", body)
        while operation["status"] != "DONE":
            where = operation["selfLink"].partition("/projects/")[2]
            operation = self._api("POST", f"projects/{where}/wait")
        assert "error" not in operation, operation
        return dict(operation)

    def launch(self, user_data: str) -> Box:
        public = self.key.with_suffix(".pub").read_text().strip()
        image = self._api("GET", "projects/debian-cloud/global/images/family/debian-13")["selfLink"]
        boot = {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": image}}
        items = [{"key": "ssh-keys", "value": f"{self.user}:{public}"}, {"key": "user-data", "value": user_data}]
        body = {
            "name": "box",
            "machineType": f"zones/{ZONE}/machineTypes/g2-standard-4",
            "disks": [boot],
            "networkInterfaces": [{"subnetwork": f"{self._project}/regions/us-central1/subnetworks/box"}],
            "metadata": {"items": items},
            "tags": {"items": ["box"]},
            "scheduling": {"onHostMaintenance": "TERMINATE"},
        }
        self._work("POST", f"zones/{ZONE}/instances", body)
        made = self._instance("box")
        return Box(self, made["name"], made["networkInterfaces"][0]["networkIP"], self.user)

    def _instance(self, name: str) -> dict[str, Any]:
        return dict(self._api("GET", f"{self._project}/zones/{ZONE}/instances/{name}"))

    def open_ssh(self) -> None:
        body = {
            "name": "box-ssh",
            "network": f"{self._project}/global/networks/box",
            "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}],
            "sourceRanges": [self.cidr],
            "targetTags": ["box"],
        }
        self._work("POST", "global/firewalls", body)

    def close_ssh(self) -> None:
        self._work("DELETE", "global/firewalls/box-ssh")

    def state_of(self, machine: str) -> str:
        return str(self._instance(machine)["status"])

    def stop(self, box: Box) -> None:
        self._work("POST", f"zones/{ZONE}/instances/{box.id}/stop")

    def start(self, box: Box) -> None:
        self._work("POST", f"zones/{ZONE}/instances/{box.id}/start")

    def delete(self, box: Box) -> None:
        self._work("DELETE", f"zones/{ZONE}/instances/{box.id}")
