"""A firewall's application security group: its own, and nobody else's."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.azure.account import AzureAccount
from tests.unit.plugins.clouds.azure.test_faults import error
from tests.unit.plugins.clouds.azure.test_vms import left
from tests.unit.plugins.clouds.contract import SSH

THEIRS = {"location": "eastus", "tags": {"theirs": "yes"}, "properties": {}}


def test_a_foreign_group_of_the_name_is_not_taken_over(account: AzureAccount) -> None:
    account.network(name="lan")
    account.ask("ApplicationSecurityGroups_CreateOrUpdate", account.session.id_of(operations.ASG, "gate"), THEIRS)
    with pytest.raises(CloudError, match="was not made by this collection") as caught:
        account.firewall(name="gate", network="lan", rules=[])
    assert caught.value.code == "ambiguous"
    (group,) = account.every(operations.ASG)
    assert group["tags"] == {"theirs": "yes"}
    assert account.every(operations.NSG) == []


def test_a_foreign_group_of_the_name_outlives_the_firewall(account: AzureAccount) -> None:
    account.network(name="lan")
    account.firewall(name="gate", network="lan", rules=[])
    account.ask("ApplicationSecurityGroups_CreateOrUpdate", account.session.id_of(operations.ASG, "gate"), THEIRS)
    account.firewall(name="gate", network="lan", state="absent")
    assert [group["tags"] for group in account.every(operations.ASG)] == [{"theirs": "yes"}]
    assert account.every(operations.NSG) == []


NSG_PUT = "NetworkSecurityGroups_CreateOrUpdate"


def test_a_refused_firewall_leaves_nothing(account: AzureAccount) -> None:
    account.server.faults(error("SecurityRuleInvalid", NSG_PUT, 400))
    with pytest.raises(CloudError, match="SecurityRuleInvalid"):
        account.firewall(name="gate", rules=[SSH])
    account.server.faults()
    assert left(account) == []
    assert not account.firewall(name="gate", state="absent").changed


def test_a_refused_firewall_leaves_the_group_that_was_there_before(account: AzureAccount) -> None:
    """Another run may be at it, or VMs may be in it."""
    account.firewall(name="gate", rules=[SSH])
    account.ask("NetworkSecurityGroups_Delete", account.session.id_of(operations.NSG, "gate"))
    account.server.faults(error("SecurityRuleInvalid", NSG_PUT, 400))
    with pytest.raises(CloudError, match="SecurityRuleInvalid"):
        account.firewall(name="gate", rules=[SSH])
    assert left(account) == ["gate"]


def test_what_a_refused_firewall_cannot_be_rid_of_is_told(account: AzureAccount) -> None:
    locked = error("ScopeLocked", "ApplicationSecurityGroups_Delete")
    account.server.faults(error("SecurityRuleInvalid", NSG_PUT, 400), locked)
    with pytest.raises(CloudError, match=r"SecurityRuleInvalid.*could not be deleted again: .*ScopeLocked"):
        account.firewall(name="gate", rules=[SSH])


def test_half_a_firewall_goes_with_absent(account: AzureAccount) -> None:
    account.firewall(name="gate", rules=[SSH])
    account.server.faults(error("ScopeLocked", "ApplicationSecurityGroups_Delete"))
    with pytest.raises(CloudError, match="ScopeLocked"):
        account.firewall(name="gate", state="absent")
    account.server.faults()
    assert left(account) == ["gate"]
    assert account.firewall(name="gate", state="absent").actions == ("delete gate",)
    assert left(account) == []
    assert not account.firewall(name="gate", state="absent").changed


def test_half_a_firewall_of_somebody_else_stays(account: AzureAccount) -> None:
    account.ask("ApplicationSecurityGroups_CreateOrUpdate", account.session.id_of(operations.ASG, "gate"), THEIRS)
    assert not account.firewall(name="gate", state="absent").changed
    assert left(account) == ["gate"]
