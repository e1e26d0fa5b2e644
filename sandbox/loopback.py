"""Questions to a sandbox's own server; plain http.client, so that no proxy comes between."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: The front neither counts nor breaks calls that say this: they are the emulator's own.
WATCHER_AGENT = "aienv-sandbox-watcher"


def get_json(endpoint: str, path: str, trust: Path | None = None) -> Any:
    """The JSON behind a path; raises OSError (ConnectionError, TimeoutError, …) when there is no such answer."""
    status, body = ask(endpoint, "GET", path, trust=trust)
    if status != 200:
        raise OSError(f"{endpoint}{path} answers {status}")
    return body


def ask(
    endpoint: str,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    trust: Path | None = None,
    timeout: float = 20,
) -> tuple[int, Any]:
    """Status and JSON of one call (None for an empty body); ``trust`` is the CA of a server with TLS.

    Raises OSError when nobody answers, or not in JSON.
    """
    connection = _connect(endpoint, trust, timeout)
    content = None if body is None else json.dumps(body)
    told = {"User-Agent": WATCHER_AGENT, **({"Content-Type": "application/json"} if content else {}), **(headers or {})}
    try:
        connection.request(method, path, content, told)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"{endpoint}{path} does not answer as a sandbox does: {error}") from error
    finally:
        connection.close()


def _connect(endpoint: str, trust: Path | None, timeout: float) -> http.client.HTTPConnection:
    where = urlsplit(endpoint)
    host = where.hostname or "127.0.0.1"
    if where.scheme != "https":
        return http.client.HTTPConnection(host, where.port, timeout=timeout)
    context = ssl.create_default_context(cafile=str(trust) if trust else None)
    return http.client.HTTPSConnection(host, where.port, timeout=timeout, context=context)
