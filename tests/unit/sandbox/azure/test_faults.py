"""The fault plan in ARM's words, at once and while something is being made."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.azure.arm import GROUP, ROOT, nic_path, vm_body, vm_path

CREATE = "VirtualMachines_CreateOrUpdate"
VMS = f"{ROOT}/providers/Microsoft.Compute/virtualMachines"


def failed(arm, **changes):
    """A VM that is accepted and then fails; returns the error of its operation."""
    answer = arm.raw("PUT", vm_path("vm"), vm_body(arm.nic(), **changes))
    assert answer.status == 201, answer.body
    ended = arm.ended(answer)
    assert ended["status"] == "Failed"
    return ended["error"]["code"]


@pytest.mark.parametrize(("zones", "code"), [({}, "AllocationFailed"), ({"zones": ["2"]}, "ZonalAllocationFailed")])
def test_no_room_shows_in_the_operation_and_leaves_a_failed_vm(arm, zones, code):
    arm.faults({"kind": "capacity"})
    assert failed(arm, **zones) == code
    vm = arm.get(vm_path("vm"))
    assert vm["properties"]["provisioningState"] == "Failed"
    assert arm.power() == [f"ProvisioningState/failed/{code}"]
    assert arm.get(nic_path("nic"))["properties"]["virtualMachine"]["id"] == vm["id"]
    status = arm.get(VMS, statusOnly="true")["value"][0]
    assert status["properties"]["provisioningState"] == "Failed"
    arm("DELETE", vm_path("vm"))
    assert arm.raw("GET", nic_path("nic")).status == 404


def test_no_room_in_a_proximity_group(arm):
    group = f"{GROUP}/providers/Microsoft.Compute/proximityPlacementGroups/ppg"
    arm("PUT", group, {"location": "eastus"})
    arm.faults({"kind": "capacity"})
    assert failed(arm, proximityPlacementGroup={"id": group}) == "OverconstrainedAllocationRequest"


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({"zones": ["1"]}, True),
        ({"zones": ["2"]}, False),
        ({"regions": ["eastus"]}, True),
        ({"machine_types": ["Standard_D2s*"]}, True),
        ({"markets": ["spot"]}, False),
        ({"available": 1}, False),
    ],
    ids=str,
)
def test_room_is_counted_where_the_rule_says(arm, rule, hit):
    arm.faults({"kind": "capacity", **rule})
    arm.raw("PUT", vm_path("vm"), vm_body(arm.nic(), zones=["1"]))
    assert (arm.get(vm_path("vm"))["properties"]["provisioningState"] == "Failed") == hit


def test_quota_is_refused_at_once_with_its_numbers(arm):
    arm.faults({"kind": "quota", "available": 1})
    arm.vm()
    answer = arm.raw("PUT", vm_path("two"), vm_body(arm.nic("two")))
    assert (answer.status, answer.code) == (409, "OperationNotAllowed")
    text = answer.body["error"]["message"]
    assert "exceeding approved standardDSv5Family Cores quota" in text
    assert (
        "Location: eastus, Current Limit: 2, Current Usage: 2, Additional Required: 2, (Minimum) New Limit Required: 4"
        in text
    )
    assert arm.raw("GET", vm_path("two")).status == 404


def test_a_stopped_vm_may_find_no_room_when_it_starts(arm):
    arm.vm()
    arm("POST", f"{vm_path('vm')}/deallocate")
    arm.faults({"kind": "capacity"})
    answer = arm.raw("POST", f"{vm_path('vm')}/start")
    assert arm.ended(answer)["error"]["code"] == "AllocationFailed"
    assert arm.power()[1] == "PowerState/deallocated"
    arm.faults()
    arm("POST", f"{vm_path('vm')}/start")
    assert arm.power()[0] == "ProvisioningState/succeeded"


def test_throttling(arm):
    arm.faults({"kind": "throttle", "retry_after": 7, "times": 2})
    compute, network = arm.raw("GET", VMS), arm.raw("GET", f"{ROOT}/providers/Microsoft.Network/networkInterfaces")
    assert [answer.status for answer in (compute, network)] == [429, 429]
    assert (compute.code, compute.body["error"]["details"][0]["code"]) == ("OperationNotAllowed", "TooManyRequests")
    assert network.code == "TooManyRequests"
    assert {answer.headers["Retry-After"] for answer in (compute, network)} == {"7"}
    assert arm.raw("GET", VMS).status == 200


TEXTS = [
    ("AuthorizationFailed", 403, "Microsoft.Compute/virtualMachines/write"),
    ("MissingSubscriptionRegistration", 409, "not registered to use namespace 'Microsoft.Compute'"),
    ("RequestDisallowedByPolicy", 403, "was disallowed by policy"),
    ("SkuNotAvailable", 409, "currently not available in location 'eastus'"),
]


@pytest.mark.parametrize(("code", "status", "text"), TEXTS, ids=[code for code, _, _ in TEXTS])
def test_a_code_alone_gets_arms_own_text_and_status(arm, code, status, text):
    body = vm_body(arm.nic())
    arm.faults({"kind": "error", "code": code, "operations": [CREATE]})
    answer = arm.raw("PUT", vm_path("vm"), body)
    assert (answer.status, answer.code) == (status, code)
    assert text in answer.body["error"]["message"]


def test_an_error_may_come_later(arm):
    arm.faults(
        {"kind": "error", "code": "OSProvisioningTimedOut", "message": "slow", "operations": [f"{CREATE}.operation"]}
    )
    assert failed(arm) == "OSProvisioningTimedOut"


def test_some_of_a_fleet_die_young(arm):
    arm.faults({"kind": "partial", "count": 2})
    for name in "abc":
        arm.raw("PUT", vm_path(name), vm_body(arm.nic(name)))
    states = [one["properties"]["provisioningState"] for one in arm.get(VMS)["value"]]
    assert states == ["Succeeded", "Succeeded", "Failed"]


def test_slow_boots_and_deletions(arm, azure):
    now = [100.0]
    azure.state.operations.now, clock = lambda: now[0], azure.state.operations.now
    try:
        arm.faults({"kind": "slow_boot", "seconds": 30}, {"kind": "slow_stop", "seconds": 5})
        answer = arm.raw("PUT", vm_path("vm"), vm_body(arm.nic()))
        assert answer.headers["Retry-After"] == "10"
        assert arm.ended(answer)["status"] == "InProgress"
        assert arm.get(vm_path("vm"))["properties"]["provisioningState"] == "Creating"
        assert arm.power() == ["ProvisioningState/creating", "PowerState/starting"]
        assert arm.refused("PATCH", vm_path("vm"), {"tags": {}}) == (409, "OperationNotAllowed")
        now[0] += 30
        assert arm.ended(answer)["status"] == "Succeeded"
        gone = arm.raw("DELETE", vm_path("vm"))
        assert arm.raw("GET", gone.headers["Location"]).status == 202
        assert arm.get(vm_path("vm"))["properties"]["provisioningState"] == "Deleting"
        now[0] += 5
        assert arm.raw("GET", gone.headers["Location"]).status == 200
        assert arm.raw("GET", vm_path("vm")).status == 404
    finally:
        azure.state.operations.now = clock


def test_a_deletion_ends_what_is_under_way(arm):
    arm.faults({"kind": "slow_boot", "seconds": 3600})
    answer = arm.raw("PUT", vm_path("vm"), vm_body(arm.nic()))
    arm("DELETE", vm_path("vm"))
    assert arm.ended(answer)["error"]["code"] == "OperationPreempted"
    assert arm.names(f"{GROUP}/resources") == ["net"]


def test_lists_may_be_old(arm):
    arm.faults({"kind": "stale_reads", "seconds": 3600, "operations": ["VirtualMachines_ListAll"]})
    arm.vm()
    assert arm.names(VMS) == []
    assert arm.raw("GET", vm_path("vm")).status == 200
    arm.faults()
    assert arm.names(VMS) == ["vm"]
