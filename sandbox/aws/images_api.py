"""DescribeImages with the disks that the images really have: moto says 15 GiB of magnetic disk for all."""

from __future__ import annotations

from typing import Any

from sandbox.aws import launch_rules, paging
from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError, View


def describe(call: Call) -> dict[str, Any]:
    """DescribeImages."""
    unknown = [name for name in call.params.get("ImageIds", []) if name not in call.backend.amis]
    if unknown and all(name.startswith("ami-") for name in unknown):
        raise ApiError("InvalidAMIID.NotFound", f"The image id '[{', '.join(unknown)}]' does not exist")
    result = paging.describe(call)
    return {**result, "Images": [_view(image) for image in result["Images"]]}


def _view(image: Any) -> View:
    disk = {
        "DeviceName": image.root_device_name,
        "Ebs": {
            "SnapshotId": image.ebs_snapshot.id,
            "VolumeSize": launch_rules.snapshot_size(image),
            "VolumeType": "gp3",
            "DeleteOnTermination": True,
            "Encrypted": False,
        },
    }
    return View(image, block_device_mappings=[disk], ena_support=True, platform_details="Linux/UNIX")


HANDLERS = {"DescribeImages": describe}
