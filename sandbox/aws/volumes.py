"""Volumes: moto lets them shrink."""

from __future__ import annotations

from typing import Any

from sandbox.aws import launch_rules
from sandbox.aws.call import Call
from sandbox.aws.wire import ApiError


def modify(call: Call) -> Any:
    """ModifyVolume: grow only, and what a change of type means for speed."""
    name = call.params.get("VolumeId", "")
    volume = call.backend.volumes.get(name)
    if volume is None:
        raise ApiError("InvalidVolume.NotFound", f"The volume '{name}' does not exist.")
    size = call.params.get("Size")
    if size is not None and size < volume.size:
        raise ApiError("InvalidParameterValue", "New size cannot be smaller than existing size")
    kind = call.params.get("VolumeType", volume.volume_type)
    if call.params.get("Throughput") and kind != "gp3":
        raise ApiError("InvalidParameterCombination", f"The parameter throughput is not supported for {kind} volumes.")
    call.stop_if_dry_run()
    before = volume.volume_type
    result = call.moto()
    if kind != before:
        iops, throughput = launch_rules.speed(kind, volume.size)
        volume.iops = call.params.get("Iops") or iops
        volume.throughput = call.params.get("Throughput") or throughput
    return result


def create(call: Call) -> Any:
    """CreateVolume: gp3 has a throughput also where none was asked for."""
    volume = call.moto()
    iops, throughput = launch_rules.speed(volume.volume_type, volume.size)
    volume.iops = volume.iops or iops
    volume.throughput = volume.throughput or throughput
    return volume


HANDLERS = {"ModifyVolume": modify, "CreateVolume": create}
