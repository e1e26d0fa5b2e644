"""Labels: their syntax, and changes of them under a fingerprint."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.gcp import operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import GcpError, invalid, mismatch
from sandbox.gcp.lists import found
from sandbox.gcp.operations import task
from sandbox.gcp.refs import Ref, fingerprint
from sandbox.gcp.state import State

# docs.cloud.google.com/compute/docs/labeling-resources#requirements: lower-case and international letters, digits, _ and -.
KEY = re.compile(r"[^\W\d_][\w-]{0,62}")
VALUE = re.compile(r"[\w-]{0,63}")
MOST = 64
STALE = "Labels fingerprint either invalid or resource labels have changed"


def check_labels(labels: Mapping[str, str], field: str) -> None:
    """Refuse labels that break the rules. Raises GcpError."""
    if len(labels) > MOST:
        raise invalid(field, "", f"The number of labels exceeds the limit of {MOST}.")
    for key, value in labels.items():
        if not KEY.fullmatch(key) or key != key.lower():
            raise invalid(
                field,
                "",
                f"Label key '{key}' violates format constraints. The key must start with a lowercase character, can only "
                "contain lowercase letters, numeric characters, underscores and dashes. The key can be at most 63 characters "
                "long. International characters are allowed.",
            )
        if not VALUE.fullmatch(value) or value != value.lower():
            raise invalid(
                field,
                "",
                f"Label value '{value}' violates format constraints. The value can only contain lowercase letters, numeric "
                "characters, underscores and dashes. The value can be at most 63 characters long. International characters "
                "are allowed.",
            )


def labelled(labels: Mapping[str, str]) -> dict[str, Any]:
    """The members of a resource that has these labels; without any there is the fingerprint alone."""
    shown: dict[str, Any] = {"labelFingerprint": fingerprint(dict(labels))}
    return {"labels": dict(labels), **shown} if labels else shown


def set_labels(collection: str, parameter: str) -> Callable[[Call], dict[str, Any]]:
    """The handler of a setLabels: all labels at once, refused unless their fingerprint is the present one."""

    def respond(call: Call) -> dict[str, Any]:
        record = found(call, collection, call.path[parameter])
        labels = call.body.get("labels", {})
        check_labels(labels, "labels")
        if call.body.get("labelFingerprint") != record.body["labelFingerprint"]:
            raise mismatch(STALE)
        # Two changes under one fingerprint: the second comes too late, also while the first is on its way.
        waiting = record.meta.get("relabelled")
        if waiting and waiting != record.body["labelFingerprint"]:
            raise mismatch(STALE)
        record.meta["relabelled"] = fingerprint(labels)
        return operations.begin(call, record.ref, "setLabels", does="labels", args={"labels": labels})

    return respond


@task("labels")
def apply(state: State, target: Ref, args: dict[str, Any]) -> None:
    """Put the labels on the resource, if it is still there."""
    record = state.store.find(target)
    if record is None:
        return
    record.meta.pop("relabelled", None)
    body = {name: value for name, value in record.body.items() if name != "labels"}
    state.put(target, {**body, **labelled(args["labels"])})


def check_description(text: str, field: str) -> None:
    """Descriptions have 2,048 characters at most."""
    if len(text) > 2048:
        raise GcpError("invalid", f"Invalid value for field '{field}': too long. Must be at most 2048 characters long")
