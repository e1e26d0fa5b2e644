"""The inventory's reading of Azure: four lists a subscription, every host exactly once, whatever Azure's mood."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.inventory import AzureInventoryOptions, find
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.builders import parsed
from tests.unit.plugins.clouds.azure.account import AzureAccount

LISTS = {
    "VirtualMachines_ListAll": 2,
    "NetworkInterfaces_ListAll": 1,
    "PublicIPAddresses_ListAll": 1,
}
PAGE = 200  # what the emulated Azure puts on one


@pytest.fixture(autouse=True)
def environment(account: AzureAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account.server.variables().items():
        monkeypatch.setenv(name, value)


def listed(**words: Any) -> Any:
    return find(parsed(AzureInventoryOptions, **words).verified())


def test_every_vm_with_its_addresses_and_four_calls(account: AzureAccount) -> None:
    made = account.vms(count=5).states
    account.counted()
    found = sorted(listed().vms, key=lambda vm: vm.name)  # Azure lists in no order of ours
    assert account.counted() == LISTS
    assert [vm.name for vm in found] == [f"fleet-{number}" for number in range(5)]
    assert [(vm.public_ip_address, vm.private_ip) for vm in found] == [
        (vm.public_ip_address, vm.private_ip) for vm in made
    ]
    assert {vm.state for vm in found} == {"running"}


def test_ten_thousand_vms_cost_the_pages_of_four_lists(account: AzureAccount) -> None:
    account.vms(count=1)
    first = account.every(operations.VM)[0]
    account.server.clone(first["id"], [f"fleet-{number}" for number in range(1, 10_000)])
    account.counted()
    found = listed().vms
    assert account.counted() == {operation: lists * 10_000 // PAGE for operation, lists in LISTS.items()}
    assert len({vm.name for vm in found}) == len({vm.public_ip_address for vm in found}) == len(found) == 10_000


@pytest.mark.parametrize("fraction", [0.02, 0.3])
def test_throttled_lists_give_every_host_once(account: AzureAccount, naps: list[float], fraction: float) -> None:
    account.vms(count=60)
    account.server.faults({"kind": "throttle", "fraction": fraction, "retry_after": 3}, seed=3)
    names: list[str] = []
    while not account.server.struck()[0]:
        names = [vm.name for vm in listed().vms]
        assert len(names) == len(set(names)) == 60
    assert set(naps) == {3}


def test_choices(account: AzureAccount) -> None:
    account.vms(name="one", count=2)
    account.vms(name="two")
    vm = account.every(operations.VM)[-1]
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {}})
    theirs = vm["name"]
    assert theirs not in {one.name for one in listed().vms}
    assert theirs in {one.name for one in listed(owned_only=False).vms}
    assert {one.fleet for one in listed(fleets=["one"]).vms} == {"one"}
    assert listed(resource_groups=["elsewhere"]).vms == ()
    assert listed(resource_groups=["LAB"]).vms == listed(subscriptions=["all"]).vms


def test_a_vm_that_failed_is_listed_beside_the_others(account: AzureAccount) -> None:
    account.vms(count=3)
    account.vms(state="stopped")
    account.server.faults({"kind": "capacity"})
    with pytest.raises(CloudError):
        account.vms(state="started")
    account.server.faults()
    assert len(listed().vms) == 3


def test_a_subscription_that_cannot_be_read_is_an_error_unless_told_otherwise(account: AzureAccount) -> None:
    account.vms()
    words = {"subscriptions": [account.session.subscription, "11111111-2222-3333-4444-555555555555"]}
    with pytest.raises(CloudError, match="11111111-2222"):
        listed(**words)
    listing = listed(**words, ignore_region_errors=True)
    assert [vm.name for vm in listing.vms] == ["fleet"]
    assert list(listing.failed) == ["11111111-2222-3333-4444-555555555555"]
