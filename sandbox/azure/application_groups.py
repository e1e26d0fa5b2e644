"""Application security groups: names that interfaces carry and rules speak of."""

from __future__ import annotations

from sandbox.azure import kinds, network
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError
from sandbox.azure.kinds import Kind
from sandbox.azure.store import Resource

NAME = "Microsoft.Network/applicationSecurityGroups"


def build(call: Call, resource_id: str, old: Resource | None) -> Resource:
    body = kinds.envelope(call, resource_id, old)
    body["properties"] = {"provisioningState": "Updating", "resourceGuid": network.guid(old)}
    return network.mark(Resource(body["id"], body), "Updating")


def check_free(call: Call, resource: Resource) -> None:
    """Raises ArmError while an interface or a rule uses the group."""
    users = call.state.links.users(resource.id)
    if users:
        # The sentence follows the other groups' one; the code is not recorded anywhere that we know of.
        text = f"Application security group {resource.id} cannot be deleted because it is in use by the following resources: {', '.join(users)}."
        raise ArmError("InUseApplicationSecurityGroupCannotBeDeleted", text, details=[])


def check_network(call: Call, group: Resource, subnet_id: str, user: str) -> None:
    """All interfaces of a group are in one virtual network: that of its first one. Raises ArmError.

    https://learn.microsoft.com/azure/virtual-network/application-security-groups (read 2026-11); the code is believed.
    """
    wanted = subnet_id.lower().rpartition("/subnets/")[0]
    for other in call.state.links.users(group.id, "/ipConfigurations/"):
        nic = call.state.store.get(other.rpartition("/ipConfigurations/")[0])
        if nic is None or other.lower() == user.lower():
            continue
        there = nic.properties["ipConfigurations"][0]["properties"]["subnet"]["id"].lower().rpartition("/subnets/")[0]
        if there != wanted:
            text = f"Network interface IP configuration {user} cannot be in application security group {group.id}: the group's interfaces are in virtual network {there}."
            raise ArmError("ApplicationSecurityGroupsNotInSameVirtualNetwork", text, details=[])
        return


KIND = Kind(NAME, "ApplicationSecurityGroups", "applicationSecurityGroupName", "network", build, check_free)
HANDLERS = kinds.handlers(KIND)
