# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of Compute Engine instances."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.price_book import PriceBook
from ...model.resource import Candidate, Outcome, Selector, Spec
from ...model.vm import NAME, diff_view, in_order, vm_result
from ..interface import Info, Resource
from . import changes as changing
from . import labels
from .errors import operation_error
from .launch import disk_type_of, has_local_ssd, properties, request_id, to_bulk, to_insert
from .options import GcpVmInfoOptions, GcpVmOptions
from .prices import PRICES
from .session import GcpSession, connect, last, scoped
from .shapes import SHAPES
from .site import Site, check_zones
from .states import AMBIGUOUS, COMPARED, SHOWN, GcpVmState, from_api

PAGE = 500  # the most that a list gives at once
# So often is a remembered request of an earlier life stepped over; an hour has no room for more lives of a fleet.
EPOCHS = 50
# An operation that ended in an error so long ago, in seconds, tells nothing of now.
FRESH = 2.0
AGE = "age of the operation when it was given as the answer"


class VmStore:
    """One fleet's VMs. Remembers only what the same run has to know again: what it made, stopped, grew and is deleting."""

    def __init__(self, session: GcpSession, options: Any) -> None:
        self.session, self.options = session, options
        self._made: dict[str, GcpVmState] = {}
        self._stopped: set[str] = set()
        self._grown: dict[str, int] = {}
        self._going: dict[str, Mapping[str, Any]] = {}  # operations that delete, by the id of their VM

    @classmethod
    def connect(cls, options: GcpVmOptions) -> VmStore:
        session = connect(options)
        check_zones(session.region, options)
        return cls(session, options)

    @cached_property
    def site(self) -> Site:
        return Site(self.session, self.options)

    @property
    def prices(self) -> PriceBook:
        return PriceBook(PRICES, SHAPES, self.session.region, self.options.market or "on_demand", self.options.offer)

    # list

    def list(self, selector: Selector) -> Sequence[GcpVmState]:
        raw = [i for i in vms_here(self.session, labels.where(aienv_fleet=selector.name)) if self._is_here(i)]
        self._note_deletions(raw)
        states = [from_api(i, str(i["id"]) in self._going, selector.detail) for i in raw]
        owned = [state for state in states if state.owned]
        if selector.detail:
            owned = self._with_true_sizes(selector.name, owned)
        return in_order([*owned, *self._lost({str(i["id"]) for i in raw}, selector.detail)])

    def _with_true_sizes(self, fleet: str, states: Sequence[GcpVmState]) -> Sequence[GcpVmState]:
        """Nowhere does Google promise that a VM shows a disk that has grown since; where it matters the disks are asked."""
        wanted = self.options.disk_gb
        states = [replace(s, disk_gb=self._grown[s.id]) if s.id in self._grown else s for s in states]
        if not wanted or all(state.disk_gb == wanted for state in states):
            return states
        pages = self.session.pages(
            "disks.aggregatedList",
            filter=labels.where(aienv_fleet=fleet),
            fields="items/*/disks(name,zone,sizeGb),nextPageToken",
            maxResults=PAGE,
        )
        sizes = {(last(d["zone"]), d["name"]): int(d["sizeGb"]) for page in pages for d in scoped(page, "disks")}
        return [replace(s, disk_gb=sizes.get((s.zone, str(s.disk_id)), s.disk_gb)) for s in states]

    def _is_here(self, raw: Mapping[str, Any]) -> bool:
        """A fleet of the same name in another region is another fleet."""
        return last(raw["zone"]).rsplit("-", 1)[0] == self.session.region

    def _note_deletions(self, raw: Sequence[Mapping[str, Any]]) -> None:
        """A VM that is being deleted looks like one that is being stopped; only its operation tells them apart."""
        unclear = {str(i["id"]) for i in raw if i["status"] == AMBIGUOUS} - self._stopped - set(self._going)
        if unclear:
            self._going |= {i: operation for i, operation in deletions(self.session).items() if i in unclear}

    def _lost(self, seen: set[str], detail: bool) -> Iterator[GcpVmState]:
        """What this very run made and is not listed: gone again, or just not listed yet."""
        for vm_id, state in self._made.items():
            if vm_id in seen:
                continue
            try:
                raw = self._get(state)
            except CloudError as error:
                if error.code != "not_found":
                    raise
                raw = None
            if raw and str(raw["id"]) == vm_id:
                yield from_api(raw, detail=detail)
            else:
                yield replace(state, state="deleting", reason="it is gone a moment after it was made")

    def _get(self, state: GcpVmState) -> dict[str, Any]:
        return self.session.call("instances.get", zone=state.zone, instance=state.name, fields=COMPARED)

    # create

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        """A candidate without a zone stands for each zone of the region, in order; every word is looked up by now."""
        if not all(candidate.machine_type for candidate in wanted):
            raise InvalidOption(
                "machine_type", None, "a VM of this fleet has to be made, which takes an image and a machine_type"
            )
        self.site.checked()
        if not all(candidate.zone for candidate in wanted):
            self.site.verify_reserved([str(candidate.machine_type) for candidate in wanted])
        return [
            replace(candidate, zone=zone)
            for candidate in wanted
            for zone in ([candidate.zone] if candidate.zone else self.site.zones_for(str(candidate.machine_type)))
        ]

    def create(self, specs: Sequence[Spec], candidate: Candidate) -> Outcome:
        """One insert, or one bulkInsert for several; waits for its operation, which is where lack of capacity shows."""
        ordered = sorted(specs, key=lambda spec: -1 if spec.key is None else spec.key)
        try:
            return self._launch(ordered, candidate)
        except CloudError as error:
            return Outcome(tuple(self._after_failure(ordered, candidate)), error)

    def _after_failure(self, specs: Sequence[Spec], candidate: Candidate) -> list[GcpVmState]:
        """What exists nevertheless; the failure itself must not be hidden by a second one."""
        try:
            return self._members(specs, str(candidate.zone))
        except CloudError:
            return []

    def _launch(self, specs: Sequence[Spec], candidate: Candidate) -> Outcome:
        zone = str(candidate.zone)
        for epoch in range(EPOCHS):
            operation, error = self._request(specs, candidate, epoch)
            made = self._after_request(specs, zone, operation, error)
            if error and error.code == "ambiguous":
                # The names are taken: by an earlier request of ours, by VMs that are on their way out, or by somebody else's.
                if self._await_deletions(specs, zone):
                    continue
                rest = [spec for spec in specs if spec.key not in {vm.key for vm in made}]
                if not rest:
                    return Outcome(tuple(made))
                if not made:
                    raise self._taken(rest, zone, error)
                others = self._launch(rest, candidate)
                return Outcome((*made, *others.states), others.error)
            if len(made) == len(specs):
                return Outcome(tuple(made))
            if not self._is_of_an_earlier_life(operation, error):
                lost = error or CloudError("failed", f"{len(specs) - len(made)} VMs are gone again", "gcp", "instances")
                return Outcome(tuple(made), lost)
        raise CloudError("failed", "Google gives answers to requests of the past only; try again in an hour", "gcp")

    def _after_request(
        self, specs: Sequence[Spec], zone: str, operation: Mapping[str, Any], error: CloudError | None
    ) -> list[GcpVmState]:
        if error and error.code != "ambiguous":
            return self._members(specs, zone)
        past = operation.get("status") == "DONE" and not error
        return self._remembered_members(specs, zone) if past else self._all_members(specs, zone)

    def _request(
        self, specs: Sequence[Spec], candidate: Candidate, epoch: int
    ) -> tuple[Mapping[str, Any], CloudError | None]:
        """Ask, and wait for the end. The answer's operation is one of the past if it is done already."""
        zone, place, options = str(candidate.zone), self.site.place, specs[0].options
        now = datetime.datetime.now(datetime.UTC)
        own = labels.member_labels(options, disk_type_of(options, candidate), self.site.login, now)
        common = properties(options, candidate, place, own, self.site.login)
        one = len(specs) == 1
        method = "instances.insert" if one else "instances.bulkInsert"
        body = to_insert(common, specs[0], zone, place) if one else to_bulk(common, specs)
        operation: Mapping[str, Any] = {}
        try:
            answer = self.session.call(method, body, zone=zone, requestId=request_id(body, place, zone, epoch))
            operation = {**answer, AGE: age(answer, self.session.server_time)}
            self.session.wait(operation, options.wait_timeout)
        except CloudError as error:
            return operation, self._reason(operation, error)
        return operation, None

    def _reason(self, operation: Mapping[str, Any], error: CloudError) -> CloudError:
        """Of a bulkInsert the operation itself may say only that it failed, and those of the VMs in its group why.

        https://cloud.google.com/compute/docs/instances/multiple/about-bulk-creation (read 2026-11)
        """
        group = operation.get("operationGroupId")
        if not group or error.code == "timed_out":
            return error
        members = operations(self.session, f'operationGroupId = "{group}"')
        errors = [each for member in members for each in (member.get("error") or {}).get("errors") or ()]
        told = operation_error({"operationType": "bulkInsert", "error": {"errors": errors}}, self.session.project)
        return told or error

    def _is_of_an_earlier_life(self, operation: Mapping[str, Any], error: CloudError | None) -> bool:
        """Google answers a request that it remembers with the operation of back then, whatever became of its VMs since.

        Then the next epoch asks anew. A failure of a moment ago is not asked again: it is as true now.
        """
        if operation.get("status") != "DONE":
            return False
        return not error or operation[AGE] > FRESH

    def _members(self, specs: Sequence[Spec], zone: str) -> list[GcpVmState]:
        """Those of the specs that exist and are not being deleted, wherever they are, as a list shows them now."""
        wanted = {spec.key for spec in specs}
        listed = self.list(Selector(specs[0].options.name, detail=False))
        found = [vm for vm in listed if vm.key in wanted and vm.state != "deleting"]
        self._made |= {vm.id: vm for vm in found if vm.zone == zone}
        return found

    def _all_members(self, specs: Sequence[Spec], zone: str) -> list[GcpVmState]:
        """As above where they should be there: whom the list does not show yet is looked for by name."""
        found = self._members(specs, zone)
        missing = [spec for spec in specs if spec.key not in {vm.key for vm in found}]
        looked = self.session.together(partial(self._look_for, spec, zone) for spec in missing)
        unlisted = [vm for vm in looked if vm is not None]
        self._made |= {vm.id: vm for vm in unlisted}
        return list(in_order([*found, *unlisted]))

    def _remembered_members(self, specs: Sequence[Spec], zone: str) -> list[GcpVmState]:
        """As above for a request of the past, which made all or none: where one of them is gone, the others are as well."""
        found = self._members(specs, zone)
        missing = [spec for spec in specs if spec.key not in {vm.key for vm in found}]
        if not missing or self._look_for(missing[0], zone) is None:
            return found
        return self._all_members(specs, zone)

    def _look_for(self, spec: Spec, zone: str) -> GcpVmState | None:
        try:
            raw = self.session.call("instances.get", zone=zone, instance=spec.name, fields=COMPARED)
        except CloudError as error:
            if error.code != "not_found":
                raise
            return None
        state = from_api(raw, detail=False)
        return state if state.fleet == spec.options.name and raw["status"] != AMBIGUOUS else None

    def _await_deletions(self, specs: Sequence[Spec], zone: str) -> bool:
        """Wait until the names are free that VMs of an earlier life still hold. False if there are none."""
        names = {spec.name for spec in specs}
        dying = [
            o for o in deletions(self.session).values() if last(o["targetLink"]) in names and last(o["zone"]) == zone
        ]
        self.session.together(partial(self.session.wait, o, self.options.wait_timeout) for o in dying)
        return bool(dying)

    def _taken(self, specs: Sequence[Spec], zone: str, error: CloudError) -> CloudError:
        names = ", ".join(spec.name for spec in specs[:5])
        detail = f"a VM or a disk of that name exists in {zone} ({names}) but is not one of this fleet; it is not touched: {error.detail}"
        return CloudError("ambiguous", detail, "gcp", error.operation, specs[0].name)

    # change

    def change(self, changes: Sequence[tuple[GcpVmState, Mapping[str, Any]]]) -> Outcome:
        """Google changes one VM at a time: all of them side by side, the changes of each in order."""
        try:
            for network, names in {(s.network, tuple(w["firewalls"])) for s, w in changes if w.get("firewalls")}:
                self.site.check_firewalls(names, network)
            self.session.together(partial(self._change, state, wanted) for state, wanted in changes)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def _change(self, state: GcpVmState, wanted: Mapping[str, Any]) -> None:
        where = {"zone": state.zone, "instance": state.name}
        if set(wanted) - {"state"}:
            changing.apply(self.session, self.options, state, wanted, partial(self._get, state))
            self._grown |= {state.id: wanted["disk_gb"]} if "disk_gb" in wanted else {}
        power = wanted.get("state")
        if power == "running":
            self._stopped.discard(state.id)
            self.session.done("instances.start", **where)  # where lack of capacity shows
        elif power == "restarted":
            self.session.done("instances.reset", **where)
        elif power == "stopped":
            self._stopped.add(state.id)
            # Google stops no VM with local disks unless it is told what becomes of them.
            lose = {"discardLocalSsd": "true"} if state.shape and has_local_ssd(state.shape) else {}
            self.session.call("instances.stop", **where, **lose)

    def restart_suffices(self, _changes: Sequence[tuple[Any, Mapping[str, Any]]]) -> Collection[str]:
        """Compute Engine changes the machine type of a stopped VM only."""
        return ()

    # delete

    def delete(self, states: Sequence[GcpVmState]) -> Outcome:
        """Disks were made to go with their VM."""
        for state in states:
            self._made.pop(state.id, None)
        try:
            self.session.together(partial(self._delete, state) for state in states)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _delete(self, state: GcpVmState) -> None:
        """Google deletes by name, which may be another VM's by now; nothing has been made under it in this run since."""
        try:
            operation = self.session.call("instances.delete", zone=state.zone, instance=state.name)
        except CloudError as error:
            if error.code != "not_found":
                raise
            return
        self._going[state.id] = operation


