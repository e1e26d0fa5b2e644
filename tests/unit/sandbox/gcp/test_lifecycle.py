"""Instances through their states, and changes that fingerprints and states allow or refuse."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import REGION, ZONE, instance

VM = f"{ZONE}/instances/vm"
LIMITED = {"maxRunDuration": {"seconds": "3600"}, "instanceTerminationAction": "STOP"}


def status(api) -> str:
    return str(api("GET", VM)["status"])


def test_stop_start_reset_delete(api, make):
    made = make()
    api.done("POST", f"{VM}/reset")
    assert made["id"] in api.gcp.state.reboots
    api.done("POST", f"{VM}/stop")
    assert status(api) == "TERMINATED"
    assert "lastStopTimestamp" in api("GET", VM)
    api.done("POST", f"{VM}/stop")
    assert api.refused("POST", f"{VM}/reset")["reason"] == "resourceNotReady"
    api.done("POST", f"{VM}/start")
    assert status(api) == "RUNNING"
    api.done("POST", f"{VM}/start")
    assert api("GET", VM)["networkInterfaces"] == made["networkInterfaces"]
    api.done("DELETE", VM)
    refusal = api.refused("GET", VM)
    assert (refusal["status"], refusal["reason"]) == (404, "notFound")
    assert refusal["message"] == f"The resource 'projects/sandbox-project/{VM}' was not found"
    assert api.refused("GET", f"{ZONE}/disks/vm")["status"] == 404


def test_an_external_address_is_lost_over_a_stop_unless_it_is_reserved(api, make):
    api.done("POST", f"{REGION}/addresses", {"name": "out"})
    reserved = api("GET", f"{REGION}/addresses/out")["address"]
    for name, access in (("a", {}), ("b", {"natIP": reserved})):
        make(name, networkInterfaces=[{"network": "global/networks/default", "accessConfigs": [access]}])
        api.done("POST", f"{ZONE}/instances/{name}/stop")

    def shown(name: str) -> dict[str, Any]:
        return dict(api("GET", f"{ZONE}/instances/{name}")["networkInterfaces"][0]["accessConfigs"][0])

    assert "natIP" not in shown("a")
    assert shown("b")["natIP"] == reserved
    api.done("POST", f"{ZONE}/instances/a/start")
    assert shown("a")["natIP"].startswith("34.")


def test_suspend_and_resume(api, make):
    make()
    api.done("POST", f"{VM}/suspend")
    assert status(api) == "SUSPENDED"
    api.done("POST", f"{VM}/resume")
    assert status(api) == "RUNNING"


def test_an_instance_with_a_gpu_cannot_be_suspended(api, make):
    make(machineType="g2-standard-4", scheduling={"onHostMaintenance": "TERMINATE"})
    assert "do not support suspend" in api.refused("POST", f"{VM}/suspend")["message"]


def test_a_protected_instance_stays(api, make):
    make(deletionProtection=True)
    assert "protected against deletion" in api.refused("DELETE", VM)["message"]
    api.done("POST", f"{VM}/setDeletionProtection", deletionProtection="false")
    api.done("DELETE", VM)


@pytest.mark.parametrize(("action", "expected"), [("STOP", "TERMINATED"), ("DELETE", "")])
def test_a_limited_run_ends_by_itself(api, make, monkeypatch, action: str, expected: str):
    made = make(scheduling={**LIMITED, "instanceTerminationAction": action})
    assert made["resourceStatus"]["scheduling"]["terminationTimestamp"]
    later = time.time() + 3601
    monkeypatch.setattr(api.gcp.state, "now", lambda: later)
    found = api("GET", f"{ZONE}/instances").get("items", [])
    assert [each["status"] for each in found] == ([expected] if expected else [])


def test_a_stop_in_between_ends_the_limit(api, make, monkeypatch):
    make(scheduling=LIMITED)
    api.done("POST", f"{VM}/stop")
    now = time.time()
    monkeypatch.setattr(api.gcp.state, "now", lambda: now + 3000)
    api.done("POST", f"{VM}/start")
    monkeypatch.setattr(api.gcp.state, "now", lambda: now + 3700)
    assert status(api) == "RUNNING"
    monkeypatch.setattr(api.gcp.state, "now", lambda: now + 6700)
    assert status(api) == "TERMINATED"


CHANGES: list[tuple[str, str, dict[str, Any], Any]] = [
    ("setLabels", "labelFingerprint", {"labels": {"x": "y"}}, lambda vm: vm["labels"] == {"x": "y"}),
    (
        "setMetadata",
        "metadata.fingerprint",
        {"items": [{"key": "k", "value": "v"}]},
        lambda vm: vm["metadata"]["items"] == [{"key": "k", "value": "v"}],
    ),
    ("setTags", "tags.fingerprint", {"items": ["b", "a"]}, lambda vm: vm["tags"]["items"] == ["a", "b"]),
]


@pytest.mark.parametrize(("verb", "place", "body", "holds"), CHANGES, ids=[case[0] for case in CHANGES])
def test_a_change_needs_the_present_fingerprint(api, make, verb: str, place: str, body: dict[str, Any], holds: Any):
    made = make(labels={"old": ""}, tags={"items": ["old"]})
    member, _, inner = place.partition(".")
    name = inner or member
    old = made[member][inner] if inner else made[member]
    for stale in ({}, {name: "AAAAAAAAAAA="}):
        refusal = api.refused("POST", f"{VM}/{verb}", {**body, **stale})
        assert (refusal["status"], refusal["reason"]) == (412, "conditionNotMet")
        assert refusal["body"]["errors"][0]["location"] == "If-Match"
    api.done("POST", f"{VM}/{verb}", {**body, name: old})
    changed = api("GET", VM)
    assert holds(changed)
    assert (changed[member][inner] if inner else changed[member]) != old
    assert api.refused("POST", f"{VM}/{verb}", {**body, name: old})["status"] == 412


def test_of_two_changes_under_one_fingerprint_the_second_is_refused(api, make):
    make()
    made = api("GET", VM)
    api.gcp.state.pace = 60
    body = {"labels": {"a": "1"}, "labelFingerprint": made["labelFingerprint"]}
    api("POST", f"{VM}/setLabels", body)
    assert api.refused("POST", f"{VM}/setLabels", {**body, "labels": {"b": "2"}})["status"] == 412


def test_labels_can_all_go(api, make):
    made = make(labels={"a": "b"})
    api.done("POST", f"{VM}/setLabels", {"labelFingerprint": made["labelFingerprint"]})
    assert "labels" not in api("GET", VM)


STOPPED_ONLY = [
    ("setMachineType", {"machineType": f"{ZONE}/machineTypes/e2-medium"}, "machine type"),
    ("setServiceAccount", {"email": "a@b.c", "scopes": []}, "service account"),
    ("setScheduling", LIMITED, "scheduling"),
]


@pytest.mark.parametrize(("verb", "body", "word"), STOPPED_ONLY, ids=[case[0] for case in STOPPED_ONLY])
def test_some_changes_need_a_stopped_instance(api, make, verb: str, body: dict[str, Any], word: str):
    make()
    assert f"before you change its {word}" in api.refused("POST", f"{VM}/{verb}", body)["message"]
    api.done("POST", f"{VM}/stop")
    api.done("POST", f"{VM}/{verb}", body)
    api.done("POST", f"{VM}/start")


def test_a_changed_machine_type_brings_its_gpu_and_takes_it_away(api, make):
    make(scheduling={"onHostMaintenance": "TERMINATE"})
    api.done("POST", f"{VM}/stop")
    api.done("POST", f"{VM}/setMachineType", {"machineType": f"{ZONE}/machineTypes/g2-standard-4"})
    assert api("GET", VM)["guestAccelerators"][0]["acceleratorType"].endswith("nvidia-l4")
    api.done("POST", f"{VM}/setMachineType", {"machineType": f"{ZONE}/machineTypes/e2-small"})
    assert "guestAccelerators" not in api("GET", VM)
    refusal = api.refused("POST", f"{VM}/setMachineType", {"machineType": f"{ZONE}/machineTypes/e9"})
    assert "does not exist in zone" in refusal["message"]


def test_scheduling_of_a_running_instance_changes_where_it_may(api, make):
    make()
    api.done("POST", f"{VM}/setScheduling", {"automaticRestart": False})
    assert api("GET", VM)["scheduling"]["automaticRestart"] is False


def test_a_disk_grows_and_its_instance_shows_it(api, make):
    make()
    assert "must be larger" in api.refused("POST", f"{ZONE}/disks/vm/resize", {"sizeGb": "10"})["message"]
    api.done("POST", f"{ZONE}/disks/vm/resize", {"sizeGb": "20"})
    assert api("GET", f"{ZONE}/disks/vm")["sizeGb"] == "20"
    assert api("GET", VM)["disks"][0]["diskSizeGb"] == "20"
    assert api.refused("DELETE", f"{ZONE}/disks/vm")["reason"] == "resourceInUseByAnotherResource"


def test_a_disk_can_be_told_to_stay(api, make):
    make()
    api.done("POST", f"{VM}/setDiskAutoDelete", autoDelete="false", deviceName="persistent-disk-0")
    api.done("DELETE", VM)
    assert api("GET", f"{ZONE}/disks/vm")["name"] == "vm"


def test_a_placement_policy_is_in_use(api, make):
    body = {"name": "close", "groupPlacementPolicy": {"collocation": "COLLOCATED"}}
    api.done("POST", f"{REGION}/resourcePolicies", body)
    make(resourcePolicies=[f"{REGION}/resourcePolicies/close"], machineType="n2-standard-2")
    refusal = api.refused("DELETE", f"{REGION}/resourcePolicies/close")
    assert refusal["reason"] == "resourceInUseByAnotherResource"
    assert refusal["message"].endswith(f"is already being used by 'projects/sandbox-project/{VM}'")
    api.done("DELETE", VM)
    api.done("DELETE", f"{REGION}/resourcePolicies/close")


def test_a_t4_is_attached_to_a_stopped_n1(api, make):
    make(machineType="n1-standard-4", scheduling={"onHostMaintenance": "TERMINATE"})
    api.done("POST", f"{VM}/stop")
    gpu = {"acceleratorType": f"{ZONE}/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}
    api.done("POST", f"{VM}/setMachineResources", {"guestAccelerators": [gpu]})
    assert api("GET", VM)["guestAccelerators"][0]["acceleratorCount"] == 1


def test_shielded_options(api, make):
    make()
    api.done("POST", f"{VM}/stop")
    api.done("PATCH", f"{VM}/updateShieldedInstanceConfig", {"enableSecureBoot": True})
    assert api("GET", VM)["shieldedInstanceConfig"]["enableSecureBoot"] is True


def test_who_stops_a_local_ssd_says_what_becomes_of_it(api, make):
    make(machineType="a3-highgpu-8g", scheduling={"onHostMaintenance": "TERMINATE"})
    assert "undefined value for `discardLocalSsd`" in api.refused("POST", f"{VM}/stop")["message"]
    api.done("POST", f"{VM}/stop", discardLocalSsd="true")
    limited = {**LIMITED, "onHostMaintenance": "TERMINATE"}
    refusal = api.refused("POST", f"{VM}/setScheduling", limited)
    assert "must set onInstanceStopAction.discardLocalSsd" in refusal["message"]
    api.done("POST", f"{VM}/setScheduling", {**limited, "onInstanceStopAction": {"discardLocalSsd": True}})


def test_an_old_preemptible_instance(make):
    scheduling = make(scheduling={"preemptible": True})["scheduling"]
    assert (scheduling["provisioningModel"], scheduling["automaticRestart"]) == ("STANDARD", False)


def test_another_zone_does_not_know_it(api, make):
    make()
    assert api.refused("GET", "zones/us-central1-b/instances/vm")["status"] == 404
    assert api("GET", "zones/us-central1-b/instances").get("items") is None
    api.done(
        "POST",
        "zones/us-central1-b/instances",
        {**instance(), "machineType": "zones/us-central1-b/machineTypes/e2-small"},
    )
