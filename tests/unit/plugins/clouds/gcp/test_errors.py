"""What Google says when it refuses, in our codes and in sentences that one can act on."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.errors import error_of, operation_error
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError


def said(status: int, reason: str, message: str, more: Mapping[str, Any] | None = None) -> CloudError:
    errors = [{"reason": reason, "message": message}]
    body = {"error": {"code": status, "message": message, "errors": errors, **(more or {})}}
    return error_of(SimpleNamespace(status_code=status, json=lambda: body), "instances.insert", "my-project")


def ended(*errors: tuple[str, str]) -> CloudError:
    listed = [{"code": code, "message": message} for code, message in errors]
    found = operation_error({"operationType": "insert", "error": {"errors": listed}}, "my-project")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "reason", "ours"),
    [
        (400, "invalid", "failed"),
        (400, "resourceInUseByAnotherResource", "in_use"),
        (401, "authError", "not_authorized"),
        (403, "forbidden", "not_authorized"),
        (403, "quotaExceeded", "quota_exceeded"),
        (403, "rateLimitExceeded", "throttled"),
        (404, "notFound", "not_found"),
        (409, "alreadyExists", "ambiguous"),
        (412, "conditionNotMet", "failed"),
        (429, "unheardOf", "throttled"),
        (403, "unheardOf", "not_authorized"),
        (503, "backendError", "throttled"),
        (500, "internalError", "failed"),
    ],
)
def test_codes_of_answers(status: int, reason: str, ours: str) -> None:
    error = said(status, reason, "words of Google")
    assert (error.code, error.cloud, error.operation) == (ours, "gcp", "instances.insert")
    assert "words of Google" in error.detail
    assert reason in error.detail


@pytest.mark.parametrize(
    ("code", "ours"),
    [
        ("ZONE_RESOURCE_POOL_EXHAUSTED", "no_capacity"),
        ("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", "no_capacity"),
        ("insufficientCapacity", "no_capacity"),
        ("VM_MIN_COUNT_NOT_REACHED", "no_capacity"),
        ("UNSUPPORTED_OPERATION", "unsupported"),
        ("QUOTA_EXCEEDED", "quota_exceeded"),
        ("RESOURCE_NOT_FOUND", "not_found"),
        ("RESOURCE_ALREADY_EXISTS", "ambiguous"),
        ("PERMISSIONS_ERROR", "not_authorized"),
        ("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", "in_use"),
        ("INTERNAL_ERROR", "failed"),
    ],
)
def test_codes_of_operations(code: str, ours: str) -> None:
    assert ended((code, "words")).code == ours


def test_an_operation_without_error() -> None:
    assert operation_error({"status": "DONE"}, "p") is None


def test_the_most_telling_of_several_errors_is_reported() -> None:
    summary = ("VM_MIN_COUNT_NOT_REACHED", "Requested minimum count of 4 VMs could not be created.")
    stock = ("ZONE_RESOURCE_POOL_EXHAUSTED", "The zone does not have enough resources.")
    quota = ("QUOTA_EXCEEDED", "Quota 'NVIDIA_L4_GPUS' exceeded. Limit: 1.0 in region us-central1.")
    assert "does not have enough" in ended(summary, stock).detail
    assert ended(summary, stock, quota).code == "quota_exceeded"
    assert ended(summary).code == "no_capacity"


def test_a_missing_permission_is_named() -> None:
    message = (
        "Required 'compute.instances.create' permission for 'projects/my-project/zones/us-central1-a/instances/vm'"
    )
    error = said(403, "forbidden", message)
    assert error.code == "not_authorized"
    assert "the permission compute.instances.create is missing on projects/my-project/zones" in error.detail
    assert "docs/gcp-role.yaml" in error.detail


@pytest.mark.parametrize("by_detail", [False, True])
def test_an_api_that_is_not_enabled_says_how_to(by_detail: bool) -> None:
    message = "Compute Engine API has not been used in project 123 before or it is disabled."
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED"}]
    more = {"status": "PERMISSION_DENIED", "details": details} if by_detail else {}
    error = said(403, "forbidden" if by_detail else "accessNotConfigured", message, more)
    assert error.code == "not_authorized"
    assert "gcloud services enable compute.googleapis.com --project my-project" in error.detail


def test_a_quota_says_where_more_is_asked_for() -> None:
    error = ended(("QUOTA_EXCEEDED", "Quota 'NVIDIA_L4_GPUS' exceeded.  Limit: 1.0 in region us-central1."))
    assert (error.code, error.final) == ("quota_exceeded", False)
    assert "https://console.cloud.google.com/iam-admin/quotas?project=my-project" in error.detail


def test_the_quota_of_cpus_in_all_regions_counts_everywhere_too() -> None:
    error = ended(("QUOTA_EXCEEDED", "Quota 'CPUS_ALL_REGIONS' exceeded.  Limit: 32.0 globally."))
    assert (error.code, error.final) == ("quota_exceeded", True)


def test_a_field_that_is_missing_is_no_question_of_rights() -> None:
    assert said(400, "required", "Required field 'resource' not specified").code == "failed"


@pytest.mark.parametrize("sync", [False, True], ids=["operation", "answer"])
def test_the_quota_that_counts_everywhere_stops_the_walk(sync: bool) -> None:
    message = "Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally."
    error = said(403, "quotaExceeded", message) if sync else ended(("QUOTA_EXCEEDED", message))
    assert error.code == "quota_exceeded"
    assert error.final
    assert "GPUS_ALL_REGIONS of the project my-project" in error.detail
    assert "iam-admin/quotas?project=my-project" in error.detail


@pytest.mark.parametrize(
    ("status", "reason", "message"),
    [
        (404, "notFound", "The resource 'projects/p/zones/us-central1-f/machineTypes/g2-standard-4' was not found"),
        (400, "invalid", "Invalid value for field 'resource.machineType': '…'. Machine type with name 'g2-standard-4' does not exist in zone 'us-central1-f'."),
        (404, "notFound", "The resource 'projects/p/zones/z/acceleratorTypes/nvidia-tesla-t4' was not found"),
        (400, "invalid", "Invalid value for field 'x': '…'. The referenced machineType resource cannot be found."),
    ],
)  # fmt: skip
def test_a_type_that_a_zone_does_not_have_sends_to_the_next_zone(status: int, reason: str, message: str) -> None:
    assert said(status, reason, message).code == "unsupported"


def test_another_thing_that_is_not_found_does_not() -> None:
    assert (
        said(404, "notFound", "The resource 'projects/p/global/images/family/none' was not found").code == "not_found"
    )
