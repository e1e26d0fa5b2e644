"""Operations: their shape, when they are done, waiting, request ids, and a server that is started again."""

from __future__ import annotations

import json
import threading
import time
import uuid
from pathlib import Path

import pytest

from sandbox.gcp.front import Gcp
from tests.unit.sandbox.gcp.api import ZONE, Api, instance

ID = "6b1f2a3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c"


def test_a_change_is_answered_with_a_running_operation(api):
    operation = api("POST", f"{ZONE}/instances", instance(), requestId=ID)
    link = "https://www.googleapis.com/compute/v1/projects/sandbox-project/"
    assert operation["operationType"] == "insert"
    assert (operation["status"], operation["progress"]) == ("RUNNING", 0)
    assert operation["targetLink"] == f"{link}{ZONE}/instances/vm"
    assert operation["zone"] == link + ZONE
    assert operation["clientOperationId"] == ID
    assert "endTime" not in operation
    ended = api("GET", f"{ZONE}/operations/{operation['name']}")
    assert (ended["status"], ended["progress"]) == ("DONE", 100)
    assert ended["targetId"] == api("GET", f"{ZONE}/instances/vm")["id"]
    assert ended["endTime"] >= ended["startTime"]


@pytest.fixture
def slow(api: Api) -> Api:
    """A cloud whose operations take 60 ms."""
    api.gcp.state.pace = 0.06
    return api


def test_effects_show_when_the_operation_is_done(slow):
    slow("GET", "")
    operation = slow("POST", "global/networks", {"name": "own", "autoCreateSubnetworks": False})
    assert slow("GET", f"global/operations/{operation['name']}")["status"] == "RUNNING"
    assert slow.refused("GET", "global/networks/own")["status"] == 404
    # The name is promised already.
    assert slow.refused("POST", "global/networks", {"name": "own"})["status"] == 409
    began = time.monotonic()
    assert slow("POST", f"global/operations/{operation['name']}/wait")["status"] == "DONE"
    assert 0.01 < time.monotonic() - began < 2
    assert slow("GET", "global/networks/own")["name"] == "own"


def test_an_instance_is_seen_on_its_way(slow):
    slow.gcp.state.pace = 0.2
    operation = slow("POST", f"{ZONE}/instances", instance())
    assert slow("GET", f"{ZONE}/instances/vm")["status"] == "PROVISIONING"
    time.sleep(0.12)
    assert slow("GET", f"{ZONE}/instances/vm")["status"] == "STAGING"
    slow("POST", f"{ZONE}/operations/{operation['name']}/wait")
    assert slow("GET", f"{ZONE}/instances/vm")["status"] == "RUNNING"


def test_a_wait_keeps_nobody_else_waiting(slow):
    slow.gcp.state.pace = 0.3
    operation = slow("POST", f"{ZONE}/instances", instance())
    waiting = threading.Thread(target=slow, args=("POST", f"{ZONE}/operations/{operation['name']}/wait"))
    waiting.start()
    began = time.monotonic()
    slow("GET", f"{ZONE}/instances")
    assert time.monotonic() - began < 0.2
    waiting.join(5)


def test_a_wait_ends_unfinished_when_its_time_is_up(slow):
    slow.gcp.state.pace, slow.gcp.state.longest_wait = 60, 0.05
    operation = slow("POST", f"{ZONE}/instances", instance())
    assert slow("POST", f"{ZONE}/operations/{operation['name']}/wait")["status"] == "RUNNING"


def test_the_same_request_id_answers_the_same_operation(api):
    first = api("POST", f"{ZONE}/instances", instance(), requestId=ID)
    again = api("POST", f"{ZONE}/instances", instance(), requestId=ID)
    assert again["name"] == first["name"]
    assert len(api("GET", f"{ZONE}/instances")["items"]) == 1
    other = api.refused("POST", f"{ZONE}/instances", instance(), requestId=str(uuid.uuid4()))
    assert other["status"] == 409


def test_a_failed_request_stays_failed_under_its_id(api):
    api.faults({"kind": "capacity"})
    first = api.ended("POST", f"{ZONE}/instances", instance(), requestId=ID)
    api.faults()
    again = api("POST", f"{ZONE}/instances", instance(), requestId=ID)
    assert (again["name"], again["status"]) == (first["name"], "DONE")
    assert again["error"] == first["error"]


