# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of Compute Engine that the adapter calls, by their names in Google's discovery document.

A test holds the table against that document (compute v1, as google-api-python-client ships it).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """`path` is below projects/ and holds the names of its parameters."""

    verb: str
    path: str

    @property
    def takes_request_id(self) -> bool:
        """All that change something do, but for waiting, which changes nothing."""
        return self.verb != "GET" and not self.path.endswith("/wait")


TABLE = """
acceleratorTypes.aggregatedList GET projects/{project}/aggregated/acceleratorTypes
disks.addResourcePolicies POST projects/{project}/zones/{zone}/disks/{disk}/addResourcePolicies
disks.aggregatedList GET projects/{project}/aggregated/disks
disks.get GET projects/{project}/zones/{zone}/disks/{disk}
disks.removeResourcePolicies POST projects/{project}/zones/{zone}/disks/{disk}/removeResourcePolicies
disks.resize POST projects/{project}/zones/{zone}/disks/{disk}/resize
firewalls.delete DELETE projects/{project}/global/firewalls/{firewall}
firewalls.insert POST projects/{project}/global/firewalls
firewalls.list GET projects/{project}/global/firewalls
firewalls.patch PATCH projects/{project}/global/firewalls/{firewall}
globalOperations.aggregatedList GET projects/{project}/aggregated/operations
globalOperations.wait POST projects/{project}/global/operations/{operation}/wait
instances.aggregatedList GET projects/{project}/aggregated/instances
instances.bulkInsert POST projects/{project}/zones/{zone}/instances/bulkInsert
instances.delete DELETE projects/{project}/zones/{zone}/instances/{instance}
instances.get GET projects/{project}/zones/{zone}/instances/{instance}
instances.insert POST projects/{project}/zones/{zone}/instances
instances.reset POST projects/{project}/zones/{zone}/instances/{instance}/reset
instances.setLabels POST projects/{project}/zones/{zone}/instances/{instance}/setLabels
instances.setMachineResources POST projects/{project}/zones/{zone}/instances/{instance}/setMachineResources
instances.setMachineType POST projects/{project}/zones/{zone}/instances/{instance}/setMachineType
instances.setMetadata POST projects/{project}/zones/{zone}/instances/{instance}/setMetadata
instances.setScheduling POST projects/{project}/zones/{zone}/instances/{instance}/setScheduling
instances.setServiceAccount POST projects/{project}/zones/{zone}/instances/{instance}/setServiceAccount
instances.setTags POST projects/{project}/zones/{zone}/instances/{instance}/setTags
instances.start POST projects/{project}/zones/{zone}/instances/{instance}/start
instances.stop POST projects/{project}/zones/{zone}/instances/{instance}/stop
machineTypes.aggregatedList GET projects/{project}/aggregated/machineTypes
networks.delete DELETE projects/{project}/global/networks/{network}
networks.get GET projects/{project}/global/networks/{network}
networks.insert POST projects/{project}/global/networks
projects.get GET projects/{project}
regionOperations.wait POST projects/{project}/regions/{region}/operations/{operation}/wait
regions.get GET projects/{project}/regions/{region}
regions.list GET projects/{project}/regions
reservations.aggregatedList GET projects/{project}/aggregated/reservations
resourcePolicies.delete DELETE projects/{project}/regions/{region}/resourcePolicies/{resourcePolicy}
resourcePolicies.get GET projects/{project}/regions/{region}/resourcePolicies/{resourcePolicy}
resourcePolicies.insert POST projects/{project}/regions/{region}/resourcePolicies
resourcePolicies.patch PATCH projects/{project}/regions/{region}/resourcePolicies/{resourcePolicy}
snapshots.delete DELETE projects/{project}/global/snapshots/{snapshot}
snapshots.insert POST projects/{project}/global/snapshots
snapshots.list GET projects/{project}/global/snapshots
subnetworks.delete DELETE projects/{project}/regions/{region}/subnetworks/{subnetwork}
subnetworks.insert POST projects/{project}/regions/{region}/subnetworks
subnetworks.list GET projects/{project}/regions/{region}/subnetworks
zoneOperations.wait POST projects/{project}/zones/{zone}/operations/{operation}/wait
"""

METHODS: dict[str, Method] = {
    name: Method(verb, path) for name, verb, path in (line.split(" ") for line in TABLE.strip().split("\n"))
}
