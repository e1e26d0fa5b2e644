"""What EC2 checks and completes in a RunInstances request, one function a subject.

Each takes the call and a private copy of its parameters, changes the copy, and raises ApiError with
EC2's own code for what EC2 would refuse.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.aws import images, lifecycle
from sandbox.aws import placement as groups_of_placement
from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError

EFA = ("efa", "efa-only")
DEFAULT_TYPE = "m1.small"


def counts(params: dict[str, Any]) -> tuple[int, int]:
    """MinCount and MaxCount."""
    least, most = params.get("MinCount", 1), params.get("MaxCount", 1)
    for name, value in (("minCount", least), ("maxCount", most)):
        if value < 1:
            raise ApiError("InvalidParameterValue", f"Value ({value}) for parameter {name} is invalid. Minimum is 1.")
    if least > most:
        raise ApiError(
            "InvalidParameterCombination",
            f"The minimum instance count ({least}) must not be greater than the maximum instance count ({most})",
        )
    return least, most


def from_template(call: Call, params: dict[str, Any]) -> None:
    """Lay a launch template's image and type under the request, so that they are checked too."""
    named = params.get("LaunchTemplate")
    if named:
        data = call.backend._get_template_from_args(named).data
        for name in ("ImageId", "InstanceType", "KeyName"):
            if data.get(name) and not params.get(name):
                params[name] = data[name]


def image(call: Call, params: dict[str, Any]) -> Any:
    """The image, as moto holds it."""
    name = params.get("ImageId")
    if not name:
        raise ApiError("MissingParameter", "The request must contain the parameter ImageId")
    if not name.startswith("ami-"):
        raise ApiError("InvalidAMIID.Malformed", f'Invalid id: "{name}" (expecting "ami-...")')
    found = call.backend.amis.get(name)
    if found is None:
        raise ApiError("InvalidAMIID.NotFound", f"The image id '[{name}]' does not exist")
    if found.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{name}' is no longer available")
    return found


def type_info(call: Call, name: str) -> dict[str, Any]:
    """What DescribeInstanceTypes says about a type."""
    found = next((t for t in call.backend.instance_types if t["InstanceType"] == name), None)
    if found is None:
        raise ApiError("InvalidInstanceType.NotFound", f"The instance type '{name}' does not exist")
    return dict(found)


def machine_type(call: Call, params: dict[str, Any], image: Any) -> None:
    """The type exists, and its processor is the image's."""
    name = params.setdefault("InstanceType", DEFAULT_TYPE)
    if name == DEFAULT_TYPE:
        return
    supported = type_info(call, name)["ProcessorInfo"]["SupportedArchitectures"]
    if image.architecture and image.architecture not in supported:
        raise ApiError(
            "InvalidParameterValue",
            f"The architecture '{supported[-1]}' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching "
            "architectures, and try again.",
        )


def key_pair(call: Call, params: dict[str, Any]) -> None:
    """The key pair, if one is named. Moto's own switch for this refuses launches without any key."""
    name = params.get("KeyName")
    if name and all(pair.key_name != name for pair in call.backend.key_pairs.values()):
        raise ApiError("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")


def interfaces(call: Call, params: dict[str, Any]) -> None:
    """Network interfaces: cards, EFA, public addresses."""
    nics = params.get("NetworkInterfaces", [])
    if nics and (params.get("SubnetId") or params.get("SecurityGroupIds") or params.get("SecurityGroups")):
        what = "subnet ID" if params.get("SubnetId") else "security groups"
        raise ApiError(
            "InvalidParameterCombination",
            f"Network interfaces and an instance-level {what} may not be specified on the same request",
        )
    for nic in nics:
        nic.setdefault("DeviceIndex", 0)
        kind = nic.get("InterfaceType", "interface")
        if kind not in ("interface", *EFA):
            raise ApiError("InvalidParameterValue", f"Value ({kind}) for parameter interfaceType is invalid.")
    if len(nics) > 1 and any(nic.get("AssociatePublicIpAddress") for nic in nics):
        raise ApiError(
            "InvalidParameterCombination",
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple network "
            "interfaces.",
        )
    if nics and params["InstanceType"] != DEFAULT_TYPE:
        _cards(type_info(call, params["InstanceType"]), nics)
    for number, nic in enumerate(nics):
        # Moto knows one interface per device index; two cards may both carry an index 1.
        nic["DeviceIndex"] = number


