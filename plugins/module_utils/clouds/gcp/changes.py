# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes of an existing VM: one call per property, in an order that Compute Engine takes.

Labels, tags and metadata are written as a whole. Each has a fingerprint of what was read before, so that what somebody
else has written since is never lost: Google then answers 412, and what is there now is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.shape import Shape
from . import labels
from .errors import STALE
from .launch import as_items, guest_accelerators, is_own_key, key_line, maintenance, run_limit, service_accounts
from .session import GcpSession
from .shapes import SHAPES, bare, is_attached
from .states import GcpVmState, metadata_of

STALE_ATTEMPTS = 5
IN_LABELS = {"labels", "ssh_user", "ttl_hours"}
IN_METADATA = {"ssh_public_key", "ssh_user", "os_login"}


def apply(
    session: GcpSession, options: Any, state: GcpVmState, wanted: Mapping[str, Any], look: Callable[[], dict[str, Any]]
) -> None:
    """Make the changes; `look` reads the instance as it is now. Raises CloudError."""
    where = {"zone": state.zone, "instance": state.name}
    if "machine_type" in wanted:
        _resize(session, options, state, SHAPES[wanted["machine_type"]], look)
    if "service_account" in wanted:
        (account,) = service_accounts(wanted["service_account"])
        session.done("instances.setServiceAccount", account, **where)
    if "ttl_hours" in wanted:
        _limit_run(session, state, look, wanted["ttl_hours"])
    if IN_LABELS & set(wanted):
        _unless_stale(lambda raw: _set_labels(session, where, raw, wanted), look)
    if IN_METADATA & set(wanted):
        _unless_stale(lambda raw: _set_metadata(session, where, raw, options, wanted), look)
    if "firewalls" in wanted:
        _unless_stale(lambda raw: _set_tags(session, where, raw, wanted["firewalls"]), look)
    if "disk_gb" in wanted:
        size = {"sizeGb": str(wanted["disk_gb"])}
        session.done("disks.resize", size, zone=state.zone, disk=state.disk_id or state.name)


def _unless_stale(write: Callable[[dict[str, Any]], None], look: Callable[[], dict[str, Any]]) -> None:
    for attempt in range(1, STALE_ATTEMPTS + 1):
        try:
            return write(look())
        except CloudError as error:
            if f"({STALE})" not in error.detail or attempt == STALE_ATTEMPTS:
                raise
    return None


def _set_labels(
    session: GcpSession, where: Mapping[str, str], raw: Mapping[str, Any], wanted: Mapping[str, Any]
) -> None:
    new = {**(raw.get("labels") or {}), **mark.changed_marks(wanted, labels.STAMP)}
    body = {"labels": new, "labelFingerprint": raw.get("labelFingerprint")}
    session.done("instances.setLabels", body, **where)


def _set_metadata(
    session: GcpSession, where: Mapping[str, str], raw: Mapping[str, Any], options: Any, wanted: Mapping[str, Any]
) -> None:
    new = metadata_of(raw)
    if "os_login" in wanted:
        new["enable-oslogin"] = "TRUE" if wanted["os_login"] else "FALSE"
    lines = [line for line in new.get("ssh-keys", "").splitlines() if line]
    key = options.ssh_public_key or next((line.partition(":")[2] for line in lines if is_own_key(line)), None)
    if key:  # ours goes with its user, whether it was given again or not
        user = options.ssh_user or (raw.get("labels") or {}).get(mark.SSH_USER)
        new["ssh-keys"] = "\n".join([*(line for line in lines if not is_own_key(line)), key_line(user, key)])
    body = {"items": as_items(new), "fingerprint": (raw.get("metadata") or {}).get("fingerprint")}
    session.done("instances.setMetadata", body, **where)


def _set_tags(session: GcpSession, where: Mapping[str, str], raw: Mapping[str, Any], firewalls: Any) -> None:
    """Tags that stand for no firewall of ours are somebody else's."""
    tags = raw.get("tags") or {}
    theirs = [tag for tag in tags.get("items") or () if not tag.startswith(labels.TAG_PREFIX)]
    body = {"items": sorted({*theirs, *map(labels.tag_of, firewalls)}), "fingerprint": tags.get("fingerprint")}
    session.done("instances.setTags", body, **where)


def _schedule(
    session: GcpSession, state: GcpVmState, look: Callable[[], dict[str, Any]], changes: Mapping[str, Any]
) -> None:
    """Written as a whole too, without a fingerprint."""
    now = look().get("scheduling") or {}
    if any(now.get(key) != value for key, value in changes.items()):
        session.done("instances.setScheduling", {**now, **changes}, zone=state.zone, instance=state.name)


def _limit_run(session: GcpSession, state: GcpVmState, look: Callable[[], dict[str, Any]], ttl_hours: int) -> None:
    """A VM that is bound to a reservation ends with that; only its labels say when it may go."""
    if (look().get("scheduling") or {}).get("provisioningModel") != "RESERVATION_BOUND":
        _schedule(session, state, look, run_limit(ttl_hours, state.shape))


def _resize(
    session: GcpSession, options: Any, state: GcpVmState, shape: Shape, look: Callable[[], dict[str, Any]]
) -> None:
    """A GPU forbids live migration, so that ends before one comes; attached GPUs go before an N1 type does, and come after."""
    where = {"zone": state.zone, "instance": state.name}
    serviced = maintenance(options, shape)
    if serviced == "TERMINATE":
        _schedule(session, state, look, {"onHostMaintenance": serviced})
    had = state.shape is not None and is_attached(state.shape)
    same_gpus = had and guest_accelerators(state.shape) == guest_accelerators(shape)  # type: ignore[arg-type]
    if had and not same_gpus:
        session.done("instances.setMachineResources", {"guestAccelerators": []}, **where)
    if bare(state.machine_type) != bare(shape.machine_type):
        body = {"machineType": f"zones/{state.zone}/machineTypes/{bare(shape.machine_type)}"}
        session.done("instances.setMachineType", body, **where)
    if is_attached(shape) and not same_gpus:
        prefix = f"projects/{session.project}/zones/{state.zone}/acceleratorTypes"
        attached = [
            {**gpu, "acceleratorType": f"{prefix}/{gpu['acceleratorType']}"} for gpu in guest_accelerators(shape)
        ]
        session.done("instances.setMachineResources", {"guestAccelerators": attached}, **where)
    if serviced == "MIGRATE":
        _schedule(session, state, look, {"onHostMaintenance": serviced})
