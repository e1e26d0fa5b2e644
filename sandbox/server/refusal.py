"""Why a call is refused, before a cloud puts it into its own words on the wire."""

from __future__ import annotations


class Refusal(Exception):
    """A code of the cloud's list, a sentence, an HTTP status, and the seconds of Retry-After where there are some."""

    def __init__(self, code: str, message: str, status: int = 400, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after = retry_after
