"""Resource ids: `/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/vm`."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class ResourceId:
    """An id taken apart. `kind` is `Microsoft.Compute/virtualMachines`, with the types of children behind it."""

    subscription: str
    group: str
    kind: str
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.names[-1]


@lru_cache(maxsize=65536)
def parse(text: str) -> ResourceId | None:
    """Take an id apart; None where it is none of a resource in a group."""
    parts = text.split("/")
    words = [part.lower() for part in parts]
    if len(parts) < 5 or words[1] != "subscriptions" or words[3] != "resourcegroups" or parts[0]:
        return None
    if len(parts) == 5:
        return ResourceId(parts[2], parts[4], "Microsoft.Resources/resourceGroups", (parts[4],))
    if len(parts) < 9 or len(parts) % 2 == 0 or words[5] != "providers" or not all(parts[6:]):
        return None
    kind = "/".join((parts[6], *parts[7::2]))
    return ResourceId(parts[2], parts[4], kind, tuple(parts[8::2]))


def group_id(subscription: str, group: str) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def make(subscription: str, group: str, kind: str, *names: str) -> str:
    """The id of a resource; one name for each type in `kind`."""
    provider, *types = kind.split("/")
    path = "/".join(part for pair in zip(types, names, strict=True) for part in pair)
    return f"{group_id(subscription, group)}/providers/{provider}/{path}"


def parent(text: str) -> str:
    """The id of what a child is a part of."""
    return text.rsplit("/", 2)[0]


def same(one: str | None, other: str | None) -> bool:
    """Whether two ids name the same resource: capital letters do not matter."""
    return (one or "").lower() == (other or "").lower()


def is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def fresh() -> str:
    """A new GUID."""
    return str(uuid.uuid4())


def digest(text: str, length: int) -> str:
    """Small letters made of a text, always the same."""
    return hashlib.sha256(text.lower().encode()).hexdigest()[:length]
