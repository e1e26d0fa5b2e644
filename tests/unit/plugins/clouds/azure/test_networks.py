"""A network's resource group goes with it only when really nothing is left in it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from tests.unit.plugins.clouds.azure.account import AzureAccount


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
