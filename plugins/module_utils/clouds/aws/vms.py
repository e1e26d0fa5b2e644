# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of EC2 instances."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from ...model import mark
from ...model.error import CloudError, InvalidOption
from ...model.price_book import PriceBook
from ...model.resource import Candidate, Outcome, Selector, Spec
from ...model.vm import NAME, VmState, diff_view, in_order, vm_result
from ..interface import Info, Resource
from . import tags
from .launch import client_token, gap_free, to_request
from .options import AwsVmInfoOptions, AwsVmOptions
from .prices import PRICES
from .session import AwsSession, connect
from .shapes import SHAPES
from .site import Site, check_zones
from .states import from_api, with_disk

INSTANCE_ID = re.compile(r"i-[0-9a-f]+")
PAGE = 1000  # the most that DescribeInstances and DescribeVolumes give at once


class VmStore:
    """One fleet's VMs. Remembers only what the same run has to know again: the last listing's dead, and what it made."""

    def __init__(self, session: AwsSession, options: Any) -> None:
        self.session, self.options = session, options
        self._dead: frozenset[str] = frozenset()
        self._made: set[str] = set()

    @classmethod
    def connect(cls, options: AwsVmOptions) -> VmStore:
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

    def list(self, selector: Selector) -> Sequence[VmState]:
        raw = list(instances(self.session, tags.where(aienv_fleet=selector.name)))
        dead = {i["InstanceId"] for i in raw if i["State"]["Name"] == "terminated"}
        self._dead |= dead
        shown = [i for i in raw if i["InstanceId"] not in dead - self._made]
        disks = self._root_disks(selector.name, shown) if selector.detail and shown else {}
        states = (from_api(i, self.session.region) for i in shown)
        return in_order(dataclasses.replace(s, **with_disk(disks[s.id])) if s.id in disks else s for s in states)

    def _root_disks(self, fleet: str, raw: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
        """By instance, with one call for the whole fleet. An image may bring more disks than the one it boots from."""
        roots = {(i["InstanceId"], i.get("RootDeviceName")) for i in raw}
        return {
            attachment["InstanceId"]: volume
            for volume in self.session.pages(
                "describe_volumes", "Volumes", Filters=tags.where(aienv_fleet=fleet), MaxResults=PAGE
            )
            for attachment in volume.get("Attachments", ())
            if (attachment["InstanceId"], attachment.get("Device")) in roots
        }

    # create

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        """A candidate without a zone stands for each zone of the network, in order; every word is looked up by now."""
        if not all(candidate.machine_type for candidate in wanted):
            raise InvalidOption(
                "machine_type", None, "a VM of this fleet has to be made, which takes an image and a machine_type"
            )
        found = [
            dataclasses.replace(candidate, zone=zone)
            for candidate in wanted
            for zone in ([candidate.zone] if candidate.zone else sorted(self.site.subnets))
        ]
        for candidate in found:
            self.site.place(candidate)
        return found

    def create(self, specs: Sequence[Spec], candidate: Candidate) -> Outcome:
        made: list[VmState] = []
        for run in gap_free(specs):
            try:
                made += self._launch(run, candidate)
            except CloudError as error:
                return Outcome(tuple(made), error)
        return Outcome(tuple(made))

    def _launch(self, run: Sequence[Spec], candidate: Candidate) -> list[VmState]:
        options = run[0].options
        own = tags.member_tags(options, run[0].key, self.site.login, datetime.datetime.now(datetime.UTC))  # type: ignore[arg-type]
        request = to_request(run, candidate, self.site.place(candidate), own)
        epoch = _digest(*sorted(self._dead))
        while not (raw := self._run_instances(request, client_token(request, epoch))):
            # The token belongs to VMs of an earlier life that are not listed any more. The chain of epochs is always
            # the same one, so a run that repeats this one ends at the same token.
            epoch = _digest(epoch)
        self._made |= {i["InstanceId"] for i in raw}
        return [from_api(i, self.session.region) for i in raw]

    def _run_instances(self, request: Mapping[str, Any], token: str) -> Sequence[Mapping[str, Any]]:
        """The VMs that the token stands for; none if they were terminated since.

        https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html (read 2026-11)
        """
        try:
            answer = self.session.call("run_instances", ClientToken=token, **request)["Instances"]
        except CloudError as error:
            if "IdempotentInstanceTerminated" in error.detail:
                return ()
            # Only the time of expiry is outside the token: the request was accepted an hour or more ago.
            if "IdempotentParameterMismatch" not in error.detail:
                raise
            answer = list(instances(self.session, [{"Name": "client-token", "Values": [token]}]))
        dead = any(i["State"]["Name"] in ("terminated", "shutting-down") for i in answer)
        return () if dead else answer

    # change

    def change(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Outcome:
        try:
            self._power(changes)
            self._tag(changes)
            self.session.together(call for state, wanted in changes for call in self._single_calls(state, wanted))
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def _power(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> None:
        operations = {"running": "start_instances", "stopped": "stop_instances", "restarted": "reboot_instances"}
        for word, operation in operations.items():
            ids = [state.id for state, wanted in changes if wanted.get("state") == word]
            if ids:
                self.session.call(operation, InstanceIds=ids)

    def _tag(self, changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> None:
        """VMs that get the same tags share a call."""
        groups: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
        for state, wanted in changes:
            groups[tuple(sorted(mark.changed_marks(wanted).items()))].append(state.id)
        for new, ids in groups.items():
            if new:
                self.session.call("create_tags", Resources=ids, Tags=tags.as_tags(dict(new)))

    def _single_calls(self, state: VmState, wanted: Mapping[str, Any]) -> Iterator[Callable[[], Any]]:
        """What EC2 changes one VM at a time only."""
        if "machine_type" in wanted:
            value = {"Value": wanted["machine_type"]}
            yield partial(self.session.call, "modify_instance_attribute", InstanceId=state.id, InstanceType=value)
        if "firewalls" in wanted:
            # By interface: EC2 refuses it by instance where there are several.
            operation, groups = "modify_network_interface_attribute", list(self.site.group_ids(wanted["firewalls"]))
            for interface in state.interfaces:
                yield partial(self.session.call, operation, NetworkInterfaceId=interface, Groups=groups)
        disk = {"Size": wanted.get("disk_gb"), "VolumeType": wanted.get("disk_type")}
        disk = {name: value for name, value in disk.items() if value is not None}
        if disk:
            yield partial(self.session.call, "modify_volume", VolumeId=state.disk_id, **disk)

    def restart_suffices(self, _changes: Sequence[tuple[VmState, Mapping[str, Any]]]) -> Collection[str]:
        """EC2 changes the machine type of a stopped VM only."""
        return ()

    # delete

    def delete(self, states: Sequence[VmState]) -> Outcome:
        """Disks and interfaces were made to go with their VM."""
        ids = [state.id for state in states]
        self._made -= set(ids)
        try:
            self._terminate(ids)
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _terminate(self, ids: Sequence[str]) -> None:
        """EC2 refuses the whole call for one id that it does not know any more; the others must go all the same."""
        while ids:
            try:
                self.session.call("terminate_instances", InstanceIds=list(ids))
            except CloudError as error:
                gone = set(INSTANCE_ID.findall(error.detail)) & set(ids)
                if error.code != "not_found" or not gone:
                    raise
                ids = [one for one in ids if one not in gone]
            else:
                return


def _digest(*words: str) -> str:
    return hashlib.sha256(",".join(words).encode()).hexdigest()


def instances(session: AwsSession, filters: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """All instances that the filters let through, also terminated ones while EC2 still lists them."""
    for reservation in session.pages("describe_instances", "Reservations", Filters=list(filters), MaxResults=PAGE):
        yield from reservation["Instances"]


def find(options: AwsVmInfoOptions) -> Sequence[VmState]:
    """What `aws_vm_info` shows: one fleet, or all VMs of all fleets in the region."""
    if options.name and not NAME.fullmatch(options.name):
        raise InvalidOption("name", options.name, "the name of a fleet is expected")
    session = connect(options)
    filters = tags.where(aienv_fleet=options.name) if options.name else [{"Name": "tag-key", "Values": [mark.FLEET]}]
    states = (
        from_api(raw, session.region) for raw in instances(session, filters) if raw["State"]["Name"] != "terminated"
    )
    return in_order(states)


RESOURCE = Resource("vms", AwsVmOptions, VmStore.connect, vm_result, diff_view)
INFO = Info("vms", AwsVmInfoOptions, find, vm_result)
