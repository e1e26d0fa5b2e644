"""Reservations: so many machines of a type in a zone, and who uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.gcp import machine_types, operations
from sandbox.gcp.call import Call
from sandbox.gcp.errors import already_exists, bad_request, invalid, required
from sandbox.gcp.lists import aggregated_list_of, found, get_of, list_of
from sandbox.gcp.refs import Ref, new_id, parse, stamp
from sandbox.gcp.state import State

if TYPE_CHECKING:
    from sandbox.gcp.draft import Draft


def insert(call: Call) -> dict[str, Any]:
    """Reserve machines."""
    wish = call.body
    if not wish.get("name"):
        raise required("resource.name")
    target = call.ref("reservations", wish["name"])
    if call.state.store.find(target) or target.path in call.state.promised:
        raise already_exists(target.path)
    wanted = wish.get("specificReservation")
    if not wanted:
        raise required("resource.specificReservation")
    name = wanted.get("instanceProperties", {}).get("machineType", "")
    if machine_types.find(name, call.path["zone"]) is None:
        field = "resource.specificReservation.instanceProperties.machineType"
        raise invalid(field, name, f"Machine type with name '{name}' does not exist in zone '{call.path['zone']}'.")
    if int(wanted.get("count", 0)) < 1:
        raise invalid("resource.specificReservation.count", wanted.get("count", 0), "Must be greater than 0.")
    body = {
        "kind": "compute#reservation",
        "id": new_id(),
        "creationTimestamp": stamp(call.state.now()),
        **wish,
        "specificReservation": {**wanted, "inUseCount": "0", "assuredCount": wanted["count"]},
        "reservationSharingPolicy": {"serviceShareType": "DISALLOW_ALL"},
        "shareSettings": wish.get("shareSettings", {"shareType": "LOCAL"}),
        "specificReservationRequired": wish.get("specificReservationRequired", False),
        "zone": call.place,
        "status": "READY",
        "satisfiesPzs": False,
        "selfLink": target.link,
    }
    call.state.promised.add(target.path)
    return operations.begin(call, target, "insert", does="put", args={"body": body})


def resize(call: Call) -> dict[str, Any]:
    record = found(call, "reservations", call.path["reservation"])
    count = int(call.body.get("specificSkuCount", 0))
    if count < 1:
        raise invalid("specificSkuCount", count, "Must be greater than 0.")
    changed = {**record.body["specificReservation"], "count": str(count), "assuredCount": str(count)}
    return operations.begin(
        call, record.ref, "resize", does="merge", args={"changes": {"specificReservation": changed}}
    )


def delete(call: Call) -> dict[str, Any]:
    record = found(call, "reservations", call.path["reservation"])
    return operations.begin(call, record.ref, "delete", does="drop")


def consumable(state: State, draft: Draft) -> int | None:
    """How many machines of a draft its specific reservation still has; None where it names none. Raises GcpError."""
    affinity = draft.wish.get("reservationAffinity", {})
    if affinity.get("consumeReservationType") != "SPECIFIC_RESERVATION":
        return None
    text = affinity["values"][0]
    ref = Ref(draft.project, draft.scope, "reservations", text)
    if "/" in text:
        named = parse(
            text.replace("/reservations/", f"/{draft.scope}/reservations/", 1),
            "values",
            "reservations",
            draft.project,
            draft.scope,
        )
        ref = named
    record = state.store.find(ref)
    if record is None:
        raise bad_request(f"Could not find the given resource '{ref.path}'.")
    if record.body["specificReservation"]["instanceProperties"]["machineType"] != draft.kind.name:
        raise bad_request(f"The reservation '{ref.name}' does not match the instance's properties.")
    return int(record.body["specificReservation"]["count"]) - _used(state, ref)


def _used(state: State, ref: Ref) -> int:
    shelf = state.store.shelf(ref.project, ref.scope, "instances")
    named = [each.body["reservationAffinity"].get("values", []) for each in shelf.values()]
    return sum(ref.name in {value.rpartition("/")[2] for value in values} for values in named)


HANDLERS = {
    "reservations.get": get_of("reservations", "reservation"),
    "reservations.list": list_of("reservations"),
    "reservations.aggregatedList": aggregated_list_of("reservations"),
    "reservations.insert": insert,
    "reservations.resize": resize,
    "reservations.delete": delete,
}
