"""The emulated GCP as an account of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.firewalls import FirewallStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.networks import NetworkStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.options import (
    GcpFirewallOptions,
    GcpNetworkOptions,
    GcpSnapshotOptions,
    GcpVmOptions,
)
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import GcpSession
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.snapshots import SnapshotStore
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.vms import VmStore
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Result
from tests.servers import GcpServer
from tests.unit.plugins.builders import parsed
from tests.unit.plugins.memory_cloud import FakeClock


@dataclass
class GcpAccount:
    server: GcpServer
    session: GcpSession
    vm_type: ClassVar = "g2-standard-4"
    other_type: ClassVar = "g2-standard-8"
    zones: ClassVar = tuple(f"us-central1-{letter}" for letter in "abcf")

    def vm_options(self, **words: Any) -> Any:
        named = {"machine_types", "machine_type", "gpu_model"} & set(words)
        # One with cloud-init: with Google's Debian images user_data is refused.
        usual = {"name": "fleet", "image": "ubuntu-24.04"} | ({} if named else {"machine_type": self.vm_type})
        return parsed(GcpVmOptions, **{**usual, **words}).verified()

    def vm_store(self, options: Any) -> VmStore:
        return VmStore(self.session, options)

    def firewall_options(self, **words: Any) -> Any:
        return parsed(GcpFirewallOptions, **words).verified()

    def firewall_store(self, options: Any) -> FirewallStore:
        return FirewallStore(self.session, options)

    def network_options(self, **words: Any) -> Any:
        return parsed(GcpNetworkOptions, **words).verified()

    def network_store(self, options: Any) -> NetworkStore:
        return NetworkStore(self.session, options)

    def snapshot_options(self, **words: Any) -> Any:
        return parsed(GcpSnapshotOptions, **words).verified()

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

    def instances(self, fleet: str = "fleet") -> list[dict[str, Any]]:
        """The living ones as the API shows them to anybody, by name."""
        found = [i for i in self.every("instances") if (i.get("labels") or {}).get("aienv-fleet") == fleet]
        return sorted(found, key=lambda i: (len(i["name"]), i["name"]))

    def every(self, kind: str) -> Iterator[dict[str, Any]]:
        for scope in self.ask("GET", f"aggregated/{kind}").get("items", {}).values():
            yield from scope.get(kind, ())

    def ask(self, verb: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """A call beside the adapter, whose operation is done when it returns."""
        self.session._authorize()
        url = f"{self.session.endpoint}projects/{self.session.project}/{path}"
        answer = self.session.http.request(verb, url, json=body, params=query, timeout=30)
        assert answer.ok, answer.text
        found = answer.json()
        if found.get("kind") == "compute#operation" and found["status"] != "DONE":
            self.session.wait(found)
        return dict(found)

    def counted(self) -> dict[str, int]:
        """The calls since the last time, by method; and count anew."""
        actions: dict[str, int] = self.server.calls()["actions"]
        self.server.clear_calls()
        return actions
