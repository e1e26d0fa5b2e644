"""What a call asks for, with what ARM's refusals name: the scope and the permission."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.server.front import Asked


@dataclass(frozen=True)
class Wanted(Asked):
    """`permission` is the action that a role must allow, such as `Microsoft.Compute/virtualMachines/write`."""

    path: str = ""
    permission: str = ""

    @property
    def subscription(self) -> str:
        parts = self.path.split("/")
        return parts[2] if len(parts) > 2 else ""
