"""RunInstances: the counts, the place, the disks and interfaces, and what moto forgets of them.

Moto makes the instances; before that the request is checked and completed as EC2 would (rules), and
after it moto's own records get the fields that moto read and dropped.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from sandbox.aws import faultmap, launch_rules, lifecycle, reservations, spot, tokens
from sandbox.aws.call import Call
from sandbox.aws.instances import grouped, view
from sandbox.aws.wire import View


@dataclass(frozen=True)
class Spec:
    """A completed launch: the parameters for moto, and what the request means."""

    params: dict[str, Any]
    market: str
    zone: str
    least: int
    most: int

    @property
    def instance_type(self) -> str:
        """The machine type."""
        return str(self.params.get("InstanceType", "m1.small"))


def run(call: Call) -> Any:
    """RunInstances."""
    earlier = tokens.recall(call)
    if earlier is not None:
        return _answer(call, earlier)
    spec = complete(call)
    facts = lifecycle.facts(spec.instance_type, spec.zone, spec.market, call)
    room = launch_rules.free_addresses(call, spec.params, spec.least, spec.most)
    place = reservations.target(call, spec.params, spec.zone, spec.least)
    if place is not None:
        room = min(room, place["AvailableInstanceCount"])
    call.stop_if_dry_run()
    count = faultmap.launchable(call.state.faults, min(spec.most, room), spec.least, facts)
    params = {**spec.params, "MinCount": count, "MaxCount": count}
    reservation = call.moto(params)
    call.state.faults.use(count, **facts)
    living = call.state.faults.take("partial", **facts)
    for number, instance in enumerate(reservation.instances):
        instance.reservation = reservation
        annotate(call, instance, params)
        if place is not None:
            _occupy(instance, place)
        lifecycle.boot(call, instance, die=living is not None and number >= living.count)
    tokens.keep(call, call.params, reservation)
    return _answer(call, reservation)


def _answer(call: Call, reservation: Any) -> View:
    """The reservation with its instances' states of now; moto's serialiser says pending to all of them."""
    members = []
    for instance in reservation.instances:
        shown = view(call, instance)
        state = {"Name": instance.state, "Code": instance.state_code}
        fresh = instance.state == "running" and not getattr(instance, "answered", False)
        if fresh:
            state = {"Name": "pending", "Code": 0}
        instance.answered = True
        # Under the name that moto's transformer of the RunInstances answer does not get to see.
        members.append(View(shown, instance_state=state, state=state))
    return grouped(members)[0]


def complete(call: Call) -> Spec:
    """Check a request and fill in what EC2 fills in. Raises ApiError; changes nothing."""
    params = copy.deepcopy(call.params)
    least, most = launch_rules.counts(params)
    launch_rules.from_template(call, params)
    image = launch_rules.image(call, params)
    launch_rules.machine_type(call, params, image)
    launch_rules.key_pair(call, params)
    launch_rules.interfaces(call, params)
    market = params.get("InstanceMarketOptions", {}).get("MarketType")
    word = faultmap.MARKETS.get(market or "", "on_demand")
    if params.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget"):
        word = "reserved"
    zone = launch_rules.subnet(call, params, word)
    launch_rules.groups(call, params)
    launch_rules.placement(call, params)
    launch_rules.disks(params, image)
    return Spec(params, word, zone, least, most)


def _occupy(instance: Any, place: Any) -> None:
    place["AvailableInstanceCount"] -= 1
    instance.capacity_reservation_id = place["CapacityReservationId"]
    if place["ReservationType"] == "capacity-block":
        instance.capacity_block_id = place["CapacityBlockId"]


def annotate(call: Call, instance: Any, params: dict[str, Any]) -> None:
    """Put on moto's records what moto read and dropped."""
    instance.client_token = params.get("ClientToken", "")
    instance.disable_api_termination = params.get("DisableApiTermination", False)
    instance.placement.group_name = params.get("Placement", {}).get("GroupName", "")
    instance.placement.tenancy = params.get("Placement", {}).get("Tenancy", "default")
    instance.capacity_reservation_specification = _specification(params)
    instance.platform_details, instance.ena_support = "Linux/UNIX", True
    options = params.get("InstanceMarketOptions", {})
    market = options.get("MarketType")
    instance.lifecycle = market
    if market == "spot":
        spot.record(call, instance, options.get("SpotOptions", {}))
    if params.get("CpuOptions"):
        instance.cpu_options = params["CpuOptions"]
    _annotate_interfaces(instance, params)
    _annotate_disks(call, instance, params)


def _specification(params: dict[str, Any]) -> dict[str, Any]:
    given = params.get("CapacityReservationSpecification", {})
    if given.get("CapacityReservationTarget"):
        return {"CapacityReservationTarget": given["CapacityReservationTarget"]}
    return {"CapacityReservationPreference": given.get("CapacityReservationPreference", "open")}


def _annotate_interfaces(instance: Any, params: dict[str, Any]) -> None:
    asked = {n.get("DeviceIndex", 0): n for n in params.get("NetworkInterfaces", [])}
    tags = launch_rules.tags_for(params, "network-interface")
    instance.network_cards = {}
    for number, nic in instance.nics.items():
        wish = asked.get(number, {})
        if wish.get("NetworkInterfaceId"):
            continue
        nic.delete_on_termination = wish.get("DeleteOnTermination", True)
        nic.interface_type = wish.get("InterfaceType", "interface")
        instance.network_cards[number] = wish.get("NetworkCardIndex", 0)
        if number:
            _address(instance, nic)
        if tags:
            nic.add_tags(tags)
    # With interfaces in the request moto leaves the instance's own list of groups empty.
    instance.security_groups = instance.security_groups or list(instance.nics[0]._group_set)


def _address(instance: Any, nic: Any) -> None:
    """Moto gives further interfaces a random address that may be taken: take the subnet's next one."""
    nic.private_ip_address = nic.subnet.get_available_subnet_ip(instance)
    nic.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": nic.private_ip_address}]


def _annotate_disks(call: Call, instance: Any, params: dict[str, Any]) -> None:
    asked = {m["DeviceName"]: m.get("Ebs", {}) for m in call.params.get("BlockDeviceMappings", [])}
    given = {m["DeviceName"]: m.get("Ebs", {}) for m in params.get("BlockDeviceMappings", [])}
    for name, disk in instance.block_device_mapping.items():
        wish = {**given.get(name, {}), **asked.get(name, {})}
        volume = call.backend.volumes[disk.volume_id]
        volume.volume_type = wish.get("VolumeType") or volume.volume_type
        iops, throughput = launch_rules.speed(volume.volume_type, volume.size)
        volume.iops = wish.get("Iops") or iops
        volume.throughput = wish.get("Throughput") or throughput
        volume.attachment.delete_on_termination = disk.delete_on_termination


HANDLERS = {"RunInstances": run}
