"""Names, links, ids, times and fingerprints as Compute Engine writes them."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox.gcp.errors import invalid

# Every link that the service writes begins so, whichever host was called (recordings).
LINK = "https://www.googleapis.com/compute/v1/"
# What clients may write before "projects/".
PREFIX = re.compile(r"^https?://[^/]+/(?:compute/(?:v1|beta|alpha)/)?")
NAME = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
PROJECT = r"(?:[-a-z0-9.]+:)?[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
# The service writes times with the offset of its home, so a client that drops the offset is wrong by hours.
PACIFIC = timezone(timedelta(hours=-8))


@dataclass(frozen=True)
class Ref:
    """A resource's place: scope is "global", "zones/us-central1-a" or "regions/us-central1"."""

    project: str
    scope: str
    collection: str
    name: str

    @property
    def path(self) -> str:
        return f"projects/{self.project}/{self.scope}/{self.collection}/{self.name}"

    @property
    def link(self) -> str:
        return LINK + self.path

    @property
    def zone(self) -> str:
        """The zone's name; empty elsewhere."""
        return self.scope.removeprefix("zones/") if self.scope.startswith("zones/") else ""

    @property
    def region(self) -> str:
        """The region's name, also of a zone; empty for what is global."""
        return region_of(self.scope.partition("/")[2])

    @classmethod
    def of(cls, path: str) -> Ref:
        """The place behind a path or link that the service itself wrote."""
        steps = path.removeprefix(LINK).split("/")
        return cls(steps[1], "/".join(steps[2:-2]), steps[-2], steps[-1])


def region_of(place: str) -> str:
    """The region of a zone; a region is its own."""
    return place.rpartition("-")[0] if re.search(r"-[a-z]$", place) else place


def parse(text: str, field: str, collection: str, project: str, scope: str, bare: bool = False) -> Ref:
    """What a full or partial URL in a body means. A bare name is malformed unless told otherwise.

    Partial URLs: projects/p/zones/z/disks/d, zones/z/disks/d, global/networks/n, global/images/family/f.
    """
    path = PREFIX.sub("", text).strip("/")
    if bare and "/" not in path and path:
        return Ref(project, scope, collection, path)
    steps = path.split("/")
    if steps[0] == "projects" and len(steps) > 2:
        project, steps = steps[1], steps[2:]
    if steps[0] == "global":
        place, rest = "global", steps[1:]
    else:
        place, rest = "/".join(steps[:2]), steps[2:]
    # Real clients write "projects/p/global/zones/z/…" too (recordings).
    if steps[:2] == ["global", "zones"] or steps[:2] == ["global", "regions"]:
        place, rest = "/".join(steps[1:3]), steps[3:]
    if len(rest) < 2 or rest[0] != collection:
        raise invalid(field, text, "The URL is malformed.")
    return Ref(project, place, collection, "/".join(rest[1:]))


def new_id() -> str:
    """A fresh numeric id, as a decimal string of 19 digits at most."""
    return str(random.randrange(10**17, 9 * 10**18))


def stamp(seconds: float) -> str:
    """Seconds since the epoch as the service writes times: milliseconds and an offset."""
    return datetime.fromtimestamp(seconds, PACIFIC).isoformat(timespec="milliseconds")


def utc(seconds: float) -> str:
    """Seconds since the epoch in RFC 3339, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fingerprint(value: Any) -> str:
    """A short print of a value that changes with it, in base64 as the service's are."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest[:8]).decode()
