"""The GCP adapter keeps the contract of the stores, against the emulated Compute Engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.plugins.clouds.contract import FirewallContract, NetworkContract, SnapshotContract, VmContract


class TestVms(VmContract):
    every_disk_is_encrypted = True


class TestFirewalls(FirewallContract):
    pass


class TestNetworks(NetworkContract):
    labels_can_change = False

    def subnets(self, account: Any, zones: Sequence[str]) -> list[str]:
        return [account.session.region]


class TestSnapshots(SnapshotContract):
    pass