def _cards(info: dict[str, Any], nics: list[dict[str, Any]]) -> None:
    name, network = info["InstanceType"], info["NetworkInfo"]
    if any(nic.get("InterfaceType") in EFA for nic in nics) and not network.get("EfaSupported"):
        raise ApiError("Unsupported", f"EFA interfaces are not supported on {name}")
    cards = network.get("MaximumNetworkCards", 1)
    for nic in nics:
        if nic.get("NetworkCardIndex", 0) >= cards:
            index = nic["NetworkCardIndex"]
            raise ApiError(
                "InvalidParameterValue", f"Network card index {index} is not valid for {name}, it has {cards}"
            )


def subnet(call: Call, params: dict[str, Any], market: str) -> str:
    """Settle the subnet, and return its zone. Without one EC2 takes a default subnet that has room."""
    nics = params.get("NetworkInterfaces", [])
    zone = params.get("Placement", {}).get("AvailabilityZone")
    named = params.get("SubnetId") or next((n["SubnetId"] for n in nics if n.get("SubnetId")), None)
    attached = next((n["NetworkInterfaceId"] for n in nics if n.get("NetworkInterfaceId")), None)
    if named:
        found = _subnet(call, named)
    elif attached:
        found = call.backend.get_network_interface(attached).subnet
    else:
        found = _default_subnet(call, zone, params["InstanceType"], market)
        if nics:
            for nic in nics:
                nic["SubnetId"] = found.id
        else:
            params["SubnetId"] = found.id
    if zone and zone != found.availability_zone:
        raise ApiError("InvalidParameterValue", f"The subnet '{found.id}' is not in the Availability Zone '{zone}'.")
    for nic in nics:
        if not nic.get("NetworkInterfaceId"):
            nic.setdefault("SubnetId", found.id)
    _fixed_address(params, found)
    return str(found.availability_zone)


def _subnet(call: Call, name: str) -> Any:
    for zones in call.backend.subnets.values():
        if name in zones:
            return zones[name]
    raise ApiError("InvalidSubnetID.NotFound", f"The subnet ID '{name}' does not exist")


def _default_subnet(call: Call, zone: str | None, machine: str, market: str) -> Any:
    if zone and all(z.name != zone for z in call.backend.describe_availability_zones()):
        raise ApiError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
    found = sorted(call.backend.get_default_subnets().items())
    fitting = [s for name, s in found if zone in (None, name)]
    if not fitting:
        raise ApiError("MissingInput", "No subnets found for the default VPC. Please specify a subnet.")
    for candidate in fitting:
        facts = lifecycle.facts(machine, candidate.availability_zone, market, call)
        if call.state.faults.peek("capacity", 1, **facts):
            return candidate
    return fitting[0]


def _fixed_address(params: dict[str, Any], subnet: Any) -> None:
    nics = params.get("NetworkInterfaces", [])
    address = params.get("PrivateIpAddress") or next(
        (n["PrivateIpAddress"] for n in nics if n.get("PrivateIpAddress")), None
    )
    if not address:
        return
    if params.get("MaxCount", 1) > 1:
        raise ApiError(
            "InvalidParameterCombination", "A private IP address cannot be specified with more than one instance."
        )
    if ipaddress.ip_address(address) not in subnet.cidr:
        raise ApiError("InvalidParameterValue", f"Address {address} does not fall within the subnet's address range")
    if address in subnet._subnet_ips:
        raise ApiError("InvalidIPAddress.InUse", f"Address {address} is in use.")


