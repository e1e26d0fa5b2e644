"""Hold plugins/module_utils/clouds/azure/shape_table.py to what a subscription is offered, and name every difference.

    az vm list-skus --all --resource-type virtualMachines --output json > skus.json
    .venv/bin/python tools/compare_azure_shapes.py skus.json

The GPU's model is not in Azure's answer; vCPUs, memory, number of GPUs and architecture are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".collections"))

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure.shapes import (  # noqa: E402
    FAMILIES,
    SHAPES,
    family_of,
)

ARCHITECTURES = {"Arm64": "arm64", "x64": "x86_64"}


def offered(skus: list[dict[str, Any]]) -> dict[str, tuple[int, float, float, str]]:
    """vCPUs, GiB, GPUs and architecture of each size."""
    found = {}
    for sku in skus:
        if sku.get("resourceType") != "virtualMachines":
            continue
        can = {one["name"]: one["value"] for one in sku.get("capabilities") or ()}
        architecture = ARCHITECTURES.get(can.get("CpuArchitectureType", "x64"), "x86_64")
        found[sku["name"]] = (int(can["vCPUs"]), float(can["MemoryGB"]), float(can.get("GPUs", 0)), architecture)
    return found


def differences(skus: list[dict[str, Any]]) -> list[str]:
    """What the table says otherwise, and sizes of its families that it lacks. Parts of a GPU count as one with Azure."""
    there, said = offered(skus), []
    for name, (vcpus, memory, gpus, architecture) in sorted(there.items()):
        shape = SHAPES.get(name)
        if shape is None:
            said += [f"{name}: missing"] if family_of(name) in FAMILIES else []
        elif (shape.vcpus, shape.memory_gb, shape.architecture) != (vcpus, memory, architecture):
            said.append(f"{name}: {vcpus} vCPUs, {memory:g} GiB, {architecture}")
        elif shape.gpu_count >= 1 and shape.gpu_count != gpus:
            said.append(f"{name}: {gpus:g} GPUs")
    return said


def main() -> int:
    """Print the differences; 1 if there are any."""
    said = differences(json.loads(Path(sys.argv[1]).read_text()))
    print("\n".join(said) or "no difference")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
