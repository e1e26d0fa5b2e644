"""From method and path to the OpenAPI operation. Paths compare without case, as ARM compares them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sandbox.azure.schema import load

_SUBSCRIPTION = "/subscriptions/{subscriptionId}"
_GROUP = f"{_SUBSCRIPTION}/resourcegroups/{{resourceGroupName}}"

#: What the sandbox serves beside the OpenAPI files: Microsoft.Resources, and the URLs of long-running operations.
#: The names are those of its OpenAPI file (Microsoft.Resources 2021-04-01, subscriptions 2022-12-01).
EXTRA: dict[str, tuple[str, str, str | None]] = {
    "Subscriptions_List": ("GET", "/subscriptions", None),
    "Subscriptions_Get": ("GET", _SUBSCRIPTION, None),
    "Subscriptions_ListLocations": ("GET", f"{_SUBSCRIPTION}/locations", None),
    "Tenants_List": ("GET", "/tenants", None),
    "Providers_List": ("GET", f"{_SUBSCRIPTION}/providers", None),
    "Providers_Get": ("GET", f"{_SUBSCRIPTION}/providers/{{resourceProviderNamespace}}", None),
    "Providers_Register": ("POST", f"{_SUBSCRIPTION}/providers/{{resourceProviderNamespace}}/register", None),
    "Providers_Unregister": ("POST", f"{_SUBSCRIPTION}/providers/{{resourceProviderNamespace}}/unregister", None),
    "ResourceGroups_List": ("GET", f"{_SUBSCRIPTION}/resourcegroups", None),
    "ResourceGroups_CheckExistence": ("HEAD", _GROUP, None),
    "ResourceGroups_CreateOrUpdate": ("PUT", _GROUP, "ResourceGroup"),
    "ResourceGroups_Update": ("PATCH", _GROUP, "ResourceGroupPatchable"),
    "ResourceGroups_Delete": ("DELETE", _GROUP, None),
    "ResourceGroups_Get": ("GET", _GROUP, None),
    "Resources_ListByResourceGroup": ("GET", f"{_GROUP}/resources", None),
    "Resources_List": ("GET", f"{_SUBSCRIPTION}/resources", None),
    "Operations_Get": ("GET", f"{_SUBSCRIPTION}/providers/{{provider}}/locations/{{location}}/operations/{{id}}", None),
    "Operations_Get/disk": (
        "GET", f"{_SUBSCRIPTION}/providers/Microsoft.Compute/locations/{{location}}/DiskOperations/{{id}}", None,
    ),
    "Operations_Get/result": (
        "GET", f"{_SUBSCRIPTION}/providers/{{provider}}/locations/{{location}}/operationResults/{{id}}", None,
    ),
    "Operations_Get/group": ("GET", f"{_SUBSCRIPTION}/operationresults/{{id}}", None),
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One operation of the API. `area` says which file, and so which api-version, describes it."""

    id: str
    method: str
    segments: tuple[str, ...]
    area: str
    body: str | None = None
    query: dict[str, str] = field(default_factory=dict)

    @property
    def permission(self) -> str:
        """The action that a role must allow for it: `Microsoft.Compute/virtualMachines/start/action`."""
        rest = self.segments[self.segments.index("providers") + 1 :] if "providers" in self.segments else ()
        kinds = [part for part in rest if not part.startswith("{")]
        if not kinds:
            kinds = ["Microsoft.Resources", "subscriptions", "resourceGroups"]
        verb = {"GET": "read", "HEAD": "read", "DELETE": "delete", "POST": "action"}.get(self.method, "write")
        return "/".join((*kinds, verb))

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The parameters of a path of as many parts, or None."""
        found = {}
        for segment, part in zip(self.segments, parts, strict=True):
            if segment[0] == "{":
                found[segment[1:-1]] = part
            elif segment.lower() != part.lower():
                return None
        return found


@dataclass(frozen=True)
class Route:
    """An operation, and the parameters of the path that led to it."""

    operation: Operation
    parameters: dict[str, str]


@cache
def table() -> dict[tuple[str, int], list[Operation]]:
    """All operations by method and length of their path."""
    found: dict[tuple[str, int], list[Operation]] = {}
    for operation in operations().values():
        found.setdefault((operation.method, len(operation.segments)), []).append(operation)
    return found


@cache
def operations() -> dict[str, Operation]:
    """All operations by their id."""
    raw: dict[str, dict[str, Any]] = load()["operations"]
    served = {
        name: Operation(name, one["method"], _split(one["path"]), one["area"], one.get("body"), one.get("query", {}))
        for name, one in raw.items()
    }
    extra = {
        name: Operation(name.partition("/")[0], method, _split(path), "resources", body)
        for name, (method, path, body) in EXTRA.items()
    }
    return served | extra


def find(method: str, path: str) -> Route | None:
    """The operation of a call, None if there is no such one."""
    parts = list(_split(path))
    for operation in table().get((method, len(parts)), ()):
        found = operation.match(parts)
        if found is not None:
            return Route(operation, found)
    return None


def methods_of(path: str) -> list[str]:
    """The methods that a path has."""
    return [method for method in ("GET", "PUT", "PATCH", "POST", "DELETE", "HEAD") if find(method, path)]


def _split(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)
