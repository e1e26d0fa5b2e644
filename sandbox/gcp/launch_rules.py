"""What a new instance may not be: the rules between fields, which the schema does not know.

Sources: the discovery document's descriptions; docs.cloud.google.com/compute/docs/instances/spot,
/limit-vm-runtime, /about-flex-start-vms, /gpus/create-gpu-vm-accelerator-optimized (read 2026-11); error texts as
quoted in public issue reports. Texts marked "ours" have no such source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.gcp import machine_table
from sandbox.gcp.errors import GcpError, bad_request, invalid
from sandbox.gcp.machine_types import MachineType, accelerators

METADATA_VALUE = 262144
METADATA_WHOLE = 524288
TAGS = 64
SHORTEST_RUN, LONGEST_RUN = 30, 120 * 86400

Gpus = list[tuple[str, int]]


def check_gpus(kind: MachineType, gpus: Gpus) -> None:
    """Accelerators that a machine type cannot have, or not so many."""
    if kind.accelerator:
        if gpus and gpus != [(kind.accelerator, kind.count)]:
            raise bad_request(f"[{kind.name}, {gpus[0][0]}] features are not compatible for creating instance.")
        return
    for name, count in gpus:
        limits = machine_table.ATTACHED.get(name)
        if not kind.name.startswith("n1-") or limits is None:
            raise bad_request(f"[{name}, {kind.name}] features are not compatible for creating instance.")
        if count not in limits:
            allowed = ", ".join(map(str, limits))
            raise bad_request(f"The number of {name} accelerators must be one of {allowed}, not {count}.")  # ours
        if kind.cpus > limits[count]:
            raise bad_request(
                f"With {count} {name} accelerator(s) an instance can have at most {limits[count]} vCPUs, not {kind.cpus}."
            )  # ours


def check_accelerators_here(project: str, zone: str, gpus: Gpus) -> None:
    """An accelerator that the zone does not have is no resource there."""
    for name, _ in gpus:
        known = accelerators().get(name)
        if known is None or zone not in known.zones:
            path = f"projects/{project}/zones/{zone}/acceleratorTypes/{name}"
            raise GcpError("notFound", f"The resource '{path}' was not found", 404)


def scheduling(wish: Mapping[str, Any], kind: MachineType, gpus: Gpus) -> dict[str, Any]:
    """The scheduling with its defaults. Raises GcpError."""
    shown = dict(wish)
    model = shown.get("provisioningModel", "STANDARD")
    preemptible = shown.get("preemptible", model == "SPOT")
    spot = preemptible or model == "SPOT"
    shown.setdefault("onHostMaintenance", "TERMINATE" if spot else "MIGRATE")
    shown.setdefault("automaticRestart", not spot)
    shown |= {"preemptible": spot, "provisioningModel": model}
    if spot and shown["automaticRestart"]:
        raise bad_request("Scheduling must have preemptible be false when AutomaticRestart is true.")
    if spot and shown["onHostMaintenance"] != "TERMINATE":
        raise bad_request("Scheduling must have preemptible be false when OnHostMaintenance isn't TERMINATE.")
    if model == "SPOT" and preemptible is False:
        raise bad_request("Scheduling must have preemptible be true when provisioning model is SPOT.")
    if (gpus or kind.accelerator) and shown["onHostMaintenance"] != "TERMINATE":
        raise bad_request("Instances with guest accelerators do not support live migration.")
    _check_end(shown, spot, model)
    _check_model(kind, model)
    _check_local_ssd(shown, kind)
    if model == "SPOT":
        shown.setdefault("instanceTerminationAction", "STOP")
    return shown


def _check_end(shown: Mapping[str, Any], spot: bool, model: str) -> None:
    """When and how an instance ends by itself."""
    limited = "maxRunDuration" in shown or "terminationTime" in shown
    action = shown.get("instanceTerminationAction")
    if "maxRunDuration" in shown and "terminationTime" in shown:
        raise bad_request("Scheduling can have at most one of maxRunDuration and terminationTime.")  # ours
    if action and not limited and not spot and model != "RESERVATION_BOUND":
        raise bad_request(
            "Instance termination action can only be specified for Spot VMs or VMs with a limited run time."
        )  # ours
    if limited and not action:
        raise bad_request("Instance termination action must be specified when the run time is limited.")  # ours
    if "maxRunDuration" in shown:
        seconds = int(shown["maxRunDuration"].get("seconds", 0))
        if not SHORTEST_RUN <= seconds <= LONGEST_RUN or shown["maxRunDuration"].get("nanos"):
            why = f"Must be between {SHORTEST_RUN} seconds and 120 days, in whole seconds."
            raise invalid("resource.scheduling.maxRunDuration", f"{seconds}s", why)
    if model == "FLEX_START" and not limited:
        raise bad_request("VMs with the flex-start provisioning model must have a maxRunDuration.")  # ours


def _check_model(kind: MachineType, model: str) -> None:
    """Machine types that nobody gets on demand. The texts are ours."""
    field = "resource.scheduling.provisioningModel"
    if kind.name in machine_table.NO_ON_DEMAND and model == "STANDARD":
        raise invalid(field, model, f"Machine type {kind.name} needs SPOT, FLEX_START or RESERVATION_BOUND.")
    if kind.name in machine_table.SPOT_OR_FLEX and model not in ("SPOT", "FLEX_START"):
        raise invalid(field, model, f"Machine type {kind.name} needs SPOT or FLEX_START.")


def _check_local_ssd(shown: Mapping[str, Any], kind: MachineType) -> None:
    """What is on a local SSD is lost when an instance stops, and somebody has to say so (limit-vm-runtime). Ours."""
    limited = "maxRunDuration" in shown or "terminationTime" in shown
    told = shown.get("onInstanceStopAction", {}).get("discardLocalSsd")
    if kind.has_local_ssd and limited and shown.get("instanceTerminationAction") == "STOP" and not told:
        raise bad_request(
            "An instance with Local SSD that stops by itself must set onInstanceStopAction.discardLocalSsd."
        )


def check_affinity(affinity: Mapping[str, Any], model: str) -> None:
    """A specific reservation is named by a key and values; others are not."""
    wanted = affinity.get("consumeReservationType", "ANY_RESERVATION")
    named = affinity.get("key") == "compute.googleapis.com/reservation-name" and affinity.get("values")
    if wanted == "SPECIFIC_RESERVATION" and not named:
        raise invalid(
            "resource.reservationAffinity",
            wanted,
            "A specific reservation needs the key compute.googleapis.com/reservation-name and its name as value.",
        )
    if wanted != "SPECIFIC_RESERVATION" and (affinity.get("key") or affinity.get("values")):
        raise invalid("resource.reservationAffinity", wanted, "Only SPECIFIC_RESERVATION may have a key and values.")
    if model == "RESERVATION_BOUND" and wanted != "SPECIFIC_RESERVATION":
        raise bad_request("The RESERVATION_BOUND provisioning model needs a specific reservation.")  # ours
    if model in ("SPOT", "FLEX_START") and wanted == "SPECIFIC_RESERVATION":
        raise bad_request(f"{model} instances cannot consume reservations.")  # ours


def check_metadata(metadata: Mapping[str, Any], field: str) -> None:
    """Keys are unique, and values not too large (docs.cloud.google.com/compute/docs/metadata/overview)."""
    seen: set[str] = set()
    whole = 0
    for number, item in enumerate(metadata.get("items", ())):
        key, value = item.get("key", ""), item.get("value", "")
        if key in seen:
            raise invalid(field, "", f"Metadata has duplicate key: {key}")
        seen.add(key)
        size = len(value.encode())
        whole += size + len(key)
        if size > METADATA_VALUE:
            raise invalid(
                f"{field}.items[{number}].value",
                f"{value[:20]}…",
                f"Metadata value is too large: at most {METADATA_VALUE} bytes.",
            )
    if whole > METADATA_WHOLE:
        raise invalid(field, "", f"Metadata is too large: at most {METADATA_WHOLE} bytes.")


def check_tags(tags: Mapping[str, Any], field: str) -> None:
    """Not too many network tags; the schema knows their syntax."""
    items = tags.get("items", [])
    if len(items) > TAGS:
        raise invalid(f"{field}.items", "", f"The number of tags exceeds the limit of {TAGS}.")


def check_accounts(accounts: list[Mapping[str, Any]]) -> None:
    """At most one service account, known, with scopes that are URLs."""
    if len(accounts) > 1:
        raise bad_request("At most one service account can be specified.")
    for account in accounts:
        email = account.get("email", "default")
        if email != "default" and not re.fullmatch(r"[\w.+\-]+@[\w.\-]+", email):
            raise invalid("resource.serviceAccounts[0].email", email, "Must be an email address of a service account.")
