"""Lists in pages: `value` and, while there is more, `nextLink` with a $skiptoken."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from sandbox.azure.call import Answer, Call
from sandbox.azure.errors import invalid_parameter
from sandbox.azure.store import Resource


def listed(call: Call, kind: str, group: str | None = None) -> list[Resource]:
    """All resources of a kind; as of some time ago while a stale_reads fault strikes."""
    stale = call.state.faults.take("stale_reads", operation=call.name)
    seen = call.state.past.sight(call.subscription, stale.seconds) if stale else None
    if seen is None:
        return call.state.store.list(kind, call.subscription, group)
    return [one for one in seen if one.kind == kind and (group is None or one.at.group.lower() == group.lower())]


def page(call: Call, found: Sequence[Resource], show: Callable[[Resource], bytes] = Resource.shown) -> Answer:
    """One page of resources."""
    start = _start(call, found)
    end = start + call.state.settings.page_size
    shown = found[start:end]
    body = b'{"value":[' + b",".join(show(resource) for resource in shown) + b"]"
    if end < len(found):
        body += b',"nextLink":' + json.dumps(_link(call, shown[-1].id, end - 1)).encode()
    return Answer(200, body + b"}")


def _start(call: Call, found: Sequence[Resource]) -> int:
    """Behind the last resource of the page before; where that was deleted since, behind its place or what moved there."""
    token = call.query.get("$skiptoken")
    if token is None:
        return 0
    try:
        last, position = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        raise invalid_parameter("$skiptoken", f"The value '{token}' of $skiptoken is invalid.") from None
    for number in range(min(position, len(found) - 1), -1, -1):
        if found[number].id.lower() == last:
            return number + 1
    return min(int(position), len(found))


def _link(call: Call, last: str, position: int) -> str:
    token = base64.urlsafe_b64encode(json.dumps([last.lower(), position]).encode()).decode()
    return f"{call.base}{call.path}?{urlencode({**call.query, '$skiptoken': token})}"