def age(operation: Mapping[str, Any], now: datetime.datetime) -> float:
    """How long ago the operation was asked for, in seconds by the server's own clock."""
    began = operation.get("insertTime") or operation.get("startTime")
    return (now - datetime.datetime.fromisoformat(began)).total_seconds() if began else 0.0


def vms_here(session: GcpSession, condition: str, fields: str = COMPARED) -> Iterator[Mapping[str, Any]]:
    """As `instances`, but a zone of another region may be silent: what is there is not of this fleet."""
    return instances(session, condition, fields, f"{session.region}-")


def instances(
    session: GcpSession, condition: str, fields: str = COMPARED, needed: str = ""
) -> Iterator[Mapping[str, Any]]:
    """All instances of the project that the filter lets through, in any zone.

    Raises CloudError where a zone did not answer whose name begins with `needed`.
    """
    for page in instance_pages(session, condition, fields):
        silent = [zone for zone in map(last, page.get("unreachables") or ()) if zone.startswith(needed)]
        if silent:
            raise CloudError("failed", f"these did not answer: {', '.join(silent)}", "gcp", "instances.aggregatedList")
        yield from scoped(page, "instances")


def instance_pages(session: GcpSession, condition: str, fields: str) -> Iterator[Mapping[str, Any]]:
    """The pages of all zones, with the members of an instance that are named; silent zones stand in `unreachables`."""
    query = {"filter": condition} if condition else {}
    mask = f"items/*/instances({fields}),nextPageToken,unreachables"
    return session.pages("instances.aggregatedList", maxResults=PAGE, returnPartialSuccess="true", fields=mask, **query)


