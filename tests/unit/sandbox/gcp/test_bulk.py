"""bulkInsert: names, groups of operations, half-made batches, regions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sandbox.gcp.api import REGION, ZONE, instance, properties

ID = "6b1f2a3c-0d4e-4f5a-8b6c-7d8e9f0a1b2c"
BULK = f"{ZONE}/instances/bulkInsert"


def wish(count: int = 3, **changes: Any) -> dict[str, Any]:
    body = {"count": str(count), "namePattern": "vm-##", "instanceProperties": properties(), **changes}
    return {key: value for key, value in body.items() if value is not None}


def names(api, place: str = ZONE) -> list[str]:
    return [each["name"] for each in api("GET", f"{place}/instances").get("items", [])]


def group(api, operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The operations of the single VMs, in order of their targets."""
    wanted = f'(operationGroupId="{operation["operationGroupId"]}") (operationType="insert")'
    found = api("GET", f"{ZONE}/operations", filter=wanted)["items"]
    return sorted(found, key=lambda each: each["targetLink"])


def counted(operation: dict[str, Any]) -> dict[str, Any]:
    return dict(operation["instancesBulkInsertOperationMetadata"]["perLocationStatus"][f"{ZONE}"])


def test_names_by_pattern_go_on_from_the_highest(api):
    operation = api.done("POST", BULK, wish())
    assert operation["operationType"] == "bulkInsert"
    assert counted(operation) == {"status": "DONE", "targetVmCount": 3, "createdVmCount": 3}
    api.done("POST", BULK, wish(2))
    assert names(api) == ["vm-01", "vm-02", "vm-03", "vm-04", "vm-05"]


def test_each_vm_has_an_operation_of_the_group(api):
    operation = api.done("POST", BULK, wish())
    found = group(api, operation)
    assert [each["targetLink"].rpartition("/")[2] for each in found] == ["vm-01", "vm-02", "vm-03"]
    assert {each["status"] for each in found} == {"DONE"}


def test_names_as_listed(api):
    body = wish(2, namePattern=None, perInstanceProperties={"blue": {}, "green": {"hostname": "green.example.com"}})
    api.done("POST", BULK, body)
    assert names(api) == ["blue", "green"]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no hash", wish(namePattern="vm"), "Must have one sequence of hash characters"),
    ("two sequences", wish(namePattern="v#m#"), "Must have one sequence of hash characters"),
    ("too few hashes", wish(10, namePattern="vm-#"), "too few hash characters"),
    ("count 0", wish(0), "Must be between 1 and 5000."),
    ("minCount over count", wish(2, minCount="3"), "Must be between 1 and count (2)."),
    ("no properties", wish(instanceProperties=None), "Required field 'resource.instanceProperties' not specified"),
    (
        "names and pattern",
        wish(1, perInstanceProperties={"a": {}}),
        "Exactly one of namePattern and perInstanceProperties",
    ),
    ("fewer names than count", wish(namePattern=None, perInstanceProperties={"a": {}}), "as many entries as count (3)"),
    (
        "a bad name",
        wish(1, namePattern=None, perInstanceProperties={"A": {}}),
        "Invalid value for field 'resource.perInstanceProperties.key': 'A'",
    ),
    (
        "one address for all",
        wish(
            instanceProperties=properties(
                networkInterfaces=[{"network": "global/networks/default", "networkIP": "10.128.0.9"}]
            )
        ),
        "An address cannot be given to many VMs.",
    ),
    (
        "one disk for all",
        wish(instanceProperties=properties(disks=[{"boot": True, "source": f"{ZONE}/disks/d"}])),
        "cannot be given to many VMs",
    ),
    (
        "a URL for a type",
        wish(instanceProperties=properties(machineType=f"{ZONE}/machineTypes/e2-small")),
        "Must be the name of a machine type",
    ),
    (
        "a misspelt property",
        wish(instanceProperties=properties(machinType="x")),
        "Unknown name \"machinType\" at 'resource.instanceProperties'",
    ),
]


@pytest.mark.parametrize(("body", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_refused(api, body: dict[str, Any], message: str):
    assert message in api.refused("POST", BULK, body)["message"]
    assert names(api) == []


def test_a_listed_name_that_is_taken_refuses_all(api):
    api.done("POST", f"{ZONE}/instances", instance("green"))
    body = wish(2, namePattern=None, perInstanceProperties={"blue": {}, "green": {}})
    assert api.refused("POST", BULK, body)["reason"] == "alreadyExists"
    assert names(api) == ["green"]


def test_capacity_for_some_with_a_least_number(api):
    api.faults({"kind": "capacity", "available": 2})
    operation = api.done("POST", BULK, wish(4, minCount="1"))
    assert counted(operation) == {"status": "DONE", "targetVmCount": 4, "createdVmCount": 2, "failedToCreateVmCount": 2}
    assert names(api) == ["vm-01", "vm-02"]
    errors = [each["error"]["errors"][0]["code"] for each in group(api, operation) if "error" in each]
    assert errors == ["ZONE_RESOURCE_POOL_EXHAUSTED"] * 2


def test_capacity_for_less_than_the_least_number_makes_nothing(api):
    api.faults({"kind": "capacity", "available": 2})
    operation = api.ended("POST", BULK, wish(4))
    assert operation["error"]["errors"] == [
        {"code": "VM_MIN_COUNT_NOT_REACHED", "message": "Requested minimum count of 4 VMs could not be created."}
    ]
    assert operation["httpErrorStatusCode"] == 503
    assert counted(operation)["deletedVmCount"] == 2
    assert names(api) == []


def test_a_half_made_batch(api):
    api.faults({"kind": "partial", "count": 2})
    operation = api.done("POST", BULK, wish(4, minCount="1"))
    assert names(api) == ["vm-01", "vm-02"]
    assert counted(operation)["failedToCreateVmCount"] == 2
    dead = [each for each in group(api, operation) if "error" in each]
    assert [each["error"]["errors"][0]["code"] for each in dead] == ["INTERNAL_ERROR"] * 2
    assert api.refused("GET", f"{ZONE}/disks/vm-03")["status"] == 404


def test_the_same_request_id_makes_no_second_batch(api):
    first = api("POST", BULK, wish(), requestId=ID)
    assert api("POST", BULK, wish(), requestId=ID)["name"] == first["name"]
    assert len(names(api)) == 3


class TestInARegion:
    PATH = f"{REGION}/instances/bulkInsert"

    def test_a_zone_with_the_type_is_chosen(self, api):
        api.faults({"kind": "capacity", "zones": ["us-central1-a"]})
        operation = api.done("POST", self.PATH, wish())
        assert list(operation["instancesBulkInsertOperationMetadata"]["perLocationStatus"]) == ["zones/us-central1-b"]
        assert operation["region"].endswith(REGION)
        assert names(api, "zones/us-central1-b") == ["vm-01", "vm-02", "vm-03"]

    def test_a_denied_zone_is_left_out(self, api):
        policy = {"locations": {"zones/us-central1-a": {"preference": "DENY"}}}
        api.done("POST", self.PATH, wish(1, locationPolicy=policy))
        assert names(api) == []
        assert names(api, "zones/us-central1-b") == ["vm-01"]

    def test_a_zone_elsewhere_is_refused(self, api):
        policy = {"locations": {"zones/us-east1-b": {"preference": "ALLOW"}}}
        assert "is not in region" in api.refused("POST", self.PATH, wish(1, locationPolicy=policy))["message"]
