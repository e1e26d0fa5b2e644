"""What the compute provider refuses of a VM before anything is made, in the order in which it looks."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.azure import images, kinds, placement, sizes
from sandbox.azure.call import Call
from sandbox.azure.errors import ArmError, bad_request, invalid_parameter, property_change, resource_missing
from sandbox.azure.images import Image
from sandbox.azure.locations import zones_of
from sandbox.azure.nics import NAME as NIC
from sandbox.azure.sizes import Size
from sandbox.azure.ssh_keys import check_key
from sandbox.azure.store import Resource

NAME = "Microsoft.Compute/virtualMachines"
#: Names of administrators that Azure does not take (Microsoft's FAQ on Linux VMs).
FORBIDDEN_NAMES = frozenset(
    [
        "1",
        "123",
        "a",
        "actuser",
        "adm",
        "admin",
        "admin1",
        "admin2",
        "administrator",
        "aspnet",
        "backup",
        "console",
        "david",
        "guest",
        "john",
        "owner",
        "root",
        "server",
        "sql",
        "support",
        "support_388945a0",
        "sys",
        "test",
        "test1",
        "test2",
        "test3",
        "user",
        "user1",
        "user2",
        "user3",
        "user4",
        "user5",
    ]
)
MOST_CUSTOM_DATA = 87380
IMAGE_GIB = 30


def check_size(call: Call, name: str, location: str, zones: list[str] | None, vm_id: str) -> Size:
    """The size, if it is to be had there. Raises ArmError."""
    size = sizes.find(name)
    if size is None:
        valid = ", ".join(one.name for one in list(sizes.all_sizes().values())[:20])
        text = f"The value {name} provided for the VM size is not valid. The valid sizes in the current region are: {valid}. Find out more on the valid VM sizes in each region at https://aka.ms/azure-regions."
        raise invalid_parameter("vmSize", text)
    blocked = location not in size.places or size.restricted(location) == ()
    if blocked or (zones and not set(zones) <= set(size.zones(location))):
        raise sku_not_available(vm_id, location, zones, call.subscription)
    return size


def sku_not_available(vm_id: str, location: str, zones: list[str] | None, subscription: str) -> ArmError:
    text = (
        f"The requested size for resource '{vm_id}' is currently not available in location '{location}' zones "
        f"'{','.join(zones or ())}' for subscription '{subscription}'. Please try another size or deploy to a different "
        "location or zones. See https://aka.ms/azureskunotavailable for details."
    )
    return ArmError("SkuNotAvailable", text, 409)


def check_zones(zones: list[str] | None, location: str) -> None:
    if zones and len(zones) > 1:
        raise invalid_parameter("zones", "A virtual machine can be in one availability zone only.")
    for zone in zones or ():
        if zone not in zones_of(location):
            known = ", ".join(zones_of(location))
            text = f"The zone(s) '{zone}' for resource are not supported. The supported zones for location '{location}' are '{known}'."
            raise ArmError("InvalidAvailabilityZone" if known else "AvailabilityZoneNotSupported", text)


def check_image(storage: dict[str, Any], size: Size, security: dict[str, Any]) -> tuple[Image, str]:
    """The image and its exact version, if such a VM boots it. Raises ArmError."""
    reference = storage.get("imageReference")
    if not reference:
        raise invalid_parameter("imageReference", "Required parameter 'imageReference' is missing (null).")
    if "publisher" not in reference:
        named = reference.get("id", "")
        raise ArmError("ImageNotFound", f"The image '{named}' was not found.", 404, target="imageReference")
    image, exact = images.resolve(reference)
    if image.generation not in size.generations:
        number = image.generation[1:]
        text = (
            f"The selected VM size '{size.name}' cannot boot Hypervisor Generation '{number}'. If this was a Create operation "
            "please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM "
            f"Size. If this was an Update operation please select a Hypervisor Generation '{number}' VM Size. For more "
            "information, see https://aka.ms/azuregen2vm"
        )
        raise bad_request(text)
    if image.architecture != size.architecture:
        text = (
            f"Cannot create a VM of size '{size.name}' because this VM size only supports a CPU Architecture of "
            f"'{size.architecture}', but an image or disk with CPU Architecture '{image.architecture}' was given. Please "
            "check that the CPU Architecture of the image or disk is compatible with that of the VM size."
        )
        raise bad_request(text)
    check_security(image.generation, size, security)
    return image, exact


def check_security(generation: str, size: Size, security: dict[str, Any]) -> None:
    """Trusted launch wants a generation 2 image and a size that has it."""
    kind = security.get("securityType")
    if kind in (None, "Standard"):
        if security.get("uefiSettings") and kind is None:
            raise bad_request("The 'uefiSettings' of the security profile need a 'securityType'.")
        return
    if kind == "ConfidentialVM" or not size.trusted:
        text = f"The VM size '{size.name}' is not supported for creation of VMs and Virtual Machine Scale Set with '{kind}' security type."
        raise invalid_parameter("vmSize", text)
    if generation == "V1":
        text = (
            "Use of TrustedLaunch setting is not supported for the provided image. Please select Trusted Launch Supported "
            "Gen2 OS Image. For more information, see https://aka.ms/TrustedLaunch-FAQ."
        )
        raise bad_request(text)


def check_spot(properties: dict[str, Any], size: Size) -> None:
    spot = properties.get("priority") == "Spot"
    if not spot and "evictionPolicy" in properties:
        raise invalid_parameter("evictionPolicy", "Eviction policy can be set only on Azure Spot Virtual Machines.")
    price = properties.get("billingProfile", {}).get("maxPrice")
    if price is not None and not spot:
        raise invalid_parameter("billingProfile.maxPrice", "Max price can be set only on Azure Spot Virtual Machines.")
    if price is not None and price != -1 and price <= 0:
        raise invalid_parameter("billingProfile.maxPrice", "The max price must be -1 or greater than 0.")
    if spot and not size.spot:
        raise ArmError(
            "SpotVMSizeNotSupported", f"The VM size '{size.name}' is not supported for Azure Spot Virtual Machines."
        )
    if spot and "capacityReservation" in properties:
        raise bad_request("Azure Spot Virtual Machines cannot use capacity reservations.")


def check_os_profile(properties: dict[str, Any], image: Image) -> None:
    """The computer's name, the administrator, the keys. Passwords are looked at only for being there."""
    profile = properties.get("osProfile")
    if profile is None:
        raise invalid_parameter("osProfile", "Required parameter 'osProfile' is missing (null).")
    for name in ("computerName", "adminUsername"):
        if not profile.get(name):
            raise invalid_parameter(f"osProfile.{name}", f"Required parameter 'osProfile.{name}' is missing (null).")
    if profile["adminUsername"].lower() in FORBIDDEN_NAMES:
        text = "The Admin Username specified is not allowed. For more information about disallowed usernames, see https://aka.ms/vmosprofile"
        raise invalid_parameter("adminUsername", text)
    limit = 15 if image.windows else 64
    if len(profile["computerName"]) > limit or profile["computerName"].endswith((".", "-")):
        text = f"Linux host name cannot exceed {limit} characters in length or contain the following characters: ` ~ ! @ # $ % ^ & * ( ) = + _ [ ] {{ }} \\ | ; : ' \" , < > / ?."
        raise invalid_parameter("computerName", text)
    if not image.windows:
        _check_linux(profile)
    _check_base64(profile.get("customData"), "customData", "Custom data in OSProfile")
    _check_base64(properties.get("userData"), "userData", "User data")


