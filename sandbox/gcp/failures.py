"""How an operation fails: the codes and texts that Compute Engine writes into operation.error.

Texts as quoted in public issue reports: kubernetes/k8s.io#9834 (2026-08), GoogleCloudPlatform/ai-on-gke#849 (2024-10),
fastai/course-v3#165, googleapis/google-cloud-go#5168.
"""

from __future__ import annotations

from typing import Any

HTTP = {
    400: "BAD REQUEST",
    403: "FORBIDDEN",
    404: "NOT FOUND",
    409: "CONFLICT",
    500: "INTERNAL SERVER ERROR",
    503: "SERVICE UNAVAILABLE",
}
HELP: dict[str, Any] = {
    "help": {
        "links": [
            {
                "description": "Troubleshooting documentation",
                "url": "https://cloud.google.com/compute/docs/resource-error",
            }
        ]
    }
}


class Failed(Exception):
    """The error of an operation."""

    def __init__(self, code: str, message: str, status: int, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.details = code, message, status, details

    @property
    def http(self) -> str:
        return HTTP[self.status]

    def as_json(self) -> dict[str, Any]:
        """One entry of operation.error.errors."""
        shown: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.details:
            shown["errorDetails"] = self.details
        return shown

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Failed:
        """A failure out of a task's arguments."""
        return cls(kept["code"], kept["message"], kept["status"], kept.get("details"))

    def kept(self) -> dict[str, Any]:
        """The failure for a task's arguments."""
        return {"code": self.code, "message": self.message, "status": self.status, "details": self.details}


def exhausted(project: str, zone: str, machine_type: str, gpus: list[tuple[str, int]]) -> Failed:
    """The zone has no such machine left."""
    attachment = ",".join(f"{name}:{count}" for name, count in gpus)
    with_gpus = " with " + ", ".join(f"{count} {name} accelerator(s)" for name, count in gpus) if gpus else ""
    facts = {"attachment": attachment, "vmType": machine_type, "zone": zone, "zonesAvailable": ""}
    message = (
        f"A {machine_type} VM instance{with_gpus} is currently unavailable in the {zone} zone. Alternatively, you can try "
        "your request again with a different VM hardware configuration or at a later time. For more information, see the "
        "troubleshooting documentation."
    )
    details: list[dict[str, Any]] = [
        HELP,
        {"localizedMessage": {"locale": "en-US", "message": message}},
        {"errorInfo": {"domain": "compute.googleapis.com", "metadatas": facts, "reason": "resource_availability"}},
    ]
    text = (
        f"The zone 'projects/{project}/zones/{zone}' does not have enough resources available to fulfill the request.  "
    )
    if gpus:
        return Failed("ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS", f"{text}'(resource type:compute)'.", 503, details)
    return Failed("ZONE_RESOURCE_POOL_EXHAUSTED", f"{text}Try a different zone, or try again later.", 503, details)


def over_quota(metric: str, limit: float, region: str) -> Failed:
    """A quota is used up; the region is empty for a global one."""
    where = f"in region {region}" if region else "globally"
    model = metric.partition(":")[2]
    if model:
        metric = "GPUS_PER_GPU_FAMILY"
    name = f"{metric.replace('_', '-')}-per-project{'-region' if region else ''}"
    dimensions = {"region": region or "global", **({"gpu_family": model} if model else {})}
    info = {
        "metricName": f"compute.googleapis.com/{metric.lower()}",
        "limitName": name,
        "dimensions": dimensions,
        "limit": limit,
    }
    return Failed("QUOTA_EXCEEDED", f"Quota '{metric}' exceeded.  Limit: {limit} {where}.", 403, [{"quotaInfo": info}])


def too_few(least: int) -> Failed:
    """A bulkInsert that could not make as many as it had to."""
    return Failed("VM_MIN_COUNT_NOT_REACHED", f"Requested minimum count of {least} VMs could not be created.", 503)


def died(path: str) -> Failed:
    """A VM of a batch that ended while it was made."""
    return Failed(
        "INTERNAL_ERROR", f"Internal error. Please try again or contact Google Support. (Target: '{path}')", 500
    )


def used_by(noun: str, path: str, user: str) -> Failed:
    return Failed(
        "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", f"The {noun} resource '{path}' is already being used by '{user}'", 400
    )
