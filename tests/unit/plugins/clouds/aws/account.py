"""The emulated AWS as an account of the contract."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.firewalls import FirewallStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.networks import NetworkStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.options import (
    AwsFirewallOptions,
    AwsNetworkOptions,
    AwsSnapshotOptions,
    AwsVmOptions,
)
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.session import AwsSession
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.snapshots import SnapshotStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.aws.vms import VmStore
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Result
from tests.servers import AwsServer
from tests.unit.plugins.builders import parsed
from tests.unit.plugins.memory_cloud import FakeClock


@functools.cache
def client(server: AwsServer) -> Any:
    """Made once: a new one costs more than most calls."""
    return server.client("ec2")


@dataclass
class AwsAccount:
    server: AwsServer
    session: AwsSession
    lifecycle: AwsSession
    vm_type: ClassVar = "g6.xlarge"
    other_type: ClassVar = "g6.2xlarge"
    zones: ClassVar = tuple(f"us-east-1{letter}" for letter in "abcdef")

    def vm_options(self, **words: Any) -> Any:
        named = {"machine_types", "machine_type", "gpu_model"} & set(words)
        usual = {"name": "fleet", "image": "debian-12"} | ({} if named else {"machine_type": self.vm_type})
        return parsed(AwsVmOptions, **{**usual, **words}).verified()

    def vm_store(self, options: Any) -> VmStore:
        return VmStore(self.session, options)

    def firewall_options(self, **words: Any) -> Any:
        return parsed(AwsFirewallOptions, **words).verified()

    def firewall_store(self, options: Any) -> FirewallStore:
        return FirewallStore(self.session, options)

    def network_options(self, **words: Any) -> Any:
        return parsed(AwsNetworkOptions, **words).verified()

    def network_store(self, options: Any) -> NetworkStore:
        return NetworkStore(self.session, options)

    def snapshot_options(self, **words: Any) -> Any:
        return parsed(AwsSnapshotOptions, **words).verified()

    def snapshot_store(self, options: Any) -> SnapshotStore:
        return SnapshotStore(self.session, options, lambda: self.lifecycle)

    def settle(self) -> None:
        """Nothing lasts here unless a fault says so."""

    # the whole flow, as a module runs it

    def vms(self, **words: Any) -> Result:
        options = self.vm_options(**words)
        return self._run(self.vm_store(options), options)

    def firewall(self, **words: Any) -> Result:
        options = self.firewall_options(**words)
        return self._run(self.firewall_store(options), options)

    def network(self, **words: Any) -> Result:
        options = self.network_options(**words)
        return self._run(self.network_store(options), options)

    def _run(self, store: Any, options: Any) -> Result:
        self.clock = FakeClock()
        return reconcile(store, options.desired(), options.policy, self.clock, lambda state: {"id": state.id})

    def ec2(self) -> Any:
        """What other people have in their hands."""
        return client(self.server)

    def counted(self) -> dict[str, int]:
        """The calls since the last time, by action; and count anew."""
        actions: dict[str, int] = self.server.calls()["actions"]
        self.server.clear_calls()
        return actions
