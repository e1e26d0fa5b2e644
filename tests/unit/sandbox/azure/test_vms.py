"""VMs: made, shown, changed, switched, deleted."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.sandbox.azure.arm import (
    GROUP,
    ROOT,
    Arm,
    address_path,
    disk_path,
    nic_path,
    vm_body,
    vm_path,
)

RUNNING = ["ProvisioningState/succeeded", "PowerState/running"]


def test_a_vm_is_created_and_comes_to_run(arm):
    answer = arm.raw("PUT", vm_path("vm"), vm_body(arm.nic()))
    assert (answer.status, answer.state) == (201, "Creating")
    assert "Location" not in answer.headers
    assert answer.headers["Azure-AsyncNotification"] == "Enabled"
    assert len(answer.headers["Azure-AsyncOperation"]) > 3000
    assert answer.headers["Retry-After"].isdigit()
    ended = arm.ended(answer)
    assert {"startTime", "endTime", "status", "name"} == set(ended)
    vm = arm.get(vm_path("vm"))
    assert vm["properties"]["provisioningState"] == "Succeeded"
    assert vm["properties"]["storageProfile"]["imageReference"]["exactVersion"]
    assert arm.power() == RUNNING


def test_what_is_secret_does_not_come_back(arm):
    text = base64.b64encode(b"#cloud-config\n").decode()
    arm.vm(osProfile={"customData": text}, userData=text)
    shown = arm.get(vm_path("vm"))["properties"]
    assert "customData" not in shown["osProfile"]
    assert "userData" not in shown
    assert arm.get(vm_path("vm"), **{"$expand": "userData"})["properties"]["userData"] == text
    control = arm.raw("GET", f"/_sandbox/custom-data/{shown['vmId']}").body
    assert control == {"customData": text}


def test_names_and_paths_are_the_same_in_capital_letters(arm):
    arm.vm()
    assert arm.get(vm_path("VM").replace("resourceGroups/rg", "RESOURCEGROUPS/RG"))["name"] == "vm"


def test_the_interface_and_the_disk_know_their_vm(arm):
    vm = arm.vm()
    nic = arm.get(nic_path("vm-nic"))["properties"]
    assert nic["virtualMachine"]["id"] == vm["id"]
    assert nic["primary"] is True
    disk = arm.get(vm["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"])
    assert disk["managedBy"] == vm["id"]
    assert disk["properties"]["diskState"] == "Attached"


@pytest.mark.parametrize("option", ["Delete", "Detach"])
def test_delete_options_are_followed(arm, option):
    address = {"location": "eastus", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
    arm("PUT", address_path("ip"), address)
    public = {"id": address_path("ip"), "properties": {"deleteOption": option}}
    nic = arm.nic("nic", ip={"publicIPAddress": public})
    listed = [{"id": nic, "properties": {"primary": True, "deleteOption": option}}]
    body = vm_body(
        nic,
        networkProfile={"networkInterfaces": listed},
        storageProfile={"osDisk": {"name": "os", "deleteOption": option}},
    )
    arm("PUT", vm_path("vm"), body)
    arm("DELETE", vm_path("vm"))
    left = [
        arm.raw("GET", path).status for path in (vm_path("vm"), nic_path("nic"), address_path("ip"), disk_path("os"))
    ]
    assert left == [404, 404, 404, 404] if option == "Delete" else [404, 200, 200, 200]
    if option == "Detach":
        assert "virtualMachine" not in arm.get(nic_path("nic"))["properties"]
        assert arm.get(disk_path("os"))["properties"]["diskState"] == "Unattached"
        arm("DELETE", nic_path("nic"))
        arm("DELETE", address_path("ip"))


def test_an_interface_is_made_along_with_its_vm_and_goes_with_it(arm):
    inner = {
        "subnet": {"id": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/sub"},
        "publicIPAddressConfiguration": {
            "name": "ip",
            "sku": {"name": "Standard"},
            "properties": {"deleteOption": "Delete", "publicIPAllocationMethod": "Static"},
        },
    }
    configuration = {
        "name": "nic",
        "properties": {
            "primary": True,
            "deleteOption": "Delete",
            "ipConfigurations": [{"name": "a", "properties": inner}],
        },
    }
    body = vm_body(
        "", networkProfile={"networkApiVersion": "2020-11-01", "networkInterfaceConfigurations": [configuration]}
    )
    body["properties"]["networkProfile"].pop("networkInterfaces")
    body["zones"] = ["2"]
    arm("PUT", vm_path("vm"), body)
    listed = arm.get(vm_path("vm"))["properties"]["networkProfile"]["networkInterfaces"]
    nic = arm.get(listed[0]["id"])
    assert nic["name"].startswith("nic-")
    public = arm.get(nic["properties"]["ipConfigurations"][0]["properties"]["publicIPAddress"]["id"])
    assert public["zones"] == ["2"]
    assert public["properties"]["ipAddress"]
    arm("PUT", vm_path("vm"), body)
    assert len(arm.names(f"{GROUP}/providers/Microsoft.Network/networkInterfaces")) == 1
    arm("DELETE", vm_path("vm"))
    assert arm.names(f"{GROUP}/resources") == ["net"]


POWER = [
    ("deallocate", "PowerState/deallocated"),
    ("powerOff", "PowerState/stopped"),
    ("restart", "PowerState/running"),
]


@pytest.mark.parametrize(("verb", "state"), POWER)
def test_power(arm, verb, state):
    vm = arm.vm()
    answer = arm.raw("POST", f"{vm_path('vm')}/{verb}")
    assert answer.status == 202
    assert {"Azure-AsyncOperation", "Location", "Retry-After"} <= set(answer.headers.keys())
    assert arm.ended(answer)["status"] == "Succeeded"
    assert arm.raw("GET", answer.headers["Location"]).status == 200
    assert arm.power() == ["ProvisioningState/succeeded", state]
    assert (vm["properties"]["vmId"] in arm.azure.state.reboots) == (verb == "restart")
    arm("POST", f"{vm_path('vm')}/start")
    assert arm.power() == RUNNING


def test_a_vm_that_is_off_has_no_agent_and_cannot_restart(arm):
    arm.vm()
    arm("POST", f"{vm_path('vm')}/deallocate")
    view = arm.get(vm_path("vm"), **{"$expand": "instanceView"})["properties"]["instanceView"]
    assert "vmAgent" not in view
    assert arm.refused("POST", f"{vm_path('vm')}/restart") == (409, "OperationNotAllowed")


def test_tags_are_replaced_and_the_rest_stays(arm):
    arm.vm(tags={"a": "1"})
    answer = arm.raw("PATCH", vm_path("vm"), {"tags": {"b": "2"}})
    assert (answer.status, answer.state) == (200, "Updating")
    arm.ended(answer)
    vm = arm.get(vm_path("vm"))
    assert vm["tags"] == {"b": "2"}
    assert vm["properties"]["hardwareProfile"]["vmSize"] == "Standard_D2s_v5"


def test_a_resize_across_families_wants_a_deallocated_vm(arm):
    arm.vm()
    arm("PATCH", vm_path("vm"), {"properties": {"hardwareProfile": {"vmSize": "Standard_D4s_v5"}}})
    other = {"properties": {"hardwareProfile": {"vmSize": "Standard_NC4as_T4_v3"}}}
    assert arm.refused("PATCH", vm_path("vm"), other) == (409, "OperationNotAllowed")
    arm("POST", f"{vm_path('vm')}/deallocate")
    arm("PATCH", vm_path("vm"), other)
    assert arm.get(vm_path("vm"))["properties"]["hardwareProfile"]["vmSize"] == "Standard_NC4as_T4_v3"


CHANGES = [
    {"osProfile": {"adminUsername": "other"}},
    {"osProfile": {"computerName": "other"}},
    {
        "storageProfile": {
            "imageReference": {"publisher": "Debian", "offer": "debian-13", "sku": "13-gen2", "version": "latest"}
        }
    },
    {"storageProfile": {"osDisk": {"createOption": "FromImage", "name": "other"}}},
    {"priority": "Spot"},
    {"securityProfile": {"securityType": "TrustedLaunch"}},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_what_is_fixed_is_refused(arm, change):
    arm.vm()
    assert arm.refused("PATCH", vm_path("vm"), {"properties": change}) == (409, "PropertyChangeNotAllowed")


def test_the_same_put_again_changes_nothing(arm):
    first = arm.vm(tags={"a": "1"})
    answer = arm.raw("PUT", vm_path("vm"), vm_body(nic_path("vm-nic"), tags={"a": "1"}))
    assert answer.status == 200
    arm.ended(answer)
    again = arm.get(vm_path("vm"))
    assert again["properties"] == first["properties"]
    assert again["etag"] != first["etag"]


def test_etags_and_conditions(arm):
    arm.vm()
    body = vm_body(nic_path("vm-nic"))
    assert arm.raw("PUT", vm_path("vm"), body, {"If-None-Match": "*"}).status == 412
    assert arm.raw("PUT", vm_path("vm"), body, {"If-Match": '"99"'}).code == "PreconditionFailed"
    assert arm.raw("PATCH", vm_path("vm"), {"tags": {}}, {"If-Match": '"99"'}).status == 412
    tag = arm.get(vm_path("vm"))["etag"]
    assert arm.raw("PUT", vm_path("vm"), body, {"If-Match": tag}).status == 200


def test_deleting_what_is_not_there(arm):
    answer = arm.raw("DELETE", vm_path("none"))
    assert (answer.status, answer.body) == (204, None)
    assert arm.refused("GET", vm_path("none")) == (404, "ResourceNotFound")
    gone = vm_path("none").replace("resourceGroups/rg", "resourceGroups/other")
    assert arm.refused("DELETE", gone) == (404, "ResourceGroupNotFound")


def refusals() -> list[Any]:
    gen1 = {"imageReference": {"publisher": "Debian", "offer": "debian-12", "sku": "12", "version": "latest"}}
    arm64 = {"imageReference": {"publisher": "Debian", "offer": "debian-12", "sku": "12-arm64", "version": "latest"}}
    none = {"imageReference": {"publisher": "Debian", "offer": "debian-99", "sku": "99", "version": "latest"}}
    a100, gb200 = {"vmSize": "Standard_NC24ads_A100_v4"}, {"vmSize": "Standard_ND128isr_NDR_GB200_v6"}
    trusted = {"securityType": "TrustedLaunch", "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True}}
    keys = [{"path": "/root/.ssh/authorized_keys", "keyData": "ssh-rsa x"}]
    return [
        ("unknown size", {"hardwareProfile": {"vmSize": "Standard_X1"}}, 400, "InvalidParameter"),
        ("size of other regions", {"hardwareProfile": gb200}, 409, "SkuNotAvailable"),
        ("size of other zones", {"hardwareProfile": a100, "zones": ["1"]}, 409, "SkuNotAvailable"),
        ("size that is restricted here", {"hardwareProfile": {"vmSize": "Standard_NC48ads_A100_v4"}, "zones": ["3"]}, 409, "SkuNotAvailable"),
        ("no such zone", {"zones": ["9"]}, 400, "InvalidAvailabilityZone"),
        ("generation 1 on a generation 2 size", {"hardwareProfile": a100, "storageProfile": gen1}, 400, "BadRequest"),
        ("arm64 image on x64", {"storageProfile": arm64}, 400, "BadRequest"),
        ("no such image", {"storageProfile": none}, 404, "PlatformImageNotFound"),
        ("trusted launch with generation 1", {"storageProfile": gen1, "securityProfile": trusted}, 400, "BadRequest"),
        ("eviction without spot", {"evictionPolicy": "Delete"}, 400, "InvalidParameter"),
        ("price without sense", {"priority": "Spot", "evictionPolicy": "Delete", "billingProfile": {"maxPrice": 0}}, 400, "InvalidParameter"),
        ("administrator called root", {"osProfile": {"adminUsername": "root"}}, 400, "InvalidParameter"),
        ("key elsewhere", {"osProfile": {"linuxConfiguration": {"ssh": {"publicKeys": keys}}}}, 400, "InvalidParameter"),
        ("no key", {"osProfile": {"linuxConfiguration": {"ssh": {"publicKeys": []}}}}, 400, "InvalidParameter"),
        ("custom data in the clear", {"osProfile": {"customData": "#cloud-config"}}, 400, "InvalidParameter"),
        ("disk too small", {"storageProfile": {"osDisk": {"diskSizeGB": 10}}}, 400, "InvalidParameter"),
        ("no such proximity group", {"proximityPlacementGroup": {"id": f"{GROUP}/providers/Microsoft.Compute/proximityPlacementGroups/x"}}, 404, "NotFound"),
        ("no such interface", {"networkProfile": {"networkInterfaces": [{"id": nic_path("none")}]}}, 404, "ResourceNotFound"),
        ("elsewhere than its interface", {"location": "westeurope"}, 400, "InvalidResourceReference"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status", "code"), [case[1:] for case in refusals()], ids=[case[0] for case in refusals()]
)
def test_a_vm_that_cannot_be_is_refused_and_leaves_nothing(arm, changes, status, code):
    assert arm.refused("PUT", vm_path("vm"), vm_body(arm.nic(), **changes)) == (status, code)
    assert arm.raw("GET", vm_path("vm")).status == 404
    assert "virtualMachine" not in arm.get(nic_path("nic"))["properties"]


def test_an_interface_is_one_vms(arm):
    arm.vm()
    assert arm.refused("PUT", vm_path("two"), vm_body(nic_path("vm-nic"))) == (400, "NicInUse")


def test_lists_write_groups_in_capital_letters_and_status_lists_tell_nothing_else(arm):
    arm.vm(tags={"a": "1"})
    path = f"{ROOT}/providers/Microsoft.Compute/virtualMachines"
    plain = arm.get(path)["value"][0]
    assert plain["id"] == vm_path("vm").replace("resourceGroups/rg", "resourceGroups/RG")
    assert plain["tags"] == {"a": "1"}
    assert "instanceView" not in plain["properties"]
    status = arm.get(path, statusOnly="true")["value"][0]
    assert status["id"] == plain["id"]
    assert [one["code"] for one in status["properties"]["instanceView"]["statuses"]] == RUNNING
    assert "tags" not in status
    assert "hardwareProfile" not in status["properties"]
    assert arm.refused("GET", path, **{"$expand": "instanceView"}) == (400, "InvalidParameter")


def test_spot_vms_are_evicted_as_their_policy_says(arm):
    arm.vm(priority="Spot", evictionPolicy="Deallocate", billingProfile={"maxPrice": -1})
    assert arm.raw("POST", f"{vm_path('vm')}/simulateEviction").status == 204
    assert arm.power()[1] == "PowerState/deallocated"


def test_reserved_vms_want_a_reservation(arm: Arm):
    group = f"{GROUP}/providers/Microsoft.Compute/capacityReservationGroups/crg"
    wish = {"capacityReservation": {"capacityReservationGroup": {"id": group}}}
    body = vm_body(arm.nic(), zones=["1"], **wish)
    assert arm.refused("PUT", vm_path("vm"), body) == (404, "NotFound")
    arm("PUT", group, {"location": "eastus", "zones": ["1", "2"]})
    assert arm.refused("PUT", vm_path("vm"), body) == (400, "BadRequest")
    reservation = {"location": "eastus", "zones": ["1"], "sku": {"name": "Standard_D2s_v5", "capacity": 2}}
    arm("PUT", f"{group}/capacityReservations/one", reservation)
    arm("PUT", vm_path("vm"), body)
    assert arm.get(group)["properties"]["virtualMachinesAssociated"] == [{"id": vm_path("vm")}]
    assert arm.refused("DELETE", group) == (409, "OperationNotAllowed")