def _check_linux(profile: dict[str, Any]) -> None:
    linux = profile.get("linuxConfiguration", {})
    keys = linux.get("ssh", {}).get("publicKeys", [])
    if linux.get("disablePasswordAuthentication") and "adminPassword" in profile:
        raise invalid_parameter("adminPassword", "Password authentication is disabled, but an admin password is given.")
    if not keys and "adminPassword" not in profile:
        text = "Authentication using either SSH or by user name and password must be enabled in Linux profile. For more information, see https://aka.ms/vmosprofile"
        raise invalid_parameter("linuxConfiguration", text)
    wanted = f"/home/{profile['adminUsername']}/.ssh/authorized_keys"
    for key in keys:
        if key.get("path") != wanted:
            text = f"Destination path for SSH public keys is currently limited to its default value {wanted} due to a known issue in Linux provisioning agent."
            raise invalid_parameter("linuxConfiguration.ssh.publicKeys.path", text)
        check_key(key.get("keyData", ""), "linuxConfiguration.ssh.publicKeys.keyData")


def _check_base64(value: str | None, target: str, title: str) -> None:
    if value is None:
        return
    try:
        base64.b64decode(value, validate=True)
        fits = len(value) <= MOST_CUSTOM_DATA
    except (ValueError, binascii.Error):
        fits = False
    if not fits:
        text = f"{title} must be in Base64 encoding and with a maximum length of {MOST_CUSTOM_DATA} characters."
        raise invalid_parameter(target, text)


