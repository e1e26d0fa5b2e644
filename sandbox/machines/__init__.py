"""Container machines: a watcher makes Docker look like what the emulated cloud says exists."""

from __future__ import annotations