def free_addresses(call: Call, params: dict[str, Any], least: int, most: int) -> int:
    """How many instances the subnet has addresses for. Raises where that is less than `least`."""
    needs: dict[str, int] = {}
    for nic in params.get("NetworkInterfaces", []):
        if not nic.get("NetworkInterfaceId"):
            needs[nic["SubnetId"]] = needs.get(nic["SubnetId"], 0) + 1
    if params.get("SubnetId"):
        needs[params["SubnetId"]] = 1
    room = most
    for name, each in needs.items():
        free = _subnet(call, name).available_ip_address_count
        if free < least * each:
            raise ApiError(
                "InsufficientFreeAddressesInSubnet",
                f"There are not enough free addresses in subnet '{name}' to satisfy the requested number of instances.",
            )
        room = min(room, free // each)
    return room


def groups(call: Call, params: dict[str, Any]) -> None:
    """Security groups exist and are of the subnet's VPC."""
    home = params.get("SubnetId")
    asked = [(home, params.get("SecurityGroupIds", []))] if home else []
    asked += [(n.get("SubnetId"), n.get("Groups", [])) for n in params.get("NetworkInterfaces", [])]
    for subnet_id, names in asked:
        for name in names:
            found = call.backend.get_security_group_from_id(name)
            if found is None:
                raise ApiError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
            if subnet_id and found.vpc_id != _subnet(call, subnet_id).vpc_id:
                raise ApiError(
                    "InvalidParameter", f"Security group {name} and subnet {subnet_id} belong to different networks."
                )


def placement(call: Call, params: dict[str, Any]) -> None:
    """The placement group, if one is named, exists."""
    name = params.get("Placement", {}).get("GroupName")
    if name:
        groups_of_placement.find(call, name)


def disks(params: dict[str, Any], image: Any) -> None:
    """Complete the disks: the root disk as the image has it, unless the request says otherwise."""
    mappings = params.setdefault("BlockDeviceMappings", [])
    root = next((m for m in mappings if m.get("DeviceName") == image.root_device_name), None)
    if root is None:
        root = {"DeviceName": image.root_device_name}
        mappings.insert(0, root)
    smallest = snapshot_size(image)
    ebs = root.setdefault("Ebs", {})
    if ebs.setdefault("VolumeSize", smallest) < smallest:
        raise ApiError(
            "InvalidBlockDeviceMapping",
            f"Volume of size {ebs['VolumeSize']}GB is smaller than snapshot '{image.ebs_snapshot.id}', "
            f"expect size>= {smallest}GB",
        )
    ebs.setdefault("VolumeType", "gp3")
    ebs.setdefault("SnapshotId", image.ebs_snapshot.id)
    for mapping in mappings:
        _disk(mapping)


def _disk(mapping: dict[str, Any]) -> None:
    ebs = mapping.get("Ebs")
    if ebs is None:
        return
    # EC2's default for disks made at launch; moto's is to keep them.
    ebs.setdefault("DeleteOnTermination", True)
    kind = ebs.setdefault("VolumeType", "gp2")
    if ebs.get("Iops") and kind not in ("gp3", "io1", "io2"):
        raise ApiError("InvalidParameterCombination", f"The parameter iops is not supported for {kind} volumes.")
    if ebs.get("Throughput") and kind != "gp3":
        raise ApiError("InvalidParameterCombination", f"The parameter throughput is not supported for {kind} volumes.")
    if kind in ("io1", "io2"):
        if not ebs.get("Iops"):
            raise ApiError("MissingParameter", f"The parameter iops must be specified for {kind} volumes.")
        # Moto cannot make these at launch, because it drops their Iops: the type is put right after.
        ebs["VolumeType"] = "gp3"


def snapshot_size(image: Any) -> int:
    """The size of an image's root snapshot in GiB; moto has 15 for every image."""
    known = images.BY_ID.get(image.id)
    return known.disk_gb if known else int(image.ebs_snapshot.volume.size)


def speed(kind: str, size: int) -> tuple[int | None, int | None]:
    """The iops and throughput (MiB/s) that a disk has without asking for any."""
    if kind == "gp3":
        return 3000, 125
    return (min(16000, max(100, 3 * size)), None) if kind == "gp2" else (None, None)


def tags_for(params: dict[str, Any], kind: str) -> dict[str, str]:
    """The request's tags for one kind of resource."""
    found: dict[str, str] = {}
    for specification in params.get("TagSpecifications", []):
        if specification.get("ResourceType") == kind:
            found.update({t["Key"]: t.get("Value", "") for t in specification.get("Tags", [])})
    return found
