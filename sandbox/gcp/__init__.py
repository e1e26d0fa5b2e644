"""The emulated Compute Engine: a server of ours, held to Google's own discovery document."""

from __future__ import annotations
