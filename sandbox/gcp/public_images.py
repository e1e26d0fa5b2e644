"""The public images, made from the table."""

from __future__ import annotations

from typing import Any

from sandbox.gcp import image_table as table
from sandbox.gcp.machine_types import number
from sandbox.gcp.refs import LINK


def is_public(project: str) -> bool:
    """Whether a project only lends images."""
    return project in table.PROJECTS


def public_bodies(project: str) -> list[dict[str, Any]]:
    lines = [line.split() for line in table.IMAGES.strip().splitlines()]
    return [_public(*line) for line in lines if line[0] == project]


def _public(project: str, family: str, name: str, architecture: str, size: str) -> dict[str, Any]:
    stamp = name.rpartition("-v")[2]
    day = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}" if stamp.isdigit() else "2026-10-01"
    path = f"projects/{project}/global/images/{name}"
    body: dict[str, Any] = {
        "kind": "compute#image",
        "id": number(name),
        "creationTimestamp": f"{day}T12:00:00.000-08:00",
        "name": name,
        "description": f"{family}, {architecture} built on {day}",
        "sourceType": "RAW",
        "status": "READY",
        "archiveSizeBytes": str(int(size) * 10**8),
        "diskSizeGb": size,
        "family": family,
        "architecture": architecture,
        "guestOsFeatures": [{"type": kind} for kind in table.FEATURES],
        "licenses": [f"{LINK}projects/{project}/global/licenses/{family}"],
        "licenseCodes": [number(family)],
        "labelFingerprint": "42WmSpB8rSM=",
        "storageLocations": ["us"],
        "selfLink": LINK + path,
    }
    if name in table.DEPRECATED:
        body["deprecated"] = {"state": "DEPRECATED"}
    return body
