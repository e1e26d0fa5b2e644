"""What instances.insert takes, what it makes of it, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import REGION, ZONE, instance

LINK = "https://www.googleapis.com/compute/v1/projects/sandbox-project/"
IMAGE = "projects/debian-cloud/global/images/family/debian-12"


def disk(**params: Any) -> dict[str, Any]:
    return {"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": IMAGE, **params}}


def test_an_instance_with_all_its_defaults(make):
    made = make(labels={"a": "b"}, networkInterfaces=[{"network": "global/networks/default", "accessConfigs": [{}]}])
    assert made["machineType"] == f"{LINK}{ZONE}/machineTypes/e2-small"
    assert made["status"] == "RUNNING"
    assert made["zone"] == LINK + ZONE
    assert made["labels"] == {"a": "b"}
    assert made["scheduling"] == {
        "onHostMaintenance": "MIGRATE",
        "automaticRestart": True,
        "preemptible": False,
        "provisioningModel": "STANDARD",
    }
    nic = made["networkInterfaces"][0]
    assert (nic["name"], nic["networkIP"], nic["stackType"]) == ("nic0", "10.128.0.2", "IPV4_ONLY")
    assert nic["subnetwork"] == f"{LINK}{REGION}/subnetworks/default"
    assert nic["accessConfigs"][0]["name"] == "external-nat"
    assert nic["accessConfigs"][0]["natIP"].startswith("34.")
    boot = made["disks"][0]
    assert (boot["source"], boot["diskSizeGb"], boot["autoDelete"]) == (f"{LINK}{ZONE}/disks/vm", "10", True)
    assert made["shieldedInstanceConfig"] == {
        "enableSecureBoot": False,
        "enableVtpm": True,
        "enableIntegrityMonitoring": True,
    }
    assert made["creationTimestamp"].endswith("-08:00")


def test_a_disk_stays_unless_it_is_to_go_with_its_instance(api, make):
    make(disks=[{"boot": True, "initializeParams": {"sourceImage": IMAGE}}])
    api.done("DELETE", f"{ZONE}/instances/vm")
    assert "users" not in api("GET", f"{ZONE}/disks/vm")
    api.done("DELETE", f"{ZONE}/disks/vm")


def test_a_gpu_that_comes_with_the_type_is_shown(make):
    made = make(machineType="g2-standard-24", scheduling={"onHostMaintenance": "TERMINATE"})
    assert made["guestAccelerators"] == [
        {"acceleratorType": f"{LINK}{ZONE}/acceleratorTypes/nvidia-l4", "acceleratorCount": 2}
    ]


def test_a_spot_instance(make):
    made = make(scheduling={"provisioningModel": "SPOT", "instanceTerminationAction": "DELETE"})
    assert made["scheduling"] == {
        "provisioningModel": "SPOT",
        "instanceTerminationAction": "DELETE",
        "preemptible": True,
        "automaticRestart": False,
        "onHostMaintenance": "TERMINATE",
    }


T4 = [{"acceleratorType": f"{ZONE}/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}]
STOP = {"onHostMaintenance": "TERMINATE"}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    (
        "a bad name",
        {"name": "Bad_Name"},
        "Invalid value for field 'resource.name': 'Bad_Name'. Must be a match of regex",
    ),
    ("a long name", {"name": "a" * 64}, "Must be a match of regex"),
    ("no name", {"name": None}, "Required field 'resource.name' not specified"),
    ("no type", {"machineType": None}, "Required field 'resource.machineType' not specified"),
    ("a bare type", {"machineType": "e2-small"}, "'resource.machineType': 'e2-small'. The URL is malformed."),
    (
        "an unknown type",
        {"machineType": f"{ZONE}/machineTypes/e9-huge"},
        "Machine type with name 'e9-huge' does not exist in zone 'us-central1-a'.",
    ),
    (
        "a type that the zone has not",
        {"machineType": f"{ZONE}/machineTypes/a3-ultragpu-8g", "scheduling": STOP},
        "Machine type with name 'a3-ultragpu-8g' does not exist in zone 'us-central1-a'.",
    ),
    (
        "another zone's type",
        {"machineType": "zones/us-central1-b/machineTypes/e2-small"},
        "Machine type must be in the instance's zone",
    ),
    ("no disks", {"disks": None}, "Invalid value for field 'resource.disks': ''. No disks are specified."),
    ("no boot disk", {"disks": [{"initializeParams": {"sourceImage": IMAGE}}]}, "The first disk must be a boot disk."),
    (
        "an unknown family",
        {
            "disks": [
                {
                    "boot": True,
                    "initializeParams": {"sourceImage": "projects/debian-cloud/global/images/family/debian-99"},
                }
            ]
        },
        "The referenced image resource cannot be found.",
    ),
    (
        "a small disk",
        {"disks": [disk(diskSizeGb="5")]},
        "Requested disk size cannot be smaller than the image size (10 GB)",
    ),
    (
        "an unknown disk type",
        {"disks": [disk(diskType=f"{ZONE}/diskTypes/floppy")]},
        "The referenced diskType resource cannot be found.",
    ),
    ("a bare disk type", {"disks": [disk(diskType="pd-ssd")]}, "The URL is malformed."),
    (
        "an ARM image",
        {"disks": [disk(sourceImage=f"{IMAGE}-arm64")]},
        "Requested boot disk architecture (ARM64) is not compatible",
    ),
    ("no interface", {"networkInterfaces": None}, "At least one network interface is required."),
    (
        "an unknown network",
        {"networkInterfaces": [{"network": "global/networks/nowhere"}]},
        "'global/networks/nowhere'. The referenced network resource cannot be found.",
    ),
    (
        "another region's subnetwork",
        {"networkInterfaces": [{"subnetwork": "regions/us-east1/subnetworks/default"}]},
        "Subnetwork must be in region 'us-central1'.",
    ),
    (
        "an address that is none",
        {"networkInterfaces": [{"network": "global/networks/default", "networkIP": "10.128.0"}]},
        "'10.128.0'. Must be a valid IPv4 address.",
    ),
    (
        "two interfaces in one network",
        {"networkInterfaces": [{"network": "global/networks/default"}, {"network": "global/networks/default"}]},
        "Networks must be distinct for NICs attached to a VM.",
    ),
    (
        "a GPU that would migrate",
        {"machineType": f"{ZONE}/machineTypes/g2-standard-4"},
        "Instances with guest accelerators do not support live migration.",
    ),
    (
        "a GPU on a type that takes none",
        {"guestAccelerators": T4, "scheduling": STOP},
        "[nvidia-tesla-t4, e2-small] features are not compatible for creating instance.",
    ),
    (
        "three T4",
        {
            "machineType": f"{ZONE}/machineTypes/n1-standard-4",
            "guestAccelerators": [{**T4[0], "acceleratorCount": 3}],
            "scheduling": STOP,
        },
        "must be one of 1, 2, 4",
    ),
    (
        "too many vCPUs beside a T4",
        {"machineType": f"{ZONE}/machineTypes/n1-standard-64", "guestAccelerators": T4, "scheduling": STOP},
        "at most 48 vCPUs",
    ),
    (
        "Hyperdisk on N1",
        {
            "machineType": f"{ZONE}/machineTypes/n1-standard-4",
            "disks": [disk(diskType=f"{ZONE}/diskTypes/hyperdisk-balanced")],
        },
        "[hyperdisk-balanced, n1-standard-4] features are not compatible",
    ),
    (
        "a spot that restarts",
        {"scheduling": {"provisioningModel": "SPOT", "automaticRestart": True}},
        "Scheduling must have preemptible be false when AutomaticRestart is true.",
    ),
    (
        "a spot that migrates",
        {"scheduling": {"provisioningModel": "SPOT", "onHostMaintenance": "MIGRATE"}},
        "OnHostMaintenance isn't TERMINATE",
    ),
    (
        "an end without action",
        {"scheduling": {"maxRunDuration": {"seconds": "3600"}}},
        "Instance termination action must be specified",
    ),
    (
        "an action without end",
        {"scheduling": {"instanceTerminationAction": "STOP"}},
        "Instance termination action can only",
    ),
    (
        "a run of ten seconds",
        {"scheduling": {"maxRunDuration": {"seconds": "10"}, "instanceTerminationAction": "STOP"}},
        "Must be between 30 seconds and 120 days",
    ),
    ("flex start without end", {"scheduling": {"provisioningModel": "FLEX_START"}}, "must have a maxRunDuration"),
    ("an upper-case label", {"labels": {"Team": "x"}}, "Label key 'Team' violates format constraints."),
    ("a label with a space", {"labels": {"team": "a b"}}, "Label value 'a b' violates format constraints."),
    ("65 labels", {"labels": {f"k{n}": "" for n in range(65)}}, "The number of labels exceeds the limit of 64."),
    ("an upper-case tag", {"tags": {"items": ["Web"]}}, "'Web'. Must be a match of regex"),
    (
        "metadata twice",
        {"metadata": {"items": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}},
        "Metadata has duplicate key: a",
    ),
    ("a strange metadata key", {"metadata": {"items": [{"key": "a b", "value": "1"}]}}, "[a-zA-Z0-9-_]{1,128}"),
    ("huge metadata", {"metadata": {"items": [{"key": "a", "value": "x" * 262145}]}}, "too large"),
    ("two accounts", {"serviceAccounts": [{"email": "a@b.c"}, {"email": "d@e.f"}]}, "At most one service account"),
    (
        "a reservation without name",
        {"reservationAffinity": {"consumeReservationType": "SPECIFIC_RESERVATION"}},
        "A specific reservation needs the key",
    ),
    ("integrity without vTPM", {"shieldedInstanceConfig": {"enableVtpm": False}}, "Integrity monitoring requires vTPM"),
    (
        "an unknown policy",
        {"resourcePolicies": [f"{REGION}/resourcePolicies/no"]},
        "resourcePolicies/no' was not found",
    ),
]


@pytest.mark.parametrize(("changes", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(api, changes: dict[str, Any], message: str):
    wish = {key: value for key, value in {**instance(), **changes}.items() if value is not None}
    refusal = api.refused("POST", f"{ZONE}/instances", wish)
    assert message in refusal["message"]
    assert refusal["status"] in (400, 404)
    assert "items" not in api("GET", f"{ZONE}/instances")


def test_an_accelerator_that_the_zone_has_not_is_no_resource(api):
    zone = "zones/us-west1-c"
    gpu = [{"acceleratorType": f"{zone}/acceleratorTypes/nvidia-tesla-t4", "acceleratorCount": 1}]
    wish = {**instance(guestAccelerators=gpu, scheduling=STOP), "machineType": f"{zone}/machineTypes/n1-standard-4"}
    refusal = api.refused("POST", f"{zone}/instances", wish)
    assert refusal["status"] == 404
    path = f"projects/sandbox-project/{zone}/acceleratorTypes/nvidia-tesla-t4"
    assert refusal["message"] == f"The resource '{path}' was not found"


@pytest.mark.parametrize(
    ("kind", "zone", "model", "taken"),
    [
        ("a3-highgpu-8g", "us-central1-a", "STANDARD", True),
        ("a3-highgpu-1g", "us-central1-a", "STANDARD", False),
        ("a3-highgpu-1g", "us-central1-a", "SPOT", True),
        ("a4-highgpu-8g", "us-central1-b", "STANDARD", False),
        ("a4-highgpu-8g", "us-central1-b", "SPOT", True),
        ("a3-ultragpu-8g", "us-central1-b", "STANDARD", False),
    ],
)
def test_some_types_are_not_sold_on_demand(api, kind: str, zone: str, model: str, taken: bool):
    place = f"zones/{zone}"
    wish = instance(scheduling={"provisioningModel": model, "onHostMaintenance": "TERMINATE"})
    wish["machineType"] = f"{place}/machineTypes/{kind}"
    if kind.startswith(("a4", "a3-ultra")):
        wish["disks"] = [disk(diskType=f"{place}/diskTypes/hyperdisk-balanced")]
    if taken:
        api.done("POST", f"{place}/instances", wish)
    else:
        assert f"Machine type {kind} needs" in api.refused("POST", f"{place}/instances", wish)["message"]


def test_a_name_is_taken_once(api, make):
    make()
    refusal = api.refused("POST", f"{ZONE}/instances", instance())
    assert (refusal["status"], refusal["reason"]) == (409, "alreadyExists")
    assert refusal["message"] == f"The resource 'projects/sandbox-project/{ZONE}/instances/vm' already exists"


def test_a_custom_network_wants_its_subnetwork_named(api):
    api.done("POST", "global/networks", {"name": "own", "autoCreateSubnetworks": False})
    wish = instance(networkInterfaces=[{"network": "global/networks/own"}])
    assert (
        "Subnetwork should be specified for custom subnetmode network"
        in api.refused("POST", f"{ZONE}/instances", wish)["message"]
    )


def test_addresses_come_from_the_subnetwork_and_go_back(api, make):
    make("a")
    make("b")
    assert api("GET", f"{ZONE}/instances/b")["networkInterfaces"][0]["networkIP"] == "10.128.0.3"
    api.done("DELETE", f"{ZONE}/instances/a")
    assert make("c")["networkInterfaces"][0]["networkIP"] == "10.128.0.2"
    nic = {"network": "global/networks/default", "networkIP": "10.128.0.3"}
    assert (
        "already being used"
        in api.refused("POST", f"{ZONE}/instances", instance("d", networkInterfaces=[nic]))["message"]
    )


def test_a_subnetwork_runs_full(api):
    api.done("POST", "global/networks", {"name": "own", "autoCreateSubnetworks": False})
    api.done(
        "POST",
        f"{REGION}/subnetworks",
        {"name": "tiny", "network": "global/networks/own", "ipCidrRange": "10.9.0.0/29"},
    )
    nic = [{"subnetwork": f"{REGION}/subnetworks/tiny"}]
    for number in range(4):
        api.done("POST", f"{ZONE}/instances", instance(f"vm-{number}", networkInterfaces=nic))
    error = api.ended("POST", f"{ZONE}/instances", instance("vm-5", networkInterfaces=nic))["error"]["errors"][0]
    assert error["code"] == "IP_SPACE_EXHAUSTED"
