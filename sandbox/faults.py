"""The fault layer of the sandbox: what goes wrong, for whom, how often. Neutral to the cloud.

A plan is JSON: {"seed": 1, "rules": [{"kind": "throttle", "fraction": 0.3}, ...]}. A server asks
`Faults.take(kind, ...)` at the moments where a fault can strike and maps what it gets to its own
cloud's wire errors. The first rule that matches strikes. Chance comes from the plan's seed, so a
test that fails is a test that fails again.

Every rule may say where it applies: `operations` (API names, with * and ?), `regions`, `zones`,
`machine_types`, `markets` (on_demand, spot, reserved); and how often: `fraction` (0 to 1), `after`
(let that many matches pass first), `times` (then it is used up).

| kind        | own keys            | meaning                                                          |
|-------------|---------------------|------------------------------------------------------------------|
| latency     | seconds             | every call takes that much longer                                |
| throttle    | retry_after         | refused with the cloud's rate-limit error                        |
| error       | code, status, message | refused with that error                                        |
| lost_answer |                     | the work is done, then the connection drops                      |
| capacity    | available           | the cloud has only that many VMs left (default 0)                |
| quota       | available           | the account may only make that many more VMs (default 0)         |
| partial     | count               | only the first `count` VMs of a batch live, the others die young |
| slow_boot   | seconds             | VMs stay in their starting state that long                       |
| slow_stop   | seconds             | VMs stay in their stopping or deleting state that long           |
| stale_reads | seconds             | lists answer as of that many seconds ago                         |
"""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

SELECTORS = ("operations", "regions", "zones", "machine_types", "markets")
MARKETS = ("on_demand", "spot", "reserved")
COMMON = frozenset({"kind", "fraction", "times", "after", *SELECTORS})
KINDS: dict[str, frozenset[str]] = {
    "latency": frozenset({"seconds"}),
    "throttle": frozenset({"retry_after"}),
    "error": frozenset({"code", "status", "message"}),
    "lost_answer": frozenset(),
    "capacity": frozenset({"available"}),
    "quota": frozenset({"available"}),
    "partial": frozenset({"count"}),
    "slow_boot": frozenset({"seconds"}),
    "slow_stop": frozenset({"seconds"}),
    "stale_reads": frozenset({"seconds"}),
}
REQUIRED = {
    "latency": ("seconds",),
    "error": ("code",),
    "partial": ("count",),
    "slow_boot": ("seconds",),
    "slow_stop": ("seconds",),
    "stale_reads": ("seconds",),
}


class FaultError(ValueError):
    """A fault plan that makes no sense; the message names the rule and the key."""


@dataclass(frozen=True)
class Rule:
    """One line of a plan. Selectors that are empty match everything."""

    kind: str
    operations: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    machine_types: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    fraction: float = 1.0
    times: int | None = None
    after: int = 0
    seconds: float = 0.0
    retry_after: int = 1
    code: str = ""
    status: int = 500
    message: str = ""
    available: int = 0
    count: int = 0

    def matches(self, facts: Mapping[str, str | None]) -> bool:
        """Whether the rule speaks of these facts (operation, region, zone, machine_type, market)."""
        return all(
            not getattr(self, selector)
            or any(fnmatchcase(facts.get(selector[:-1]) or "", pattern) for pattern in getattr(self, selector))
            for selector in SELECTORS
        )

    def as_json(self) -> dict[str, Any]:
        """The rule as it was written: defaults are left out."""
        shown: dict[str, Any] = {"kind": self.kind}
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                shown[field.name] = list(value) if isinstance(value, tuple) else value
        return shown


def parse(plan: Any) -> tuple[int, tuple[Rule, ...]]:
    """Check a plan and return its seed and rules. Raises FaultError."""
    if not isinstance(plan, Mapping):
        raise FaultError("a fault plan is an object with the keys seed and rules")
    unknown = set(plan) - {"seed", "rules"}
    if unknown:
        raise FaultError(f"unknown key {sorted(unknown)[0]!r}; a plan has seed and rules")
    seed = plan.get("seed", 0)
    if not _is_int(seed):
        raise FaultError("seed must be an integer")
    rules = plan.get("rules", [])
    if not isinstance(rules, list):
        raise FaultError("rules must be a list")
    return seed, tuple(_rule(number, raw) for number, raw in enumerate(rules, start=1))


