"""The AWS adapter keeps the contract of the stores, against the emulated EC2."""

from __future__ import annotations

from tests.unit.plugins.clouds.contract import FirewallContract, NetworkContract, SnapshotContract, VmContract


class TestVms(VmContract):
    pass


class TestFirewalls(FirewallContract):
    pass


class TestNetworks(NetworkContract):
    pass


class TestSnapshots(SnapshotContract):
    pass
