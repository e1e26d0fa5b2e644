# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of virtual machines."""

from __future__ import annotations

import dataclasses
import datetime
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from ...model import mark
from ...model.error import TRY_ELSEWHERE, CloudError, InvalidOption
from ...model.price_book import PriceBook
from ...model.resource import Candidate, Outcome, Selector, Spec
from ...model.vm import NAME, VmState, diff_view, in_order, vm_result
from ..interface import Info, Resource
from . import operations, tags
from .errors import AzureError
from .interfaces import with_firewall
from .launch import login_of, to_request
from .options import AzureVmInfoOptions, AzureVmOptions
from .prices import PRICES
from .session import Answer, AzureSession, connect
from .shapes import SHAPES
from .site import Site
from .states import Around, AzureVmState, around, from_api, power_of, shows_disk, with_disk

POWER = {
    "running": "VirtualMachines_Start",
    # Not PowerOff: a VM that is off but allocated is billed as if it ran.
    "stopped": "VirtualMachines_Deallocate",
    "restarted": "VirtualMachines_Restart",
}
# Seconds between looks for the end of a VM whose name is needed again.
LOOK = 5.0
AT_REST = ("deallocated", "stopped", "")
AT_REST_ONLY = {"machine_type", "disk_gb", "disk_type"}


class VmStore:
    """One fleet's VMs. A VM's name says which member it is, so a repeated PUT cannot make a second one."""

    def __init__(self, session: AzureSession, options: Any) -> None:
        self.session, self.options = session, options
        self._names = {spec.name for spec in options.desired().specs}

    @classmethod
    def connect(cls, options: AzureVmOptions) -> VmStore:
        return cls(connect(options), options)

    @cached_property
    def site(self) -> Site:
        return Site(self.session, self.options)

    @property
    def prices(self) -> PriceBook:
        return PriceBook(PRICES, SHAPES, self.options.location, self.options.market or "on_demand", self.options.offer)

    # list

    def list(self, selector: Selector) -> Sequence[VmState]:
        """The members, and VMs of somebody else that have the name of one."""
        raw = [one for one in vms_of_group(self.session) if self._concerns(one, selector.name)]
        if not raw:
            return ()
        near = surroundings(self.session)
        states = {one["id"]: from_api(one, near) for one in raw}
        if selector.detail:
            disks = self._disks(raw)
            states = {one["id"]: with_disk(states[one["id"]], one, disks.get(one["id"].lower())) for one in raw}
        return in_order(self._as_asked(self._as_gone(state)) for state in states.values())

    def _as_gone(self, state: AzureVmState) -> AzureVmState:
        """A member that never came to life, left by a run that broke off, is none: it is made anew, and `_put` clears its name."""
        lifeless = state.provisioning == "Failed" and not state.power
        return dataclasses.replace(state, state="deleting") if lifeless and state.name in self._names else state

    def _concerns(self, raw: Mapping[str, Any], fleet: str) -> bool:
        return mark.fleet_of(raw["name"], raw.get("tags")) == fleet or raw["name"] in self._names

    def _disks(self, raw: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
        """By VM in small letters, with one call, unless every VM shows its disk as it is wanted.

        A VM shows the disk that it was made with, and a deallocated one none; what it became is known to the disk alone.
        """
        if all(shows_disk(one, self.options.disk_gb, self.options.disk_type) for one in raw):
            return {}
        found = self.session.pages("Disks_ListByResourceGroup", self.session.id_of(operations.DISK))
        boots = [one for one in found if one.get("managedBy") and one.get("properties", {}).get("osType")]
        return {one["managedBy"].lower(): one for one in boots}

    def _as_asked(self, state: AzureVmState) -> AzureVmState:
        """A VM that its own system shut down is stopped, but billed: who asks for a stop gets a real one."""
        halted = state.power == "stopped" and state.state == "stopped" and self.options.state == "stopped"
        return dataclasses.replace(state, state="running") if halted else state

    # create

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        """A candidate without a zone stands for each zone that has the size, in order; every word is looked up by now."""
        if not all(candidate.machine_type for candidate in wanted):
            raise InvalidOption(
                "machine_type", None, "a VM of this fleet has to be made, which takes an image and a machine_type"
            )
        self.site.place(wanted[0])
        sizes = [str(candidate.machine_type) for candidate in wanted]
        self.site.verify_offered(sizes)
        if self.options.reservation_id:
            self.site.verify_reserved(sizes)
        found = [dataclasses.replace(candidate, zone=zone) for candidate in wanted for zone in self._zones(candidate)]
        for candidate in found:
            self.site.place(candidate)
        return found

    def _zones(self, candidate: Candidate) -> Sequence[str | None]:
        if candidate.zone:
            return [candidate.zone]
        if self.options.reservation_id:
            return self.site.reserved.get(str(candidate.machine_type).lower(), ())
        return self.site.zones_of(str(candidate.machine_type)) or [None]

    def create(self, specs: Sequence[Spec], candidate: Candidate) -> Outcome:
        """One PUT per VM, the first one alone: where there is no room nobody asks fifty times."""
        try:
            put = [partial(self._put, spec, candidate) for spec in specs]
            answers = self.session.attempted(put[:1])
            if not isinstance(answers[0], CloudError):
                answers += self.session.attempted(put[1:])
            errors = self.session.finish(answers, self.options.wait_timeout)
        except CloudError as error:
            return Outcome(error=error)
        made = [a for a, e in zip(answers, errors, strict=True) if not e]
        failed = [e for e in errors if e]
        leftovers = [a for a, e in zip(answers, errors, strict=True) if e and isinstance(a, Answer)]
        states = tuple(from_api(answer.body, Around()) for answer in made)
        return Outcome(states, self._cleared(leftovers, failed) if failed else None)

    def _put(self, spec: Spec, candidate: Candidate) -> Answer:
        """Raises CloudError `ambiguous` if the name belongs to somebody else; it is never overwritten."""
        now = datetime.datetime.now(datetime.UTC)
        own = tags.member_tags(spec.options, login_of(spec.options), now)
        body = to_request(spec, candidate, self.site.place(candidate), own)
        resource = self.session.id_of(operations.VM, spec.name)
        deadline = time.monotonic() + self.options.wait_timeout
        while True:
            try:
                return self.session.call(
                    "VirtualMachines_CreateOrUpdate", resource, body, headers={"If-None-Match": "*"}
                )
            except AzureError as error:
                if error.status not in (409, 412) or error.code in TRY_ELSEWHERE:
                    raise
                there = self._there(resource)
                if there and not self._is_in_the_way(there, spec):
                    return Answer(200, there, {}, "VirtualMachines_CreateOrUpdate", resource, stands_in=True)
                if (not there and error.status == 409) or time.monotonic() > deadline:
                    raise
                time.sleep(LOOK)

    def _there(self, resource: str) -> Any:
        try:
            return self.session.call("VirtualMachines_Get", resource, query={"$expand": "instanceView"}).body
        except AzureError as error:
            if error.code != "not_found":
                raise
            return None

    def _is_in_the_way(self, there: Mapping[str, Any], spec: Spec) -> bool:
        """Whether it is a former life of the same member, still going or never come to life, which is then told to go."""
        name, properties = spec.name, there.get("properties", {})
        if mark.fleet_of(name, there.get("tags")) != spec.options.name:
            detail = (
                f"a VM '{name}' exists in {self.session.group} but was not made by this collection; it is not touched"
            )
            raise CloudError("ambiguous", detail, "azure", "VirtualMachines_CreateOrUpdate", name)
        if properties.get("provisioningState") == "Deleting":
            return True
        view = properties.get("instanceView") or {}
        if properties.get("provisioningState") != "Failed" or power_of(view):
            return False  # also one that rests with its data, whose last start failed
        self.session.call("VirtualMachines_Delete", there["id"])
        return True

    def _cleared(self, leftovers: Sequence[Answer], failed: Sequence[CloudError]) -> CloudError:
        """Delete what failed half-made, with its disk, interface and address. Gives the error that weighs most."""
        worst = next((e for e in failed if e.code not in TRY_ELSEWHERE), failed[0])
        gone = self._delete([answer.resource for answer in leftovers])
        if gone:
            worst.detail += f"; what was half made could not be deleted again: {gone}"
            worst.final = True
        return worst

    # change

    def change(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Outcome:
        try:
            self._verify_rest([state for state, wanted in changes if AT_REST_ONLY & set(wanted) and not _quick(wanted)])
            self._run([call for state, wanted in changes for call in self._power(state, wanted)])
            self._run([call for state, wanted in changes for call in self._calls(state, wanted)], wait=True)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def restart_suffices(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Collection[str]:
        """Azure restarts a running VM into a size that its hardware has; which ones these are, each VM has its own list of."""
        asked = [(state, wanted["machine_type"]) for state, wanted in changes if set(wanted) == {"machine_type"}]
        lists = self.session.together(
            partial(_listed, self.session, "VirtualMachines_ListAvailableSizes", _id(state), None)
            for state, _size in asked
        )
        return {
            state.id
            for (state, size), sizes in zip(asked, lists, strict=True)
            if size.lower() in {one["name"].lower() for one in sizes}
        }

    def _run(self, calls: Sequence[Callable[[], Answer]], wait: bool = False) -> None:
        """Start all, then wait for all: an operation that fails says why only at its end."""
        answers = self.session.attempted(calls)
        if self.options.wait or wait:
            self.session.done(answers, self.options.wait_timeout)
        for answer in answers:
            if isinstance(answer, CloudError):
                raise answer

    def _verify_rest(self, states: Sequence[VmState]) -> None:
        """Azure would restart a running VM to give it another size; nobody may be surprised by that."""
        if not states:
            return
        statuses = _listed(
            self.session, "VirtualMachines_ListAll", self.session.everywhere(operations.VM), {"statusOnly": "true"}
        )
        power = {one["id"].lower(): power_of(one.get("properties", {}).get("instanceView") or {}) for one in statuses}
        for state in states:
            if power.get(_id(state).lower(), "") not in AT_REST:
                detail = f"{state.name} is running; Azure changes its size and its disk while it is stopped"
                raise CloudError("refused", detail, "azure", "VirtualMachines_Update", state.name)

    def _power(self, state: VmState, wanted: Mapping[str, Any]) -> Sequence[Callable[[], Answer]]:
        """A VM that was shut down from inside keeps its place in a cluster, which may lack the new size."""
        word = None if _quick(wanted) else wanted.get("state")
        if not word and "machine_type" in wanted and getattr(state, "power", "") == "stopped":
            word = "stopped"
        return [partial(self.session.call, POWER[word], _id(state))] if word else []

    def _calls(self, state: VmState, wanted: Mapping[str, Any]) -> Sequence[Callable[[], Answer]]:
        calls = []
        new = mark.changed_marks(wanted)
        if new or "machine_type" in wanted:
            calls.append(partial(self._patch, state, new, wanted.get("machine_type")))
        if "firewalls" in wanted:
            calls.append(partial(self._set_firewall, state, wanted["firewalls"]))
        disk: dict[str, Any] = {}
        if "disk_gb" in wanted:
            disk["properties"] = {"diskSizeGB": wanted["disk_gb"]}
        if "disk_type" in wanted:
            disk["sku"] = {"name": wanted["disk_type"]}
        if disk:
            calls.append(partial(self.session.call, "Disks_Update", str(state.disk_id), disk))
        return calls

    def _patch(self, state: VmState, new: Mapping[str, str], machine_type: str | None) -> Answer:
        """Azure replaces all tags at once; the version makes sure that nobody's new tag is lost."""
        there, etag = getattr(state, "tags", {}), getattr(state, "etag", None)
        for _again in range(3):
            body: dict[str, Any] = {"tags": tags.merged(there, new)} if new else {}
            if machine_type:
                body["properties"] = {"hardwareProfile": {"vmSize": machine_type}}
            headers = {"If-Match": etag} if etag and new else {}
            try:
                return self.session.call("VirtualMachines_Update", _id(state), body, headers=headers)
            except AzureError as error:
                if error.status != 412:
                    raise
                raw = self.session.call("VirtualMachines_Get", _id(state)).body
                there, etag = raw.get("tags") or {}, raw.get("etag")
        raise CloudError("failed", "others change its tags all the time", "azure", "VirtualMachines_Update", state.name)

    def _set_firewall(self, state: VmState, names: Sequence[str]) -> Answer:
        nic = getattr(state, "nic", None)
        if not nic:
            raise CloudError("not_found", f"{state.name} has no network interface", "azure", resource=state.name)
        body = with_firewall(nic, *self.site.firewall_ids(names), self.session.id_of(operations.ASG))
        headers = {"If-Match": nic["etag"]} if nic.get("etag") else {}
        return self.session.call("NetworkInterfaces_CreateOrUpdate", nic["id"], body, headers=headers)

    # delete

    def delete(self, states: Sequence[VmState]) -> Outcome:
        """Disk, interface and address were made to go with their VM; what else is attached stays."""
        error = self._delete([_id(state) for state in states])
        return Outcome(error=error) if error else Outcome(tuple(states))

    def _delete(self, resources: Sequence[str]) -> CloudError | None:
        answers = self.session.attempted(
            partial(self.session.call, "VirtualMachines_Delete", resource) for resource in resources
        )
        try:
            waited = answers if self.options.wait else [a for a in answers if isinstance(a, CloudError)]
            errors = self.session.finish(waited, self.options.wait_timeout)
        except CloudError as error:
            return error
        return next((error for error in errors if error and error.code != "not_found"), None)


def _quick(wanted: Mapping[str, Any]) -> bool:
    """Whether a running VM gets another size, with the restart that Azure itself makes for it."""
    return "machine_type" in wanted and wanted.get("state") == "restarted"


def _id(state: VmState) -> str:
    return str(getattr(state, "resource_id", ""))


def _listed(session: AzureSession, operation: str, resource: str, query: Mapping[str, str] | None) -> list[Any]:
    return list(session.pages(operation, resource, query))


def vms_of_group(session: AzureSession) -> list[Mapping[str, Any]]:
    """All VMs of the resource group; none where there is no such group."""
    try:
        return _listed(session, "VirtualMachines_List", session.id_of(operations.VM), None)
    except AzureError as error:
        if error.azure_code != "ResourceGroupNotFound":
            raise
        return []


def surroundings(session: AzureSession) -> Around:
    """States, interfaces and addresses of the VMs of the group, with three calls. Only a whole subscription shows states."""
    calls: list[tuple[str, str, Mapping[str, str] | None]] = [
        ("VirtualMachines_ListAll", session.everywhere(operations.VM), {"statusOnly": "true"}),
        ("NetworkInterfaces_List", session.id_of(operations.NIC), None),
        ("PublicIPAddresses_List", session.id_of(operations.ADDRESS), None),
    ]
    return around(*session.together(partial(_listed, session, *call) for call in calls))


def find(options: AzureVmInfoOptions) -> Sequence[VmState]:
    """What `azure_vm_info` shows: one fleet, or all VMs of all fleets in the resource group."""
    if options.name and not NAME.fullmatch(options.name):
        raise InvalidOption("name", options.name, "the name of a fleet is expected")
    options.verify_place()
    session = connect(options)
    raw = [one for one in vms_of_group(session) if mark.fleet_of(one["name"], one.get("tags"))]
    if options.name:
        raw = [one for one in raw if one["tags"][mark.FLEET] == options.name]
    if not raw:
        return ()
    near = surroundings(session)
    return in_order(from_api(one, near) for one in raw)


RESOURCE = Resource("vms", AzureVmOptions, VmStore.connect, vm_result, diff_view)
INFO = Info("vms", AzureVmInfoOptions, find, vm_result)
