"""The table of methods is Google's, and the role in docs/ allows what the code calls and no more."""

from __future__ import annotations

import re

import pytest
import yaml

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.methods import METHODS
from tests.servers import ROOT
from tests.unit.plugins.clouds.gcp.discovery import document, method

ADAPTER = ROOT / "plugins/module_utils/clouds/gcp"
CALLED = re.compile(rf"\"((?:{'|'.join(sorted({name.split('.')[0] for name in METHODS}))})\.[a-zA-Z]+)\"")

# What each method needs. https://cloud.google.com/compute/docs/reference/rest/v1, "IAM Permissions" of each method (read
# 2026-11); creating a VM also uses the things it is made of.
NEEDS: dict[str, tuple[str, ...]] = {
    "acceleratorTypes.aggregatedList": ("compute.acceleratorTypes.list",),
    "disks.aggregatedList": ("compute.disks.list",),
    "disks.addResourcePolicies": ("compute.disks.addResourcePolicies", "compute.resourcePolicies.use"),
    "disks.get": ("compute.disks.get",),
    "disks.removeResourcePolicies": ("compute.disks.removeResourcePolicies", "compute.resourcePolicies.use"),
    "disks.resize": ("compute.disks.resize",),
    "firewalls.delete": ("compute.firewalls.delete", "compute.networks.updatePolicy"),
    "firewalls.insert": ("compute.firewalls.create", "compute.networks.updatePolicy"),
    "firewalls.list": ("compute.firewalls.list",),
    "firewalls.patch": ("compute.firewalls.get", "compute.firewalls.update", "compute.networks.updatePolicy"),
    "globalOperations.aggregatedList": (
        "compute.globalOperations.list",
        "compute.regionOperations.list",
        "compute.zoneOperations.list",
    ),
    "globalOperations.wait": ("compute.globalOperations.get",),
    "instances.aggregatedList": ("compute.instances.list",),
    "instances.delete": ("compute.instances.delete", "compute.disks.delete"),
    "instances.get": ("compute.instances.get",),
    "instances.reset": ("compute.instances.reset",),
    "instances.setLabels": ("compute.instances.setLabels",),
    "instances.setMachineResources": ("compute.instances.setMachineResources",),
    "instances.setMachineType": ("compute.instances.setMachineType",),
    "instances.setMetadata": ("compute.instances.setMetadata",),
    "instances.setScheduling": ("compute.instances.setScheduling",),
    "instances.setServiceAccount": ("compute.instances.setServiceAccount",),
    "instances.setTags": ("compute.instances.setTags",),
    "instances.start": ("compute.instances.start",),
    "instances.stop": ("compute.instances.stop",),
    "machineTypes.aggregatedList": ("compute.machineTypes.list",),
    "networks.delete": ("compute.networks.delete",),
    "networks.get": ("compute.networks.get",),
    "networks.insert": ("compute.networks.create",),
    "projects.get": ("compute.projects.get",),
    "regionOperations.wait": ("compute.regionOperations.get",),
    "regions.get": ("compute.regions.get",),
    "regions.list": ("compute.regions.list",),
    "resourcePolicies.delete": ("compute.resourcePolicies.delete",),
    "resourcePolicies.get": ("compute.resourcePolicies.get",),
    "reservations.aggregatedList": ("compute.reservations.list",),
    "snapshots.delete": ("compute.snapshots.delete",),
    "snapshots.insert": (
        "compute.disks.createSnapshot",
        "compute.snapshots.create",
        "compute.snapshots.setLabels",
    ),
    "snapshots.list": ("compute.snapshots.list",),
    "resourcePolicies.insert": ("compute.resourcePolicies.create",),
    "resourcePolicies.patch": ("compute.resourcePolicies.update",),
    "subnetworks.delete": ("compute.subnetworks.delete",),
    "subnetworks.insert": ("compute.subnetworks.create", "compute.networks.updatePolicy"),
    "subnetworks.list": ("compute.subnetworks.list",),
    "zoneOperations.wait": ("compute.zoneOperations.get",),
}
# https://cloud.google.com/compute/docs/instances/create-start-instance, /create-bulk-instances (read 2026-11)
MAKING = (
    "compute.disks.create",
    "compute.disks.setLabels",
    "compute.images.useReadOnly",
    "compute.instances.create",
    "compute.instances.setLabels",
    "compute.instances.setMetadata",
    "compute.instances.setServiceAccount",
    "compute.instances.setTags",
    "compute.networks.use",
    "compute.resourcePolicies.use",
    "compute.subnetworks.use",
    "compute.subnetworks.useExternalIp",
)
NEEDS |= {"instances.insert": MAKING, "instances.bulkInsert": MAKING}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_as_google_describes_it(name: str) -> None:
    ours, theirs = METHODS[name], method(name)
    assert (ours.verb, ours.path) == (theirs["httpMethod"], theirs["path"])
    assert ours.takes_request_id == ("requestId" in theirs["parameters"])


def test_the_paths_are_below_the_address_that_is_used() -> None:
    assert document()["servicePath"] == "compute/v1/"


def called() -> set[str]:
    return {
        name for path in ADAPTER.glob("*.py") if path.name != "methods.py" for name in CALLED.findall(path.read_text())
    }


def test_every_method_of_the_table_is_called_and_no_other() -> None:
    assert called() == set(METHODS)


def test_the_role_allows_what_the_code_calls_and_no_more() -> None:
    role = yaml.safe_load((ROOT / "docs/gcp-role.yaml").read_text())
    needed = {permission for name in called() for permission in NEEDS[name]}
    assert role["includedPermissions"] == sorted(needed)
    assert role["stage"] == "GA"
