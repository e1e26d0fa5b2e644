"""The one error that a person is meant to read."""

from __future__ import annotations


class SandboxError(Exception):
    """Something the person at the keyboard can mend; the text is a sentence that names the option and the remedy."""
