# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From specs to what instances.insert and bulkInsert take. Pure: the same spec gives the same request, and so the same request id."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...model import mark
from ...model.resource import Candidate, Spec
from ...model.shape import Shape
from .images import IMAGES, source_of
from .labels import tag_of
from .shapes import ACCELERATORS, LOCAL_SSD, RESERVATION_BOUND, SHAPES, bare, default_disk, is_attached

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "aienv.cloud")
KEY_COMMENT = "aienv.cloud"  # marks our line among the SSH keys of a VM's metadata
# https://cloud.google.com/compute/docs/instances/reservations-consume (read 2026-11)
RESERVATION_KEY = "compute.googleapis.com/reservation-name"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True)
class Place:
    """The addresses behind the words of a spec."""

    project: str
    region: str
    network: str
    subnetwork: str | None = None


def disk_type_of(options: Any, candidate: Candidate) -> str:
    return options.disk_type or default_disk(str(candidate.machine_type))


def properties(
    options: Any, candidate: Candidate, place: Place, labels: Mapping[str, str], login: str | None
) -> dict[str, Any]:
    """What all VMs of a request have in common, with plain names as bulkInsert wants them."""
    shape = SHAPES[str(candidate.machine_type)]
    found: dict[str, Any] = {
        "machineType": bare(shape.machine_type),
        "disks": [_disk(options, candidate, shape, labels)],
        "networkInterfaces": [_network_interface(options, place)],
        "labels": dict(labels),
        "metadata": {"items": metadata_items(options, login)},
        "scheduling": scheduling(options, shape),
    }
    if options.firewalls:
        found["tags"] = {"items": sorted(tag_of(name) for name in options.firewalls)}
    accelerators = guest_accelerators(shape)
    if accelerators:
        found["guestAccelerators"] = accelerators
    # Others may lack the firmware for it, and t2a is the one family here that has no virtual TPM: then it is Google's choice.
    if options.image in IMAGES and not shape.machine_type.startswith("t2a-"):
        # No secure boot: it refuses GPU drivers that were built on the VM, which nobody has signed.
        found["shieldedInstanceConfig"] = {
            "enableSecureBoot": False,
            "enableVtpm": True,
            "enableIntegrityMonitoring": True,
        }
    if options.market == "reserved":
        found["reservationAffinity"] = {
            "consumeReservationType": "SPECIFIC_RESERVATION",
            "key": RESERVATION_KEY,
            "values": [options.reservation_id],
        }
    if options.placement_group:
        found["resourcePolicies"] = [options.placement_group]
    if options.service_account:
        found["serviceAccounts"] = service_accounts(options.service_account)
    return found


def _disk(options: Any, candidate: Candidate, shape: Shape, labels: Mapping[str, str]) -> dict[str, Any]:
    made_from: dict[str, Any] = {
        "sourceImage": source_of(options.image, shape.architecture),
        "diskType": disk_type_of(options, candidate),
        "labels": dict(labels),
    }
    if options.disk_gb:
        made_from["diskSizeGb"] = str(options.disk_gb)
    return {"boot": True, "autoDelete": True, "initializeParams": made_from}


def _network_interface(options: Any, place: Place) -> dict[str, Any]:
    nic: dict[str, Any] = {"subnetwork": place.subnetwork} if place.subnetwork else {"network": place.network}
    if options.image in IMAGES:  # all of these know gVNIC; for others Google chooses by machine and image
        nic["nicType"] = "GVNIC"
    if options.public_ip is not False:
        nic["accessConfigs"] = [{"name": "External NAT", "type": "ONE_TO_ONE_NAT"}]
    return nic


def guest_accelerators(shape: Shape) -> list[dict[str, Any]]:
    """Only what is attached: the GPUs of all other families come with the machine type."""
    if not is_attached(shape):
        return []
    return [{"acceleratorType": ACCELERATORS[str(shape.gpu_model)], "acceleratorCount": int(shape.gpu_count)}]


def service_accounts(email: str) -> list[dict[str, Any]]:
    """The scope is Google's recommended one; what the account may do is said by its roles."""
    return [{"email": email, "scopes": [CLOUD_PLATFORM]}]


def maintenance(options: Any, shape: Shape) -> str:
    """A VM with a GPU, a spot VM and one that is placed near others cannot be moved to another host while it runs."""
    fixed = shape.gpu_model or options.market == "spot" or options.placement_group
    return "TERMINATE" if fixed else "MIGRATE"