def operations(session: GcpSession, condition: str) -> Iterator[Mapping[str, Any]]:
    """The project's operations that the filter lets through, of all zones."""
    fields = "name,operationType,status,zone,targetId,targetLink,error(errors(code,message))"
    pages = session.pages(
        "globalOperations.aggregatedList",
        filter=condition,
        fields=f"items/*/operations({fields}),nextPageToken",
        maxResults=PAGE,
    )
    for page in pages:
        yield from scoped(page, "operations")


def deletions(session: GcpSession) -> dict[str, Mapping[str, Any]]:
    """The operations that are deleting something right now, by the id of what they delete."""
    found = operations(session, '(operationType = "delete") AND (status != "DONE")')
    return {str(operation.get("targetId")): operation for operation in found if operation.get("zone")}


def find(options: GcpVmInfoOptions) -> Sequence[GcpVmState]:
    """What `gcp_vm_info` shows: one fleet, or all VMs of all fleets in the region."""
    if options.name and not NAME.fullmatch(options.name):
        raise InvalidOption("name", options.name, "the name of a fleet is expected")
    session = connect(options)
    condition = labels.where(aienv_fleet=options.name) if options.name else f"labels.{mark.FLEET}:*"
    states = (from_api(raw) for raw in vms_here(session, condition, SHOWN))
    return in_order(state for state in states if state.owned and state.region == session.region)


RESOURCE = Resource("vms", GcpVmOptions, VmStore.connect, vm_result, diff_view)
INFO = Info("vms", GcpVmInfoOptions, find, vm_result)
