"""The contract of the stores as tests. A cloud inherits the four classes and gives a fixture `account`.

An account offers, for each kind: `vm_options(**words)`, `vm_store(options)` and so on, with options that are verified
already; `settle()` lets states between come to their end; `vm_type`, `other_type`, `zones` are words of that cloud.
The store of an earlier run is forgotten: each step of a test connects anew, unless it says that it is the same run.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, Protocol

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.engine.keep import keep
from ansible_collections.aienv.cloud.plugins.module_utils.engine.reconcile import reconcile
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from ansible_collections.aienv.cloud.plugins.module_utils.model.firewall import Rule
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN, differences
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Selector, State
from ansible_collections.aienv.cloud.plugins.module_utils.model.snapshot import diff_view
from tests.unit.plugins.builders import OTHER_KEY, PUBLIC_KEY
from tests.unit.plugins.memory_cloud import FakeClock


class Account(Protocol):
    vm_type: str
    other_type: str
    zones: Sequence[str]

    def vm_options(self, **words: Any) -> Any: ...
    def vm_store(self, options: Any) -> Any: ...
    def firewall_options(self, **words: Any) -> Any: ...
    def firewall_store(self, options: Any) -> Any: ...
    def network_options(self, **words: Any) -> Any: ...
    def network_store(self, options: Any) -> Any: ...
    def snapshot_options(self, **words: Any) -> Any: ...
    def snapshot_store(self, options: Any) -> Any: ...
    def settle(self) -> None: ...


def listed(store: Any, name: str, detail: bool = True) -> list[Any]:
    return list(store.list(Selector(name, detail)))


class VmContract:
    every_disk_is_encrypted = False  # whether the cloud has no others
    small_disk = 20  # GiB, not smaller than the image
    grows_while_running = True

    def make(self, account: Account, **words: Any) -> list[Any]:
        """A fleet, made and settled, as a later run sees it."""
        options = account.vm_options(**words)
        outcome = account.vm_store(options).create(options.desired().specs, account_place(account, options))
        assert outcome.error is None
        account.settle()
        return listed(account.vm_store(options), options.name)

    def again(self, account: Account, **words: Any) -> tuple[Any, Any]:
        options = account.vm_options(**words)
        return options, account.vm_store(options)

    # list

    def test_there_is_nothing(self, account: Account) -> None:
        options, store = self.again(account)
        assert listed(store, options.name) == []

    def test_a_state_has_all_that_the_engine_reads(self, account: Account) -> None:
        vm: State = self.make(account)[0]
        assert (vm.name, vm.key, vm.state, vm.owned) == ("fleet", None, "running", True)
        assert vm.id

    def test_only_the_selected_fleet_is_listed(self, account: Account) -> None:
        self.make(account, name="one")
        self.make(account, name="one-more", count=2)
        _, store = self.again(account)
        assert [vm.name for vm in listed(store, "one")] == ["one"]
        assert [vm.name for vm in listed(store, "one-more")] == ["one-more-0", "one-more-1"]

    def test_disks_are_known_when_asked_for_and_unknown_otherwise(self, account: Account) -> None:
        self.make(account, disk_gb=self.small_disk)
        _, store = self.again(account)
        assert listed(store, "fleet")[0].disk_gb == self.small_disk
        assert listed(store, "fleet")[0].disk_encrypted is True
        assert listed(store, "fleet", detail=False)[0].disk_gb is UNKNOWN
        assert listed(store, "fleet", detail=False)[0].disk_encrypted is UNKNOWN

    def test_members_come_in_the_order_of_their_numbers(self, account: Account) -> None:
        vms = self.make(account, count=12)
        assert [vm.index for vm in vms] == list(range(12))
        assert [vm.name for vm in vms] == [f"fleet-{number}" for number in range(12)]

    # create

    def test_what_costs_more_than_the_limit_is_not_made(self, account: Account) -> None:
        options, store = self.again(account, max_hourly_price=0.01)
        with pytest.raises(CloudError, match=r"max_hourly_price is 0\.01 USD") as caught:
            reconcile(store, options.desired(), options.policy, FakeClock(), lambda state: {"id": state.id})
        assert caught.value.code == "refused"
        assert listed(store, options.name) == []
        options, store = self.again(account, max_hourly_price=1000.0)
        reconcile(store, options.desired(), options.policy, FakeClock(), lambda state: {"id": state.id})
        assert len(listed(store, options.name)) == 1

    @pytest.mark.parametrize(
        "words",
        [
            {},
            {"count": 3},
            {"disk_gb": 30, "labels": {"team": "red", "cost": 7}, "ttl_hours": 4},
            {"ssh_public_key": PUBLIC_KEY, "user_data": "#cloud-config\n", "ssh_user": "ada"},
            {"market": "spot"},
            {"public_ip": True},
            {"public_ip": False},
            {"disk_encrypted": False},
        ],
        ids=str,
    )
    def test_what_was_made_is_what_was_wanted(self, account: Account, words: dict[str, Any]) -> None:
        vms = self.make(account, **words)
        options, _ = self.again(account, **words)
        assert len(vms) == (words.get("count") or 1)
        for vm in vms:
            assert differences(options, vm) == ()

    @pytest.mark.parametrize(
        ("first", "then", "field"),
        [
            ({"disk_gb": 30}, {"disk_gb": 40}, "disk_gb"),
            ({"labels": {"team": "red"}}, {"labels": {"team": "blue"}}, "labels"),
            ({"ssh_public_key": PUBLIC_KEY}, {"ssh_public_key": OTHER_KEY}, "ssh_public_key"),
            ({"user_data": "#cloud-config\n"}, {"user_data": "#cloud-config\n#\n"}, "user_data"),
            ({"ttl_hours": 4}, {"ttl_hours": 5}, "ttl_hours"),
            ({"image": "debian-12"}, {"image": "debian-13"}, "image"),
            ({}, {"market": "spot"}, "market"),
            ({}, {"public_ip": False}, "public_ip"),
            ({"disk_encrypted": False}, {"disk_encrypted": True}, "disk_encrypted"),
            ({"ssh_user": "ada"}, {"ssh_user": "bob"}, "ssh_user"),
        ],
        ids=str,
    )
    def test_what_is_wanted_otherwise_is_seen(
        self, account: Account, first: dict[str, Any], then: dict[str, Any], field: str
    ) -> None:
        vms = self.make(account, **first)
        options, _ = self.again(account, **then)
        seen = [] if field == "disk_encrypted" and self.every_disk_is_encrypted else [field]
        assert [change.field for change in differences(options, vms[0])] == seen

    def test_the_answer_of_create_names_the_members(self, account: Account) -> None:
        options, store = self.again(account, count=3)
        outcome = store.create(options.desired().specs, account_place(account, options))
        assert [(vm.key, vm.name) for vm in outcome.states] == [(0, "fleet-0"), (1, "fleet-1"), (2, "fleet-2")]
        assert len({vm.id for vm in outcome.states}) == 3

    def test_gaps_are_made_with_their_own_numbers(self, account: Account) -> None:
        options, store = self.again(account, count=6)
        specs = [spec for spec in options.desired().specs if spec.key in (1, 2, 5)]
        assert store.create(specs, account_place(account, options)).error is None
        account.settle()
        assert [vm.index for vm in listed(store, "fleet")] == [1, 2, 5]

    @pytest.mark.parametrize("same_run", [True, False], ids=["same run", "later run"])
    def test_create_repeated_makes_nothing_twice(self, account: Account, same_run: bool) -> None:
        options, store = self.again(account, count=2)
        first = store.create(options.desired().specs, account_place(account, options))
        if not same_run:
            store = account.vm_store(options)
        second = store.create(options.desired().specs, account_place(account, options))
        assert second.error is None
        assert [vm.id for vm in second.states] == [vm.id for vm in first.states]
        account.settle()
        assert len(listed(account.vm_store(options), "fleet")) == 2

    @pytest.mark.parametrize("same_run", [True, False], ids=["same run", "later run"])
    def test_create_after_delete_gives_new_ones(self, account: Account, same_run: bool) -> None:
        before = self.make(account, count=2)
        options, store = self.again(account, count=2)
        assert store.delete(listed(store, "fleet")).error is None
        if not same_run:
            store = account.vm_store(options)
        made = store.create(options.desired().specs, account_place(account, options)).states
        assert not {vm.id for vm in made} & {vm.id for vm in before}
        account.settle()
        assert [vm.id for vm in listed(store, "fleet") if vm.state != "deleting"] == [vm.id for vm in made]

    def test_a_create_that_cannot_be_comes_back_as_an_error(self, account: Account) -> None:
        options, store = self.again(account, market="reserved", reservation_id="cr-0123456789abcdef0")
        outcome = store.create(options.desired().specs, account_place(account, options))
        assert outcome.states == ()
        assert isinstance(outcome.error, CloudError)
        assert outcome.error.cloud

    def test_a_candidate_without_a_zone_stands_for_every_zone(self, account: Account) -> None:
        _, store = self.again(account)
        found = store.candidates([Candidate(account.vm_type), Candidate(account.other_type, account.zones[1])])
        assert [(c.machine_type, c.zone) for c in found] == [
            *((account.vm_type, zone) for zone in account.zones),
            (account.other_type, account.zones[1]),
        ]

    def test_the_zone_and_the_type_are_those_of_the_candidate(self, account: Account) -> None:
        options, store = self.again(account)
        store.create(options.desired().specs, Candidate(account.other_type, account.zones[1]))
        account.settle()
        vm = listed(store, "fleet")[0]
        assert (vm.machine_type, vm.zone) == (account.other_type, account.zones[1])

    # change

    def test_only_what_is_named_changes(self, account: Account) -> None:
        before = self.make(account, count=2, labels={"team": "red"}, ttl_hours=4)
        _, store = self.again(account)
        assert store.change([(before[0], {"labels": {"cost": "7"}})]).error is None
        after = listed(store, "fleet")
        assert after[0].labels == {"team": "red", "cost": "7"}
        assert after[1].labels == {"team": "red"}
        assert (after[0].ttl_hours, after[0].state, after[0].id) == (4, "running", before[0].id)

    def test_power_off_and_on_keeps_the_labels_and_the_identity(self, account: Account) -> None:
        vms = self.make(account, count=2, labels={"team": "red"})
        _, store = self.again(account)
        for state, seen in (("stopped", "stopped"), ("running", "running"), ("restarted", "running")):
            assert store.change([(vm, {"state": state}) for vm in vms]).error is None
            account.settle()
            now = listed(store, "fleet")
            assert [(vm.id, vm.index, vm.state) for vm in now] == [(vm.id, vm.index, seen) for vm in vms]
            assert {vm.labels["team"] for vm in now} == {"red"}

    def test_power_as_it_is_already_is_no_error(self, account: Account) -> None:
        vms = self.make(account)
        _, store = self.again(account)
        assert store.change([(vms[0], {"state": "running"})]).error is None
        assert store.change([(vms[0], {"state": "stopped"})]).error is None
        account.settle()
        assert store.change([(vms[0], {"state": "stopped"})]).error is None

    def test_a_running_vm_cannot_be_resized_and_a_stopped_one_can(self, account: Account) -> None:
        vms = self.make(account)
        _, store = self.again(account)
        assert store.change([(vms[0], {"machine_type": account.other_type})]).error is not None
        assert listed(store, "fleet")[0].machine_type == account.vm_type
        store.change([(vms[0], {"state": "stopped"})])
        account.settle()
        assert store.change([(vms[0], {"machine_type": account.other_type})]).error is None
        assert listed(store, "fleet")[0].machine_type == account.other_type

    def test_a_disk_grows(self, account: Account) -> None:
        vms = self.make(account, count=2, disk_gb=self.small_disk)
        _, store = self.again(account)
        if not self.grows_while_running:
            assert store.change([(vms[1], {"disk_gb": self.small_disk + 5})]).error is not None
            store.change([(vms[1], {"state": "stopped"})])
            account.settle()
        assert store.change([(vms[1], {"disk_gb": self.small_disk + 5})]).error is None
        _, store = self.again(account, disk_gb=self.small_disk + 5)
        assert [vm.disk_gb for vm in listed(store, "fleet")] == [self.small_disk, self.small_disk + 5]

    def test_different_changes_of_several_vms_at_once(self, account: Account) -> None:
        vms = self.make(account, count=3)
        _, store = self.again(account)
        changes = [
            (vms[0], {"labels": {"a": "1"}}),
            (vms[1], {"labels": {"a": "2"}, "ssh_user": "ada"}),
            (vms[2], {"state": "stopped"}),
        ]
        assert store.change(changes).error is None
        account.settle()
        after = listed(store, "fleet")
        assert [vm.labels for vm in after] == [{"a": "1"}, {"a": "2"}, {}]
        assert after[1].ssh_user == "ada"
        assert [vm.state for vm in after] == ["running", "running", "stopped"]

    # delete

    def test_deleted_ones_are_not_listed(self, account: Account) -> None:
        vms = self.make(account, count=3)
        _, store = self.again(account)
        assert store.delete([vms[0], vms[2]]).error is None
        account.settle()
        assert [vm.id for vm in listed(store, "fleet")] == [vms[1].id]

    def test_already_gone_is_success_and_does_not_save_the_others(self, account: Account) -> None:
        vms = self.make(account, count=2)
        _, store = self.again(account)
        assert store.delete([vms[0]]).error is None
        account.settle()
        self.forget(account, vms[0].id)
        assert store.delete(vms).error is None
        account.settle()
        assert listed(store, "fleet") == []

    def forget(self, account: Account, vm_id: str) -> None:
        """Let the cloud forget a deleted VM altogether, where it remembers such."""

    # the whole flow

    def test_a_life(self, account: Account) -> None:
        def run(**words: Any) -> Any:
            options = account.vm_options(**words)
            return reconcile(
                account.vm_store(options),
                options.desired(),
                options.policy,
                FakeClock(),
                lambda vm: {"state": vm.state},
            )

        assert [vm.state for vm in run(count=3).states] == ["running"] * 3
        assert not run(count=3).changed
        assert [vm.name for vm in run(count=2, labels={"a": "b"}).states] == ["fleet-0", "fleet-1"]
        assert {vm.state for vm in run(state="stopped").states} == {"stopped"}
        assert not run(state="stopped").changed
        assert run(count=2, machine_types=[account.other_type], state="present").changed
        assert {vm.state for vm in run(state="started", count=2).states} == {"running"}
        assert run(state="absent").changed
        assert not run(state="absent").changed


def account_place(account: Account, options: Any) -> Candidate:
    return Candidate(options.machine_types[0], account.zones[0])


SSH = {"service": "ssh", "sources": ["203.0.113.0/24"], "description": "office"}
WEB = {"protocol": "tcp", "ports": ["443", "8000-8100"], "sources": ["198.51.100.7/32", "2001:db8::/32"]}
PING = {"protocol": "icmp", "sources": ["10.0.0.0/8"]}
PING6 = {"protocol": "icmpv6", "sources": ["2001:db8::/32"]}
SELF = {"protocol": "all", "sources": ["gate"]}
DNS = {"protocol": "udp", "ports": ["53"], "sources": ["10.0.0.0/8"]}


class FirewallContract:
    def run(self, account: Account, apply: bool = True, **words: Any) -> Any:
        options = account.firewall_options(**{"name": "gate", **words})
        policy = options.policy if apply else no_apply(options.policy)
        return reconcile(
            account.firewall_store(options), options.desired(), policy, FakeClock(), lambda f: {"id": f.id}
        )

    @pytest.mark.parametrize(
        "rules",
        [[], [SSH], [SSH, WEB], [PING, PING6], [SELF], [SSH, WEB, PING, PING6, SELF, DNS]],
        ids=["none", "ssh", "web", "ping", "self", "all"],
    )
    def test_made_as_wanted_and_again_nothing(self, account: Account, rules: list[Any]) -> None:
        made = self.run(account, rules=rules)
        assert made.changed
        assert made.states[0].state == "available"
        again = self.run(account, rules=rules)
        assert not again.changed
        assert again.states[0].id == made.states[0].id

    @pytest.mark.parametrize("first", [[SSH, WEB], [PING], [SELF, DNS], []], ids=["web", "ping", "self", "none"])
    @pytest.mark.parametrize("then", [[WEB], [SSH, PING6], [SELF], []], ids=["web", "ssh", "self", "none"])
    def test_from_any_rules_to_any_others(self, account: Account, first: list[Any], then: list[Any]) -> None:
        self.run(account, rules=first)
        options = account.firewall_options(name="gate", rules=then)
        assert self.run(account, rules=then).states[0].rules == frozenset(options.rules)
        assert not self.run(account, rules=then).changed

    def test_a_description_alone_is_a_change(self, account: Account) -> None:
        self.run(account, rules=[SSH])
        result = self.run(account, rules=[{**SSH, "description": "new office"}])
        assert result.changed
        assert {rule.description for rule in result.states[0].rules} == {"new office"}

    def test_without_purge_the_rules_of_others_stay(self, account: Account) -> None:
        self.run(account, rules=[SSH, DNS])
        result = self.run(account, rules=[PING], purge=False)
        assert len(result.states[0].rules) == 3
        assert not self.run(account, rules=[SSH], purge=False).changed

    def test_rules_unset_leave_the_rules(self, account: Account) -> None:
        self.run(account, rules=[SSH])
        result = self.run(account, labels={"team": "red"})
        assert result.changed
        assert result.states[0].labels == {"team": "red"}
        assert {rule.source for rule in result.states[0].rules} == {"203.0.113.0/24"}

    def test_labels_are_set_and_others_stay(self, account: Account) -> None:
        self.run(account, rules=[], labels={"team": "red", "cost": 7})
        assert not self.run(account, labels={"cost": 7}).changed
        assert self.run(account, labels={"cost": 8}).states[0].labels == {"team": "red", "cost": "8"}

    def test_check_mode_makes_nothing(self, account: Account) -> None:
        assert self.run(account, apply=False, rules=[SSH]).changed
        assert self.run(account, apply=False, rules=[SSH]).states == ()

    def test_a_source_that_does_not_exist_is_an_error_and_leaves_nothing(self, account: Account) -> None:
        with pytest.raises(CloudError) as caught:
            self.run(account, rules=[{"protocol": "all", "sources": ["nobody"]}])
        assert caught.value.code == "not_found"
        assert "nobody" in str(caught.value)
        options = account.firewall_options(name="gate")
        assert listed(account.firewall_store(options), "gate") == []

    def test_another_firewall_as_a_source(self, account: Account) -> None:
        self.run(account, name="inner", rules=[])
        result = self.run(account, rules=[{"protocol": "all", "sources": ["inner"]}])
        assert result.states[0].rules == {Rule("all", -1, -1, "inner")}
        assert not self.run(account, rules=[{"protocol": "all", "sources": ["inner"]}]).changed

    def test_absent_and_again(self, account: Account) -> None:
        self.run(account, rules=[SSH])
        assert self.run(account, state="absent").states == ()
        assert not self.run(account, state="absent").changed

    def test_already_gone_is_success(self, account: Account) -> None:
        state = self.run(account, rules=[SSH]).states[0]
        options = account.firewall_options(name="gate")
        assert account.firewall_store(options).delete([state]).error is None
        assert account.firewall_store(options).delete([state]).error is None


class NetworkContract:
    labels_can_change = True  # or are they what they were when the network was made

    def subnets(self, account: Account, zones: Sequence[str]) -> list[str]:
        """Where the subnets of a network for these zones lie; a cloud whose subnets span zones has one."""
        return list(zones)

    def run(self, account: Account, apply: bool = True, **words: Any) -> Any:
        options = account.network_options(**{"name": "lan", **words})
        policy = options.policy if apply else no_apply(options.policy)
        return reconcile(account.network_store(options), options.desired(), policy, FakeClock(), lambda n: {"id": n.id})

    def test_made_whole_and_again_nothing(self, account: Account) -> None:
        made = self.run(account)
        assert made.changed
        network = made.states[0]
        assert (network.missing, network.cidr, network.state) == ((), "10.20.0.0/16", "available")
        assert [subnet.zone for subnet in network.subnets] == self.subnets(account, account.zones)
        again = self.run(account)
        assert not again.changed
        assert again.states == made.states

    def test_only_the_zones_that_are_named(self, account: Account) -> None:
        named = list(account.zones[:2])
        seen = [subnet.zone for subnet in self.run(account, zones=named).states[0].subnets]
        assert seen == self.subnets(account, named)
        assert not self.run(account, zones=named).changed

    def test_check_mode_makes_nothing(self, account: Account) -> None:
        assert self.run(account, apply=False).changed
        assert self.run(account, apply=False).states == ()

    def test_another_range_is_refused(self, account: Account) -> None:
        self.run(account)
        with pytest.raises(CloudError, match=r"10\.20\.0\.0/16.*10\.30\.0\.0/16.*delete it first") as caught:
            self.run(account, cidr="10.30.0.0/16")
        assert caught.value.code == "refused"

    def test_labels_are_set_and_others_stay(self, account: Account) -> None:
        made = self.run(account, labels={"team": "red", "cost": 7}).states[0]
        assert made.labels == {"team": "red", "cost": "7"}
        assert not self.run(account, labels={"cost": 7}).changed
        later = self.run(account, labels={"cost": 8})
        assert later.changed == self.labels_can_change
        assert later.states[0].labels == ({"team": "red", "cost": "8"} if self.labels_can_change else made.labels)

    def test_networks_of_other_names_are_left_alone(self, account: Account) -> None:
        other = self.run(account, name="other").states
        self.run(account)
        self.run(account, state="absent")
        assert self.run(account, name="other").states == other

    def test_absent_and_again(self, account: Account) -> None:
        self.run(account)
        assert self.run(account, state="absent").states == ()
        assert not self.run(account, state="absent").changed

    def test_already_gone_is_success(self, account: Account) -> None:
        state = self.run(account).states[0]
        options = account.network_options(name="lan")
        assert account.network_store(options).delete([state]).error is None
        assert account.network_store(options).delete([state]).error is None


class SnapshotContract:
    """A run is told from the one before by its token: the clouds' own clocks do not move for us."""

    def fleet(self, account: Account, **words: Any) -> list[Any]:
        return VmContract().make(account, **{"name": "fleet", **words})

    def keep(self, account: Account, apply: bool = True, minutes: int = 0, **words: Any) -> Any:
        """One run of a module, that many minutes after the first."""
        options = account.snapshot_options(**{"name": "fleet", **words})
        policy = options.policy if apply else no_apply(options.policy)
        clock = FakeClock()
        clock.ahead = datetime.timedelta(minutes=minutes)
        return keep(account.snapshot_store(options), options.desired(), policy, clock, diff_view)

    def test_every_disk_once_and_again_nothing(self, account: Account) -> None:
        vms = self.fleet(account, count=2)
        made = self.keep(account, labels={"team": "red", "cost": 7})
        assert made.changed
        assert [(s.index, s.fleet, s.state, s.owned) for s in made.states] == [
            (vm.index, "fleet", "available", True) for vm in vms
        ]
        assert len({s.id for s in made.states}) == len({s.disk for s in made.states}) == 2
        for state in made.states:
            assert state.labels == {"team": "red", "cost": "7"}
            assert state.size_gb > 0
            assert abs((state.taken - FakeClock().utc()).total_seconds()) < 60
            assert (state.scheduled, state.token) == (False, None)
        again = self.keep(account)
        assert (again.changed, again.actions) == (False, ())
        assert again.states == made.states

    def test_check_mode_takes_nothing(self, account: Account) -> None:
        self.fleet(account)
        forecast = self.keep(account, apply=False)
        assert forecast.changed
        assert self.keep(account, apply=False).states == ()
        assert self.keep(account).actions == forecast.actions

    def test_no_fleet_is_an_error_and_not_an_empty_backup(self, account: Account) -> None:
        with pytest.raises(CloudError, match="no VM of fleet 'fleet'") as caught:
            self.keep(account)
        assert caught.value.code == "not_found"

    def test_a_stopped_vm_has_disks_too(self, account: Account) -> None:
        (vm,) = self.fleet(account)
        account.vm_store(account.vm_options()).change([(vm, {"state": "stopped"})])
        account.settle()
        assert len(self.keep(account).states) == 1

    def test_a_token_once_each(self, account: Account) -> None:
        self.fleet(account)
        first = self.keep(account, token="one")
        assert [s.token for s in first.states] == ["one"]
        assert not self.keep(account, token="one", minutes=1).changed
        assert not self.keep(account, minutes=1).changed
        second = self.keep(account, token="two", minutes=2)
        assert [s.token for s in second.states] == ["one", "two"]

    def test_the_newest_are_kept_by_number(self, account: Account) -> None:
        self.fleet(account, count=2)
        for number in range(3):
            self.keep(account, token=f"run-{number}", minutes=number, keep_last=2)
        final = self.keep(account, token="run-3", minutes=3, keep_last=2)
        assert [(s.index, s.token) for s in final.states] == [
            (0, "run-2"), (0, "run-3"), (1, "run-2"), (1, "run-3")
        ]  # fmt: skip
        assert sorted(entry["name"] for entry in final.before.values())
        assert len(final.before) == 2
        fewer = self.keep(account, token="run-3", minutes=4, keep_last=1)
        assert fewer.changed
        assert [s.token for s in fewer.states] == ["run-3", "run-3"]

    def test_the_young_are_kept_by_age_and_the_last_always(self, account: Account) -> None:
        self.fleet(account)
        for number in range(2):
            self.keep(account, token=f"run-{number}", minutes=number)
        assert not self.keep(account, token="run-1", minutes=2, keep_within_days=1).changed
        later = self.keep(account, token="run-1", minutes=60 * 24 * 3, keep_within_days=1)
        assert [s.token for s in later.states] == ["run-1"]

    def test_other_fleets_are_left_alone(self, account: Account) -> None:
        self.fleet(account, name="fleet-b")
        self.fleet(account)
        other = self.keep(account, name="fleet-b").states
        assert [s.fleet for s in self.keep(account, keep_last=1).states] == ["fleet"]
        self.keep(account, state="absent")
        assert self.keep(account, name="fleet-b", apply=False).states == other

    def test_they_outlive_their_vms_and_end_when_told_to(self, account: Account) -> None:
        vms = self.fleet(account)
        made = self.keep(account).states
        account.vm_store(account.vm_options()).delete(vms)
        account.settle()
        assert [s.id for s in self.keep(account, apply=False, state="absent").states] == [s.id for s in made]
        ended = self.keep(account, state="absent")
        assert (ended.changed, ended.states) == (True, ())
        assert not self.keep(account, state="absent").changed

    def test_already_gone_is_success(self, account: Account) -> None:
        self.fleet(account)
        states = self.keep(account).states
        store = account.snapshot_store(account.snapshot_options(name="fleet"))
        assert store.delete(states).error is None
        assert store.delete(states).error is None


def no_apply(policy: Any) -> Any:
    import dataclasses

    return dataclasses.replace(policy, apply=False)
