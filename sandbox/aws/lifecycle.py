"""Start, stop, reboot and terminate: which states allow it, and how long it takes."""

from __future__ import annotations

import time
from typing import Any

from sandbox.aws import clock, faultmap, reservations, spot
from sandbox.aws.call import Call
from sandbox.aws.instances import pick
from sandbox.aws.wire import ApiError

# How long a state between lasts without a fault that says otherwise, in seconds.
PENDING, STOPPING, SHUTTING_DOWN = 0.0, 0.0, 0.0


def facts(instance_type: str, zone: str, market: str, call: Call) -> dict[str, Any]:
    """What the fault rules select by, for a machine."""
    return {
        "operation": call.action,
        "region": call.region,
        "zone": zone,
        "machine_type": instance_type,
        "market": market,
    }


def boot(call: Call, instance: Any, die: bool = False) -> None:
    """Put an instance into pending for as long as the faults say."""
    slow = call.state.faults.take("slow_boot", **about(call, instance))
    seconds = slow.seconds if slow else PENDING
    call.state.clock.begin(instance, "pending", "running", seconds, die)


def about(call: Call, instance: Any) -> dict[str, Any]:
    """The facts of an existing instance."""
    market = faultmap.MARKETS.get(instance.lifecycle or "", "on_demand")
    return facts(instance.instance_type, instance.placement.zone, market, call)


def _leave(call: Call, instance: Any, through: str, to: str, usual: float) -> None:
    slow = call.state.faults.take("slow_stop", **about(call, instance))
    call.state.clock.begin(instance, through, to, slow.seconds if slow else usual)


def stop(call: Call) -> dict[str, Any]:
    """StopInstances. A stopped instance stays as it is; a pending or dead one cannot be stopped."""
    chosen = _allowed(call, {"running", "stopping", "stopped"}, "stopped")
    if any(i.lifecycle == "spot" and not getattr(i, "spot_persistent", False) for i in chosen):
        raise ApiError(
            "UnsupportedOperation",
            "You can't stop the Spot Instance because it is associated with a one-time Spot Instance request. "
            "You can only stop Spot Instances associated with persistent Spot Instance requests.",
        )
    before = {i.id: i.state for i in chosen}
    active = [i.id for i in chosen if i.state == "running"]
    if active:
        call.moto({**call.params, "InstanceIds": active})
    else:
        call.stop_if_dry_run()
    for instance in chosen:
        if instance.id in active:
            _leave(call, instance, "stopping", "stopped", STOPPING)
    shown = {"running": "stopping"}
    return {"StoppingInstances": [_change(i, before[i.id], shown) for i in chosen]}


def start(call: Call) -> dict[str, Any]:
    """StartInstances. A running instance stays as it is; lack of capacity strikes here too."""
    chosen = _allowed(call, {"pending", "running", "stopped"}, "started")
    before = {i.id: i.state for i in chosen}
    waking = [i for i in chosen if i.state == "stopped"]
    for instance in waking:
        faultmap.launchable(call.state.faults, 1, 1, about(call, instance))
    if waking:
        call.moto({**call.params, "InstanceIds": [i.id for i in waking]})
    else:
        call.stop_if_dry_run()
    for instance in waking:
        boot(call, instance)
    shown = {"stopped": "pending"}
    return {"StartingInstances": [_change(i, before[i.id], shown) for i in chosen]}


def reboot(call: Call) -> Any:
    """RebootInstances: only what runs."""
    chosen = _allowed(call, {"running"}, "rebooted")
    answer = call.moto()
    # The API shows nothing of a reboot: the machines' watcher asks for these times.
    call.state.reboots.update({instance.id: time.time() for instance in chosen})
    return answer


def terminate(call: Call) -> dict[str, Any]:
    """TerminateInstances, idempotent. Addresses and interfaces are given back at once."""
    chosen = pick(call)
    before = {i.id: i.state for i in chosen}
    alive = [i for i in chosen if i.state not in ("shutting-down", "terminated")]
    for instance in alive:
        if instance.disable_api_termination is True:
            raise ApiError(
                "OperationNotPermitted",
                f"The instance '{instance.id}' may not be terminated. Modify its 'disableApiTermination' "
                "instance attribute and try again.",
            )
    if alive:
        call.moto({**call.params, "InstanceIds": [i.id for i in alive]})
    else:
        call.stop_if_dry_run()
    for instance in alive:
        clock.release(instance)
        reservations.give_back(call, instance)
        spot.close(call, instance)
        _leave(call, instance, "shutting-down", "terminated", SHUTTING_DOWN)
    shown = dict.fromkeys(("pending", "running", "stopping", "stopped"), "shutting-down")
    return {"TerminatingInstances": [_change(i, before[i.id], shown) for i in chosen]}


def _allowed(call: Call, states: set[str], done: str) -> list[Any]:
    chosen = pick(call)
    for instance in chosen:
        if instance.state not in states:
            raise ApiError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in a state from which it can be {done}.",
            )
    return chosen


def _change(instance: Any, before: str, shown: dict[str, str]) -> dict[str, Any]:
    """One line of the answer: the state before, and the one that the call began."""
    now = shown.get(before, before)
    return {
        "InstanceId": instance.id,
        "PreviousState": {"Name": before, "Code": clock.CODES[before]},
        "CurrentState": {"Name": now, "Code": clock.CODES[now]},
    }


HANDLERS = {
    "StopInstances": stop,
    "StartInstances": start,
    "RebootInstances": reboot,
    "TerminateInstances": terminate,
}
