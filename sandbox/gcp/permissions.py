"""The permission that each method needs, for the words of a 403.

docs.cloud.google.com/compute/docs/access/iam-permissions: verbs of methods and permissions differ for a few.
"""

from __future__ import annotations

VERBS = {
    "insert": "create",
    "bulkInsert": "create",
    "aggregatedList": "list",
    "getFromFamily": "getFromFamily",
    "patch": "update",
    "wait": "get",
    "resize": "resize",
}


def needed(method: str) -> str:
    """instances.bulkInsert → compute.instances.create."""
    resource, _, verb = method.partition(".")
    resource = {"regionInstances": "instances"}.get(resource, resource)
    return f"compute.{resource}.{VERBS.get(verb, verb)}"


def denied(method: str, path: str) -> str:
    """What the service says of a call that may not be made, on the resource of its path."""
    resource = path.removeprefix("/compute/v1/").strip("/")
    verb = method.partition(".")[2]
    if resource.endswith(f"/{verb}"):
        resource = resource.removesuffix(f"/{verb}")
    return f"Required '{needed(method)}' permission for '{resource}'"
