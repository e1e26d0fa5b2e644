"""Lists and aggregated lists: filter, order, pages, masks. Items are rendered once and kept as text."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.gcp import masks
from sandbox.gcp.call import Call
from sandbox.gcp.catalogue import shelf
from sandbox.gcp.discovery import document
from sandbox.gcp.errors import invalid, not_found
from sandbox.gcp.filters import compile_filter
from sandbox.gcp.refs import LINK, Ref
from sandbox.gcp.regions import scopes
from sandbox.gcp.store import Record, text

LARGEST_PAGE = 500
ORDERS = ("name", "creationTimestamp desc")


def list_of(collection: str) -> Callable[[Call], None]:
    """The handler of a plain list: {"kind", "id", "items": [...], "nextPageToken"?, "selfLink"}."""

    def respond(call: Call) -> None:
        page = _Page(call, collection)
        items = [found for _, found in page.take([call.scope])]
        head = _head(call, collection, f"{call.method.response[0].lower()}{call.method.response[1:]}")
        call.rendered = _answer(head, page, "[" + ",".join(items) + "]" if items else "")

    return respond


def aggregated_list_of(collection: str) -> Callable[[Call], None]:
    """The handler of an aggregated list: items are {scope: {collection: [...]} or {"warning": ...}}."""

    def respond(call: Call) -> None:
        page = _Page(call, collection)
        places = scopes(collection)
        found: dict[str, list[str]] = {place: [] for place in places}
        for place, item in page.take(places):
            found[place].append(item)
        parts = [part for place, items in found.items() if (part := page.scope(place, items))]
        call.rendered = _answer(_head(call, collection, _kind(call)), page, "{" + ",".join(parts) + "}")

    return respond


def _kind(call: Call) -> str:
    return call.method.response[0].lower() + call.method.response[1:]


def _head(call: Call, collection: str, kind: str) -> dict[str, Any]:
    aggregated = call.method.id.endswith("aggregatedList")
    place = f"projects/{call.project}/{'aggregated' if aggregated else call.scope}"
    if collection in ("zones", "regions"):
        place = f"projects/{call.project}"
    path = f"{place}/{collection}"
    return {"kind": f"compute#{kind}", "id": path, "selfLink": LINK + path}


def _answer(head: dict[str, Any], page: _Page, items: str) -> str:
    mask = page.mask
    shown = {name: value for name, value in head.items() if masks.within(mask, name) is not None}
    if page.token and masks.within(mask, "nextPageToken") is not None:
        shown["nextPageToken"] = page.token
    whole = json.dumps(shown)
    if not items or masks.within(mask, "items") is None:
        return whole
    return whole[:-1] + (', "items":' if shown else '"items":') + items + "}"


class _Page:
    """What one call of a list wants, and the token for the rest once the page is full."""

    def __init__(self, call: Call, collection: str) -> None:
        query = call.query
        self.call, self.collection = call, collection
        self.size = query.get("maxResults", LARGEST_PAGE)
        if not 0 <= self.size <= LARGEST_PAGE:
            raise invalid("maxResults", self.size, f"Values must be between 0 and {LARGEST_PAGE}.")
        self.size = self.size or LARGEST_PAGE
        self.order = query.get("orderBy", "name")
        if self.order not in ORDERS:
            raise invalid("orderBy", self.order, "Only 'name' and 'creationTimestamp desc' are supported.")
        self.test = compile_filter(query["filter"]) if query.get("filter", "").strip() else None
        self.fields = query.get("fields", "")
        self.key = f"{call.method.id}?{self.fields}" if self.fields else ""
        self.mask = masks.compile_mask(self.fields) if self.fields else {}
        if self.mask:
            masks.check(self.mask, {"$ref": call.method.response}, document().schemas, self.fields)
        self.inner = self._item_mask()
        self.token = ""
        facts = {"operation": call.method.id, "region": call.region or None}
        self.stale = call.state.faults.take("stale_reads", **facts) if collection == "instances" else None

    def _item_mask(self) -> masks.Mask | None:
        if self.call.method.id.endswith("aggregatedList"):
            return masks.within(self.mask, "items", "*", self.collection)
        return masks.within(self.mask, "items")

    def take(self, places: list[str]) -> Iterator[tuple[str, str]]:
        """(scope, item as text) of the page; sets the token if more follow."""
        start = self._start()
        taken, last = 0, ("", "")
        for place, record in self._behind(places, start):
            if self.test and not self.test(record.body):
                continue
            if taken == self.size:
                self.token = self._token(last)
                return
            taken, last = taken + 1, (place, record.ref.name)
            if self.inner is not None:
                mask = self.inner
                yield place, text(record, self.key, lambda body, mask=mask: masks.cut(body, mask))

    def _behind(self, places: list[str], start: tuple[str, str]) -> Iterator[tuple[str, Record]]:
        """The records after a place and name, in the page's order."""
        begin = places.index(start[0]) if start[0] in places else 0
        if self.order != "name":
            newest = sorted(
                ((place, record) for place in places for record in self._records(place, "")),
                key=lambda pair: pair[1].body.get("creationTimestamp") or pair[1].body.get("insertTime", ""),
                reverse=True,
            )
            keys = [(place, record.ref.name) for place, record in newest]
            yield from newest[keys.index(start) + 1 if start in keys else 0 :]
            return
        for number, place in enumerate(places[begin:]):
            yield from ((place, record) for record in self._records(place, start[1] if number == 0 else ""))

    def _records(self, place: str, after: str) -> Iterator[Record]:
        call = self.call
        if self.stale:
            yield from _past(call, place, after, self.stale.seconds)
            return
        yield from shelf(call.state, call.project, place, self.collection).after(after)

    def _start(self) -> tuple[str, str]:
        token = self.call.query.get("pageToken")
        if not token:
            return "", ""
        try:
            method, place, name = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            method = place = name = ""
        if method != self.call.method.id:
            raise invalid("pageToken", token, "Invalid page token.")
        return place, name

    def _token(self, last: tuple[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.call.method.id, *last]).encode()).decode()

    def scope(self, place: str, items: list[str]) -> str:
        """One member of an aggregated list's items; empty if the mask leaves nothing of it."""
        inner = masks.within(self.mask, "items", place)
        if items:
            return f'{json.dumps(place)}:{{"{self.collection}":[{",".join(items)}]}}'
        warning = {
            "code": "NO_RESULTS_ON_PAGE",
            "message": f"There are no results for scope '{place}' on this page.",
            "data": [{"key": "scope", "value": place}],
        }
        wanted = masks.cut({"warning": warning}, inner) if inner is not None else None
        return f"{json.dumps(place)}:{json.dumps(wanted)}" if wanted else ""


def _past(call: Call, place: str, after: str, seconds: float) -> Iterator[Record]:
    """The instances of a scope as they were: the newest changes undone, one by one."""
    moment = time.monotonic() - seconds
    then: dict[str, Record | None] = dict(call.state.store.shelf(call.project, place, "instances"))
    for at, ref, body in reversed(call.state.store.past):
        if at < moment:
            break
        if (ref.project, ref.scope) == (call.project, place):
            then[ref.name] = Record(ref, body) if body else None
    for name in sorted(then):
        record = then[name]
        if record and name > after:
            yield record


def get_of(collection: str, parameter: str) -> Callable[[Call], dict[str, Any]]:
    """The handler of a get: the resource by name, or by its number."""

    def respond(call: Call) -> dict[str, Any]:
        return found(call, collection, call.path[parameter]).body

    return respond


def found(call: Call, collection: str, name: str) -> Record:
    """A resource of the call's scope. Raises GcpError when it is not there."""
    here = shelf(call.state, call.project, call.scope, collection)
    record = here.get(name)
    if record is None and name.isdigit():
        record = next((each for each in here.values() if each.body.get("id") == name), None)
    if record is None:
        raise not_found(Ref(call.project, call.scope, collection, name).path)
    return record
