"""Answers as observed VMs: pure, on an instance as Google's API writes it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.launch import key_line
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.prices import price_of
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.states import COMPARED, SHOWN, STATES, from_api
from ansible_collections.aienv.cloud.plugins.module_utils.model.option import UNKNOWN
from ansible_collections.aienv.cloud.plugins.module_utils.model.vm import digest, fingerprint, vm_result
from tests.unit.plugins.builders import OTHER_KEY, PUBLIC_KEY
from tests.unit.plugins.clouds.gcp.discovery import document

PROJECT = "https://www.googleapis.com/compute/v1/projects/my-project"
RAW: dict[str, Any] = {
    "kind": "compute#instance",
    "id": "3916249018437752106",
    "creationTimestamp": "2026-11-23T01:02:03.456-08:00",
    "name": "train-3",
    "zone": f"{PROJECT}/zones/us-central1-a",
    "status": "RUNNING",
    "machineType": f"{PROJECT}/zones/us-central1-a/machineTypes/g2-standard-4",
    "guestAccelerators": [{"acceleratorType": f"{PROJECT}/zones/us-central1-a/acceleratorTypes/nvidia-l4", "acceleratorCount": 1}],
    "labels": {
        "aienv-fleet": "train",
        "aienv-image": "ubuntu-24_04",
        "aienv-network": "lan",
        "aienv-disk-type": "pd-balanced",
        "aienv-ssh-user": "ada",
        "aienv-ttl-hours": "8",
        "aienv-expires": "20261123t180000z",
        "goog-ops-agent-policy": "v2",
        "team": "red",
    },
    "labelFingerprint": "abcdef0123A=",
    "tags": {"items": ["aienv-gate", "http-server"], "fingerprint": "x"},
    "metadata": {
        "fingerprint": "y",
        "items": [
            {"key": "enable-oslogin", "value": "FALSE"},
            {"key": "ssh-keys", "value": f"bob:{OTHER_KEY}\n{key_line('ada', PUBLIC_KEY)}"},
            {"key": "user-data", "value": "#cloud-config\n"},
        ],
    },
    "scheduling": {"provisioningModel": "STANDARD", "preemptible": False, "onHostMaintenance": "TERMINATE"},
    "networkInterfaces": [{"networkIP": "10.20.0.4", "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.10"}]}],
    "disks": [
        {"boot": False, "source": f"{PROJECT}/zones/us-central1-a/disks/data", "diskSizeGb": "500"},
        {"boot": True, "source": f"{PROJECT}/zones/us-central1-a/disks/train-3", "diskSizeGb": "100"},
    ],
}  # fmt: skip


def raw(**words: Any) -> dict[str, Any]:
    return {**copy.deepcopy(RAW), **words}


def test_the_whole_state() -> None:
    price = price_of("g2-standard-4", "us-central1")
    assert price
    vm = from_api(RAW)
    assert vm_result(vm) == {
        "id": "3916249018437752106",
        "name": "train-3",
        "fleet": "train",
        "index": 3,
        "cloud": "gcp",
        "region": "us-central1",
        "zone": "us-central1-a",
        "state": "running",
        "machine_type": "g2-standard-4",
        "vcpus": 4,
        "memory_gb": 16.0,
        "gpu_model": "l4",
        "gpu_count": 1,
        "gpu_memory_gb": 24.0,
        "image": "ubuntu-24.04",
        "public_ip": "203.0.113.10",
        "private_ip": "10.20.0.4",
        "market": "on_demand",
        "labels": {"team": "red"},
        "ssh_user": "ada",
        "created_at": "2026-11-23T09:02:03Z",
        "expires_at": "2026-11-23T18:00:00Z",
        "hourly_price": price.hourly,
        "price_date": price.date,
        "billed": True,
    }
    assert (vm.ssh_public_key, vm.user_data) == (fingerprint(PUBLIC_KEY), digest("#cloud-config\n"))
    assert (vm.firewalls, vm.network, vm.public_ip, vm.ttl_hours) == (("gate",), "lan", True, 8)
    assert (vm.disk_id, vm.disk_gb, vm.disk_type, vm.disk_encrypted) == ("train-3", 100, "pd-balanced", True)
    assert (vm.os_login, vm.service_account, vm.owned, vm.key) == (False, None, True, 3)


def test_without_detail_the_disk_is_unknown() -> None:
    vm = from_api(RAW, detail=False)
    assert (vm.disk_gb, vm.disk_type, vm.disk_encrypted) == (UNKNOWN, UNKNOWN, UNKNOWN)


def test_every_state_of_google_s_is_known() -> None:
    statuses = document()["schemas"]["Instance"]["properties"]["status"]["enum"]
    assert set(STATES) == set(statuses)


@pytest.mark.parametrize(
    ("words", "going", "state"),
    [
        ({"status": "STAGING"}, False, "pending"),
        ({"status": "STOPPING"}, False, "stopping"),
        ({"status": "STOPPING"}, True, "deleting"),
        ({"status": "TERMINATED"}, False, "stopped"),
        ({"status": "SUSPENDED"}, False, "stopped"),
        ({"status": "SOMETHING_NEW"}, False, "pending"),
    ],
)
def test_states(words: dict[str, Any], going: bool, state: str) -> None:
    assert from_api(raw(**words), going).state == state


def test_a_stopped_vm_keeps_its_claim_to_an_address() -> None:
    nics = [{"networkIP": "10.20.0.4", "accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}]
    vm = from_api(raw(status="TERMINATED", networkInterfaces=nics))
    assert (vm.public_ip, vm.public_ip_address) == (True, None)
    assert from_api(raw(networkInterfaces=[{"networkIP": "10.20.0.4"}])).public_ip is False


@pytest.mark.parametrize(
    ("words", "market"),
    [
        ({"scheduling": {"provisioningModel": "SPOT"}}, "spot"),
        ({"scheduling": {"preemptible": True}}, "spot"),
        ({"scheduling": {"provisioningModel": "RESERVATION_BOUND"}}, "reserved"),
        ({"reservationAffinity": {"consumeReservationType": "SPECIFIC_RESERVATION"}}, "reserved"),
        ({"reservationAffinity": {"consumeReservationType": "ANY_RESERVATION"}}, "on_demand"),
        ({"scheduling": {}}, "on_demand"),
    ],
)
def test_markets(words: dict[str, Any], market: str) -> None:
    assert from_api(raw(**words)).market == market


@pytest.mark.parametrize(
    "text",
    ["", f"bob:{OTHER_KEY}", "ada:ssh-ed25519 broken aienv.cloud", "nonsense aienv.cloud"],
    ids=["none", "somebody's", "broken", "nonsense"],
)
def test_keys_that_are_not_ours(text: str) -> None:
    assert from_api(raw(metadata={"items": [{"key": "ssh-keys", "value": text}]})).ssh_public_key is None


def test_a_foreign_vm_is_readable() -> None:
    vm = from_api(
        {"id": 7, "name": "box", "zone": "z/europe-west4-a", "status": "RUNNING", "machineType": "x/n1-custom-2-2048"}
    )
    assert (vm.id, vm.name, vm.fleet, vm.owned, vm.region, vm.shape) == ("7", "box", "", False, "europe-west4", None)
    assert (vm.image, vm.labels, vm.created_at, vm.private_ip) == ((), {}, None, None)


def test_labels_that_somebody_spoilt() -> None:
    labels = {**RAW["labels"], "aienv-ttl-hours": "soon", "aienv-expires": "tomorrow"}
    vm = from_api(raw(labels=labels))
    assert (vm.ttl_hours, vm.expires_at) == (None, None)


def test_what_is_asked_for_is_what_is_shown() -> None:
    """The field masks leave out nothing that a result is made of."""
    keys = {part.split("(")[0].split("/")[0] for part in COMPARED.replace(")", "").split(",")}
    reads = {
        "id",
        "name",
        "zone",
        "status",
        "machineType",
        "creationTimestamp",
        "labels",
        "guestAccelerators",
        "scheduling",
    }
    assert reads | {"tags", "metadata", "disks", "networkInterfaces", "reservationAffinity", "serviceAccounts"} <= keys
    shown = {
        key: value
        for key, value in RAW.items()
        if key in {part.split("(")[0].split("/")[0] for part in SHOWN.split(",")}
    }
    assert vm_result(from_api(shown)) == vm_result(from_api(RAW))
