"""Hands on GCP: google-api-python-client alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import google.auth
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]


def client() -> Any:
    credentials, _project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    endpoint = {"api_endpoint": os.environ["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"]}
    return build("compute", "v1", http=AuthorizedHttp(credentials), client_options=endpoint, static_discovery=True)


def done(compute: Any, request: Any) -> None:
    """Send it, and wait for its operation."""
    operation = request.execute()
    where = {"project": PROJECT, "operation": operation["name"]}
    while operation["status"] != "DONE":
        if "zone" in operation:
            wait = compute.zoneOperations().wait(**where, zone=last(operation["zone"]))
        elif "region" in operation:
            wait = compute.regionOperations().wait(**where, region=last(operation["region"]))
        else:
            wait = compute.globalOperations().wait(**where)
        operation = wait.execute()
    assert "error" not in operation, operation


def last(url: str) -> str:
    return url.rsplit("/", 1)[-1]


def instances(compute: Any, *fleets: str) -> list[dict[str, Any]]:
    """Those of the fleets, else all, by the number in their names."""
    found = []
    request = compute.instances().aggregatedList(project=PROJECT)
    while request is not None:
        answer = request.execute()
        found += [i for scope in answer.get("items", {}).values() for i in scope.get("instances", ())]
        request = compute.instances().aggregatedList_next(request, answer)
    own = [i for i in found if not fleets or i.get("labels", {}).get("aienv-fleet") in fleets]
    return sorted(own, key=lambda i: (len(i["name"]), i["name"]))


def name(instance: dict[str, Any]) -> str:
    return str(instance["name"])


def identity(instance: dict[str, Any]) -> str:
    return str(instance["id"])


def drift_network(compute: Any, name: str) -> None:
    """Delete the subnetwork."""
    region = os.environ["CLOUDSDK_COMPUTE_REGION"]
    done(compute, compute.subnetworks().delete(project=PROJECT, region=region, subnetwork=name))


def drift_firewall(compute: Any, name: str) -> None:
    """Open telnet to the world, close https."""
    every = compute.firewalls().list(project=PROJECT).execute()["items"]
    own = [rule for rule in every if f"aienv-{name}" in rule.get("targetTags", ())]
    telnet = {
        "name": "by-hand",
        "network": own[0]["network"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["23"]}],
        "sourceRanges": ["0.0.0.0/0"],
        "targetTags": [f"aienv-{name}"],
    }
    done(compute, compute.firewalls().insert(project=PROJECT, body=telnet))
    for rule in own:
        allowed = rule.get("allowed", [])
        kept = [
            {**each, "ports": [p for p in each["ports"] if p != "443"]} if "ports" in each else each for each in allowed
        ]
        if kept != allowed:
            done(compute, compute.firewalls().patch(project=PROJECT, firewall=rule["name"], body={"allowed": kept}))


def drift_vm(compute: Any, name: str) -> None:
    """Stop the first, relabel the second."""
    first, second, *_ = instances(compute, name)
    done(compute, compute.instances().stop(project=PROJECT, zone=last(first["zone"]), instance=first["name"]))
    body = {"labels": {**second["labels"], "team": "blue"}, "labelFingerprint": second["labelFingerprint"]}
    where = {"project": PROJECT, "zone": last(second["zone"]), "instance": second["name"]}
    done(compute, compute.instances().setLabels(**where, body=body))


def drift_snapshot(compute: Any, name: str) -> None:
    """Take one of the boot disk of the first, with the labels that the disk has, as backup tools do."""
    first = instances(compute, name)[0]
    where = {"project": PROJECT, "zone": last(first["zone"]), "disk": last(first["disks"][0]["source"])}
    labels = compute.disks().get(**where).execute().get("labels", {})
    done(compute, compute.disks().createSnapshot(**where, body={"name": "by-hand", "labels": labels}))


def snapshots(compute: Any) -> list[str]:
    """All of the project."""
    return [s["name"] for s in compute.snapshots().list(project=PROJECT).execute().get("items", ())]


DRIFT: dict[str, Callable[[Any, str], None]] = {
    "network": drift_network,
    "firewall": drift_firewall,
    "vm": drift_vm,
    "snapshot": drift_snapshot,
}
