"""A new instance as wished, checked once and made as often as asked: one insert, or each VM of a bulkInsert."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from sandbox.gcp import disks, images, launch_rules, machine_table, machine_types, nics
from sandbox.gcp.call import Call
from sandbox.gcp.errors import bad_request, invalid, not_found, required
from sandbox.gcp.labels import check_description, check_labels, labelled
from sandbox.gcp.machine_types import MachineType
from sandbox.gcp.refs import LINK, Ref, fingerprint, new_id, parse, stamp

SHIELDED = {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True}


@dataclass
class NewDisk:
    """A disk to make with each instance."""

    name: str
    kind: str
    size: int
    image: dict[str, Any] | None
    labels: dict[str, str]


@dataclass
class Draft:
    """Everything of an instance but its name, ids and addresses. `short`: names instead of URLs, as in templates."""

    project: str
    zone: str
    field: str
    short: bool
    wish: dict[str, Any]
    kind: MachineType
    gpus: launch_rules.Gpus
    scheduling: dict[str, Any]
    nics: list[nics.Draft]
    disks: list[tuple[dict[str, Any], NewDisk | Ref]]

    @property
    def scope(self) -> str:
        return f"zones/{self.zone}"

    @property
    def market(self) -> str:
        """The word of the fault rules."""
        affinity = self.wish.get("reservationAffinity", {})
        if affinity.get("consumeReservationType") == "SPECIFIC_RESERVATION":
            return "reserved"
        return "spot" if self.scheduling["provisioningModel"] == "SPOT" else "on_demand"

    @property
    def all_gpus(self) -> launch_rules.Gpus:
        """Attached and bundled accelerators."""
        return self.gpus or ([(self.kind.accelerator, self.kind.count)] if self.kind.accelerator else [])


def prepare(call: Call, wish: dict[str, Any], zone: str, *, short: bool, field: str) -> Draft:
    """Check a wish (an Instance, or InstanceProperties) for a zone. Raises GcpError."""
    kind = _machine_type(call, wish, zone, short, field)
    gpus = _accelerators(call, wish, zone, short, field)
    launch_rules.check_accelerators_here(call.project, zone, gpus)
    launch_rules.check_gpus(kind, gpus)
    scheduled = launch_rules.scheduling(wish.get("scheduling", {}), kind, gpus)
    launch_rules.check_affinity(wish.get("reservationAffinity", {}), scheduled["provisioningModel"])
    launch_rules.check_metadata(wish.get("metadata", {}), f"{field}.metadata")
    launch_rules.check_tags(wish.get("tags", {}), f"{field}.tags")
    launch_rules.check_accounts(wish.get("serviceAccounts", []))
    check_labels(wish.get("labels", {}), f"{field}.labels")
    check_description(wish.get("description", ""), f"{field}.description")
    shielded = {**SHIELDED, **wish.get("shieldedInstanceConfig", {})}
    if shielded["enableIntegrityMonitoring"] and not shielded["enableVtpm"]:
        raise bad_request("Integrity monitoring requires vTPM to be enabled.")
    wish = {**wish, "shieldedInstanceConfig": shielded, **_policies(call, wish, zone, field)}
    draft = Draft(call.project, zone, field, short, wish, kind, gpus, scheduled, [], [])
    draft.disks = [_disk(call, draft, number, each) for number, each in enumerate(wish.get("disks", ()))]
    _check_boot(draft)
    draft.nics = nics.prepare(call, wish.get("networkInterfaces", []), zone, field)
    return draft


def _machine_type(call: Call, wish: dict[str, Any], zone: str, short: bool, field: str) -> MachineType:
    text = wish.get("machineType", "")
    if not text:
        raise required(f"{field}.machineType")
    if short:
        if "/" in text and call.strict:
            raise invalid(f"{field}.machineType", text, "Must be the name of a machine type, not a URL.")
        name = text.rpartition("/")[2]
    else:
        ref = parse(text, f"{field}.machineType", "machineTypes", call.project, f"zones/{zone}", bare=not call.strict)
        if ref.zone != zone:
            raise invalid(f"{field}.machineType", text, f"Machine type must be in the instance's zone '{zone}'.")
        name = ref.name
    kind = machine_types.find(name, zone)
    if kind is None:
        why = f"Machine type with name '{name}' does not exist in zone '{zone}'."
        raise invalid(f"{field}.machineType", text, why)
    return kind


def _accelerators(call: Call, wish: dict[str, Any], zone: str, short: bool, field: str) -> launch_rules.Gpus:
    found = []
    for number, each in enumerate(wish.get("guestAccelerators", ())):
        text, where = each.get("acceleratorType", ""), f"{field}.guestAccelerators[{number}].acceleratorType"
        if short:
            if "/" in text and call.strict:
                raise invalid(where, text, "Must be the name of an accelerator type, not a URL.")
            name = text.rpartition("/")[2]
        else:
            name = parse(text, where, "acceleratorTypes", call.project, f"zones/{zone}", bare=not call.strict).name
        if each.get("acceleratorCount", 0):
            found.append((name, int(each["acceleratorCount"])))
    if len(found) > 1:
        raise bad_request("At most one type of accelerator can be attached to an instance.")
    return found


def _policies(call: Call, wish: dict[str, Any], zone: str, field: str) -> dict[str, Any]:
    links = []
    for number, text in enumerate(wish.get("resourcePolicies", ())):
        region = f"regions/{zone.rpartition('-')[0]}"
        where = f"{field}.resourcePolicies[{number}]"
        ref = parse(text, where, "resourcePolicies", call.project, region, bare=True)
        if call.state.store.find(ref) is None:
            raise not_found(ref.path)
        links.append(ref.link)
    return {"resourcePolicies": links} if links else {}


def _disk(call: Call, draft: Draft, number: int, each: dict[str, Any]) -> tuple[dict[str, Any], NewDisk | Ref]:
    field = f"{draft.field}.disks[{number}]"
    if "source" in each:
        return each, disks.existing(call, each["source"], f"{field}.source")
    params = each.get("initializeParams")
    if params is None:
        raise invalid(field, "", "Either source or initializeParams must be specified.")
    where = f"{field}.initializeParams"
    kind = "pd-standard"
    if "diskType" in params:
        kind = disks.disk_type(call, params["diskType"], f"{where}.diskType", draft.short)
    if draft.kind.on_hyperdisk_only and kind.startswith("pd-"):
        raise bad_request(f"[{kind}, {draft.kind.name}] features are not compatible for creating instance.")
    if kind.startswith("hyperdisk") and draft.kind.name.startswith(machine_table.NO_HYPERDISK):
        raise bad_request(f"[{kind}, {draft.kind.name}] features are not compatible for creating instance.")
    image = None
    text = params.get("sourceImage")
    if text:
        ref = parse(text, f"{where}.sourceImage", "images", call.project, "global", bare=not call.strict)
        image = images.resolve(call.state, ref, f"{where}.sourceImage", text)
        if (image["architecture"] == "ARM64") != draft.kind.arm:
            raise bad_request(
                f"Requested boot disk architecture ({image['architecture']}) is not compatible with machine type architecture "
                f"({'ARM64' if draft.kind.arm else 'X86_64'})."
            )
    elif each.get("boot"):
        raise invalid(f"{where}.sourceImage", "", "A boot disk needs an image.")
    size = disks.check_size(f"{where}.diskSizeGb", kind, params.get("diskSizeGb"), image)
    check_labels(params.get("labels", {}), f"{where}.labels")
    return each, NewDisk(params.get("diskName", ""), kind, size, image, params.get("labels", {}))


def _check_boot(draft: Draft) -> None:
    if not draft.disks:
        raise invalid(f"{draft.field}.disks", "", "No disks are specified.")
    if sum(bool(each.get("boot")) for each, _ in draft.disks) > 1:
        raise bad_request("At most one boot disk can be specified.")
    if not draft.disks[0][0].get("boot"):
        raise bad_request("The first disk must be a boot disk.")


def build(call: Call, draft: Draft, name: str) -> tuple[dict[str, Any], list[tuple[Ref, dict[str, Any]]]]:
    """An instance's body under a name, and the disks that come with it. Addresses are taken when it is put."""
    target = Ref(draft.project, draft.scope, "instances", name)
    now = call.state.now()
    place = f"{LINK}projects/{draft.project}/{draft.scope}"
    wish = copy.deepcopy(
        {key: value for key, value in draft.wish.items() if key not in ("sourceMachineImage", "labels")}
    )
    attached, made = _attached(draft, name, now)
    body = {
        "kind": "compute#instance",
        "id": new_id(),
        "creationTimestamp": stamp(now),
        **wish,
        "name": name,
        "status": "PROVISIONING",
        "zone": place,
        "machineType": f"{place}/machineTypes/{draft.kind.name}",
        "cpuPlatform": "Unknown CPU Platform",
        "disks": attached,
        "networkInterfaces": [each.body() for each in draft.nics],
        "scheduling": dict(draft.scheduling),
        "metadata": _metadata(wish.get("metadata", {})),
        "tags": _tags(wish.get("tags", {})),
        "canIpForward": wish.get("canIpForward", False),
        "deletionProtection": wish.get("deletionProtection", False),
        "startRestricted": False,
        "displayDevice": wish.get("displayDevice", {"enableDisplay": False}),
        "reservationAffinity": wish.get("reservationAffinity", {"consumeReservationType": "ANY_RESERVATION"}),
        "shieldedInstanceIntegrityPolicy": {"updateAutoLearnPolicy": True},
        "selfLink": target.link,
        **labelled(draft.wish.get("labels", {})),
        **_accelerated(draft, place),
    }
    for account in body.get("serviceAccounts", ()):
        if account.get("email", "default") == "default":
            account["email"] = "100000000001-compute@developer.gserviceaccount.com"
    return {**body, "fingerprint": fingerprint(body["id"])}, made


