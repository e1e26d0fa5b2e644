"""Azure's instance metadata service of one VM, as its reference has it; its tokens open the emulated Resource Manager.

https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service and .../entra/identity/managed-identities-azure-resources/
how-to-use-vm-token (read 2026-11). Which role an identity has is not emulated: any identity may do anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Metadata(ThreadingHTTPServer):
    """Listens on a free port of the loopback. `vm` is Resource Manager's own view of the VM, asked anew each time."""

    def __init__(self, vm: Callable[[], dict[str, Any]], token: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.vm, self.token = vm, token
        self.asked: list[str] = []
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    server: Metadata

    def do_GET(self) -> None:
        place, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.server.asked.append(place)
        if self.headers.get("Metadata") != "true" or "X-Forwarded-For" in self.headers:
            return self.answer(400, {"error": "Bad request. The required metadata header was not specified"})
        if place == "/metadata/instance/compute" and query.get("api-version") == ["2021-02-01"]:
            return self.answer(200, self.instance())
        if (
            place == "/metadata/identity/oauth2/token"
            and query.get("api-version") == ["2018-02-01"]
            and "resource" in query
        ):
            return self.identity(query["resource"][0])
        return self.answer(
            400,
            {"error": "Bad request. api-version was not specified in the request", "newest-versions": ["2021-02-01"]},
        )

    def instance(self) -> dict[str, Any]:
        vm = self.server.vm()
        kept = (
            "resourceId",
            "azEnvironment",
            "location",
            "name",
            "vmId",
            "priority",
            "evictionPolicy",
            "storageProfile",
        )
        told = {
            "resourceId": vm["id"], "azEnvironment": "AzurePublicCloud", "location": vm["location"], "name": vm["name"],
            "vmId": vm["properties"]["vmId"], "priority": vm["properties"].get("priority", ""),
            "evictionPolicy": vm["properties"].get("evictionPolicy", ""),
            "storageProfile": {"osDisk": {"diffDiskSettings": {"option": ""}}},
        }  # fmt: skip
        return {name: told[name] for name in kept}

    def identity(self, resource: str) -> None:
        if "identity" not in self.server.vm():
            return self.answer(400, {"error": "invalid_request", "error_description": "Identity not found"})
        now = int(time.time())
        token = {
            "access_token": self.server.token(resource), "client_id": "", "expires_in": "86399", "expires_on": str(now + 86399),
            "ext_expires_in": "86399", "not_before": str(now), "resource": resource, "token_type": "Bearer",
        }  # fmt: skip
        return self.answer(200, token)

    def answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words: Any) -> None:
        """Nothing: what was asked is in `asked`."""
