"""Bad input is refused before the first call: by its name, with what would be accepted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import firewalls, networks, vms
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.inventory import AzureInventoryOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from tests.unit.plugins.builders import NOISE, PUBLIC_KEY, parsed
from tests.unit.plugins.clouds.contract import SSH

WORLD = "0.0.0.0/0"
GUID = "00000000-0000-0000-0000-000000000000"

# resource, what is wrong with it, the option that the message names, what it says is accepted
BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("vm", {"name": "Train"}, "name", "lower-case letters"),
    ("vm", {"count": -1}, "count", "0 or more"),
    ("vm", {"machine_type": "Standard_NC5as_T4_v3"}, "machine_type", "Standard_NC8as_T4_v3"),
    ("vm", {"machine_type": "g6.xlarge"}, "machine_type", "Standard_NC4as_T4_v3"),
    ("vm", {"machine_types": ["Standard_D2s_v5", "Standard_D2ps_v5"]}, "machine_types", "same processor architecture"),
    ("vm", {"gpu_model": "l4"}, "gpu_model", "GPU models here"),
    ("vm", {"gpu_model": "t4", "gpu_count": 3}, "gpu_model", "Standard_NC64as_T4_v3"),
    ("vm", {"image": "debian-99"}, "image", "Debian:debian-12:12-gen2:latest"),
    ("vm", {"image": "Debian:debian-12:12-gen2"}, "image", "a URN such as"),
    ("vm", {"image": "ami-0123456789abcdef0"}, "image", "debian-12, debian-13"),
    ("vm", {"ssh_public_key": "ssh-ed25519 AAAA"}, "ssh_public_key", "id_ed25519.pub"),
    ("vm", {"ssh_user": "root"}, "ssh_user", "Azure reserves names"),
    ("vm", {"ssh_user": "admin"}, "ssh_user", "Azure reserves names"),
    ("vm", {"ssh_user": "Ada"}, "ssh_user", "lower-case letters"),
    ("vm", {"firewalls": ["one", "two"]}, "firewalls", "one firewall on Azure"),
    ("vm", {"firewalls": []}, "firewalls", "at least one"),
    ("vm", {"zones": ["eastus-1"]}, "zones", "1, 2, 3"),
    ("vm", {"labels": {"aienv-fleet": "x"}}, "labels", "aienv-"),
    ("vm", {"labels": {"Microsoft.x": "x"}}, "labels", "microsoft"),
    ("vm", {"labels": {"a/b": "x"}}, "labels", "without"),
    ("vm", {"labels": {"Team": "x", "team": "y"}}, "labels", "capital letters"),
    ("vm", {"labels": {"k": "x" * 257}}, "labels", "at most 256"),
    ("vm", {"labels": {f"l{n}": "" for n in range(41)}}, "labels", "40"),
    ("vm", {"user_data": NOISE * 4}, "user_data", "65535 bytes, and these 160000 are "),
    ("vm", {"max_price": 1.0}, "max_price", "market 'spot' only"),
    ("vm", {"eviction_policy": "delete"}, "eviction_policy", "market 'spot' only"),
    ("vm", {"market": "spot", "max_price": 0}, "max_price", "-1 for no limit"),
    ("vm", {"market": "reserved"}, "reservation_id", "reservation"),
    ("vm", {"subscription_id": "Production"}, "subscription_id", "az account list"),
    ("vm", {"resource_group": "a/b"}, "resource_group", "at most 90"),
    ("vm", {"resource_group": "lab."}, "resource_group", "full stop"),
    ("vm", {"location": "east-us"}, "location", "az account list-locations"),
    ("vm", {"ttl_hours": 10**8}, "ttl_hours", "at most 87600"),
    ("vm", {"max_hourly_price": float("nan")}, "max_hourly_price", "above zero"),
    ("vm", {"market": "spot", "max_price": float("nan")}, "max_price", "US dollars"),
    ("vm", {"market": "spot", "max_price": float("inf")}, "max_price", "US dollars"),
    ("firewall", {"name": "Gate"}, "name", "lower-case letters"),
    ("firewall", {"rules": [{**SSH, "sources": [WORLD]}]}, "rules.sources", "allow_world: true"),
    ("firewall", {"rules": [{**SSH, "description": "d" * 141}]}, "rules.description", "140"),
    ("firewall", {"labels": {"aienv-firewall": "x"}}, "labels", "aienv-"),
    ("firewall", {"location": "?"}, "location", "eastus"),
    ("network", {"name": "Lan"}, "name", "lower-case letters"),
    ("network", {"cidr": "8.8.0.0/16"}, "cidr", "private IPv4"),
    ("network", {"cidr": "10.20.0.0/28"}, "cidr", "/8 to /24"),
    ("network", {"zones": ["4"]}, "zones", "1, 2, 3"),
    ("network", {"resource_group": ""}, "resource_group", "letters, digits"),
]  # fmt: skip

OPTIONS = {
    kind: module.RESOURCE.options for kind, module in (("vm", vms), ("firewall", firewalls), ("network", networks))
}
HERE = {"resource_group": "lab", "location": "eastus"}
GOOD: dict[str, dict[str, Any]] = {
    "vm": {"name": "train", "image": "debian-12", "machine_type": "Standard_NC4as_T4_v3", **HERE},
    "firewall": {"name": "gate", "rules": [SSH], **HERE},
    "network": {"name": "lan", **HERE},
}


@pytest.mark.parametrize(
    ("kind", "words", "option", "accepted"),
    BAD,
    ids=[f"{kind} {option} {number}" for number, (kind, _, option, _) in enumerate(BAD)],
)
def test_bad_input(kind: str, words: dict[str, Any], option: str, accepted: str) -> None:
    instead = {"machine_types", "gpu_model"} & set(words)
    with pytest.raises(InvalidOption) as caught:
        parsed(OPTIONS[kind], **{**GOOD[kind], **({"machine_type": None} if instead else {}), **words}).verified()
    assert caught.value.resource == option
    assert accepted in str(caught.value)


@pytest.mark.parametrize(
    "words",
    [
        {"image": "Canonical:ubuntu-24_04-lts:server:latest"},
        {"image": f"/subscriptions/{GUID}/resourceGroups/g/providers/Microsoft.Compute/galleries/x/images/y"},
        {"machine_type": "Standard_D4s_v6"},
        {"machine_type": None, "gpu_model": "a10"},
        {"state": "stopped", "image": None, "machine_type": None, "location": None},
        {"labels": {"Team": "Red & Blue", "k" * 512: "v" * 256}},
        {"market": "spot", "max_price": -1, "eviction_policy": "deallocate"},
        {"ssh_public_key": PUBLIC_KEY, "ssh_user": "azureuser"},
        {"ssh_user": "tester"},
        {"zones": ["3", "1"]},
        {"resource_group": "My-Lab_(1).x"},
    ],
    ids=str,
)
def test_unusual_but_good(words: dict[str, Any]) -> None:
    assert parsed(OPTIONS["vm"], **{**GOOD["vm"], **words}).verified()


def test_a_location_is_taken_as_people_read_it() -> None:
    for kind in GOOD:
        assert parsed(OPTIONS[kind], **{**GOOD[kind], "location": "East US"}).verified().location == "eastus"


@pytest.mark.parametrize("words", [{"subscriptions": ["Production"]}, {"resource_groups": ["a/b"]}], ids=str)
def test_bad_words_of_the_inventory(words: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        parsed(AzureInventoryOptions, **words).verified()


def test_good_words_of_the_inventory() -> None:
    assert parsed(AzureInventoryOptions, subscriptions=["all", GUID], resource_groups=["lab"]).verified()
