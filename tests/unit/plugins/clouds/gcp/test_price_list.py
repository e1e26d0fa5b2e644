"""Google's billing catalogue: SKUs in the documented form, composed to machines.

The form is that of https://cloud.google.com/billing/v1/how-tos/catalog-api (read 2026-11), checked against the discovery document.
The unit prices were not recorded: they are those of the public price list for us-central1, and what they add up to is compared
with the prices of the collection's table, which come from elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import googleapiclient.discovery_cache
import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp import price_list
from ansible_collections.aienv.cloud.plugins.module_utils.clouds.gcp.prices import price_of
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError

TODAY = "2026-11-27"
REGION = "us-central1"


def sku(
    description: str, group: str, usd: float, usage: str = "OnDemand", unit: str = "h", **more: Any
) -> dict[str, Any]:
    units, nanos = divmod(round(usd * 1e9), 10**9)
    return {
        "name": "services/6F81-5844-456A/skus/0000-0000-0000",
        "skuId": "0000-0000-0000",
        "description": description,
        "category": {
            "serviceDisplayName": "Compute Engine",
            "resourceFamily": "Storage" if group == "LocalSSD" else "Compute",
            "resourceGroup": group,
            "usageType": usage,
        },
        "serviceRegions": [REGION],
        "pricingInfo": [
            {
                "effectiveTime": "2026-11-26T09:00:00Z",
                "summary": "",
                "pricingExpression": {
                    "usageUnit": unit,
                    "displayQuantity": 1,
                    "tieredRates": [
                        {
                            "startUsageAmount": 0,
                            "unitPrice": {"currencyCode": "USD", "units": str(units), "nanos": nanos},
                        }
                    ],
                },
                "currencyConversionRate": 1,
            }
        ],
        "serviceProviderName": "Google",
        **more,
    }


def ram(description: str, usd: float, usage: str = "OnDemand") -> dict[str, Any]:
    return sku(description, "RAM", usd, usage, "GiBy.h")


CATALOGUE = [
    sku("G2 Instance Core running in Iowa", "CPU", 0.02498844),
    ram("G2 Instance Ram running in Iowa", 0.00292716),
    sku("Nvidia L4 GPU running in Iowa", "GPU", 0.5600441),
    sku("N1 Predefined Instance Core running in Americas", "N1Standard", 0.031611),
    sku("N1 Predefined Instance Ram running in Americas", "N1Standard", 0.004237, unit="GiBy.h"),
    sku("Nvidia Tesla T4 GPU running in Americas", "GPU", 0.35),
    sku("A2 Instance Core running in Americas", "CPU", 0.031611),
    ram("A2 Instance Ram running in Americas", 0.004237),
    sku("Nvidia Tesla A100 GPU running in Americas", "GPU", 2.933908),
    sku("Nvidia Tesla A100 80GB GPU running in Iowa", "GPU", 3.92808),
    sku("SSD backed Local Storage", "LocalSSD", 0.08, unit="GiBy.mo"),
    sku("Commitment v1: G2 Cpu in Iowa for 1 Year", "CPU", 0.01574, "Commit1Yr"),
    ram("Commitment v1: G2 Ram in Iowa for 1 Year", 0.00184, "Commit1Yr"),
    sku("Commitment v1: Nvidia L4 GPU running in Iowa for 1 Year", "GPU", 0.35283, "Commit1Yr"),
    sku("Spot Preemptible G2 Instance Core running in Iowa", "CPU", 0.01, "Preemptible"),
    ram("Spot Preemptible G2 Instance Ram running in Iowa", 0.001, "Preemptible"),
    sku("Nvidia L4 GPU attached to Spot Preemptible VMs running in Iowa", "GPU", 0.2, "Preemptible"),
]
# What must not be taken for a part of a plain machine.
STRANGERS = [
    sku("G2 Custom Instance Core running in Iowa", "CPU", 9),
    sku("N1 Custom Instance Core running in Americas", "CPU", 9),
    sku("G2 Sole Tenancy Instance Core running in Iowa", "CPU", 9),
    sku("Reserved G2 Instance Core in Iowa", "CPU", 9),
    sku("Nvidia L4 GPU Virtual Workstation running in Iowa", "GPU", 9),
    sku("Nvidia L4 Virtual Workstation GPU running in Iowa", "GPU", 9),
    sku("G2 Instance Core running in Iowa", "CPU", 9, usage="Preemptible-DWS"),
    sku("Network Internet Egress from Americas", "PremiumInternetEgress", 9),
]


def prices(*skus: Any, types: Any = None) -> dict[str, float]:
    found = price_list.rows(skus, [REGION], types or price_list.SHAPES, TODAY)
    return {f"{row.machine_type} {row.market}": row.price.hourly for row in found if row.price}


@pytest.mark.parametrize(
    "machine_type",
    ["g2-standard-4", "g2-standard-24", "g2-standard-96", "n1-standard-4+t4", "n1-standard-4+2xt4", "a2-highgpu-1g",
     "a2-highgpu-8g", "a2-megagpu-16g", "a2-ultragpu-1g", "a2-ultragpu-8g"],
)  # fmt: skip
def test_the_parts_add_up_to_the_price_that_others_publish(machine_type: str) -> None:
    """a2-ultragpu: only with its local SSD, 375 GiB for each GPU, by the month of 730 hours."""
    known = price_of(machine_type, REGION)
    assert known
    assert prices(*CATALOGUE)[f"{machine_type} on_demand"] == pytest.approx(known.hourly, rel=1e-5)


def test_spot_and_commitments_have_parts_of_their_own() -> None:
    found = prices(*CATALOGUE, types={"g2-standard-4"})
    assert found["g2-standard-4 spot"] == pytest.approx(4 * 0.01 + 16 * 0.001 + 0.2)
    assert found["g2-standard-4 reserved_1y"] == pytest.approx(4 * 0.01574 + 16 * 0.00184 + 0.35283)
    assert "g2-standard-4 reserved_3y" not in found


def test_compute_optimized_machines_are_named_so_in_every_market() -> None:
    found = prices(
        sku("Compute optimized Core running in Americas", "CPU", 0.03),
        ram("Compute optimized Ram running in Americas", 0.004),
        sku("Spot Preemptible Compute optimized Core running in Americas", "CPU", 0.01, "Preemptible"),
        ram("Spot Preemptible Compute optimized Ram running in Americas", 0.001, "Preemptible"),
        sku("Commitment v1: Compute optimized Cpu in Americas for 3 Years", "CPU", 0.015, "Commit3Yr"),
        ram("Commitment v1: Compute optimized Ram in Americas for 3 Years", 0.002, "Commit3Yr"),
        types={"c2-standard-4"},
    )
    assert found == {
        "c2-standard-4 on_demand": pytest.approx(4 * 0.03 + 16 * 0.004),
        "c2-standard-4 spot": pytest.approx(4 * 0.01 + 16 * 0.001),
        "c2-standard-4 reserved_3y": pytest.approx(4 * 0.015 + 16 * 0.002),
    }


def test_strangers_change_nothing() -> None:
    assert prices(*CATALOGUE, *STRANGERS) == prices(*CATALOGUE)
    assert all(price_list.part_of(one) is None for one in STRANGERS if "DWS" not in one["category"]["usageType"])


@pytest.mark.parametrize("missing", range(3))
def test_a_machine_without_the_price_of_one_part_has_none(missing: int) -> None:
    catalogue = CATALOGUE[:missing] + CATALOGUE[missing + 1 :]
    assert not [name for name in prices(*catalogue) if name.startswith("g2-") and name.endswith("on_demand")]


def test_a_part_with_two_prices_has_none() -> None:
    doubt = sku("G2 Instance Core running in Iowa", "CPU", 0.03)
    assert "g2-standard-4 on_demand" not in prices(*CATALOGUE, doubt)
    assert "g2-standard-4 on_demand" in prices(*CATALOGUE, CATALOGUE[0])  # said twice is no doubt


def test_another_unit_is_no_price_and_another_currency_an_error() -> None:
    assert price_list.hourly_of(sku("G2 Instance Core running in Iowa", "CPU", 1, unit="mo"), "core") is None
    euro = sku("G2 Instance Core running in Iowa", "CPU", 1)
    euro["pricingInfo"][0]["pricingExpression"]["tieredRates"][0]["unitPrice"]["currencyCode"] = "EUR"
    with pytest.raises(CloudError, match="EUR, not in USD"):
        prices(euro)


def test_what_google_does_not_sell_on_demand_gets_no_such_price() -> None:
    a3 = [
        sku("A3 Instance Core running in Americas", "CPU", 0.03),
        ram("A3 Instance Ram running in Americas", 0.003),
        sku("Nvidia H100 80GB GPU running in Americas", "GPU", 9.8),
        CATALOGUE[10],
    ]
    assert set(prices(*a3)) == {"a3-highgpu-8g on_demand"}


def test_the_form_is_that_of_the_discovery_document() -> None:
    folder = Path(googleapiclient.discovery_cache.__file__).parent / "documents"
    schemas = json.loads((folder / "cloudbilling.v1.json").read_text())["schemas"]

    def check(value: Any, name: str) -> None:
        known = schemas[name]["properties"]
        assert set(value) <= set(known), name
        for key, inner in value.items():
            described = known[key]
            if described.get("type") == "array" and "$ref" in described["items"]:
                for one in inner:
                    check(one, described["items"]["$ref"])
            elif "$ref" in described:
                check(inner, described["$ref"])

    check(CATALOGUE[0], "Sku")


def test_every_page_is_asked_for_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_API_KEY", "secret")
    asked: list[dict[str, list[str]]] = []

    def get(url: str) -> dict[str, Any]:
        asked.append(parse_qs(urlsplit(url).query))
        return (
            {"skus": CATALOGUE[:2], "nextPageToken": "next"}
            if len(asked) == 1
            else {"skus": CATALOGUE[2:3], "nextPageToken": ""}
        )

    found = list(price_list.read([REGION], {"g2-standard-4"}, TODAY, get))
    assert [row.machine_type for row in found] == ["g2-standard-4"]
    assert [one.get("pageToken") for one in asked] == [None, ["next"]]
    assert all(
        one["key"] == ["secret"] and one["currencyCode"] == ["USD"] and one["pageSize"] == ["5000"] for one in asked
    )
