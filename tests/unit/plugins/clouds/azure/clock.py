"""A clock on which sleeping takes no time; what was slept is remembered."""

from __future__ import annotations

import time


class QuickClock:
    """Stands for the module `time` in the adapter. It advances by what is slept, and by itself as the real one does."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.naps)
