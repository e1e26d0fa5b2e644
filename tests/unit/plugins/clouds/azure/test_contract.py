"""The Azure adapter keeps the contract of the stores, against the emulated Azure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.unit.plugins.clouds.azure.account import LOCATION
from tests.unit.plugins.clouds.contract import FirewallContract, NetworkContract, SnapshotContract, VmContract


class TestVms(VmContract):
    every_disk_is_encrypted = True
    small_disk = 40
    grows_while_running = False


class TestFirewalls(FirewallContract):
    pass


class TestNetworks(NetworkContract):
    def subnets(self, account: Any, zones: Sequence[str]) -> list[str]:
        return [LOCATION]


class TestSnapshots(SnapshotContract):
    pass