def _rule(number: int, raw: Any) -> Rule:
    where = f"rule {number}"
    if not isinstance(raw, Mapping):
        raise FaultError(f"{where} must be an object")
    kind = raw.get("kind")
    if kind not in KINDS:
        raise FaultError(f"{where}: kind must be one of {', '.join(KINDS)}, not {kind!r}")
    unknown = sorted(set(raw) - COMMON - KINDS[kind])
    if unknown:
        known = ", ".join(sorted(COMMON - {"kind"} | KINDS[kind]))
        raise FaultError(f"{where} ({kind}): unknown key {unknown[0]!r}; it may have {known}")
    for key in REQUIRED.get(kind, ()):
        if key not in raw:
            raise FaultError(f"{where} ({kind}): {key} is missing")
    return Rule(**{key: _value(f"{where} ({kind})", key, value) for key, value in raw.items()})


def _value(where: str, key: str, value: Any) -> Any:
    if key in SELECTORS:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise FaultError(f"{where}: {key} must be a list of strings")
        strange = [word for word in value if key == "markets" and word not in MARKETS]
        if strange:
            raise FaultError(f"{where}: markets are {', '.join(MARKETS)}, not {strange[0]!r}")
        return tuple(value)
    if key in ("kind", "code", "message"):
        if not isinstance(value, str):
            raise FaultError(f"{where}: {key} must be a string")
        return value
    if key in ("fraction", "seconds"):
        limit = 1 if key == "fraction" else 3600
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
            raise FaultError(f"{where}: {key} must be a number from 0 to {limit}")
        return float(value)
    low, high = {"status": (400, 599), "times": (1, 10**9)}.get(key, (0, 10**9))
    if not _is_int(value) or not low <= value <= high:
        raise FaultError(f"{where}: {key} must be an integer from {low} to {high}")
    return value


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


class Faults:
    """The plan in force, its chance and its counters. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.set({})

    def set(self, plan: Any) -> None:
        """Put a plan in force, from its beginning. Raises FaultError and changes nothing then."""
        seed, rules = parse(plan)
        with self._lock:
            self._seed, self._rules = seed, rules
            self._random = random.Random(seed)
            self._seen = [0] * len(rules)
            self._struck = [0] * len(rules)
            self._left = [rule.available for rule in rules]

    def take(self, kind: str, **facts: str | None) -> Rule | None:
        """The first rule of that kind that strikes now, counted as used; or None."""
        with self._lock:
            for number, rule in enumerate(self._rules):
                if rule.kind == kind and rule.matches(facts) and self._strikes(number, rule):
                    return rule
        return None

    def room(self, kind: str, wanted: int, **facts: str | None) -> int:
        """How many of `wanted` VMs a capacity or quota rule lets pass. Takes nothing: see `use`."""
        with self._lock:
            for number, rule in enumerate(self._rules):
                speaks = rule.kind == kind and rule.matches(facts)
                if speaks and self._left[number] < wanted and self._strikes(number, rule):
                    return self._left[number]
        return wanted

    def peek(self, kind: str, wanted: int, **facts: str | None) -> bool:
        """Whether `wanted` VMs would pass every such rule; counts nothing and rolls no dice."""
        with self._lock:
            return all(
                self._left[number] >= wanted
                for number, rule in enumerate(self._rules)
                if rule.kind == kind and rule.matches(facts)
            )

    def use(self, made: int, **facts: str | None) -> None:
        """Count made VMs against every capacity and quota rule that speaks of them."""
        with self._lock:
            for number, rule in enumerate(self._rules):
                if rule.kind in ("capacity", "quota") and rule.matches(facts):
                    self._left[number] = max(0, self._left[number] - made)

    def has(self, kind: str) -> bool:
        """Whether the plan has a rule of that kind at all."""
        return any(rule.kind == kind for rule in self._rules)

    def _strikes(self, number: int, rule: Rule) -> bool:
        self._seen[number] += 1
        if self._seen[number] <= rule.after:
            return False
        if rule.times is not None and self._struck[number] >= rule.times:
            return False
        if rule.fraction < 1.0 and self._random.random() >= rule.fraction:
            return False
        self._struck[number] += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """The plan, and how often each rule struck."""
        with self._lock:
            rules = [
                {**rule.as_json(), "struck": struck} for rule, struck in zip(self._rules, self._struck, strict=True)
            ]
            return {"seed": self._seed, "rules": rules}
