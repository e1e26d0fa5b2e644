"""ClientToken as on AWS: one token, one launch.

The same token with the same parameters answers the reservation of the first call with its
instances' current states. Other parameters under a known token are refused, and so is a token
whose instances were terminated since: a token outlives its machines.
docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError

MAX_LENGTH = 64
DEAD = ("shutting-down", "terminated")
UNCOMPARED = ("ClientToken", "DryRun")


@dataclass(frozen=True)
class Launch:
    """A finished call: the print of its parameters and what it made."""

    print: str
    result: Any


def recall(call: Call) -> Any | None:
    """What the token of this call made earlier; None for a fresh token or none."""
    token = call.params.get("ClientToken")
    if not token:
        return None
    if len(token) > MAX_LENGTH:
        raise ApiError(
            "InvalidParameterValue",
            f"Value ({token}) for parameter clientToken is invalid. Invalid length, must be at most {MAX_LENGTH}.",
        )
    made = call.store.tokens.get(f"{call.action}:{token}")
    if made is None:
        return None
    if made.print != fingerprint(call.params):
        raise ApiError(
            "IdempotentParameterMismatch",
            "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
        )
    if any(instance.state in DEAD for instance in getattr(made.result, "instances", ())):
        raise ApiError(
            "IdempotentInstanceTerminated",
            "The instances launched by the request with this client token have been terminated.",
        )
    return made.result


def keep(call: Call, params: dict[str, Any], result: Any) -> None:
    """Remember what a call made, by its parameters as they came in."""
    token = params.get("ClientToken")
    if token:
        call.store.tokens[f"{call.action}:{token}"] = Launch(fingerprint(params), result)


def fingerprint(params: dict[str, Any]) -> str:
    """The parameters in a form that compares."""
    compared = {key: value for key, value in params.items() if key not in UNCOMPARED}
    return json.dumps(compared, sort_keys=True, default=str)
