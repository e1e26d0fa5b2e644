"""PUT bodies of VMs: pure, so each is compared as a whole or in its one interesting part."""

from __future__ import annotations

import base64
import datetime
import gzip
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import launch, tags
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.images import image_reference, names_of
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.interfaces import with_firewall
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.launch import Place
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.options import AzureVmOptions
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import InvalidOption
from ansible_collections.aienv.cloud.plugins.module_utils.model.resource import Candidate, Spec
from tests.unit.plugins.builders import PUBLIC_KEY, parsed

NOW = datetime.datetime(2026, 11, 23, 9, 30, tzinfo=datetime.UTC)
IMAGE = {"publisher": "Debian", "offer": "debian-12", "sku": "12-gen2", "version": "latest"}
PLACE = Place("eastus", "/subnet", IMAGE, "/nsg", ("/asg",), premium=True, accelerated=True)


def request(place: Place = PLACE, zone: str | None = "1", **words: Any) -> dict[str, Any]:
    usual = {
        "name": "train",
        "image": "debian-12",
        "machine_type": "Standard_NC4as_T4_v3",
        "ssh_public_key": PUBLIC_KEY,
    }
    options = parsed(AzureVmOptions, **{**usual, "resource_group": "lab", "location": "eastus", **words}).verified()
    own = tags.member_tags(options, launch.login_of(options), NOW)
    return launch.to_request(Spec(3, "train-3", options), Candidate("Standard_NC4as_T4_v3", zone), place, own)


def test_the_whole_request() -> None:
    key = {"path": "/home/azureuser/.ssh/authorized_keys", "keyData": PUBLIC_KEY}
    assert request(disk_gb=100, labels={"team": "red"}, network="lan", ttl_hours=8) == {
        "location": "eastus",
        "zones": ["1"],
        "tags": {
            "team": "red",
            "aienv-fleet": "train",
            "aienv-image": "debian-12",
            "aienv-network": "lan",
            "aienv-ssh-user": "azureuser",
            "aienv-ttl-hours": "8",
            "aienv-expires": "2026-11-23T18:00:00Z",
        },
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_NC4as_T4_v3"},
            "storageProfile": {
                "imageReference": IMAGE,
                "osDisk": {
                    "createOption": "FromImage",
                    "caching": "ReadWrite",
                    "deleteOption": "Delete",
                    "managedDisk": {"storageAccountType": "Premium_LRS"},
                    "diskSizeGB": 100,
                },
            },
            "osProfile": {
                "computerName": "train-3",
                "adminUsername": "azureuser",
                "linuxConfiguration": {"disablePasswordAuthentication": True, "ssh": {"publicKeys": [key]}},
            },
            "networkProfile": {
                "networkApiVersion": "2020-11-01",
                "networkInterfaceConfigurations": [
                    {
                        "name": "train-3-nic",
                        "properties": {
                            "primary": True,
                            "deleteOption": "Delete",
                            "enableAcceleratedNetworking": True,
                            "networkSecurityGroup": {"id": "/nsg"},
                            "ipConfigurations": [
                                {
                                    "name": "primary",
                                    "properties": {
                                        "primary": True,
                                        "subnet": {"id": "/subnet"},
                                        "privateIPAddressVersion": "IPv4",
                                        "applicationSecurityGroups": [{"id": "/asg"}],
                                        "publicIPAddressConfiguration": {
                                            "name": "train-3-ip",
                                            "sku": {"name": "Standard", "tier": "Regional"},
                                            "properties": {
                                                "deleteOption": "Delete",
                                                "publicIPAllocationMethod": "Static",
                                            },
                                        },
                                    },
                                }
                            ],
                        },
                    }
                ],
            },
        },
    }


def test_without_a_zone_the_vm_is_in_none() -> None:
    assert "zones" not in request(zone=None)


def test_user_data_travels_as_custom_data() -> None:
    data = request(user_data="#cloud-config\n")
    assert base64.b64decode(data["properties"]["osProfile"]["customData"]).decode() == "#cloud-config\n"
    assert data["tags"]["aienv-user-data"]
    assert "customData" not in request()["properties"]["osProfile"]


def test_user_data_beyond_the_limit_is_sent_compressed() -> None:
    text = "#cloud-config\n" + "# long\n" * 10000
    sent = base64.b64decode(request(user_data=text)["properties"]["osProfile"]["customData"])
    assert gzip.decompress(sent).decode() == text


def test_no_public_address() -> None:
    inner = request(public_ip=False)["properties"]["networkProfile"]["networkInterfaceConfigurations"][0]
    assert "publicIPAddressConfiguration" not in inner["properties"]["ipConfigurations"][0]["properties"]


def test_nothing_of_secure_boot_unless_asked_for() -> None:
    """`securityType: Standard` is refused by subscriptions that are not registered for the word."""
    assert "securityProfile" not in request()["properties"]
    assert "securityProfile" not in request(security_type="standard")["properties"]
    assert request(security_type="trusted_launch")["properties"]["securityProfile"] == {
        "securityType": "TrustedLaunch",
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"market": "spot"}, {"priority": "Spot", "evictionPolicy": "Deallocate", "billingProfile": {"maxPrice": -1}}),
        (
            {"market": "spot", "eviction_policy": "delete", "max_price": 0.4},
            {"priority": "Spot", "evictionPolicy": "Delete", "billingProfile": {"maxPrice": 0.4}},
        ),
        ({"market": "on_demand"}, {}),
    ],
    ids=str,
)
def test_the_market(words: dict[str, Any], expected: dict[str, Any]) -> None:
    words_of_markets = {"priority", "evictionPolicy", "billingProfile", "capacityReservation"}
    found = request(**words)["properties"]
    assert {key: value for key, value in found.items() if key in words_of_markets} == expected


