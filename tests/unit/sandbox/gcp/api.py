"""Calls to a server in this process as clients make them, and bodies that are all right."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client

from sandbox.gcp import tokens
from sandbox.gcp.front import Gcp
from tests.unit.sandbox.gcp.answers import strangers

ROOT = "/compute/v1/projects/sandbox-project/"
ZONE = "zones/us-central1-a"
REGION = "regions/us-central1"
OURS = "ansible aienv.cloud/1.0"
FOREIGN = "google-cloud-sdk gcloud/528.0.0"


@dataclass
class Api:
    """Calls as a client makes them. `strict` is our collection's user agent."""

    gcp: Gcp
    strict: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._client = Client(self.gcp)
        token = self.gcp.state.identity.token(tokens.EMAIL)
        self.headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": OURS if self.strict else FOREIGN,
            **self.headers,
        }

    def raw(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any, Any]:
        """Status, JSON and headers. Whatever is asked, a good answer fits the discovery document."""
        where = path if path.startswith("/") else ROOT + path
        answer = self._client.open(where, method=method, json=body, query_string=query, headers=self.headers)
        content = json.loads(answer.data) if answer.data else None
        if answer.status_code == 200:
            wrong = strangers(method, where, content)
            assert not wrong, wrong
        return answer.status_code, content, answer.headers

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The answer of a call that must succeed."""
        status, answer, _ = self.raw(method, path, body, **query)
        assert status in (200, 204), answer
        return answer

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """{"status", "reason", "message", "body"} of a call that must fail."""
        status, answer, _ = self.raw(method, path, body, **query)
        assert status >= 400, answer
        error = answer["error"]
        assert error["code"] == status
        assert error["errors"][0]["message"]
        return {"status": status, "reason": error["errors"][0]["reason"], "message": error["message"], "body": error}

    def done(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The finished operation of a change; it must have succeeded."""
        operation = self.ended(method, path, body, **query)
        assert "error" not in operation, operation["error"]
        return operation

    def ended(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The finished operation of a change, failed or not."""
        operation = self(method, path, body, **query)
        assert operation["kind"] == "compute#operation"
        assert operation["status"] == "RUNNING"
        where = operation["selfLink"].partition("/projects/sandbox-project/")[2]
        ended = self("POST", f"{where}/wait")
        assert ended["status"] == "DONE"
        return ended

    def faults(self, *rules: dict[str, Any]) -> None:
        self.gcp.state.faults.set({"rules": list(rules)})


def properties(**changes: Any) -> dict[str, Any]:
    """InstanceProperties that are all right, with changes; None takes a member away."""
    boot = {
        "boot": True,
        "autoDelete": True,
        "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"},
    }
    wish = {
        "machineType": "e2-small",
        "disks": [boot],
        "networkInterfaces": [{"network": "global/networks/default"}],
        **changes,
    }
    return {key: value for key, value in wish.items() if value is not None}


def instance(name: str = "vm", **changes: Any) -> dict[str, Any]:
    """An Instance that is all right, with changes."""
    wish = properties(**changes)
    kind = wish.get("machineType", "")
    if kind and "/" not in kind:
        wish["machineType"] = f"{ZONE}/machineTypes/{kind}"
    return {"name": name, **wish}
