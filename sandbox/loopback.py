"""Questions to the control API of a sandbox's own server; plain http.client, so that no proxy comes between."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

#: The front neither counts nor breaks calls that say this: they are the emulator's own.
WATCHER_AGENT = "aienv-sandbox-watcher"


def get_json(endpoint: str, path: str, timeout: float = 5) -> Any:
    """The JSON behind a path; raises OSError (ConnectionError, TimeoutError, …) when there is no such answer."""
    where = urlsplit(endpoint)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": WATCHER_AGENT})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise OSError(f"{endpoint}{path} answers {answer.status}")
        return json.loads(body)
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"{endpoint}{path} does not answer as a sandbox does: {error}") from error
    finally:
        connection.close()