def test_a_reservation_and_a_proximity_group() -> None:
    place = Place("eastus", "/subnet", IMAGE, reservation_id="/crg", proximity_id="/ppg")
    found = request(place, market="reserved", reservation_id="crg")["properties"]
    assert found["capacityReservation"] == {"capacityReservationGroup": {"id": "/crg"}}
    assert found["proximityPlacementGroup"] == {"id": "/ppg"}


def test_a_size_without_premium_disks_and_accelerated_networking() -> None:
    found = request(Place("eastus", "/subnet", IMAGE))["properties"]
    assert found["storageProfile"]["osDisk"]["managedDisk"] == {"storageAccountType": "StandardSSD_LRS"}
    outer = found["networkProfile"]["networkInterfaceConfigurations"][0]["properties"]
    assert outer["enableAcceleratedNetworking"] is False
    assert "networkSecurityGroup" not in outer


@pytest.mark.parametrize(
    ("image", "architecture", "expected"),
    [
        ("debian-13", "x86_64", ("Debian", "debian-13", "13-gen2", "latest")),
        ("debian-13", "arm64", ("Debian", "debian-13", "13-arm64", "latest")),
        ("ubuntu-22.04", "x86_64", ("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "latest")),
        ("ubuntu-24.04", "arm64", ("Canonical", "ubuntu-24_04-lts", "server-arm64", "latest")),
        ("ubuntu-26.04", "x86_64", ("Canonical", "ubuntu-26_04-lts", "server", "latest")),
        ("deep-learning", "x86_64", ("microsoft-dsvm", "ubuntu-hpc", "2404", "latest")),
        ("a:b:c:1.2.3", "x86_64", ("a", "b", "c", "1.2.3")),
    ],
)
def test_images(image: str, architecture: str, expected: tuple[str, ...]) -> None:
    found = image_reference(image, architecture)
    assert tuple(found[key] for key in ("publisher", "offer", "sku", "version")) == expected
    assert f"{':'.join(expected[:3])}:latest" in names_of(found)


def test_images_by_id() -> None:
    own = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/mine"
    assert image_reference(own, "x86_64") == {"id": own}
    assert names_of({"id": own}) == (own,)
    community = "/CommunityGalleries/g/Images/i/Versions/1.0.0"
    assert image_reference(community, "x86_64") == {"communityGalleryImageId": community}
    with pytest.raises(InvalidOption, match="not published for arm64"):
        image_reference("deep-learning", "arm64")


def test_an_interface_with_another_firewall_keeps_everything_else() -> None:
    ours = "/g/providers/Microsoft.Network/applicationSecurityGroups"
    address = {"id": "/g/publicIPAddresses/train-3-ip-12ab", "properties": {"resourceGuid": "x"}}
    nic = {
        "id": "/nic",
        "location": "eastus",
        "etag": "e",
        "tags": {"theirs": "1"},
        "properties": {
            "provisioningState": "Succeeded",
            "macAddress": "00",
            "virtualMachine": {"id": "/vms/train-3"},
            "enableAcceleratedNetworking": True,
            "enableIPForwarding": True,
            "dnsSettings": {"dnsServers": ["10.0.0.5"], "appliedDnsServers": [], "internalDomainNameSuffix": "x"},
            "networkSecurityGroup": {"id": "/old"},
            "ipConfigurations": [
                {
                    "name": "primary",
                    "etag": "e",
                    "properties": {
                        "privateIPAddress": "10.20.0.4",
                        "privateIPAllocationMethod": "Dynamic",
                        "primary": True,
                        "provisioningState": "Succeeded",
                        "subnet": {"id": "/subnet"},
                        "publicIPAddress": address,
                        "applicationSecurityGroups": [{"id": f"{ours}/old"}, {"id": "/elsewhere/theirs"}],
                    },
                }
            ],
        },
    }
    found = with_firewall(nic, "/new", [f"{ours}/new"], ours)
    assert found == {
        "location": "eastus",
        "tags": {"theirs": "1"},
        "properties": {
            "enableAcceleratedNetworking": True,
            "enableIPForwarding": True,
            "dnsSettings": {"dnsServers": ["10.0.0.5"]},
            "networkSecurityGroup": {"id": "/new"},
            "ipConfigurations": [
                {
                    "name": "primary",
                    "properties": {
                        "privateIPAllocationMethod": "Dynamic",
                        "primary": True,
                        "subnet": {"id": "/subnet"},
                        "publicIPAddress": {"id": address["id"], "properties": {"deleteOption": "Delete"}},
                        "applicationSecurityGroups": [{"id": "/elsewhere/theirs"}, {"id": f"{ours}/new"}],
                    },
                }
            ],
        },
    }
