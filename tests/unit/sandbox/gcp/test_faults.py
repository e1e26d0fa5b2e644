"""The neutral faults in Compute Engine's words: on the wire, and in operations."""

from __future__ import annotations

import time

import pytest

from tests.unit.sandbox.gcp.api import ZONE, instance, properties

GPU = {"machineType": "g2-standard-4", "scheduling": {"onHostMaintenance": "TERMINATE"}}


def launch(api, name: str = "vm", **changes):
    return api.ended("POST", f"{ZONE}/instances", instance(name, **changes))


def test_too_many_calls(api):
    api.faults({"kind": "throttle", "times": 1, "retry_after": 3})
    status, body, headers = api.raw("GET", f"{ZONE}/instances")
    assert (status, body["error"]["errors"][0]["reason"]) == (403, "rateLimitExceeded")
    assert headers["Retry-After"] == "3"
    assert body["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    api("GET", f"{ZONE}/instances")


@pytest.mark.parametrize("status", [429, 503])
def test_an_error_that_passes_tells_when_to_come_back(api, status: int):
    api.faults({"kind": "error", "code": "backendError", "status": status, "times": 1})
    found, body, headers = api.raw("GET", f"{ZONE}/instances")
    assert (found, body["error"]["errors"][0]["reason"], headers["Retry-After"]) == (status, "backendError", "1")


@pytest.mark.parametrize(
    ("operation", "method", "path", "message"),
    [
        (
            "instances.insert",
            "POST",
            f"{ZONE}/instances",
            f"Required 'compute.instances.create' permission for 'projects/sandbox-project/{ZONE}/instances'",
        ),
        (
            "instances.setLabels",
            "POST",
            f"{ZONE}/instances/vm/setLabels",
            f"Required 'compute.instances.setLabels' permission for 'projects/sandbox-project/{ZONE}/instances/vm'",
        ),
        (
            "firewalls.delete",
            "DELETE",
            "global/firewalls/f",
            "Required 'compute.firewalls.delete' permission for 'projects/sandbox-project/global/firewalls/f'",
        ),
    ],
)
def test_a_missing_permission_is_named(api, operation: str, method: str, path: str, message: str):
    api.faults({"kind": "error", "code": "forbidden", "status": 403, "operations": [operation]})
    refusal = api.refused(method, path, {})
    assert (refusal["status"], refusal["reason"], refusal["message"]) == (403, "forbidden", message)


def test_no_capacity(api):
    api.faults({"kind": "capacity", "zones": ["us-central1-a"]})
    operation = launch(api)
    assert operation["httpErrorStatusCode"] == 503
    assert operation["httpErrorMessage"] == "SERVICE UNAVAILABLE"
    error = operation["error"]["errors"][0]
    assert error["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED"
    assert "does not have enough resources available to fulfill the request" in error["message"]
    assert api.refused("GET", f"{ZONE}/instances/vm")["status"] == 404
    other = {**instance(), "machineType": "zones/us-central1-b/machineTypes/e2-small"}
    api.done("POST", "zones/us-central1-b/instances", other)


def test_no_capacity_for_a_gpu_comes_with_details(api):
    api.faults({"kind": "capacity"})
    error = launch(api, **GPU)["error"]["errors"][0]
    assert error["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"
    info = error["errorDetails"][2]["errorInfo"]
    assert info["metadatas"]["attachment"] == "nvidia-l4:1"
    assert info["reason"] == "resource_availability"


def test_no_capacity_to_start_again(api):
    launch(api)
    api.done("POST", f"{ZONE}/instances/vm/stop")
    api.faults({"kind": "capacity"})
    assert (
        api.ended("POST", f"{ZONE}/instances/vm/start")["error"]["errors"][0]["code"] == "ZONE_RESOURCE_POOL_EXHAUSTED"
    )
    assert api("GET", f"{ZONE}/instances/vm")["status"] == "TERMINATED"


@pytest.mark.parametrize(
    ("rule", "changes", "message", "limit_name"),
    [
        (
            {"regions": ["us-central1"]},
            {},
            "Quota 'CPUS' exceeded.  Limit: 0.0 in region us-central1.",
            "CPUS-per-project-region",
        ),
        (
            {"regions": ["us-central1"]},
            GPU,
            "Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 0.0 in region us-central1.",
            "NVIDIA-L4-GPUS-per-project-region",
        ),
        ({}, GPU, "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.", "GPUS-ALL-REGIONS-per-project"),
        ({}, {}, "Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.", "CPUS-ALL-REGIONS-per-project"),
    ],
)
def test_a_quota_is_used_up(api, rule: dict, changes: dict, message: str, limit_name: str):
    api.faults({"kind": "quota", **rule})
    operation = launch(api, **changes)
    assert (operation["httpErrorStatusCode"], operation["httpErrorMessage"]) == (403, "FORBIDDEN")
    error = operation["error"]["errors"][0]
    assert (error["code"], error["message"]) == ("QUOTA_EXCEEDED", message)
    assert error["errorDetails"][0]["quotaInfo"]["limitName"] == limit_name


def test_a_quota_that_is_really_used_up(api, monkeypatch):
    monkeypatch.setattr("sandbox.gcp.quotas.GPU_LIMIT", 1.0)
    from sandbox.gcp import quotas

    quotas.regional_limits.cache_clear()
    try:
        launch(api, "a", **GPU)
        assert launch(api, "b", **GPU)["error"]["errors"][0]["message"].startswith(
            "Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 1.0"
        )
        api.done("POST", f"{ZONE}/instances/a/stop")
        assert "error" not in launch(api, "c", **GPU)
    finally:
        quotas.regional_limits.cache_clear()


def test_quotas_are_counted_by_region_and_over_all(api):
    launch(api, **GPU)
    region = {each["metric"]: each["usage"] for each in api("GET", "regions/us-central1")["quotas"]}
    assert (region["NVIDIA_L4_GPUS"], region["INSTANCES"], region["CPUS"]) == (1, 1, 4)
    assert {each["metric"]: each["usage"] for each in api("GET", "")["quotas"]}["GPUS_ALL_REGIONS"] == 1
    api.done("POST", f"{ZONE}/instances/vm/stop")
    region = {each["metric"]: each["usage"] for each in api("GET", "regions/us-central1")["quotas"]}
    assert (region["NVIDIA_L4_GPUS"], region["INSTANCES"]) == (0, 1)


def test_a_slow_boot_and_a_slow_stop(api):
    api.faults({"kind": "slow_boot", "seconds": 0.2}, {"kind": "slow_stop", "seconds": 0.2})
    operation = api("POST", f"{ZONE}/instances", instance())
    assert api("GET", f"{ZONE}/instances/vm")["status"] == "PROVISIONING"
    assert api.refused("POST", f"{ZONE}/instances/vm/stop")["reason"] == "resourceNotReady"
    api("POST", f"{ZONE}/operations/{operation['name']}/wait")
    api("POST", f"{ZONE}/instances/vm/stop")
    assert api("GET", f"{ZONE}/instances/vm")["status"] == "STOPPING"
    time.sleep(0.21)
    assert api("GET", f"{ZONE}/instances/vm")["status"] == "TERMINATED"
    api("DELETE", f"{ZONE}/instances/vm")
    assert api("GET", f"{ZONE}/instances/vm")["status"] == "TERMINATED"
    time.sleep(0.21)
    assert api.refused("GET", f"{ZONE}/instances/vm")["status"] == 404


def test_stale_lists(api):
    api.faults({"kind": "stale_reads", "seconds": 0.3})
    launch(api, "a")
    assert "items" not in api("GET", f"{ZONE}/instances")
    assert api("GET", f"{ZONE}/instances/a")["name"] == "a"
    time.sleep(0.35)
    api.done("DELETE", f"{ZONE}/instances/a")
    assert api("GET", f"{ZONE}/instances")["items"][0]["status"] == "RUNNING"
    scope = api("GET", "aggregated/instances")["items"][ZONE]
    assert [each["name"] for each in scope["instances"]] == ["a"]
    time.sleep(0.35)
    assert "items" not in api("GET", f"{ZONE}/instances")


def test_spot_has_its_own_capacity(api):
    api.faults({"kind": "capacity", "markets": ["spot"]})
    assert "error" in launch(api, "a", scheduling={"provisioningModel": "SPOT"})
    assert "error" not in launch(api, "b")


def test_machines_use_up_what_a_rule_leaves(api):
    api.faults({"kind": "capacity", "available": 3})
    body = {"count": "2", "namePattern": "vm-#", "instanceProperties": properties()}
    api.done("POST", f"{ZONE}/instances/bulkInsert", body)
    assert "error" in api.ended("POST", f"{ZONE}/instances/bulkInsert", body)
    assert "error" not in launch(api, "one")


def test_calls_are_counted_by_method(api):
    api.gcp.state.calls.clear()
    launch(api)
    api("GET", "aggregated/instances")
    assert api.gcp.state.calls.as_json()["actions"] == {
        "instances.aggregatedList": 1,
        "instances.insert": 1,
        "operations.wait": 1,
    }
    assert api.gcp.state.calls.as_json()["log"][0]["region"] == "us-central1"