@pytest.mark.parametrize(
    "request_id", ["no-uuid", "00000000-0000-0000-0000-000000000000", "6b1f2a3c0d4e4f5a8b6c7d8e9f0a1b2c"]
)
def test_a_request_id_is_a_uuid_and_not_zero(api, request_id: str):
    assert "requestId" in api.refused("POST", f"{ZONE}/instances", instance(), requestId=request_id)["message"]


def test_operations_are_listed_by_scope_and_over_all(api):
    api.done("POST", f"{ZONE}/instances", instance())
    api.done("POST", "global/networks", {"name": "own", "autoCreateSubnetworks": False})
    assert [each["operationType"] for each in api("GET", f"{ZONE}/operations")["items"]] == ["insert"]
    everything = api("GET", "aggregated/operations")["items"]
    assert len(everything["global"]["operations"]) == 1
    assert len(everything[ZONE]["operations"]) == 1
    assert everything["zones/us-east1-b"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"


def test_an_operation_can_be_found_by_number_and_forgotten(api):
    operation = api("POST", f"{ZONE}/instances", instance())
    assert api("GET", f"{ZONE}/operations/{operation['id']}")["name"] == operation["name"]
    api("DELETE", f"{ZONE}/operations/{operation['name']}")
    assert api.refused("GET", f"{ZONE}/operations/{operation['name']}")["status"] == 404


class TestAfterARestart:
    """A second server on the same folder, while the first one is simply left."""

    def test_everything_is_there(self, tmp_path: Path):
        first = Api(Gcp(tmp_path))
        first.done("POST", f"{ZONE}/instances", instance("a"), requestId=ID)
        first.done("POST", f"{ZONE}/instances", instance("b"))
        first.done("DELETE", f"{ZONE}/instances/b")
        second = Api(Gcp(tmp_path))
        assert [each["name"] for each in second("GET", f"{ZONE}/instances")["items"]] == ["a"]
        assert second("POST", f"{ZONE}/instances", instance("a"), requestId=ID)["operationType"] == "insert"
        second.done("POST", f"{ZONE}/instances", instance("c"))
        assert second("GET", f"{ZONE}/instances/c")["networkInterfaces"][0]["networkIP"] == "10.128.0.3"
        cpus = {each["metric"]: each["usage"] for each in second("GET", "regions/us-central1")["quotas"]}["CPUS"]
        assert cpus == 4

    def test_what_was_begun_is_finished(self, tmp_path: Path):
        first = Api(Gcp(tmp_path, pace=0.8))
        operation = first("POST", f"{ZONE}/instances", instance("a"))
        second = Api(Gcp(tmp_path, pace=0.8))
        assert second("GET", f"{ZONE}/instances/a")["status"] != "RUNNING"
        assert second("POST", f"{ZONE}/operations/{operation['name']}/wait")["status"] == "DONE"
        assert second("GET", f"{ZONE}/instances/a")["status"] == "RUNNING"

    def test_half_a_last_line_is_left_out(self, tmp_path: Path):
        first = Api(Gcp(tmp_path))
        first.done("POST", f"{ZONE}/instances", instance("a"))
        journal = tmp_path / "journal.jsonl"
        journal.write_text(journal.read_text() + '{"ref": ["sandbox-pro')
        assert len(Api(Gcp(tmp_path))("GET", f"{ZONE}/instances")["items"]) == 1

    def test_the_journal_is_made_short(self, tmp_path: Path):
        first = Api(Gcp(tmp_path))
        for _ in range(20):
            first.done("POST", f"{ZONE}/instances", instance("a"))
            first.done("DELETE", f"{ZONE}/instances/a")
        Gcp(tmp_path)
        entries = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
        assert all("body" in entry for entry in entries)
        assert not any(entry["ref"][2] == "instances" for entry in entries)

    def test_a_reset_forgets_it_in_the_journal_too(self, tmp_path: Path):
        first = Gcp(tmp_path)
        Api(first).done("POST", f"{ZONE}/instances", instance("a"))
        first.state.reset()
        assert "items" not in Api(Gcp(tmp_path))("GET", f"{ZONE}/instances")
