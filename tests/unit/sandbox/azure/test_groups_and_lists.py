"""Subscriptions, groups, pages, SKUs, images, usages, keys, disks; what a restart finds."""

from __future__ import annotations

import pytest

from sandbox.azure.front import Azure
from sandbox.azure.sizes import all_sizes
from sandbox.azure.state import State
from tests.unit.sandbox.azure.arm import GROUP, KEY, ROOT, Arm, disk_path, nic_path, vm_path

VMS = f"{ROOT}/providers/Microsoft.Compute/virtualMachines"
LOCATION = f"{ROOT}/providers/Microsoft.Compute/locations/eastus"


def test_a_group_comes_at_once_and_takes_all_with_it(empty):
    assert empty.raw("HEAD", GROUP).status == 404
    assert empty.raw("PUT", GROUP, {"location": "East US", "tags": {"a": "1"}}).status == 201
    assert empty.raw("PUT", GROUP, {"location": "eastus"}).status == 200
    assert empty.raw("HEAD", GROUP).status == 204
    assert empty.refused("PUT", GROUP, {"location": "westus"}) == (409, "InvalidResourceGroupLocation")
    empty.network()
    empty.vm()
    assert len(empty.names(f"{GROUP}/resources")) == 4
    answer = empty.raw("DELETE", GROUP)
    assert (answer.status, "Azure-AsyncOperation" in answer.headers) == (202, False)
    assert empty.raw("GET", answer.headers["Location"]).status == 200
    assert empty.refused("GET", GROUP) == (404, "ResourceGroupNotFound")
    assert len(empty.azure.state.store) == 0


def test_a_resource_stays_in_its_location(arm):
    arm(
        "PUT",
        disk_path("d"),
        {"location": "eastus", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}},
    )
    body = {"location": "westus", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}}
    assert arm.refused("PUT", disk_path("d"), body) == (409, "InvalidResourceLocation")


def test_subscriptions_and_locations(empty):
    found = empty.get("/subscriptions")["value"]
    assert [one["displayName"] for one in found] == ["sandbox", "sandbox two"]
    places = {one["name"]: one for one in empty.get(f"{ROOT}/locations")["value"]}
    assert [one["logicalZone"] for one in places["eastus"]["availabilityZoneMappings"]] == ["1", "2", "3"]
    assert empty.get(f"{ROOT}/providers/Microsoft.Compute")["registrationState"] == "Registered"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_bring_everything_once(arm, size):
    names = [f"nic{number}" for number in range(5)]
    for name in names:
        arm.nic(name)
    arm.azure.state.settings.page_size = size
    path = f"{ROOT}/providers/Microsoft.Network/networkInterfaces"
    assert arm.names(path) == names
    assert ("nextLink" in arm.get(path)) == (size < 5)


def test_what_is_deleted_between_pages_hides_nothing(arm):
    for number in range(6):
        arm.nic(f"nic{number}")
    arm.azure.state.settings.page_size = 2
    first = arm.get(f"{ROOT}/providers/Microsoft.Network/networkInterfaces")
    arm("DELETE", nic_path("nic0"))
    second = arm.get(first["nextLink"])
    assert [one["name"] for one in second["value"]] == ["nic2", "nic3"]


def test_settings_are_checked(arm):
    assert arm.raw("PUT", "/_sandbox/settings", {"page_size": 5}).body == {"page_size": 5}
    assert arm.raw("PUT", "/_sandbox/settings", {"page_size": 0}).status == 400
    assert arm.raw("GET", "/_sandbox/health").body == {"status": "ok", "cloud": "azure"}


def test_skus_tell_what_a_size_is_and_where(arm):
    rows = arm.get(f"{ROOT}/providers/Microsoft.Compute/skus", **{"$filter": "location eq 'eastus'"})["value"]
    vms = {row["name"]: row for row in rows if row["resourceType"] == "virtualMachines"}
    told = {one["name"]: one["value"] for one in vms["Standard_NC4as_T4_v3"]["capabilities"]}
    wanted = {
        "vCPUs": "4",
        "MemoryGB": "28",
        "GPUs": "1",
        "AcceleratedNetworkingEnabled": "True",
        "HyperVGenerations": "V1,V2",
        "CpuArchitectureType": "x64",
    }
    assert wanted.items() <= told.items()
    assert vms["Standard_NC24ads_A100_v4"]["locationInfo"][0]["zones"] == ["2", "3"]
    assert vms["Standard_NC48ads_A100_v4"]["restrictions"][0]["restrictionInfo"]["zones"] == ["3"]
    assert "Standard_ND128isr_NDR_GB200_v6" not in vms
    trusted = {one["name"]: one["value"] for one in vms["Standard_NC128ds_xl_RTXPRO6000BSE_v6"]["capabilities"]}
    assert trusted["TrustedLaunchDisabled"] == "True"
    assert len(all_sizes()) > 90


def test_usages_count_vcpus(arm):
    arm.vm()
    rows = {row["name"]["value"]: row["currentValue"] for row in arm.get(f"{LOCATION}/usages")["value"]}
    assert (rows["cores"], rows["standardDSv5Family"], rows["virtualMachines"]) == (2, 2, 1)
    network = arm.get(f"{ROOT}/providers/Microsoft.Network/locations/eastus/usages")["value"]
    assert {row["name"]["value"]: row["currentValue"] for row in network}["NetworkInterfaces"] == 1


