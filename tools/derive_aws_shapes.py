"""Write plugins/module_utils/clouds/aws/shape_table.py from EC2's DescribeInstanceTypes as moto ships it.

Run it when moto has a newer dump, and read the diff: `.venv/bin/python tools/derive_aws_shapes.py`.
"""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from pathlib import Path

import moto

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "plugins/module_utils/clouds/aws/shape_table.py"
WIDTH = 120
GPU_NAMES = {
    "A10G": "a10g",
    "A100": "a100",
    "B200": "b200",
    "B300": "b300",
    "H100": "h100",
    "H200": "h200",
    "L4": "l4",
    "L40S": "l40s",
    "RTX PRO 4500": "rtx-pro-4500",
    "RTX PRO Server 6000": "rtx-pro-6000",
    "T4": "t4",
    "T4g": "t4g",
    "V100": "v100",
}
HEADER = '''# Copyright: (c) 2026, aienv.cloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's machine types. Written by tools/derive_aws_shapes.py from {source}; do not edit by hand.

A line is: family architecture gpu-model, then size:vCPUs:GiB[:GPUs:network cards:EFA interfaces] of each size.
"""

from __future__ import annotations

TABLE = """
'''


def gpu_of(raw: dict) -> tuple[str, float]:
    gpus = [gpu for gpu in raw.get("GpuInfo", {}).get("Gpus", []) if gpu["Manufacturer"] == "NVIDIA"]
    if not gpus:
        return "-", 0
    gpu = gpus[0]
    model = GPU_NAMES[gpu["Name"]]
    memory_gib = gpu["MemoryInfo"]["SizeInMiB"] / 1024
    if model == "a100" and memory_gib > 40:
        model = "a100-80gb"
    if model == "v100" and memory_gib > 16:
        model = "v100-32gb"
    # A fractional GPU is reported with count 0 and the size of its part.
    return model, gpu["Count"] or gpu.get("GpuPartitionSize", 0) * gpu.get("LogicalGpuCount", 1)


def entry(name: str, raw: dict) -> str:
    size = name.split(".", 1)[1]
    fields = [size, f"{raw['VCpuInfo']['DefaultVCpus']}", f"{raw['MemoryInfo']['SizeInMiB'] / 1024:g}"]
    network = raw["NetworkInfo"]
    cards, efa = network.get("MaximumNetworkCards", 1), network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0)
    count = gpu_of(raw)[1]
    if count or cards > 1 or efa:
        fields += [f"{count:g}", str(cards), str(efa)]
    return ":".join(fields)


def lines(types: dict[str, dict]) -> list[str]:
    families: dict[str, dict[str, dict]] = {}
    for name, raw in types.items():
        if not name.startswith("mac"):  # macOS hosts: no machine for this collection
            families.setdefault(name.split(".", 1)[0], {})[name] = raw
    written = []
    for family in sorted(families):
        members = sorted(families[family].items(), key=lambda item: (item[1]["VCpuInfo"]["DefaultVCpus"], item[0]))
        architecture = "arm64" if "arm64" in members[0][1]["ProcessorInfo"]["SupportedArchitectures"] else "x86_64"
        head = f"{family} {architecture} {gpu_of(members[0][1])[0]}"
        line = head
        for name, raw in members:
            text = entry(name, raw)
            if len(line) + len(text) + 1 > WIDTH:
                written.append(line)
                line = head
            line += f" {text}"
        written.append(line)
    return written


def main() -> None:
    dump = Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz"
    types = json.loads(gzip.decompress(dump.read_bytes()))
    source = f"the DescribeInstanceTypes dump in moto {version('moto')}"
    TARGET.write_text(HEADER.format(source=source) + "\n".join(lines(types)) + '\n"""\n')
    print(f"{TARGET.relative_to(ROOT)}: {len(types)} types")


if __name__ == "__main__":
    main()
