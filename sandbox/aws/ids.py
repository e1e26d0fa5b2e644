"""Ids, tags and times of the records that the front keeps itself."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import Call


def new(prefix: str, digits: int = 17) -> str:
    """A fresh id: prefix, dash, hexadecimal digits."""
    return f"{prefix}-{secrets.token_hex(9)[:digits]}"


def tags(call: Call, kind: str) -> list[dict[str, str]]:
    """The tags that the call asks for on resources of that kind."""
    return [
        {"Key": tag["Key"], "Value": tag.get("Value", "")}
        for specification in call.params.get("TagSpecifications", [])
        if specification.get("ResourceType") == kind
        for tag in specification.get("Tags", [])
    ]


def now() -> datetime:
    """The time, in UTC, to the second: EC2's answers know no fractions."""
    return datetime.now(UTC).replace(microsecond=0)


def aware(moment: Any) -> datetime:
    """A request's timestamp with a zone: EC2 reads naive ones as UTC."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    known: datetime = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return known
