"""A cloud in memory: stores over dicts that are as strict as a real cloud, with states that take some looks to settle."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, Code
from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import FirewallState, RuleSet
from ansible_collections.aienv.cloud.plugins.module_utils.model.network import NetworkState, Subnet
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN, texts
from ansible_collections.aienv.cloud.plugins.module_utils.model.price import PriceTable, Source
from ansible_collections.aienv.cloud.plugins.module_utils.model.price_book import PriceBook
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Outcome, Selector, Spec
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import (
    Disk,
    Member,
    Schedule,
    SnapshotState,
    marked,
    snapshot_marks,
    snapshot_name,
)
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import VmState, digest, fingerprint, in_order

PRICES = PriceTable("s here on_demand small:1 big:4", {"s": Source("this test", "2026-11-27")})
LASTING = {"pending": "running", "stopping": "stopped", "deleting": None}
ZONES = ("zone-a", "zone-b", "zone-c")


class FakeClock:
    """Time that passes only when somebody sleeps; `naps` is how long each time."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.naps: list[float] = []
        self.ahead = datetime.timedelta(0)  # of the true time, which an emulated cloud goes by

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.time += seconds

    def utc(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC) + self.ahead


@dataclasses.dataclass
class Machine:
    """One VM of the cloud; after `looks` more lists it leaves a state between."""

    state: VmState
    looks: int = 0


class MemoryCloud:
    """All VMs of an account, and the switches for what goes wrong.

    `settle` says how many lists a state between lasts. `refusals` maps (machine type, zone), either of them None
    for any, to the code of the error that creating there gives. `room` limits how many VMs a zone still takes.
    To one of the `quick_sizes` a running VM changes by a restart.
    """

    def __init__(self, vms: Iterable[VmState] = (), settle: int = 1) -> None:
        self.settle = settle
        self.machines = {vm.id: Machine(vm, settle if vm.state in LASTING else 0) for vm in vms}
        self.refusals: dict[tuple[str | None, str | None], Code] = {}
        self.room: dict[str, int] = {}
        self.reservations: set[str] = set()
        self.quick_sizes: set[str] = set()
        self.tokens: dict[Any, str] = {}
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[str, Any]] = []
        self.broken: dict[str, CloudError] = {}
        self.on_list: Callable[[], None] = lambda: None
        self._last = 100

    def note(self, verb: str, about: Any) -> None:
        self.calls[verb] += 1
        self.log.append((verb, about))

    def new_id(self) -> str:
        self._last += 1
        return f"vm-{self._last}"

    def put(self, vm_id: str, state: str, **fields: Any) -> None:
        self.machines[vm_id] = Machine(
            dataclasses.replace(self.machines[vm_id].state, state=state, **fields),
            self.settle if state in LASTING else 0,
        )

    def look(self) -> list[VmState]:
        """What a list shows; time passes by looking."""
        seen = [machine.state for machine in self.machines.values()]
        for vm_id, machine in list(self.machines.items()):
            if machine.state.state not in LASTING:
                continue
            machine.looks -= 1
            after = LASTING[machine.state.state]
            if machine.looks <= 0 and after is None:
                del self.machines[vm_id]
            elif machine.looks <= 0 and after:
                self.put(vm_id, after, public_ip=machine.state.public_ip_address is not None)
        self.on_list()
        return seen


