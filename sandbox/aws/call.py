"""One EC2 call: its parsed parameters, moto's state for its account and region, and a way to moto.

Moto is asked in this process: its own request parser reads the wire, its own action methods do the
work and return objects, and the front decides what of those objects is answered. Nothing of moto is
replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.responses import EC2Response
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug.exceptions import HTTPException

from sandbox.aws.state import Region, State
from sandbox.aws.wire import ApiError


@dataclass
class Call:
    """A parsed EC2 call. `params` has botocore's names and types."""

    action: str
    params: dict[str, Any]
    region: str
    state: State
    responder: EC2Response

    @classmethod
    def parse(cls, environ: dict[str, Any], action: str, state: State) -> Call:
        """Read a call off the wire with moto's parser. Raises ApiError for what EC2 does not know."""
        responder = EC2Response()
        try:
            responder.setup_class(BackendRequest(environ))
        except ServiceException as error:
            raise _as_api_error(error) from error
        return cls(action, dict(responder.params), responder.region, state, responder)

    @property
    def backend(self) -> Any:
        """Moto's EC2 state of this account and region."""
        return self.responder.ec2_backend

    @property
    def account(self) -> str:
        """The account number."""
        return str(self.responder.current_account)

    @property
    def store(self) -> Region:
        """What the front itself remembers of this account and region."""
        return self.state.region(self.account, self.region)

    def moto(self, params: dict[str, Any] | None = None, action: str | None = None) -> Any:
        """Let moto do an action (this one unless told) and return its result, not serialised.

        Raises ApiError in place of moto's errors, also for what moto has not implemented.
        """
        name = action or self.action
        responder = self.responder
        responder.params = self.params if params is None else params
        method = getattr(responder, camelcase_to_underscores(name), None)
        if method is None:
            raise unsupported(name)
        try:
            outcome = method()
        except ServiceException as error:
            raise _as_api_error(error) from error
        except HTTPException as error:
            raise ApiError("InvalidParameterValue", str(error.description)) from error
        except NotImplementedError as error:
            raise _not_implemented(name, error) from error
        return outcome.result if isinstance(outcome, ActionResult) else outcome

    def filters(self) -> dict[str, list[str]]:
        """The filters of a Describe call as {name: values}; the values of one name are alternatives."""
        found: dict[str, list[str]] = {}
        for entry in self.params.get("Filters") or self.params.get("Filter") or []:
            if not entry.get("Name"):
                raise ApiError("InvalidParameterValue", "The filter 'null' is invalid")
            found.setdefault(entry["Name"], []).extend(entry.get("Values", []))
        return found

    def stop_if_dry_run(self) -> None:
        """Answer a DryRun of an action that the front owns, as AWS does when it would have worked."""
        if self.params.get("DryRun"):
            message = "Request would have succeeded, but DryRun flag is set."
            raise ApiError("DryRunOperation", message, status=412)


def unsupported(action: str) -> ApiError:
    """The error for an action that neither moto nor the front has."""
    return ApiError("UnsupportedOperation", f"The sandbox does not emulate {action}.")


def _as_api_error(error: ServiceException) -> ApiError:
    code = str(getattr(error, "code", None) or "InvalidRequest")
    message = str(getattr(error, "message", "") or error)
    return ApiError(code, message, status=412 if code == "DryRunOperation" else 400)


def _not_implemented(action: str, error: NotImplementedError) -> ApiError:
    """Moto says so for a whole action and for a single filter; EC2 knows two errors for that."""
    words = str(error)
    if "ilter" in words and "'" in words:
        name = words.split("'")[1]
        return ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return unsupported(action)
