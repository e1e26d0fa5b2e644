"""ModifyInstanceAttribute: what needs a stopped instance, and what has to exist."""

from __future__ import annotations

from typing import Any

from sandbox.aws import launch_rules
from sandbox.aws.call import Call
from sandbox.aws.instances import pick
from sandbox.aws.wire import ApiError

# docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
NEED_STOPPED = ("InstanceType", "Kernel", "Ramdisk", "UserData", "EbsOptimized", "SriovNetSupport", "EnaSupport")


def attribute(call: Call) -> Any:
    """ModifyInstanceAttribute."""
    instance = pick(call, [call.params.get("InstanceId", "")])[0]
    if instance.state in ("shutting-down", "terminated"):
        raise ApiError("IncorrectInstanceState", f"The instance '{instance.id}' is in the state {instance.state}.")
    wanted = _wanted(call.params)
    for name in NEED_STOPPED:
        if name in wanted and instance.state != "stopped":
            word = name[0].lower() + name[1:]
            raise ApiError(
                "IncorrectInstanceState",
                f"The instance '{instance.id}' is not in the 'stopped' state. Its {word} attribute cannot be modified.",
            )
    if "InstanceType" in wanted:
        _retype(call, instance, wanted["InstanceType"])
    if "Groups" in call.params:
        return _regroup(call, instance)
    return call.moto()


def _wanted(params: dict[str, Any]) -> dict[str, Any]:
    """The attributes by name: EC2 has two ways to write them."""
    named = params.get("Attribute")
    found = {named[0].upper() + named[1:]: params.get("Value")} if named else {}
    for name, value in params.items():
        if name not in ("InstanceId", "Attribute", "Value", "DryRun"):
            found[name] = value.get("Value") if isinstance(value, dict) else value
    return found


def _retype(call: Call, instance: Any, name: str) -> None:
    if instance.lifecycle == "spot":
        raise ApiError("UnsupportedOperation", "The instance type of a Spot Instance cannot be changed.")
    try:
        info = launch_rules.type_info(call, name)
    except ApiError as error:
        message = f"The instance type '{name}' does not exist"
        raise ApiError("InvalidInstanceAttributeValue", message) from error
    if instance.architecture not in info["ProcessorInfo"]["SupportedArchitectures"]:
        raise ApiError(
            "InvalidParameterValue",
            f"The architecture of '{name}' does not match the architecture '{instance.architecture}' of the instance.",
        )


def _regroup(call: Call, instance: Any) -> dict[str, Any]:
    """Replace the groups of the first interface too; moto changes only its list for the instance."""
    groups = []
    for name in call.params["Groups"]:
        group = call.backend.get_security_group_from_id(name)
        if group is None:
            raise ApiError("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
        if group.vpc_id != instance.vpc_id:
            raise ApiError("InvalidParameter", f"Security group {name} belongs to another network.")
        groups.append(group)
    if not groups:
        raise ApiError("InvalidParameterValue", "An instance needs at least one security group.")
    call.stop_if_dry_run()
    instance.security_groups = groups
    instance.nics[0]._group_set = list(groups)
    return {}


def interface(call: Call) -> Any:
    """ModifyNetworkInterfaceAttribute: an interface's groups are its instance's, if it is the first."""
    result = call.moto()
    nic = call.backend.get_network_interface(call.params["NetworkInterfaceId"])
    if call.params.get("Groups") and nic.instance is not None and nic.device_index == 0:
        nic.instance.security_groups = list(nic._group_set)
    return result


HANDLERS = {"ModifyInstanceAttribute": attribute, "ModifyNetworkInterfaceAttribute": interface}
