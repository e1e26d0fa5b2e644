"""Recorded sessions with the real ARM, sent again to our server.

The recordings are azure-cli's tests. Much of what they look at was made by template deployments, which are not among the
recorded calls: such a resource is made here, from the recorded answer, when it is first looked at.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.azure import ids
from sandbox.azure.routes import find
from tests.unit.sandbox.azure.arm import FOREIGN, SUBSCRIPTION, Answered, Arm

DATA = Path(__file__).resolve().parents[3] / "data/azure/recordings.jsonl.gz"
NOBODY = "00000000-0000-0000-0000-000000000000"
RECORDED_HOST = "https://management.azure.com"
#: What a resource needs before it can be made.
ORDER = (
    "applicationsecuritygroups",
    "networksecuritygroups",
    "virtualnetworks",
    "publicipaddresses",
    "networkinterfaces",
    "disks",
    "virtualmachines",
)


@dataclass(frozen=True)
class Exchange:
    """One recorded call and its answer."""

    test: str
    method: str
    uri: str
    status: int
    headers: dict[str, str]
    body: Any
    answer: Any

    @property
    def path(self) -> str:
        return urlsplit(self.uri).path

    @property
    def operation(self) -> str:
        found = find(self.method, self.path)
        return found.operation.id if found else ""


@dataclass(frozen=True)
class Difference:
    """One thing that our answer has otherwise."""

    exchange: Exchange
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.exchange.test}: {self.exchange.method} {self.exchange.path[-90:]}: {self.kind} {self.what}"


def load() -> dict[str, list[Exchange]]:
    """The recorded sessions by their test's name."""
    sessions: dict[str, list[Exchange]] = {}
    with gzip.open(DATA, "rt") as file:
        next(file)  # the source
        for line in file:
            raw = json.loads(line.replace(NOBODY, SUBSCRIPTION))
            sessions.setdefault(raw["test"], []).append(Exchange(**raw))
    return sessions