def _accelerated(draft: Draft, place: str) -> dict[str, Any]:
    """Attached accelerators and those that come with the machine type look the same."""
    found = [
        {"acceleratorType": f"{place}/acceleratorTypes/{kind}", "acceleratorCount": count}
        for kind, count in draft.all_gpus
    ]
    return {"guestAccelerators": found} if found else {}


def _metadata(wish: dict[str, Any]) -> dict[str, Any]:
    items = wish.get("items", [])
    shown = {"kind": "compute#metadata", "fingerprint": fingerprint(items)}
    return {**shown, "items": items} if items else shown


def _tags(wish: dict[str, Any]) -> dict[str, Any]:
    items = sorted(set(wish.get("items", [])))
    shown = {"fingerprint": fingerprint(items)}
    return {"items": items, **shown} if items else shown


def _attached(draft: Draft, name: str, now: float) -> tuple[list[dict[str, Any]], list[tuple[Ref, dict[str, Any]]]]:
    """The instance's list of disks, and the new ones among them."""
    shown: list[dict[str, Any]] = []
    made: list[tuple[Ref, dict[str, Any]]] = []
    for index, (wish, what) in enumerate(draft.disks):
        entry = {
            "kind": "compute#attachedDisk",
            "type": wish.get("type", "PERSISTENT"),
            "mode": wish.get("mode", "READ_WRITE"),
            "index": index,
            "boot": wish.get("boot", False),
            "autoDelete": wish.get("autoDelete", False),
            "deviceName": wish.get("deviceName", f"persistent-disk-{index}"),
            "interface": wish.get("interface", "SCSI"),
        }
        if isinstance(what, Ref):
            shown.append({**entry, "source": what.link})
            continue
        own = what.name or (name if index == 0 else f"{name}-{index}")
        ref = Ref(draft.project, draft.scope, "disks", own)
        body = disks.disk_body(ref, what.kind, what.size, now, what.image) | labelled(what.labels)
        made.append((ref, body))
        more: dict[str, Any] = {
            key: body[key] for key in ("architecture", "guestOsFeatures", "licenses") if key in body
        }
        shown.append({**entry, "source": ref.link, "diskSizeGb": str(what.size), **more})
    return shown, made
