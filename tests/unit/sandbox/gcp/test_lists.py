"""Lists: order, pages, masks, aggregated shapes; and the same for ten thousand instances, quickly."""

from __future__ import annotations

import time

import pytest

from sandbox.gcp.refs import Ref
from tests.unit.sandbox.gcp.api import ZONE, properties


def fill(api, zone: str, count: int, prefix: str = "vm", **changes) -> None:
    wish = properties(labels={"fleet": prefix}, **changes)
    body = {"count": str(count), "namePattern": f"{prefix}-####", "instanceProperties": wish}
    api.done("POST", f"zones/{zone}/instances/bulkInsert", body)


def pages(api, path: str, **query):
    token = ""
    while True:
        page = api("GET", path, **query, **({"pageToken": token} if token else {}))
        yield page
        token = page.get("nextPageToken", "")
        if not token:
            return


def test_an_empty_list(api):
    assert api("GET", f"{ZONE}/instances") == {
        "kind": "compute#instanceList",
        "id": f"projects/sandbox-project/{ZONE}/instances",
        "selfLink": f"https://www.googleapis.com/compute/v1/projects/sandbox-project/{ZONE}/instances",
    }


def test_pages_by_name(api):
    fill(api, "us-central1-a", 7)
    found = [[each["name"] for each in page["items"]] for page in pages(api, f"{ZONE}/instances", maxResults=3)]
    assert [len(page) for page in found] == [3, 3, 1]
    assert [name for page in found for name in page] == [f"vm-{number:04d}" for number in range(1, 8)]


def test_what_goes_between_two_pages_hides_nothing(api):
    fill(api, "us-central1-a", 6)
    first = api("GET", f"{ZONE}/instances", maxResults=3)
    api.done("DELETE", f"{ZONE}/instances/vm-0003")
    second = api("GET", f"{ZONE}/instances", maxResults=3, pageToken=first["nextPageToken"])
    assert [each["name"] for each in second["items"]] == ["vm-0004", "vm-0005", "vm-0006"]


def test_the_newest_first(api):
    for prefix in ("b", "c", "a"):
        fill(api, "us-central1-a", 1, prefix)
        time.sleep(0.002)
    found = [
        page["items"][0]["name"]
        for page in pages(api, f"{ZONE}/instances", maxResults=1, orderBy="creationTimestamp desc")
    ]
    assert found == ["a-0001", "c-0001", "b-0001"]


def test_a_token_belongs_to_its_list(api):
    fill(api, "us-central1-a", 2)
    token = api("GET", f"{ZONE}/instances", maxResults=1)["nextPageToken"]
    assert api.refused("GET", "aggregated/instances", pageToken=token)["status"] == 400


def test_an_aggregated_list_names_every_scope(api):
    fill(api, "us-central1-a", 1)
    items = api("GET", "aggregated/instances")["items"]
    assert len(items) == 16
    assert items["zones/us-east1-b"] == {
        "warning": {
            "code": "NO_RESULTS_ON_PAGE",
            "message": "There are no results for scope 'zones/us-east1-b' on this page.",
            "data": [{"key": "scope", "value": "zones/us-east1-b"}],
        }
    }
    assert [each["name"] for each in items["zones/us-central1-a"]["instances"]] == ["vm-0001"]


def test_aggregated_pages_go_from_scope_to_scope(api):
    fill(api, "us-central1-a", 3)
    fill(api, "us-central1-b", 3)
    found = []
    for page in pages(api, "aggregated/instances", maxResults=2, fields="nextPageToken,items/*/instances(name,zone)"):
        names = [each["name"] for scope in page["items"].values() for each in scope["instances"]]
        assert len(names) == 2
        found += names
    assert len(found) == 6


def test_a_mask_cuts_items_and_head(api):
    fill(api, "us-central1-a", 1)
    assert api("GET", f"{ZONE}/instances", fields="items(name,labels)") == {
        "items": [{"name": "vm-0001", "labels": {"fleet": "vm"}}]
    }
    assert api("GET", f"{ZONE}/instances", fields="kind") == {"kind": "compute#instanceList"}
    assert api("GET", f"{ZONE}/instances/vm-0001", fields="name") == {"name": "vm-0001"}


def test_a_filter_is_applied_before_pages_are_cut(api):
    fill(api, "us-central1-a", 4, "web")
    fill(api, "us-central1-a", 4, "job")
    found = [page["items"] for page in pages(api, f"{ZONE}/instances", maxResults=3, filter="labels.fleet=web")]
    assert [len(items) for items in found] == [3, 1]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("zones", "us-central1-a"),
        ("regions", "us-central1"),
        (f"{ZONE}/machineTypes", "g2-standard-4"),
        (f"{ZONE}/acceleratorTypes", "nvidia-l4"),
        (f"{ZONE}/diskTypes", "pd-balanced"),
    ],
)
def test_the_catalogue_is_listed_and_got(api, path: str, name: str):
    found = {each["name"]: each for page in pages(api, path) for each in page["items"]}
    assert found[name] == api("GET", f"{path}/{name}")


def test_a_machine_type_says_its_gpus(api):
    kind = api("GET", "zones/us-central1-a/machineTypes/a3-highgpu-8g")
    assert kind["accelerators"] == [{"guestAcceleratorType": "nvidia-h100-80gb", "guestAcceleratorCount": 8}]
    assert (kind["guestCpus"], kind["memoryMb"]) == (208, 1916928)
    assert api.refused("GET", "zones/us-central1-f/machineTypes/a3-highgpu-8g")["status"] == 404


def test_no_accelerator_is_in_every_zone(api):
    items = api("GET", "aggregated/acceleratorTypes", maxResults=500)["items"]
    for name in ("nvidia-l4", "nvidia-h100-80gb", "nvidia-tesla-t4"):
        here = [
            scope
            for scope, part in items.items()
            if name in {each["name"] for each in part.get("acceleratorTypes", ())}
        ]
        assert 0 < len(here) < len(items)


def test_ten_thousand_instances_are_listed_quickly(api):
    fill(api, "us-central1-a", 1)
    state = api.gcp.state
    body = api("GET", f"{ZONE}/instances/vm-0001")
    for number in range(10000):
        ref = Ref("sandbox-project", f"zones/us-central1-{'abcf'[number % 4]}", "instances", f"x{number}")
        state.store.put(ref, {**body, "name": ref.name, "labels": {"fleet": "many"}}, {})
    began = time.process_time()
    query = {
        "maxResults": 500,
        "filter": "labels.fleet=many",
        "fields": "nextPageToken,items/*/instances(id,name,zone,status,labels,networkInterfaces)",
    }
    found = list(pages(api, "aggregated/instances", **query))
    took = time.process_time() - began
    assert len(found) == 20
    assert sum(len(scope["instances"]) for page in found for scope in page["items"].values()) == 10000
    # Measured: 0.6 s for the first time, 0.4 s from then on, on one of two shared cores.
    assert took < 5
