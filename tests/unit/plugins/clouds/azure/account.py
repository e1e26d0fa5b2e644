"""The emulated Azure as an account of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.firewalls import FirewallStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.networks import NetworkStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.options import (
    AzureFirewallOptions,
    AzureNetworkOptions,
    AzureSnapshotOptions,
    AzureVmOptions,
)
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.session import AzureSession
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.snapshots import SnapshotStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.vms import VmStore
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Result
from tests.servers import AzureServer
from tests.unit.plugins.builders import PUBLIC_KEY, parsed
from tests.unit.plugins.memory_cloud import FakeClock

GROUP, LOCATION = "lab", "eastus"
HERE = {"resource_group": GROUP, "location": LOCATION}
NETWORK = "base"  # Azure has no default network


@dataclass
class AzureAccount:
    server: AzureServer
    session: AzureSession
    vm_type: ClassVar = "Standard_NC4as_T4_v3"
    other_type: ClassVar = "Standard_NC8as_T4_v3"
    zones: ClassVar = ("1", "2", "3")

    def prepare(self) -> None:
        """What VMs and firewalls need to be there."""
        self.ask("ResourceGroups_CreateOrUpdate", self.session.group_id, {"location": LOCATION})
        subnet = {"name": "default", "properties": {"addressPrefix": "10.50.0.0/20"}}
        space = {"addressSpace": {"addressPrefixes": ["10.50.0.0/16"]}, "subnets": [subnet]}
        self.ask(
            "VirtualNetworks_CreateOrUpdate",
            self.session.id_of(operations.VNET, NETWORK),
            {"location": LOCATION, "properties": space},
        )

    def vm_options(self, **words: Any) -> Any:
        named = {"machine_types", "machine_type", "gpu_model"} & set(words)
        usual = {"name": "fleet", "image": "debian-12", "network": NETWORK, "ssh_public_key": PUBLIC_KEY}
        usual |= {} if named else {"machine_type": self.vm_type}
        return parsed(AzureVmOptions, **{**usual, **HERE, **words}).verified()

    def vm_store(self, options: Any) -> VmStore:
        return VmStore(self.session, options)

    def firewall_options(self, **words: Any) -> Any:
        return parsed(AzureFirewallOptions, **{**HERE, **words}).verified()

    def firewall_store(self, options: Any) -> FirewallStore:
        return FirewallStore(self.session, options)

    def network_options(self, **words: Any) -> Any:
        return parsed(AzureNetworkOptions, **{**HERE, **words}).verified()

    def network_store(self, options: Any) -> NetworkStore:
        return NetworkStore(self.session, options)

    def snapshot_options(self, **words: Any) -> Any:
        return parsed(AzureSnapshotOptions, **{**HERE, **words}).verified()

    def snapshot_store(self, options: Any) -> SnapshotStore:
        return SnapshotStore(self.session, options)

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

    # what other people have in their hands

    def ask(self, operation: str, resource: str, body: Any = None, **query: str) -> Any:
        """A call whose operation is done when it returns."""
        answer = self.session.call(operation, resource, body, query)
        self.session.done([answer], 60)
        return answer.body

    def put(self, resource: str, body: Any) -> None:
        """What the collection does not make itself, of Compute's main version."""
        version = {"api-version": operations.COMPUTE}
        answer = self.session._send("PUT", resource, "by hand", resource, body, version, None)
        self.session.done([answer], 60)

    def every(self, kind: str) -> list[dict[str, Any]]:
        """The resources of that kind in the group, by name, numbers as numbers."""
        lists = {
            operations.VM: "VirtualMachines_List",
            operations.NIC: "NetworkInterfaces_List",
            operations.ADDRESS: "PublicIPAddresses_List",
            operations.DISK: "Disks_ListByResourceGroup",
            operations.SNAPSHOT: "Snapshots_ListByResourceGroup",
            operations.NSG: "NetworkSecurityGroups_List",
            operations.ASG: "ApplicationSecurityGroups_List",
        }
        if kind == operations.VNET:  # the adapter has no list of its own for it
            everything = self.session.pages("Resources_ListByResourceGroup", self.session.group_id)
            found = [one for one in everything if one["type"].lower() == kind.lower()]
        else:
            found = list(self.session.pages(lists[kind], self.session.id_of(kind)))
        return sorted(found, key=lambda one: (len(one["name"]), one["name"]))

    def counted(self) -> dict[str, int]:
        """The calls since the last time, by operation; and count anew."""
        actions: dict[str, int] = self.server.calls()["actions"]
        self.server.clear_calls()
        return actions
