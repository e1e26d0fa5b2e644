"""Recorded sessions with the real ARM against our server: statuses, headers, members and values, and every difference."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from sandbox.azure.front import Azure
from sandbox.azure.state import State
from tests.unit.sandbox.azure import replay
from tests.unit.sandbox.azure.arm import Arm
from tests.unit.sandbox.azure.replay import Difference, Replay

#: (operations, kind of difference, what differs, why that is all right).
TOLERATED = [
    (
        "VirtualNetworks_.*",
        "one more member",
        r".*(ipamPoolPrefixAllocations\[\]|privateEndpointVNetPolicies)$",
        "new members came to regions at different times: the same api-version has them in some recordings and not in others",
    ),
    (
        "NetworkInterfaces_.*",
        "one more member",
        "properties.enableAcceleratedNetworking",
        "Azure leaves it out until somebody sets it, in some regions: recordings have it both ways",
    ),
    (
        "NetworkInterfaces_Get",
        "no member",
        r"properties\.(macAddress|primary|virtualMachine\.id)",
        "the interface of a VM that a template made: here it is made before its VM",
    ),
    (
        "PublicIPAddresses_.*",
        "no member",
        r"properties\.(ipConfiguration\.id|ipAddress)",
        "the address is in use by what a template made, and nothing recorded names its user",
    ),
    (
        "VirtualNetworks_(Get|List)",
        "no member",
        r"(value\[\]\.)?properties\.subnets\[\]\.properties\.ipConfigurations\[\].*|value\[\]\.tags",
        "a gateway, which the sandbox does not serve, uses the subnet; or the network is only ever listed",
    ),
    (
        "(Subnets|VirtualNetworks)_.*",
        "value",
        r".*ipConfigurations\[\]\.id = .*",
        "Azure writes the names of users in capital letters, and the recorder did not replace those",
    ),
    (
        "Disks_Get|Snapshots_Get|Operations_Get",
        "value",
        r".*(diskAccessId|diskEncryptionSetId) = .*",
        "ids with the group in capital letters, which the recorder did not replace",
    ),
    (
        "Disks_Get|Operations_Get",
        "no member",
        r".*(hyperVGeneration|osType|securityProfile\.securityType|supportsHibernation|supportedCapabilities\..*)$",
        "what an image in a gallery hands to a disk: the sandbox has no galleries",
    ),
    (
        "Disks_Get|Snapshots_Get|Operations_Get",
        "no member",
        r".*(logicalSectorSize|diskIOPSReadOnly|diskMBpsReadOnly|maxShares|readOnly)$",
        "ultra disks are kept, but not what only they have",
    ),
    (
        "Disks_Get|Operations_Get",
        "value",
        r".*(diskIOPSReadWrite|diskMBpsReadWrite) = (120|25), recorded (100|13)",
        "ultra disks have other floors",
    ),
    (
        "Snapshots_.*|Operations_Get",
        "(one more member|value|no member)",
        r".*(completionPercent|diskSizeBytes).*",
        "copies are complete at once here",
    ),
    (
        "VirtualMachineImages_Get",
        "value",
        r".*(automaticOSUpgradeSupported|sizeInBytes) = .*",
        "the sandbox's images have one size and no upgrades of their own",
    ),
    (
        "VirtualMachines_Get",
        "no member",
        r"(properties\.instanceView\.(extensions|vmAgent\.extensionHandlers).*|resources\[\].*)",
        "extensions of VMs are not served",
    ),
    (
        "VirtualMachines_Get",
        "(no member|one more member)",
        r"properties\.storageProfile\.(osDisk\.(vhd\.uri|managedDisk\..*)|dataDisks\[\]\..*)",
        "disks in storage accounts are not served: every disk here is a managed one",
    ),
    (
        "VirtualMachines_Get",
        "(value|no member)",
        r"properties\.(instanceView\..*|osProfile\.windowsConfiguration\.enableVMAgentPlatformUpdates)( = .*)?",
        "what the guest's agent says of itself and its system",
    ),
    (
        "VirtualMachineImages_Get",
        "one more member",
        r"properties\.features\[\].*",
        "images of 2018 tell no features",
    ),
    (
        "VirtualMachines_Get",
        "one more member",
        "etag",
        "this recording is from before VMs had etags",
    ),
]

#: Why calls are not sent, and how often that may be.
LEFT_OUT = {
    "the call that began it is not recorded": 138,
    "it is over at once here": 79,
    "what it looks at cannot be made here: InvalidParameter: Required parameter 'imageReference' is missing (null).": 2,
}


def tolerated(difference: Difference) -> int | None:
    """Which line of the list allows it."""
    for number, (operations, kind, what, _) in enumerate(TOLERATED):
        seen = (difference.exchange.operation, difference.kind, difference.what)
        if all(re.fullmatch(pattern, text) for pattern, text in zip((operations, kind, what), seen, strict=True)):
            return number
    return None


@pytest.fixture(scope="module")
def replays() -> list[Replay]:
    azure = Azure(State())
    done = []
    for session in replay.load().values():
        azure.state.reset()
        one = Replay(Arm(azure), session)
        one.run()
        done.append(one)
    return done


def test_every_difference_is_explained(replays):
    strange = [str(one) for session in replays for one in session.differences if tolerated(one) is None]
    assert strange == []


def test_every_explanation_is_needed(replays):
    used = {tolerated(one) for session in replays for one in session.differences}
    assert [TOLERATED[number] for number in range(len(TOLERATED)) if number not in used] == []


def test_most_calls_are_sent_and_the_others_have_a_reason(replays):
    sent = sum(session.sent for session in replays)
    reasons = Counter(reason for session in replays for _, reason in session.left_out)
    assert dict(reasons) == LEFT_OUT
    assert sent == sum(len(session.session) for session in replays) - sum(LEFT_OUT.values())
    assert sent > 600


def test_every_status_is_the_recorded_one(replays):
    assert [str(one) for session in replays for one in session.differences if one.kind == "status"] == []
