"""What all kinds of resources have in common: PUT, GET, lists, tags and DELETE, with ARM's rules around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.azure import ids, locations, naming
from sandbox.azure.call import Answer, Call, accepted
from sandbox.azure.errors import ArmError, precondition_failed, resource_missing
from sandbox.azure.paging import listed, page
from sandbox.azure.routes import operations
from sandbox.azure.store import Resource


@dataclass(frozen=True)
class Kind:
    """One type of resource. The functions are what is its own.

    `build` makes its body from the request and the resource that was there; `check_free` refuses a deletion;
    `before_gone` lets go of what it holds.
    """

    name: str
    #: What operation ids begin with, and which parameter of the path names one.
    prefix: str
    parameter: str
    #: How its operations' URLs look; "" where PUT and DELETE are done at once.
    style: str
    build: Callable[[Call, str, Resource | None], Resource]
    check_free: Callable[[Call, Resource], None] = lambda *_: None
    before_gone: Callable[[Any, Resource], None] = lambda *_: None
    show: Callable[[Call, Resource], bytes] = lambda _, resource: resource.shown()
    #: What a PUT answers with, where that is less than what GET shows.
    echo: Callable[[Call, Resource], bytes] | None = None
    #: How and when the operation of a PUT ends, where that is not at once and well: words of `Call.begin`.
    fate: Callable[[Call, Resource], dict[str, Any]] = lambda *_: {}

    def id_of(self, call: Call) -> str:
        return call.resource_id(self.name, call.parameters[self.parameter])

    def find(self, call: Call) -> Resource:
        """The resource of the path. Raises ArmError."""
        name = call.parameters[self.parameter]
        found = call.state.store.get(self.id_of(call))
        if found is None:
            raise resource_missing(self.name, name, call.parameters["resourceGroupName"])
        return found


def check_envelope(call: Call, kind: str, old: Resource | None) -> str:
    """The location of a PUT, after what ARM itself checks. Raises ArmError."""
    naming.check_tags(call.body.get("tags", {}))
    location = locations.check(call.body["location"], kind) if "location" in call.body else ""
    if old is not None and location and old.body["location"] != location:
        text = (
            f"The resource '{old.at.name}' already exists in location '{old.body['location']}' in resource group "
            f"'{old.at.group}'. A resource with the same name cannot be created in location '{location}'. Please select "
            "a new resource name."
        )
        raise ArmError("InvalidResourceLocation", text, 409)
    return location


def check_match(call: Call, old: Resource | None) -> None:
    """If-Match and If-None-Match. Raises ArmError (412)."""
    wanted = call.headers.get("If-Match")
    if wanted and wanted != "*" and (old is None or old.body.get("etag") != wanted):
        raise precondition_failed(old.id if old else call.path)
    if call.headers.get("If-None-Match") == "*" and old is not None:
        raise precondition_failed(old.id)


def check_idle(call: Call, resource: Resource) -> None:
    """Raises ArmError (409) while another operation works on the resource."""
    other = call.state.operations.busy(resource.id)
    if other is None:
        return
    if other.style == "network":
        text = (
            "Another operation on this or dependent resource is in progress. To retrieve status of the operation use "
            f"uri: {call.base}/subscriptions/{other.subscription}/providers/Microsoft.Network/locations/{other.location}"
            f"/operations/{other.id}?api-version={other.version}"
        )
        raise ArmError("AnotherOperationInProgress", text, 409, details=[])
    text = (
        f"The request cannot be processed because another operation on the resource '{resource.at.name}' is in progress: "
        f"its provisioning state is {resource.state}."
    )
    raise ArmError("OperationNotAllowed", text, 409)


def put(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a PUT that takes long in form."""

    def handle(call: Call) -> Answer:
        call.group()
        resource_id = kind.id_of(call)
        old = call.state.store.get(resource_id)
        naming.check_name(kind.name, call.parameters[kind.parameter])
        check_envelope(call, kind.name, old)
        check_match(call, old)
        if old is not None:
            check_idle(call, old)
        resource = call.state.store.put(kind.build(call, resource_id, old))
        status = 200 if old else 201
        if not kind.style or resource.state == "Succeeded":
            return Answer(status, kind.show(call, resource))
        shown = (kind.echo or kind.show)(call, resource)
        words = {"then": "succeed", **kind.fate(call, resource)}
        operation = call.begin(resource.id, style=kind.style, location=resource.body["location"], **words)
        if kind.style == "disk":
            return accepted(call, operation, 202, shown)
        return accepted(call, operation, status, shown, location=False)

    return handle


def get(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a GET."""
    return lambda call: Answer(200, kind.show(call, kind.find(call)))


def list_group(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a list of one group."""

    def handle(call: Call) -> Answer:
        group = call.group()
        return page(call, listed(call, kind.name, group.at.name), lambda one: kind.show(call, one))

    return handle


def list_all(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a list of the whole subscription."""

    def handle(call: Call) -> Answer:
        return page(call, listed(call, kind.name), lambda one: kind.show(call, one))

    return handle


def update_tags(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a PATCH of nothing but tags: the network provider's, done at once. Tags are replaced, not merged."""

    def handle(call: Call) -> Answer:
        resource = kind.find(call)
        naming.check_tags(call.body.get("tags", {}))
        resource.body["tags"] = dict(call.body.get("tags", {}))
        return Answer(200, kind.show(call, call.state.store.put(resource)))

    return handle


def delete(kind: Kind) -> Callable[[Call], Answer]:
    """The handler of a DELETE; what is not there is deleted already."""

    def handle(call: Call) -> Answer:
        call.group()
        resource = call.state.store.get(kind.id_of(call))
        if resource is None:
            return Answer(204)
        check_match(call, resource)
        check_idle(call, resource)
        kind.check_free(call, resource)
        if not kind.style:
            kind.before_gone(call.state, resource)
            call.state.store.remove(resource.id)
            return Answer(200)
        resource.properties["provisioningState"] = "Deleting"
        call.state.store.put(resource)
        return accepted(call, call.begin(resource.id, "gone", kind.style, resource.body["location"]))

    return handle


def handlers(kind: Kind, **own: Callable[[Call], Answer]) -> dict[str, Callable[[Call], Answer]]:
    """The usual handlers of a kind by operation id; `own` ones in their place, by what follows the prefix."""
    usual = {
        "CreateOrUpdate": put(kind),
        "Get": get(kind),
        "Delete": delete(kind),
        "List": list_group(kind),
        "ListAll": list_all(kind),
        "UpdateTags": update_tags(kind),
    }
    named = {f"{kind.prefix}_{name}": handler for name, handler in {**usual, **own}.items()}
    return {name: handler for name, handler in named.items() if name in operations()}


def envelope(call: Call, resource_id: str, old: Resource | None) -> dict[str, Any]:
    """The start of a resource's body."""
    at = ids.parse(resource_id)
    assert at is not None  # noqa: S101  (made by us)
    body: dict[str, Any] = {
        "name": old.at.name if old else at.name,
        "id": old.id if old else resource_id,
        "type": at.kind,
    }
    body["location"] = (
        locations.normal(call.body["location"]) if "location" in call.body else (old.body["location"] if old else "")
    )
    body |= {name: call.body[name] for name in ("tags", "extendedLocation") if name in call.body}
    return body
