"""Everything that exists in the emulated project: in memory, and in a journal that a restart reads.

Each change is one line of JSON, written at once, so a killed server loses nothing that it answered.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from sandbox.gcp.refs import Ref

MASKS_KEPT = 3
PAST_KEPT = 20000


@dataclass(slots=True)
class Record:
    """One resource: its JSON, what only the server knows, and the JSON as text by mask of fields."""

    ref: Ref
    body: dict[str, Any]
    meta: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


class Shelf(dict[str, Record]):
    """The resources of one collection in one scope, by name; `order` is alphabetical."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[str] | None = None

    @property
    def order(self) -> list[str]:
        if self._order is None or len(self._order) != len(self):
            self._order = sorted(self)
        return self._order

    def after(self, name: str) -> Iterator[Record]:
        """The resources behind that name, in order."""
        order = self.order
        for each in order[bisect_right(order, name) :] if name else order:
            yield self[each]

    def touched(self) -> None:
        """A name came or went."""
        self._order = None


class Store:
    """Shelves by project, collection and scope."""

    def __init__(self, file: Path | None = None) -> None:
        self._tables: dict[tuple[str, str], dict[str, Shelf]] = {}
        self._file = file
        self._journal: IO[str] | None = None
        # What a stale_reads fault shows: every change of an instance with what was before, while one is in force.
        self.past: list[tuple[float, Ref, dict[str, Any] | None]] = []
        self.watched = False

    def open(self) -> None:
        """Read the journal of an earlier server and go on with it, made short."""
        if self._file is None:
            return
        if self._file.exists():
            self._replay(self._file)
        fresh = self._file.with_suffix(".new")
        with fresh.open("w") as journal:
            for record in self.everything():
                journal.write(_line(record))
        fresh.replace(self._file)
        self._journal = self._file.open("a")

    def _replay(self, file: Path) -> None:
        with file.open() as journal:
            for line in journal:
                try:
                    entry = json.loads(line)
                except ValueError:
                    break  # the last line of a server that was killed while writing
                ref = Ref(*entry["ref"])
                if "body" in entry:
                    self._shelf(ref)[ref.name] = Record(ref, entry["body"], entry["meta"])
                else:
                    self._shelf(ref).pop(ref.name, None)

    def everything(self) -> Iterator[Record]:
        """All records of all projects."""
        for table in self._tables.values():
            for shelf in table.values():
                yield from shelf.values()

    def clear(self) -> None:
        """Forget everything, in the journal too."""
        self._tables.clear()
        self.past.clear()
        self.watched = False
        if self._journal:
            self._journal.truncate(0)

    def table(self, project: str, collection: str) -> dict[str, Shelf]:
        """The shelves of a collection by scope."""
        return self._tables.setdefault((project, collection), {})

    def shelf(self, project: str, scope: str, collection: str) -> Shelf:
        """One shelf, empty if nothing was ever put there."""
        return self.table(project, collection).setdefault(scope, Shelf())

    def _shelf(self, ref: Ref) -> Shelf:
        return self.shelf(ref.project, ref.scope, ref.collection)

    def find(self, ref: Ref) -> Record | None:
        return self._shelf(ref).get(ref.name)

    def put(self, ref: Ref, body: dict[str, Any], meta: dict[str, Any] | None = None) -> Record:
        """Make or replace a resource. Without `meta` the old one's stays."""
        shelf = self._shelf(ref)
        old = shelf.get(ref.name)
        record = Record(ref, body, meta if meta is not None else old.meta if old else {})
        shelf[ref.name] = record
        if old is None:
            shelf.touched()
        self._remember(ref, old)
        if self._journal:
            self._journal.write(_line(record))
        return record

    def drop(self, ref: Ref) -> None:
        """Forget a resource; one that is not there is no error."""
        shelf = self._shelf(ref)
        old = shelf.pop(ref.name, None)
        shelf.touched()
        if old is None:
            return
        self._remember(ref, old)
        if self._journal:
            self._journal.write(json.dumps({"ref": _steps(ref)}) + "\n")

    def flush(self) -> None:
        """Hand the journal to the system: from now on a killed server has lost nothing."""
        if self._journal:
            self._journal.flush()

    def _remember(self, ref: Ref, old: Record | None) -> None:
        if self.watched and ref.collection == "instances":
            self.past.append((time.monotonic(), ref, old.body if old else None))
            if len(self.past) > 2 * PAST_KEPT:
                del self.past[:-PAST_KEPT]


def _steps(ref: Ref) -> list[str]:
    return [ref.project, ref.scope, ref.collection, ref.name]


def _line(record: Record) -> str:
    entry = {"ref": _steps(record.ref), "body": record.body, "meta": record.meta}
    return json.dumps(entry, separators=(",", ":")) + "\n"


def text(record: Record, mask: str, cut: Any) -> str:
    """A record as JSON text under a mask of fields; made once, because lists of thousands are asked for again."""
    known = record.texts.get(mask)
    if known is None:
        if len(record.texts) >= MASKS_KEPT:
            record.texts.clear()
        known = record.texts[mask] = json.dumps(cut(record.body), separators=(",", ":"))
    return known
