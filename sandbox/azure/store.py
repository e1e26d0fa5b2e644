"""All resources of the server, in memory, and a journal of what changed, so that a restart goes on."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.azure import ids

#: The journal is written anew when it has this many lines more than there are resources.
SLACK = 20_000


@dataclass
class Resource:
    """One resource. `body` is what GET shows, `hidden` what it keeps to itself (power state, user data, …)."""

    id: str
    body: dict[str, Any]
    hidden: dict[str, Any] = field(default_factory=dict)
    _shown: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def at(self) -> ids.ResourceId:
        found = ids.parse(self.id)
        assert found is not None  # noqa: S101  (only whole ids are stored)
        return found

    @property
    def kind(self) -> str:
        return self.at.kind

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.setdefault("properties", {})
        return found

    @property
    def state(self) -> str:
        return str(self.properties.get("provisioningState", ""))

    def shown(self) -> bytes:
        """The body as JSON, rendered once for all lists until it changes."""
        return self.shown_as("", self.body)

    def shown_as(self, view: str, body: Any) -> bytes:
        """Another view of the resource as JSON, kept under a name. `body` may be a function that makes it."""
        if view not in self._shown:
            self._shown[view] = json.dumps(body() if callable(body) else body, separators=(",", ":")).encode()
        return self._shown[view]

    def touch(self) -> None:
        """Forget what was rendered."""
        self._shown.clear()


class Store:
    """Resources by id, without regard to capital letters, in the order in which they were made."""

    def __init__(self, journal: Path | None = None) -> None:
        self._all: dict[str, Resource] = {}
        self._kinds: dict[tuple[str, str], dict[str, Resource]] = {}
        self._changed: dict[str, Resource | None] = {}
        self._journal = journal
        self._lines = 0
        if journal is not None and journal.exists():
            self._load(journal)

    def __len__(self) -> int:
        return len(self._all)

    def get(self, resource_id: str | None) -> Resource | None:
        return self._all.get((resource_id or "").lower())

    def put(self, resource: Resource) -> Resource:
        """Keep a new resource, or note that a kept one has changed."""
        key = resource.id.lower()
        resource.touch()
        self._all[key] = resource
        self._kinds.setdefault(_place(resource.at), {})[key] = resource
        self._changed[key] = resource
        return resource

    def remove(self, resource_id: str) -> None:
        key = resource_id.lower()
        found = self._all.pop(key, None)
        if found is not None:
            del self._kinds[_place(found.at)][key]
            self._changed[key] = None

    def list(self, kind: str, subscription: str, group: str | None = None) -> list[Resource]:
        """All of a kind in a subscription, or in one of its groups."""
        found = list(self._kinds.get((subscription.lower(), kind.lower()), {}).values())
        if group is None:
            return found
        return [one for one in found if one.at.group.lower() == group.lower()]

    def members(self, subscription: str, group: str | None = None) -> Iterator[Resource]:
        """Everything in a group, or in the groups of a subscription; the groups themselves left out."""
        for resource in self._all.values():
            at = resource.at
            inside = at.subscription.lower() == subscription.lower() and at.kind != "Microsoft.Resources/resourceGroups"
            if inside and (group is None or at.group.lower() == group.lower()):
                yield resource

    def sight(self, subscription: str) -> Sequence[Resource]:
        """What the lists of a subscription are made of now, as copies that stay so."""
        return [
            Resource(one.id, copy.deepcopy(one.body), copy.deepcopy(one.hidden)) for one in self.members(subscription)
        ]

    def clear(self) -> None:
        self._all.clear()
        self._kinds.clear()
        self._changed.clear()
        self._rewrite()

    def save(self) -> None:
        """Write down what changed since the last time: one line each, so that its cost is that of the change."""
        if self._journal is None or not self._changed:
            self._changed.clear()
            return
        lines = [_line(key, resource) for key, resource in self._changed.items()]
        self._changed.clear()
        self._lines += len(lines)
        if self._lines > len(self._all) + SLACK:
            self._rewrite()
            return
        with self._journal.open("a") as file:
            file.writelines(lines)

    def _rewrite(self) -> None:
        self._lines = len(self._all)
        if self._journal is not None:
            fresh = self._journal.with_suffix(".new")
            fresh.write_text("".join(_line(key, resource) for key, resource in self._all.items()))
            fresh.replace(self._journal)

    def _load(self, journal: Path) -> None:
        whole = True
        for line in journal.read_text().splitlines():
            self._lines += 1
            try:
                key, raw = json.loads(line)
            except ValueError:
                whole = False  # the last line of a process that was killed while it wrote
                continue
            if raw is None:
                self.remove(key)
            else:
                self.put(Resource(raw["id"], raw["body"], raw["hidden"]))
        self._changed.clear()
        if not whole or self._lines > len(self._all) + SLACK:
            self._rewrite()


def _place(at: ids.ResourceId) -> tuple[str, str]:
    return at.subscription.lower(), at.kind.lower()


def _line(key: str, resource: Resource | None) -> str:
    raw = None if resource is None else {"id": resource.id, "body": resource.body, "hidden": resource.hidden}
    return json.dumps([key, raw], separators=(",", ":")) + "\n"
