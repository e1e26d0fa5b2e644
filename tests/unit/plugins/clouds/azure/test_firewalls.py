"""A firewall's application security group: its own, and nobody else's."""

from __future__ import annotations

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import operations
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.azure.account import AzureAccount

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
