"""Networks on the emulated Compute Engine: parts, regions, whose is what, broken runs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.networks import free_part
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.session import GcpSession
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError
from tests.unit.plugins.clouds.contract import SSH
from tests.unit.plugins.clouds.gcp.account import GcpAccount


def elsewhere(account: GcpAccount, region: str) -> GcpAccount:
    session = account.session
    return dataclasses.replace(account, session=GcpSession(session.http, session.project, region, session.endpoint))


def subnetworks(account: GcpAccount, network: str = "lan") -> dict[str, str]:
    """Ranges by region."""
    every = account.every("subnetworks")
    return {s["region"].rsplit("/", 1)[-1]: s["ipCidrRange"] for s in every if s["network"].endswith(f"/{network}")}


def names(account: GcpAccount) -> set[str]:
    return {n["name"] for n in account.ask("GET", "global/networks").get("items", [])}


def test_a_network_as_others_see_it(account: GcpAccount) -> None:
    account.network(name="lan", labels={"team": "red"})
    network = account.ask("GET", "global/networks/lan")
    assert network["autoCreateSubnetworks"] is False
    assert network["routingConfig"]["routingMode"] == "REGIONAL"
    assert network["description"].startswith("aienv.cloud ")
    assert subnetworks(account) == {"us-central1": "10.20.0.0/20"}
    subnetwork = account.ask("GET", "regions/us-central1/subnetworks/lan")
    assert subnetwork["privateIpGoogleAccess"] is True


def test_how_many_calls(account: GcpAccount) -> None:
    account.counted()
    account.network(name="lan")
    calls = account.counted()
    assert calls.pop("operations.wait") == 2
    assert calls == {"networks.get": 4, "networks.insert": 1, "subnetworks.insert": 1, "subnetworks.list": 1}
    assert not account.network(name="lan").changed
    assert account.counted() == {"networks.get": 1, "subnetworks.list": 1}


def test_two_regions_share_a_network_and_not_its_addresses(account: GcpAccount) -> None:
    there = elsewhere(account, "europe-west4")
    account.network(name="lan")
    assert there.network(name="lan").changed
    assert not there.network(name="lan").changed
    assert not account.network(name="lan").changed
    assert subnetworks(account) == {"us-central1": "10.20.0.0/20", "europe-west4": "10.20.16.0/20"}
    assert account.network(name="lan", state="absent").changed
    assert not account.network(name="lan", state="absent").changed
    assert subnetworks(account) == {"europe-west4": "10.20.16.0/20"}
    assert "lan" in names(account)
    assert account.network(name="lan").changed  # the freed part is used again
    assert subnetworks(account)["us-central1"] == "10.20.0.0/20"
    account.network(name="lan", state="absent")
    there.network(name="lan", state="absent")
    assert "lan" not in names(account)


def test_a_missing_subnetwork_is_made_again(account: GcpAccount) -> None:
    account.network(name="lan")
    account.ask("DELETE", "regions/us-central1/subnetworks/lan")
    result = account.network(name="lan")
    assert result.changed
    assert "subnetwork in us-central1" in result.actions[0]
    assert subnetworks(account) == {"us-central1": "10.20.0.0/20"}


@pytest.mark.parametrize("broken", ["networks.insert", "subnetworks.insert"])
def test_a_run_that_dies_halfway_is_completed_by_the_next(
    account: GcpAccount, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    done = account.session.done

    def die(method: str, body: Any = None, **params: Any) -> Any:
        done(method, body, **params)
        if method == broken:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(account.session, "done", die)
        with pytest.raises(KeyboardInterrupt):
            account.network(name="lan")
    account.network(name="lan")
    assert not account.network(name="lan").changed
    assert subnetworks(account) == {"us-central1": "10.20.0.0/20"}


def test_a_half_made_network_is_taken_back(account: GcpAccount) -> None:
    account.server.faults({"kind": "error", "code": "forbidden", "status": 403, "operations": ["subnetworks.insert"]})
    with pytest.raises(CloudError) as caught:
        account.network(name="lan")
    assert caught.value.code == "not_authorized"
    assert "lan" not in names(account)


def test_a_network_that_is_not_ours_is_not_touched(account: GcpAccount) -> None:
    account.ask("POST", "global/networks", {"name": "lan", "autoCreateSubnetworks": False})
    for state in ("present", "absent"):
        with pytest.raises(CloudError, match="was not made by this collection") as caught:
            account.network(name="lan", state=state)
        assert caught.value.code == "ambiguous"
    assert "lan" in names(account)


def test_a_subnetwork_of_the_name_in_another_network(account: GcpAccount) -> None:
    account.ask("POST", "global/networks", {"name": "theirs", "autoCreateSubnetworks": False})
    body = {"name": "lan", "network": "projects/sandbox-project/global/networks/theirs", "ipCidrRange": "10.99.0.0/24"}
    account.ask("POST", "regions/us-central1/subnetworks", body)
    with pytest.raises(CloudError, match="a subnetwork 'lan' exists in us-central1 in another network"):
        account.network(name="lan")
    assert "lan" not in names(account)


@pytest.mark.parametrize("user", ["vm", "firewall", "subnetwork"])
def test_a_network_in_use_stays_whole(account: GcpAccount, user: str) -> None:
    account.network(name="lan")
    if user == "vm":
        account.vms(network="lan")
    elif user == "firewall":
        account.firewall(name="gate", network="lan", rules=[SSH])
    else:
        body = {
            "name": "fleet",
            "network": "projects/sandbox-project/global/networks/lan",
            "ipCidrRange": "10.20.128.0/24",
        }
        account.ask("POST", "regions/us-central1/subnetworks", body)
    with pytest.raises(CloudError) as caught:
        account.network(name="lan", state="absent")
    assert caught.value.code == "in_use"
    assert "delete its VMs and firewalls first" in str(caught.value)
    assert {"vm": "fleet", "firewall": "aienv-gate", "subnetwork": "fleet"}[user] in str(caught.value)
    assert "us-central1" in subnetworks(account)


def test_a_vm_in_a_network_of_several_subnetworks_needs_one_named(account: GcpAccount) -> None:
    account.ask("POST", "global/networks", {"name": "wide", "autoCreateSubnetworks": False})
    for number in (1, 2):
        body = {
            "name": f"wide-{number}",
            "network": "projects/sandbox-project/global/networks/wide",
            "ipCidrRange": f"10.9{number}.0.0/24",
        }
        account.ask("POST", "regions/us-central1/subnetworks", body)
    with pytest.raises(CloudError, match="several subnetworks here") as caught:
        account.vms(network="wide")
    path = "projects/sandbox-project/regions/us-central1/subnetworks/wide-2"
    assert path in str(caught.value)
    assert account.vms(network=path).states[0].private_ip.startswith("10.92.0.")
    assert not account.vms(network=path).changed


def test_a_network_without_a_subnetwork_here(account: GcpAccount) -> None:
    elsewhere(account, "europe-west4").network(name="lan")
    with pytest.raises(CloudError, match="has no subnetwork in us-central1"):
        account.vms(network="lan")


def test_free_parts() -> None:
    assert free_part("10.20.0.0/16", []) == "10.20.0.0/20"
    assert free_part("10.20.0.0/16", ["10.20.0.0/20", "10.20.32.0/24"]) == "10.20.16.0/20"
    with pytest.raises(CloudError, match="no free part"):
        free_part("10.20.0.0/24", ["10.20.0.0/16"])
