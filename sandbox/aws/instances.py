"""Listing instances, and moving them between states."""

from __future__ import annotations

import re
from typing import Any

from sandbox.aws import clock, filters, paging
from sandbox.aws.call import Call
from sandbox.aws.clock import Sight
from sandbox.aws.wire import ApiError, View

_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
# What EC2 no longer tells about a terminated instance.
GONE: dict[str, Any] = {
    "private_ip": None, "private_ip_address": None, "public_ip": None, "public_ip_address": None,
    "private_dns_name": "", "public_dns_name": "", "subnet_id": None, "vpc_id": None,
    "network_interfaces": [], "security_groups": [], "nics": {}, "block_device_mappings": [],
}  # fmt: skip


def index(call: Call) -> dict[str, Any]:
    """Every instance by its id, as moto holds it, with its reservation at hand."""
    found = {}
    for reservation in call.backend.reservations.values():
        for instance in reservation.instances:
            instance.reservation = reservation
            found[instance.id] = instance
    return found


def pick(call: Call, ids: list[str] | None = None) -> list[Any]:
    """The instances that the call names, as EC2 checks them: form first, then existence."""
    names = call.params.get("InstanceIds", []) if ids is None else ids
    for name in names:
        if not _ID.fullmatch(name):
            raise ApiError("InvalidInstanceID.Malformed", f'Invalid id: "{name}"')
    known = index(call)
    missing = [name for name in names if name not in known]
    if missing:
        raise ApiError("InvalidInstanceID.NotFound", _absent(missing))
    return [known[name] for name in dict.fromkeys(names)]


def _absent(names: list[str]) -> str:
    if len(names) == 1:
        return f"The instance ID '{names[0]}' does not exist"
    return f"The instance IDs '{', '.join(names)}' do not exist"


def view(call: Call, instance: Any) -> View:
    """An instance as it is answered: tags read directly, no network once it is gone."""
    subject = paging.tagged(call, instance)
    if instance.state == "terminated":
        return View(subject, **GONE)
    nics = [_nic(nic, instance) for nic in instance.nics.values()]
    return View(subject, network_interfaces=nics)


def _nic(nic: Any, instance: Any) -> Any:
    """Moto answers network card 0 for every interface."""
    card = getattr(instance, "network_cards", {}).get(nic.device_index, 0)
    if not card:
        return nic
    return View(nic, attachment=View(nic.attachment, network_card_index=card))


def describe(call: Call) -> dict[str, Any]:
    """DescribeInstances: pages count instances, and moto serialises one page only."""
    paging.check(call)
    call.stop_if_dry_run()
    past = _past(call)
    chosen = _named(call, past) if call.params.get("InstanceIds") else _seen(call, past)
    subjects = [_aged(view(call, i), past) for i in chosen]
    passed = filters.select(subjects, call.filters(), filters.INSTANCE)
    page, token = (passed, None)
    if not call.params.get("InstanceIds"):
        page, token = paging.cut(call, passed, lambda item: item.id)
    return {"Reservations": grouped(page), "NextToken": token}


def _past(call: Call) -> dict[str, Sight] | None:
    stale = call.state.faults.take("stale_reads", operation=call.action, region=call.region)
    return call.state.past.sight(place(call), stale.seconds) if stale else None


def _named(call: Call, past: dict[str, Sight] | None) -> list[Any]:
    chosen = pick(call)
    hidden = [i.id for i in chosen if past is not None and i.id not in past]
    if hidden:
        raise ApiError("InvalidInstanceID.NotFound", _absent(hidden))
    return chosen


def _seen(call: Call, past: dict[str, Sight] | None) -> list[Any]:
    return [i for i in index(call).values() if past is None or i.id in past]


def _aged(subject: View, past: dict[str, Sight] | None) -> View:
    if past is None:
        return subject
    sight = past[subject.id]
    tags = [{"Key": key, "Value": value} for key, value in sight.tags]
    state = {"Name": sight.state, "Code": clock.CODES[sight.state]}
    return View(
        subject,
        state=sight.state,
        state_code=state["Code"],
        instance_state=state,
        instance_type=sight.instance_type,
        tags=tags,
        tag_list=tags,
    )


def place(call: Call) -> str:
    """The key of this account and region in the clock's memory."""
    return f"{call.account}/{call.region}"


def grouped(page: list[Any]) -> list[View]:
    """Instances back under their reservations, in the page's order."""
    groups: dict[str, list[Any]] = {}
    for subject in page:
        groups.setdefault(subject.reservation.id, []).append(subject)
    return [View(members[0].reservation, instances=members) for members in groups.values()]


def statuses(call: Call) -> dict[str, Any]:
    """DescribeInstanceStatus: running instances only, unless all are asked for."""
    paging.check(call)
    named = bool(call.params.get("InstanceIds"))
    chosen = pick(call) if named else list(index(call).values())
    if not call.params.get("IncludeAllInstances"):
        chosen = [i for i in chosen if i.is_running()]
    subjects = [view(call, i) for i in chosen]
    passed = filters.select(subjects, call.filters(), filters.STATUS)
    page, token = (passed, None) if named else paging.cut(call, passed, lambda item: item.id)
    return {"InstanceStatuses": page, "NextToken": token}


HANDLERS = {"DescribeInstances": describe, "DescribeInstanceStatus": statuses}
