"""Azure's Retail Prices API: the samples of Microsoft's documentation, and items in the same form with our table's prices.

The documentation's samples (https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices, read 2026-11)
are marked DOCUMENTED; the other items are made up in their form and claim nothing about Azure.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ansible_collections.aienv.cloud.plugins.module_utils.clouds.azure import price_list
from ansible_collections.aienv.cloud.plugins.module_utils.model.error import CloudError

TODAY = "2026-11-27"
DOCUMENTED_SPOT = {
    "currencyCode": "USD",
    "tierMinimumUnits": 0.0,
    "retailPrice": 0.176346,
    "unitPrice": 0.176346,
    "armRegionName": "westeurope",
    "location": "EU West",
    "effectiveStartDate": "2020-08-01T00:00:00Z",
    "meterId": "000a794b-bdb0-58be-a0cd-0c3a0f222923",
    "meterName": "F16s Spot",
    "productId": "DZH318Z0BQPS",
    "skuId": "DZH318Z0BQPS/00TG",
    "productName": "Virtual Machines FS Series Windows",
    "skuName": "F16s Spot",
    "serviceName": "Virtual Machines",
    "serviceId": "DZH313Z7MMC8",
    "serviceFamily": "Compute",
    "unitOfMeasure": "1 Hour",
    "type": "DevTestConsumption",
    "isPrimaryMeterRegion": True,
    "armSkuName": "Standard_F16s",
}
DOCUMENTED_RESERVATION = {
    **DOCUMENTED_SPOT,
    "reservationTerm": "1 Year",
    "retailPrice": 25007.0,
    "unitPrice": 25007.0,
    "armRegionName": "southcentralus",
    "location": "US South Central",
    "meterName": "E64 v4",
    "productName": "Virtual Machines Ev4 Series",
    "skuName": "E64 v4",
    "type": "Reservation",
    "armSkuName": "Standard_E64_v4",
}
T4 = {
    **DOCUMENTED_SPOT,
    "retailPrice": 0.526,
    "unitPrice": 0.526,
    "armRegionName": "eastus",
    "location": "US East",
    "meterName": "NC4as T4 v3",
    "skuName": "NC4as T4 v3",
    "productName": "Virtual Machines NCasT4 v3 Series",
    "type": "Consumption",
    "armSkuName": "Standard_NC4as_T4_v3",
}
SPOT = {**T4, "retailPrice": 0.149174, "meterName": "NC4as T4 v3 Spot", "skuName": "NC4as T4 v3 Spot"}
TYPES = {"Standard_NC4as_T4_v3", "Standard_E64_v4", "Standard_F16s"}


def prices(*items: Any, region: str = "eastus") -> dict[str, float]:
    found = price_list.rows(items, region, TYPES, TODAY)
    return {f"{row.machine_type} {row.market}": row.price.hourly for row in found if row.price}


def test_a_reservation_is_priced_by_its_term_and_not_by_the_hour_that_its_unit_says() -> None:
    assert prices(DOCUMENTED_RESERVATION, region="southcentralus") == {
        "Standard_E64_v4 reserved_1y": pytest.approx(25007 / 8760, abs=1e-6)
    }
    three = {**DOCUMENTED_RESERVATION, "reservationTerm": "3 Years", "retailPrice": 48000.0}
    assert prices(three, region="southcentralus") == {
        "Standard_E64_v4 reserved_3y": pytest.approx(48000 / 26280, abs=1e-6)
    }


def test_on_demand_and_spot_are_told_apart() -> None:
    assert prices(T4, SPOT) == {"Standard_NC4as_T4_v3 on_demand": 0.526, "Standard_NC4as_T4_v3 spot": 0.149174}


@pytest.mark.parametrize(
    "changed",
    [
        {"productName": "Virtual Machines NCasT4 v3 Series Windows"},
        {"productName": "NCasT4 v3 Series CloudServices"},
        {"meterName": "NC4as T4 v3 Low Priority", "skuName": "NC4as T4 v3 Low Priority"},
        {"type": "DevTestConsumption"},
        {"isPrimaryMeterRegion": False},
        {"unitOfMeasure": "1 Month"},
        {"tierMinimumUnits": 100.0},
        {"retailPrice": 0.0},
        {"armRegionName": "eastus2"},
        {"armSkuName": "Standard_NC6"},
        {"effectiveStartDate": "2027-01-01T00:00:00Z"},
        {"type": "Reservation", "reservationTerm": "5 Years"},
    ],
    ids=str,
)
def test_what_is_no_plain_linux_vm_of_today_is_left_out(changed: dict[str, Any]) -> None:
    assert prices({**T4, **changed}) == {}


def test_the_documented_windows_item_for_subscribers_is_left_out() -> None:
    assert prices(DOCUMENTED_SPOT, region="westeurope") == {}


def test_of_two_meters_the_newer_one_counts() -> None:
    newer = {**T4, "retailPrice": 0.6, "effectiveStartDate": "2026-10-01T00:00:00Z"}
    assert prices(newer, T4) == prices(T4, newer) == {"Standard_NC4as_T4_v3 on_demand": 0.6}


def test_another_currency_is_an_error_and_not_a_price() -> None:
    with pytest.raises(CloudError, match="EUR, not in USD"):
        prices({**T4, "currencyCode": "EUR"})


def test_the_question_is_asked_as_the_api_wants_it_and_pages_are_followed() -> None:
    asked: list[str] = []

    def get(url: str) -> dict[str, Any]:
        asked.append(url)
        if len(asked) == 1:
            return {
                "Items": [T4],
                "NextPageLink": "https://prices.azure.com:443/api/retail/prices?$skip=1000",
                "Count": 1000,
            }
        return {"Items": [SPOT], "NextPageLink": None, "Count": 1}

    found = list(price_list.read(["eastus"], TYPES, TODAY, get))
    assert [row.market for row in found] == ["on_demand", "spot"]
    assert asked[1] == "https://prices.azure.com:443/api/retail/prices?$skip=1000"
    query = parse_qs(urlsplit(asked[0]).query)
    assert query["$filter"] == ["serviceName eq 'Virtual Machines' and armRegionName eq 'eastus'"]
    assert query["currencyCode"] == ["'USD'"]
    assert " " not in asked[0]


def test_a_next_page_elsewhere_is_not_followed() -> None:
    answer = {"Items": [], "NextPageLink": "https://example.com/api/retail/prices?$skip=1000"}
    with pytest.raises(CloudError, match="another host"):
        list(price_list.read(["eastus"], TYPES, TODAY, lambda _url: answer))
