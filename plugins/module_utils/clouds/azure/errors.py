# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's error codes in our words, with the sentence that helps where Azure's own does not. Pure.

Codes: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors,
https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/error-messages (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...model.error import CloudError, Code

CODES: dict[str, Code] = {
    "AllocationFailed": "no_capacity",
    "ZonalAllocationFailed": "no_capacity",
    "OverconstrainedAllocationRequest": "no_capacity",
    "OverconstrainedZonalAllocationRequest": "no_capacity",
    "SkuNotAvailable": "no_capacity",
    "SpotPriceExceeded": "no_capacity",
    "SubnetIsFull": "no_capacity",
    "QuotaExceeded": "quota_exceeded",
    "ResourceQuotaExceeded": "quota_exceeded",
    "SubscriptionQuotaExceeded": "quota_exceeded",
    "AvailabilityZoneNotSupported": "unsupported",
    "LocationNotSupportAvailabilityZones": "unsupported",
    "ZonesNotAllowedForResource": "unsupported",
    "NotAvailableForSubscription": "unsupported",
    "AuthorizationFailed": "not_authorized",
    "LinkedAuthorizationFailed": "not_authorized",
    "AuthenticationFailed": "not_authorized",
    "ExpiredAuthenticationToken": "not_authorized",
    "InvalidAuthenticationToken": "not_authorized",
    "InvalidAuthenticationTokenTenant": "not_authorized",
    "InvalidSubscriptionId": "not_found",
    "SubscriptionNotFound": "not_found",
    "ResourceGroupNotFound": "not_found",
    "ResourceNotFound": "not_found",
    "NotFound": "not_found",
    "ParentResourceNotFound": "not_found",
    "InvalidResourceReference": "not_found",
    "PlatformImageNotFound": "not_found",
    "ImageNotFound": "not_found",
    "GalleryImageNotFound": "not_found",
    "ResourceGroupBeingDeleted": "in_use",
    "TooManyRequests": "throttled",
    "SubscriptionRequestsThrottled": "throttled",
}
# Another operation is busy with the same resource; Azure's advice is to ask again. Compute has no code of its own for it.
BUSY = ("AnotherOperationInProgress", "RetryableError", "OperationPreempted")
BUSY_WORDS = re.compile(
    r"another operation|concurrent request|conflicting user operation|operation .* in progress", re.I
)
HINTS = {
    "PreconditionFailed": "somebody else changed it at the same moment; run this again",
    "SubscriptionNotFound": "check subscription_id with: az account list --all",
    "InvalidSubscriptionId": "check subscription_id with: az account list --all",
    "ResourceGroupNotFound": "azure_network makes it, or: az group create",
    "InvalidAuthenticationTokenTenant": "the credentials belong to another tenant; set AZURE_TENANT_ID, or: az login --tenant",
    "MarketplacePurchaseEligibilityFailed": "accept the image's terms with: az vm image terms accept",
}


@dataclass
class AzureError(CloudError):
    """As CloudError, with Azure's own code and the HTTP status, for those who must tell cases apart."""

    azure_code: str = ""
    status: int = 0


def is_busy(error: AzureError) -> bool:
    return error.azure_code in BUSY or (error.status == 409 and bool(BUSY_WORDS.search(error.detail)))


def code_of(azure_code: str, message: str = "", status: int = 0, target: str = "") -> Code:
    """Our code for one of Azure's."""
    if azure_code in CODES:
        return CODES[azure_code]
    if azure_code.startswith("InUse") or azure_code.endswith(("InUse", "CannotBeDeleted")):
        return "in_use"
    # vCPU quotas come as OperationNotAllowed or, with many a resource, as <Kind>CountLimitReached.
    if azure_code.endswith("LimitReached") or (
        azure_code in ("OperationNotAllowed", "Conflict") and re.search(r"exceeding .*quota|quota limit", message, re.I)
    ):
        return "quota_exceeded"
    # https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/restart-resize-error-troubleshooting (read 2026-11)
    if azure_code == "OperationNotAllowed" and "current hardware cluster" in message:
        return "no_capacity"
    if azure_code == "InvalidParameter" and target.lower().endswith("vmsize"):
        return "unsupported"  # the location lacks the size
    if status in (401, 403):
        return "not_authorized"
    return {404: "not_found", 429: "throttled"}.get(status, "failed")  # type: ignore[return-value]


def failure_in(vm: Mapping[str, Any]) -> dict[str, Any]:
    """Why a VM could not be made, as an answer would say it: its instance view has `ProvisioningState/failed/<code>`."""
    view = vm.get("properties", {}).get("instanceView") or {}
    for status in view.get("statuses") or ():
        kind, *rest = str(status.get("code") or "").split("/")
        if kind.lower() == "provisioningstate" and [word.lower() for word in rest[:1]] == ["failed"]:
            return {"error": {"code": rest[-1], "message": status.get("message") or "it could not be made"}}
    return {}


def translated(body: Any, status: int, operation: str, resource: str = "") -> AzureError:
    """The error of an answer or of an operation's end; the innermost one where Azure wraps it."""
    error = body.get("error", body) if isinstance(body, Mapping) else {}
    error = error if isinstance(error, Mapping) else {}
    azure_code = str(error.get("code") or "")
    details = [detail for detail in error.get("details") or () if isinstance(detail, Mapping) and detail.get("code")]
    if azure_code not in CODES and len(details) == 1:
        error, azure_code = details[0], str(details[0]["code"])
    message = str(error.get("message") or f"HTTP {status}").strip()
    code = code_of(azure_code, message, status, str(error.get("target") or ""))
    if code == "not_authorized" and azure_code not in CODES and status == 403:
        message = f"Azure refuses it: {message}"
    found = AzureError(code, _sentence(azure_code, message), "azure", operation, resource)
    found.azure_code, found.status = azure_code, status
    return found


def _sentence(azure_code: str, message: str) -> str:
    hint = HINTS.get(azure_code)
    if azure_code == "MissingSubscriptionRegistration":
        found = re.search(r"Microsoft\.\w+", message)
        hint = f"register it with: az provider register --namespace {found[0] if found else 'Microsoft.Compute'} --wait"
    return f"{message} ({azure_code})" + (f"; {hint}" if hint else "") if azure_code else message
