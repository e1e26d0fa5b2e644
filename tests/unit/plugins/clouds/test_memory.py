"""The cloud in memory keeps the contract, so that what the engine's tests show holds for the real ones."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import FirewallOptions, RuleOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.network import NetworkOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import ScheduleOptions, SnapshotState
from tests.unit.plugins.builders import parsed, vm_options
from tests.unit.plugins.clouds.contract import FirewallContract, NetworkContract, SnapshotContract, VmContract
from tests.unit.plugins.memory_cloud import (
    ZONES,
    MemoryCloud,
    MemoryFirewallStore,
    MemoryNetworkStore,
    MemorySnapshotStore,
    MemoryVmStore,
)


class MemoryAccount:
    vm_type, other_type, zones = "small", "big", ZONES

    def __init__(self) -> None:
        self.cloud = MemoryCloud()
        self.firewalls = MemoryFirewallStore()
        self.networks = MemoryNetworkStore()
        self.snapshots: dict[str, SnapshotState] = {}
        self.runs: list[MemorySnapshotStore] = []

    def vm_options(self, **words: Any) -> Any:
        return vm_options(**{"name": "fleet", **words}).verified()

    def vm_store(self, options: Any) -> Any:
        return MemoryVmStore(self.cloud)

    def firewall_options(self, **words: Any) -> Any:
        return parsed(FirewallOptions, **words).verified()

    def firewall_store(self, options: Any) -> Any:
        return self.firewalls

    def network_options(self, **words: Any) -> Any:
        return parsed(NetworkOptions, **words).verified()

    def network_store(self, options: Any) -> Any:
        self.networks.zones = options.zones or ZONES
        return self.networks

    def snapshot_options(self, **words: Any) -> Any:
        return parsed(ScheduleOptions, **words).verified()

    def snapshot_store(self, options: Any) -> Any:
        store = MemorySnapshotStore(self.cloud, options)
        store.snapshots = self.snapshots
        store._last = len(self.snapshots) + 100 * len(self.runs)
        self.runs.append(store)
        return store

    def settle(self) -> None:
        for _ in range(3):
            self.cloud.look()


@pytest.fixture
def account() -> MemoryAccount:
    return MemoryAccount()


class TestVms(VmContract):
    pass


class TestFirewalls(FirewallContract):
    pass


class TestNetworks(NetworkContract):
    pass


class TestSnapshots(SnapshotContract):
    pass


def test_a_rule_is_parsed_from_what_ansible_gives() -> None:
    options = MemoryAccount().firewall_options(name="gate", rules=[{"service": "ssh", "sources": ["10.0.0.0/8"]}])
    assert RuleOptions(service="ssh", sources=("10.0.0.0/8",)).rules() == list(options.rules)
