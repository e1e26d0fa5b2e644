"""Fleets on the emulated Azure: what is looked up, what is counted, what is shown to other people."""

from __future__ import annotations

import dataclasses
import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations, tags, vms
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.states import HALTED, Around, from_api
from ansible_collections.aienv.cloud.plugins.module_utils.model import mark
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError, InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import differences
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import fingerprint
from tests.unit.plugins.builders import PUBLIC_KEY
from tests.unit.plugins.clouds.azure.account import NETWORK, AzureAccount
from tests.unit.plugins.clouds.contract import SSH

PARTS = (
    operations.VM,
    operations.NIC,
    operations.ADDRESS,
    operations.DISK,
    operations.NSG,
    operations.ASG,
    operations.VNET,
)


def only(found: Any) -> Any:
    (one,) = found
    return one


def left(account: AzureAccount) -> list[str]:
    """Everything that is in the group, but for the network that all tests find there."""
    found = [(kind, one["name"]) for kind in PARTS for one in account.every(kind)]
    return [name for kind, name in found if (kind, name) != (operations.VNET, NETWORK)]


# what other people see


def test_a_vm_as_others_see_it(account: AzureAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    words = {"labels": {"team": "red"}, "user_data": "#cloud-config\n", "firewalls": ["gate"], "zones": ["2"]}
    vm = only(account.vms(**words).states)
    raw = only(account.every(operations.VM))
    properties = raw["properties"]
    assert (raw["name"], raw["zones"], raw["location"]) == ("fleet", ["2"], "eastus")
    assert properties["hardwareProfile"]["vmSize"] == "Standard_NC4as_T4_v3"
    assert (raw["tags"]["aienv-fleet"], raw["tags"]["aienv-image"], raw["tags"]["team"]) == (
        "fleet",
        "debian-12",
        "red",
    )
    assert properties["osProfile"]["linuxConfiguration"]["disablePasswordAuthentication"] is True
    assert properties["storageProfile"]["osDisk"]["deleteOption"] == "Delete"
    nic, address = only(account.every(operations.NIC)), only(account.every(operations.ADDRESS))
    assert nic["properties"]["enableAcceleratedNetworking"] is True
    assert nic["properties"]["networkSecurityGroup"]["id"].endswith("/gate")
    assert address["sku"]["name"] == "Standard"
    assert vm.public_ip_address == address["properties"]["ipAddress"]
    assert vm.private_ip.startswith("10.50.")
    assert (vm.firewalls, vm.ssh_public_key, vm.ssh_user) == (("gate",), fingerprint(PUBLIC_KEY), "azureuser")
    assert not account.vms(**words).changed


def test_deleting_takes_what_came_with_the_vm_and_nothing_else(account: AzureAccount) -> None:
    account.vms(count=2)
    mine = {
        "location": "eastus",
        "sku": {"name": "Standard_LRS"},
        "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8},
    }
    answer = account.session._send(
        "PUT",
        account.session.id_of(operations.DISK, "mine"),
        "Disks_CreateOrUpdate",
        "",
        mine,
        {"api-version": "2024-03-02"},
    )
    account.session.done([answer], 60)
    assert len(left(account)) == 9
    account.vms(state="absent")
    assert left(account) == ["mine"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ({"network": "nowhere"}, "not_found", "there is no network 'nowhere' in lab"),
        ({"network": None}, "invalid", "Azure has no default network; make one with azure_network"),
        ({"ssh_public_key": None}, "invalid", "no Linux VM without a key"),
        ({"firewalls": ["nobody"]}, "not_found", "firewalls nobody do not exist"),
        ({"location": None}, "invalid", "such as eastus"),
        ({"location": "mars"}, "invalid", "it is in eastus, not in mars"),
        ({"resource_group": "nowhere"}, "not_found", "azure_network makes it"),
    ],
    ids=["network", "no network", "key", "firewall", "no location", "location", "group"],
)
def test_words_that_the_account_does_not_know(
    account: AzureAccount, words: dict[str, Any], code: str, said: str
) -> None:
    options = account.vm_options(**words)
    session = type(account.session)(account.session.client, account.session.subscription, options.resource_group)
    with pytest.raises(CloudError) as caught:
        account._run(vms.VmStore(session, options), options)
    assert caught.value.code == code
    assert said in str(caught.value)
    assert "VirtualMachines_CreateOrUpdate" not in account.counted()


