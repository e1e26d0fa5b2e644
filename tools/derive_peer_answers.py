"""Write tests/data/offers/peers.json: which machine types gpuhunt and SkyPilot have for common requests.

    unzip gpuhunt-*.whl skypilot-*.whl -d FOLDER        # each with pip download --no-deps
    .venv/bin/python tools/derive_peer_answers.py FOLDER AZURE_CSV

Both download their catalogs while they run; what can be had of them for good are their rules, which are read from their source here
and applied to what the clouds' APIs list: EC2's DescribeInstanceTypes as moto ships it, and the sandbox's tables of machine types.
Of SkyPilot there is more: its own table of GCP's types, and AZURE_CSV, catalogs/v6/azure/vms.csv of skypilot-org/skypilot-catalog.
"""

from __future__ import annotations

import ast
import csv
import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import moto

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "tests/data/offers/peers.json"
sys.path.insert(0, str(ROOT))

from sandbox.azure.sizes import all_sizes  # noqa: E402
from sandbox.gcp.machine_types import machine_types  # noqa: E402

# Our word, then GPUs; what EC2, gpuhunt (with the GB of a card where one name means two) and SkyPilot call it.
REQUESTS = (
    ("t4", 1, "T4", ("T4", 16), "T4"),
    ("l4", 1, "L4", ("L4", 24), "L4"),
    ("l4", 4, "L4", ("L4", 24), "L4"),
    ("a10", 1, "A10", ("A10", 24), "A10"),
    ("a10g", 1, "A10G", ("A10G", 24), "A10G"),
    ("l40s", 4, "L40S", ("L40S", 48), "L40S"),
    ("a100", 8, "A100", ("A100", 40), "A100"),
    ("a100-80gb", 1, "A100", ("A100", 80), "A100-80GB"),
    ("h100", 8, "H100", ("H100", 80), "H100"),
    ("h200", 8, "H200", ("H200", 141), "H200"),
    ("b200", 8, "B200", ("B200", 180), "B200"),
    ("rtx-pro-6000", 1, "RTX PRO Server 6000", ("RTXPRO6000", 96), "RTXPRO6000"),
)


def literal(path: Path, name: str) -> Any:
    """A constant of a module, without importing it."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise KeyError(name)


def ec2(name: str, count: int, gigabytes: int) -> Iterator[str]:
    """EC2's own types with so many of that GPU."""
    dump = json.loads(
        gzip.decompress((Path(moto.__file__).parent / "ec2/resources/instance_types.json.gz").read_bytes())
    )
    for machine_type, raw in dump.items():
        for gpu in raw.get("GpuInfo", {}).get("Gpus", ()):
            size = gpu["MemoryInfo"]["SizeInMiB"] / 1024
            if (gpu["Name"], gpu["Count"]) == (name, count) and (name != "A100" or (size > 40) == (gigabytes > 40)):
                yield machine_type


def gpuhunt_aws(folder: Path, name: str, count: int, gigabytes: int) -> Iterator[str]:
    text = (folder / "gpuhunt/providers/aws.py").read_text()
    families = tuple(re.findall(r'^\s+"([\w.-]+)",$', text.partition("def filter")[2].partition("\n\n\n")[0], re.M))
    return (machine_type for machine_type in ec2(name, count, gigabytes) if machine_type.startswith(families))


def gpuhunt_azure(folder: Path, name: str, count: int, gigabytes: int) -> Iterator[str]:
    """A part of a card has the part's memory there and counts as one."""
    head, _found, tail = (folder / "gpuhunt/providers/azure.py").read_text().partition("def filter")
    named = re.findall(r'VMSeries\(\s*r"([^"]+)", "([^"]+)", ([\d.]+)\)', head)
    kept = re.compile("|".join(f"Standard_{pattern}" for pattern in re.findall(r'VMSeries\(\s*r"([^"]+)"', tail)))
    for size in all_sizes().values():
        for pattern, gpu, memory in named:
            found = re.fullmatch(f"Standard_{pattern}", size.name)
            if not (found and kept.fullmatch(size.name)):
                continue
            part = min(1.0, int(found[1]) / 36) if gpu == "A10" else 1.0
            if (gpu, float(memory) * part, size.gpus) == (name, gigabytes, count):
                yield size.name


def gpuhunt_gcp(folder: Path, name: str, count: int, gigabytes: int) -> Iterator[str]:
    text = (folder / "gpuhunt/providers/gcp.py").read_text()
    details = {
        api: (gpu, float(gb))
        for api, gpu, gb in re.findall(r'"([\w-]+)": AcceleratorDetails\("(\w+)", ([\d.]+)\)', text)
    }
    limits = re.search(r'"nvidia-tesla-t4": \[(.*)\],\n', text)
    attached = [tuple(map(int, pair)) for pair in re.findall(r"CpuMemory\((\d+), (\d+)\)", limits[1] if limits else "")]
    for kind in machine_types().values():
        if details.get(kind.accelerator) == (name, gigabytes) and kind.count == count:
            yield kind.name
        if name == "T4" and kind.name.startswith("n1-"):
            most = dict(zip((1, 2, 4), attached, strict=True))[count]
            if kind.cpus <= most[0] and kind.memory_mb / 1024 <= most[1]:
                yield f"{kind.name}+t4"


def skypilot_gcp(folder: Path, name: str, count: int) -> list[str]:
    catalog = folder / "sky/catalog/gcp_catalog.py"
    if name == "T4":
        most = literal(catalog, "_NUM_ACC_TO_MAX_CPU_AND_MEMORY")["T4"][count]
        n1 = (kind for kind in machine_types().values() if kind.name.startswith("n1-"))
        return [f"{kind.name}+t4" for kind in n1 if kind.cpus <= most[0] and kind.memory_mb / 1024 <= most[1]]
    return list(literal(catalog, "_ACC_INSTANCE_TYPE_DICTS").get(name, {}).get(count, []))


def skypilot_azure(table: Path, name: str, count: int) -> set[str]:
    with table.open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["AcceleratorName"] == name]
    return {line["InstanceType"] for line in lines if float(line["AcceleratorCount"]) == count}


def main() -> None:
    folder, table = Path(sys.argv[1]), Path(sys.argv[2])
    found: dict[str, dict[str, dict[str, list[str]]]] = {"gpuhunt 0.1.34": {}, "SkyPilot 0.14.1": {}}
    for ours, count, api, (hunted, gigabytes), sky in REQUESTS:
        request = f"{count} x {ours}"
        found["gpuhunt 0.1.34"][request] = {
            "aws": sorted(gpuhunt_aws(folder, api, count, gigabytes)),
            "azure": sorted(gpuhunt_azure(folder, hunted, count, gigabytes)),
            "gcp": sorted(gpuhunt_gcp(folder, hunted, count, gigabytes)),
        }
        found["SkyPilot 0.14.1"][request] = {
            "aws": sorted(ec2(api, count, gigabytes)),
            "azure": sorted(skypilot_azure(table, sky, count)),
            "gcp": sorted(skypilot_gcp(folder, sky, count)),
        }
    TARGET.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