def test_images_from_publishers_to_versions(arm):
    def below(path: str) -> list[str]:
        return [row["name"] for row in arm.get(f"{LOCATION}/publishers{path}")]

    assert "Canonical" in below("")
    assert "debian-13" in below("/debian/artifacttypes/vmimage/offers")
    assert "13-gen2" in below("/Debian/artifacttypes/vmimage/offers/debian-13/skus")
    place = "/Debian/artifacttypes/vmimage/offers/debian-13/skus/13-gen2/versions"
    newest = arm.get(f"{LOCATION}/publishers{place}", **{"$top": "1", "$orderby": "name desc"})[0]["name"]
    shown = arm.get(f"{LOCATION}/publishers{place}/{newest}")
    assert shown["properties"]["hyperVGeneration"] == "V2"
    assert arm.refused("GET", f"{LOCATION}/publishers/Nobody/artifacttypes/vmimage/offers") == (404, "NotFound")


def test_disks_and_snapshots(arm):
    body = {
        "location": "eastus",
        "sku": {"name": "Premium_LRS"},
        "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 100},
    }
    answer = arm.raw("PUT", disk_path("d"), body)
    assert answer.status == 202
    assert {"Azure-AsyncOperation", "Location"} <= set(answer.headers.keys())
    ended = arm.ended(answer)
    assert ended["properties"]["output"]["name"] == "d"
    assert arm.get(disk_path("d"))["properties"]["tier"] == "P10"
    snapshot = f"{GROUP}/providers/Microsoft.Compute/snapshots/s"
    copy = {
        "location": "eastus",
        "properties": {
            "creationData": {"createOption": "Copy", "sourceResourceId": disk_path("d")},
            "incremental": True,
        },
    }
    arm("PUT", snapshot, copy)
    assert arm.get(snapshot)["properties"]["diskSizeGB"] == 100
    assert arm.refused("PATCH", disk_path("d"), {"properties": {"diskSizeGB": 50}}) == (409, "OperationNotAllowed")
    arm("PATCH", disk_path("d"), {"properties": {"diskSizeGB": 200}})
    assert arm.get(disk_path("d"))["properties"]["tier"] == "P15"


def test_the_disk_of_a_vm_stays(arm):
    vm = arm.vm()
    path = vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"]
    assert arm.refused("DELETE", path) == (409, "OperationNotAllowed")


def test_keys(arm):
    path = f"{GROUP}/providers/Microsoft.Compute/sshPublicKeys/k"
    assert arm.raw("PUT", path, {"location": "eastus", "properties": {"publicKey": KEY}}).status == 201
    assert arm.refused("PUT", path, {"location": "eastus", "properties": {"publicKey": "ssh-dss x"}}) == (
        400,
        "InvalidParameter",
    )
    pair = arm.raw("POST", f"{path}/generateKeyPair", {"encryptionType": "Ed25519"}).body
    assert arm.get(path)["properties"]["publicKey"] == pair["publicKey"]


def test_a_restart_goes_on(tmp_path):
    arm = Arm(Azure(State(tmp_path)))
    arm.group()
    arm.network()
    vm = arm.vm(tags={"a": "1"})
    arm.nic("gone")
    arm("DELETE", nic_path("gone"))
    again = Arm(Azure(State(tmp_path)), token=arm.token)
    assert again.get(vm_path("vm")) == vm
    assert again.power() == ["ProvisioningState/succeeded", "PowerState/running"]
    assert again.raw("GET", nic_path("gone")).status == 404
    subnet = again.get(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/sub")
    assert len(subnet["properties"]["ipConfigurations"]) == 1
    with (tmp_path / "resources.jsonl").open("a") as file:
        file.write('["/subscriptions/half a li')
    State(tmp_path)
    third = State(tmp_path)
    assert len(third.store) == len(again.azure.state.store)
    third.reset()
    assert len(State(tmp_path).store) == 0


def test_copies_of_a_vm_for_long_lists(arm):
    arm.vm("lab-0", tags={"a": "1"})
    names = [f"lab-{number}" for number in range(1, 451)]
    assert arm.raw("POST", "/_sandbox/clones", {"vm": vm_path("lab-0"), "names": names}).body == {"made": 450 * 3}
    assert arm.names(VMS) == ["lab-0", *names]
    shown = [arm.get(vm_path(name)) for name in ("lab-0", "lab-450")]
    assert len({one["properties"]["vmId"] for one in shown}) == 2
    assert shown[1]["tags"] == {"a": "1"}
    nic = arm.get(shown[1]["properties"]["networkProfile"]["networkInterfaces"][0]["id"])
    assert nic["properties"]["virtualMachine"]["id"] == shown[1]["id"]
    assert arm.raw("POST", "/_sandbox/clones", {"vm": "none", "names": []}).status == 400
    arm("DELETE", vm_path("lab-450"))
    assert arm.raw("GET", nic["id"]).status == 404
