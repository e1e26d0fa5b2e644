"""Marketplace images: publishers, offers, SKUs, versions. All versions but the newest are older by a month each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sandbox.azure import locations
from sandbox.azure.call import Answer, Call
from sandbox.azure.errors import ArmError

#: publisher offer, then sku=generation/architecture of each; versions newest last. Names from the Azure Marketplace and
#: the recordings, 2026-11; the numbers of the versions are the sandbox's own but for those that recordings name.
TABLE = """
Debian debian-10 0.20240204.1647,0.20240430.1733 10=V1/x64 10-gen2=V2/x64
Debian debian-11 0.20230802.1460,0.20231013.1532 11=V1/x64 11-gen2=V2/x64 11-backports-gen2=V2/x64 11-arm64=V2/Arm64
Debian debian-12 0.20261006.2622,0.20261103.2650 12=V1/x64 12-gen2=V2/x64 12-arm64=V2/Arm64
Debian debian-13 0.20261006.2622,0.20261103.2650 13=V1/x64 13-gen2=V2/x64 13-arm64=V2/Arm64
OpenLogic CentOS 7.5.201808150 7.5=V1/x64
Canonical UbuntuServer 18.04.202306070,18.04.202401161 18.04-LTS=V1/x64 18_04-lts-gen2=V2/x64
Canonical 0001-com-ubuntu-server-jammy 22.04.202610070,22.04.202611040 22_04-lts=V1/x64 22_04-lts-gen2=V2/x64 22_04-lts-arm64=V2/Arm64
Canonical ubuntu-24_04-lts 24.04.202610070,24.04.202611050 server-gen1=V1/x64 server=V2/x64 server-arm64=V2/Arm64
Canonical ubuntu-26_04-lts 26.04.202610080,26.04.202611060 server-gen1=V1/x64 server=V2/x64 server-arm64=V2/Arm64
microsoft-dsvm ubuntu-2204 26.09.01,26.10.02 2204-gen2=V2/x64
microsoft-dsvm ubuntu-hpc 22.04.2026090101,22.04.2026101501 2204=V2/x64 2404=V2/x64
MicrosoftWindowsServer WindowsServer 20348.2582.240703,20348.2655.240810 2022-datacenter-azure-edition=V2/x64 2022-datacenter-g2=V2/x64
"""

MANAGED = {"replicaType": "Managed", "replicaCount": 10, "disallowed": {"vmDiskType": "Unmanaged"}}
UNMANAGED = {"replicaType": "Unmanaged", "disallowed": {"vmDiskType": "None"}}


@dataclass(frozen=True)
class Image:
    """One SKU of an offer."""

    publisher: str
    offer: str
    sku: str
    generation: str
    architecture: str
    versions: tuple[str, ...]

    @property
    def windows(self) -> bool:
        return self.publisher.startswith("MicrosoftWindows")


@cache
def all_images() -> tuple[Image, ...]:
    found = []
    for line in TABLE.strip().splitlines():
        publisher, offer, versions, *skus = line.split()
        for text in skus:
            sku, _, traits = text.partition("=")
            generation, architecture = traits.split("/")
            found.append(Image(publisher, offer, sku, generation, architecture, tuple(versions.split(","))))
    return tuple(found)


def find(publisher: str, offer: str, sku: str) -> Image | None:
    wanted = (publisher.lower(), offer.lower(), sku.lower())
    return next(
        (one for one in all_images() if (one.publisher.lower(), one.offer.lower(), one.sku.lower()) == wanted), None
    )


def resolve(reference: dict[str, Any]) -> tuple[Image, str]:
    """The image and the exact version behind publisher, offer, sku and version. Raises ArmError."""
    publisher, offer, sku = (reference.get(part, "") for part in ("publisher", "offer", "sku"))
    version = reference.get("version", "")
    image = find(publisher, offer, sku)
    exact = "" if image is None else image.versions[-1] if version == "latest" else version
    if image is None or exact not in image.versions:
        text = (
            f"The platform image '{publisher}:{offer}:{sku}:{version}' is not available. Verify that all fields in the "
            "storage profile are correct. For more details about storage profile information, please refer to "
            "https://aka.ms/storageprofile"
        )
        raise ArmError("PlatformImageNotFound", text, 404, target="imageReference")
    return image, exact


def _path(call: Call, *parts: tuple[str, str]) -> str:
    root = f"/Subscriptions/{call.subscription}/Providers/Microsoft.Compute/Locations/{call.parameters['location']}"
    return root + "".join(f"/{name}/{value}" for name, value in parts)


def _rows(call: Call, names: list[str], *before: tuple[str, str], word: str) -> Answer:
    location = locations.check(call.parameters["location"], "Microsoft.Compute/locations")
    found = list(dict.fromkeys(names))
    return Answer(
        200, [{"location": location, "name": name, "id": _path(call, *before, (word, name))} for name in found]
    )


def list_publishers(call: Call) -> Answer:
    return _rows(call, [one.publisher for one in all_images()], word="Publishers")


def _inside(call: Call) -> tuple[list[Image], list[tuple[str, str]]]:
    """The images below the path, and the path's parts in the table's spelling. Raises ArmError."""
    found: list[Image] = list(all_images())
    path: list[tuple[str, str]] = []
    words = (("publisherName", "publisher", "Publishers"), ("offer", "offer", "Offers"), ("skus", "sku", "Skus"))
    for parameter, attribute, word in words:
        wanted = call.parameters.get(parameter)
        if wanted is None:
            break
        found = [one for one in found if getattr(one, attribute).lower() == wanted.lower()]
        if not found:
            text = f"Artifact: {'VMImage' if path else 'Publisher'} was not found."
            raise ArmError("NotFound", text, 404)
        path += [
            (word, getattr(found[0], attribute)),
            *([("ArtifactTypes", "VMImage")] if attribute == "publisher" else []),
        ]
    return found, path


def list_offers(call: Call) -> Answer:
    found, path = _inside(call)
    return _rows(call, [one.offer for one in found], *path, word="Offers")


def list_skus(call: Call) -> Answer:
    found, path = _inside(call)
    return _rows(call, [one.sku for one in found], *path, word="Skus")


def list_versions(call: Call) -> Answer:
    """The versions of a SKU, by `$orderby=name desc` the newest first, `$top` of them."""
    found, path = _inside(call)
    versions = sorted(found[0].versions, reverse="desc" in call.query.get("$orderby", ""))
    return _rows(call, versions[: int(call.query.get("$top", len(versions)))], *path, word="Versions")


def get_version(call: Call) -> Answer:
    """What an image is: its generation, its architecture, its disk."""
    found, path = _inside(call)
    image, version = found[0], call.parameters["version"]
    version = image.versions[-1] if version.lower() == "latest" else version
    if version not in image.versions:
        raise ArmError("NotFound", "Artifact: VMImage was not found.", 404)
    system = "Windows" if image.windows else "Linux"
    features = {
        "IsAcceleratedNetworkSupported": "True",
        "DiskControllerTypes": "SCSI, NVMe",
        "IsHibernateSupported": "True",
    }
    if image.generation == "V2":
        features["SecurityType"] = "TrustedLaunchSupported"
    gib = 127 if image.windows else 30
    size = {"sizeInGb": gib} if image.generation == "V2" else {"sizeInBytes": gib * 1024**3 + 512}
    properties = {
        "hyperVGeneration": image.generation,
        "architecture": image.architecture,
        # Images of generation 2 are kept as managed replicas; the recordings have it so.
        **(MANAGED if image.generation == "V2" else UNMANAGED),
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": False},
        "imageDeprecationStatus": {"imageState": "Active"},
        "features": [{"name": name, "value": value} for name, value in features.items()],
        "osDiskImage": {"operatingSystem": system, **size},
        "dataDiskImages": [],
    }
    location = locations.check(call.parameters["location"], "Microsoft.Compute/locations")
    body = {
        "properties": properties,
        "location": location,
        "name": version,
        "id": _path(call, *path, ("Versions", version)),
    }
    return Answer(200, body)


HANDLERS = {
    "VirtualMachineImages_ListPublishers": list_publishers,
    "VirtualMachineImages_ListOffers": list_offers,
    "VirtualMachineImages_ListSkus": list_skus,
    "VirtualMachineImages_List": list_versions,
    "VirtualMachineImages_Get": get_version,
}
