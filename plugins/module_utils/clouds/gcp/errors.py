# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compute Engine says when it refuses, in our codes: in the answer to a call, or at the end of an operation. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...model.error import CloudError, Code

# Reasons of calls are in camel case, codes of operations in capitals.
# https://cloud.google.com/compute/docs/troubleshooting/troubleshooting-vm-creation, .../api/best-practices (read 2026-11);
# SkyPilot's provisioner treats the same ones as reasons to go elsewhere.
CODES: dict[str, Code] = {
    "ZONE_RESOURCE_POOL_EXHAUSTED": "no_capacity",
    "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS": "no_capacity",
    "REGION_RESOURCE_POOL_EXHAUSTED": "no_capacity",
    "RESOURCE_POOL_EXHAUSTED": "no_capacity",
    "resourcePoolExhausted": "no_capacity",
    "insufficientCapacity": "no_capacity",
    "CapacityExceeded": "no_capacity",
    "VM_MIN_COUNT_NOT_REACHED": "no_capacity",
    "UNSUPPORTED_OPERATION": "unsupported",
    "QUOTA_EXCEEDED": "quota_exceeded",
    "quotaExceeded": "quota_exceeded",
    "LIMIT_EXCEEDED": "quota_exceeded",
    "limitExceeded": "quota_exceeded",
    "rateLimitExceeded": "throttled",
    "userRateLimitExceeded": "throttled",
    "RATE_LIMIT_EXCEEDED": "throttled",
    "RESOURCE_OPERATION_RATE_EXCEEDED": "throttled",
    "notFound": "not_found",
    "RESOURCE_NOT_FOUND": "not_found",
    "alreadyExists": "ambiguous",
    "RESOURCE_ALREADY_EXISTS": "ambiguous",
    "forbidden": "not_authorized",
    "insufficientPermissions": "not_authorized",
    "PERMISSIONS_ERROR": "not_authorized",
    "accessNotConfigured": "not_authorized",
    "SERVICE_DISABLED": "not_authorized",
    "authError": "not_authorized",
    "resourceInUseByAnotherResource": "in_use",
    "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE": "in_use",
    "resourceInUse": "in_use",
}
# Of several errors of one operation the most telling is reported: that a group is not complete says nothing of the reason.
LEAST_TELLING = ("VM_MIN_COUNT_NOT_REACHED",)
STALE = "conditionNotMet"  # somebody changed labels, tags or metadata in between
NOT_READY = "resourceNotReady"
# The type or the accelerator exists, but not in this zone.
NOT_IN_ZONE = re.compile(
    r"(machineTypes|acceleratorTypes)/[\w-]+' was not found|(machine|accelerator) ?type .*(not exist|cannot be found)",
    re.I,
)
REFERENCED = re.compile(
    r"referenced \w+ resource cannot be found"
)  # a 400, where the address is right and leads nowhere
MISSING_PERMISSION = re.compile(r"Required '([\w.]+)' permission for '([^']+)'")
GLOBAL_QUOTA = re.compile(r"\b([A-Z_]+_ALL_REGIONS)\b")  # of GPUs and of CPUs
# Seconds are the server's: such a resource is usually ready within a few.
NOT_READY_ATTEMPTS = 7


def error_of(answer: Any, method: str, project: str) -> CloudError:
    """The error in the answer to a call."""
    try:
        error = answer.json()["error"]
        message = str(error.get("message", ""))
        reasons = [str(item["reason"]) for item in error.get("details") or () if item.get("reason")]  # the more precise
        reasons += [str(item.get("reason", "")) for item in error.get("errors") or ()]
    except (ValueError, KeyError, TypeError, AttributeError):
        detail = f"HTTP {answer.status_code}: the answer does not come from Compute Engine; check endpoint_url and your proxy"
        return CloudError(_of_status(answer.status_code), detail, "gcp", method)
    known = [reason for reason in reasons if reason in CODES]
    reason = (known or reasons or [str(error.get("status", ""))])[0]
    code = CODES.get(reason) or _of_status(answer.status_code)
    return _error(code, reason, message, method, project)


def _of_status(status: int) -> Code:
    by_status: dict[int, Code] = {401: "not_authorized", 403: "not_authorized", 404: "not_found", 429: "throttled"}
    return by_status.get(status, "throttled" if status == 503 else "failed")


def operation_error(operation: Mapping[str, Any], project: str) -> CloudError | None:
    """The error at the end of an operation, the most telling of several."""
    errors: Sequence[Mapping[str, Any]] = (operation.get("error") or {}).get("errors") or ()
    if not errors:
        return None
    chosen = min(errors, key=_rank)
    code = CODES.get(str(chosen.get("code", "")), "failed")
    kind = str(operation.get("operationType", "operation"))
    return _error(code, str(chosen.get("code", "")), str(chosen.get("message", "")), kind, project)


def _rank(error: Mapping[str, Any]) -> tuple[bool, bool]:
    """What stops everything first, then what names a reason."""
    code = str(error.get("code", ""))
    return code in LEAST_TELLING, CODES.get(code) == "no_capacity"


def _error(code: Code, reason: str, message: str, method: str, project: str) -> CloudError:
    if NOT_IN_ZONE.search(message):
        code = "unsupported"
    elif REFERENCED.search(message):
        code = "not_found"
    found = CloudError(code, f"{message} ({reason})" if reason else message, "gcp", method)
    missing = MISSING_PERMISSION.search(message)
    if missing:
        found.detail = f"the permission {missing[1]} is missing on {missing[2]}; docs/gcp-role.yaml lists what is needed ({reason})"
    elif reason in ("accessNotConfigured", "SERVICE_DISABLED"):
        enable = f"gcloud services enable compute.googleapis.com --project {project}"
        found.detail = f"the Compute Engine API is not enabled in the project {project}: {enable} ({reason})"
    elif code == "quota_exceeded":
        where = f"https://console.cloud.google.com/iam-admin/quotas?project={project}"
        found.detail += f"; ask for more at {where}"
        everywhere = GLOBAL_QUOTA.search(message)
        if everywhere:
            found.detail = f"the quota {everywhere[1]} of the project {project} is used up, and it counts in every zone and region: {found.detail}"
            found.final = True
    return found


def passes_by(answer: Any, error: CloudError, attempt: int) -> bool:
    """Whether the same call may succeed a moment later: no answer, throttling, a server's own trouble."""
    if isinstance(answer, CloudError):
        return True
    if f"({NOT_READY})" in error.detail:
        return attempt < NOT_READY_ATTEMPTS
    if error.code == "no_capacity":
        return False
    return error.code == "throttled" or answer.status_code in (429, 500, 502, 503, 504)
