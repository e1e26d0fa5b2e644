"""Filters and masks of fields, as the discovery document describes them."""

from __future__ import annotations

import pytest

from sandbox.gcp.errors import GcpError
from sandbox.gcp.filters import compile_filter
from sandbox.gcp.masks import compile_mask, cut, within

BODY = {
    "name": "web-01",
    "status": "RUNNING",
    "id": "42",
    "labels": {"env": "prod", "a.b": "dotted", "aienv-fleet": "web"},
    "scheduling": {"automaticRestart": False},
    "machineType": "https://www.googleapis.com/compute/v1/projects/p/zones/z/machineTypes/n1-standard-1",
    "tags": {"items": ["http", "https"]},
    "guestAccelerators": [{"acceleratorCount": 2}],
}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("name=web-01", True),
        ('name = "web-01"', True),
        ("name!=web-01", False),
        ("name=web-*", True),
        ("name!=web-*", False),
        ("name:web", True),
        ("name:we", False),
        ("labels.env=prod", True),
        ("labels.env=test", False),
        ("labels.env:*", True),
        ("labels.owner:*", False),
        ("-labels.owner:*", True),
        ("NOT labels.owner:*", True),
        ("labels.owner != me", True),
        ("labels.a.b=dotted", True),
        ("labels.aienv-fleet=web", True),
        ("labels:env", True),
        ("scheduling.automaticRestart = false", True),
        ("scheduling.automaticRestart=true", False),
        ("(status=RUNNING) (labels.env=prod)", True),
        ("status=RUNNING AND labels.env=test", False),
        ("status=STOPPING OR status=RUNNING AND labels.env=prod", True),
        ("(status=TERMINATED) OR (labels.env=prod)", True),
        ("tags.items=https", True),
        ("tags.items:ftp", False),
        ("guestAccelerators.acceleratorCount>=2", True),
        ("guestAccelerators.acceleratorCount<2", False),
        ("machineType:n1-standard-1", True),
        ("id=42", True),
        ("name eq web.*", True),
        ("name eq web", False),
        ("name ne .*01", False),
        ("name eq 'web-.*'", True),
        ("(name eq web.*)(status eq RUNNING)", True),
        ("(name eq web.*) (status ne RUNNING)", False),
        ("machineType eq .*/machineTypes/n1-standard-1", True),
    ],
)
def test_filters(text: str, matches: bool):
    assert compile_filter(text)(BODY) is matches


@pytest.mark.parametrize("text", ["name", "name=", "=x", "(name=a", "name=a)", "name == a b", "name eq ("])
def test_a_filter_that_makes_no_sense_is_refused(text: str):
    with pytest.raises(GcpError, match="Invalid list filter expression"):
        compile_filter(text)(BODY)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("name", {"name": "web-01"}),
        ("name,status", {"name": "web-01", "status": "RUNNING"}),
        ("labels/env", {"labels": {"env": "prod"}}),
        ("tags(items)", {"tags": {"items": ["http", "https"]}}),
        ("guestAccelerators/acceleratorCount,id", {"guestAccelerators": [{"acceleratorCount": 2}], "id": "42"}),
        ("scheduling(automaticRestart,preemptible)", {"scheduling": {"automaticRestart": False}}),
    ],
)
def test_masks_cut(mask: str, expected: dict):
    assert cut(BODY, compile_mask(mask)) == expected


def test_a_mask_within():
    mask = compile_mask("nextPageToken,items/*(instances(name),warning/code)")
    assert within(mask, "items", "zones/a", "instances") == {"name": {}}
    assert within(mask, "items", "zones/a", "disks") is None
    assert within({}, "items") == {}


@pytest.mark.parametrize("mask", ["a(b", "a)b", "a//b", "/a", "a,,b", "a;b", ""])
def test_a_mask_that_makes_no_sense_is_refused(mask: str):
    with pytest.raises(GcpError):
        compile_mask(mask)


def test_a_mask_with_a_misspelt_field_is_refused(api):
    refusal = api.refused("GET", "aggregated/instances", fields="items/*/instances(nmae)")
    assert (refusal["status"], refusal["reason"]) == (400, "invalidParameter")
    assert refusal["message"] == "Invalid field selection nmae"
    assert refusal["body"]["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert api.refused("GET", "zones/us-central1-a", fields="nmae")["reason"] == "invalidParameter"