def test_a_location_without_the_size_is_told_before_anything_is_made(account: AzureAccount) -> None:
    with pytest.raises(CloudError) as caught:
        account.vms(machine_type="Standard_M8ms")
    assert caught.value.code == "unsupported"
    assert "eastus does not offer Standard_M8ms" in str(caught.value)
    assert "VirtualMachines_CreateOrUpdate" not in account.counted()


# identity


def test_a_vm_of_somebody_else_with_a_member_s_name_is_an_error(account: AzureAccount) -> None:
    account.vms()
    vm = only(account.every(operations.VM))
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {"theirs": "yes"}})
    account.counted()
    with pytest.raises(CloudError) as caught:
        account.vms()
    assert caught.value.code == "ambiguous"
    assert "VirtualMachines_CreateOrUpdate" not in account.counted()
    assert not account.vms(state="absent").changed
    assert len(account.every(operations.VM)) == 1


def test_a_foreign_vm_that_came_after_the_look_is_not_overwritten(account: AzureAccount) -> None:
    account.vms()
    vm = only(account.every(operations.VM))
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {"theirs": "yes"}})
    options = account.vm_options()
    outcome = account.vm_store(options).create(options.desired().specs, vms.Candidate(account.vm_type, "1"))
    assert outcome.states == ()
    assert outcome.error is not None
    assert outcome.error.code == "ambiguous"
    assert only(account.every(operations.VM))["tags"] == {"theirs": "yes"}


def test_a_newer_image_is_no_second_vm(account: AzureAccount) -> None:
    old = only(account.vms(image="debian-12").states)
    with pytest.raises(CloudError) as caught:
        account.vms(image="debian-13")
    assert caught.value.code == "refused"
    new = only(account.vms(image="debian-13", allow_replace=True).states)
    assert new.id != old.id
    assert len(left(account)) == 4


def test_tags_of_others_survive_ours(account: AzureAccount) -> None:
    account.vms(labels={"team": "red"})
    vm = only(account.every(operations.VM))
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {**vm["tags"], "Theirs": "1"}})
    account.vms(labels={"team": "blue", "theirs": "2"})
    tags = only(account.every(operations.VM))["tags"]
    assert tags["team"] == "blue"
    assert {key.lower(): value for key, value in tags.items()}["theirs"] == "2"
    assert not account.vms(labels={"team": "blue", "theirs": "2"}).changed


def test_a_tag_that_somebody_sets_meanwhile_is_not_lost(account: AzureAccount) -> None:
    state = only(account.vms().states)
    vm = only(account.every(operations.VM))
    account.ask("VirtualMachines_Update", vm["id"], {"tags": {**vm["tags"], "late": "yes"}})
    store = account.vm_store(account.vm_options())
    stale = dataclasses.replace(state, etag='"0"')
    assert store.change([(stale, {"labels": {"team": "red"}})]).error is None
    tags = only(account.every(operations.VM))["tags"]
    assert (tags["late"], tags["team"]) == ("yes", "red")


# power and size


def test_a_vm_that_was_shut_down_from_inside_is_stopped_for_good_when_asked(account: AzureAccount) -> None:
    account.vms()
    vm = only(account.every(operations.VM))
    answer = account.session._send(
        "POST", f"{vm['id']}/powerOff", "VirtualMachines_PowerOff", vm["id"], None, {"api-version": "2024-07-01"}
    )
    account.session.done([answer], 60)
    seen = only(account.vms().states)
    assert (seen.state, seen.reason) == ("stopped", HALTED)
    account.counted()
    assert account.vms(state="stopped").changed
    assert account.counted()["VirtualMachines_Deallocate"] == 1
    assert not account.vms(state="stopped").changed
    assert only(account.vms(state="started").states).state == "running"


def test_a_resize_takes_consent_and_the_vm_runs_again(account: AzureAccount) -> None:
    account.vms(disk_gb=40)
    with pytest.raises(CloudError, match="allow_restart"):
        account.vms(machine_type="Standard_NC8as_T4_v3")
    larger = {"machine_type": "Standard_NC8as_T4_v3", "disk_gb": 60, "disk_type": "StandardSSD_LRS"}
    vm = only(account.vms(**larger, allow_restart=True).states)
    assert (vm.state, vm.machine_type) == ("running", "Standard_NC8as_T4_v3")
    assert not account.vms(**larger).changed
    with pytest.raises(CloudError, match="can grow but not shrink"):
        account.vms(disk_gb=50, allow_restart=True)


