"""Looks at the emulated GCP with nothing but google-auth. cloud.py show: what exists, as JSON."""

import json
import os
import sys

import google.auth
import google.auth.transport.requests

credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/compute"])
session = google.auth.transport.requests.AuthorizedSession(credentials)
base = f"{os.environ['CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE']}projects/{project}"


def names(kind: str) -> list:
    """The names of all resources of a kind, in all zones and regions; the project's own network does not count."""
    everywhere = "" if kind.startswith("global/") else "aggregated/"
    answer = session.get(f"{base}/{everywhere}{kind}")
    answer.raise_for_status()
    items = answer.json().get("items", [])
    if isinstance(items, dict):
        items = [item for scope in items.values() for item in scope.get(kind, [])]
    return [item["name"] for item in items if not item["name"].startswith("default")]


kinds = ("instances", "disks", "addresses", "subnetworks", "resourcePolicies", "global/firewalls", "global/networks")
sys.stdout.write(json.dumps({kind: names(kind) for kind in kinds}))
