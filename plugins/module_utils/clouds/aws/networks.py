# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store of networks: a VPC with a subnet per zone, an internet gateway and the route to it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...model import mark
from ...model.error import CloudError
from ...model.network import DEFAULT_CIDR, NetworkState, Subnet, diff_view, network_result
from ...model.resource import Candidate, Outcome, Selector, Spec
from ..interface import Resource
from . import tags
from .options import AwsNetworkOptions
from .session import AwsSession, connect
from .site import check_zones

INTERNET = "0.0.0.0/0"


class NetworkStore:
    """One network, made part by part in order and taken down in reverse, from whatever state it is in."""

    def __init__(self, session: AwsSession, options: AwsNetworkOptions) -> None:
        self.session, self.options = session, options

    @classmethod
    def connect(cls, options: AwsNetworkOptions) -> NetworkStore:
        session = connect(options)
        check_zones(session.region, options)
        return cls(session, options)

    def list(self, selector: Selector) -> Sequence[NetworkState]:
        own = tags.where(aienv_network=selector.name)
        vpcs = self.session.call("describe_vpcs", Filters=own)["Vpcs"]
        if not vpcs:
            return []
        by_vpc = [{"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs]}]
        subnets = list(self.session.pages("describe_subnets", "Subnets", Filters=by_vpc))
        gateways = self.session.call("describe_internet_gateways", Filters=own)["InternetGateways"]
        tables = self.session.call(
            "describe_route_tables", Filters=[*by_vpc, {"Name": "association.main", "Values": ["true"]}]
        )
        return [
            from_api(vpc, subnets, gateways, tables["RouteTables"], self.session.region, self.options.zones)
            for vpc in vpcs
        ]

    def candidates(self, wanted: Sequence[Candidate]) -> Sequence[Candidate]:
        return wanted

    def create(self, specs: Sequence[Spec], _candidate: Candidate) -> Outcome:
        made = []
        try:
            for spec in specs:
                made.append(self._vpc(spec))
                self._complete(made[-1])
        except CloudError as error:
            # Listed anew, so that taking it back finds the parts that were made.
            return Outcome(tuple(self.list(Selector(self.options.name))) if made else (), error)
        return Outcome(tuple(made))

    def _vpc(self, spec: Spec) -> NetworkState:
        zones = self.options.zones or self._all_zones()
        # The zones are recorded first: a run that breaks off leaves behind what the next one has to complete.
        own = self._tagged("vpc", **{tags.ZONES: " ".join(zones)})
        raw = self.session.call("create_vpc", CidrBlock=spec.options.cidr or DEFAULT_CIDR, TagSpecifications=own)["Vpc"]
        return from_api(raw | {"Tags": own[0]["Tags"]}, [], [], [], self.session.region, zones)

    def _tagged(self, kind: str, **more: str) -> list[dict[str, Any]]:
        name = self.options.name
        own = {"Name": name, **(self.options.labels or {}), mark.NETWORK: name, **more}
        return [{"ResourceType": kind, "Tags": tags.as_tags(own)}]

    def _complete(self, network: NetworkState) -> None:
        """Add what is missing: names, subnets, then the gateway, then the route through it."""
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.session.call("modify_vpc_attribute", VpcId=network.id, **{attribute: {"Value": True}})
        there = {subnet.zone for subnet in network.subnets}
        for zone, cidr in carve(network.cidr, [zone for zone in network.zones if zone not in there], network.taken):
            self.session.call(
                "create_subnet",
                VpcId=network.id,
                AvailabilityZone=zone,
                CidrBlock=cidr,
                TagSpecifications=self._tagged("subnet"),
            )
        gateway = self._gateway(network)
        if "route" in network.missing:
            table = network.route_table_id or self._main_table(network.id)
            self._route(table, gateway)

    def _route(self, table: str, gateway: str) -> None:
        """A default route that leads elsewhere, or to a gateway that is gone, is turned to ours."""
        route = {"RouteTableId": table, "DestinationCidrBlock": INTERNET, "GatewayId": gateway}
        try:
            self.session.call("create_route", **route)
        except CloudError as error:
            if "RouteAlreadyExists" not in error.detail:
                raise
            self.session.call("replace_route", **route)

    def _all_zones(self) -> list[str]:
        filters = [{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
        found = self.session.call("describe_availability_zones", Filters=filters)["AvailabilityZones"]
        return sorted(zone["ZoneName"] for zone in found)

    def _gateway(self, network: NetworkState) -> str:
        """The gateway's id. One that a broken run made but did not attach is used before a new one is made."""
        if "gateway" not in network.missing:
            return str(network.gateway_id)
        own = self._tagged("internet-gateway")
        gateway_id = network.gateway_id or str(
            self.session.call("create_internet_gateway", TagSpecifications=own)["InternetGateway"]["InternetGatewayId"]
        )
        self.session.call("attach_internet_gateway", InternetGatewayId=gateway_id, VpcId=network.id)
        return gateway_id

    def _main_table(self, vpc_id: str) -> str:
        filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "association.main", "Values": ["true"]}]
        found = self.session.call("describe_route_tables", Filters=filters)["RouteTables"]
        if not found:
            detail = f"{vpc_id} shows no route table yet; run again to complete the network"
            raise CloudError("not_found", detail, "aws", "describe_route_tables")
        return str(found[0]["RouteTableId"])

    def change(self, changes: Sequence[tuple[NetworkState, Mapping[str, Any]]]) -> Outcome:
        try:
            for state, wanted in changes:
                if "missing" in wanted:
                    self._complete(state)
                if wanted.get("labels"):
                    ids = [
                        state.id,
                        *(subnet.id for subnet in state.subnets),
                        *([state.gateway_id] if state.gateway_id else []),
                    ]
                    self.session.call("create_tags", Resources=ids, Tags=tags.as_tags(wanted["labels"]))
        except CloudError as error:
            return Outcome(error=error)
        return Outcome(tuple(state for state, _wanted in changes))

    def delete(self, states: Sequence[NetworkState]) -> Outcome:
        """In reverse order of making; a part that is gone already is no obstacle, one that is in use is."""
        try:
            for state in states:
                self._refuse_in_use(state)
                for operation, params in self._teardown(state):
                    self._gone(lambda op=operation, p=params: self.session.call(op, **p))  # type: ignore[misc]
        except CloudError as error:
            if error.code == "in_use":
                error.detail = (
                    f"network '{states[0].name}' is still in use: delete its VMs and firewalls first; {error.detail}"
                )
            return Outcome(error=error)
        return Outcome(tuple(states))

    def _refuse_in_use(self, state: NetworkState) -> None:
        """Before the first part goes: half a network would be no use to those who are in it."""
        filters = [{"Name": "vpc-id", "Values": [state.id]}]
        found = self.session.pages("describe_network_interfaces", "NetworkInterfaces", Filters=filters)
        users = [nic.get("Attachment", {}).get("InstanceId") or nic["NetworkInterfaceId"] for nic in found]
        others = [*state.foreign, *sorted(users)]
        if others:
            raise CloudError("in_use", f"it holds {', '.join(others)}", "aws", "describe_network_interfaces")

    def _teardown(self, state: NetworkState) -> list[tuple[str, dict[str, str]]]:
        # Subnets first: if VMs still live there EC2 refuses, and their way to the internet is not yet cut.
        steps = [("delete_subnet", {"SubnetId": subnet.id}) for subnet in state.subnets]
        if state.gateway_id:
            if "route" not in state.missing and state.route_table_id:
                steps.append(("delete_route", {"RouteTableId": state.route_table_id, "DestinationCidrBlock": INTERNET}))
            if "gateway" not in state.missing:
                steps.append(("detach_internet_gateway", {"InternetGatewayId": state.gateway_id, "VpcId": state.id}))
            steps.append(("delete_internet_gateway", {"InternetGatewayId": state.gateway_id}))
        return [*steps, ("delete_vpc", {"VpcId": state.id})]

    def _gone(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except CloudError as error:
            if error.code != "not_found" and "Gateway.NotAttached" not in error.detail:
                raise


def carve(cidr: str, zones: Sequence[str], taken: Sequence[str]) -> list[tuple[str, str]]:
    """A sixteenth of the network for each zone, the first free ones in the order of the zones."""
    used = [ipaddress.ip_network(cidr_taken) for cidr_taken in taken]
    free = (part for part in ipaddress.ip_network(cidr).subnets(4) if not any(part.overlaps(other) for other in used))
    return [(zone, str(part)) for zone, part in zip(zones, free, strict=False)]


def from_api(
    vpc: Mapping[str, Any],
    subnets: Sequence[Mapping[str, Any]],
    gateways: Sequence[Mapping[str, Any]],
    tables: Sequence[Mapping[str, Any]],
    region: str,
    zones: Sequence[str] | None,
) -> NetworkState:
    """One VPC with its parts; `zones` are those that must have a subnet, else those recorded when it was made."""
    tagged = tags.as_dict(vpc.get("Tags"))
    wanted = tuple(zones or tagged.get(tags.ZONES, "").split())
    inside = [s for s in subnets if s["VpcId"] == vpc["VpcId"]]
    own = [s for s in inside if tags.as_dict(s.get("Tags")).get(mark.NETWORK) == tagged.get(mark.NETWORK)]
    attached = next((g for g in gateways if any(a["VpcId"] == vpc["VpcId"] for a in g.get("Attachments", ()))), None)
    gateway = attached or next((g for g in gateways if not g.get("Attachments")), None)
    table = next((t for t in tables if t["VpcId"] == vpc["VpcId"]), None)
    way_out = attached["InternetGatewayId"] if attached else ""
    routes = table["Routes"] if table else ()
    routed = any(r.get("DestinationCidrBlock") == INTERNET and r.get("GatewayId") == way_out for r in routes)
    covered = {s["AvailabilityZone"] for s in own}
    lacking = [f"subnet in {zone}" for zone in wanted if zone not in covered]
    lacking += ([] if attached else ["gateway"]) + ([] if routed else ["route"])
    return NetworkState(
        id=vpc["VpcId"],
        name=tagged.get(mark.NETWORK, ""),
        cloud="aws",
        region=region,
        cidr=vpc["CidrBlock"],
        subnets=tuple(
            sorted((Subnet(s["SubnetId"], s["AvailabilityZone"], s["CidrBlock"]) for s in own), key=lambda s: s.zone)
        ),
        zones=wanted,
        taken=tuple(s["CidrBlock"] for s in inside),
        foreign=tuple(s["SubnetId"] for s in inside if s not in own),
        missing=tuple(lacking),
        labels=tags.labels_of(tagged),
        gateway_id=gateway["InternetGatewayId"] if gateway else None,
        route_table_id=table["RouteTableId"] if table else None,
    )


RESOURCE = Resource("networks", AwsNetworkOptions, NetworkStore.connect, network_result, diff_view)
