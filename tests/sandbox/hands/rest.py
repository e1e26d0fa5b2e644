"""The wire APIs as their references describe them, with nothing but HTTP: no SDK, nothing of ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests


class Rest:
    """Calls with a bearer token; an answer that is no success is an AssertionError with what it said."""

    def __init__(self, base: str, token: str, trust: Path | None = None) -> None:
        self._base = base.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(trust) if trust else True
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = self._session.request(method, f"{self._base}/{path.lstrip('/')}", json=body, params=query, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None


def until(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """What the condition answers as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s"
        time.sleep(0.1)
    return found
