# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call that the adapter makes, under the name that Azure's OpenAPI files give it.

A row says the method, what comes after the resource's id, the API version and what a role must allow for it. Versions
are fixed, so that requests and answers mean the same until somebody changes them here and looks at what that changes.
Source: https://github.com/Azure/azure-rest-api-specs (Compute 2024-07-01, disks 2024-03-02, SKUs 2021-07-01, Network
2024-05-01, Resources 2021-04-01, subscriptions 2022-12-01); actions: https://learn.microsoft.com/azure/role-based-access-control/permissions
(read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass

COMPUTE, DISKS, SKUS = "2024-07-01", "2024-03-02", "2021-07-01"
NETWORK = "2024-05-01"
RESOURCES = "2021-04-01"
SUBSCRIPTIONS = "2022-12-01"

VM = "Microsoft.Compute/virtualMachines"
DISK = "Microsoft.Compute/disks"
SNAPSHOT = "Microsoft.Compute/snapshots"
RESERVATION = "Microsoft.Compute/capacityReservationGroups"
PROXIMITY = "Microsoft.Compute/proximityPlacementGroups"
VNET = "Microsoft.Network/virtualNetworks"
NSG = "Microsoft.Network/networkSecurityGroups"
ASG = "Microsoft.Network/applicationSecurityGroups"
NIC = "Microsoft.Network/networkInterfaces"
ADDRESS = "Microsoft.Network/publicIPAddresses"
GROUP = "Microsoft.Resources/subscriptions/resourceGroups"


@dataclass(frozen=True)
class Operation:
    """`actions` are what Azure checks, also for the resources that the request refers to or makes along with it."""

    method: str
    version: str
    actions: tuple[str, ...]
    suffix: str = ""


# To ask how an operation is doing is a right of its own, beside the resource.
# https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (read 2026-11)
POLLS = (
    "Microsoft.Compute/locations/diskOperations/read",
    "Microsoft.Compute/locations/operations/read",
    "Microsoft.Network/locations/operationResults/read",
    "Microsoft.Network/locations/operations/read",
    "Microsoft.Resources/subscriptions/operationresults/read",
)

# A VM is made together with its disk, interface and address, in a subnet, behind a firewall, in groups of the user's.
MAKES_VM = (
    f"{VM}/write",
    f"{DISK}/write",
    f"{NIC}/write",
    f"{NIC}/join/action",
    f"{ADDRESS}/write",
    f"{ADDRESS}/join/action",
    f"{VNET}/subnets/join/action",
    f"{NSG}/join/action",
    f"{ASG}/joinIpConfiguration/action",
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    f"{RESERVATION}/deploy/action",
    f"{PROXIMITY}/write",
)

OPERATIONS = {
    "VirtualMachines_ListAll": Operation("GET", COMPUTE, (f"{VM}/read", f"{VM}/instanceView/read")),
    "VirtualMachines_List": Operation("GET", COMPUTE, (f"{VM}/read",)),
    "VirtualMachines_Get": Operation("GET", COMPUTE, (f"{VM}/read", f"{VM}/instanceView/read")),
    "VirtualMachines_CreateOrUpdate": Operation("PUT", COMPUTE, MAKES_VM),
    "VirtualMachines_Update": Operation("PATCH", COMPUTE, (f"{VM}/write",)),
    "VirtualMachines_Delete": Operation(
        "DELETE", COMPUTE, (f"{VM}/delete", f"{DISK}/delete", f"{NIC}/delete", f"{ADDRESS}/delete")
    ),
    "VirtualMachines_ListAvailableSizes": Operation("GET", COMPUTE, (f"{VM}/vmSizes/read",), "/vmSizes"),
    "VirtualMachines_Start": Operation("POST", COMPUTE, (f"{VM}/start/action",), "/start"),
    "VirtualMachines_Deallocate": Operation("POST", COMPUTE, (f"{VM}/deallocate/action",), "/deallocate"),
    "VirtualMachines_Restart": Operation("POST", COMPUTE, (f"{VM}/restart/action",), "/restart"),
    "CapacityReservations_ListByCapacityReservationGroup": Operation(
        "GET", COMPUTE, (f"{RESERVATION}/capacityReservations/read",), "/capacityReservations"
    ),
    "Usage_List": Operation("GET", COMPUTE, ("Microsoft.Compute/locations/usages/read",), "/usages"),
    "ResourceSkus_List": Operation("GET", SKUS, ("Microsoft.Compute/skus/read",)),
    "Disks_ListByResourceGroup": Operation("GET", DISKS, (f"{DISK}/read",)),
    "Disks_Get": Operation("GET", DISKS, (f"{DISK}/read",)),
    "Snapshots_ListByResourceGroup": Operation("GET", DISKS, (f"{SNAPSHOT}/read",)),
    # Reading the disk for it is a right of its own, which no other operation asks for.
    "Snapshots_CreateOrUpdate": Operation(
        "PUT", DISKS, (f"{SNAPSHOT}/write", f"{DISK}/read", f"{DISK}/beginGetAccess/action")
    ),
    "Snapshots_Delete": Operation("DELETE", DISKS, (f"{SNAPSHOT}/delete",)),
    "Disks_Update": Operation("PATCH", DISKS, (f"{DISK}/write",)),
    "NetworkInterfaces_List": Operation("GET", NETWORK, (f"{NIC}/read",)),
    "NetworkInterfaces_ListAll": Operation("GET", NETWORK, (f"{NIC}/read",)),
    "NetworkInterfaces_CreateOrUpdate": Operation("PUT", NETWORK, (f"{NIC}/write",)),
    "PublicIPAddresses_List": Operation("GET", NETWORK, (f"{ADDRESS}/read",)),
    "PublicIPAddresses_ListAll": Operation("GET", NETWORK, (f"{ADDRESS}/read",)),
    "VirtualNetworks_Get": Operation("GET", NETWORK, (f"{VNET}/read",)),
    "VirtualNetworks_CreateOrUpdate": Operation("PUT", NETWORK, (f"{VNET}/write",)),
    "VirtualNetworks_UpdateTags": Operation("PATCH", NETWORK, (f"{VNET}/write",)),
    "VirtualNetworks_Delete": Operation("DELETE", NETWORK, (f"{VNET}/delete",)),
    "Subnets_CreateOrUpdate": Operation("PUT", NETWORK, (f"{VNET}/subnets/write",)),
    "NetworkSecurityGroups_List": Operation("GET", NETWORK, (f"{NSG}/read",)),
    "NetworkSecurityGroups_Get": Operation("GET", NETWORK, (f"{NSG}/read",)),
    "NetworkSecurityGroups_CreateOrUpdate": Operation(
        "PUT", NETWORK, (f"{NSG}/write", f"{NSG}/securityRules/write", f"{ASG}/joinNetworkSecurityRule/action")
    ),
    "NetworkSecurityGroups_UpdateTags": Operation("PATCH", NETWORK, (f"{NSG}/write",)),
    "NetworkSecurityGroups_Delete": Operation("DELETE", NETWORK, (f"{NSG}/delete",)),
    "ApplicationSecurityGroups_List": Operation("GET", NETWORK, (f"{ASG}/read",)),
    "ApplicationSecurityGroups_CreateOrUpdate": Operation("PUT", NETWORK, (f"{ASG}/write",)),
    "ApplicationSecurityGroups_Delete": Operation("DELETE", NETWORK, (f"{ASG}/delete",)),
    "Subscriptions_List": Operation("GET", SUBSCRIPTIONS, ("Microsoft.Resources/subscriptions/read",)),
    "ResourceGroups_Get": Operation("GET", RESOURCES, (f"{GROUP}/read",)),
    "ResourceGroups_CreateOrUpdate": Operation("PUT", RESOURCES, (f"{GROUP}/write",)),
    "ResourceGroups_Delete": Operation("DELETE", RESOURCES, (f"{GROUP}/delete",)),
    "Resources_ListByResourceGroup": Operation(
        "GET", RESOURCES, ("Microsoft.Resources/subscriptions/resourceGroups/resources/read",), "/resources"
    ),
}
