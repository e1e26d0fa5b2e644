"""What lists showed in the past, kept while a stale_reads fault wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

KEPT = 200

Sight = TypeVar("Sight")


class Past(Generic[Sight]):
    """Per place (a region, a project, a subscription) the sights of it, each made right before a change."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._sights: dict[str, list[tuple[float, Sight]]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._sights.clear()

    def remember(self, place: str, sight: Sight) -> None:
        """Keep what a place looks like now; call it right before something changes there."""
        past = self._sights.setdefault(place, [])
        past.append((self._now(), sight))
        del past[:-KEPT]

    def sight(self, place: str, seconds: float) -> Sight | None:
        """What a place looked like that many seconds ago; None when that is what it is now.

        Sights are made right before changes, so the first one made after that moment shows it.
        """
        moment = self._now() - seconds
        return next((seen for at, seen in self._sights.get(place, []) if at >= moment), None)