def check_nics(call: Call, properties: dict[str, Any], vm_id: str, location: str, size: Size) -> None:
    """Raises ArmError where a VM cannot have the interfaces that it names."""
    listed = properties.get("networkProfile", {}).get("networkInterfaces", [])
    if not listed and not properties.get("networkProfile", {}).get("networkInterfaceConfigurations"):
        raise invalid_parameter("networkProfile", "Required parameter 'networkProfile' is missing (null).")
    primary = [one for one in listed if one.get("properties", {}).get("primary")]
    if len(listed) > 1 and len(primary) != 1:
        text = f"Virtual machine {vm_id} must have one network interface set as the primary."
        raise ArmError("VirtualMachineMustHaveOneNetworkInterfaceAsPrimary", text)
    for one in listed:
        nic = call.state.store.get(one.get("id"))
        if nic is None or nic.kind != NIC:
            at = one.get("id", "").split("/")
            raise resource_missing(NIC, at[-1], at[4] if len(at) > 4 else "")
        kinds.check_idle(call, nic)
        check_nic(nic, vm_id, location, size)


def check_nic(nic: Resource, vm_id: str, location: str, size: Size) -> None:
    if nic.body["location"] != location:
        text = f"Resource {nic.id} referenced by resource {vm_id} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region."
        raise ArmError("InvalidResourceReference", text)
    holder = nic.properties.get("virtualMachine", {}).get("id", vm_id)
    if holder.lower() != vm_id.lower():
        text = f"Network Interface {nic.id} is used by existing resource {holder}."
        raise ArmError("NicInUse", text)
    if nic.properties["enableAcceleratedNetworking"] and not size.accelerated:
        text = f"The VM size '{size.name}' does not support accelerated networking, which is enabled on network interface {nic.id}."
        raise ArmError("VMSizeIsNotPermittedToEnableAcceleratedNetworking", text)


def check_placement(call: Call, properties: dict[str, Any], size: Size, zones: list[str] | None) -> None:
    proximity = properties.get("proximityPlacementGroup", {}).get("id")
    if proximity and call.state.store.get(proximity) is None:
        raise ArmError("NotFound", f"Proximity placement group {proximity} is not found.", 404)
    reserved = properties.get("capacityReservation", {}).get("capacityReservationGroup", {}).get("id")
    if reserved:
        placement.check_reserved(call.state, reserved, size.name, zones)


#: What of a VM is fixed when it is made, as paths of its properties.
FIXED = (
    ("osProfile", "computerName"), ("osProfile", "adminUsername"), ("osProfile", "customData"),
    ("osProfile", "linuxConfiguration", "ssh"), ("storageProfile", "imageReference"), ("storageProfile", "osDisk", "name"),
    ("storageProfile", "osDisk", "createOption"), ("priority",), ("availabilitySet",),
)  # fmt: skip


def check_change(vm: Resource, given: dict[str, Any], zones: list[str] | None) -> None:
    """Raises ArmError where an update changes what is fixed; what it leaves out stays."""
    if zones is not None and zones != vm.body.get("zones", []):
        raise property_change("zones")
    for path in FIXED:
        wanted, had = _at(given, path), _at(vm.properties, path)
        if path[-1] == "imageReference" and isinstance(wanted, dict) and isinstance(had, dict):
            wanted, had = ({name: one.get(name) for name in ("publisher", "offer", "sku")} for one in (wanted, had))
        if path[-1] == "customData":
            had = vm.hidden.get("customData")
        if path[-1] == "priority":
            had = had or "Regular"
        if wanted is not None and wanted != had:
            raise property_change(".".join(path if path[0] != "storageProfile" else path[1:]))
    if given.get("securityProfile", {}).get("securityType", "same") not in (
        "same",
        _at(vm.properties, ("securityProfile", "securityType")),
    ):
        raise property_change("securityProfile.securityType")


def _at(properties: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = properties
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found
