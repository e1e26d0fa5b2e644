"""The sandbox: emulated clouds on loopback whose VMs are containers. See README.md beside this file."""

from __future__ import annotations