class MemoryVmStore:
    """The verbs of a store, over a MemoryCloud."""

    prices = PriceBook(PRICES, {}, "here", "on_demand")

    def __init__(self, cloud: MemoryCloud) -> None:
        self.cloud = cloud

    def list(self, selector: Selector) -> Sequence[VmState]:
        self.cloud.note("list", selector)
        if "list" in self.cloud.broken:
            raise self.cloud.broken["list"]
        mine = [vm for vm in self.cloud.look() if selector.name in (vm.fleet, vm.name)]
        hidden = {} if selector.detail else dict.fromkeys(("disk_gb", "disk_type", "disk_encrypted"), UNKNOWN)
        return in_order(dataclasses.replace(vm, **hidden) for vm in mine)

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        self.cloud.note("candidates", tuple(wanted))
        return [
            dataclasses.replace(candidate, zone=zone)
            for candidate in wanted
            for zone in ([candidate.zone] if candidate.zone else ZONES)
        ]

    def create(self, specs: Sequence[Spec], candidate: Candidate) -> Outcome:
        self.cloud.note("create", (tuple(spec.key for spec in specs), candidate))
        made = []
        for spec in specs:
            code = self._refusal(spec.options, candidate)
            if code:
                return Outcome(tuple(made), CloudError(code, f"the cloud says {code}", "memory", "create", spec.name))
            made.append(self._make(spec, candidate))
        return Outcome(tuple(made))

    def _refusal(self, options: Any, candidate: Candidate) -> Code | None:
        if options.reservation_id and options.reservation_id not in self.cloud.reservations:
            return "not_found"
        for pair in (
            (candidate.machine_type, candidate.zone),
            (candidate.machine_type, None),
            (None, candidate.zone),
            (None, None),
        ):
            if pair in self.cloud.refusals:
                return self.cloud.refusals[pair]
        left = self.cloud.room.get(str(candidate.zone), 10**6)
        self.cloud.room[str(candidate.zone)] = left - 1
        return None if left > 0 else "no_capacity"

    def _make(self, spec: Spec, candidate: Candidate) -> VmState:
        options = spec.options
        token = (options.name, spec.key, repr(dataclasses.replace(options, wait=True)), candidate)
        known = self.cloud.tokens.get(token)
        if known in self.cloud.machines and self.cloud.machines[known].state.state != "deleting":
            return self.cloud.machines[known].state
        vm = from_spec(self.cloud.new_id(), spec, candidate)
        self.cloud.tokens[token] = vm.id
        self.cloud.machines[vm.id] = Machine(vm, self.cloud.settle)
        return vm

    def change(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Outcome:
        self.cloud.note("change", tuple((state.id, dict(wanted)) for state, wanted in changes))
        if "change" in self.cloud.broken:
            return Outcome(error=self.cloud.broken["change"])
        try:
            for state, wanted in changes:
                self._change(state.id, dict(wanted))
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _ in changes))

    def restart_suffices(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Collection[str]:
        found = {state.id for state, wanted in changes if wanted.get("machine_type") in self.cloud.quick_sizes}
        self.cloud.note("restart_suffices", found)
        return found

    def _change(self, vm_id: str, wanted: dict[str, Any]) -> None:
        machine = self.cloud.machines[vm_id]
        power = wanted.pop("state", None)
        if power:
            self._power(vm_id, machine.state.state, power)
        quick = power == "restarted" and wanted.get("machine_type") in self.cloud.quick_sizes
        if "machine_type" in wanted and not quick and self.cloud.machines[vm_id].state.state != "stopped":
            raise CloudError("failed", f"{vm_id} must be stopped to be resized", "memory", "resize", vm_id)
        if "labels" in wanted:
            wanted["labels"] = {**machine.state.labels, **wanted["labels"]}
        now = self.cloud.machines[vm_id]
        now.state = dataclasses.replace(now.state, **wanted)

    def _power(self, vm_id: str, now: str, power: str) -> None:
        allowed = {"running": ("stopped", "running", "pending"), "stopped": ("running", "stopped", "stopping")}
        if now not in allowed.get(power, ("running",)):
            raise CloudError("failed", f"{vm_id} is {now} and cannot become {power}", "memory", "power", vm_id)
        if power == "running" and now == "stopped":
            self.cloud.put(vm_id, "pending")
        if power == "stopped" and now == "running":
            self.cloud.put(vm_id, "stopping", public_ip=UNKNOWN)

    def delete(self, states: Sequence[VmState]) -> Outcome:
        self.cloud.note("delete", tuple(state.id for state in states))
        if "delete" in self.cloud.broken:
            return Outcome(error=self.cloud.broken["delete"])
        for state in states:
            if state.id in self.cloud.machines:
                self.cloud.put(state.id, "deleting")
        return Outcome(tuple(states))


def from_spec(vm_id: str, spec: Spec, candidate: Candidate) -> VmState:
    """A new VM as the cloud would show it."""
    options = spec.options
    public = options.public_ip is not False
    return VmState(
        id=vm_id,
        name=spec.name,
        fleet=options.name,
        index=spec.key,
        cloud="memory",
        region="here",
        zone=str(candidate.zone),
        state="pending",
        machine_type=str(candidate.machine_type),
        image=(options.image, f"img-{options.image}"),
        public_ip_address="203.0.113.1" if public else None,
        market=options.market or "on_demand",
        labels=texts(options.labels or {}),
        ttl_hours=options.ttl_hours,
        ssh_user=options.ssh_user,
        ssh_public_key=fingerprint(options.ssh_public_key) if options.ssh_public_key else None,
        user_data=digest(options.user_data) if options.user_data else None,
        network=options.network,
        firewalls=options.firewalls or ("default",),
        placement_group=options.placement_group,
        disk_gb=options.disk_gb or 8,
        disk_type=options.disk_type or "ssd",
        disk_encrypted=options.disk_encrypted,
        disk_id=f"disk-of-{vm_id}",
    )


class MemoryFirewallStore:
    """Firewalls by name; `used` names those that a VM still needs."""

    def __init__(self, firewalls: Iterable[FirewallState] = ()) -> None:
        self.firewalls = {firewall.id: firewall for firewall in firewalls}
        self.used: set[str] = set()
        self._last = 0

    def list(self, selector: Selector) -> Sequence[FirewallState]:
        return [firewall for firewall in self.firewalls.values() if firewall.name == selector.name]

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made: list[FirewallState] = []
        for spec in specs:
            known = {firewall.name for firewall in self.firewalls.values()} | {spec.name}
            rules = frozenset(spec.options.rules or ())
            self._last += 1
            firewall = FirewallState(f"fw-{self._last}", spec.name, "memory", "here", spec.options.network)
            self.firewalls[firewall.id] = dataclasses.replace(firewall, labels=texts(spec.options.labels or {}))
            made.append(self.firewalls[firewall.id])
            strange = [r.source for r in rules if "/" not in r.source and r.source not in known]
            if strange:
                return Outcome(tuple(made), CloudError("not_found", f"there is no firewall {strange[0]}", "memory"))
            self.firewalls[firewall.id] = dataclasses.replace(self.firewalls[firewall.id], rules=rules)
        return Outcome(tuple(made))

    def change(self, changes: Sequence[tuple[FirewallState, Mapping[str, Any]]]) -> Outcome:
        for state, wanted in changes:
            now = self.firewalls[state.id]
            if "rules" in wanted:
                now = dataclasses.replace(now, rules=merged(now.rules, wanted["rules"]))
            if "labels" in wanted:
                now = dataclasses.replace(now, labels={**now.labels, **wanted["labels"]})
            self.firewalls[state.id] = now
        return Outcome(tuple(state for state, _ in changes))

    def delete(self, states: Sequence[FirewallState]) -> Outcome:
        for state in states:
            if state.name in self.used:
                return Outcome(error=CloudError("in_use", f"{state.name} is still used", "memory", "delete"))
            self.firewalls.pop(state.id, None)
        return Outcome(tuple(states))


def merged(there: frozenset[Any], wanted: RuleSet) -> frozenset[Any]:
    if wanted.exact:
        return frozenset(wanted)
    said = {rule.identity for rule in wanted}
    return frozenset(wanted) | frozenset(rule for rule in there if rule.identity not in said)


class MemoryNetworkStore:
    """Networks by name, made whole at once; `drop` takes a part away."""

    def __init__(self, zones: Sequence[str] | None = None) -> None:
        self.zones = tuple(zones or ZONES)
        self.networks: dict[str, NetworkState] = {}
        self._last = 0

    def list(self, selector: Selector) -> Sequence[NetworkState]:
        return [network for network in self.networks.values() if network.name == selector.name]

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made = []
        for spec in specs:
            self._last += 1
            subnets = tuple(Subnet(f"sub-{zone}", zone, "10.0.0.0/20") for zone in self.zones)
            labels = texts(spec.options.labels or {})
            network = NetworkState(
                f"net-{self._last}",
                spec.name,
                "memory",
                "here",
                spec.options.cidr or "10.20.0.0/16",
                subnets,
                self.zones,
                labels=labels,
            )
            self.networks[network.id] = network
            made.append(network)
        return Outcome(tuple(made))

    def change(self, changes: Sequence[tuple[NetworkState, Mapping[str, Any]]]) -> Outcome:
        for state, wanted in changes:
            now = self.networks[state.id]
            if "missing" in wanted:
                now = dataclasses.replace(now, missing=())
            if "labels" in wanted:
                now = dataclasses.replace(now, labels={**now.labels, **wanted["labels"]})
            self.networks[state.id] = now
        return Outcome(tuple(state for state, _ in changes))

    def delete(self, states: Sequence[NetworkState]) -> Outcome:
        for state in states:
            self.networks.pop(state.id, None)
        return Outcome(tuple(states))


class MemorySnapshotStore:
    """Snapshots of the disks of a MemoryCloud's VMs. They are pending for `looks` more lists; `broken` names what fails."""

    def __init__(self, cloud: MemoryCloud, options: Any, looks: int = 0) -> None:
        self.cloud, self.options, self.looks = cloud, options, looks
        self.snapshots: dict[str, SnapshotState] = {}
        self.plan: Schedule | None = None
        self.broken: dict[str, CloudError] = {}
        self.spoiled = False  # whether a snapshot ends as failed
        self.deaf = False  # whether deletions are accepted and forgotten
        self.calls: list[str] = []
        self._last = 0

    def members(self) -> Sequence[Member]:
        self.calls.append("members")
        vms = in_order(machine.state for machine in self.cloud.machines.values())
        own = [vm for vm in vms if vm.fleet == self.options.name and vm.state != "deleting"]
        return [Member(vm.id, vm.name, vm.index, (Disk(str(vm.disk_id), str(vm.disk_id)),)) for vm in own]

    def list(self, selector: Selector) -> Sequence[SnapshotState]:
        self.calls.append("list")
        if "list" in self.broken:
            raise self.broken["list"]
        self.looks -= 1
        end = "failed" if self.spoiled else "available"
        for key, one in self.snapshots.items():
            if one.state == "pending" and self.looks < 0:
                self.snapshots[key] = dataclasses.replace(one, state=end)
        return [one for one in self.snapshots.values() if one.fleet == selector.name]

    def create(self, members: Sequence[Member], moment: datetime.datetime) -> Outcome:
        self.calls.append("create")
        if "create" in self.broken:
            return Outcome(error=self.broken["create"])
        made = [self._take(member, disk, moment) for member in members for disk in member.disks]
        return Outcome(tuple(made))

    def _take(self, member: Member, disk: Disk, moment: datetime.datetime) -> SnapshotState:
        self._last += 1
        marks = marked(snapshot_marks(self.options, member.index))
        state = SnapshotState(
            id=f"snap-{self._last}",
            name=snapshot_name(member.name, disk.id, moment),
            cloud="memory",
            region="here",
            disk=disk.name,
            source=disk.id,
            state="pending",
            size_gb=8,
            created_at=moment.strftime(mark.ISO),
            labels=self.options.labels or {},
            **marks,
        )
        self.snapshots[state.id] = state
        return state

    def delete(self, states: Sequence[SnapshotState]) -> Outcome:
        self.calls.append("delete")
        if "delete" in self.broken:
            return Outcome(error=self.broken["delete"])
        for state in states if not self.deaf else ():
            self.snapshots.pop(state.id, None)
        return Outcome(tuple(states))

    def schedule(self) -> Schedule | None:
        self.calls.append("schedule")
        return self.plan

    def set_schedule(self, wanted: Schedule | None, _there: Schedule | None, _members: Sequence[Member]) -> None:
        self.calls.append("set_schedule")
        if not self.deaf:
            self.plan = wanted
