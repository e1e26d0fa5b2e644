"""One call: its method, its checked parameters and body, who asks, and the state it works on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from sandbox.gcp.discovery import Method
from sandbox.gcp.errors import GcpError, invalid
from sandbox.gcp.refs import LINK, Ref, parse
from sandbox.gcp.state import State


@dataclass
class Call:
    """A parsed call. `strict` says that our own collection asks: nothing unknown is let pass."""

    method: Method
    path: dict[str, str]
    query: dict[str, Any]
    body: dict[str, Any]
    state: State
    user: str
    strict: bool
    # Set by a list that renders its items itself: the JSON text of the whole answer.
    rendered: str | None = field(default=None)

    @property
    def project(self) -> str:
        return self.path["project"]

    @property
    def scope(self) -> str:
        """The scope that the path names."""
        if "zone" in self.path:
            return f"zones/{self.path['zone']}"
        return f"regions/{self.path['region']}" if "region" in self.path else "global"

    @property
    def region(self) -> str:
        if "zone" in self.path:
            return self.path["zone"].rpartition("-")[0]
        return self.path.get("region", "")

    def ref(self, collection: str, name: str) -> Ref:
        """A resource of this call's scope."""
        return Ref(self.project, self.scope, collection, name)

    def link(self, text: str, field_name: str, collection: str, scope: str | None = None) -> Ref:
        """What a link in the body means. Other clients may write bare names (recordings)."""
        return parse(text, field_name, collection, self.project, scope or self.scope, bare=not self.strict)

    @property
    def place(self) -> str:
        """The link of this call's zone or region."""
        return f"{LINK}projects/{self.project}/{self.scope}"

    def check_request_id(self) -> None:
        """A requestId is a UUID, and not the one of zeros (the document's words)."""
        request = self.query.get("requestId")
        if request is None:
            return
        try:
            known = uuid.UUID(request)
        except ValueError:
            known = None
        if known is None or str(known) != request.lower():
            raise invalid("requestId", request, "Must be a valid UUID.")
        if known.int == 0:
            raise invalid("requestId", request, "The zero UUID is not supported.")


def unsupported(method: str) -> GcpError:
    """What the sandbox says of a method that it does not have. Not Google's words."""
    return GcpError("notImplemented", f"The sandbox does not emulate compute.{method}.", 501)