def scheduling(options: Any, shape: Shape) -> dict[str, Any]:
    """How the VM is sold, what happens when its host is serviced, and how long it may run."""
    found: dict[str, Any] = {
        "onHostMaintenance": maintenance(options, shape),
        "automaticRestart": options.market != "spot",
    }
    bound = options.market == "reserved" and RESERVATION_BOUND.fullmatch(shape.machine_type)
    if options.market == "spot":
        # Stopped, not deleted: the disk with somebody's work stays when Google takes the machine back.
        found |= {"provisioningModel": "SPOT", "instanceTerminationAction": "STOP"}
    elif bound:
        found |= {"provisioningModel": "RESERVATION_BOUND", "instanceTerminationAction": "STOP"}
    if options.ttl_hours and not bound:  # a bound one ends with its reservation
        found |= run_limit(options.ttl_hours, shape)
    return found


def run_limit(ttl_hours: int, shape: Shape | None) -> dict[str, Any]:
    """Google stops the VM after so long a run; each start begins it anew.

    https://cloud.google.com/compute/docs/instances/limit-vm-runtime (read 2026-11)
    """
    limit: dict[str, Any] = {
        "maxRunDuration": {"seconds": str(ttl_hours * 3600)},
        "instanceTerminationAction": "STOP",
    }
    if shape and has_local_ssd(shape):
        limit["onInstanceStopAction"] = {"discardLocalSsd": True}
    return limit


def has_local_ssd(shape: Shape) -> bool:
    return bool(LOCAL_SSD.fullmatch(shape.machine_type))


def metadata_items(options: Any, login: str | None) -> list[dict[str, str]]:
    found = {"enable-oslogin": "TRUE" if options.os_login else "FALSE"}
    if options.ssh_public_key:
        found["ssh-keys"] = key_line(options.ssh_user or login, options.ssh_public_key)
    if options.user_data:
        found["user-data"] = options.user_data
    return as_items(found)


def as_items(metadata: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": metadata[key]} for key in sorted(metadata)]


def key_line(user: str | None, public_key: str) -> str:
    """See https://cloud.google.com/compute/docs/connect/add-ssh-keys (read 2026-11)."""
    kind, blob, *_comment = public_key.split()
    return f"{user}:{kind} {blob} {KEY_COMMENT}"


def is_own_key(line: str) -> bool:
    return line.rstrip().endswith(f" {KEY_COMMENT}")


def to_insert(common: Mapping[str, Any], spec: Spec, zone: str, place: Place) -> dict[str, Any]:
    """One VM: instances.insert wants addresses where bulkInsert wants names."""
    body = json.loads(json.dumps(common)) | {"name": spec.name}
    body["machineType"] = f"zones/{zone}/machineTypes/{body['machineType']}"
    for disk in body["disks"]:
        made_from = disk["initializeParams"]
        made_from["diskType"] = f"projects/{place.project}/zones/{zone}/diskTypes/{made_from['diskType']}"
    for accelerator in body.get("guestAccelerators", ()):
        kind = accelerator["acceleratorType"]
        accelerator["acceleratorType"] = f"projects/{place.project}/zones/{zone}/acceleratorTypes/{kind}"
    if "resourcePolicies" in body:
        prefix = f"projects/{place.project}/regions/{place.region}/resourcePolicies"
        body["resourcePolicies"] = [f"{prefix}/{name}" for name in body["resourcePolicies"]]
    return dict(body)


def to_bulk(common: Mapping[str, Any], specs: Sequence[Spec]) -> dict[str, Any]:
    """Several VMs, all of them or none: a part would leave a fleet across zones that shall be near each other."""
    return {
        "count": str(len(specs)),
        "minCount": str(len(specs)),
        "perInstanceProperties": {spec.name: {} for spec in specs},
        "instanceProperties": dict(common),
    }


def request_id(request: Mapping[str, Any], place: Place, zone: str, epoch: int) -> str:
    """The same for the same request, so that a repeated call makes nothing twice: Google remembers it for an hour.

    `epoch` is counted up where the remembered request belongs to VMs of an earlier life (see `VmStore`). The time of
    expiry is left out: it moves while the request stays the same.
    """
    steady = json.dumps([place.project, zone, request, epoch], sort_keys=True)
    expires = request.get("instanceProperties", request).get("labels", {}).get(mark.EXPIRES)
    if expires:
        steady = steady.replace(expires, "")
    return str(uuid.uuid5(NAMESPACE, steady))