def test_a_size_that_the_hardware_has_takes_a_restart_and_no_deallocation(account: AzureAccount) -> None:
    account.vms(count=2)
    account.counted()
    larger = {"count": 2, "machine_type": "Standard_NC8as_T4_v3", "allow_restart": True}
    assert {vm.machine_type for vm in account.vms(**larger).states} == {"Standard_NC8as_T4_v3"}
    counted = account.counted()
    assert (counted["VirtualMachines_ListAvailableSizes"], counted["VirtualMachines_Update"]) == (2, 2)
    assert not {"VirtualMachines_Deallocate", "VirtualMachines_Start", "VirtualMachines_Restart"} & set(counted)


def test_a_size_of_other_hardware_takes_a_deallocation(account: AzureAccount) -> None:
    account.vms()
    account.counted()
    vm = only(account.vms(machine_type="Standard_D4s_v5", allow_restart=True).states)
    assert (vm.state, vm.machine_type) == ("running", "Standard_D4s_v5")
    assert account.counted()["VirtualMachines_Deallocate"] == 1


def test_the_firewall_is_changed_in_place_and_the_address_still_goes_with_the_vm(account: AzureAccount) -> None:
    account.firewall(name="one", rules=[])
    account.firewall(name="two", rules=[])
    account.vms(count=2, firewalls=["one"])
    assert account.vms(count=2, firewalls=["two"]).changed
    assert not account.vms(count=2, firewalls=["two"]).changed
    groups = {
        nic["properties"]["networkSecurityGroup"]["id"].rsplit("/", 1)[-1] for nic in account.every(operations.NIC)
    }
    assert groups == {"two"}
    account.firewall(name="one", state="absent")
    account.vms(state="absent")
    account.firewall(name="two", state="absent")
    assert left(account) == []


def test_spot_and_reserved_are_known_again(account: AzureAccount) -> None:
    spot = {"market": "spot", "max_price": 1.5, "eviction_policy": "delete"}
    assert only(account.vms(**spot).states).market == "spot"
    properties = only(account.every(operations.VM))["properties"]
    assert (properties["evictionPolicy"], properties["billingProfile"]["maxPrice"]) == ("Delete", 1.5)
    assert not account.vms(**spot).changed


def reserve(account: AzureAccount, *reserved: tuple[str, str]) -> str:
    """A group of capacity reservations, one VM each of such a size in such a zone; gives its name."""
    group = account.session.id_of(operations.RESERVATION, "booked")
    account.put(group, {"location": "eastus", "zones": sorted({zone for _, zone in reserved})})
    for number, (size, zone) in enumerate(reserved):
        body = {"location": "eastus", "zones": [zone], "sku": {"name": size, "capacity": 1}}
        account.put(f"{group}/capacityReservations/one-{number}", body)
    return "booked"


def test_a_reservation_says_in_which_zone_its_vms_are_made(account: AzureAccount) -> None:
    group = reserve(account, ("Standard_NC8as_T4_v3", "3"), (account.vm_type, "2"))
    result = account.vms(market="reserved", reservation_id=group)
    assert (only(result.states).zone, only(result.states).market) == ("2", "reserved")
    assert [(one.zone, one.code) for one in result.attempts] == [("2", None)]
    assert not account.vms(market="reserved", reservation_id=group).changed


def test_of_several_sizes_the_reserved_one_is_made(account: AzureAccount) -> None:
    group = reserve(account, ("Standard_NC8as_T4_v3", "3"))
    sizes = {"machine_types": [account.vm_type, "Standard_NC8as_T4_v3"]}
    vm = only(account.vms(market="reserved", reservation_id=group, **sizes).states)
    assert (vm.machine_type, vm.zone) == ("Standard_NC8as_T4_v3", "3")


def test_a_reservation_of_other_sizes_is_told_before_anything_is_made(account: AzureAccount) -> None:
    group = reserve(account, ("Standard_NC8as_T4_v3", "3"))
    account.counted()
    with pytest.raises(CloudError, match="booked holds no Standard_NC4as_T4_v3; it holds standard_nc8as_t4_v3"):
        account.vms(market="reserved", reservation_id=group)
    assert "VirtualMachines_CreateOrUpdate" not in account.counted()


