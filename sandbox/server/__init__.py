"""What the servers of all emulated clouds share: the front, the control API, the call log, the past, the HTTP server.

A cloud brings a `State` with its own records, and a `Front` that says how its wire names calls and refuses them.
"""

from __future__ import annotations
