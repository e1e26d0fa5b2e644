"""ARM's refusals, in its own words. Texts are those of recorded answers and of Microsoft's error references."""

from __future__ import annotations

from typing import Any

from sandbox.server.refusal import Refusal

NOT_FOUND_LINK = "For more details please go to https://aka.ms/ARMResourceNotFoundFix"


class ArmError(Refusal):
    """A refusal that may name its target and bring details or headers of its own."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        target: str | None = None,
        details: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code, message, status, retry_after)
        self.target = target
        self.details = details
        self.headers = headers or {}

    def as_json(self) -> dict[str, Any]:
        """The inner object of ARM's error document."""
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            body["target"] = self.target
        if self.details is not None:
            body["details"] = self.details
        return body


def group_missing(group: str) -> ArmError:
    return ArmError("ResourceGroupNotFound", f"Resource group '{group}' could not be found.", 404)


def resource_missing(kind: str, name: str, group: str) -> ArmError:
    """The answer to a GET, a PATCH or a POST; `kind` as `Microsoft.Compute/virtualMachines`."""
    message = f"The Resource '{kind}/{name}' under resource group '{group}' was not found. {NOT_FOUND_LINK}"
    return ArmError("ResourceNotFound", message, 404)


def child_missing(resource_id: str) -> ArmError:
    """The network provider's answer for a part of a resource that is not there."""
    return ArmError("NotFound", f"Resource {resource_id} not found.", 404, details=[])


def reference_missing(resource_id: str, referrer_id: str) -> ArmError:
    """The network provider's refusal of a resource that names one which is not there."""
    message = (
        f"Resource {resource_id} referenced by resource {referrer_id} was not found. Please make sure that the "
        "referenced resource exists, and that both resources are in the same region."
    )
    return ArmError("InvalidResourceReference", message, 400, details=[])


def invalid_parameter(target: str, message: str) -> ArmError:
    return ArmError("InvalidParameter", message, 400, target=target)


def bad_request(message: str) -> ArmError:
    return ArmError("BadRequest", message, 400)


def property_change(path: str) -> ArmError:
    """The compute provider's refusal to change what is fixed."""
    message = f"Changing property '{path}' is not allowed."
    return ArmError("PropertyChangeNotAllowed", message, 409, target=path)


def precondition_failed(resource_id: str) -> ArmError:
    message = f"Precondition failed. Resource {resource_id} has another ETag than the one in If-Match."
    return ArmError("PreconditionFailed", message, 412)
