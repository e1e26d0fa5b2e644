# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error family. A cloud's exceptions are turned into it where they arise, in that cloud's session.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Code = Literal[
    "ambiguous",  # two resources claim one identity, or the name belongs to something we did not create
    "failed",  # the cloud refused for a reason of its own, which `detail` carries
    "in_use",  # something else still depends on the resource
    "invalid",  # an option is wrong; nothing was called
    "missing_library",
    "no_capacity",
    "not_authorized",
    "not_found",
    "quota_exceeded",
    "refused",  # possible, but it takes consent that was not given
    "throttled",
    "timed_out",
    "unsupported",
]

# Another zone or machine type may have what this one lacks.
TRY_ELSEWHERE: frozenset[Code] = frozenset({"no_capacity", "quota_exceeded", "unsupported"})


@dataclass
class CloudError(Exception):
    """A failure a user can act on.

    `operation` is the API call or the step of ours, `resource` what it was about. `existing` is the data of
    what exists nevertheless, so that nobody has to search the console for what is left. `final` says that no other
    zone or machine type can help, although the code alone would let us try (a quota that counts everywhere).
    """

    code: Code
    detail: str
    cloud: str = ""
    operation: str = ""
    resource: str = ""
    attempts: tuple[Any, ...] = field(default=())
    existing: tuple[Any, ...] = field(default=())
    final: bool = False

    def __str__(self) -> str:
        place = " ".join(part for part in (self.cloud, self.operation, self.resource) if part)
        return f"{place}: {self.detail}" if place else self.detail

    def as_dict(self) -> dict[str, str]:
        return {
            "code": self.code,
            "cloud": self.cloud,
            "operation": self.operation,
            "resource": self.resource,
            "detail": self.detail,
        }


class InvalidOption(CloudError):
    """An option that cannot work, found before the first API call."""

    def __init__(self, option: str, value: object, expected: str) -> None:
        said = "is not set" if value is None else f"cannot be {value!r}"
        super().__init__(code="invalid", detail=f"option '{option}' {said}: {expected}", resource=option)

    def __str__(self) -> str:
        return self.detail  # it names the option itself
