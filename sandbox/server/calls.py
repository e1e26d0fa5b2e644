"""The counter and the log of API calls: what tests assert their call budgets with."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from typing import Any

LOG_SIZE = 5000


class CallLog:
    """Counts calls per action and keeps the latest LOG_SIZE of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG_SIZE)

    def add(self, service: str, action: str, region: str, status: int, seconds: float) -> None:
        """Record one finished call. A status of 0 means that the answer was lost on purpose."""
        entry = {
            "at": round(time.time(), 3),
            "service": service,
            "action": action,
            "region": region,
            "status": status,
            "seconds": round(seconds, 4),
        }
        with self._lock:
            self._counts[action] += 1
            self._log.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._counts.clear()
            self._log.clear()

    def as_json(self) -> dict[str, Any]:
        """{"total": n, "actions": {name: n}, "log": [...]}, the log oldest first."""
        with self._lock:
            return {
                "total": sum(self._counts.values()),
                "actions": dict(sorted(self._counts.items())),
                "log": list(self._log),
            }
