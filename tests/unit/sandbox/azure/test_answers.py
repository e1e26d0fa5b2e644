"""Our answers held against the same files as requests: what we show must be there, under that name and of that type."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.azure.schema import Check
from tests.unit.sandbox.azure.arm import (
    GROUP,
    KEY,
    Arm,
    address_path,
    disk_path,
    firewall_path,
    network_path,
    nic_path,
    vm_path,
)
from tests.unit.sandbox.azure.test_network import STATIC, firewall, rule

COMPUTE = f"{GROUP}/providers/Microsoft.Compute"
#: Members that real answers have and the files do not know: the recordings show them.
BEYOND = {"allowPort25Out", "kind"}


def everything(arm: Arm) -> None:
    """One of each kind."""
    asg = f"{GROUP}/providers/Microsoft.Network/applicationSecurityGroups/asg"
    arm("PUT", asg, {"location": "eastus"})
    arm(
        "PUT",
        firewall_path("f"),
        firewall(rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": asg}])),
    )
    arm("PUT", address_path("ip"), STATIC)
    disk = {"location": "eastus", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": 8}}
    arm("PUT", disk_path("d"), disk)
    copy = {"createOption": "Copy", "sourceResourceId": disk_path("d")}
    arm(
        "PUT",
        f"{COMPUTE}/snapshots/s",
        {"location": "eastus", "properties": {"creationData": copy, "incremental": True}},
    )
    arm("PUT", f"{COMPUTE}/sshPublicKeys/k", {"location": "eastus", "properties": {"publicKey": KEY}})
    arm("PUT", f"{COMPUTE}/proximityPlacementGroups/p", {"location": "eastus"})
    arm("PUT", f"{COMPUTE}/capacityReservationGroups/c", {"location": "eastus", "zones": ["1"]})
    place = f"{COMPUTE}/capacityReservationGroups/c/capacityReservations/r"
    arm("PUT", place, {"location": "eastus", "zones": ["1"], "sku": {"name": "Standard_D2s_v5", "capacity": 1}})
    arm.vm(
        zones=["1"],
        proximityPlacementGroup={"id": f"{COMPUTE}/proximityPlacementGroups/p"},
        capacityReservation={"capacityReservationGroup": {"id": f"{COMPUTE}/capacityReservationGroups/c"}},
    )
    inner = {"publicIPAddress": {"id": address_path("ip")}, "applicationSecurityGroups": [{"id": asg}]}
    arm.nic("nic", networkSecurityGroup={"id": firewall_path("f")}, ip=inner)


SHOWN = [
    ("compute", "VirtualMachine", f"{vm_path('vm')}?$expand=instanceView"),
    ("compute", "VirtualMachineInstanceView", f"{vm_path('vm')}/instanceView"),
    ("compute", "SshPublicKeyResource", f"{COMPUTE}/sshPublicKeys/k"),
    ("compute", "ProximityPlacementGroup", f"{COMPUTE}/proximityPlacementGroups/p"),
    ("compute", "CapacityReservationGroup", f"{COMPUTE}/capacityReservationGroups/c"),
    ("compute", "CapacityReservation", f"{COMPUTE}/capacityReservationGroups/c/capacityReservations/r"),
    ("disk", "Disk", disk_path("d")),
    ("disk", "Snapshot", f"{COMPUTE}/snapshots/s"),
    ("network", "VirtualNetwork", network_path("net")),
    ("network", "Subnet", f"{network_path('net')}/subnets/sub"),
    ("network", "NetworkSecurityGroup", firewall_path("f")),
    ("network", "SecurityRule", f"{firewall_path('f')}/securityRules/ssh"),
    ("network", "PublicIPAddress", address_path("ip")),
    ("network", "NetworkInterface", nic_path("nic")),
    ("network", "ApplicationSecurityGroup", f"{GROUP}/providers/Microsoft.Network/applicationSecurityGroups/asg"),
]


@pytest.mark.parametrize(("area", "definition", "path"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_an_answer_has_what_the_files_know(arm: Arm, area: str, definition: str, path: str) -> None:
    everything(arm)
    check = Check(area, answer=True)
    check.body(definition, arm.get(path))
    strange = [one for one in check.problems if one.path.rpartition(".")[2] not in BEYOND]
    assert strange == []


def test_a_wrong_answer_would_be_found() -> None:
    check = Check("compute", answer=True)
    body: dict[str, Any] = {"location": "eastus", "properties": {"vmId": 7, "shape": "x"}}
    check.body("VirtualMachine", body)
    assert [(one.kind, one.path) for one in check.problems] == [
        ("type", "properties.vmId"),
        ("unknown", "properties.shape"),
    ]