def test_a_size_without_trusted_launch_is_told_before_anything_is_made(account: AzureAccount) -> None:
    with pytest.raises(InvalidOption, match=r"security_type.*Standard_D2ps_v5 does not have it"):
        account.vms(machine_type="Standard_D2ps_v5", security_type="trusted_launch")
    assert "VirtualMachines_CreateOrUpdate" not in account.counted()


def test_an_id_too_long_for_a_tag_is_known_again(account: AzureAccount) -> None:
    group = "a-resource-group-with-a-long-name-" + "n" * 50
    network = account.session.id_of(operations.VNET, "network-" + "n" * 56).replace("/lab/", f"/{group}/")
    subnet = f"{network}/subnets/{'s' * 80}"
    assert len(subnet) > tags.LONGEST
    options = account.vm_options(network=subnet)
    own = tags.member_tags(options, "azureuser", datetime.datetime.now(datetime.UTC))
    assert mark.NETWORK not in own
    raw = {"id": "/x/f", "name": "fleet", "tags": own, "properties": {}}
    changes = differences(options, from_api(raw, Around()))
    assert "network" not in {change.field for change in changes}


def test_trusted_launch_is_known_again(account: AzureAccount) -> None:
    words = {"security_type": "trusted_launch", "machine_type": "Standard_D2s_v5"}
    assert only(account.vms(**words).states).security_type == "trusted_launch"
    assert not account.vms(**words).changed
    with pytest.raises(CloudError, match="allow_replace"):
        account.vms(**{**words, "security_type": "standard"})


def test_the_info_module_finds_one_fleet_or_all(account: AzureAccount) -> None:
    account.vms(name="one", count=2)
    account.vms(name="two")
    assert [vm.name for vm in find(account)] == ["one-0", "one-1", "two"]
    assert [vm.name for vm in find(account, name="one")] == ["one-0", "one-1"]
    assert [vm.public_ip_address for vm in find(account, name="one")] != [None, None]
    assert find(account, name="nobody") == []
    with pytest.raises(InvalidOption):
        find(account, name="No")


def find(account: AzureAccount, name: str | None = None) -> list[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vms, "connect", lambda options: account.session)
        return list(vms.find(SimpleNamespace(name=name, verify_place=lambda: None)))  # type: ignore[arg-type]


# how many calls

LOOK = {
    "VirtualMachines_List": 1,
    "VirtualMachines_ListAll": 1,
    "NetworkInterfaces_List": 1,
    "PublicIPAddresses_List": 1,
}


def without_looks(calls: dict[str, int], looks: int) -> dict[str, int]:
    """Each look is four lists; what else there was, but for polls of operations."""
    for name in LOOK:
        assert calls.pop(name) == looks
    calls.pop("Operations_Get", None)
    return calls


def test_fifty_vms_take_one_put_each_and_four_calls_to_see_them_again(account: AzureAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.counted()
    words = {"count": 50, "firewalls": ["gate"], "disk_gb": 64}
    assert len(account.vms(**words).states) == 50
    calls = account.counted()
    assert calls.pop("Operations_Get") >= 50
    # The first look finds an empty group, which takes one list; the last one sees them all.
    assert calls == {
        **LOOK,
        "VirtualMachines_List": 2,
        "NetworkSecurityGroups_List": 1,
        "ResourceSkus_List": calls["ResourceSkus_List"],
        "VirtualMachines_CreateOrUpdate": 50,
        "VirtualNetworks_Get": 1,
    }
    assert not account.vms(**words).changed
    assert account.counted() == LOOK  # one page each, of 50 VMs

    account.vms(state="stopped")
    assert without_looks(account.counted(), 2) == {"VirtualMachines_Deallocate": 50}
    account.vms(state="started", image=None, machine_type=None)
    assert without_looks(account.counted(), 2) == {"VirtualMachines_Start": 50}
    account.vms(count=50, labels={"team": "red"})
    assert without_looks(account.counted(), 2) == {"VirtualMachines_Update": 50}
    account.vms(state="absent")
    calls = account.counted()
    calls.pop("Operations_Get")
    assert calls == {**LOOK, "VirtualMachines_List": 2, "VirtualMachines_Delete": 50}