@dataclass
class Replay:
    """One session on its way through our server."""

    arm: Arm
    session: list[Exchange]
    differences: list[Difference] = field(default_factory=list)
    sent: int = 0
    left_out: list[tuple[Exchange, str]] = field(default_factory=list)
    _operations: dict[str, str] = field(default_factory=dict)
    _unmade: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arm.agent = FOREIGN
        self._known = {
            one.answer["id"].lower(): one.answer
            for one in reversed(self.session)
            if one.method in ("GET", "PUT")
            and one.status in (200, 201, 202)
            and isinstance(one.answer, dict)
            and "id" in one.answer
        }

    def run(self) -> list[Difference]:
        for number, exchange in enumerate(self.session):
            if exchange.operation == "Operations_Get":
                self._poll(exchange, self.session[number + 1 :])
            else:
                self._send(exchange)
        return self.differences

    def _send(self, exchange: Exchange) -> None:
        self._prepare(exchange)
        unmade = [why for path, why in self._unmade.items() if exchange.path.lower().startswith(path)]
        if unmade:
            self.left_out.append((exchange, f"what it looks at cannot be made here: {unmade[0]}"))
            return
        self.sent += 1
        answer = self.arm.raw(exchange.method, exchange.uri, exchange.body)
        self._compare(exchange, answer)
        recorded = exchange.headers.get("azure-asyncoperation") or exchange.headers.get("location")
        place = answer.headers.get("Azure-AsyncOperation") or answer.headers.get("Location")
        if recorded and place:
            self._operations[_operation_id(recorded)] = place
            self._operations[f"{_operation_id(recorded)}/result"] = answer.headers.get("Location", "")

    def _poll(self, exchange: Exchange, rest: list[Exchange]) -> None:
        """A look at an operation; ours is over at once, so a recorded one that is not is followed by a later look."""
        key = _operation_id(exchange.uri)
        result = "operationresults" in exchange.path.lower()
        place = self._operations.get(f"{key}/result" if result else key)
        if not place:
            self.left_out.append((exchange, "the call that began it is not recorded"))
            return
        unfinished = exchange.status == 202 or (exchange.answer or {}).get("status") == "InProgress"
        if unfinished:
            self.left_out.append((exchange, "it is over at once here"))
            return
        self.sent += 1
        self._compare(exchange, self.arm.raw("GET", place))

    def _prepare(self, exchange: Exchange) -> None:
        """Make what the recorded cloud had, and the recorded calls did not make."""
        group = re.match(r"(?i)(/subscriptions/[^/]+/resourcegroups/[^/]+)", exchange.path)
        if group is not None:
            self._make_group(group.group(1), exchange)
        if exchange.status == 404:
            self.arm.azure.state.store.remove(exchange.path)
            return
        for wanted in _named(exchange):
            self._make(wanted)

    def _make_group(self, path: str, exchange: Exchange) -> None:
        known = exchange.answer if exchange.path.lower() == path.lower() else self._known.get(path.lower())
        old = self.arm.raw("GET", path)
        if old.status == 404 or (known and old.body.get("tags") != known.get("tags")):
            body = {"location": "westus", **({"tags": known["tags"], "location": known["location"]} if known else {})}
            if old.status == 200:
                body["location"] = old.body["location"]
            self.arm.raw("PUT", path, body)

    def _make(self, resource_id: str) -> None:
        recorded = self._known.get(resource_id.lower()) or self._stub(resource_id)
        if recorded is None or self.arm.azure.state.store.get(resource_id) is not None:
            return
        for other in sorted(_references(recorded), key=_place):
            # What uses it is named in it, too: only what it needs itself.
            if _place(other) < _place(resource_id):
                self._make(other)
        body = _as_request(recorded, self.arm)
        answer = self.arm.raw("PUT", resource_id, body)
        if answer.status >= 300:
            self._unmade[resource_id.lower()] = f"{answer.code}: {answer.body['error']['message']}"
        self.arm.ended(answer)

    def _stub(self, resource_id: str) -> dict[str, Any] | None:
        """A network or an application security group that is only ever named: what its users need of it."""
        at = ids.parse(resource_id)
        kind = at.kind.lower() if at else ""
        if kind in ("microsoft.network/applicationsecuritygroups", "microsoft.network/networksecuritygroups"):
            return {"location": self._location(resource_id), "properties": {}}
        if kind != "microsoft.network/virtualnetworks":
            return None
        subnets = sorted(
            {
                one
                for exchange in self.session
                for one in _subnets(exchange.answer)
                if one.lower().startswith(resource_id.lower() + "/")
            }
        )
        parts = [
            {"name": one.rpartition("/")[2], "properties": {"addressPrefix": f"10.0.{n}.0/24"}}
            for n, one in enumerate(subnets)
        ]
        space = {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": parts}
        return {"location": self._location(resource_id), "properties": space}

    def _location(self, resource_id: str) -> str:
        return str(self.arm.raw("GET", "/".join(resource_id.split("/")[:5])).body["location"])

    def _compare(self, exchange: Exchange, answer: Answered) -> None:
        def note(kind: str, what: str) -> None:
            self.differences.append(Difference(exchange, kind, what))

        if answer.status != exchange.status:
            note("status", f"{answer.status}, recorded {exchange.status}: {json.dumps(answer.body)[:300]}")
            return
        ours = {name for name in exchange.headers if name in answer.headers}
        for name in sorted(set(exchange.headers) - ours):
            note("no header", name)
        extra = {name for name in ("azure-asyncoperation", "location") if name in answer.headers} - set(
            exchange.headers
        )
        for name in sorted(extra):
            note("one more header", name)
        recorded_members, our_members = dict(members(exchange.answer)), dict(members(answer.body))
        for name in sorted(recorded_members.keys() - our_members.keys()):
            note("no member", name)
        for name in sorted(our_members.keys() - recorded_members.keys()):
            note("one more member", name)
        for name in sorted(our_members.keys() & recorded_members.keys()):
            if our_members[name] != recorded_members[name]:
                note("value", f"{name} = {our_members[name]}, recorded {recorded_members[name]}")


def _operation_id(uri: str) -> str:
    return urlsplit(uri).path.rpartition("/")[2].lower()


def _place(resource_id: str) -> int:
    at = ids.parse(resource_id)
    last = at.kind.lower().split("/")[1] if at else ""
    return ORDER.index(last) if last in ORDER else len(ORDER)


def _named(exchange: Exchange) -> Iterator[str]:
    """The resources that a call speaks of: those of its path, and those of its body."""
    at = ids.parse(exchange.path)
    if at is not None and not (exchange.method == "PUT" and exchange.status in (201, 202)):
        parts = exchange.path.split("/")
        yield "/".join(parts[:9])
    yield from sorted(_references(exchange.body), key=_place)
    if isinstance(exchange.answer, dict) and isinstance(exchange.answer.get("value"), list):
        for one in exchange.answer["value"]:
            if isinstance(one, dict) and "id" in one:
                yield one["id"]


def _references(value: Any) -> set[str]:
    """The ids of whole resources in a body."""
    found: set[str] = set()
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "id" and isinstance(inner, str) and (at := ids.parse(inner)) is not None:
                found.add("/".join(inner.split("/")[:9]) if at.kind.count("/") else inner)
            else:
                found |= _references(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= _references(inner)
    return found


def _subnets(value: Any) -> set[str]:
    """The ids of subnets that an answer names."""
    text = json.dumps(value)
    return set(re.findall(r'"(/subscriptions/[^"]*/virtualNetworks/[^"/]*/subnets/[^"/]*)"', text, re.I))


def _as_request(recorded: dict[str, Any], arm: Arm) -> dict[str, Any]:
    """A recorded answer as the body of a PUT; references that nothing recorded has are left out."""
    body: dict[str, Any] = json.loads(json.dumps(recorded))
    properties = body["properties"]
    if "osProfile" in properties and not properties["osProfile"].get("linuxConfiguration", {}).get("ssh"):
        properties["osProfile"]["adminPassword"] = "a-Secret-1"
    for disk in [
        properties.get("storageProfile", {}).get("osDisk", {}),
        *properties.get("storageProfile", {}).get("dataDisks", ()),
    ]:
        disk.get("managedDisk", {}).pop("id", None)
    properties.get("storageProfile", {}).get("imageReference", {}).pop("exactVersion", None)
    for name in ("diskIOPSReadOnly", "diskMBpsReadOnly", "burstingEnabledTime"):
        properties.pop(name, None)
    _drop_missing(properties, arm)
    return body


def _drop_missing(value: Any, arm: Arm) -> None:
    if isinstance(value, dict):
        for name in list(value):
            inner = value[name]
            if (
                name in ("networkSecurityGroup", "publicIPAddress", "routeTable", "natGateway")
                and arm.azure.state.store.get(inner.get("id")) is None
            ):
                del value[name]
            else:
                _drop_missing(inner, arm)
    elif isinstance(value, list):
        for inner in value:
            _drop_missing(inner, arm)


#: Values that are made anew each time.
VOLATILE = re.compile(
    r"etag|Guid|uniqueId|UniqueId|[tT]ime|vmId|Address$|internalDomainNameSuffix|internalFqdn|incrementalSnapshotFamilyId|"
    r"macAddress|principalId|tenantId|^name$.*Operations|\.time$"
)


def members(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of an answer, `a.b[].c`, with their values where those say something. Tags and messages are the caller's."""
    if isinstance(value, dict):
        for name, inner in value.items():
            at = f"{path}.{name}" if path else name
            if name in ("tags",):
                yield at, None
            else:
                yield from members(inner, at)
        if path and not value:
            yield path, None
    elif isinstance(value, list):
        yield f"{path}[]", None
        if len(value) == 1:
            yield from members(value[0], f"{path}[]")
        else:
            for inner in value:
                yield from ((name, None) for name, _ in members(inner, f"{path}[]"))
    else:
        shown = value.lower() if isinstance(value, str) else value
        yield path, None if VOLATILE.search(path) or path in ("name", "startTime", "endTime") else shown
