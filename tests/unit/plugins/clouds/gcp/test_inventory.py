"""What the inventory asks of Compute Engine and reads of its answers; ten thousand VMs are rendered beforehand."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.inventory import (
    GcpInventoryOptions,
    find,
    to_filter,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from tests.servers import ROOT
from tests.unit.plugins.builders import parsed
from tests.unit.plugins.clouds.gcp.account import GcpAccount
from tests.unit.plugins.clouds.gcp.stub import Answer, Seen, Stub, google_error, running, service_account

ZONES = ("us-central1-a", "us-central1-b", "europe-west4-a", "us-east1-b")


def instance(number: int) -> dict[str, Any]:
    zone = ZONES[number % 4]
    fleet = f"fleet{number // 25}"
    return {
        "id": str(10**18 + number),
        "name": f"{fleet}-{number % 25}",
        "zone": f"https://www.googleapis.com/compute/v1/projects/p/zones/{zone}",
        "status": "RUNNING",
        "machineType": f"https://www.googleapis.com/compute/v1/projects/p/zones/{zone}/machineTypes/g2-standard-4",
        "creationTimestamp": "2026-11-23T01:02:03.456-08:00",
        "labels": {"aienv-fleet": fleet, "aienv-image": "debian-12", "aienv-ssh-user": "admin", "team": "vision"},
        "networkInterfaces": [{"networkIP": f"10.0.{number // 250}.{number % 250 + 1}", "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.9"}]}],
    }  # fmt: skip


def pages(count: int) -> list[bytes]:
    """As Google pages an aggregated list: 500 resources over however many zones."""
    found = []
    for start in range(0, count, 500):
        items: dict[str, Any] = {}
        for number in range(start, min(start + 500, count)):
            scope = items.setdefault(f"zones/{ZONES[number % 4]}", {"instances": []})
            scope["instances"].append(instance(number))
        token = {"nextPageToken": str(len(found) + 1)} if start + 500 < count else {}
        found.append(json.dumps({"items": items, **token}).encode())
    return found or [b"{}"]


def serve(stub: Stub, **projects: int) -> None:
    """So many VMs in each project; underscores stand for hyphens."""
    rendered = {name.replace("_", "-"): pages(count) for name, count in projects.items()}

    def answer(seen: Seen) -> Answer:
        project = seen.path.split("/")[0]
        if project not in rendered:
            return google_error(
                403, "forbidden", f"Required 'compute.instances.list' permission for 'projects/{project}'"
            )
        return Answer(body=rendered[project][int(seen.query.get("pageToken", "0"))])

    stub.answer = answer


@pytest.fixture(scope="module")
def stub_server() -> Iterator[Stub]:
    with running() as stub:
        yield stub


@pytest.fixture
def stub(stub_server: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stub:
    stub_server.calls.clear()
    stub_server.tokens = 0
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(tmp_path, stub_server)))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    return stub_server


def options(stub: Stub, **words: Any) -> Any:
    return parsed(GcpInventoryOptions, **{"endpoint_url": stub.endpoint, **words}).verified()


def test_ten_thousand_vms_are_twenty_calls_and_one_token(stub: Stub) -> None:
    serve(stub, stub_project=10_000)
    listing = find(options(stub))
    assert len({vm.id for vm in listing.vms}) == 10_000
    assert len(stub.calls) == 20
    assert stub.tokens == 1
    first = stub.calls[0]
    assert (first.verb, first.path) == ("GET", "stub-project/aggregated/instances")
    assert first.query["maxResults"] == "500"
    assert first.query["returnPartialSuccess"] == "true"
    assert first.query["filter"] == "(labels.aienv-fleet:*)"
    assert first.query["fields"].startswith("items/*/instances(id,name,")
    vm = listing.vms[0]
    assert (vm.name, vm.fleet, vm.index, vm.zone, vm.shape.gpu_model) == (
        "fleet0-0",
        "fleet0",
        0,
        "us-central1-a",
        "l4",
    )


def test_projects_are_read_side_by_side_with_one_token(stub: Stub) -> None:
    meeting = threading.Barrier(3, timeout=10)
    serve(stub, project_1=30, project_2=30, project_3=30)
    plain = stub.answer

    def answer(seen: Seen) -> Answer:
        meeting.wait()
        return plain(seen)

    stub.answer = answer
    listing = find(options(stub, projects=["project-1", "project-2", "project-3", "project-1"]))
    assert len(listing.vms) == 90
    assert stub.tokens == 1


@pytest.mark.parametrize(
    ("words", "zones"),
    [
        ({}, {"us-central1-a", "us-central1-b", "europe-west4-a", "us-east1-b"}),
        ({"regions": ["us-central1"]}, {"us-central1-a", "us-central1-b"}),
        ({"zones": ["us-east1-b"]}, {"us-east1-b"}),
        ({"zones": ["us-east1-b"], "regions": ["europe-west4"]}, {"us-east1-b", "europe-west4-a"}),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_regions_and_zones(stub: Stub, words: dict[str, Any], zones: set[str]) -> None:
    serve(stub, stub_project=40)
    assert {vm.zone for vm in find(options(stub, **words)).vms} == zones


@pytest.mark.parametrize(
    ("words", "filter_"),
    [
        ({}, "(labels.aienv-fleet:*)"),
        ({"owned_only": False}, ""),
        ({"fleets": ["a"]}, '((labels.aienv-fleet = "a"))'),
        ({"fleets": ["a", "b"]}, '((labels.aienv-fleet = "a") OR (labels.aienv-fleet = "b"))'),
        ({"filters": ["labels.team = red"]}, "(labels.aienv-fleet:*) AND (labels.team = red)"),
        (
            {"owned_only": False, "filters": ["labels.a = b", "status = RUNNING"]},
            "(labels.a = b) AND (status = RUNNING)",
        ),
    ],
    ids=str,
)
def test_the_choice_is_google_s(stub: Stub, words: dict[str, Any], filter_: str) -> None:
    assert to_filter(options(stub, **words)) == filter_


def test_a_project_that_fails_is_an_error_unless_told_otherwise(stub: Stub) -> None:
    serve(stub, project_1=30)
    words = {"projects": ["project-1", "project-2"]}
    with pytest.raises(CloudError, match=r"project-2: the permission compute\.instances\.list is missing") as caught:
        find(options(stub, **words))
    assert caught.value.code == "not_authorized"
    listing = find(options(stub, **words, ignore_region_errors=True))
    assert len(listing.vms) == 30
    assert set(listing.failed) == {"project-2"}
    with pytest.raises(CloudError):
        find(options(stub, projects=["project-2"], ignore_region_errors=True))


def test_an_empty_project_beside_one_that_fails_is_no_error(stub: Stub) -> None:
    serve(stub, project_1=0)
    listing = find(options(stub, projects=["project-1", "project-2"], ignore_region_errors=True))
    assert (listing.vms, set(listing.failed)) == ((), {"project-2"})


def test_a_zone_that_does_not_answer_is_an_error_unless_told_otherwise(stub: Stub) -> None:
    page = json.loads(pages(30)[0]) | {"unreachables": ["projects/stub-project/zones/us-central1-f"]}
    stub.script(Answer(body=page))
    with pytest.raises(CloudError, match="us-central1-f"):
        find(options(stub))
    listing = find(options(stub, ignore_region_errors=True))
    assert (len(listing.vms), list(listing.failed)) == (30, ["stub-project us-central1-f"])
    assert not find(options(stub, regions=["europe-west4"])).failed  # it is not among those that are read


def test_throttling_costs_time_and_no_host(stub: Stub, naps: list[float]) -> None:
    serve(stub, stub_project=2000)
    plain, seen = stub.answer, Counter[str]()

    def answer(call: Seen) -> Answer:
        page = call.query.get("pageToken", "0")
        seen[page] += 1
        return plain(call) if seen[page] > 2 else google_error(403, "rateLimitExceeded", "slowly")

    stub.answer = answer
    assert len({vm.id for vm in find(options(stub)).vms}) == 2000
    assert len(naps) == 8


@pytest.mark.parametrize(
    ("words", "option"),
    [
        ({"projects": ["My Project"]}, "projects"),
        ({"regions": ["us-central9"], "endpoint_url": None}, "regions"),
        ({"zones": ["us-central1"], "endpoint_url": None}, "zones"),
        ({"filters": ["(labels.a = b"]}, "filters"),
        ({"filters": [" "]}, "filters"),
        ({"fleets": ["No!"]}, "fleets"),
    ],
)
def test_bad_input(stub: Stub, words: dict[str, Any], option: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        find(options(stub, **words))
    assert caught.value.resource == option
    assert stub.calls == []


# the whole way, with the real ansible-inventory, against the emulator


def test_the_plugin_lists_fleets_in_ready_groups(account: GcpAccount, tmp_path: Path) -> None:
    account.vms(name="train", count=2, labels={"team": "red"})
    account.vms(name="cpu", machine_type="e2-standard-2", image="debian-12")
    account.vms(name="off")
    account.vms(name="off", state="stopped")
    path = tmp_path / "gcp_vm.yml"
    words = {"keyed_groups": [{"prefix": "team", "key": "vm_labels.team | default('none')"}]}
    path.write_text(yaml.safe_dump({"plugin": "aienv.cloud.gcp_vm", **words}))
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-inventory")), "-i", str(path), "--list"],
        env={**account.server.environment(), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    groups = {name: set(group.get("hosts", ())) for name, group in found.items() if name != "_meta"}
    assert groups["cloud_gcp"] == groups["region_us_central1"] == {"train-0", "train-1", "cpu"}
    assert groups["fleet_train"] == groups["gpu_l4"] == groups["team_red"] == {"train-0", "train-1"}
    host = found["_meta"]["hostvars"]["train-1"]
    assert host["vm_machine_type"] == "g2-standard-4"
    assert host["vm_inventory_complete"] is True
    assert host["ansible_host"]
