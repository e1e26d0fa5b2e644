"""A network's resource group goes with it only when really nothing is left in it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.azure.account import AzureAccount
from tests.unit.plugins.clouds.azure.test_faults import error

VNET_PUT = "VirtualNetworks_CreateOrUpdate"


def test_a_list_that_lags_does_not_take_the_group_from_under_what_is_in_it(
    account: AzureAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.network(name="lan")
    group = account.ask("ResourceGroups_Get", account.session.group_id)
    account.ask(
        "ResourceGroups_CreateOrUpdate",
        account.session.group_id,
        {"location": group["location"], "tags": {"aienv-network": "lan"}},
    )
    theirs = {"location": group["location"], "properties": {}}
    account.ask("NetworkSecurityGroups_CreateOrUpdate", account.session.id_of(operations.NSG, "theirs"), theirs)
    pages = account.session.pages

    def lagging(operation: str, resource: str, query: Any = None) -> Any:
        return iter(()) if operation == "Resources_ListByResourceGroup" else pages(operation, resource, query)

    monkeypatch.setattr(account.session, "pages", lagging)
    account.network(name="lan", state="absent")
    assert [one["name"] for one in account.every(operations.NSG)] == ["theirs"]


def without_group(account: AzureAccount) -> None:
    account.ask("ResourceGroups_Delete", account.session.group_id)


def has_group(account: AzureAccount) -> bool:
    try:
        account.session.call("ResourceGroups_Get", account.session.group_id)
    except CloudError as refusal:
        if refusal.code != "not_found":
            raise
        return False
    return True


def test_a_refused_network_takes_the_group_that_was_made_for_it_along(account: AzureAccount) -> None:
    without_group(account)
    account.server.faults(error("InvalidCIDRNotation", VNET_PUT, 400))
    with pytest.raises(CloudError, match="InvalidCIDRNotation"):
        account.network(name="lan")
    assert not has_group(account)
    assert not account.network(name="lan", state="absent").changed


def test_a_refused_network_leaves_the_group_that_was_there_before(account: AzureAccount) -> None:
    account.ask("VirtualNetworks_Delete", account.session.id_of(operations.VNET, "base"))
    account.server.faults(error("InvalidCIDRNotation", VNET_PUT, 400))
    with pytest.raises(CloudError, match="InvalidCIDRNotation"):
        account.network(name="lan")
    assert has_group(account)
    assert not account.network(name="lan", state="absent").changed
    assert has_group(account)


def test_a_group_that_could_not_be_deleted_again_is_told_and_goes_with_absent(account: AzureAccount) -> None:
    without_group(account)
    account.server.faults(error("InvalidCIDRNotation", VNET_PUT, 400), error("ScopeLocked", "ResourceGroups_Delete"))
    with pytest.raises(CloudError, match=r"InvalidCIDRNotation.*could not be deleted again: .*ScopeLocked"):
        account.network(name="lan")
    account.server.faults()
    assert has_group(account)
    assert not account.network(name="other", state="absent").changed
    assert account.network(name="lan", state="absent").actions == ("delete lan",)
    assert not has_group(account)
    assert not account.network(name="lan", state="absent").changed


def test_a_group_of_a_network_that_is_gone_stays_while_something_is_in_it(account: AzureAccount) -> None:
    without_group(account)
    account.network(name="lan")
    nsg_id = account.session.id_of(operations.NSG, "theirs")
    account.ask("NetworkSecurityGroups_CreateOrUpdate", nsg_id, {"location": "eastus", "properties": {}})
    account.network(name="lan", state="absent")
    assert not account.network(name="lan", state="absent").changed
    account.ask("NetworkSecurityGroups_Delete", nsg_id)
    assert account.network(name="lan", state="absent").changed
    assert not has_group(account)
